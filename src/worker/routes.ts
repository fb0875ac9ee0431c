// The table of routes: method, path and handler of everything that can be reached.

import { changeRole, findAccount } from "./accounts/admin-routes.ts";
import { changePassword, deleteAccount, exportAccount, register, showAccount } from "./accounts/routes.ts";
import { listAudit, listEventAudit } from "./audit/routes.ts";
import { login, logout, logoutEverywhere, refreshTokens } from "./auth/routes.ts";
import * as catalogue from "./catalogue/routes.ts";
import type { Endpoint, Operation, Route } from "./http/route.ts";
import { createLiveTicket, watchEvent, watchEvents, watchReservation, watchTicket } from "./live/routes.ts";
import { createPayment, listUnresolvedPayments, showPayment } from "./payments/routes.ts";
import { reconcileRecords } from "./reconciliation/routes.ts";
import { cancelReservation, createReservation, listReservations, showReservation } from "./reservations/routes.ts";
import { showDocs, showDocsFile } from "./service/docs.ts";
import { checkHealth } from "./service/health.ts";
import { showHome } from "./service/home.ts";
import { descriptionOf } from "./service/openapi.ts";
import { listProblems, showProblem } from "./service/problem-pages.ts";

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
  "GET /events": catalogue.listEvents,
  "GET /events/{id}": catalogue.showEvent,
  "GET /tickets/{id}": catalogue.showTicket,
  "GET /live": watchEvents,
  "GET /events/{id}/live": watchEvent,
  "GET /tickets/{id}/live": watchTicket,
  "POST /events": catalogue.createEvent,
  "PATCH /events/{id}": catalogue.changeEvent,
  "DELETE /events/{id}": catalogue.deleteEvent,
  "POST /events/{id}/tickets": catalogue.addTicket,
  "PATCH /tickets/{id}": catalogue.changeTicket,
  "DELETE /tickets/{id}": catalogue.deleteTicket,
  "GET /events/{id}/unresolved-payments": listUnresolvedPayments,
  "GET /events/{id}/audit": listEventAudit,
  "POST /reconcile": reconcileRecords,
  "GET /reservations": listReservations,
  "POST /reservations": createReservation,
  "GET /reservations/{id}": showReservation,
  "GET /reservations/{id}/live": watchReservation,
  "POST /reservations/{id}/live-ticket": createLiveTicket,
  "DELETE /reservations/{id}": cancelReservation,
  "POST /reservations/{id}/payment": createPayment,
  "GET /reservations/{id}/payment": showPayment,
  "GET /accounts": findAccount,
  "PATCH /accounts/{id}": changeRole,
  "POST /events/{id}/handover": catalogue.handOverEvent,
  "GET /audit": listAudit,
  "GET /health": checkHealth,
} as const satisfies Record<Operation, Route>;

/** The API, its description, and the pages about it. */
export const ROUTES = {
  ...API,
  "GET /": showHome,
  "GET /problems": listProblems,
  "GET /problems/{type}": showProblem,
  "GET /openapi.json": descriptionOf(API),
  "GET /docs": showDocs,
  "GET /docs/{file}": showDocsFile,
} as const satisfies Record<Operation, Endpoint>;
