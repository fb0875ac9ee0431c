// What becomes of an order with each thing that happens to it. What is then left to do is in
// order-steps.ts. Pure: no clock, no storage, no await.

import { hasCustomer } from "./counter.ts";
import { withLateRefund } from "./late-refunds.ts";
import {
  type Held,
  isEnded,
  isOrderDue,
  isPaidAtOnce,
  type Order,
  type OrderDecision,
  type OrderEvent,
  type OrderItem,
  type OrderPhase,
  type OrderRefusal,
  type OrderStep,
  paymentIdOf,
  pendingPayment,
  type StepResult,
  stateOf,
  type Taken,
  totalOf,
} from "./order.ts";
import {
  asCharged,
  asFailed,
  awaitingAction,
  beginPayment,
  inState,
  isSettledBy,
  type Payment,
  type PaymentFailure,
  type PaymentOutcome,
  type PaymentRequest,
  replayOf,
  reviewed,
} from "./payment.ts";
import type { ReservationRefusal } from "./reservation.ts";

const CALLED_OFF: PaymentFailure = { code: "order_cancelled", message: "The order was cancelled before the charge." };
const TOO_LATE: PaymentFailure = { code: "order_expired", message: "The order expired before the charge." };

type OrderPayment = PaymentRequest & { readonly taken?: Taken | undefined };

/** What `event` does to `order` at `nowMs`. Replays come first: callers may retry. */
export function decideOrder(order: Order | null, event: OrderEvent, nowMs: number): OrderDecision {
  if (order === null) return refused("order_unknown");
  switch (event.type) {
    case "reserved":
      return decideReserved(order, event.held, nowMs);
    case "abandon":
      return decideAbandon(order, event.notHeld);
    case "acknowledged":
      return decideAcknowledged(order, event.step, event.result, nowMs);
    case "lost":
      return decideLost(order, event.reservationId, nowMs);
    case "forgotten":
      return decideForgotten(order, event.reservationId, event.givenBack);
    case "pay":
      return decidePay(order, event, nowMs);
    case "settle":
      return decideSettle(order, event.paymentId, event.outcome, nowMs);
    case "action_required":
      return decideActionRequired(order, event);
    case "review":
      return decideReview(order, event.paymentId, nowMs);
    case "cancel":
      return decideCancel(order, nowMs);
    case "erase_customer":
      return decideEraseCustomer(order);
    case "due":
      // The deadline decides, not the alarm: an early alarm releases nothing.
      return isOrderDue(order, nowMs) ? changed(ended(order, "expired", nowMs)) : unchanged(order);
  }
}

function decideAbandon(order: Order, notHeld: readonly string[]): OrderDecision {
  if (order.phase !== "reserving") return unchanged(order);
  const items = order.items.map(
    (item): OrderItem => (notHeld.includes(item.reservationId) ? { ...item, phase: "released" } : item),
  );
  return changed({ ...order, phase: "refused", items });
}

function decideReserved(order: Order, all: readonly Held[], nowMs: number): OrderDecision {
  const awaited = order.items.filter(({ phase }) => phase === "reserving").map(({ reservationId }) => reservationId);
  const held = all.filter(({ reservationId }) => awaited.includes(reservationId));
  if (order.phase !== "reserving" || held.length === 0) return unchanged(order);
  const byId = new Map(held.map((one) => [one.reservationId, one]));
  const items = order.items.map((item): OrderItem => {
    const one = byId.get(item.reservationId);
    if (one === undefined) return item;
    const { priceId, priceName, code, acceptedTerms, unitPriceMinor } = one;
    return { ...item, phase: "held", priceId, priceName, code, acceptedTerms, unitPriceMinor };
  });
  const currencies = new Set([
    ...(order.currency === null ? [] : [order.currency]),
    ...held.map((one) => one.currency),
  ]);
  // The Worker has checked it; a ticket type whose currency changed just now is refused here.
  if (currencies.size > 1) return changed({ ...order, phase: "refused" });
  const deadlines = [...(order.expiresAtMs === null ? [] : [order.expiresAtMs]), ...held.map((one) => one.expiresAtMs)];
  const [currency = null] = currencies;
  const expiresAtMs = Math.min(...deadlines);
  const phase = items.every((item) => item.phase === "held") ? "held" : "reserving";
  const reserved: Order = { ...order, items, currency, expiresAtMs, phase };
  const { counter } = order;
  if (phase === "reserving" || counter === null || counter.paymentId === null) return changed(reserved);
  // Money is on the counter already, or none is to come.
  const { paymentId, method, soldBy } = counter;
  return decideBegin(reserved, { paymentId, key: paymentId, method, taken: { as: method, by: soldBy } }, nowMs);
}

