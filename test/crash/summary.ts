// What a run of crash histories came to, in lines for people.

import type { Prng } from "../support/prng.ts";
import { corrupt, LIES } from "./corrupt.ts";
import { ORDER_LIES } from "./corrupt-orders.ts";
import { PASS_LIES } from "./corrupt-passes.ts";
import { REFUND_LIES } from "./corrupt-refunds.ts";
import { check } from "./linearizable.ts";
import type { History } from "./operations.ts";
import type { EndState } from "./record.ts";
import type { Report } from "./run.ts";
import { CHECKS } from "./verify.ts";
import { isWhole } from "./verify-refunds.ts";

/** What one history came to, or several. */
export function linesOf(reports: readonly Report[]): string[] {
  const total = (count: (report: Report) => number) => reports.reduce((sum, report) => sum + count(report), 0);
  const most = (count: (report: Report) => number) => Math.max(...reports.map(count));
  const ends = reports.map(({ end }) => end);
  const unknown = ends.flatMap(({ calls }) => calls).filter(({ outcome }) => outcome === "unknown").length;
  const returned = ends.flatMap(({ ledger }) => ledger).filter(({ kind }) => kind === "refund");
  const refunded = returned.filter(isWhole).length;
  const inPart = returned.length - refunded;
  const verdicts = reports.flatMap((report) => report.verdicts);
  const of = (type: string) => verdicts.filter((verdict) => verdict.type === type).length;
  const operations = total(({ histories }) => histories.reduce((sum, history) => sum + history.operations.length, 0));
  const steps = Math.max(...verdicts.map((verdict) => verdict.steps));
  const violations = (name: string) =>
    total(({ problems }) => problems.filter((problem) => problem.startsWith(`${name}: `)).length);
  return [
    `${total(({ kills }) => kills)} kills in ${reports.length} histories`,
    `${total(({ end }) => end.calls.length)} calls, ${unknown} of them unknown: ${counts(reports.map((it) => it.calls))}`,
    `reservations: ${counts(reports.map((it) => it.reservations))}; payments refunded: ${refunded}, and in part: ${inPart}`,
    `orders: ${counts(reports.map((it) => it.orders))}`,
    `refunds: ${counts(reports.map((it) => it.refunds))}; refused: ${counts(reports.map((it) => it.refusedRefunds))}`,
    `at the gates: ${counts(reports.map((it) => it.atGates))}`,
    `changes of events: ${counts(reports.map((it) => it.changes))}`,
    `at rest after ${(most(({ restMs }) => restMs) / 1_000).toFixed(1)} s, clocks within ${most((it) => it.clockToleranceMs)} ms`,
    `linearizable: ${of("linearizable")} of ${verdicts.length} ticket types; ${of("violation")} are not, ${of("undecided")} undecided; ` +
      `${operations} operations, at most ${steps} steps`,
    ...Object.keys(CHECKS).map((name) => `${name}: ${violations(name)} violations`),
    ...reports.flatMap(({ problems }) => problems.map((problem) => `! ${problem.slice(0, 500)}`)),
  ].map((line) => `  ${line}`);
}

/** Checks `count` lies about true histories, of each kind as often as they have room for it. */
export function checkLies(histories: readonly History[], count: number, prng: Prng) {
  const counts: Record<string, number> = {};
  const missed: { kind: string; history: History; verdict: string }[] = [];
  for (let lies = 0; lies < count; lies++) {
    const rarestFirst = Object.keys(LIES).sort((a, b) => (counts[a] ?? 0) - (counts[b] ?? 0));
    const lie = firstLie(histories, rarestFirst, prng);
    if (lie === null) break;
    counts[lie.kind] = (counts[lie.kind] ?? 0) + 1;
    const { type } = check(lie.history);
    if (type !== "violation") missed.push({ ...lie, verdict: type });
  }
  return { counts, missed };
}

/** Tells each lie about each end that has room for it, once. Its own check must reject it. */
export function checkEndLies(ends: readonly EndState[], prng: Prng) {
  const counts: Record<string, number> = {};
  const missed: { kind: string; end: EndState }[] = [];
  for (const end of ends) {
    for (const [kind, { check: name, tell }] of Object.entries({ ...ORDER_LIES, ...REFUND_LIES, ...PASS_LIES })) {
      const lies = tell(end);
      if (lies.length === 0) continue;
      const lie = prng.pick(lies);
      counts[kind] = (counts[kind] ?? 0) + 1;
      if (CHECKS[name]?.(lie).length === 0) missed.push({ kind, end: lie });
    }
  }
  return { counts, missed };
}

const TRIES_A_KIND = 20;

function firstLie(histories: readonly History[], kinds: readonly string[], prng: Prng) {
  for (const kind of kinds) {
    for (let tries = 0; tries < TRIES_A_KIND; tries++) {
      const history = corrupt(prng.pick(histories), prng, kind);
      if (history !== null) return { kind, history };
    }
  }
  return null;
}

function counts(all: readonly Readonly<Record<string, number>>[]): string {
  const groups = Map.groupBy(all.flatMap(Object.entries<number>), ([name]) => name);
  return [...groups].map(([name, group]) => `${name} ${group.reduce((sum, [, count]) => sum + count, 0)}`).join(", ");
}
