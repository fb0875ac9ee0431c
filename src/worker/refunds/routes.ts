// Refunds that organisers make, and that they and buyers read.

import type * as z from "zod";
import { methodOf } from "../../domain/counter.ts";
import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { OrderView } from "../../domain/order.ts";
import { namedIn } from "../../domain/refund-passes.ts";
import type { ReservationView } from "../../domain/reservation.ts";
import type { OrderRefundResult } from "../../durable/order/protocol.ts";
import type { RefundResult } from "../../durable/ticket-type/protocol.ts";
import { presentRefund } from "../../platform/wire.ts";
import { type AuditEntry, audit } from "../audit/queries.ts";
import { managerOrNull, manages, managesAll } from "../auth/organiser.ts";
import { type Actor, entry } from "../catalogue/actors.ts";
import { ticketTypeWithEvent } from "../catalogue/queries.ts";
import { actorOf } from "../catalogue/routes.ts";
import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";
import type { ProblemType } from "../http/problem-types.ts";
import { invalid, ProblemError, problem } from "../http/problems.ts";
import { REFUND_PROBLEMS, refuseRefund } from "../http/refund-problems.ts";
import { keyedReply, reply } from "../http/replies.ts";
import { type Caller, route } from "../http/route.ts";
import { callNamedOrder, callOrder } from "../objects/orders.ts";
import { callNamedTicketType, callTicketType } from "../objects/ticket-types.ts";
import { findOrder } from "../orders/lookup.ts";
import { OrderPath } from "../orders/schemas.ts";
import { paymentProvider } from "../payments/select-provider.ts";
import { findReservation } from "../reservations/lookup.ts";
import { ReservationPath } from "../reservations/schemas.ts";
import { keyOf, requestOf } from "./requests.ts";
import { NewRefund, OrderRefundPath, Refund, RefundChange, ReservationRefundPath } from "./schemas.ts";

const PROBLEMS = [...REFUND_PROBLEMS, "pass-revoked"] satisfies ProblemType[];
const MADE = "The refund is on record, and its tickets are given back. The money follows";
const EXAMPLE = { all: true, restock: true, reason: "You are ill, we are sorry." } as const;

export const createReservationRefund = route({
  operationId: "createReservationRefund",
  access: "manager",
  scope: "refunds:write",
  tag: "Organisers",
  summary: "Give back tickets, money or both of a reservation that was bought alone",
  takesIdempotencyKey: true,
  pathParameters: ReservationPath,
  body: NewRefund,
  examples: { path: { id: EXAMPLES.reservation }, bodies: { Everything: EXAMPLE } },
  replies: [{ status: 201, description: MADE, schema: Refund, headers: { Location: "/reservations/…/refunds" } }],
  problems: ["part-of-order", ...PROBLEMS],
  async handle({ request, path, body, session, idempotencyKey, env }) {
    const { reservation, eventId } = await managedReservation(env, path.id, session);
    const refused = refuseAmount(env, reservation, body.amount);
    if (refused !== null) return refused;
    const wanted = requestOf(session, idempotencyKey, body);
    const about = { actor: actorOf(session, request), object: { type: "reservation", id: path.id }, eventId } as const;
    const result = await carryOut(env, "refund.make", about, body, () =>
      callTicketType(env, ticketTypeIdOf(path.id), (object) =>
        namedIn(wanted.items).length === 0
          ? object.refund({ reservationId: path.id, request: wanted })
          : object.refundPasses({ reservationId: path.id, request: wanted }),
      ),
    );
    return answer(reservation, result, `/reservations/${path.id}/refunds`);
  },
});

export const createOrderRefund = route({
  operationId: "createOrderRefund",
  access: "manager",
  scope: "refunds:write",
  tag: "Organisers",
  summary: "Give back tickets, money or both of an order",
  takesIdempotencyKey: true,
  pathParameters: OrderPath,
  body: NewRefund,
  examples: { path: { id: EXAMPLES.order }, bodies: { Everything: EXAMPLE } },
  replies: [{ status: 201, description: MADE, schema: Refund, headers: { Location: "/orders/…/refunds" } }],
  problems: PROBLEMS,
  async handle({ request, path, body, session, idempotencyKey, env }) {
    const { order, eventId } = await managedOrder(env, path.id, session, body);
    const refused = refuseAmount(env, order, body.amount);
    if (refused !== null) return refused;
    const wanted = requestOf(session, idempotencyKey, body);
    const about = { actor: actorOf(session, request), object: { type: "order", id: path.id }, eventId } as const;
    const result = await carryOut(env, "refund.make", about, body, () =>
      callOrder(env, path.id, (object) =>
        namedIn(wanted.items).length === 0 ? object.refund(wanted) : object.refundPasses(wanted),
      ),
    );
    return answer(order, result, `/orders/${path.id}/refunds`);
  },
});