/** What a ticket type said to a step. One that the order has gone beyond changes nothing. */
function decideAcknowledged(order: Order, step: OrderStep, result: StepResult, nowMs: number): OrderDecision {
  if (order.leftovers.includes(step.reservationId)) {
    if (step.type !== "release" || !isReleasedBy(result)) return unchanged(order);
    return changed({ ...order, leftovers: order.leftovers.filter((id) => id !== step.reservationId) });
  }
  const item = order.items.find(({ reservationId }) => reservationId === step.reservationId);
  if (item === undefined) return unchanged(order);
  switch (step.type) {
    case "reserve":
      return unchanged(order);
    case "begin":
      return isCurrent(order, item, step.paymentId, "beginning")
        ? afterBegin(order, item, result, nowMs)
        : unchanged(order);
    case "prepare":
      return isCurrent(order, item, step.paymentId, "preparing")
        ? afterPrepare(order, item, result, nowMs)
        : unchanged(order);
    case "fail":
      return paymentIdOf(order, item) === step.paymentId ? afterFail(order, item, result, nowMs) : unchanged(order);
    case "confirm":
      if (order.phase !== "confirmed" || !result.ok || item.phase === "confirmed") return unchanged(order);
      return changed(withItem(order, { ...item, phase: "confirmed" }));
    case "give_back":
      if (!result.ok || step.givenBack <= item.takenBack) return unchanged(order);
      return changed(withItem(order, { ...item, takenBack: step.givenBack }));
    case "release":
      if (!isEnded(order) || !isReleasedBy(result) || item.phase === "released") return unchanged(order);
      return changed(withItem(order, { ...item, phase: "released" }));
  }
}

function isCurrent(order: Order, item: OrderItem, paymentId: string, phase: OrderPhase): boolean {
  return order.phase === phase && paymentIdOf(order, item) === paymentId;
}

/** The last one that begins starts the charge. Where nothing is to be charged, all is confirmed. */
function afterBegin(order: Order, item: OrderItem, result: StepResult, nowMs: number): OrderDecision {
  if (item.phase !== "beginning" || item.paymentId !== pendingPayment(order)?.id) return unchanged(order);
  if (!result.ok)
    return result.refusal === "payment_in_progress" ? unchanged(order) : notBegun(order, result.refusal, nowMs);
  const begun = withItem(order, { ...item, phase: "begun" });
  // One that an earlier payment froze counts only once this one has.
  const isBegun = ({ phase, paymentId }: OrderItem) => phase === "begun" && paymentId === item.paymentId;
  if (!begun.items.every(isBegun)) return changed(begun);
  if (!isPaidAtOnce(order)) return changed({ ...begun, phase: "charging" });
  return changed({ ...paidFor(begun, nowMs), phase: "confirmed", cancelRequested: false });
}

/** One refused, so nothing is charged. The payment leaves no trace: its key may be used again. */
function notBegun(order: Order, refusal: ReservationRefusal, nowMs: number): OrderDecision {
  const payments = order.payments.filter(({ state }) => state !== "pending");
  const unpaid: Order = { ...order, phase: "held", payments };
  if (isOrderDue(unpaid, nowMs) || refusal === "reservation_expired") return changed(ended(unpaid, "expired", nowMs));
  // As with a reservation alone: it stays held to its deadline.
  if (refusal === "event_over") return changed(unpaid);
  return changed(ended(unpaid, "cancelled", nowMs));
}

/** All or none: one that can't be confirmed any more cancels the order, and the money goes back. */
function afterPrepare(order: Order, item: OrderItem, result: StepResult, nowMs: number): OrderDecision {
  if (item.phase !== "begun") return unchanged(order);
  if (!result.ok) return changed({ ...notPaidFor(order, nowMs), phase: "cancelled", cancelRequested: false });
  const prepared = withItem(order, { ...item, phase: "prepared" });
  if (!prepared.items.every(({ phase }) => phase === "prepared")) return changed(prepared);
  return changed({ ...paidFor(prepared, nowMs), phase: "confirmed", cancelRequested: false });
}

