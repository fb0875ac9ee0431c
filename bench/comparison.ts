// Contenders that take the same load in turn, in one run; and whether each one's records are right.

import { drive, type Load, loadGenerator, type Outcome } from "./load.ts";
import { milliseconds, progress, type Report, rate, ratio, when } from "./report.ts";
import { median, type Spread, spread } from "./statistics.ts";

/** What a contender says it has sold. */
export interface Records {
  /** How many reservations there are, once nothing is left to do. */
  reservations(): Promise<number>;
  /** What is wrong in them, each in a sentence. */
  mistakes(): Promise<string[]>;
}

export interface Contender {
  readonly name: string;
  readonly load: Pick<Load, "url" | "requests" | "expect">;
  /** Null for a contender that sells nothing. */
  readonly records: Records | null;
  readonly outcomes: Outcome[];
}

export interface Turns {
  readonly rounds: number;
  readonly seconds: number;
}

export const CREATED = 201;

export function contender(name: string, load: Contender["load"], records: Records | null = null): Contender {
  return { name, load, records, outcomes: [] };
}

/** Calls `work` for each of `items` in each round, with another one first each time. */
export async function inTurn<T>(items: readonly T[], rounds: number, work: (item: T, round: number) => Promise<void>) {
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < items.length; place++) {
      const item = items[(round + place) % items.length];
      if (item !== undefined) await work(item, round);
    }
  }
}

/** Adds outcomes after a warm-up; returns what was wrong in the contenders' records. */
export async function compare(
  folder: string,
  contenders: readonly Contender[],
  connections: number,
  { rounds, seconds }: Turns,
): Promise<string[]> {
  const wrong: string[] = [];
  const takeTurn = async ({ name, load, records }: Contender, title: string): Promise<Outcome> => {
    const before = (await records?.reservations()) ?? 0;
    const outcome = await drive(folder, { ...load, connections, seconds });
    progress(`${title}, ${name}: ${outcome.perSecond.toFixed(0)}/s`);
    if (records !== null) {
      const made = (await records.reservations()) - before;
      wrong.push(...miscounted(name, made, outcome.statuses[CREATED] ?? 0));
    }
    return outcome;
  };
  for (const one of contenders) await takeTurn(one, "warm-up");
  await inTurn(contenders, rounds, async (one, round) => {
    one.outcomes.push(await takeTurn(one, `round ${round + 1}`));
  });
  for (const records of new Set(contenders.map((one) => one.records))) {
    wrong.push(...((await records?.mistakes()) ?? []));
  }
  return wrong;
}

/** `unanswered`: at most so many may have been carried out without their reply being counted. */
export function miscounted(name: string, made: number, answered: number, unanswered = 0): string[] {
  const isRight = made >= answered && made <= answered + unanswered;
  return when(!isRight, `${name}: ${answered} reservations were answered, and ${made} are there`);
}

export function perSecond({ outcomes }: Contender): Spread {
  return spread(outcomes.map((outcome) => outcome.perSecond));
}

/** The median over the rounds. */
export function p99Ms({ outcomes }: Contender): number {
  return median(outcomes.map((outcome) => outcome.p99Ms));
}

/** In requests a second, round by round. */
function relativeTo(one: Contender, reference: Contender): Spread {
  return spread(one.outcomes.map(({ perSecond }, round) => perSecond / (reference.outcomes[round]?.perSecond ?? 0)));
}

/** The bound that was missed, in a sentence; empty where it was kept. */
export function atLeast(least: number, one: Contender, reference: Contender): string[] {
  const { median } = relativeTo(one, reference);
  const times = `${median.toFixed(2)} times as many a second as ${reference.name}`;
  return when(!(median >= least), `${one.name}: ${times}, at least ${least} is promised`);
}

/** A row for each contender; the ratio is to `reference`. */
export function table(
  contenders: readonly Contender[],
  reference: Contender,
): Pick<Report, "headings" | "rows" | "versions"> {
  return {
    headings: ["", "a second", `ratio to ${reference.name}`, "p50 ms", "p99 ms", "longest ms"],
    rows: contenders.map((one) => [
      one.name,
      rate(perSecond(one)),
      ratio(relativeTo(one, reference)),
      milliseconds(median(one.outcomes.map(({ p50Ms }) => p50Ms))),
      milliseconds(p99Ms(one)),
      milliseconds(Math.max(...one.outcomes.map(({ maxMs }) => maxMs))),
    ]),
    versions: [loadGenerator() ?? ""],
  };
}

export function roundsText({ rounds, seconds }: Turns): string {
  return (
    `${rounds} rounds of ${seconds} s after a warm-up; the contenders take turns, and another one begins each round. ` +
    "Medians over the rounds with their middle half, and the longest of all rounds."
  );
}
