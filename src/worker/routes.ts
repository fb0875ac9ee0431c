// Every route of the API, in the order in which its description lists them.

import type { Route } from "./http/route.ts";
import { login, logout, me, register } from "./routes/accounts.ts";
import { addTicketRoute, changeEventRoute, createEventRoute, listEventsRoute, showEvent } from "./routes/events.ts";
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
import { changeTicketRoute, showTicket } from "./routes/tickets.ts";

export const ROUTES: readonly Route[] = [
  register,
  login,
  logout,
  me,
  listEventsRoute,
  showEvent,
  showTicket,
  createEventRoute,
  changeEventRoute,
  addTicketRoute,
  changeTicketRoute,
  listUnresolvedPayments,
  reconcileRoute,
  listReservationsRoute,
  createReservation,
  showReservation,
  deleteReservation,
  createPayment,
  showPayment,
  health,
];
