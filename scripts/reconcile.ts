// `npm run reconcile`: holds what was sold against its copies in D1 and against the payment
// provider's ledger, prints every difference and the sums of the money, and mends the copies. With
// --url and --token, one organiser's tickets in a deployed service.

import { parseArgs } from "node:util";
import type * as z from "zod";
import type { Reconciliation } from "../src/worker/reconciliation/schemas.ts";
import { client } from "./lib/client.ts";
import { count } from "./lib/count.ts";
import { operatorToken } from "./lib/local-accounts.ts";
import { MoneyTotals } from "./lib/money-totals.ts";
import { withServer } from "./lib/server.ts";
import { fail, readArguments, readTarget } from "./lib/settings.ts";
import { companionSettings } from "./lib/state.ts";

type Part = z.output<typeof Reconciliation>;

const USAGE = "Usage: npm run reconcile [-- --url https://… --token <an organiser's auth-token>]";
const { values } = readArguments(USAGE, () =>
  parseArgs({ options: { url: { type: "string" }, token: { type: "string" } } }),
);
const target = readTarget(values, USAGE);

const money = new MoneyTotals();
const total = { tickets: 0, reservations: 0, orders: 0, differences: 0, left: 0 };
try {
  if (target !== null) await reconcileAll(target.url, target.token);
  else await withServer(companionSettings(), async (url) => reconcileAll(url, await operatorToken()));
} catch (fault) {
  fail(fault);
}
const found =
  total.differences === 0 ? "no difference" : `${count(total.differences, "difference")}, ${total.left} left`;
console.log(
  `Compared ${count(total.tickets, "ticket type")} with ${count(total.reservations, "reservation")} and ${count(total.orders, "order")}: ${found}.`,
);
for (const line of money.lines()) console.log(line);
process.exit(total.left === 0 && money.addUp() ? 0 : 1);

async function reconcileAll(url: string, token: string): Promise<void> {
  const call = client(url, token);
  let cursor: string | null = "";
  // Each part's cursor is behind the one before, so this ends.
  while (cursor !== null) {
    const query: string = cursor === "" ? "" : `?cursor=${cursor}`;
    const reply = await call<Part & { title?: string }>("POST", `/reconcile${query}`);
    if (!reply.ok) throw new Error(`The service refused: ${reply.status} ${reply.body.title ?? ""}`);
    if (reply.body.next !== null && behind(reply.body.next) <= behind(cursor))
      throw new Error("The service does not get on.");
    cursor = reply.body.next;
    report(reply.body);
    money.add(reply.body);
  }
}

/** A ticket type's id as a cursor is behind all of its reservations. */
function behind(cursor: string): string {
  return cursor === "" || cursor.includes("-") ? cursor : `${cursor}-~`;
}

function report({ checked, differences, next }: Part): void {
  total.tickets += checked.tickets;
  total.reservations += checked.reservations;
  total.orders += checked.orders;
  // A ticket type that goes on in the next part is counted there.
  if (next?.includes("-")) total.tickets -= 1;
  for (const { kind, meaning, object, elsewhere, repaired, ...ids } of differences) {
    total.differences += 1;
    if (!repaired) total.left += 1;
    console.log(`${repaired ? "repaired" : "LEFT    "} ${kind}: ${meaning}`);
    const { ticket, order, reservation, payment } = ids;
    const known = Object.entries({ ticket, order, reservation, payment }).filter(([, id]) => id !== null);
    console.log(`  ${known.map(([what, id]) => `${what} ${id}`).join(", ")}`);
    console.log(`  object:    ${JSON.stringify(object)}\n  elsewhere: ${JSON.stringify(elsewhere)}`);
  }
}
