// Services that take the same load in turn, on one machine, in one run; and whether each kept its books while it did.

import { drive, type Load, loadGenerator, type Outcome } from "./load.ts";
import { type Bar, milliseconds, type Report, rate, ratio } from "./report.ts";
import { inTurn } from "./sides.ts";
import { median, type Spread, spread } from "./statistics.ts";

/** Where a service says what it has sold. */
export interface Books {
  /** How many reservations there are in all, once nothing is left to do. */
  reservations(): Promise<number>;
  /** What is wrong in them, in words. */
  mistakes(): Promise<string[]>;
}

export interface Contender extends Pick<Bar, "name" | "side"> {
  readonly load: Pick<Load, "url" | "requests" | "expect">;
  /** Null for what sells nothing. */
  readonly books: Books | null;
  readonly outcomes: Outcome[];
}

export interface Turns {
  readonly rounds: number;
  readonly seconds: number;
  readonly connections: number;
  readonly onProgress: (line: string) => void;
}

export const CREATED = 201;
export const INDIRECT = "Each request to the service goes through the worker that Miniflare puts in front.";

export function contender(
  side: Bar["side"],
  name: string,
  load: Contender["load"],
  books: Books | null = null,
): Contender {
  return { side, name, load, books, outcomes: [] };
}

/** What was wrong about the books; the outcomes are with the contenders. The first turn of each is to warm up. */
export async function compete(folder: string, contenders: readonly Contender[], turns: Turns): Promise<string[]> {
  const wrong: string[] = [];
  const takeTurn = async ({ name, load, books }: Contender, round: number): Promise<Outcome> => {
    const before = (await books?.reservations()) ?? 0;
    const outcome = await drive(folder, { ...load, connections: turns.connections, seconds: turns.seconds });
    turns.onProgress(`${round < 0 ? "warm-up" : `round ${round + 1}`}, ${name}: ${outcome.perSecond.toFixed(0)}/s`);
    if (books !== null) {
      const made = (await books.reservations()) - before;
      wrong.push(...miscounted(name, made, outcome.statuses[CREATED] ?? 0));
    }
    return outcome;
  };
  for (const one of contenders) await takeTurn(one, -1);
  await inTurn(contenders, turns.rounds, async (one, round) => {
    one.outcomes.push(await takeTurn(one, round));
  });
  for (const books of new Set(contenders.map(({ books }) => books))) wrong.push(...((await books?.mistakes()) ?? []));
  return wrong;
}

/** `unanswered`: how many requests may have been carried out without their reply being counted, at the most. */
export function miscounted(name: string, made: number, answered: number, unanswered = 0): string[] {
  if (made >= answered && made <= answered + unanswered) return [];
  return [`${name}: ${answered} reservations were answered, and ${made} are there`];
}

/** In requests a second, round by round. */
export function relativeTo(one: Contender, reference: Contender): Spread {
  return spread(one.outcomes.map(({ perSecond }, round) => perSecond / (reference.outcomes[round]?.perSecond ?? 0)));
}

export function perSecond({ outcomes }: Contender): Spread {
  return spread(outcomes.map((outcome) => outcome.perSecond));
}

/** The median over the rounds. */
export function p99Ms({ outcomes }: Contender): number {
  return median(outcomes.map((outcome) => outcome.p99Ms));
}

/** One row each; the ratio is to `reference`. */
export function table(
  contenders: readonly Contender[],
  reference: Contender,
): Pick<Report, "headings" | "rows" | "bars" | "versions"> {
  return {
    headings: ["", "a second", `ratio to ${reference.name}`, "p50 ms", "p99 ms", "longest ms"],
    rows: contenders.map((one) => [
      ...[one.name, rate(perSecond(one)), ratio(relativeTo(one, reference))],
      ...[milliseconds(median(one.outcomes.map(({ p50Ms }) => p50Ms))), milliseconds(p99Ms(one))],
      milliseconds(Math.max(...one.outcomes.map(({ maxMs }) => maxMs))),
    ]),
    bars: contenders.map((one) => ({ name: one.name, side: one.side, ...perSecond(one) })),
    versions: [loadGenerator() ?? ""],
  };
}
