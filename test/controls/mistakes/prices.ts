// Prices and codes: their caps and their counters.

import { type Mistake, SIMULATOR, workers } from "../mistake.ts";

export const PRICES: readonly Mistake[] = [
  {
    name: "the cap of a price is checked on the stock before its batch",
    breaks: [1],
    file: "src/durable/ticket-type/plan-reservations.ts",
    find: "const offer = { ...ticketType, ...draft.inventory };",
    replace: "const offer = { ...ticketType, ...draft.inventory, prices: ticketType.prices };",
    caughtBy: [workers("durable/ticket-type/prices")],
  },
  {
    name: "an expiry keeps the uses of its code",
    breaks: [2],
    file: "src/durable/ticket-type/draft.ts",
    find: "this.#use({ priceId, code }, usesTaken(quantity, from, state));",
    replace: 'if (state !== "expired") this.#use({ priceId, code }, usesTaken(quantity, from, state));',
    caughtBy: [SIMULATOR, workers("durable/ticket-type/prices")],
  },
  {
    name: "a late success takes tickets beyond the cap of its price",
    breaks: [1],
    file: "src/durable/ticket-type/plan-payments.ts",
    find: "const offer = offerAgain(reservation, now, draft.codesReading(reservation.code));",
    replace: "const offer = { ...now, isWithdrawn: false };",
    caughtBy: [workers("durable/ticket-type/prices")],
  },
  {
    name: "a price's counters do not follow a sale",
    breaks: [2],
    file: "src/durable/ticket-type/draft.ts",
    find: "prices: movePrices(prices, priceId, quantity, from, state),",
    replace: 'prices: state === "confirmed" ? prices : movePrices(prices, priceId, quantity, from, state),',
    caughtBy: [SIMULATOR, workers("durable/ticket-type/prices")],
  },
  {
    name: "prices are not counted again after a version that knows none",
    breaks: [1, 2],
    file: "src/durable/ticket-type/ticket-type.ts",
    find: "if (this.#store.arePricesBehind())",
    replace: "if (this.#store.arePricesBehind() && this.#ledger.ticketType === null)",
    caughtBy: [workers("durable/ticket-type/prices")],
  },
  {
    name: "the codes of a deleted price stay",
    breaks: [8],
    file: "src/durable/ticket-type/organising.ts",
    find: 'if (change.type === "delete") ledger.store.prices.deleteCodesOf(change.id);',
    replace: "",
    caughtBy: [workers("worker/prices/codes")],
  },
  {
    name: "the counter sells beyond a price's cap",
    breaks: [1],
    file: "src/domain/reservation-decisions.ts",
    find: "const offer = offerAt(chosen, event.offer);",
    replace:
      "const offer = isAtCounter ? { ...event.offer, priceMinor: price.amountMinor } : offerAt(chosen, event.offer);",
    caughtBy: [workers("worker/counter/counter")],
  },
  {
    name: "a hold that can't be paid for at once stays",
    breaks: [2],
    file: "src/worker/reservations/routes.ts",
    find: "await callTicketType(env, body.ticket, (object) => object.cancel(id, accountId));",
    replace: "await callTicketType(env, body.ticket, async () => accountId + id);",
    caughtBy: [workers("worker/reservations/reservations")],
  },
  {
    name: "the cap of a price counts what is sold, not what is held",
    breaks: [1],
    file: "src/domain/price.ts",
    find: "caps.push({ capacity: price.capacity, held: price.held, sold: price.sold });",
    replace: "caps.push({ capacity: price.capacity, held: 0, sold: price.sold });",
    caughtBy: [SIMULATOR],
  },
];
