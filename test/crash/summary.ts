// What a run of crash histories came to, in lines for people.

import type { Prng } from "../support/prng.ts";
import { corrupt, LIES } from "./corrupt.ts";
import { check } from "./linearizable.ts";
import type { History } from "./operations.ts";
import type { Report } from "./run.ts";
import { CHECKS } from "./verify.ts";

export interface LieCheck {
  /** By kind. */
  readonly counts: Readonly<Record<string, number>>;
  /** Lies that were not rejected. */
  readonly missed: readonly { readonly kind: string; readonly verdict: string; readonly history: History }[];
}

export function linesOf(report: Report): string[] {
  const { calls, unknown, reservations, refunded, restMs, verdicts, clockToleranceMs, problems } = report;
  const operations = report.histories.reduce((sum, history) => sum + history.operations.length, 0);
  const steps = Math.max(...verdicts.map((verdict) => verdict.steps));
  const linearizable = verdicts.filter(({ type }) => type === "linearizable").length;
  return [
    `  calls: ${counts(calls)}; in all ${unknown} unknown`,
    `  reservations: ${counts(reservations)}; payments refunded: ${refunded}; at rest after ${(restMs / 1_000).toFixed(1)} s`,
    `  linearizable: ${linearizable} of ${verdicts.length} ticket types, ${operations} operations, at most ${steps} steps, clocks within ${clockToleranceMs} ms`,
    ...Object.keys(CHECKS).map((name) => `  ${violations(report, name) === 0 ? "ok  " : "FAIL"} ${name}`),
    ...problems.map((problem) => `  ! ${problem.slice(0, 500)}`),
  ];
}

export function totalLines(reports: readonly Report[]): string[] {
  const total = (count: (report: Report) => number) => reports.reduce((sum, report) => sum + count(report), 0);
  const calls = (name: string) => total((report) => report.calls[name] ?? 0);
  const verdicts = reports.flatMap((report) => report.verdicts);
  const of = (type: string) => verdicts.filter((verdict) => verdict.type === type).length;
  const acknowledged = ["reserve", "pay", "cancel"].map((name) => `${name} ${calls(`${name} succeeded`)}`).join(", ");
  return [
    `${total(({ kills }) => kills)} kills in ${reports.length} histories`,
    `${total(({ end }) => end.calls.length)} calls, ${total(({ unknown }) => unknown)} of them unknown; acknowledged: ${acknowledged}`,
    `reservations confirmed: ${total(({ reservations }) => reservations.confirmed ?? 0)}; payments refunded: ${total(({ refunded }) => refunded)}`,
    ...Object.keys(CHECKS).map((name) => `${name}: ${total((report) => violations(report, name))} violations`),
    `linearizable: ${of("linearizable")} of ${verdicts.length} histories of a ticket type; ${of("violation")} are not, ${of("undecided")} undecided`,
  ];
}

/**
 * Checks `count` lies about true histories, of each kind as often as the histories have room for.
 */
export function checkLies(histories: readonly History[], count: number, prng: Prng): LieCheck {
  const counts: Record<string, number> = {};
  const missed: LieCheck["missed"][number][] = [];
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

function violations(report: Report, name: string): number {
  return report.problems.filter((problem) => problem.startsWith(`${name}: `)).length;
}

function counts(numbers: Readonly<Record<string, number>>): string {
  return Object.entries(numbers)
    .map(([name, number]) => `${name} ${number}`)
    .join(", ");
}
