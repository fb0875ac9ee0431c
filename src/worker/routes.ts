// The table of routes: method, path and handler of everything that can be reached.

import { changeEmail, createVerification, updateAccount } from "./accounts/address-routes.ts";
import { listAccounts, updateAccountRole } from "./accounts/admin-routes.ts";
import { createApiKey, deleteApiKey, listApiKeys } from "./accounts/api-key-routes.ts";
import { changePassword, createGuest, deleteAccount, exportAccount, getAccount, register } from "./accounts/routes.ts";
import { getAttendeesFile, listAttendees } from "./attendees/routes.ts";
import { listAuditEntries, listEventAuditEntries } from "./audit/routes.ts";
import { login, logout, logoutEverywhere, refreshTokens } from "./auth/routes.ts";
import { getOrderCalendar } from "./calendar/routes.ts";
import { callOffEvent, getCancellation } from "./cancellations/routes.ts";
import * as catalogue from "./catalogue/routes.ts";
import { listTerms } from "./catalogue/terms-routes.ts";
import { getEventOrdersFile } from "./counter/file-routes.ts";
import {
  cancelEventOrder,
  createEventOrder,
  deleteEventOrderCustomer,
  getEventOrder,
  getEventReport,
  listEventOrderHistory,
  listEventOrders,
  payEventOrder,
} from "./counter/routes.ts";
import {
  createCrewInvitation,
  deleteCrewInvitation,
  getCrewInvitation,
  listCrewInvitations,
  useCrewInvitation,
} from "./crew/invitation-routes.ts";
import { deleteCrewMember, listCrew, listOwnParts, putCrewMember } from "./crew/routes.ts";
import { getDoor, listDoorPasses, watchDoor } from "./door/device-routes.ts";
import { createCheckIn, createCheckIns, goOut, undoCheckIn } from "./door/routes.ts";
import type { Endpoint, Operation, Route } from "./http/route.ts";
import { sendLink, showLink } from "./links/page-routes.ts";
import {
  createPasswordReset,
  createSignInLink,
  usePasswordReset,
  useSignInLink,
  useVerification,
} from "./links/routes.ts";
import { createLiveTicket, createOrderLiveTicket, watchOrder, watchReservation } from "./live/owner-routes.ts";
import { watchEvent, watchEvents, watchTicketType } from "./live/routes.ts";
import { createMessage, listMessages } from "./mail/message-routes.ts";
import { createEventOrderMail, createOrderMail, createReservationMail } from "./mail/resend-routes.ts";
import { listEventMails } from "./mail/routes.ts";
import { cancelOrder, createOrder, getOrder, getOrderPayment, listOrders, payOrder } from "./orders/routes.ts";
import * as webhooks from "./outgoing-webhooks/routes.ts";
import { showAsset, showBoxOffice, showDoor, showEvent, showProgramme, showShop } from "./pages/routes.ts";
import * as eventPasses from "./passes/event-routes.ts";
import * as passFiles from "./passes/file-routes.ts";
import { showPassKeys } from "./passes/key-routes.ts";
import * as passes from "./passes/routes.ts";
import { getGoogleWalletLink } from "./passes/wallet-routes.ts";
import {
  getPayment,
  getPaymentConfig,
  listDisputes,
  listUnresolvedPayments,
  payReservation,
} from "./payments/routes.ts";
import { createCodeCheck, createCodes, createPrice, deletePrice, listCodes, updatePrice } from "./prices/routes.ts";
import * as receipts from "./receipts/routes.ts";
import { reconcileSales } from "./reconciliation/routes.ts";
import * as refunds from "./refunds/routes.ts";
import { cancelReservation, getReservation, holdTickets, listReservations } from "./reservations/routes.ts";
import { getEventSales } from "./sales/routes.ts";
import { authenticateAtSandbox, listSandboxMovements } from "./sandbox/routes.ts";
import { showDocs, showDocsFile } from "./service/docs.ts";
import { getHealth } from "./service/health.ts";
import { descriptionOf } from "./service/openapi.ts";
import { listProblems, showProblem } from "./service/problem-pages.ts";
import { getEventTakings } from "./takings/routes.ts";
import { receiveStripeNotice } from "./webhooks/routes.ts";

