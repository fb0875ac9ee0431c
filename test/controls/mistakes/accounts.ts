// Accounts: whose something is, and what is left of it once they are gone.

import { type Mistake, SIMULATOR, workers } from "../mistake.ts";

export const ACCOUNTS: readonly Mistake[] = [
  {
    name: "the owner is not checked",
    breaks: [8],
    file: "src/durable/ticket-type/sales.ts",
    find: "if (stored?.accountId !== accountId) return null;",
    replace: 'if (stored === null || accountId === "") return null;',
    caughtBy: [workers("worker/reservations/reservations", "durable/ticket-type/retention")],
  },
  {
    name: "a closed account keeps one of its holds",
    breaks: [10],
    file: "src/durable/ticket-type/sales.ts",
    find: "store.heldBy(accountId), nowMs)",
    replace: "store.heldBy(accountId).slice(1), nowMs)",
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
    name: "a guest is erased although it has tickets",
    breaks: [5],
    file: "src/worker/accounts/deletion.ts",
    find: "(state IN ('held', 'confirmed') OR unsettled = 1)",
    replace: "(state = 'held' OR unsettled = 1)",
    caughtBy: [workers("worker/accounts/guest-sweep")],
  },
  {
    name: "a guest claims its address",
    breaks: [8],
    file: "src/worker/accounts/guests.ts",
    find: "emailKey: null,",
    replace: "emailKey: email.toLowerCase(),",
    caughtBy: [workers("worker/accounts/guests")],
  },
  {
    name: "an organiser's role cached for ten seconds",
    breaks: [8],
    file: "src/worker/auth/organiser.ts",
    find: "const standing = await standingOf(env.DB, session.accountId);",
    replace: `const kept: Map<string, { standing: Standing; untilMs: number }> = Reflect.get(globalThis, "kept") ?? new Map();
  Reflect.set(globalThis, "kept", kept);
  const known = kept.get(session.accountId);
  const standing = known !== undefined && known.untilMs > Date.now() ? known.standing : await standingOf(env.DB, session.accountId);
  if (standing !== null && mayManage(standing)) kept.set(session.accountId, { standing, untilMs: Date.now() + BUYER_FOR_MS });`,
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
