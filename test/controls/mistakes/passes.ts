// Passes: who goes in, who does not, and what a refund does to them.

import { CRASH, type Mistake, SIMULATOR, unit, workers } from "../mistake.ts";

const OBJECT = workers("durable/ticket-type/passes");
const TABLE = unit("domain/check-in-table");

export const PASSES: readonly Mistake[] = [
  {
    name: "a check-in is acknowledged before it is written",
    breaks: [3, 12],
    file: "src/durable/ticket-type/ledger.ts",
    find: "    this.store.savePasses(changes, nowMs);\n",
    replace: "    setTimeout(() => this.store.savePasses(changes, nowMs), 300);\n",
    caughtBy: [CRASH, OBJECT],
  },
  {
    name: "who passes a pass on leaves its code as good as it was",
    breaks: [12],
    file: "src/domain/pass-holders.ts",
    find: "const generation = pass.generation + 1;",
    replace: "const generation = pass.generation;",
    caughtBy: [CRASH, OBJECT],
  },
  {
    name: "a device that reads on misses what came first",
    breaks: [12],
    file: "src/durable/ticket-type/pass-store.ts",
    find: "FROM passes WHERE version > ? ORDER BY version LIMIT ?",
    replace: "FROM passes WHERE version > ? + 1 ORDER BY version LIMIT ?",
    caughtBy: [SIMULATOR, workers("worker/door/devices")],
  },
  {
    name: "a revoked pass is let in",
    breaks: [12],
    file: "src/domain/check-in.ts",
    find: '  if (revokedAtMs !== null) return { type: "revoked", revokedAtMs };\n  return scanned',
    replace: "  return scanned",
    caughtBy: [SIMULATOR, TABLE, OBJECT],
  },
  {
    name: "an older code of a pass that was passed on is let in",
    breaks: [12],
    file: "src/domain/check-in.ts",
    find: "return scanned < generation ?",
    replace: "return scanned < generation - 9 ?",
    caughtBy: [SIMULATOR, TABLE, OBJECT],
  },
  {
    name: "a scan whose reply is awaited takes over an admission",
    breaks: [12],
    file: "src/domain/check-in.ts",
    find: "if (isOffline && atMs < admission.atMs)",
    replace: "if (!isOffline || atMs < admission.atMs)",
    caughtBy: [SIMULATOR, TABLE, OBJECT],
  },
  {
    name: "the last scan in time counts",
    breaks: [12],
    file: "src/domain/check-in.ts",
    find: "if (isOffline && atMs < admission.atMs)",
    replace: "if (isOffline && atMs > admission.atMs)",
    caughtBy: [SIMULATOR, TABLE, OBJECT],
  },
  {
    name: "a device's clock that is ahead is believed",
    breaks: [12],
    file: "src/domain/check-in.ts",
    find: "return Math.min(atMs ?? nowMs, nowMs);",
    replace: "return atMs ?? nowMs;",
    caughtBy: [SIMULATOR, TABLE],
  },
  {
    name: "two scans of one commit do not see each other",
    breaks: [12],
    file: "src/durable/ticket-type/plan-passes.ts",
    find: "this.#changed.get(passId) ?? this.#before.get(passId) ?? null",
    replace: "this.#before.get(passId) ?? null",
    caughtBy: [SIMULATOR, OBJECT],
  },
  {
    name: "the answer to a scan is not kept",
    breaks: [7],
    file: "src/durable/ticket-type/ledger.ts",
    find: "    this.store.passes.saveRecords(records, nowMs);\n",
    replace: "    void [records, nowMs];\n",
    caughtBy: [SIMULATOR, OBJECT, CRASH],
  },
  {
    name: "a refund revokes no pass",
    breaks: [12],
    file: "src/durable/ticket-type/ledger.ts",
    find: "    if (refunded.length === 0) return;\n    const { passes } = this.store;",
    replace: "    if (refunded.length >= 0) return;\n    const { passes } = this.store;",
    caughtBy: [SIMULATOR, OBJECT],
  },
  {
    name: "a refund revokes who is inside before who is not",
    breaks: [12],
    file: "src/domain/pass.ts",
    find: "(named.includes(number) ? 0 : admission === null ? 1 : 2)",
    replace: "(named.includes(number) ? 0 : admission === null ? 2 : 1)",
    caughtBy: [SIMULATOR, unit("domain/pass"), OBJECT],
  },
  {
    name: "taking an admission back makes the first code valid again",
    breaks: [12],
    file: "src/domain/check-in.ts",
    find: "const undone = { ...pass, admission: null, outSinceMs: null };",
    replace: "const undone = { ...pass, admission: null, outSinceMs: null, generation: 0 };",
    caughtBy: [SIMULATOR, TABLE],
  },
];
