// Mistakes that somebody could make, each one small patch. Every one of them must be caught.

import type { Patch } from "../../scripts/lib/planted.ts";

/**
 * What may catch a mistake: the simulator, test files of one of Vitest's projects, or crash
 * histories.
 */
export interface Check {
  readonly by: "simulator" | "unit" | "workers" | "crash";
  /** The test files; none for the simulator and for crash histories. */
  readonly files?: readonly string[];
}

export interface Mistake extends Patch {
  readonly name: string;
  /** The promises of the design that it breaks. */
  readonly breaks: readonly number[];
  readonly caughtBy: readonly Check[];
}

const SIMULATOR: Check = { by: "simulator" };
const CRASH: Check = { by: "crash" };
const unit = (...files: string[]): Check => ({ by: "unit", files });
const workers = (...files: string[]): Check => ({ by: "workers", files });

export const MISTAKES: readonly Mistake[] = [
  {
    name: "no stock check",
    breaks: [1],
    file: "src/domain/stock.ts",
    find: "if (quantity > available(stock)) return",
    replace: "if (quantity > stock.capacity) return",
    caughtBy: [SIMULATOR, unit("domain/stock", "domain/properties")],
  },
  {
    name: "the deadline compared with >",
    breaks: [6],
    file: "src/domain/reservation.ts",
    find: 'if (nowMs >= reservation.expiresAtMs) return refused("reservation_expired");',
    replace: 'if (nowMs > reservation.expiresAtMs) return refused("reservation_expired");',
    caughtBy: [unit("domain/reservation")],
  },
  {
    name: "released a moment before the deadline",
    breaks: [3],
    file: "src/domain/reservation.ts",
    find: 'if (reservation.state !== "held" || nowMs < reservation.expiresAtMs) return unchanged(reservation);',
    replace: 'if (reservation.state !== "held" || nowMs < reservation.expiresAtMs - 1) return unchanged(reservation);',
    caughtBy: [unit("domain/reservation")],
  },
  {
    name: "a pending payment ignored by expiry and cancel",
    breaks: [6],
    file: "src/domain/reservation.ts",
    find: "if (!hasPendingPayment(reservation)) return changed({ ...reservation, state: as, releaseAs: null });",
    replace: "return changed({ ...reservation, state: as, releaseAs: null });",
    caughtBy: [SIMULATOR, unit("domain/reservation", "domain/properties")],
  },
  {
    name: "a settlement that is not idempotent",
    breaks: [5, 7],
    file: "src/domain/reservation.ts",
    find: "if (settledBefore) return unchanged(reservation);",
    replace: "if (settledBefore && nowMs < 0) return unchanged(reservation);",
    caughtBy: [SIMULATOR, unit("domain/reservation", "domain/properties")],
  },
  {
    name: "a late success takes stock that is not there",
    breaks: [1],
    file: "src/domain/reservation.ts",
    find: 'const takenAgain = reservation.state !== "confirmed" && stockLeft >= reservation.quantity;',
    replace: 'const takenAgain = reservation.state !== "confirmed" && stockLeft >= 0;',
    caughtBy: [SIMULATOR, unit("domain/reservation", "domain/properties")],
  },
  {
    name: "a second success is kept",
    breaks: [5],
    file: "src/domain/reservation.ts",
    find: 'const takenAgain = reservation.state !== "confirmed" && stockLeft >= reservation.quantity;',
    replace: "const takenAgain = stockLeft >= reservation.quantity;",
    caughtBy: [SIMULATOR, unit("domain/reservation", "domain/properties")],
  },
  {
    name: "a failure that forgets the deferred release",
    breaks: [2],
    file: "src/domain/reservation.ts",
    find: 'const releaseAs = reservation.releaseAs ?? (nowMs >= reservation.expiresAtMs ? "expired" : null);',
    replace: 'const releaseAs = nowMs >= reservation.expiresAtMs ? "expired" : null;',
    caughtBy: [unit("domain/reservation", "domain/properties")],
  },
  {
    name: "counters not updated on expiry",
    breaks: [2],
    file: "src/durable/ticket-type/ledger.ts",
    find: "if (before?.state === after.state) return;",
    replace: 'if (before?.state === after.state || after.state === "expired") return;',
    caughtBy: [SIMULATOR, workers("durable/ticket-type/expiry")],
  },
  {
    name: "no transaction",
    breaks: [2, 7],
    file: "src/durable/ticket-type/ledger.ts",
    find: "return this.#storage.transactionSync(() => {",
    replace: "return ((unprotected: () => T) => unprotected())(() => {",
    caughtBy: [workers("worker/http/idempotency", "durable/ticket-type/outbox")],
  },
  {
    name: "somebody else's code may run between reading and writing",
    breaks: [1, 5],
    file: "src/durable/ticket-type/ticket-type.ts",
    find: 'const decision = this.#decide(reservation, { type: "cancel" }, nowMs);',
    replace: 'await scheduler.wait(5);\n    const decision = this.#decide(reservation, { type: "cancel" }, nowMs);',
    caughtBy: [SIMULATOR],
  },
  {
    name: "the owner is not checked",
    breaks: [8],
    file: "src/durable/ticket-type/ticket-type.ts",
    find: "return reservation?.accountId === accountId ? reservation : null;",
    replace: 'return accountId === "" ? null : reservation;',
    caughtBy: [workers("worker/reservations/reservations", "durable/ticket-type/retention")],
  },
  {
    name: "a payment's message is sent once only",
    breaks: [5],
    file: "src/durable/ticket-type/outbox.ts",
    find: "const plannedAtMs = nowMs + dispatchDelayMs(dispatches + 1);",
    replace: "const plannedAtMs = nowMs + 400 * 86_400_000;",
    caughtBy: [SIMULATOR, CRASH],
  },
  {
    name: "an outcome is decided on what was read before the one before it",
    breaks: [2, 5],
    file: "src/durable/ticket-type/plan-payments.ts",
    find: "for (const { id } of payments) ahead.delete(id);",
    replace: "",
    caughtBy: [SIMULATOR, workers("worker/payments/batches")],
  },
  {
    name: "a late payment is decided on the stock before the outcomes ahead of it",
    breaks: [2],
    file: "src/durable/ticket-type/plan-payments.ts",
    find: "if (isReleased(reservation)) {\n      write();",
    replace: "if (isReleased(reservation)) {",
    caughtBy: [workers("worker/payments/batches")],
  },
  {
    name: "the queue is told of payments whose transaction was undone",
    breaks: [5],
    file: "src/durable/ticket-type/ledger.ts",
    find: "this.#messages.length = messages;",
    replace: "",
    caughtBy: [workers("durable/ticket-type/paying")],
  },
  {
    name: "payments that begin while messages are on their way are not told of",
    breaks: [5],
    file: "src/durable/ticket-type/outbox.ts",
    find: 'return this.#unsent.length === 0 ? "done" : "changed";',
    replace: 'return this.#unsent.splice(0).length === 0 ? "done" : "changed";',
    caughtBy: [workers("durable/ticket-type/outbox")],
  },
  {
    name: "no alarm after a commit",
    breaks: [5],
    file: "src/durable/ticket-type/outbox.ts",
    find: "void this.#toCache.run();\n    this.#planAlarm(nowMs);",
    replace: "void this.#toCache.run();",
    caughtBy: [workers("durable/ticket-type/expiry", "durable/ticket-type/outbox")],
  },
  {
    name: "an older copy may replace a newer one",
    breaks: [9],
    file: "src/durable/ticket-type/projection.ts",
    find: "WHERE excluded.version > reservations.version",
    replace: "WHERE true",
    caughtBy: [SIMULATOR, workers("durable/ticket-type/outage")],
  },
  {
    name: "a copy counts as made before D1 has acknowledged it",
    breaks: [9],
    file: "src/durable/ticket-type/outbox.ts",
    find: "await inTime(project(this.#targets.db, ticketType, reservations));\n    this.#store.markProjected(reservations, ticketType.version);",
    replace:
      "this.#store.markProjected(reservations, ticketType.version);\n    await inTime(project(this.#targets.db, ticketType, reservations));",
    caughtBy: [SIMULATOR, workers("durable/ticket-type/outage", "durable/ticket-type/outbox")],
  },
  {
    name: "a message is acknowledged whatever became of it",
    breaks: [5],
    file: "src/worker/payments/delivery.ts",
    find: "else this.#message.retry({ delaySeconds: retrySeconds(this.#message.attempts) });",
    replace: "else this.#message.ack();",
    caughtBy: [unit("worker/payments/consumer"), workers("worker/payments/consumer")],
  },
  {
    name: "a slow charge holds up the settlement of the others in its batch",
    breaks: [5],
    file: "src/worker/payments/consumer.ts",
    find: "sleep(SETTLE_WAIT_MS)",
    replace: "sleep(2 * TIMEOUT_MS)",
    caughtBy: [unit("worker/payments/consumer")],
  },
  {
    name: "more charges at once than a Worker has connections",
    breaks: [5],
    file: "src/worker/payments/consumer.ts",
    find: "limitConcurrency(provider.maxConcurrentCalls)",
    replace: "limitConcurrency(100)",
    caughtBy: [unit("worker/payments/consumer")],
  },
  {
    name: "a new idempotency key on each try",
    breaks: [4],
    file: "src/worker/payments/money.ts",
    find: ": provider.charge(charge);",
    replace: ": provider.charge({ ...charge, paymentId: crypto.randomUUID() });",
    caughtBy: [SIMULATOR, workers("worker/payments/consumer"), CRASH],
  },
  {
    name: "settled before it is charged",
    breaks: [5],
    file: "src/worker/payments/consumer.ts",
    find: "  const movements = tasks.map(",
    replace:
      '  const hoped = tasks.map(({ delivery, instruction }) => ({ delivery, outcome: { state: instruction.todo === "refund" ? "refunded" : "succeeded" } as const }));\n  await settle(consumer.env, ticketTypeId, hoped);\n  const movements = tasks.map(',
    caughtBy: [SIMULATOR, workers("durable/ticket-type/payments")],
  },
  {
    name: "a charge that may be forgotten is not looked up",
    breaks: [4],
    file: "src/worker/payments/money.ts",
    find: "const known = isDeadLetter || mayBeForgotten ? await provider.lookUp(charge.paymentId) : null;",
    replace: "const known = isDeadLetter ? await provider.lookUp(charge.paymentId) : null;",
    caughtBy: [SIMULATOR, unit("worker/payments/consumer"), workers("worker/payments/consumer")],
  },
  {
    name: "a refund is due, and is charged again",
    breaks: [4, 5],
    file: "src/durable/ticket-type/views.ts",
    find: 'todo: payment.state === "refund_due" ? "refund" : "charge",',
    replace: 'todo: payment.state === "refund_due" && payment.needsPerson ? "refund" : "charge",',
    caughtBy: [SIMULATOR, workers("durable/ticket-type/deferral", "durable/ticket-type/payments")],
  },
  {
    name: "a refusal is not kept for its key",
    breaks: [7],
    file: "src/durable/ticket-type/key-records.ts",
    find: "this.#store.saveAnswer(",
    replace: "if ((result as { ok?: boolean }).ok === true) this.#store.saveAnswer(",
    caughtBy: [SIMULATOR, workers("worker/http/idempotency", "worker/reservations/refusals")],
  },
  {
    name: "what has ended is dropped before D1 has it",
    breaks: [3],
    file: "src/durable/ticket-type/store.ts",
    find: "AND projected_version >= version AND NOT EXISTS",
    replace: "AND NOT EXISTS",
    caughtBy: [workers("durable/ticket-type/retention")],
  },
  {
    name: "an alarm that throws",
    breaks: [9],
    file: "src/durable/ticket-type/ticket-type.ts",
    find: "this.#outbox.wakeAt(Date.now() + ALARM_FAULT_DELAY_MS);",
    replace: "throw fault;",
    caughtBy: [workers("durable/ticket-type/outbox")],
  },
  {
    name: "acknowledged before it is written",
    breaks: [3],
    file: "src/durable/ticket-type/ledger.ts",
    find: "for (const [era, reservations] of this.#added) this.#store.insertReservations(reservations, era);",
    replace:
      "const late = this.#added;\n        setTimeout(() => late.forEach((reservations, era) => this.#store.insertReservations(reservations, era)), 300);",
    caughtBy: [CRASH, workers("durable/ticket-type/eviction")],
  },
  {
    name: "who bought is not noted",
    breaks: [1],
    file: "src/durable/ticket-type/buyers.ts",
    find: "set(blocks, this.#era, probesOf(accountId));",
    replace: "void probesOf(accountId);",
    caughtBy: [workers("durable/ticket-type/buyer-limit")],
  },
  {
    name: "what was undone is remembered",
    breaks: [6],
    file: "src/durable/ticket-type/next-due.ts",
    find: "this.#atMs = undefined;\n  }",
    replace: "void this.#atMs;\n  }",
    caughtBy: [unit("durable/ticket-type/next-due")],
  },
  {
    name: "said to be in the cache before it is",
    breaks: [9],
    file: "src/durable/ticket-type/outbox.ts",
    find: "await inTime(this.#targets.cache.write(",
    replace: "this.#cachedVersion = version;\n    await inTime(this.#targets.cache.write(",
    caughtBy: [SIMULATOR],
  },
  {
    name: "what changes in the pause after a trip is not carried",
    breaks: [9],
    file: "src/durable/ticket-type/publisher.ts",
    find: "if (pauseLeftMs > 0) await scheduler.wait(pauseLeftMs);\n    this.#next = null;",
    replace: "this.#next = null;\n    if (pauseLeftMs > 0) return;",
    caughtBy: [unit("durable/ticket-type/publisher")],
  },
];
