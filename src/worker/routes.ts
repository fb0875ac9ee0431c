// Every route of the API, in the order in which its description lists them.

import type { Route } from "./http/route.ts";
import { changePasswordRoute, deleteAccountRoute, exportAccount, me, register } from "./routes/accounts.ts";
import { changeRole, findAccount, listAuditRoute, listEventAudit } from "./routes/admin.ts";
import { addTicketRoute, changeEventRoute, createEventRoute, listEventsRoute, showEvent } from "./routes/events.ts";
import { watchEvent, watchReservation, watchTicket } from "./routes/live.ts";
import { listUnresolvedPayments, reconcileRoute } from "./routes/reconciliation.ts";
import {
  createPayment,
  createReservation,
  deleteReservation,
  listReservationsRoute,
  showPayment,
  showReservation,
} from "./routes/reservations.ts";
import { health } from "./routes/service.ts";
import { login, logout, logoutEverywhere, refresh } from "./routes/sessions.ts";
import { changeTicketRoute, showTicket } from "./routes/tickets.ts";

export const ROUTES: readonly Route[] = [
  register,
  login,
  refresh,
  logout,
  logoutEverywhere,
  me,
  changePasswordRoute,
  exportAccount,
  deleteAccountRoute,
  listEventsRoute,
  showEvent,
  showTicket,
  watchEvent,
  watchTicket,
  createEventRoute,
  changeEventRoute,
  addTicketRoute,
  changeTicketRoute,
  listUnresolvedPayments,
  listEventAudit,
  reconcileRoute,
  listReservationsRoute,
  createReservation,
  showReservation,
  watchReservation,
  deleteReservation,
  createPayment,
  showPayment,
  findAccount,
  changeRole,
  listAuditRoute,
  health,
];
