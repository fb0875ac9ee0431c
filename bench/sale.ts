// A service with something on sale on an empty disk, whose records are checked after a load.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "../scripts/lib/settings.ts";
import { putOnSale } from "../test/crash/sale.ts";
import { buildWorker, Service } from "../test/crash/service.ts";
import { Connection } from "./http.ts";
import { purchases, type Request } from "./load.ts";
import { TASK } from "./paths.ts";
import { when } from "./report.ts";
import type { Tally, Task } from "./worker.ts";

export interface SaleOptions {
  readonly tickets: number;
  /** Of each ticket type. */
  readonly capacity: number;
  readonly buyers: number;
  readonly holdSeconds?: number;
  /** Payments need the sandbox, which a production build does not have. */
  readonly mode?: "production" | "development";
  /** Over those of wrangler.toml. */
  readonly variables?: Readonly<Record<string, string>>;
}

type ObjectTask = Extract<Task, { type: "objects" }>;

const HOLD_SECONDS = 3_600;
const SETTLES_WITHIN_MS = 180_000;
const POLL_MS = 200;
/** What the rows in D1 add up to. */
interface Copy {
  readonly id: string;
  readonly held: number;
  readonly sold: number;
  readonly rows: number;
}

const COUNT_COPIES = `
  SELECT ticket_types.id, coalesce(sum(quantity) FILTER (WHERE state = 'held'), 0) AS held,
    coalesce(sum(quantity) FILTER (WHERE state = 'confirmed'), 0) AS sold, count(ticket_type_id) AS rows
  FROM ticket_types LEFT JOIN reservations
    ON reservations.id > ticket_types.id || '-' AND reservations.id < ticket_types.id || '.'
  GROUP BY ticket_types.id`;

const builds = new Map<string, Promise<string>>();

function benchWorker(folder: string, mode: "production" | "development"): Promise<string> {
  const into = join(folder, `worker-${mode}`);
  const script = builds.get(into) ?? buildWorker(into, join(ROOT, "bench", "worker.ts"), mode);
  builds.set(into, script);
  return script;
}

export class Sale {
  readonly service: Service;
  readonly eventId: string;
  readonly tickets: readonly string[];
  readonly accountIds: readonly string[];
  readonly tokens: readonly string[];
  readonly #connection: Connection;

  private constructor(service: Service, { eventId, tickets, buyers }: Awaited<ReturnType<typeof putOnSale>>) {
    this.service = service;
    this.eventId = eventId;
    this.tickets = tickets.map(({ id }) => id);
    this.accountIds = buyers.map(({ accountId }) => accountId);
    this.tokens = buyers.map(({ token }) => token);
    this.#connection = new Connection(service.url);
  }

  /** Scenarios of one run share `folder`; the service keeps its state below it, in `name`. */
  static async open(folder: string, name: string, options: SaleOptions): Promise<Sale> {
    const { holdSeconds = HOLD_SECONDS, mode = "production", variables = {} } = options;
    mkdirSync(join(folder, name), { recursive: true });
    const script = await benchWorker(folder, mode);
    const settings = { variables, isDirect: true };
    const service = await Service.create(join(folder, name), script, holdSeconds, settings);
    try {
      await service.startNew();
      const types = Array.from({ length: options.tickets }, () => ({ capacity: options.capacity, priceMinor: 2_500 }));
      return new Sale(service, await putOnSale(service, options.buyers, types));
    } catch (fault) {
      await service.kill();
      throw fault;
    }
  }

  purchases(path: string, tickets = this.tickets): Request[] {
    return purchases(path, this.tokens, tickets);
  }

  async perform<Result>(task: Task): Promise<Result> {
    return JSON.parse((await this.#connection.must(TASK, { method: "POST", body: task })).text);
  }

  /** The result of each ticket type's object, in order. */
  objects<Result>(method: ObjectTask["method"], tickets: readonly string[] = this.tickets, ...args: unknown[]) {
    return this.perform<Result[]>({ type: "objects", tickets, method, args });
  }

  /** How many reservations there are, in whatever state, once D1 has a copy of each. */
  async reservations(): Promise<number> {
    const untilMs = performance.now() + SETTLES_WITHIN_MS;
    for (;;) {
      const tallies = await this.objects<Tally>("tally");
      const rows = sum(tallies.map(({ rows }) => rows));
      const [copies] = await this.service.query<{ rows: number; held: number; sold: number }>(`
        SELECT (SELECT count(*) FROM reservations) AS rows, sum(held) AS held, sum(sold) AS sold FROM ticket_types`);
      const isHeld = copies?.held === sum(tallies.map(({ held }) => held));
      if (copies?.rows === rows && isHeld && copies?.sold === sum(tallies.map(({ sold }) => sold))) return rows;
      if (performance.now() > untilMs) throw new Error("D1 does not catch up with the objects");
      await sleep(POLL_MS);
    }
  }

  /** Oversold ticket types, counters that are not the sum of the rows, copies that differ. */
  async mistakes(): Promise<string[]> {
    const untilMs = performance.now() + SETTLES_WITHIN_MS;
    for (;;) {
      const found = await this.objects<Tally>("tally");
      const tallies = found.map((tally, index) => ({ ticket: this.tickets[index] ?? "", tally }));
      const copies = await this.service.query<Copy>(COUNT_COPIES);
      const copyOf = new Map(copies.map((copy) => [copy.id, copy]));
      const own = tallies.flatMap(({ ticket, tally }) => ownMistakes(ticket, tally));
      const differences = tallies.flatMap(({ ticket, tally }) => copyMistakes(ticket, tally, copyOf.get(ticket)));
      // While holds expire the copies are a moment behind.
      if (own.length > 0 || differences.length === 0 || performance.now() > untilMs) return [...own, ...differences];
      await sleep(POLL_MS);
    }
  }

  async close(): Promise<void> {
    this.#connection.close();
    await this.service.kill();
  }
}

export function ownMistakes(ticket: string, { capacity, held, sold, counted }: Tally): string[] {
  const isCounted = counted.held === held && counted.sold === sold;
  const counts = `${ticket} counts ${held} held and ${sold} sold, and its rows ${counted.held} and ${counted.sold}`;
  return [
    ...when(held + sold > capacity, `${ticket} was oversold: ${held} held and ${sold} sold of ${capacity}`),
    ...when(!isCounted, counts),
  ];
}

function copyMistakes(ticket: string, { held, sold, rows }: Tally, copy: Copy | undefined): string[] {
  const isSame = copy?.held === held && copy.sold === sold && copy.rows === rows;
  return when(!isSame, `${ticket} has ${held} held, ${sold} sold, ${rows} rows, and in D1 ${JSON.stringify(copy)}`);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