/** The operations of the API, in the order in which its description lists them. */
export const API = {
  "POST /register": register,
  "POST /guests": createGuest,
  "POST /api-auth/login": login,
  "POST /api-auth/refresh": refreshTokens,
  "POST /api-auth/password-resets": createPasswordReset,
  "POST /api-auth/password-resets/use": usePasswordReset,
  "POST /api-auth/links": createSignInLink,
  "POST /api-auth/links/use": useSignInLink,
  "POST /api-auth/verifications/use": useVerification,
  "POST /api-auth/logout": logout,
  "POST /api-auth/logout-everywhere": logoutEverywhere,
  "GET /me": getAccount,
  "PATCH /me": updateAccount,
  "POST /me/email": changeEmail,
  "POST /me/email/verification": createVerification,
  "POST /me/password": changePassword,
  "GET /me/export": exportAccount,
  "POST /me/deletion": deleteAccount,
  "GET /me/api-keys": listApiKeys,
  "POST /me/api-keys": createApiKey,
  "DELETE /me/api-keys/{id}": deleteApiKey,
  "GET /me/webhooks": webhooks.listWebhooks,
  "POST /me/webhooks": webhooks.createWebhook,
  "PATCH /me/webhooks/{id}": webhooks.updateWebhook,
  "DELETE /me/webhooks/{id}": webhooks.deleteWebhook,
  "POST /me/webhooks/{id}/secret": webhooks.rotateWebhookSecret,
  "POST /me/webhooks/{id}/test": webhooks.testWebhook,
  "GET /me/webhooks/{id}/deliveries": webhooks.listWebhookDeliveries,
  "POST /me/webhooks/{id}/replay": webhooks.replayWebhook,
  "GET /me/crew": listOwnParts,
  "POST /me/crew": useCrewInvitation,
  "GET /crew-invitations/{token}": getCrewInvitation,
  "GET /events": catalogue.listEvents,
  "GET /events/{id}": catalogue.getEvent,
  "GET /events/{id}/calendar.ics": catalogue.getEventCalendar,
  "GET /events/{id}/terms": listTerms,
  "GET /tickets/{id}": catalogue.getTicketType,
  "POST /tickets/{id}/code-checks": createCodeCheck,
  "GET /live": watchEvents,
  "GET /events/{id}/live": watchEvent,
  "GET /tickets/{id}/live": watchTicketType,
  "POST /events": catalogue.createEvent,
  "PATCH /events/{id}": catalogue.updateEvent,
  "DELETE /events/{id}": catalogue.deleteEvent,
  "POST /events/{id}/cancellation": callOffEvent,
  "GET /events/{id}/cancellation": getCancellation,
  "POST /events/{id}/tickets": catalogue.createTicketType,
  "PATCH /tickets/{id}": catalogue.updateTicketType,
  "DELETE /tickets/{id}": catalogue.deleteTicketType,
  "POST /tickets/{id}/prices": createPrice,
  "PATCH /tickets/{id}/prices/{price}": updatePrice,
  "DELETE /tickets/{id}/prices/{price}": deletePrice,
  "POST /tickets/{id}/prices/{price}/codes": createCodes,
  "GET /tickets/{id}/prices/{price}/codes": listCodes,
  "GET /events/{id}/unresolved-payments": listUnresolvedPayments,
  "GET /events/{id}/mails": listEventMails,
  "POST /events/{id}/messages": createMessage,
  "GET /events/{id}/messages": listMessages,
  "GET /events/{id}/disputes": listDisputes,
  "GET /events/{id}/audit": listEventAuditEntries,
  "GET /events/{id}/crew": listCrew,
  "PUT /events/{id}/crew/{account}": putCrewMember,
  "DELETE /events/{id}/crew/{account}": deleteCrewMember,
  "GET /events/{id}/crew-invitations": listCrewInvitations,
  "POST /events/{id}/crew-invitations": createCrewInvitation,
  "DELETE /events/{id}/crew-invitations/{invitation}": deleteCrewInvitation,
  "GET /events/{id}/door": getDoor,
  "GET /events/{id}/door/live": watchDoor,
  "GET /events/{id}/passes": listDoorPasses,
  "POST /check-ins": createCheckIn,
  "POST /check-ins/batch": createCheckIns,
  "POST /check-ins/{pass}/undo": undoCheckIn,
  "POST /check-ins/{pass}/out": goOut,
  "GET /events/{id}/attendees": listAttendees,
  "GET /events/{id}/attendees.csv": getAttendeesFile,
  "GET /events/{id}/orders": listEventOrders,
  "GET /events/{id}/orders.csv": getEventOrdersFile,
  "POST /events/{id}/orders": createEventOrder,
  "GET /events/{id}/orders/{order}": getEventOrder,
  "GET /events/{id}/orders/{order}/history": listEventOrderHistory,
  "GET /events/{id}/orders/{order}/passes": eventPasses.listEventOrderPasses,
  "GET /events/{id}/orders/{order}/passes/print": eventPasses.getEventOrderPassesPage,
  "POST /events/{id}/orders/{order}/mails": createEventOrderMail,
  "DELETE /events/{id}/orders/{order}": cancelEventOrder,
  "DELETE /events/{id}/orders/{order}/customer": deleteEventOrderCustomer,
  "POST /events/{id}/orders/{order}/payment": payEventOrder,
  "GET /events/{id}/report": getEventReport,
  "GET /events/{id}/sales": getEventSales,
  "GET /events/{id}/takings": getEventTakings,
  "GET /receipts": receipts.listReceipts,
  "POST /reconcile": reconcileSales,
  "GET /reservations": listReservations,
  "POST /reservations": holdTickets,
  "GET /reservations/{id}": getReservation,
  "GET /reservations/{id}/live": watchReservation,
  "POST /reservations/{id}/live-ticket": createLiveTicket,
  "DELETE /reservations/{id}": cancelReservation,
  "POST /reservations/{id}/payment": payReservation,
  "GET /reservations/{id}/payment": getPayment,
  "POST /reservations/{id}/refunds": refunds.createReservationRefund,
  "GET /reservations/{id}/refunds": refunds.listReservationRefunds,
  "POST /reservations/{id}/refunds/{refund}/retry": refunds.retryReservationRefund,
  "GET /reservations/{id}/refunds/{refund}/receipt": receipts.getReservationRefundReceipt,
  "GET /reservations/{id}/receipt": receipts.getReservationReceipt,
  "GET /payments/config": getPaymentConfig,
  "GET /orders": listOrders,
  "POST /orders": createOrder,
  "GET /orders/{id}": getOrder,
  "DELETE /orders/{id}": cancelOrder,
  "POST /orders/{id}/payment": payOrder,
  "GET /orders/{id}/payment": getOrderPayment,
  "POST /orders/{id}/refunds": refunds.createOrderRefund,
  "GET /orders/{id}/refunds": refunds.listOrderRefunds,
  "POST /orders/{id}/refunds/{refund}/retry": refunds.retryOrderRefund,
  "PATCH /orders/{id}/refunds/{refund}": refunds.updateOrderRefund,
  "GET /orders/{id}/refunds/{refund}/receipt": receipts.getOrderRefundReceipt,
  "GET /orders/{id}/receipt": receipts.getOrderReceipt,
  "GET /orders/{id}/calendar.ics": getOrderCalendar,
  "GET /reservations/{id}/passes": passes.listReservationPasses,
  "GET /reservations/{id}/passes/print": passFiles.getReservationPassesPage,
  "GET /orders/{id}/passes": passes.listOrderPasses,
  "GET /orders/{id}/passes/print": passFiles.getOrderPassesPage,
  "POST /reservations/{id}/mails": createReservationMail,
  "POST /orders/{id}/mails": createOrderMail,
  "GET /passes": passes.listPasses,
  "GET /passes/{id}": passes.getPass,
  "PATCH /passes/{id}": passes.updatePass,
  "POST /passes/{id}/transfer": passes.passOn,
  "GET /passes/{id}/code.svg": passFiles.getPassCodeSvg,
  "GET /passes/{id}/code.gif": passFiles.getPassCodeGif,
  "GET /passes/{id}/google-wallet": getGoogleWalletLink,
  "GET /orders/{id}/live": watchOrder,
  "POST /orders/{id}/live-ticket": createOrderLiveTicket,
  "GET /accounts": listAccounts,
  "PATCH /accounts/{id}": updateAccountRole,
  "POST /events/{id}/handover": catalogue.handOverEvent,
  "GET /audit": listAuditEntries,
  "GET /health": getHealth,
} as const satisfies Record<Operation, Route>;

/** The API, its description, the pages, and what comes from Stripe. */
export const ROUTES = {
  ...API,
  // No path of the API begins as one of the pages does.
  "GET /": showProgramme,
  "GET /e/{id}": showEvent,
  "GET /my": showShop,
  "GET /my/{path+}": showShop,
  "GET /box-office": showBoxOffice,
  "GET /box-office/{path+}": showBoxOffice,
  "GET /door": showDoor,
  "GET /door/{path+}": showDoor,
  "GET /assets/{asset}": showAsset,
  "GET /problems": listProblems,
  "GET /problems/{type}": showProblem,
  "GET /links/{token}": showLink,
  "POST /links/{token}": sendLink,
  "GET /openapi.json": descriptionOf(API),
  "GET /.well-known/pass-keys.json": showPassKeys,
  "GET /docs": showDocs,
  "GET /docs/{file}": showDocsFile,
  "POST /webhooks/stripe": receiveStripeNotice,
  // In this form esbuild leaves it out of a production build.
  ...(process.env.NODE_ENV === "production"
    ? {}
    : { "POST /sandbox/authentications": authenticateAtSandbox, "GET /sandbox/movements": listSandboxMovements }),
} as const satisfies Record<Operation, Endpoint>;
