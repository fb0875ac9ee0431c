// Every route of the API, in the order in which its description lists them.

import { changeRole, findAccount, listAuditRoute, listEventAudit } from "./accounts/admin-routes.ts";
import { changePasswordRoute, deleteAccountRoute, exportAccount, me, register } from "./accounts/routes.ts";
import { login, logout, logoutEverywhere, refresh } from "./auth/routes.ts";
import {
  addTicketRoute,
  changeEventRoute,
  createEventRoute,
  listEventsRoute,
  showEvent,
} from "./catalogue/event-routes.ts";
import { changeTicketRoute, showTicket } from "./catalogue/ticket-routes.ts";
import type { Route } from "./http/route.ts";
import { watchEvent, watchReservation, watchTicket } from "./live/routes.ts";
import { listUnresolvedPayments, reconcileRoute } from "./reconciliation/routes.ts";
import {
  createPayment,
  createReservation,
  deleteReservation,
  listReservationsRoute,
  showPayment,
  showReservation,
} from "./reservations/routes.ts";
import { health } from "./service/health.ts";

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
