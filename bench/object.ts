// Scenario `object`: what a reservation costs in its object, with few and with many there.

import { inTurn } from "./comparison.ts";
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
const MOST_CALLS = 500;
const WARM_UP_CALLS = 100;
const FILL_BATCH = 500;
const PROMISED_SIZE = 100;
const MOST_MICROSECONDS = 60;
const MOST_SLOWER = 1.5;

export async function object(folder: string, options: ObjectOptions): Promise<Report> {
  const { small, large, sizes, rounds } = options;
  const turns = rounds * sizes.length;
  const size = { tickets: 1 + turns, buyers: 1, capacity: CAPACITY, holdSeconds: HOLD_SECONDS };
  const sale = await Sale.open(folder, "object", size);
  const made = new Map<string, number>();
  /** Makes reservations in one object, and returns how long that took. */
  const call = async (method: "reserve" | "nothing", ticket: string, calls: number, batch: number): Promise<number> => {
    const startMs = performance.now();
    const accepted = await sale.perform<number>({ type: "calls", method, ticket, calls, batch });
    const ms = performance.now() - startMs;
    if (method === "reserve" && accepted !== calls * batch) throw new Error(`${accepted} of ${calls * batch} accepted`);
    made.set(ticket, (made.get(ticket) ?? 0) + accepted);
    return ms;
  };
  const fill = async (ticket: string, count: number): Promise<void> => {
    for (let left = count; left > 0; left -= FILL_BATCH) await call("reserve", ticket, 1, Math.min(left, FILL_BATCH));
  };
  try {
    await sale.perform({ type: "copies", on: false });
    const [many = "", ...few] = sale.tickets;
    for (const ticket of few) await fill(ticket, small);
    await fill(many, large);
    progress(`${small} and ${large} reservations are there`);
    const sides = ["few", "many"].map((name) => ({ name, costs: new Map<number, number[]>() }));
    await inTurn(sides, turns, async ({ name, costs }, turn) => {
      const batch = sizes[turn % sizes.length] ?? 1;
      // A new small one for each turn: it grows while it is measured.
      const ticket = name === "many" ? many : (few[turn] ?? "");
      const calls = Math.min(Math.ceil(options.perTurn / batch), MOST_CALLS);
      // Without a rush a reply waits for its copy: these begin one.
      await call("reserve", ticket, WARM_UP_CALLS, 1);
      const idleMs = await call("nothing", ticket, calls, batch);
      const ms = await call("reserve", ticket, calls, batch);
      costs.set(batch, [...(costs.get(batch) ?? []), (1_000 * (ms - idleMs)) / (calls * batch)]);
      if (name === "few") progress(`turn ${turn + 1} of ${turns}`);
    });
    const [costOfFew = new Map(), costOfMany = new Map()] = sides.map(({ costs }) => costs);
    return reportOf(costOfFew, costOfMany, await mistakes(sale, made), options);
  } finally {
    await sale.close();
  }
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
  few: ReadonlyMap<number, readonly number[]>,
  many: ReadonlyMap<number, readonly number[]>,
  wrong: readonly string[],
  { small, large, sizes, rounds }: ObjectOptions,
): Report {
  const cost = (of: ReadonlyMap<number, readonly number[]>, size: number) => spread(of.get(size) ?? []);
  const slower = (size: number) =>
    spread((many.get(size) ?? []).map((cost, round) => cost / (few.get(size)?.[round] ?? Number.NaN)));
  const promised = Math.max(cost(few, PROMISED_SIZE).median, cost(many, PROMISED_SIZE).median);
  const times = slower(PROMISED_SIZE).median;
  return {
    title: "A reservation in its object",
    headings: ["batches of", `${small} there, µs`, `${large} there, µs`, "ratio"],
    rows: sizes.map((size) => [
      `${size}`,
      ...[few, many].map((of) => microseconds(cost(of, size))),
      ratio(slower(size)),
    ]),
    notes: [
      "Microseconds a reservation: calls from the worker to one object, one after the other, each with a batch of " +
        "reservations by new buyers, less as many calls with the same requests that do nothing. The object decides, " +
        "writes, commits to the disk, and answers; D1 takes no copies. " +
        `Medians over ${rounds} rounds with their middle half; the ticket types take turns.`,
      "Afterwards the counters are what the rows add up to, and as many as were accepted.",
    ],
    wrong,
    failures: [
      ...when(!(promised <= MOST_MICROSECONDS), `${promised.toFixed(1)} µs each in batches of ${PROMISED_SIZE}`),
      ...when(!(times <= MOST_SLOWER), `a reservation takes ${times.toFixed(2)} times as long with ${large} there`),
    ],
  };
}

function microseconds({ median, low, high }: Spread): string {
  return `${median.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})`;
}
