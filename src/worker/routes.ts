// The table of routes: method, path and handler of everything that can be reached.

import { changeRole, findAccount } from "./accounts/admin-routes.ts";
import { changePassword, deleteAccount, exportAccount, register, showAccount } from "./accounts/routes.ts";
import { listAudit, listEventAudit } from "./audit/routes.ts";
import { login, logout, logoutEverywhere, refreshTokens } from "./auth/routes.ts";
import { addTicket, changeEvent, createEvent, listEvents, showEvent } from "./catalogue/event-routes.ts";
import { changeTicket, showTicket } from "./catalogue/ticket-routes.ts";
import type { Endpoint, Operation, Route } from "./http/route.ts";
import { watchEvent, watchReservation, watchTicket } from "./live/routes.ts";
import { createPayment, listUnresolvedPayments, showPayment } from "./payments/routes.ts";
import { reconcileRecords } from "./reconciliation/routes.ts";
import { cancelReservation, createReservation, listReservations, showReservation } from "./reservations/routes.ts";
import { showDocs, showDocsFile } from "./service/docs.ts";
import { checkHealth } from "./service/health.ts";
import { descriptionOf } from "./service/openapi.ts";

/** The operations of the API, in the order in which its description lists them. */
export const API = {
  "POST /register": register,
  "POST /api-auth/login": login,
  "POST /api-auth/refresh": refreshTokens,
  "POST /api-auth/logout": logout,
  "POST /api-auth/logout-everywhere": logoutEverywhere,
  "GET /me": showAccount,
  "POST /me/password": changePassword,
  "GET /me/export": exportAccount,
  "POST /me/deletion": deleteAccount,
  "GET /events": listEvents,
  "GET /events/{id}": showEvent,
  "GET /tickets/{id}": showTicket,
  "GET /events/{id}/live": watchEvent,
  "GET /tickets/{id}/live": watchTicket,
  "POST /events": createEvent,
  "PATCH /events/{id}": changeEvent,
  "POST /events/{id}/tickets": addTicket,
  "PATCH /tickets/{id}": changeTicket,
  "GET /events/{id}/unresolved-payments": listUnresolvedPayments,
  "GET /events/{id}/audit": listEventAudit,
  "POST /reconcile": reconcileRecords,
  "GET /reservations": listReservations,
  "POST /reservations": createReservation,
  "GET /reservations/{id}": showReservation,
  "GET /reservations/{id}/live": watchReservation,
  "DELETE /reservations/{id}": cancelReservation,
  "POST /reservations/{id}/payment": createPayment,
  "GET /reservations/{id}/payment": showPayment,
  "GET /accounts": findAccount,
  "PATCH /accounts/{id}": changeRole,
  "GET /audit": listAudit,
  "GET /health": checkHealth,
} as const satisfies Record<Operation, Route>;

/** The API, its description, and the page that shows it. */
export const ROUTES = {
  ...API,
  "GET /openapi.json": descriptionOf(API),
  "GET /docs": showDocs,
  "GET /docs/{file}": showDocsFile,
} as const satisfies Record<Operation, Endpoint>;
