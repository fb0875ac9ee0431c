// Scenario `object`: what a reservation costs in its object, apart from HTTP, and whether that depends on how many there are.

import { join } from "node:path";
import { ROOT } from "../scripts/lib/settings.ts";
import { chance } from "../test/crash/random.ts";
import { buildWorker, freePort, Service } from "../test/crash/service.ts";
import { closeSale, openSale } from "./buying.ts";
import { Connection } from "./http.ts";
import type { Books, Task } from "./object-worker.ts";
import { type Report, ratio } from "./report.ts";
import { inTurn } from "./sides.ts";
import { median, type Spread, spread } from "./statistics.ts";
import { type Memory, memoryOf, workedMsOf } from "./usage.ts";

export interface ObjectOptions {
  /** How many reservations are there already, in two ticket types that are compared. */
  readonly small: number;
  readonly large: number;
  /** Of batches, among them the one that is promised. */
  readonly sizes: readonly number[];
  readonly rounds: number;
  /** How many are made in one turn, in batches of one size. */
  readonly perTurn: number;
  readonly onProgress: (line: string) => void;
}

/** Microseconds, of one turn: of a call that does nothing, and of a reservation without what such calls take. */
interface Turn {
  readonly call: number;
  /** To the reply, where nobody takes the object's copies: it decides, writes, commits to the disk, and answers. */
  readonly alone: number;
  /** What all threads of workerd work until the last copy is made. */
  readonly work: number;
  /** The same two with D1, which is a part of workerd. */
  readonly aloneWithD1: number;
  readonly workWithD1: number;
}

interface Side {
  readonly name: "small" | "large";
  /** By size of the batch. */
  readonly turns: Map<number, Turn[]>;
}

// Nothing may end while it is measured.
const HOLD_SECONDS = 24 * 60 * 60;
const CAPACITY = 100_000_000;
/** Of single reservations there are fewer in a turn. */
const MOST_CALLS = 500;
const WARM_UP_CALLS = 100;
const PROMISED_SIZE = 100;
const MOST_MICROSECONDS = 25;
const MOST_SLOWER = 1.3;
const FILL_BATCH = 500;
/** What ten times as many reservations may add to what is held on to. An object has 128 MB. */
const MOST_GROWTH_MIB = 8;

export async function object(folder: string, options: ObjectOptions): Promise<Report> {
  const script = await buildWorker(join(folder, "worker"), join(ROOT, "bench", "object-worker.ts"));
  const luck = chance(Date.now());
  const inspectorPort = await freePort(luck);
  const service = await Service.create(join(folder, "service"), script, HOLD_SECONDS, luck, { inspectorPort });
  try {
    await service.startNew();
    const sale = await openSale(service, 1 + options.rounds * options.sizes.length, 1);
    closeSale(sale);
    const bench = new Bench(service);
    for (const ticket of sale.tickets) await bench.ask({ type: "enlarge", ticket, capacity: CAPACITY });
    const [large = "", ...small] = sale.tickets;
    const memory = await fill(bench, { large, small }, options, () => memoryOf(service, inspectorPort));

    const sides: Side[] = [
      { name: "small", turns: new Map() },
      { name: "large", turns: new Map() },
    ];
    await inTurn(sides, options.rounds * options.sizes.length, async ({ name, turns }, turn) => {
      const size = options.sizes[turn % options.sizes.length] ?? 1;
      // A new small one for each turn: it grows while it is measured.
      const ticket = name === "large" ? large : (small[turn] ?? "");
      turns.set(size, [...(turns.get(size) ?? []), await bench.turn(ticket, size, options.perTurn)]);
      if (name === "small" && size === options.sizes.at(-1)) options.onProgress(`${turn + 1} turns`);
    });
    for (const ticket of sale.tickets) await bench.checkBooks(ticket);
    const [{ copies } = { copies: 0 }] = await service.query<{ copies: number }>(
      "SELECT COUNT(*) AS copies FROM reservations",
    );
    if (copies !== bench.copied) throw new Error(`D1 has ${copies} of ${bench.copied} reservations`);
    return reportOf(sides, memory, options);
  } finally {
    await service.kill();
  }
}