/** The reservation is held again, and the next payment may begin; or it has ended meanwhile. */
function afterFail(order: Order, item: OrderItem, result: StepResult, nowMs: number): OrderDecision {
  const isFrozen = item.phase === "beginning" || item.phase === "begun" || item.phase === "prepared";
  if (!isFrozen || item.paymentId === liveId(order) || order.phase === "confirmed") return unchanged(order);
  const isHeld = result.ok && result.state === "held";
  if (isHeld && order.phase === "beginning") {
    return changed(withItem(order, { ...item, phase: "beginning", paymentId: liveId(order) }));
  }
  if (isHeld) return changed(withItem(order, { ...item, phase: "held", paymentId: null }));
  // A confirmed one would be a broken promise: asking again changes nothing, and is in the log.
  if (result.ok && result.state === "confirmed") return unchanged(order);
  const released = withItem(order, { ...item, phase: "released", paymentId: null });
  if (isEnded(order)) return changed(released);
  return changed(ended(released, result.ok && result.state === "cancelled" ? "cancelled" : "expired", nowMs));
}

/** All or none: the rest is let go, too. Once the provider may charge, its outcome decides. */
function decideLost(order: Order, reservationId: string, nowMs: number): OrderDecision {
  const item = order.items.find((one) => one.reservationId === reservationId);
  if (item === undefined) return unchanged(order);
  if (order.phase === "charging" && !order.cancelRequested) return changed({ ...order, cancelRequested: true });
  if (order.phase !== "held" && order.phase !== "beginning") return unchanged(order);
  // One that a payment may have frozen may stand until that has failed.
  const without = item.phase === "held" ? withItem(order, { ...item, phase: "released" }) : order;
  return changed(ended(without, "cancelled", nowMs));
}

/** What was given back is said once more: a ticket type may have it as sold again. */
function decideForgotten(order: Order, reservationId: string, givenBack: number): OrderDecision {
  const item = order.items.find((one) => one.reservationId === reservationId);
  if (item === undefined || givenBack >= item.takenBack) return unchanged(order);
  return changed(withItem(order, { ...item, takenBack: givenBack }));
}

function decidePay(order: Order, request: OrderPayment, nowMs: number): OrderDecision {
  const replay = replayOf(order.payments, request, totalOf(order));
  if (replay === "idempotency_key_reused") return refused(replay);
  if (replay !== null) return unchanged(order);
  if (isOrderDue(order, nowMs)) return refused("reservation_expired");
  switch (order.phase) {
    case "reserving":
    case "refused":
      return refused("order_unknown");
    case "beginning":
    case "charging":
    case "preparing":
      return refused("payment_in_progress");
    case "confirmed":
      return refused(stateOf(order) === "refunded" ? "already_refunded" : "already_confirmed");
    case "cancelled":
      return refused("already_cancelled");
    case "expired":
      return refused("reservation_expired");
    case "held":
      return decideBegin(order, request, nowMs);
  }
}

/** Each item counts as frozen from now on, because a call whose reply is lost may have done it. */
function decideBegin(order: Order, request: OrderPayment, nowMs: number): OrderDecision {
  const payment = beginPayment(request, totalOf(order), nowMs);
  if (payment === "payment_method_required") return refused(payment);
  const items = order.items.map(
    (item): OrderItem =>
      // One that an earlier payment froze is freed from that one first.
      item.phase === "held" ? { ...item, phase: "beginning", paymentId: payment.id } : item,
  );
  // Free tickets, too, are paid for once nothing can refuse any more.
  const payments = [...order.payments, inState(payment, "pending", nowMs)];
  const { taken } = request;
  const counter = order.counter && taken ? { ...order.counter, takenAs: taken.as, takenBy: taken.by } : order.counter;
  return changed({ ...order, phase: "beginning", items, payments, counter });
}

function decideSettle(order: Order, paymentId: string, outcome: PaymentOutcome, nowMs: number): OrderDecision {
  const payment = order.payments.find(({ id }) => id === paymentId);
  if (payment === undefined) return refused("payment_unknown");
  if (isSettledBy(payment, outcome)) return unchanged(order);
  // It was given up on. What it would have paid for is for another payment, or gone.
  if (payment.state === "failed" && outcome.state === "succeeded") {
    return changed(withLateRefund(order, asCharged(payment, outcome), order.items, nowMs));
  }
  // While it prepares, the success is on record, and success is final.
  if (order.phase !== "charging") return unchanged(order);
  if (outcome.state === "succeeded") {
    return changed(withPayment({ ...order, phase: "preparing" }, asCharged(payment, outcome)));
  }
  const failed = withPayment({ ...order, phase: "held" }, asFailed(payment, outcome.failure, nowMs));
  if (order.cancelRequested) return changed(ended(failed, "cancelled", nowMs));
  return changed(isOrderDue(failed, nowMs) ? ended(failed, "expired", nowMs) : failed);
}

