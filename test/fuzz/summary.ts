// What a run says in the end.

import type { Report } from "./run.ts";

const MOST_SHOWN = 25;
/** A run of so many requests comes to everything that can be reached. */
export const LONG_RUN = 20_000;

/** `log` is the service's own: it says why a reply was a 5xx. */
export function linesOf(report: Report, log: string): string[] {
  const { description, sent, seconds, coverage, found, findings, people } = report;
  return [
    ...found
      .slice(0, MOST_SHOWN)
      .flatMap(({ number, rule, detail, who, request, reply }) => [
        `\nFINDING in request ${number}: ${rule}: ${detail}`,
        ...[`  by ${who}:`, `  ${request}`, reply.replace(/^/gm, "  | "), ...logged(reply, log)],
      ]),
    ...(found.length > MOST_SHOWN ? [`… and ${found.length - MOST_SHOWN} kinds more`] : []),
    ...["", ...coverage.table(description)],
    `\ndeclared, and never seen: ${coverage.neverSeen(description).join("; ") || "nothing"}`,
    `slowest, in ms: ${coverage.slowest(6).join(", ")}`,
    `signed in again: ${people.signIns}, replaced: ${people.replaced}`,
    `${sent} requests in ${seconds.toFixed(0)} s: ${(sent / seconds).toFixed(0)} a second`,
    `findings: ${findings}, of ${found.length} kinds`,
  ];
}

function logged(reply: string, log: string): string[] {
  const id = reply.startsWith("HTTP 5") ? /^x-request-id: (\S+)/m.exec(reply)?.[1] : undefined;
  return id === undefined ? [] : log.split("\n").filter((line) => line.includes(id));
}

/** Why a run without findings may still have shown too little. */
export function shortcomings({ sent, description, coverage }: Report, wanted: number): string[] {
  const neverGood = sent < LONG_RUN ? [] : coverage.neverGood(description);
  return [
    ...(sent < wanted ? [`only ${sent} of ${wanted} requests were sent in time`] : []),
    ...neverGood.map((name) => `${name} never went well: nothing is known about it`),
  ];
}
