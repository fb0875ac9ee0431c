// Scenario `redis`: whether buying is as fast with a Redis that hangs as without any, and how long readers wait then.

import { join } from "node:path";
import { chance } from "../test/crash/random.ts";
import { buildWorker, Service } from "../test/crash/service.ts";
import { Upstash } from "../test/support/upstash.ts";
import { buy, closeSale, openSale, type Round, type Sale } from "./buying.ts";
import { milliseconds, type Report } from "./report.ts";
import { BUYING_HEADINGS, buyingCells, inTurn, slowdown } from "./sides.ts";
import { median } from "./statistics.ts";

export interface RedisOptions {
  readonly rounds: number;
  /** How long each side buys in a round. */
  readonly turnMs: number;
  readonly onProgress: (line: string) => void;
}

const HOLD_SECONDS = 900;
const BUYERS = 8;
const TICKETS = 20;
const MOST = 1.1;
const LONGEST_READ_MS = 500;

interface Side {
  readonly name: string;
  readonly service: Service;
  readonly sale: Sale;
  readonly rounds: Round[];
  readonly readMs: number[];
}

/** Needs a redis-server. */
export async function redis(folder: string, { rounds, turnMs, onProgress }: RedisOptions): Promise<Report> {
  const script = await buildWorker(join(folder, "worker"));
  const [well, hanging] = [await Upstash.start(), await Upstash.start()];
  const sides: Side[] = [];
  try {
    const fronts: [name: string, front: Upstash | null][] = [
      ["without Redis", null],
      // As noisy as the comparison is.
      ["without Redis, once more", null],
      ["with Redis", well],
      ["with Redis hanging", hanging],
    ];
    for (const [name, front] of fronts) {
      const settings = front === null ? {} : front.settings;
      const service = await Service.create(join(folder, name), script, HOLD_SECONDS, chance(Date.now()), {
        variables: settings,
      });
      await service.startNew();
      sides.push({ name, service, sale: await openSale(service, TICKETS, BUYERS), rounds: [], readMs: [] });
    }
    // Warm: every object is there, and has been written to.
    for (const { sale } of sides) await buy(sale.buyers, sale.tickets, 2 * turnMs);
    hanging.behave("hangs");
    await inTurn(sides, rounds, async ({ sale, rounds, readMs, name }, round) => {
      rounds.push(await buy(sale.buyers, sale.tickets, turnMs));
      readMs.push(...(await read(sale)));
      if (name === sides[0]?.name) onProgress(`round ${round + 1}`);
    });
    return reportOf(sides);
  } finally {
    for (const { service, sale } of sides) {
      closeSale(sale);
      await service.kill();
    }
    await Promise.all([well.stop(), hanging.stop()]);
  }
}

/** One after the other, each ticket type once: what was read a moment ago may come from a nearer cache. */
async function read({ tickets, buyers: [buyer] }: Sale): Promise<number[]> {
  const times: number[] = [];
  for (const ticket of tickets) {
    const answer = await buyer?.connection.ask(`/tickets/${ticket}`);
    if (answer?.status !== 200) throw new Error(`GET /tickets answered ${answer?.status}: ${answer?.text}`);
    times.push(answer.ms);
  }
  return times;
}

function reportOf(sides: readonly Side[]): Report {
  const [{ rounds: reference = [] } = {}] = sides;
  const hanging = sides.at(-1);
  const slower = slowdown(hanging?.rounds ?? [], reference).median;
  const longestRead = Math.max(...(hanging?.readMs ?? []));
  return {
    title: "Buying while Redis hangs",
    headings: ["", ...BUYING_HEADINGS, "read, median ms", "read, longest ms"],
    rows: sides.map(({ name, rounds, readMs }) => [
      ...[name, ...buyingCells(rounds, reference)],
      ...[milliseconds(median(readMs)), milliseconds(Math.max(...readMs))],
    ]),
    notes: [
      `${BUYERS} buyers at once hold tickets of ${TICKETS} types and let them go, in rounds, with each service in turn. ` +
        "Ratios are to the first row: medians over the rounds, with their middle half.",
    ],
    failures: [
      ...(slower <= MOST ? [] : [`a hold takes ${slower.toFixed(2)} times as long while Redis hangs`]),
      ...(longestRead <= LONGEST_READ_MS ? [] : [`a read took ${longestRead.toFixed(0)} ms while Redis hung`]),
    ],
  };
}