export const retryReservationRefund = route({
  operationId: "retryReservationRefund",
  access: "manager",
  scope: "refunds:write",
  tag: "Organisers",
  summary: "Try a failed refund of a reservation again",
  takesIdempotencyKey: true,
  pathParameters: ReservationRefundPath,
  examples: { path: { id: EXAMPLES.reservation, refund: EXAMPLES.refund } },
  replies: [
    {
      status: 202,
      description: "It is due again, as a new refund at the payment provider",
      schema: Refund,
      headers: { Location: "/reservations/…/refunds" },
    },
  ],
  problems: ["part-of-order", "refund-not-failed"],
  async handle({ request, path, session, idempotencyKey, env }) {
    const { reservation, eventId } = await managedReservation(env, path.id, session);
    requireRefund(reservation, path.refund);
    const about = { actor: actorOf(session, request), object: { type: "reservation", id: path.id }, eventId } as const;
    const key = keyOf(session, idempotencyKey);
    const result = await carryOut(env, "refund.retry", about, { refund: path.refund }, () =>
      callTicketType(env, ticketTypeIdOf(path.id), (object) => object.retryRefund(path.id, path.refund, key)),
    );
    return answer(reservation, result, `/reservations/${path.id}/refunds`, 202);
  },
});

export const retryOrderRefund = route({
  operationId: "retryOrderRefund",
  access: "manager",
  scope: "refunds:write",
  tag: "Organisers",
  summary: "Try a failed refund of an order again",
  takesIdempotencyKey: true,
  pathParameters: OrderRefundPath,
  examples: { path: { id: EXAMPLES.order, refund: EXAMPLES.orderRefund } },
  replies: [
    {
      status: 202,
      description: "It is due again, as a new refund at the payment provider",
      schema: Refund,
      headers: { Location: "/orders/…/refunds" },
    },
  ],
  problems: ["refund-not-failed"],
  async handle({ request, path, session, idempotencyKey, env }) {
    const { order, eventId } = await managedOrder(env, path.id, session);
    requireRefund(order, path.refund);
    const about = { actor: actorOf(session, request), object: { type: "order", id: path.id }, eventId } as const;
    const key = keyOf(session, idempotencyKey);
    const result = await carryOut(env, "refund.retry", about, { refund: path.refund }, () =>
      callOrder(env, path.id, (object) => object.retryRefund(path.refund, key)),
    );
    return answer(order, result, `/orders/${path.id}/refunds`, 202);
  },
});

export const updateOrderRefund = route({
  operationId: "updateOrderRefund",
  access: "manager",
  scope: "refunds:write",
  tag: "Organisers",
  summary: "Say that a refund of an order was given back by hand: what the counter took",
  pathParameters: OrderRefundPath,
  body: RefundChange,
  examples: {
    path: { id: EXAMPLES.order, refund: EXAMPLES.orderRefund },
    bodies: { "Handed over": { given_by_hand: true } },
  },
  replies: [{ status: 200, description: "The refund", schema: Refund }],
  problems: ["refund-not-by-hand"],
  async handle({ request, path, body, session, env }) {
    const { order, eventId } = await managedOrder(env, path.id, session);
    requireRefund(order, path.refund);
    const about = { actor: actorOf(session, request), object: { type: "order", id: path.id }, eventId } as const;
    const result = await carryOut(env, "refund.by-hand", about, { refund: path.refund, ...body }, () =>
      callOrder(env, path.id, (object) => object.markRefundByHand(path.refund, body.given_by_hand, session.accountId)),
    );
    if (!result.ok) return refuseRefund(result.refusal, order.currency);
    return reply(200, presentRefund(result.refund, order.currency, methodOf(order.counter ?? null)));
  },
});

export const listReservationRefunds = route({
  operationId: "listReservationRefunds",
  access: "session",
  scope: "orders:read",
  tag: "Reservations",
  summary: "List the refunds of a reservation, the oldest first: for its buyer and for the organiser",
  pathParameters: ReservationPath,
  examples: { path: { id: EXAMPLES.reservation } },
  replies: [{ status: 200, description: "All of its refunds", schema: Refund.array() }],
  problems: ["part-of-order"],
  async handle({ path, session, env }) {
    const own = await findReservation(env, path.id, session.accountId);
    if (!own.ok) {
      const { reservation } = await managedReservation(env, path.id, await manager(env, session));
      return reply(200, refundsOf(reservation));
    }
    requireAlone(own.reservation);
    return reply(200, refundsOf(own.reservation));
  },
});

export const listOrderRefunds = route({
  operationId: "listOrderRefunds",
  access: "session",
  scope: "orders:read",
  tag: "Orders",
  summary: "List the refunds of an order, the oldest first: for its buyer and for the organiser",
  pathParameters: OrderPath,
  examples: { path: { id: EXAMPLES.order } },
  replies: [{ status: 200, description: "All of its refunds", schema: Refund.array() }],
  async handle({ path, session, env }) {
    const own = await findOrder(env, path.id, session.accountId);
    return reply(200, refundsOf(own ?? (await managedOrder(env, path.id, await manager(env, session))).order));
  },
});