interface Measured {
  readonly ms: number;
  readonly workMs: number;
}

class Bench {
  readonly #service: Service;
  readonly #connection: Connection;
  readonly #made = new Map<string, number>();
  #copied = 0;

  constructor(service: Service) {
    this.#service = service;
    this.#connection = new Connection(service.url);
  }

  /** How many of the reservations were to be copied to D1. */
  get copied(): number {
    return this.#copied;
  }

  ask<Result>(task: Task): Promise<Result> {
    return this.#connection.must<Result>("/bench", { method: "POST", body: task });
  }

  /** Without copies. */
  async fill(ticket: string, reservations: number): Promise<void> {
    await this.ask({ type: "copies", on: false });
    for (let left = reservations; left > 0; left -= FILL_BATCH) {
      const batch = Math.min(left, FILL_BATCH);
      await this.#calls("reserve", ticket, 1, batch);
    }
    await this.ask({ type: "rest", ticket });
    await this.ask({ type: "copies", on: true });
  }

  /** In batches of one size. */
  async turn(ticket: string, batch: number, reservations: number): Promise<Turn> {
    const calls = Math.min(Math.ceil(reservations / batch), MOST_CALLS);
    const made = calls * batch;
    await this.ask({ type: "copies", on: false });
    // Without a rush replies wait for their copies: these begin one.
    await this.#calls("reserve", ticket, WARM_UP_CALLS, 1);
    const idle = await this.#measure("nothing", ticket, calls, batch);
    const alone = await this.#measure("reserve", ticket, calls, batch);
    await this.ask({ type: "copies", on: true });
    const whole = await this.#measure("reserve", ticket, calls, batch);
    this.#copied += made;
    const each = (what: "ms" | "workMs", of: Measured) => (1_000 * (of[what] - idle[what])) / made;
    return {
      call: (1_000 * idle.ms) / calls,
      ...{ alone: each("ms", alone), work: each("workMs", alone) },
      ...{ aloneWithD1: each("ms", whole), workWithD1: each("workMs", whole) },
    };
  }

  /** Throws where the counters are not what the rows add up to, or not what was accepted. */
  async checkBooks(ticket: string): Promise<void> {
    const { ticketType, counted } = await this.ask<Books>({ type: "books", ticket });
    const made = this.#made.get(ticket) ?? 0;
    if (ticketType.held !== made || counted?.held !== made || ticketType.sold !== 0 || counted.sold !== 0)
      throw new Error(
        `${made} reservations were accepted, but the books say ${JSON.stringify({ ticketType, counted })}`,
      );
  }

