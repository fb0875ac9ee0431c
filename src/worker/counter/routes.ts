// The counter of an event: its organiser sells by hand, and sees all of its orders.

import * as z from "zod";
import { dateIn, dayIn, isIn } from "../../domain/days.ts";
import { type OrderRefusal, totalOf } from "../../domain/order.ts";
import { money, presentPaymentOf } from "../../platform/wire.ts";
import { findSales } from "../attendees/search.ts";
import type { EventRow } from "../catalogue/queries.ts";
import { ticketTypesOf } from "../catalogue/queries.ts";
import { actorOf, managedEvent } from "../catalogue/routes.ts";
import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";
import { IdPath } from "../http/fields.ts";
import { invalid, ofItem, problem, refuse } from "../http/problems.ts";
import { emptyReply, keyedReply, page, pageReply, reply } from "../http/replies.ts";
import { type Caller, route } from "../http/route.ts";
import { refuseNewOrder, refuseOrder } from "../orders/routes.ts";
import { Payment } from "../payments/schemas.ts";
import { eraseCustomerAt } from "./customers.ts";
import { historyOf } from "./history.ts";
import { presentEventOrder, presentReport, viewOfSale } from "./presenters.ts";
import { keyOf, linesOfDay, type SaleRow, salesOfEvent, salesWithIds } from "./queries.ts";
import * as sales from "./sales.ts";
import {
  EventOrder,
  EventOrderPath,
  EventOrderQuery,
  EventReport,
  NewEventOrder,
  NewEventPayment,
  ReportQuery,
  SaleMoment,
  SalePath,
} from "./schemas.ts";

const ORDER_OF_EVENT = { id: EXAMPLES.event, order: EXAMPLES.counterOrder };

export const createEventOrder = route({
  operationId: "createEventOrder",
  access: "manager",
  scope: "orders:write",
  tag: "Organisers",
  summary: "Sell at the counter: for cash, for a transfer that is awaited, or free of charge",
  takesIdempotencyKey: true,
  pathParameters: IdPath,
  body: NewEventOrder,
  examples: {
    path: { id: EXAMPLES.event },
    bodies: {
      "Two tickets for cash": {
        items: [{ ticket: EXAMPLES.ticketType, price: EXAMPLES.ticketType, quantity: 2 }],
        method: "cash",
      },
      "An invoice": {
        items: [{ ticket: EXAMPLES.ticketType, price: EXAMPLES.ticketType, quantity: 1 }],
        method: "transfer",
        customer: { name: "Ada Lovelace", email: "ada@example.test" },
        note: "Invoice 2027-118",
      },
    },
  },
  replies: [
    {
      status: 201,
      description: "Confirmed; or held until `expires_at`, for a transfer",
      schema: EventOrder,
      headers: { Location: "/events/…/orders/…" },
    },
  ],
  problems: [
    "sold-out",
    "not-on-sale",
    "code-refused",
    "code-used-up",
    "event-cancelled",
    "event-over",
    "already-cancelled",
    "reservation-expired",
  ],
  async handle({ request, path, body, session, idempotencyKey, env }) {
    const event = await eventOfCounter(env, path.id, session);
    const ticketTypes = await ticketTypesOf(env.DB, event.id);
    const fault = sales.faultInSale(body, event, ticketTypes, Date.now());
    if (fault !== null && idempotencyKey === null) return refuseSale(fault);
    const actor = actorOf(session, request);
    const result = await sales.sell(env, actor, event, idempotencyKey, body, fault !== null);
    if (!result.ok) {
      const isNew = result.refusal.type === "nothing_to_replay";
      return isNew && fault !== null ? refuseSale(fault) : refuseNewOrder(result.refusal);
    }
    const shown = presentEventOrder(result.order, sales.OF_COUNTER, event, ticketTypes, Date.now());
    return keyedReply(201, shown, { location: `/events/${event.id}/orders/${shown.id}` }, result.isReplay);
  },
});

