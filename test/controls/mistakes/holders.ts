// Whose a pass is: which one a refund takes, what is erased with an account, who gets its code.

import { type Mistake, unit, workers } from "../mistake.ts";

const REFUNDS = workers("worker/refunds/named-passes");
const ERASING = workers("worker/passes/erasing");
const PASSES = workers("worker/passes/passes");

export const HOLDERS: readonly Mistake[] = [
  {
    name: "a refund revokes other passes than it names",
    breaks: [12],
    file: "src/durable/ticket-type/ledger.ts",
    find: "const wanted = named.get(claim.id) ?? [];",
    replace: "const wanted: number[] = (named.get(claim.id) ?? []).slice(0, 0);",
    caughtBy: [REFUNDS],
  },
  {
    name: "an order does not say which passes its refund names",
    breaks: [12],
    file: "src/domain/order-steps.ts",
    find: "return passes.length === 0 ? step : { ...step, passes };",
    replace: "return passes.length >= 0 ? step : { ...step, passes };",
    caughtBy: [REFUNDS],
  },
  {
    name: "a refund names a pass that is revoked already",
    breaks: [5],
    file: "src/domain/refund-passes.ts",
    find: "if (revokedAtMs !== null) return",
    replace: "if (revokedAtMs === 0) return",
    caughtBy: [unit("domain/refund-passes"), REFUNDS],
  },
  {
    name: "an order names a pass while another refund may take it",
    breaks: [5],
    file: "src/durable/order/refunds.ts",
    find: "if (passes === null || !isSame) return UNAVAILABLE;",
    replace: "if (passes === null) return UNAVAILABLE;",
    caughtBy: [workers("durable/order/naming-passes")],
  },
  {
    name: "an account is erased while D1 has the names of its passes",
    breaks: [8],
    file: "src/worker/accounts/deletion.ts",
    find: "      .where(and(mayGo, hasNoHolders(db, accountId)))\n",
    replace: '      .where(and(mayGo, hasNoHolders(db, "")))\n',
    caughtBy: [ERASING],
  },
  {
    name: "an address that an account never proved is erased with it",
    breaks: [8],
    file: "src/worker/passes/erasing.ts",
    find: "db.select({ key: owners.verifiedEmailKey }).from(owners)",
    replace: "db.select({ key: owners.email }).from(owners)",
    caughtBy: [ERASING],
  },
  {
    name: "an erased account's address stays in the mails about passes",
    breaks: [8],
    file: "src/worker/passes/erasing.ts",
    find: "if (isWanted) await forgetMailed(env, accountId);",
    replace: 'if (isWanted) await forgetMailed(env, "");',
    caughtBy: [ERASING],
  },
  {
    name: "an object keeps to whom a pass was passed on before",
    breaks: [8],
    file: "src/durable/ticket-type/passes.ts",
    find: "(emailKey === null ? [] : [passOnText(passId, emailKey)])",
    replace: "(emailKey === null ? [] : [passOnText(emailKey, passId)])",
    caughtBy: [ERASING],
  },
  {
    name: "a pass that was passed on further loses its new holder with the one before",
    breaks: [8],
    file: "src/durable/ticket-type/passes.ts",
    find: "if (before === null || before.emailKey !== emailKey || !hasHolder(before)) return [];",
    replace: "if (before === null || !hasHolder(before)) return [];",
    caughtBy: [ERASING],
  },
  {
    name: "reconciling brings an erased address back from an object that was restored",
    breaks: [8],
    file: "src/worker/reconciliation/repair.ts",
    find: "if (erased.length > 0) await",
    replace: "if (erased.length > 9) await",
    caughtBy: [ERASING],
  },
  {
    name: "a pass is listed for who has passed it on, while its copy is late",
    breaks: [8],
    file: "src/worker/passes/lookup.ts",
    find: "(pass.isHolder ? [[pass.id, pass]] : [])",
    replace: "(pass.id ? [[pass.id, { ...pass, isHolder: true }]] : [])",
    caughtBy: [PASSES],
  },
  {
    name: "a wallet gets the code of somebody else's pass",
    breaks: [8],
    file: "src/worker/passes/presenters.ts",
    find: 'return isHolder && state !== "revoked" ?',
    replace: 'return (isHolder || id !== "") && state !== "revoked" ?',
    caughtBy: [PASSES],
  },
  {
    name: "a scan that fails is logged with its code",
    breaks: [8],
    file: "src/worker/passes/pass-keys.ts",
    find: "  const read = readPassCode(code);\n",
    replace: "  const read = readPassCode(code);\n  console.log(code);\n",
    caughtBy: [workers("worker/passes/secrets")],
  },
];