type Refunded = Pick<OrderView, "currency" | "refunds" | "counter">;

function refundsOf({ refunds = [], currency, counter = null }: Refunded) {
  return refunds.map((refund) => presentRefund(refund, currency, methodOf(counter)));
}

/** On the audit log before it is carried out, and again where it is refused. */
async function carryOut(
  env: Env,
  action: "refund.make" | "refund.retry" | "refund.by-hand",
  about: { readonly actor: Actor; readonly object: AuditEntry["object"]; readonly eventId: string },
  details: unknown,
  call: () => Promise<RefundResult | OrderRefundResult>,
): Promise<RefundResult | OrderRefundResult> {
  const { actor, object, eventId } = about;
  await audit(env.DB, entry(actor, action, object, eventId, details));
  const result = await call();
  if (result.ok) return result;
  await audit(env.DB, entry(actor, `${action}-refused` as const, object, eventId, { refusal: result.refusal.type }));
  return result;
}

function answer(
  { currency, counter = null }: Refunded,
  result: RefundResult | OrderRefundResult,
  location: string,
  status = 201,
): Response {
  if (!result.ok) return refuseRefund(result.refusal, currency);
  return keyedReply(status, presentRefund(result.refund, currency, methodOf(counter)), { location }, result.isReplay);
}

/** A reservation of the caller's event. Others' look like none. */
async function managedReservation(env: Env, id: string, caller: Caller) {
  const ticketTypeId = ticketTypeIdOf(id);
  const found = await ticketTypeWithEvent(env.DB, ticketTypeId);
  if (found === null || !(await manages(env, found.event, caller))) throw new ProblemError("not-found");
  const reservation = await callNamedTicketType(env, ticketTypeId, null, (object) => object.show(id));
  if (reservation === null) throw new ProblemError("not-found");
  requireAlone(reservation);
  return { reservation, eventId: found.event.id };
}

/** What is part of an order is given back with it, or out of it. */
function requireAlone({ orderId = null }: Pick<ReservationView, "orderId">): void {
  if (orderId !== null) throw new ProblemError("part-of-order", { members: { order: orderId } });
}

/**
 * An order of events that the caller manages, all of them. It was made of one organiser's, and one
 * of them may have been handed over since: then each gives back tickets of their own, `wanted`, for
 * what these cost, and all else is the admins'.
 */
async function managedOrder(
  env: Env,
  id: string,
  caller: Caller,
  { items: named = [], amount }: Pick<z.output<typeof NewRefund>, "items" | "amount"> = {},
): Promise<{ order: OrderView; eventId: string }> {
  const order = await callNamedOrder(env, id, null, (object) => object.show());
  if (order === null) throw new ProblemError("not-found");
  const ticketTypeIds = [...new Set(order.items.map(({ ticketTypeId }) => ticketTypeId))];
  const found = await Promise.all(ticketTypeIds.map((ticketTypeId) => ticketTypeWithEvent(env.DB, ticketTypeId)));
  const eventOf = new Map(found.flatMap((one, index) => (one === null ? [] : [[ticketTypeIds[index], one.event]])));
  const eventsOf = (ids: readonly (string | undefined)[]) => ids.flatMap((one) => eventOf.get(one) ?? []);
  const typeOf = new Map(order.items.map(({ reservationId, ticketTypeId }) => [reservationId, ticketTypeId]));
  const own = amount === undefined ? named.map(({ reservation }) => typeOf.get(reservation)) : [];
  for (const ids of [ticketTypeIds, own]) {
    const events = eventsOf(ids);
    const [first] = events;
    const isWhole = first !== undefined && events.length === ids.length;
    if (isWhole && (await managesAll(env, events, caller))) return { order, eventId: first.id };
  }
  throw new ProblemError("not-found");
}

/** What there is none of leaves nothing on the audit log. */
function requireRefund({ refunds = [] }: Refunded, id: string): void {
  if (!refunds.some((refund) => refund.id === id)) throw new ProblemError("not-found");
}

async function manager(env: Env, session: Parameters<typeof managerOrNull>[1]): Promise<Caller> {
  const caller = await managerOrNull(env, session);
  if (caller === null) throw new ProblemError("not-found");
  return caller;
}

/** Null if the provider can give back so much, or has nothing to do with it. */
function refuseAmount(
  env: Env,
  { currency, counter = null }: Refunded,
  amountMinor: number | undefined,
): Response | null {
  if (amountMinor === undefined || amountMinor === 0 || counter !== null) return null;
  const provider = paymentProvider(env);
  if (provider === null) return problem("payments-unavailable");
  const stepMinor = provider.refundStepMinor(currency);
  return amountMinor % stepMinor === 0 ? null : invalid("amount", `must be a multiple of ${stepMinor}`);
}
