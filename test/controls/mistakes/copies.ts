// Copies in D1 and Redis, and the alarms and messages that take them there.

import { type Mistake, SIMULATOR, unit, workers } from "../mistake.ts";

export const COPIES: readonly Mistake[] = [
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
    find: "    const owed = await timeout(WRITE_TIMEOUT_MS, project(this.#targets.db, ticketType, reservations, passes));\n",
    replace:
      "    this.#store.markProjected(reservations, passes, ticketType.version);\n    const owed = await timeout(WRITE_TIMEOUT_MS, project(this.#targets.db, ticketType, reservations, passes));\n",
    caughtBy: [SIMULATOR, workers("durable/ticket-type/outage", "durable/ticket-type/outbox")],
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
    name: "a moment that was undone stays cached",
    breaks: [6],
    file: "src/durable/shared/next-due.ts",
    find: "this.#cachedMs = undefined;",
    replace: "void this.#cachedMs;",
    caughtBy: [unit("durable/shared/next-due")],
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
    file: "src/durable/shared/publisher.ts",
    find: "if (pauseMs > 0) await sleep(pauseMs);\n    this.#next = null;",
    replace: "this.#next = null;\n    if (pauseMs > 0) return;",
    caughtBy: [unit("durable/shared/publisher")],
  },
  {
    name: "the sweep compares ticket types, and no reservations",
    breaks: [9],
    file: "src/worker/reconciliation/sweep-copies.ts",
    find: "const areSame = isSame(copies, totals) && !passesDiffer;",
    replace: "const areSame = !passesDiffer;",
    caughtBy: [SIMULATOR, workers("worker/reconciliation/sweep-copies")],
  },
  {
    name: "the sweep compares no passes",
    breaks: [9],
    file: "src/worker/reconciliation/sweep-copies.ts",
    find: "const areSame = isSame(copies, totals) && !passesDiffer;",
    replace: "const areSame = isSame(copies, totals);",
    caughtBy: [workers("worker/reconciliation/sweep-copies")],
  },
  {
    name: "after a restore, reservations are found to differ and not published again",
    breaks: [9],
    file: "src/durable/ticket-type/ticket-type.ts",
    find: "for (const { id, aboveVersion } of reservations) this.#store.raiseVersion(id, aboveVersion);",
    replace: "void reservations;",
    caughtBy: [SIMULATOR],
  },
];
