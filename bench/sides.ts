// Things that are compared by doing the same with each in turn, and what came of it in numbers.

import type { Round } from "./buying.ts";
import { milliseconds, ratio } from "./report.ts";
import { median, quantile, type Spread, spread } from "./statistics.ts";

/** Calls `work` for each of `sides`, round by round; who comes first changes with each round. */
export async function inTurn<S>(sides: readonly S[], rounds: number, work: (side: S, round: number) => Promise<void>) {
  for (let round = 0; round < rounds; round++) {
    for (let place = 0; place < sides.length; place++) {
      const side = sides[(round + place) % sides.length];
      if (side !== undefined) await work(side, round);
    }
  }
}

/** How much longer a hold took than with the side that it is compared with, round by round. */
export function slowdown(rounds: readonly Round[], reference: readonly Round[]): Spread {
  return spread(rounds.map(({ reserveMs }, round) => median(reserveMs) / median(reference[round]?.reserveMs ?? [])));
}

/** How much more was sold in the same time. */
export function speedup(rounds: readonly Round[], reference: readonly Round[]): Spread {
  return spread(rounds.map(({ perSecond }, round) => perSecond / (reference[round]?.perSecond ?? Number.NaN)));
}

export const BUYING_HEADINGS = [
  "hold, median ms",
  "p99 ms",
  "let go, median ms",
  "a second",
  "hold, ratio",
  "a second, ratio",
];

export function buyingCells(rounds: readonly Round[], reference: readonly Round[]): string[] {
  const holds = rounds.flatMap(({ reserveMs }) => reserveMs);
  return [
    milliseconds(median(holds)),
    milliseconds(quantile(holds, 0.99)),
    milliseconds(median(rounds.flatMap(({ cancelMs }) => cancelMs))),
    median(rounds.map(({ perSecond }) => perSecond)).toFixed(0),
    ratio(slowdown(rounds, reference)),
    ratio(speedup(rounds, reference)),
  ];
}
