// A buyer's orders: made, listed, shown, paid, cancelled.

import { type OrderRefusal, type OrderView, totalOf } from "../../domain/order.ts";
import type {
  CancelOrderResult,
  NewOrderRefusal,
  NewOrderResult,
  PayOrderResult,
} from "../../durable/order/protocol.ts";
import { hashOf, newPaymentId, newReservationId } from "../../platform/ids.ts";
import { money, presentPaymentOf } from "../../platform/wire.ts";
import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";
import { CODE_LIMITS, isWithinLimits } from "../http/limits.ts";
import { invalid, ofItem, problem, refuse } from "../http/problems.ts";
import { emptyReply, keyedReply, page, pageReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { callNamedOrder, callOrder, orderIdFor } from "../objects/orders.ts";
import { refuseTotal } from "../payments/price-check.ts";
import { PAY_PROBLEMS, PAYMENT_REPLY, paymentReply, refuseMethod } from "../payments/routes.ts";
import { NewPayment, Payment } from "../payments/schemas.ts";
import { GIVEN_BACK, giveBackOrder } from "../refunds/giving-back-routes.ts";
import { HOLD_PROBLEMS } from "../reservations/routes.ts";
import { faultInItems, type OrderFault } from "./checks.ts";
import { findOrder } from "./lookup.ts";
import { presentOrder, presentOrders } from "./presenters.ts";
import * as queries from "./queries.ts";
import { NewOrder, Order, OrderPath, OrderQuery } from "./schemas.ts";

/** Holds all items or none. The answer carries the moment the order ends. */
export const createOrder = route({
  operationId: "createOrder",
  access: "session",
  tag: "Orders",
  summary: "Hold tickets of several types, all or none",
  limits: ["LIMIT_RESERVE", "LIMIT_RESERVE_ADDRESS"],
  takesIdempotencyKey: true,
  body: NewOrder,
  examples: {
    bodies: { "Two tickets": { items: [{ ticket: EXAMPLES.ticketType, price: EXAMPLES.ticketType, quantity: 2 }] } },
  },
  replies: [
    {
      status: 201,
      description: "Everything is held until `expires_at`",
      schema: Order,
      headers: { Location: "/orders/…" },
    },
  ],
  problems: HOLD_PROBLEMS,
  precheck: ({ session }) => (session.isClosing ? problem("account-closing") : null),
  async handle({ request: incoming, body, session, idempotencyKey, env }) {
    const items = body.items.map((item) => ({ ...item, accepted_terms: item.accepted_terms ?? body.accepted_terms }));
    // Each code may be a guess.
    const limits = items.flatMap(({ code }) => (code === undefined ? [] : CODE_LIMITS));
    if (limits.length > 0 && !(await isWithinLimits(env, incoming, limits, session))) return problem("slow-down");
    const fault = await faultInItems(env, items);
    if (fault !== null) return refuseItem(fault);
    const { accountId } = session;
    // Made before the call, so that a call repeated after a lost reply finds its own order.
    const orderId = orderIdFor(env, accountId, "POST /orders", idempotencyKey);
    const requestId = newPaymentId();
    const order = { orderId, accountId, requestId, request: hashOf(requestText(items)), items: items.map(newItem) };
    const result: NewOrderResult = await callOrder(env, orderId, (object) => object.create(order));
    if (!result.ok) return refuseNewOrder(result.refusal);
    const tooLarge = refuseTotal(env, totalOf(result.order), result.order.currency);
    if (tooLarge !== null) {
      // Only the objects know the prices. What can't be paid for is let go.
      await callOrder(env, orderId, (object) => object.cancel(accountId));
      return refuse(tooLarge);
    }
    const shown = await presentOrder(env, result.order, Date.now());
    return keyedReply(201, shown, { location: `/orders/${shown.id}` }, result.isReplay);
  },
});

export const listOrders = route({
  operationId: "listOrders",
  access: "session",
  tag: "Orders",
  summary: "List your orders, newest first, all or of one state",
  query: OrderQuery,
  replies: [pageReply(Order, "/orders")],
  async handle({ request, query, session, env }) {
    const nowMs = Date.now();
    const { limit, cursor = null, state } = query;
    const rows = await queries.ordersOf(env.DB, session.accountId, state, nowMs, limit + 1, cursor);
    const shown = await presentOrders(
      env.DB,
      rows.map((row) => queries.viewOfOrderRow(row, nowMs)),
      nowMs,
    );
    const paired = rows.map((row, index) => ({ row, order: shown[index] }));
    return page(
      request,
      paired,
      limit,
      ({ order }) => order,
      ({ row }) => ({ atMs: row.createdAtMs, id: row.id }),
    );
  },
});

export const getOrder = route({
  operationId: "getOrder",
  access: "session",
  tag: "Orders",
  summary: "Show an order in its current state",
  pathParameters: OrderPath,
  examples: { path: { id: EXAMPLES.order } },
  replies: [{ status: 200, description: "The order", schema: Order }],
  async handle({ path, session, env }) {
    const order = await findOrder(env, path.id, session.accountId);
    return order === null ? problem("not-found") : reply(200, await presentOrder(env, order, Date.now()));
  },
});

export const cancelOrder = route({
  operationId: "cancelOrder",
  access: "session",
  tag: "Orders",
  summary: "Cancel an order that is not paid, or give back one that is",
  pathParameters: OrderPath,
  examples: { path: { id: EXAMPLES.order } },
  replies: [
    { status: 204, description: "Cancelled. All of its tickets are available again", schema: null },
    {
      status: 202,
      description: "A payment is pending. If it fails the order is cancelled; if it succeeds it is confirmed",
      schema: Order,
    },
    GIVEN_BACK,
  ],
  problems: ["already-confirmed", "already-refunded", "refund-exceeds", "reservation-expired"],
  async handle({ request, path, session, env }) {
    const { accountId } = session;
    const unknown: CancelOrderResult = { ok: false, refusal: "order_unknown" };
    const result = await callNamedOrder(env, path.id, unknown, (object) => object.cancel(accountId));
    if (!result.ok) {
      if ("takesBack" in result) return giveBackOrder(env, request, session, path.id);
      const ended = await endedOrder(env, path.id, accountId, result.refusal);
      return ended?.state === "cancelled" ? emptyReply(204) : refuseOrder(ended, result.refusal);
    }
    if (!result.deferred) return emptyReply(204);
    return reply(202, await presentOrder(env, result.order, Date.now()));
  },
});

export const payOrder = route({
  operationId: "payOrder",
  access: "session",
  tag: "Orders",
  summary: "Pay for an order",
  limits: ["LIMIT_PAY"],
  takesIdempotencyKey: true,
  pathParameters: OrderPath,
  body: NewPayment,
  examples: { path: { id: EXAMPLES.order }, bodies: { "A card": { payment_method: EXAMPLES.paymentMethod } } },
  replies: [
    {
      status: 202,
      description: "The payment has begun: its outcome will be at `Location`. Free orders are confirmed at once",
      schema: Payment,
      headers: { Location: "/orders/…/payment" },
    },
  ],
  problems: PAY_PROBLEMS,
  precheck: ({ body, session, env }) => refuseMethod(env, session, body.payment_method ?? null),
  async handle({ path, body, session, idempotencyKey, env }) {
    const method = body.payment_method ?? null;
    const paymentId = newPaymentId();
    // Without a key of the caller's each request is a new one.
    const key = idempotencyKey ?? `payment ${paymentId}`;
    const { accountId } = session;
    const unknown: PayOrderResult = { ok: false, refusal: "order_unknown" };
    const request = { accountId, paymentId, key, method };
    const result = await callNamedOrder(env, path.id, unknown, (object) => object.pay(request));
    if (!result.ok) {
      const { refusal } = result;
      if (refusal === "unavailable") return problem("unavailable");
      return refuseOrder(await endedOrder(env, path.id, accountId, refusal), refusal);
    }
    const payment = presentPaymentOf(totalMoney(result.order), result.payment);
    return keyedReply(202, payment, { location: `/orders/${path.id}/payment` }, result.isReplay);
  },
});

export const getOrderPayment = route({
  operationId: "getOrderPayment",
  access: "session",
  tag: "Orders",
  summary: "Show the payment of an order",
  pathParameters: OrderPath,
  examples: { path: { id: EXAMPLES.order } },
  replies: [PAYMENT_REPLY],
  async handle({ path, session, env }) {
    const order = await findOrder(env, path.id, session.accountId);
    if (order === null || order.payment === null) return problem("not-found");
    return paymentReply(order.payment, presentPaymentOf(totalMoney(order), order.payment));
  },
});

/** An item with the terms that the buyer accepts for it. */
type WantedItem = NewOrder["items"][number];

/** Without terms as from before there were any, so that a key's request stays the same. */
function requestText(items: readonly WantedItem[]): string {
  return JSON.stringify(
    items.map(({ ticket, quantity, price, code, accepted_terms }) => {
      return [ticket, quantity, price, code, ...(accepted_terms === undefined ? [] : [accepted_terms])];
    }),
  );
}

function newItem({ ticket, quantity, price, code, accepted_terms }: WantedItem) {
  const asked = { priceId: price ?? null, code: code ?? null, acceptedTerms: accepted_terms ?? null };
  return { reservationId: newReservationId(ticket), ticketTypeId: ticket, ...asked, quantity };
}

function totalMoney(order: OrderView) {
  return money(totalOf(order), order.currency);
}

/** The order where its object has forgotten it, and refused for that reason. */
async function endedOrder(env: Env, id: string, accountId: string, refusal: OrderRefusal): Promise<OrderView | null> {
  return refusal === "order_unknown" ? queries.findEndedOrder(env.DB, id, accountId) : null;
}

export function refuseOrder(ended: OrderView | null, refusal: OrderRefusal): Response {
  const type = ended === null ? refusal : ended.state === "cancelled" ? "already_cancelled" : "reservation_expired";
  switch (type) {
    case "already_confirmed":
      return problem("already-confirmed", { detail: "The order is confirmed." });
    case "already_cancelled":
      return problem("already-cancelled", { detail: "The order was cancelled." });
    case "reservation_expired":
      return problem("reservation-expired", { detail: "The order has expired." });
    default:
      return refuse({ type });
  }
}

export function refuseItem({ type, item }: OrderFault): Response | Promise<Response> {
  switch (type) {
    case "unknown_ticket":
      return ofItem(problem("not-found"), item);
    case "other_organizer":
      return invalid(`items.${item}.ticket`, "is of another organiser than the first one");
    case "other_currency":
      return invalid(`items.${item}.ticket`, "has another currency than the first one");
  }
}

export function refuseNewOrder(refusal: NewOrderRefusal): Response | Promise<Response> {
  switch (refusal.type) {
    case "not_held":
      return ofItem(refuse(refusal.because), refusal.item);
    case "other_currencies":
      return invalid("items", "must all have one currency");
    case "idempotency_key_reused":
      return refuse({ type: refusal.type });
    case "unavailable":
      return problem("unavailable");
    // Only the counter asks for a replay alone, and knows what that means.
    case "nothing_to_replay":
      return problem("internal-error");
    case "not_taken":
      return refuseOrder(null, refusal.because);
  }
}
