// A hold and its stock: what a ticket type decides, and how it writes that down.

import { CRASH, type Mistake, SIMULATOR, workers } from "../mistake.ts";

export const SALES: readonly Mistake[] = [
  {
    name: "terms that are no longer in force are as good as those that are",
    breaks: [3],
    file: "src/domain/terms.ts",
    find: "return required === null || required === accepted ? null",
    replace: "return required === null || accepted !== null ? null",
    caughtBy: [SIMULATOR],
  },
  {
    name: "the counters do not follow an expiry",
    breaks: [2],
    file: "src/durable/ticket-type/draft.ts",
    find: "...moveStock(this.#inventory, quantity, from, state),",
    replace: '...(state === "expired" ? this.#inventory : moveStock(this.#inventory, quantity, from, state)),',
    caughtBy: [SIMULATOR, workers("durable/ticket-type/expiry")],
  },
  {
    name: "no transaction",
    breaks: [2, 7],
    file: "src/durable/ticket-type/ledger.ts",
    find: "result = this.#storage.transactionSync(work);",
    replace: "result = work();",
    caughtBy: [workers("worker/http/idempotency", "durable/ticket-type/outbox")],
  },
  {
    name: "other code may run between reading and writing",
    breaks: [1, 5],
    file: "src/durable/ticket-type/sales.ts",
    find: 'const decision = decide(reservation, { type: "cancel" }, nowMs);',
    replace: 'await scheduler.wait(5);\n    const decision = decide(reservation, { type: "cancel" }, nowMs);',
    caughtBy: [SIMULATOR],
  },
  {
    name: "the alarm forgets holds of an event that was called off",
    breaks: [13],
    file: "src/durable/ticket-type/ledger.ts",
    find: "return releaseAtMs(this.store.nextDeadline.currentMs(this.#dueByMs(nowMs)), this.#isCalledOff(), nowMs);",
    replace: "return this.store.nextDeadline.currentMs(nowMs);",
    caughtBy: [workers("worker/catalogue/sale")],
  },
  {
    name: "acknowledged before it is written",
    breaks: [3],
    file: "src/durable/ticket-type/ledger.ts",
    find: "this.store.insertReservations(inserted.map(({ after }) => after));",
    replace: "setTimeout(() => this.store.insertReservations(inserted.map(({ after }) => after)), 300);",
    caughtBy: [CRASH, workers("durable/ticket-type/eviction")],
  },
  {
    name: "the requests of a batch are decided on the stock before it",
    breaks: [1],
    file: "src/durable/ticket-type/plan-reservations.ts",
    find: "const offer = { ...ticketType, ...draft.inventory };",
    replace: "const offer = ticketType;",
    caughtBy: [SIMULATOR],
  },
  {
    name: "the limit per buyer forgets the tickets a buyer has",
    breaks: [1],
    file: "src/durable/ticket-type/facts.ts",
    find: "store.ownedByAccounts(accountIds, nowMs)",
    replace: "new Map()",
    caughtBy: [SIMULATOR, workers("durable/ticket-type/buyer-limit")],
  },
  {
    name: "a late success does not count for the limit per buyer",
    breaks: [1],
    file: "src/durable/ticket-type/store.ts",
    find: "SUM(quantity - given_back) AS total FROM reservations\n         WHERE account_id IN",
    replace: "SUM(quantity - given_back) AS total FROM reservations\n         WHERE state = 'held' AND account_id IN",
    caughtBy: [workers("durable/ticket-type/buyer-limit")],
  },
];
