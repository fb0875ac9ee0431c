// Mistakes outside src/domain, which `mutation/` mutates: patches that some check must catch.

import type { Patch } from "../../scripts/lib/planted.ts";

/** What may catch a mistake: the simulator, crash histories, or files of a Vitest project. */
export interface Check {
  readonly by: "simulator" | "unit" | "workers" | "crash";
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
    name: "the counters do not follow an expiry",
    breaks: [2],
    file: "src/durable/ticket-type/draft.ts",
    find: "this.#stock = moveStock(this.#stock,",
    replace: 'if (reservation.state !== "expired") this.#stock = moveStock(this.#stock,',
    caughtBy: [SIMULATOR, workers("durable/ticket-type/expiry")],
  },
  {
    name: "no transaction",
    breaks: [2, 7],
    file: "src/durable/ticket-type/ledger.ts",
    find: "const result = this.#storage.transactionSync(work);",
    replace: "const result = work();",
    caughtBy: [workers("worker/http/idempotency", "durable/ticket-type/outbox")],
  },
  {
    name: "other code may run between reading and writing",
    breaks: [1, 5],
    file: "src/durable/ticket-type/ticket-type.ts",
    find: 'const decision = decide(reservation, { type: "cancel" }, nowMs);',
    replace: 'await scheduler.wait(5);\n    const decision = decide(reservation, { type: "cancel" }, nowMs);',
    caughtBy: [SIMULATOR],
  },
  {
    name: "the owner is not checked",
    breaks: [8],
    file: "src/durable/ticket-type/ticket-type.ts",
    find: "if (stored?.accountId !== accountId) return null;",
    replace: 'if (stored === null || accountId === "") return null;',
    caughtBy: [workers("worker/reservations/reservations", "durable/ticket-type/retention")],
  },
  {
    name: "a payment's message is sent once only",
    breaks: [5],
    file: "src/durable/ticket-type/ledger.ts",
    find: "const dispatchAtMs = isSent ? plannedAtMs : null;",
    replace: "const dispatchAtMs = null;",
    caughtBy: [SIMULATOR, CRASH],
  },
  {
    name: "an outcome is decided without the outcomes before it in the batch",
    breaks: [2, 5],
    file: "src/durable/ticket-type/plan-payments.ts",
    find: 'const reservation = draft.find(idByPayment.get(settlement.paymentId) ?? "");',
    replace:
      "const wanted = idByPayment.get(settlement.paymentId);\n    const reservation = reservations.find(({ id }) => id === wanted) ?? null;",
    caughtBy: [workers("durable/ticket-type/settling")],
  },
  {
    name: "a late success is decided on the stock before its batch",
    breaks: [2],
    file: "src/durable/ticket-type/plan-payments.ts",
    find: "settleEvent(settlement, { ...ticketType, ...draft.stock })",
    replace: "settleEvent(settlement, ticketType)",
    caughtBy: [workers("durable/ticket-type/settling")],
  },
  {
    name: "a payment that succeeds after the event was called off buys the tickets",
    breaks: [13],
    file: "src/durable/ticket-type/plan-payments.ts",
    find: "settleEvent(settlement, { ...ticketType, ...draft.stock })",
    replace: 'settleEvent(settlement, { ...ticketType, ...draft.stock, eventStatus: "published" })',
    caughtBy: [SIMULATOR, workers("worker/catalogue/sale"), CRASH],
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
    name: "the queue gets payments of a transaction that was undone",
    breaks: [5],
    file: "src/durable/ticket-type/ledger.ts",
    find: "    this.#newMessages = [];\n    try {",
    replace: "    try {",
    caughtBy: [workers("durable/ticket-type/paying")],
  },
  {
    name: "payments that begin while messages are in flight are not sent",
    breaks: [5],
    file: "src/durable/ticket-type/message-sender.ts",
    find: "    this.#unsent.push(...messages);",
    replace: "    if (this.#sending === null) this.#unsent.push(...messages);",
    caughtBy: [workers("durable/ticket-type/outbox")],
  },
  {
    name: "no alarm after a commit",
    breaks: [5],
    file: "src/durable/ticket-type/outbox.ts",
    find: "void this.#toCache.run();\n    this.#planAlarm(nowMs);\n  }",
    replace: "void this.#toCache.run();\n  }",
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
    find: "    await timeout(WRITE_TIMEOUT_MS, project(this.#targets.db, ticketType, reservations));\n",
    replace:
      "    this.#store.markProjected(reservations, ticketType.version);\n    await timeout(WRITE_TIMEOUT_MS, project(this.#targets.db, ticketType, reservations));\n",
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
    file: "src/durable/ticket-type/plan-payments.ts",
    find: 'todo: payment.state === "refund_due" ? "refund" : "charge",',
    replace: 'todo: payment.state === "refund_due" && payment.needsPerson ? "refund" : "charge",',
    caughtBy: [SIMULATOR, workers("durable/ticket-type/deferral", "durable/ticket-type/payments")],
  },
  {
    name: "a reservation that has ended is deleted before D1 has it",
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
    find: "if (hasFailed) this.#outbox.setAlarm(Date.now() + ALARM_FAULT_DELAY_MS);",
    replace: 'if (hasFailed) throw new Error("a task failed");',
    caughtBy: [workers("durable/ticket-type/outbox")],
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
    name: "a moment that was undone stays cached",
    breaks: [6],
    file: "src/durable/ticket-type/next-due.ts",
    find: "this.#cachedMs = undefined;",
    replace: "void this.#cachedMs;",
    caughtBy: [unit("durable/ticket-type/next-due")],
  },
  {
    name: "a copy counts as cached before the cache has it",
    breaks: [9],
    file: "src/durable/ticket-type/outbox.ts",
    find: "await timeout(WRITE_TIMEOUT_MS, this.#targets.cache.write(",
    replace:
      "this.#cachedVersion = ticketType.version;\n    await timeout(WRITE_TIMEOUT_MS, this.#targets.cache.write(",
    caughtBy: [SIMULATOR],
  },
  {
    name: "a change in the pause after a write is not published",
    breaks: [9],
    file: "src/durable/ticket-type/publisher.ts",
    find: "if (pauseMs > 0) await sleep(pauseMs);\n    this.#next = null;",
    replace: "this.#next = null;\n    if (pauseMs > 0) return;",
    caughtBy: [unit("durable/ticket-type/publisher")],
  },
  {
    name: "the requests of a batch are decided on the stock before it",
    breaks: [1],
    file: "src/durable/ticket-type/plan-reservations.ts",
    find: "const offer = { ...ticketType, ...draft.stock };",
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
    find: "SUM(quantity) AS total FROM reservations\n         WHERE account_id IN",
    replace: "SUM(quantity) AS total FROM reservations\n         WHERE state = 'held' AND account_id IN",
    caughtBy: [workers("durable/ticket-type/buyer-limit")],
  },
  {
    name: "a success leaves no record of its key",
    breaks: [7],
    file: "src/durable/ticket-type/store.ts",
    find: "if (records.length === 0) return;",
    replace: "if (records.length >= 0) return;",
    caughtBy: [SIMULATOR, workers("worker/http/idempotency", "worker/reservations/refusals")],
  },
  {
    name: "a key pays for any reservation",
    breaks: [7],
    file: "src/durable/ticket-type/plan-payments.ts",
    find: "if (record !== null && record.request !== asked)",
    replace: 'if (record !== null && record.request === "")',
    caughtBy: [SIMULATOR, workers("worker/http/idempotency")],
  },
  {
    name: "a refused change is made all the same",
    breaks: [10],
    file: "src/durable/ticket-type/ticket-type.ts",
    find: "if (refusal === null) this.#ledger.saveTicketType(wanted);",
    replace: "this.#ledger.saveTicketType(wanted);",
    caughtBy: [SIMULATOR, workers("worker/catalogue/changes")],
  },
  {
    name: "an organiser's change is made whatever the edition",
    breaks: [10],
    file: "src/durable/ticket-type/ticket-type.ts",
    find: "if (!isCurrent(edition, edit?.ifMatch ?? null))",
    replace: "if (!isCurrent(edition, null))",
    caughtBy: [workers("worker/catalogue/editions")],
  },
  {
    name: "an event is changed whatever its edition is by then",
    breaks: [10],
    file: "src/worker/catalogue/queries.ts",
    find: "if (ifMatch === null) return undefined;",
    replace: "if (ifMatch !== undefined) return undefined;",
    caughtBy: [workers("worker/catalogue/editions")],
  },
  {
    name: "the sweep compares ticket types, and no reservations",
    breaks: [9],
    file: "src/worker/reconciliation/sweep-copies.ts",
    find: "if (isSame(copies, totals) && ticketFindings",
    replace: "if (ticketFindings",
    caughtBy: [SIMULATOR, workers("worker/reconciliation/sweep-copies")],
  },
  {
    name: "after a restore, reservations are found to differ and not published again",
    breaks: [9],
    file: "src/durable/ticket-type/ticket-type.ts",
    find: "for (const { id, aboveVersion } of reservations) this.#store.raiseVersion(id, aboveVersion);",
    replace: "void reservations;",
    caughtBy: [SIMULATOR],
  },
  {
    name: "nobody asks again once the event is off sale",
    breaks: [3],
    file: "src/worker/catalogue/withdrawal.ts",
    find: "const refusal = await findUse(env, ticketTypes, type);",
    replace: "const refusal: WithdrawalRefusal | null = mistake;",
    caughtBy: [SIMULATOR],
  },
  {
    name: "an event becomes a draft, or is deleted, while its objects sell",
    breaks: [13],
    file: "src/worker/catalogue/withdrawal.ts",
    find: "if (!(await tell(env, event, ticketTypes)))",
    replace: "if (ticketTypes.length > 1000)",
    caughtBy: [SIMULATOR],
  },
  {
    name: "an object deletes itself although a ticket is held",
    breaks: [3],
    file: "src/durable/ticket-type/ticket-type.ts",
    find: "if (ticketType !== null && this.#store.hasReservations()) {",
    replace: "if (ticketType !== null && ticketType.sold > 0) {",
    caughtBy: [SIMULATOR, workers("worker/catalogue/deleting")],
  },
  {
    name: "what a dead request withdrew or was deleting stays so",
    breaks: [13],
    file: "src/worker/service/sweep.ts",
    find: 'step("finish deletions", () => finishDeletions(env, nowMs - OVERDUE_AFTER_MS)),',
    replace: 'step("finish deletions", async () => void finishDeletions),',
    caughtBy: [SIMULATOR],
  },
  {
    name: "a closed account keeps one of its holds",
    breaks: [10],
    file: "src/durable/ticket-type/ticket-type.ts",
    find: "this.#store.heldBy(accountId), nowMs)",
    replace: "this.#store.heldBy(accountId).slice(1), nowMs)",
    caughtBy: [SIMULATOR],
  },
  {
    name: "an account is erased although it has tickets",
    breaks: [5],
    file: "src/worker/accounts/deletion.ts",
    find: "return and(hasSettled, organisesNothing(), notExists(keptOf(db, accounts.id, nowMs)));",
    replace: "return and(hasSettled, organisesNothing());",
    caughtBy: [SIMULATOR],
  },
  {
    name: "an ETag made without availability",
    breaks: [9],
    file: "src/worker/http/etag.ts",
    find: "export function etagOf(text: string): string {",
    replace:
      'export function etagOf(whole: string): string {\n  const text = whole.replaceAll(/"available":\\d+/g, "");',
    caughtBy: [workers("worker/catalogue/copies")],
  },
  {
    name: "an organiser's role cached for ten seconds",
    breaks: [8],
    file: "src/worker/auth/organiser.ts",
    find: "const role = await roleOf(env.DB, session.accountId);",
    replace: `const kept: Map<string, { role: "organizer" | "admin"; untilMs: number }> = Reflect.get(globalThis, "kept") ?? new Map();
  Reflect.set(globalThis, "kept", kept);
  const known = kept.get(session.accountId);
  const role = known !== undefined && known.untilMs > Date.now() ? known.role : await roleOf(env.DB, session.accountId);
  if (role === "organizer" || role === "admin") kept.set(session.accountId, { role, untilMs: Date.now() + BUYER_FOR_MS });`,
    caughtBy: [workers("worker/catalogue/copies")],
  },
  {
    name: "page 2 of ?state=expired shows another account's reservations",
    breaks: [8],
    file: "src/worker/reservations/queries.ts",
    find: ".where(and(eq(reservations.accountId, accountId), isInState,",
    replace:
      '.where(and(after !== null && state === "expired" ? undefined : eq(reservations.accountId, accountId), isInState,',
    caughtBy: [workers("worker/reservations/filters")],
  },
];
