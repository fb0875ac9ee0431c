// The service on stage for a load: built, started with its state on disk, with accounts, an event and its ticket types; and
// its books, to be checked after.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ROOT } from "../scripts/lib/settings.ts";
import { chance } from "../test/crash/random.ts";
import { buildWorker, Service } from "../test/crash/service.ts";
import type { ObjectCall, Tally } from "./bench-worker.ts";
import { putOnSale } from "./buying.ts";
import { Connection } from "./http.ts";
import type { Request } from "./load.ts";
import { COPIES, OBJECTS } from "./paths.ts";

export interface StageOptions {
  readonly tickets: number;
  /** Of each ticket type. */
  readonly capacity: number;
  readonly buyers: number;
  readonly holdSeconds?: number;
  /** Payments need the sandbox, which a build for production does not have. */
  readonly mode?: "production" | "development";
}

const HOLD_SECONDS = 3_600;
const SETTLES_WITHIN_MS = 180_000;
const LOOK_EVERY_MS = 200;

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

/** The same for all scenarios of a run: it is built once. */
function benchWorker(folder: string, mode: "production" | "development"): Promise<string> {
  const into = join(folder, `bench-worker-${mode}`);
  const script = builds.get(into) ?? buildWorker(into, join(ROOT, "bench", "bench-worker.ts"), mode);
  builds.set(into, script);
  return script;
}

export class Stage {
  readonly service: Service;
  readonly eventId: string;
  readonly tickets: readonly string[];
  readonly accountIds: readonly string[];
  readonly tokens: readonly string[];
  readonly #connection: Connection;

  private constructor(service: Service, sale: Awaited<ReturnType<typeof putOnSale>>) {
    this.service = service;
    this.eventId = sale.eventId;
    this.tickets = sale.tickets;
    this.accountIds = sale.accountIds;
    this.tokens = sale.tokens;
    this.#connection = new Connection(service.url);
  }

  /** Scenarios of one run share `folder`; each has its state in a folder of its own, `name`. */
  static async open(folder: string, name: string, options: StageOptions): Promise<Stage> {
    const { tickets, capacity, buyers, holdSeconds = HOLD_SECONDS, mode = "production" } = options;
    mkdirSync(join(folder, name), { recursive: true });
    const script = await benchWorker(folder, mode);
    const service = await Service.create(join(folder, name), script, holdSeconds, chance(Date.now()), {
      isDirect: true,
    });
    try {
      await service.startNew();
      return new Stage(service, await putOnSale(service, { tickets, capacity, buyers }));
    } catch (fault) {
      await service.kill();
      throw fault;
    }
  }

  /** Each buyer asks for one ticket, of the ticket types in turn. */
  purchases(path: string, tickets: readonly string[] = this.tickets): Request[] {
    return this.tokens.map((token, buyer) => ({
      ...{ path, token, body: { ticket: tickets[buyer % tickets.length], quantity: 1 } },
    }));
  }

  /** What each object answers, past all routes. */
  async ask<Result>(
    method: ObjectCall["method"],
    tickets: readonly string[] = this.tickets,
    ...args: readonly unknown[]
  ): Promise<Result[]> {
    const call: ObjectCall = { tickets, method, args };
    return this.#connection.must<Result[]>(OBJECTS, { method: "POST", body: call });
  }

  /** Whether D1 has holds of that moment or before that are not over. Asked as buyers ask, in the middle of their load. */
  async holdsInD1(atMs: number): Promise<boolean> {
    return this.#connection.must<boolean>(COPIES, { method: "POST", body: atMs });
  }

  /** In all, whatever became of them; once D1 has all of them, so that nothing of them is left to do. */
  async reservations(): Promise<number> {
    const untilMs = performance.now() + SETTLES_WITHIN_MS;
    for (;;) {
      const tallies = await this.ask<Tally>("tally");
      const rows = sum(tallies.map(({ rows }) => rows));
      const [copies] = await this.service.query<{ rows: number; held: number; sold: number }>(`
        SELECT (SELECT count(*) FROM reservations) AS rows, sum(held) AS held, sum(sold) AS sold FROM ticket_types`);
      const isHeld = copies?.held === sum(tallies.map(({ held }) => held));
      if (copies?.rows === rows && isHeld && copies?.sold === sum(tallies.map(({ sold }) => sold))) return rows;
      if (performance.now() > untilMs) throw new Error("D1 does not catch up with the objects");
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** What is wrong in the books: more than there is, counters that are not the sum of the rows, copies that differ. */
  async mistakes(): Promise<string[]> {
    const untilMs = performance.now() + SETTLES_WITHIN_MS;
    for (;;) {
      const tallies = await this.ask<Tally>("tally");
      const copies = await this.service.query<Copy>(COUNT_COPIES);
      const copyOf = new Map(copies.map((copy) => [copy.id, copy]));
      const found = tallies.map((tally, index) => {
        const ticket = this.tickets[index] ?? "";
        return { own: ownMistakes(ticket, tally), copy: copyMistakes(ticket, tally, copyOf.get(ticket)) };
      });
      const own = found.flatMap(({ own }) => own);
      const differences = found.flatMap(({ copy }) => copy);
      // While holds expire the copies are a moment behind.
      if (own.length > 0 || differences.length === 0 || performance.now() > untilMs) return [...own, ...differences];
      await sleep(LOOK_EVERY_MS);
    }
  }

  async close(): Promise<void> {
    this.#connection.close();
    await this.service.kill();
  }
}

function ownMistakes(ticket: string, { capacity, held, sold, counted }: Tally): string[] {
  return [
    ...(held + sold <= capacity ? [] : [`${ticket} was oversold: ${held} held and ${sold} sold of ${capacity}`]),
    ...(counted.held === held && counted.sold === sold
      ? []
      : [`${ticket} counts ${held} held and ${sold} sold, and its rows ${counted.held} and ${counted.sold}`]),
  ];
}

function copyMistakes(ticket: string, { held, sold, rows }: Tally, copy: Copy | undefined): string[] {
  if (copy?.held === held && copy.sold === sold && copy.rows === rows) return [];
  return [`${ticket} has ${held} held and ${sold} sold in ${rows} rows, and in D1 ${JSON.stringify(copy)}`];
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
