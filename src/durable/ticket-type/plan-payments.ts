// Decides a batch of payments that begin, or are settled, in order. Pure.

import { todoFor } from "../../domain/payment.ts";
import { type Code, offerAgain } from "../../domain/price.ts";
import { refundIdOf, refundOfAttempt } from "../../domain/refund.ts";
import { isToEnd, type Reservation, totalMinor, viewOf } from "../../domain/reservation.ts";
import { decide } from "../../domain/reservation-decisions.ts";
import { decideRefund } from "../../domain/reservation-refunds.ts";
import { awaitedIn, nothingToDo } from "../shared/awaited.ts";
import { referenceIn, refundInstruction } from "../shared/refund-instructions.ts";
import { Draft, type KeyRecord, type Plan } from "./draft.ts";
import type {
  ActionRequired,
  PaymentInstruction,
  PayRequest,
  PayResult,
  Settlement,
  SettleResult,
  TicketTypeState,
} from "./protocol.ts";

export interface PaymentFacts {
  readonly ticketType: TicketTypeState;
  /** The reservations of the requests and of the settlements. */
  readonly reservations: readonly Reservation[];
  readonly keys: readonly KeyRecord[];
}

export interface SettlementFacts extends Omit<PaymentFacts, "keys"> {
  /** Those of the reservations. */
  readonly codes: readonly Code[];
}

/** Begins payments. Free tickets are confirmed at once. */
export function planPayments(
  { ticketType, reservations, keys }: PaymentFacts,
  requests: readonly PayRequest[],
  nowMs: number,
): Plan<PayResult> {
  const draft = new Draft(ticketType, reservations, keys);
  const results = requests.map((request) => planPayment(request, ticketType, draft, nowMs));
  return { results, changes: draft.changes() };
}

/** Records what the provider did. The same settlement again changes nothing. */
export function planSettlements(
  { ticketType, reservations, codes }: SettlementFacts,
  settlements: readonly Settlement[],
  nowMs: number,
): Plan<SettleResult> {
  const draft = new Draft(ticketType, reservations, [], codes);
  const idByPayment = new Map(
    reservations.flatMap(({ id, payments, refunds }) => [...payments, ...refunds].map((one) => [one.id, id])),
  );
  const results = settlements.map((settlement): SettleResult => {
    const { paymentId, outcome } = settlement;
    const reservation = draft.find(idByPayment.get(refundIdOf(paymentId)) ?? "");
    if (reservation === null) return { ok: false, refusal: "payment_unknown" };
    if (outcome.state === "refund" || outcome.state === "refunded") {
      const ofRefund = outcome.state === "refund" ? outcome.refund : ({ state: "succeeded" } as const);
      const settled = decideRefund(reservation, { type: "settle", attemptId: paymentId, outcome: ofRefund }, nowMs);
      if (settled.type === "refused") return { ok: false, refusal: "payment_unknown" };
      return { ok: true, state: draft.accept(settled).state };
    }
    const now = { ...ticketType, ...draft.inventory };
    const offer = offerAgain(reservation, now, draft.codesReading(reservation.code));
    const decision = decide(reservation, { type: "settle", paymentId, outcome, offer }, nowMs);
    if (decision.type === "refused") return { ok: false, refusal: decision.refusal };
    return { ok: true, state: draft.accept(decision).state };
  });
  return { results, changes: draft.changes() };
}

/** Records that charges wait for their buyers. The same again changes nothing. */
export function planActions(
  { ticketType, reservations }: Pick<PaymentFacts, "ticketType" | "reservations">,
  required: readonly ActionRequired[],
  nowMs: number,
): Plan<SettleResult> {
  const draft = new Draft(ticketType, reservations);
  const results = required.map(({ paymentId, action }): SettleResult => {
    const reservation = reservations.find(({ payments }) => payments.some(({ id }) => id === paymentId));
    if (reservation === undefined) return { ok: false, refusal: "payment_unknown" };
    const { eventEndsMs } = ticketType;
    const event = { type: "action_required", paymentId, action, eventEndsMs } as const;
    const decision = decide(draft.find(reservation.id), event, nowMs);
    if (decision.type === "refused") return { ok: false, refusal: decision.refusal };
    return { ok: true, state: draft.accept(decision).state };
  });
  return { results, changes: draft.changes() };
}

/** What the payment consumer is to do. `reservations` has the payment's own, if there is one. */
export function instructionFor(
  paymentId: string,
  reservations: readonly Reservation[],
  { eventStatus, eventEndsMs }: Pick<TicketTypeState, "eventStatus" | "eventEndsMs">,
  nowMs: number,
): PaymentInstruction {
  for (const refunded of reservations) {
    const refund = refundOfAttempt(refunded.refunds, paymentId);
    if (refund !== null) return refundInstruction(refunded, refunded.currency, refund, paymentId);
  }
  const reservation = reservations.find(({ payments }) => payments.some(({ id }) => id === paymentId));
  const payment = reservation?.payments.find(({ id }) => id === paymentId);
  if (reservation === undefined || payment === undefined) return { todo: "unknown" };
  const todo = todoFor(payment, isToEnd(reservation, payment));
  if (payment.method === null || todo === null) return nothingToDo(payment);
  // The event may have been moved since the payment began to wait.
  const isEventOver = eventStatus === "cancelled" || (eventEndsMs !== null && nowMs >= eventEndsMs);
  const isOver = todo === "end" || isEventOver;
  return {
    todo: "charge",
    sinceMs: payment.sinceMs,
    ...awaitedIn(payment, isOver, nowMs),
    charge: {
      paymentId,
      reservationId: reservation.id,
      amountMinor: totalMinor(reservation),
      currency: reservation.currency,
      method: payment.method,
      ...referenceIn(payment),
    },
  };
}

function planPayment(request: PayRequest, ticketType: TicketTypeState, draft: Draft, nowMs: number): PayResult {
  const { accountId, reservationId, paymentId, key, method, idempotencyKey = null } = request;
  const found = draft.find(reservationId);
  // An account can't tell another's reservation from one that does not exist.
  if (found?.accountId !== accountId) return { ok: false, refusal: "reservation_unknown" };
  const asked = `pay ${reservationId} with ${method ?? "nothing"}`;
  const record = draft.findKey(accountId, idempotencyKey);
  if (record !== null && record.request !== asked) return { ok: false, refusal: "idempotency_key_reused" };
  const decision = decide(found, { type: "pay", paymentId, key, method, period: ticketType }, nowMs);
  if (decision.type === "refused") return { ok: false, refusal: decision.refusal };
  // From here on nothing can be refused.
  if (idempotencyKey !== null && record === null) {
    draft.recordKey({ accountId, key: idempotencyKey, request: asked, reservationId });
  }
  const reservation = draft.accept(decision);
  const isReplay = !reservation.payments.some(({ id }) => id === paymentId);
  return { ok: true, isReplay, ...firstReply(reservation, ticketType.ticketTypeId) };
}

/** A replay gets the first answer again: pending, or succeeded if there was nothing to charge. */
function firstReply(reservation: Reservation, ticketTypeId: string) {
  const isFree = totalMinor(reservation) === 0;
  const payment = { state: isFree ? "succeeded" : "pending", failure: null } as const;
  const view = viewOf(reservation, ticketTypeId);
  return { reservation: { ...view, state: isFree ? ("confirmed" as const) : ("held" as const), payment }, payment };
}
