// Payments: begun and shown by buyers, and listed for organisers where one needs a person.

import * as z from "zod";
import { ORDER_ID_PATTERN, ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { PaymentView } from "../../domain/payment.ts";
import { refundOfAttempt } from "../../domain/refund.ts";
import { SECOND_MS } from "../../domain/units.ts";
import type { PayResult } from "../../durable/ticket-type/protocol.ts";
import { newPaymentId } from "../../platform/ids.ts";
import { readRefundColumns } from "../../platform/refund-text.ts";
import { iso, money, presentPayment, presentTermsAccepted } from "../../platform/wire.ts";
import type { Session } from "../auth/sessions.ts";
import { managedEvent } from "../catalogue/routes.ts";
import type { Env } from "../env.ts";
import { EXAMPLES } from "../http/examples.ts";
import { Id, Page } from "../http/fields.ts";
import { invalid, problem, refuse } from "../http/problems.ts";
import { keyedReply, page, pageReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { callNamedTicketType } from "../objects/ticket-types.ts";
import { findReservation, partOfOrder } from "../reservations/lookup.ts";
import { findEndedReservation } from "../reservations/queries.ts";
import { ReservationPath } from "../reservations/schemas.ts";
import { type DisputeRow, disputesOf } from "./disputes.ts";
import { type UnresolvedPayment as UnresolvedRow, unresolvedPaymentsOf } from "./queries.ts";
import { Dispute, NewPayment, Payment, PaymentConfig, UnresolvedPayment } from "./schemas.ts";
import { paymentProvider } from "./select-provider.ts";

/** Why no payment may begin, for a reservation or for an order. */
export const PAY_PROBLEMS = [
  "payment-in-progress",
  "already-confirmed",
  "already-refunded",
  "already-cancelled",
  "reservation-expired",
  "event-cancelled",
  "event-over",
  "payments-unavailable",
  "account-closing",
] as const;

/** While the payment is pending, its reply says when to ask again. */
export const PAYMENT_REPLY = {
  status: 200,
  description: "The payment. While it is pending, `Retry-After` says in how many seconds to ask again",
  schema: Payment,
  headers: { "Retry-After": "2" },
} as const;

/** The longer it takes already, the longer until there is news: between one second and 15. */
export function paymentReply({ state, pendingSinceMs }: PaymentView, shown: z.output<typeof Payment>): Response {
  if (state !== "pending") return reply(200, shown);
  const pendingMs = Date.now() - (pendingSinceMs ?? Date.now());
  const seconds = Math.min(15, Math.max(1, Math.round(pendingMs / (5 * SECOND_MS))));
  return reply(200, shown, { "retry-after": String(seconds) });
}

export const payReservation = route({
  operationId: "payReservation",
  access: "session",
  tag: "Payments",
  summary: "Pay for a reservation",
  limits: ["LIMIT_PAY"],
  takesIdempotencyKey: true,
  pathParameters: ReservationPath,
  body: NewPayment,
  examples: { path: { id: EXAMPLES.reservation }, bodies: { "A card": { payment_method: EXAMPLES.paymentMethod } } },
  replies: [
    {
      status: 202,
      description: "The payment has begun: its outcome will be at `Location`. Free tickets are confirmed at once",
      schema: Payment,
      headers: { Location: "/reservations/…/payment" },
    },
  ],
  problems: ["part-of-order", ...PAY_PROBLEMS],
  precheck: ({ body, session, env }) => refuseMethod(env, session, body.payment_method ?? null),
  async handle({ path, body, session, idempotencyKey, env }) {
    const method = body.payment_method ?? null;
    const paymentId = newPaymentId();
    // Without a key of the caller's each request is a new one.
    const key = idempotencyKey ?? `payment ${paymentId}`;
    const { accountId } = session;
    const request = { reservationId: path.id, accountId, paymentId, key, method, idempotencyKey };
    const unknown: PayResult = { ok: false, refusal: "reservation_unknown" };
    const result = await callNamedTicketType(env, ticketTypeIdOf(path.id), unknown, (object) => object.pay(request));
    if (!result.ok) {
      if (result.refusal === "part_of_order") return refuse(await partOfOrder(env, path.id, accountId));
      const isUnknown = result.refusal === "reservation_unknown";
      const ended = isUnknown ? await findEndedReservation(env.DB, path.id, accountId) : null;
      if (ended === null) return refuse({ type: result.refusal });
      return refuse({ type: ended.state === "cancelled" ? "already_cancelled" : "reservation_expired" });
    }
    const payment = presentPayment(result.reservation, result.payment);
    return keyedReply(202, payment, { location: `/reservations/${path.id}/payment` }, result.isReplay === true);
  },
});

/** Why no payment can begin with this method, whatever it is for. Null if one can. */
export function refuseMethod(env: Env, session: Session, method: string | null): Response | null {
  if (session.isClosing) return problem("account-closing");
  if (method === null) return null;
  const provider = paymentProvider(env);
  if (provider === null) return problem("payments-unavailable");
  return provider.accepts(method) ? null : invalid("payment_method", "is not a known payment method");
}

export const getPaymentConfig = route({
  operationId: "getPaymentConfig",
  access: "anyone",
  tag: "Payments",
  summary: "Show who takes payments",
  replies: [{ status: 200, description: "The payment provider", schema: PaymentConfig }],
  async handle({ env }) {
    const provider = paymentProvider(env);
    return reply(200, { provider: provider?.name ?? null, publishable_key: provider?.publishableKey ?? null });
  },
});

export const getPayment = route({
  operationId: "getPayment",
  access: "session",
  tag: "Payments",
  summary: "Show the payment of a reservation",
  pathParameters: ReservationPath,
  examples: { path: { id: EXAMPLES.reservation } },
  replies: [PAYMENT_REPLY],
  async handle({ path, session, env }) {
    const result = await findReservation(env, path.id, session.accountId);
    if (!result.ok) return refuse({ type: result.refusal });
    const { reservation } = result;
    const { payment } = reservation;
    return payment === null ? problem("not-found") : paymentReply(payment, presentPayment(reservation, payment));
  },
});

export const listUnresolvedPayments = route({
  operationId: "listUnresolvedPayments",
  access: "manager",
  scope: "orders:read",
  tag: "Organisers",
  summary: "List payments and refunds that need a person: unsettled for a day, or failed refunds",
  pathParameters: z.strictObject({ id: Id }),
  query: Page,
  examples: { path: { id: EXAMPLES.event } },
  replies: [
    pageReply(
      UnresolvedPayment,
      "/events/…/unresolved-payments",
      "One page, oldest first. The service keeps trying to settle each",
    ),
  ],
  async handle({ request, path, query, session, env }) {
    const event = await managedEvent(env, path.id, session);
    const after = query.cursor ?? null;
    const rows = await unresolvedPaymentsOf(env.DB, event.id, query.limit + 1, after);
    const cursorOf = ({ reservation, sinceMs }: UnresolvedRow) => ({ atMs: sinceMs ?? 0, id: reservation.id });
    return page(request, rows, query.limit, presentUnresolved, cursorOf);
  },
});

export const listDisputes = route({
  operationId: "listDisputes",
  access: "manager",
  scope: "orders:read",
  tag: "Organisers",
  summary: "List payments that buyers have disputed at their bank",
  pathParameters: z.strictObject({ id: Id }),
  query: Page,
  examples: { path: { id: EXAMPLES.event } },
  replies: [pageReply(Dispute, "/events/…/disputes", "One page, newest first")],
  async handle({ request, path, query, session, env }) {
    const event = await managedEvent(env, path.id, session);
    const rows = await disputesOf(env.DB, event.id, query.limit + 1, query.cursor ?? null);
    const cursorOf = ({ openedAtMs, id }: DisputeRow) => ({ atMs: openedAtMs, id });
    return page(request, rows, query.limit, presentDispute, cursorOf);
  },
});

function presentDispute(row: DisputeRow): z.output<typeof Dispute> {
  const isOrder = ORDER_ID_PATTERN.test(row.boughtId);
  return {
    dispute: row.providerId,
    payment: row.paymentId,
    reservation: isOrder ? null : row.boughtId,
    order: isOrder ? row.boughtId : null,
    state: row.state,
    reason: row.reason,
    total: money(row.amountMinor, row.currency),
    opened_at: iso(row.openedAtMs),
    respond_by: row.respondByMs === null ? null : iso(row.respondByMs),
  };
}

function presentUnresolved({ reservation: row, ...unresolved }: UnresolvedRow): z.output<typeof UnresolvedPayment> {
  const refund = refundOfAttempt(readRefundColumns(unresolved), unresolved.paymentId ?? "");
  const amountMinor = refund?.amountMinor ?? row.unitPriceMinor * row.quantity;
  return {
    payment: unresolved.paymentId ?? "",
    reservation: row.id,
    order: row.orderId,
    ticket: row.ticketTypeId,
    state: unresolved.state ?? "pending",
    amount: amountMinor,
    currency: row.currency,
    total: money(amountMinor, row.currency),
    terms: presentTermsAccepted(row.acceptedTerms, row.createdAtMs),
    since: iso(unresolved.sinceMs ?? 0),
  };
}