export const listEventOrders = route({
  operationId: "listEventOrders",
  access: "manager",
  scope: "orders:read",
  tag: "Organisers",
  summary: "List or find the orders of an event, newest first: what its counter sold, and what buyers made, also alone",
  pathParameters: IdPath,
  query: EventOrderQuery,
  examples: { path: { id: EXAMPLES.event } },
  replies: [pageReply(EventOrder, "/events/…/orders")],
  async handle({ request, path, query, session, env }) {
    const event = await eventOfCounter(env, path.id, session);
    const nowMs = Date.now();
    const { limit, cursor = null, method, state } = query;
    const day = query.day === undefined ? null : dayIn(event.timezone, query.day);
    const filter = { method, state, day };
    const ticketTypes = await ticketTypesOf(env.DB, event.id);
    const present = (row: SaleRow) => presentEventOrder(viewOfSale(row, nowMs), row, event, ticketTypes, nowMs);
    if (query.q !== undefined) {
      const ids = await findSales(env.DB, query.q, event.id, ticketTypes);
      const found = (await salesWithIds(env.DB, event.id, ids)).map(present);
      const isWanted = (order: ReturnType<typeof present>) =>
        (method === undefined || order.method === method) &&
        (state === undefined || order.state === state) &&
        (day === null || isIn(day, Date.parse(order.created_at)));
      return reply(200, found.filter(isWanted));
    }
    const rows = await salesOfEvent(env.DB, event.id, filter, nowMs, limit + 1, cursor);
    return page(request, rows, limit, present, (row) => {
      const { createdAtMs, id } = keyOf(row);
      return { atMs: createdAtMs, id };
    });
  },
});

export const getEventOrder = route({
  operationId: "getEventOrder",
  access: "manager",
  scope: "orders:read",
  tag: "Organisers",
  summary: "Show an order of an event in its current state",
  pathParameters: SalePath,
  examples: { path: ORDER_OF_EVENT },
  replies: [{ status: 200, description: "The order", schema: EventOrder }],
  async handle({ path, session, env }) {
    const event = await eventOfCounter(env, path.id, session);
    const found = await sales.findEventOrder(env, event, path.order);
    if (found === null) return problem("not-found");
    const ticketTypes = await ticketTypesOf(env.DB, event.id);
    return reply(200, presentEventOrder(found.order, found, event, ticketTypes, Date.now()));
  },
});

export const listEventOrderHistory = route({
  operationId: "listEventOrderHistory",
  access: "manager",
  scope: "orders:read",
  tag: "Organisers",
  summary: "List what happened to an order of an event, the oldest first",
  pathParameters: SalePath,
  examples: { path: ORDER_OF_EVENT },
  replies: [{ status: 200, description: "What happened", schema: z.array(SaleMoment) }],
  async handle({ path, session, env }) {
    const event = await eventOfCounter(env, path.id, session);
    const [row] = await salesWithIds(env.DB, event.id, [path.order]);
    if (row === undefined) return problem("not-found");
    const ofEvent = new Set((await ticketTypesOf(env.DB, event.id)).map(({ id }) => id));
    const order = viewOfSale(row, Date.now());
    const items = order.items.filter(({ ticketTypeId }) => ofEvent.has(ticketTypeId));
    return reply(200, await historyOf(env.DB, event.id, row, { ...order, items }));
  },
});

export const cancelEventOrder = route({
  operationId: "cancelEventOrder",
  access: "manager",
  scope: "orders:write",
  tag: "Organisers",
  summary: "Cancel an order of the counter that waits for a transfer",
  pathParameters: EventOrderPath,
  examples: { path: ORDER_OF_EVENT },
  replies: [{ status: 204, description: "Cancelled. All of its tickets are available again", schema: null }],
  problems: ["not-of-counter", "already-confirmed", "already-refunded", "reservation-expired"],
  async handle({ request, path, session, env }) {
    const event = await eventOfCounter(env, path.id, session);
    const result = await sales.cancelSale(env, actorOf(session, request), event, path.order);
    if (result.ok) return emptyReply(204);
    return refuseOfCounter(env, event, path.order, result.refusal, () => emptyReply(204));
  },
});

