// Scenario `expiry`: very many holds end at the same moment, while buying goes on.

import { setTimeout as sleep } from "node:timers/promises";
import { CREATED, miscounted } from "./comparison.ts";
import { drive, loadGenerator, type Outcome } from "./load.ts";
import { milliseconds, progress, type Report, ratio, when } from "./report.ts";
import { Sale } from "./sale.ts";
import { median, spread } from "./statistics.ts";

export interface ExpiryOptions {
  readonly holds: number;
  /** In this time D1 must get all holds, and the buyers' turn before must end. */
  readonly holdSeconds: number;
  /** How long the buyers' turn before it is. */
  readonly seconds: number;
  readonly rounds: number;
}

const CONNECTIONS = 64;
const BUYERS = 2_000;
const WARM_UP_SECONDS = 2;
const POLL_MS = 200;
/** Buying goes on this long before the deadline. */
const AHEAD_MS = 300;
const MOST_SLOWER = 2;
const LONGEST_MS = 60_000;
const GIVEN_UP_MS = 180_000;

interface Round {
  readonly before: Outcome;
  readonly during: Outcome;
  /** From the deadline to the last hold's end, in the object and in D1. */
  readonly objectMs: number;
  readonly copyMs: number;
}

export async function expiry(folder: string, options: ExpiryOptions): Promise<Report> {
  const rounds: Round[] = [];
  const wrong: string[] = [];
  for (let round = 0; round < options.rounds; round++) {
    // A new service each time: what is bought in one round would expire in the next.
    const size = { tickets: 1, buyers: BUYERS, capacity: 10_000_000, holdSeconds: options.holdSeconds };
    const sale = await Sale.open(folder, `expiry-${round}`, size);
    try {
      const found = await expire(folder, sale, options, wrong);
      rounds.push(found);
      const [object, copy] = [found.objectMs, found.copyMs].map((ms) => `${(ms / 1_000).toFixed(1)} s`);
      progress(`round ${round + 1}: all ended after ${object} in the object, ${copy} in D1`);
    } finally {
      await sale.close();
    }
  }
  return reportOf(rounds, options, wrong);
}

async function expire(folder: string, sale: Sale, options: ExpiryOptions, wrong: string[]): Promise<Round> {
  const { holds, seconds } = options;
  const load = { url: sale.service.url, connections: CONNECTIONS, expect: [CREATED] };
  const buying = { ...load, requests: sale.purchases("/reservations") };
  const [dueMs = 0] = await sale.objects<number>("fill", sale.tickets, sale.accountIds, holds);
  const warmUp = await drive(folder, { ...buying, seconds: WARM_UP_SECONDS });
  await sale.reservations();
  const leftMs = dueMs - AHEAD_MS - seconds * 1_000 - Date.now();
  if (leftMs < 0) throw new Error(`${holds} holds were not in D1 in time; they must last longer`);
  await sleep(leftMs);
  const before = await drive(folder, { ...buying, seconds });
  const over = new AbortController();
  const [during, ended] = await Promise.all([
    drive(folder, { ...buying, seconds: GIVEN_UP_MS / 1_000, until: over.signal }),
    allEnded(sale, dueMs).finally(() => over.abort()),
  ]);
  const outcomes = [warmUp, before, during];
  const answered = outcomes.reduce((sum, { statuses }) => sum + (statuses[CREATED] ?? 0), 0);
  const made = (await sale.reservations()) - holds;
  wrong.push(...miscounted("ours", made, answered, CONNECTIONS), ...(await sale.mistakes()));
  return { before, during, objectMs: ended[0], copyMs: ended[1] };
}

async function allEnded(sale: Sale, dueMs: number): Promise<readonly [objectMs: number, copyMs: number]> {
  let objectMs: number | null = null;
  for (;;) {
    await sleep(POLL_MS);
    const sinceMs = Date.now() - dueMs;
    const [left = 0] = await sale.objects<number>("due", sale.tickets, dueMs);
    if (sinceMs > 0 && left === 0) objectMs ??= sinceMs;
    if (!(await sale.perform<boolean>({ type: "held in D1", atMs: dueMs })) && objectMs !== null)
      return [objectMs, sinceMs];
    if (sinceMs > GIVEN_UP_MS) throw new Error("not all holds ended in time");
  }
}

function reportOf(rounds: readonly Round[], { holds, holdSeconds, seconds }: ExpiryOptions, wrong: string[]): Report {
  const [befores, durings] = [rounds.map(({ before }) => before), rounds.map(({ during }) => during)];
  const slower = spread(rounds.map(({ before, during }) => during.p99Ms / before.p99Ms));
  const longestMs = Math.max(...rounds.map(({ copyMs }) => copyMs));
  const row = (name: string, outcomes: readonly Outcome[]) => [
    ...[name, median(outcomes.map(({ perSecond }) => perSecond)).toFixed(0)],
    ...(["p50Ms", "p99Ms"] as const).map((which) => milliseconds(median(outcomes.map((one) => one[which])))),
    milliseconds(Math.max(...outcomes.map(({ maxMs }) => maxMs))),
  ];
  const seconds1 = (values: readonly number[]) => (median(values) / 1_000).toFixed(1);
  const many = holds.toLocaleString("en");
  return {
    title: `${many} holds expire while buying goes on`,
    headings: ["", "bought a second", "p50 ms", "p99 ms", "longest ms"],
    rows: [row("before", befores), row("while they expire", durings)],
    notes: [
      `All of one ticket type, held for ${holdSeconds} s to the same moment, and in D1 before it begins; ${CONNECTIONS} connections buy of the ` +
        `same ticket type, ${seconds} s before, and then until D1 has the last one as expired. Medians of ${rounds.length} rounds.`,
      `All were over ${seconds1(rounds.map(({ objectMs }) => objectMs))} s after their moment in the object, and ` +
        `${seconds1(rounds.map(({ copyMs }) => copyMs))} s after it in D1 (medians; looked at every ${POLL_MS} ms).`,
      `p99 while they expire is ${ratio(slower)} times that before.`,
    ],
    versions: [loadGenerator() ?? ""],
    wrong,
    failures: [
      ...when(!(slower.median <= MOST_SLOWER), `p99 is ${slower.median.toFixed(2)} times as long while holds expire`),
      ...when(longestMs > LONGEST_MS, `it took ${(longestMs / 1_000).toFixed(0)} s until all were over`),
    ],
  };
}
