// Scenario `object`: what a reservation costs in its object, with few and with many there.

import { firstPrice } from "../src/domain/price.ts";
import { newId } from "../src/platform/ids.ts";
import { inTurn } from "./comparison.ts";
import { ObjectCalls, type Sold } from "./object-calls.ts";
import { progress, type Report, ratio, when } from "./report.ts";
import { ownMistakes, Sale } from "./sale.ts";
import { type Spread, spread } from "./statistics.ts";
import type { Tally } from "./worker.ts";

export interface ObjectOptions {
  /** How many reservations two ticket types have already, which are compared. */
  readonly small: number;
  readonly large: number;
  /** Of batches. The bounds are for batches of `PROMISED_SIZE`. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** How many reservations a turn makes, in batches of one size. */
  readonly perTurn: number;
}

// Nothing may end while it is measured.
const HOLD_SECONDS = 24 * 60 * 60;
const CAPACITY = 10_000_000;
const PROMISED_SIZE = 100;
const MOST_MICROSECONDS = 60;
const MOST_SLOWER = 1.5;
const MORE_PRICES = 4;
const MOST_SLOWER_WITH_PRICES = 1.1;

/** By the size of the batches: the cost of each round. */
type Costs = Map<number, number[]>;

export async function object(folder: string, options: ObjectOptions): Promise<Report> {
  const { small, large, sizes, rounds } = options;
  const turns = rounds * sizes.length;
  const size = { tickets: 3 + turns, buyers: 1, capacity: CAPACITY, holdSeconds: HOLD_SECONDS };
  const sale = await Sale.open(folder, "object", size);
  const calls = new ObjectCalls(sale, options.perTurn);
  try {
    await sale.perform({ type: "copies", on: false });
    const [many = "", onePrice = "", fivePrices = "", ...few] = sale.tickets;
    const withOne = { ticket: onePrice, prices: [] };
    const withFive = { ticket: fivePrices, prices: await addPrices(sale, fivePrices) };
    for (const ticket of few) await calls.fill({ ticket, prices: [] }, small);
    for (const sold of [withOne, withFive]) await calls.fill(sold, small);
    await calls.fill({ ticket: many, prices: [] }, large);
    progress(`${small} and ${large} reservations are there`);
    const measure = async (sides: readonly ((turn: number) => Sold)[]): Promise<Costs[]> => {
      const measured = sides.map((soldAt) => ({ soldAt, costs: new Map<number, number[]>() }));
      await inTurn(measured, turns, async ({ soldAt, costs }, turn) => {
        const batch = sizes[turn % sizes.length] ?? 1;
        costs.set(batch, [...(costs.get(batch) ?? []), await calls.cost(soldAt(turn), batch)]);
        if (soldAt === sides[0]) progress(`turn ${turn + 1} of ${turns}`);
      });
      return measured.map(({ costs }) => costs);
    };
    // A new small one for each turn: it grows while it is measured.
    const fewAt = (turn: number) => ({ ticket: few[turn] ?? "", prices: [] });
    const [costOfFew = new Map(), costOfMany = new Map()] = await measure([
      fewAt,
      () => ({ ticket: many, prices: [] }),
    ]);
    const [costOfOne = new Map(), costOfFive = new Map()] = await measure([() => withOne, () => withFive]);
    const wrong = await mistakes(sale, calls.made);
    return reportOf([costOfFew, costOfMany], [costOfOne, costOfFive], wrong, options);
  } finally {
    await sale.close();
  }
}

/** Returns the ids of all of its prices. */
async function addPrices(sale: Sale, ticket: string): Promise<string[]> {
  const more = Array.from({ length: MORE_PRICES }, () => newId());
  for (const id of more) {
    const rules = { ...firstPrice(id, 2_500), name: `Price ${id}` };
    await sale.objects("changePrices", [ticket], { type: "add", rules });
  }
  return [ticket, ...more];
}

/** Whether the counters are what the rows add up to, and what was accepted. */
async function mistakes(sale: Sale, made: ReadonlyMap<string, number>): Promise<string[]> {
  const tallies = await sale.objects<Tally>("tally");
  return tallies.flatMap((tally, index) => {
    const ticket = sale.tickets[index] ?? "";
    const accepted = made.get(ticket) ?? 0;
    const isWhole = tally.held === accepted && tally.sold === 0;
    const miscounted = `${ticket} accepted ${accepted} reservations and counts ${tally.held}`;
    return [...ownMistakes(ticket, tally), ...when(!isWhole, miscounted)];
  });
}

function reportOf(
  [few, many]: readonly [Costs, Costs],
  [one, five]: readonly [Costs, Costs],
  wrong: readonly string[],
  { small, large, sizes, rounds }: ObjectOptions,
): Report {
  const cost = (of: Costs, size: number) => spread(of.get(size) ?? []);
  const slower = (slow: Costs, fast: Costs, size: number) =>
    spread((slow.get(size) ?? []).map((cost, round) => cost / (fast.get(size)?.[round] ?? Number.NaN)));
  const promised = Math.max(cost(few, PROMISED_SIZE).median, cost(many, PROMISED_SIZE).median);
  const times = slower(many, few, PROMISED_SIZE).median;
  // One by one, or in the smallest batch that was measured.
  const timesWithPrices = slower(five, one, Math.min(...sizes)).median;
  return {
    title: "A reservation in its object",
    headings: [
      "batches of",
      `${small} there, µs`,
      `${large} there, µs`,
      "ratio",
      "1 price, µs",
      "5 prices, µs",
      "ratio",
    ],
    rows: sizes.map((size) => [
      `${size}`,
      ...[few, many].map((of) => microseconds(cost(of, size))),
      ratio(slower(many, few, size)),
      ...[one, five].map((of) => microseconds(cost(of, size))),
      ratio(slower(five, one, size)),
    ]),
    notes: [
      "Microseconds a reservation: calls from the worker to one object, one after the other, each with a batch of " +
        "reservations by new buyers, less as many calls with the same requests that do nothing. The object decides, " +
        "writes, commits to the disk, and answers; D1 takes no copies. " +
        `Medians over ${rounds} rounds with their middle half; the ticket types take turns.`,
      `With five prices the requests name one after the other; both ticket types have ${small} reservations before.`,
      "Afterwards the counters are what the rows add up to, and as many as were accepted.",
    ],
    wrong,
    failures: [
      ...when(!(promised <= MOST_MICROSECONDS), `${promised.toFixed(1)} µs each in batches of ${PROMISED_SIZE}`),
      ...when(!(times <= MOST_SLOWER), `a reservation takes ${times.toFixed(2)} times as long with ${large} there`),
      ...when(
        !(timesWithPrices <= MOST_SLOWER_WITH_PRICES),
        `a reservation takes ${timesWithPrices.toFixed(2)} times as long with five prices`,
      ),
    ],
  };
}

function microseconds({ median, low, high }: Spread): string {
  return `${median.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})`;
}
