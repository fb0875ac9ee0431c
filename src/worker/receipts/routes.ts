// Receipts of what was bought, for its buyer, its organiser and admins: as JSON, or to print.

import type { Sale } from "../../domain/receipt.ts";
import { managerOrNull, managesAll } from "../auth/organiser.ts";
import type { Session } from "../auth/sessions.ts";
import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";
import { problem, refuse } from "../http/problems.ts";
import { page, pageReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { findOrder } from "../orders/lookup.ts";
import { OrderPath } from "../orders/schemas.ts";
import { findReservation } from "../reservations/lookup.ts";
import { ReservationPath } from "../reservations/schemas.ts";
import { receiptsOrWhyNot } from "./issuing.ts";
import { cursorOf, receiptsOf } from "./list.ts";
import { receiptPage } from "./page.ts";
import { presentReceipt, presentReceipts } from "./presenters.ts";
import { offeringsOf, saleOfOrder, saleOfReservation, salesWithIds } from "./queries.ts";
import { Receipt, ReceiptQuery, Receipts } from "./schemas.ts";

const REPLIES = [
  {
    status: 200,
    description: "The receipts; as a page to print, if `Accept` names `text/html`",
    schema: Receipts,
    isPageToo: true,
  },
] as const;

export const getOrderReceipt = route({
  operationId: "getOrderReceipt",
  access: "session",
  tag: "Orders",
  summary: "Show the receipt of an order, and what was given back",
  pathParameters: OrderPath,
  examples: { path: { id: EXAMPLES.order } },
  replies: REPLIES,
  async handle({ request, path, session, env }) {
    const own = await findOrder(env, path.id, session.accountId);
    const sale = own === null ? await saleOfTheirs(env, path.id, session) : saleOfOrder(own);
    if (sale === null) return problem("not-found");
    return receiptReply(request, env, sale);
  },
});

export const getReservationReceipt = route({
  operationId: "getReservationReceipt",
  access: "session",
  tag: "Reservations",
  summary: "Show the receipt of a reservation that was bought alone, and what was given back",
  pathParameters: ReservationPath,
  examples: { path: { id: EXAMPLES.reservation } },
  replies: REPLIES,
  problems: ["part-of-order"],
  async handle({ request, path, session, env }) {
    const found = await findReservation(env, path.id, session.accountId);
    const own = found.ok ? found.reservation : null;
    const orderId = own?.orderId ?? null;
    if (orderId !== null) return refuse({ type: "part_of_order", orderId });
    const sale = own === null ? await saleOfTheirs(env, path.id, session) : saleOfReservation(own);
    if (sale === null) return problem("not-found");
    return receiptReply(request, env, sale);
  },
});

export const listReceipts = route({
  operationId: "listReceipts",
  access: "organizer",
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

async function receiptReply(request: Request, env: Env, sale: Sale): Promise<Response> {
  const shown = presentReceipts(sale, await receiptsOrWhyNot(env.DB, sale));
  const isForPeople = request.headers.get("accept")?.includes("text/html") === true;
  const response = isForPeople ? receiptPage(shown) : reply(200, shown);
  // The same address has two forms.
  response.headers.append("vary", "accept");
  return response;
}
