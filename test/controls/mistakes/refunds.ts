// Refunds: what goes back, once, and to whom.

import { type Mistake, SIMULATOR, unit, workers } from "../mistake.ts";

export const REFUNDS: readonly Mistake[] = [
  {
    name: "what the counter took is given back by the payment provider",
    breaks: [4],
    file: "src/domain/order-refunds.ts",
    find: "payment.method !== null && order.counter === null",
    replace: "payment.method !== null",
    caughtBy: [workers("worker/counter/orders-of-event")],
  },
  {
    name: "a refund gives back what tickets cost today",
    breaks: [5],
    file: "src/durable/ticket-type/refunds.ts",
    find: "return this.#ledger.store.reservation(reservationId);",
    replace: `const found = this.#ledger.store.reservation(reservationId);
    return found && { ...found, unitPriceMinor: this.#ledger.requireTicketType().priceMinor };`,
    caughtBy: [workers("worker/refunds/refunds")],
  },
  {
    name: "tickets that were given back earlier go on sale once more",
    breaks: [1, 2],
    file: "src/durable/ticket-type/draft.ts",
    find: "const back = reservation.restocked - (before?.restocked ?? 0);",
    replace: "const back = before?.restocked === reservation.restocked ? 0 : reservation.restocked;",
    caughtBy: [workers("worker/refunds/refunds")],
  },
  {
    name: "each try at a refund has a new key",
    breaks: [4],
    file: "src/worker/payments/money.ts",
    find: "(await provider.refund(refund));",
    replace: "(await provider.refund({ ...refund, attemptId: refund.attemptId + String(Date.now()) }));",
    caughtBy: [workers("worker/refunds/refunds")],
  },
  {
    name: "the second of two refunds that come at once gives back what is not left",
    breaks: [4, 5],
    file: "src/domain/refund.ts",
    find: "if (isTooMany || isNothing || amountMinor > left.leftMinor) return",
    replace: "if (isNothing) return",
    caughtBy: [unit("domain/refund"), workers("worker/refunds/refunds")],
  },
  {
    name: "a refund that has succeeded does not fail any more",
    breaks: [5],
    file: "src/domain/refund.ts",
    find: 'if (outcome.state === "pending" && refund.state !== "due") return refund;',
    replace: 'if (refund.state !== "due" && refund.state !== "pending") return refund;',
    caughtBy: [unit("domain/refund"), workers("worker/refunds/refunds")],
  },
  {
    name: "a second attempt at a refund has the first one's key",
    breaks: [4, 5],
    file: "src/domain/refund.ts",
    find: "attempt: refund.attempt + 1, retryKey",
    replace: "attempt: refund.attempt, retryKey",
    caughtBy: [unit("domain/refund"), workers("worker/refunds/refunds")],
  },
  {
    name: "a code's uses are given back twice",
    breaks: [1],
    file: "src/durable/ticket-type/draft.ts",
    find: "usesTaken(quantity, from, state));",
    replace: "usesTaken(quantity, from, state) * (from === null ? 1 : 2));",
    caughtBy: [SIMULATOR, workers("durable/ticket-type/prices")],
  },
];