  /** To the last reply, and what workerd works until all copies are made. */
  async #measure(method: "reserve" | "nothing", ticket: string, calls: number, batch: number): Promise<Measured> {
    const workedMs = workedMsOf(this.#service);
    const ms = await this.#calls(method, ticket, calls, batch);
    await this.ask({ type: "rest", ticket });
    return { ms, workMs: workedMsOf(this.#service) - workedMs };
  }

  async #calls(method: "reserve" | "nothing", ticket: string, calls: number, batch: number): Promise<number> {
    const startMs = performance.now();
    const accepted = await this.ask<number>({ type: "calls", method, ticket, calls, batch });
    const ms = performance.now() - startMs;
    if (method === "nothing") return ms;
    if (accepted !== calls * batch) throw new Error(`${accepted} of ${calls * batch} were accepted`);
    this.#made.set(ticket, (this.#made.get(ticket) ?? 0) + accepted);
    return ms;
  }
}

/** Fills all ticket types, and says how much memory that took: with a few, with a tenth, and with all of them. */
async function fill(
  bench: Bench,
  tickets: { readonly large: string; readonly small: readonly string[] },
  { small, large, onProgress }: ObjectOptions,
  memoryNow: () => Promise<Memory>,
): Promise<Memory[]> {
  for (const ticket of tickets.small) await bench.fill(ticket, small);
  const memory = [await memoryNow()];
  for (const reservations of [large / 10, large - large / 10]) {
    await bench.fill(tickets.large, reservations);
    memory.push(await memoryNow());
    onProgress(`${reservations} more in the larger one`);
  }
  return memory;
}

function reportOf([few, many]: readonly Side[], memory: readonly Memory[], options: ObjectOptions): Report {
  const { small, large, rounds, sizes } = options;
  const turns = (side: Side | undefined, size: number) => side?.turns.get(size) ?? [];
  const took = (side: Side | undefined, size: number, what: keyof Turn) =>
    spread(turns(side, size).map((turn) => turn[what]));
  const slower = (size: number) =>
    spread(turns(many, size).map(({ alone }, round) => alone / (turns(few, size)[round]?.alone ?? Number.NaN)));
  const promised = Math.max(...[few, many].map((side) => took(side, PROMISED_SIZE, "alone").median));
  const [, tenth, whole] = memory;
  const grownMib = (whole?.heapMib ?? Number.NaN) - (tenth?.heapMib ?? Number.NaN);
  const mib = (what: keyof Memory) => memory.map((at) => at[what].toFixed(0)).join(", ");
  return {
    title: "A reservation in its object",
    headings: [
      ...["batches of", `${small} there, µs`, `${large} there, µs`, "ratio"],
      ...["all work, µs", "with D1, µs", "with D1, all work, µs", "an empty call, µs", "a second"],
    ],
    rows: sizes.map((size) => [
      ...[String(size), microseconds(took(few, size, "alone")), microseconds(took(many, size, "alone"))],
      ratio(slower(size)),
      ...(["work", "aloneWithD1", "workWithD1", "call"] as const).map((what) => microseconds(took(many, size, what))),
      (1_000_000 / median(turns(many, size).map(({ call, aloneWithD1 }) => call / size + aloneWithD1))).toFixed(0),
    ]),
    notes: [
      "Microseconds a reservation: calls from the worker to one object, one after the other, each with a batch of reservations " +
        "by new buyers, less as many calls with the same requests that do nothing. The first columns are what the object " +
        "takes to the reply: it decides, writes, commits to the disk, and answers; their ratio: how many times as long where " +
        "many are there. All work: what all threads of workerd work until the last copy for D1 is ready, though nobody takes " +
        "it. With D1: the same two where D1, which is a part of workerd, takes the copies; a second: in that way, the calls " +
        `with it. Medians over ${rounds} turns, with their middle half; the ticket types take turns.`,
      `With ${small}, ${large / 10} and ${large} reservations in one object its isolate held on to ${mib("heapMib")} MiB, and ` +
        `all of workerd was ${mib("residentMib")} MiB.`,
      "Afterwards the counters were what the rows add up to, and as many as were accepted.",
    ],
    failures: [
      ...(promised <= MOST_MICROSECONDS
        ? []
        : [`a reservation takes ${promised.toFixed(1)} µs in batches of ${PROMISED_SIZE}`]),
      ...(slower(PROMISED_SIZE).median <= MOST_SLOWER
        ? []
        : [`a reservation takes ${slower(PROMISED_SIZE).median.toFixed(2)} times as long with ${large} there`]),
      ...(grownMib <= MOST_GROWTH_MIB ? [] : [`ten times as many reservations took ${grownMib.toFixed(0)} MiB more`]),
    ],
  };
}

function microseconds({ median, low, high }: Spread): string {
  return `${median.toFixed(1)} (${low.toFixed(1)} to ${high.toFixed(1)})`;
}
