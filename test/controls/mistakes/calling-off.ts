// Calling off an event: everything that was sold goes back, once, and nothing else.

import { type Mistake, SIMULATOR, unit, workers } from "../mistake.ts";

export const CALLING_OFF: readonly Mistake[] = [
  {
    name: "two ticket types that call off the same order refund it twice",
    breaks: [4, 5],
    file: "src/domain/refund-decisions.ts",
    find: "const items = leftOf(purchase).items.filter(({ reservationId }) => reservationIds.includes(reservationId));",
    replace: `const items = purchase.items.filter(({ reservationId }) => reservationIds.includes(reservationId));
  const key2 = \`\${CALLED_OFF_KEY} \${purchase.refunds.length}\`;
  const all = { ...purchase, refunds: [], items: purchase.items.map((item) => ({ ...item, givenBack: 0 })) };
  const again = planRefund(all, { ...CALLED_OFF_REQUEST, key: key2, items }, [], nowMs);
  if (!("type" in again)) return { ...again, id: \`\${purchase.paymentId}-r\${purchase.refunds.length + 1}\` };`,
    caughtBy: [SIMULATOR, unit("domain/calling-off"), workers("worker/cancellations/calling-off")],
  },
  {
    name: "a calling-off gives back what tickets cost today",
    breaks: [5],
    file: "src/durable/ticket-type/calling-off.ts",
    find: "for (const reservation of alone) {",
    replace: `for (const bought of alone) {
        const reservation = { ...bought, unitPriceMinor: this.#ledger.requireTicketType().priceMinor };`,
    caughtBy: [workers("worker/cancellations/calling-off")],
  },
  {
    name: "a calling-off forgets what its first step does not reach",
    breaks: [5],
    file: "src/durable/ticket-type/calling-off.ts",
    find: "!this.#ledger.store.hasSold();",
    replace: "this.#after !== FIRST_SOLD || !this.#ledger.store.hasSold();",
    caughtBy: [workers("worker/cancellations/calling-off")],
  },
  {
    name: "a calling-off refunds the other events' items of an order",
    breaks: [5],
    file: "src/durable/order/refunds.ts",
    find: "order?.items.filter(({ ticketTypeId }) => ticketTypeIds.includes(ticketTypeId)) ?? [];",
    replace: "ticketTypeIds.length > 0 ? (order?.items ?? []) : [];",
    caughtBy: [workers("worker/cancellations/calling-off")],
  },
  {
    name: "an order that did not hear of its event's calling-off is not told again",
    breaks: [5],
    file: "src/durable/ticket-type/calling-off.ts",
    find: "this.#after = FIRST_SOLD;\n      this.#rounds += 1;",
    replace: "this.#after = last ?? this.#after;\n      this.#rounds += 1;",
    caughtBy: [SIMULATOR, workers("worker/cancellations/calling-off")],
  },
  {
    name: "an event whose sales are refunded can be put on again",
    breaks: [5],
    file: "src/worker/catalogue/queries.ts",
    find: "isTheirVersion, mayBe(status), condition",
    replace: "isTheirVersion, condition",
    caughtBy: [SIMULATOR, workers("worker/cancellations/calling-off")],
  },
];