/** A payment that was settled meanwhile waits for nothing. */
function decideActionRequired(
  order: Order,
  { paymentId, action, eventEndsMs }: Extract<OrderEvent, { type: "action_required" }>,
): OrderDecision {
  const payment = order.payments.find(({ id }) => id === paymentId);
  if (payment === undefined) return refused("payment_unknown");
  if (order.phase !== "charging" || order.expiresAtMs === null) return unchanged(order);
  const after = awaitingAction(payment, action, order.expiresAtMs, eventEndsMs);
  return after === payment ? unchanged(order) : changed(withPayment(order, after));
}

function decideReview(order: Order, paymentId: string, nowMs: number): OrderDecision {
  const payment = order.payments.find(({ id }) => id === paymentId);
  if (payment === undefined) return refused("payment_unknown");
  const after = reviewed(payment, nowMs);
  return after === payment ? unchanged(order) : changed(withPayment(order, after));
}

/** Whatever else becomes of it. The note is the organiser's own, such as an invoice's number. */
function decideEraseCustomer(order: Order): OrderDecision {
  const { counter } = order;
  if (counter === null || !hasCustomer(counter)) return unchanged(order);
  return changed({ ...order, counter: { ...counter, customerName: null, customerEmail: null } });
}

/** Until the provider may charge, a payment that is beginning does not keep the order. */
function decideCancel(order: Order, nowMs: number): OrderDecision {
  if (isOrderDue(order, nowMs)) return refused("reservation_expired");
  switch (order.phase) {
    case "reserving":
    case "refused":
      return refused("order_unknown");
    case "held":
    case "beginning":
      return changed(ended(order, "cancelled", nowMs));
    case "charging":
    case "preparing":
      return order.cancelRequested ? unchanged(order) : changed({ ...order, cancelRequested: true });
    case "confirmed":
      return refused(stateOf(order) === "refunded" ? "already_refunded" : "already_confirmed");
    case "cancelled":
      return unchanged(order);
    case "expired":
      return refused("reservation_expired");
  }
}

function ended(order: Order, phase: "cancelled" | "expired", nowMs: number): Order {
  const payments = order.payments.map((payment) =>
    payment.state === "pending" ? asFailed(payment, phase === "cancelled" ? CALLED_OFF : TOO_LATE, nowMs) : payment,
  );
  return { ...order, phase, cancelRequested: false, payments };
}

/** A reservation that the ticket type does not know holds nothing. */
function isReleasedBy(result: StepResult): boolean {
  return result.ok
    ? result.state === "cancelled" || result.state === "expired"
    : result.refusal === "reservation_unknown";
}

function liveId(order: Order): string | null {
  return pendingPayment(order)?.id ?? null;
}

function paidFor(order: Order, nowMs: number): Order {
  const payment = pendingPayment(order);
  return payment === null ? order : withPayment(order, inState(payment, "succeeded", nowMs));
}

/** Its money was charged, and goes back. */
function notPaidFor(order: Order, nowMs: number): Order {
  const payment = pendingPayment(order);
  return payment === null ? order : withLateRefund(order, payment, order.items, nowMs);
}

function withPayment(order: Order, replacement: Payment): Order {
  return { ...order, payments: order.payments.map((one) => (one.id === replacement.id ? replacement : one)) };
}

function withItem(order: Order, replacement: OrderItem): Order {
  const isSame = ({ reservationId }: OrderItem) => reservationId === replacement.reservationId;
  return { ...order, items: order.items.map((item) => (isSame(item) ? replacement : item)) };
}

function changed(order: Order): OrderDecision {
  return { type: "changed", order: { ...order, version: order.version + 1 } };
}

function unchanged(order: Order): OrderDecision {
  return { type: "unchanged", order };
}

function refused(refusal: OrderRefusal): OrderDecision {
  return { type: "refused", refusal };
}
