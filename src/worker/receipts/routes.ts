// Receipts of what was bought, for its buyer, its organiser and admins: as JSON, or to print.

import type * as z from "zod";
import type { Sale } from "../../domain/receipt.ts";
import type { Language } from "../../platform/mails.ts";
import { managerOrNull, managesAll } from "../auth/organiser.ts";
import type { Session } from "../auth/sessions.ts";
import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";
import { languageFrom } from "../http/language.ts";
import { problem, refuse } from "../http/problems.ts";
import { page, pageReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { findOrder } from "../orders/lookup.ts";
import { OrderPath } from "../orders/schemas.ts";
import { OrderRefundPath, ReservationRefundPath } from "../refunds/schemas.ts";
import { findReservation } from "../reservations/lookup.ts";
import { ReservationPath } from "../reservations/schemas.ts";
import { receiptsOrWhyNot } from "./issuing.ts";
import { cursorOf, receiptsOf } from "./list.ts";
import { receiptPage, refundReceiptPage } from "./page.ts";
import { presentReceipt, presentReceipts, presentRefundReceipts } from "./presenters.ts";
import { offeringsOf, saleOfOrder, saleOfReservation, salesWithIds } from "./queries.ts";
import { Receipt, ReceiptPageQuery, ReceiptQuery, Receipts, RefundReceipts } from "./schemas.ts";

type PageQuery = z.output<typeof ReceiptPageQuery>;

const REPLIES = [
  {
    status: 200,
    description: "The receipts; as a page to print, if `Accept` names `text/html`",
    schema: Receipts,
    isPageToo: true,
  },
] as const;

const REFUND_REPLIES = [
  {
    status: 200,
    description: "The credit notes; as a page to print, if `Accept` names `text/html`",
    schema: RefundReceipts,
    isPageToo: true,
  },
] as const;

export const getOrderReceipt = route({
  operationId: "getOrderReceipt",
  access: "session",
  scope: "orders:read",
  tag: "Orders",
  summary: "Show the receipt of an order, and what was given back",
  pathParameters: OrderPath,
  examples: { path: { id: EXAMPLES.order } },
  query: ReceiptPageQuery,
  replies: REPLIES,
  async handle({ request, path, query, session, env }) {
    const sale = await orderSale(env, path.id, session);
    return sale === null ? problem("not-found") : receiptReply(request, query, env, sale);
  },
});

export const getReservationReceipt = route({
  operationId: "getReservationReceipt",
  access: "session",
  scope: "orders:read",
  tag: "Reservations",
  summary: "Show the receipt of a reservation that was bought alone, and what was given back",
  pathParameters: ReservationPath,
  examples: { path: { id: EXAMPLES.reservation } },
  query: ReceiptPageQuery,
  replies: REPLIES,
  problems: ["part-of-order"],
  async handle({ request, path, query, session, env }) {
    const found = await reservationSale(env, path.id, session);
    return found instanceof Response ? found : receiptReply(request, query, env, found);
  },
});

export const getOrderRefundReceipt = route({
  operationId: "getOrderRefundReceipt",
  access: "session",
  scope: "orders:read",
  tag: "Orders",
  summary: "Show the credit notes of one refund of an order",
  pathParameters: OrderRefundPath,
  examples: { path: { id: EXAMPLES.order, refund: EXAMPLES.orderRefund } },
  query: ReceiptPageQuery,
  replies: REFUND_REPLIES,
  async handle({ request, path, query, session, env }) {
    const sale = await orderSale(env, path.id, session);
    return sale === null ? problem("not-found") : refundReceiptReply(request, query, env, sale, path.refund);
  },
});

export const getReservationRefundReceipt = route({
  operationId: "getReservationRefundReceipt",
  access: "session",
  scope: "orders:read",
  tag: "Reservations",
  summary: "Show the credit notes of one refund of a reservation that was bought alone",
  pathParameters: ReservationRefundPath,
  examples: { path: { id: EXAMPLES.reservation, refund: EXAMPLES.refund } },
  query: ReceiptPageQuery,
  replies: REFUND_REPLIES,
  problems: ["part-of-order"],
  async handle({ request, path, query, session, env }) {
    const found = await reservationSale(env, path.id, session);
    if (found instanceof Response) return found;
    return refundReceiptReply(request, query, env, found, path.refund);
  },
});

export const listReceipts = route({
  operationId: "listReceipts",
  access: "organizer",
  scope: "orders:read",
  tag: "Organisers",
  summary: "List the receipts of what one sells, of each seller in the order of their numbers; an admin sees all",
  query: ReceiptQuery,
  replies: [pageReply(Receipt, "/receipts")],
  async handle({ request, query, session, env }) {
    const { limit, cursor = null, series, from, to } = query;
    const organizerId = session.role === "admin" ? null : session.accountId;
    const period = { fromMs: from === undefined ? 0 : Date.parse(from), toMs: to === undefined ? to : Date.parse(to) };
    const rows = await receiptsOf(env.DB, organizerId, { series, ...period }, limit + 1, cursor);
    return page(request, rows, limit, presentReceipt, cursorOf);
  },
});

/** One's own, or one that one manages. */
async function orderSale(env: Env, id: string, session: Session): Promise<Sale | null> {
  const own = await findOrder(env, id, session.accountId);
  return own === null ? saleOfTheirs(env, id, session) : saleOfOrder(own);
}

/** The same of a reservation that was bought alone; or why there is none. */
async function reservationSale(env: Env, id: string, session: Session): Promise<Sale | Response> {
  const found = await findReservation(env, id, session.accountId);
  const own = found.ok ? found.reservation : null;
  const orderId = own?.orderId ?? null;
  if (orderId !== null) return refuse({ type: "part_of_order", orderId });
  return (own === null ? await saleOfTheirs(env, id, session) : saleOfReservation(own)) ?? problem("not-found");
}

/** Another's, for who manages all of its events. */
async function saleOfTheirs(env: Env, id: string, session: Session): Promise<Sale | null> {
  const caller = await managerOrNull(env, session);
  if (caller === null) return null;
  const [sale] = await salesWithIds(env.DB, [id]);
  if (sale === undefined || caller.role === "admin") return sale ?? null;
  const offerings = await offeringsOf(env.DB, [sale]);
  const offered = sale.items.map((item) => offerings.get(item.ticketTypeId));
  const events = offered.flatMap((one) =>
    one === undefined ? [] : { id: one.event.id, organizerId: one.organizerId },
  );
  const isTheirs = events.length === offered.length && (await managesAll(env, events, caller));
  return isTheirs ? sale : null;
}

async function receiptReply(request: Request, query: PageQuery, env: Env, sale: Sale): Promise<Response> {
  const shown = presentReceipts(sale, await receiptsOrWhyNot(env.DB, sale));
  return inItsForm(isForPeople(request) ? receiptPage(shown, languageOf(request, query)) : reply(200, shown));
}

async function refundReceiptReply(
  request: Request,
  query: PageQuery,
  env: Env,
  sale: Sale,
  refundId: string,
): Promise<Response> {
  const refund = sale.refunds.find(({ id }) => id === refundId);
  if (refund === undefined) return problem("not-found");
  const shown = presentRefundReceipts(sale, refund, await receiptsOrWhyNot(env.DB, sale));
  return inItsForm(isForPeople(request) ? refundReceiptPage(shown, languageOf(request, query)) : reply(200, shown));
}

function isForPeople(request: Request): boolean {
  return request.headers.get("accept")?.includes("text/html") === true;
}

function languageOf(request: Request, { language }: PageQuery): Language {
  return language ?? languageFrom(request.headers.get("accept-language"));
}

function inItsForm(response: Response): Response {
  // The same address has two forms.
  response.headers.append("vary", "accept");
  return response;
}