export const deleteEventOrderCustomer = route({
  operationId: "deleteEventOrderCustomer",
  access: "manager",
  scope: "orders:write",
  tag: "Organisers",
  summary: "Erase the name and address of the customer of an order of the counter",
  pathParameters: EventOrderPath,
  examples: { path: ORDER_OF_EVENT },
  replies: [{ status: 204, description: "The order has neither any more. Its note stays", schema: null }],
  problems: ["not-of-counter"],
  async handle({ request, path, session, env }) {
    const event = await eventOfCounter(env, path.id, session);
    if (await eraseCustomerAt(env, actorOf(session, request), event, path.order)) return emptyReply(204);
    return refuseOfCounter(env, event, path.order, "order_unknown", () => emptyReply(204));
  },
});

export const payEventOrder = route({
  operationId: "payEventOrder",
  access: "manager",
  scope: "orders:write",
  tag: "Organisers",
  summary: "Say that the money for an order of the counter has come",
  takesIdempotencyKey: true,
  pathParameters: EventOrderPath,
  body: NewEventPayment,
  examples: { path: ORDER_OF_EVENT, bodies: { "A transfer": { method: "transfer" } } },
  replies: [
    {
      status: 200,
      description: "The order is confirmed",
      schema: Payment,
      headers: { Location: "/events/…/orders/…" },
    },
  ],
  problems: [
    "not-of-counter",
    "payment-in-progress",
    "already-confirmed",
    "already-refunded",
    "already-cancelled",
    "reservation-expired",
    "event-cancelled",
    "event-over",
  ],
  async handle({ request, path, body, session, idempotencyKey, env }) {
    const event = await eventOfCounter(env, path.id, session);
    const result = await sales.markPaid(env, actorOf(session, request), event, path.order, idempotencyKey, body);
    if (!result.ok) {
      if (result.refusal === "unavailable") return problem("unavailable");
      return refuseOfCounter(env, event, path.order, result.refusal, () => problem("already-cancelled"));
    }
    const total = money(totalOf(result.order), result.order.currency);
    const location = `/events/${event.id}/orders/${path.order}`;
    return keyedReply(200, presentPaymentOf(total, result.payment), { location }, result.isReplay);
  },
});

export const getEventReport = route({
  operationId: "getEventReport",
  access: "manager",
  scope: "orders:read",
  tag: "Organisers",
  summary: "Show what an event brought in on a day, what was given back, and by whom",
  pathParameters: IdPath,
  query: ReportQuery,
  examples: { path: { id: EXAMPLES.event } },
  replies: [{ status: 200, description: "The day's report", schema: EventReport }],
  async handle({ path, query, session, env }) {
    const event = await eventOfCounter(env, path.id, session);
    const date = query.day ?? dateIn(event.timezone, Date.now());
    const day = dayIn(event.timezone, date);
    return reply(200, presentReport(event, date, day, await linesOfDay(env.DB, event.id, day)));
  },
});

/** Who may sell at an event's counter, and see its orders: to all others it is not there. */
function eventOfCounter(env: Env, id: string, caller: Caller): Promise<EventRow> {
  return managedEvent(env, id, caller);
}

function refuseSale(fault: sales.SaleFault): Response | Promise<Response> {
  switch (fault.type) {
    case "draft":
      return refuse({ type: "not_on_sale", saleState: "draft", salesStartMs: null, salesEndMs: null });
    case "not_of_event":
      return ofItem(problem("not-found"), fault.item);
    case "other_currency":
      return invalid(`items.${fault.item}.ticket`, "has another currency than the first one");
    case "not_awaited":
      return invalid("pay_until", "is for a transfer");
    case "too_early":
      return invalid("pay_until", "must be in the future");
    case "too_late":
      return invalid("pay_until", "must be within 30 days");
    case "beyond_event":
      return invalid("pay_until", "must not be after the end of the event");
  }
}

/** `cancelled`: what to say of one that was cancelled, and that its object has forgotten. */
async function refuseOfCounter(
  env: Env,
  event: EventRow,
  orderId: string,
  refusal: OrderRefusal,
  cancelled: () => Response,
): Promise<Response> {
  const known = refusal === "order_unknown" ? await sales.findEventOrder(env, event, orderId) : null;
  if (known === null) return refuseOrder(null, refusal);
  if (known.order.accountId !== event.id) return problem("not-of-counter");
  return known.order.state === "cancelled" ? cancelled() : refuseOrder(known.order, refusal);
}
