// The service as the bench drives it: with its ceiling, a plain reply, and a way to the objects.

import { added } from "./ceiling.ts";
import { addedAtDoor } from "./door-ceiling.ts";

// The router reads the list of routes when it is loaded: by then the ceilings must be in it.

import type { ReserveRequest } from "../src/durable/ticket-type/protocol.ts";
import { newId, newPaymentId, newReservationId } from "../src/platform/ids.ts";
import type { Env } from "../src/worker/env.ts";
import worker, { TicketType as Served } from "../src/worker/index.ts";
import { PLAIN, TASK } from "./paths.ts";

export { Order, PublicCatalogue } from "../src/worker/index.ts";

export type Task =
  /** Calls one method of each of these objects, and returns their results. */
  | {
      readonly type: "objects";
      readonly tickets: readonly string[];
      readonly method: "tally" | "describe" | "fill" | "due" | "payAll" | "changePrices" | "sell" | "admitted";
      readonly args: readonly unknown[];
    }
  /** Calls one object again and again with a batch by new buyers; returns how many it accepted. */
  | {
      readonly type: "calls";
      readonly method: "reserve" | "nothing";
      readonly ticket: string;
      readonly calls: number;
      readonly batch: number;
      /** Each request names one of them in turn; empty where the ticket type has one. */
      readonly prices: readonly string[];
    }
  /** Whether objects write copies to D1. Without them a million reservations take seconds. */
  | { readonly type: "copies"; readonly on: boolean }
  /** Whether D1 has holds that should have ended at that moment or before. */
  | { readonly type: "held in D1"; readonly atMs: number };

/** An object's counters, and what its rows add up to. */
export interface Tally {
  readonly capacity: number;
  readonly held: number;
  readonly sold: number;
  readonly counted: { readonly held: number; readonly sold: number };
  /** How many reservations there are, in whatever state. */
  readonly rows: number;
}

// SQLite takes a text of at most 2 MB.
const HOLDS_PER_CALL = 5_000;
// With thousands at once workerd would spend its time on choosing the next one.
const PAYERS = 64;
let copies = true;

export class TicketType extends Served {
  constructor(ctx: DurableObjectState, env: Env) {
    const batch: D1Database["batch"] = async (statements) => (copies ? env.DB.batch(statements) : []);
    super(ctx, { ...env, DB: { prepare: (sql: string) => env.DB.prepare(sql), batch } as D1Database });
  }

  async nothing(_requests: readonly unknown[]): Promise<never[]> {
    return [];
  }

  async tally(): Promise<Tally> {
    const page = await this.audit({ count: true, ids: [] });
    if (page?.counted == null) throw new Error("there is no such ticket type");
    const { capacity, held, sold } = page.ticketType;
    return { capacity, held, sold, counted: page.counted, rows: this.#count("true") };
  }

  /** Holds `count` tickets for these accounts in turn, all until the deadline that it returns. */
  async fill(accountIds: readonly string[], count: number): Promise<number> {
    const ticketTypeId = (await this.describe())?.ticketTypeId ?? "";
    let dueMs = 0;
    for (let from = 0; from < count; from += HOLDS_PER_CALL) {
      const size = Math.min(HOLDS_PER_CALL, count - from);
      const requests = Array.from({ length: size }, (_, number) =>
        requestOf(ticketTypeId, accountIds[number % accountIds.length] ?? ""),
      );
      const [first] = await this.reserve(requests);
      if (first?.ok !== true) throw new Error("the holds were refused");
      dueMs = first.reservation.expiresAtMs;
    }
    this.ctx.storage.sql.exec("UPDATE reservations SET expires_at_ms = ? WHERE state = 'held'", dueMs);
    return dueMs;
  }

  /**
   * Sells `count` tickets one by one, and returns their reservations' ids. As if all were paid for,
   * which takes longer than scanning them: only the rows of reservations say so.
   */
  async sell(count: number): Promise<string[]> {
    const ticketTypeId = (await this.describe())?.ticketTypeId ?? "";
    const requests = Array.from({ length: count }, () => requestOf(ticketTypeId, newId()));
    for (let from = 0; from < count; from += HOLDS_PER_CALL) {
      await this.reserve(requests.slice(from, from + HOLDS_PER_CALL));
    }
    this.ctx.storage.sql.exec("UPDATE reservations SET state = 'confirmed' WHERE state = 'held'");
    return requests.map(({ reservationId }) => reservationId);
  }

  async admitted(): Promise<{ readonly admitted: number }> {
    return { admitted: (await this.doorChanges(Number.MAX_SAFE_INTEGER))?.counts.admitted ?? 0 };
  }

  /** How many holds of that deadline or before have not ended yet. It ends none itself. */
  async due(atMs: number): Promise<number> {
    return this.#count("state = 'held' AND release_as IS NULL AND expires_at_ms <= ?", atMs);
  }

  /** Begins a payment for every hold. */
  async payAll(): Promise<void> {
    const held = this.ctx.storage.sql
      .exec<{ id: string; account_id: string }>("SELECT id, account_id FROM reservations WHERE state = 'held'")
      .toArray();
    for (let from = 0; from < held.length; from += PAYERS) {
      const results = await Promise.all(
        held.slice(from, from + PAYERS).map(({ id, account_id: accountId }) => {
          const paymentId = newPaymentId();
          const payment = { paymentId, key: paymentId, method: "pm_card_visa", idempotencyKey: null };
          return this.pay({ reservationId: id, accountId, ...payment });
        }),
      );
      if (results.some(({ ok }) => !ok)) throw new Error("a payment was refused");
    }
  }

  #count(which: string, ...parameters: number[]): number {
    const sql = `SELECT count(*) AS rows FROM reservations WHERE ${which}`;
    return this.ctx.storage.sql.exec<{ rows: number }>(sql, ...parameters).one().rows;
  }
}

let unlimited: Env | null = null;

export default {
  ...worker,
  async fetch(request, env) {
    if (request.url.endsWith(PLAIN)) return new Response("ok\n");
    if (request.url.endsWith(TASK)) return Response.json((await perform(await request.json<Task>(), env)) ?? null);
    unlimited ??= withoutLimits(env);
    return worker.fetch(request, unlimited);
  },
} satisfies ExportedHandler<Env>;

async function perform(task: Task, env: Env): Promise<unknown> {
  if (Math.min(added, addedAtDoor) === 0) throw new Error("there is no ceiling");
  const objectOf = (ticket: string) => env.TICKET_TYPES.getByName(ticket) as unknown as TicketType;
  switch (task.type) {
    case "objects": {
      type Methods = Record<typeof task.method, (...args: readonly unknown[]) => Promise<unknown>>;
      return Promise.all(task.tickets.map((ticket) => (objectOf(ticket) as Methods)[task.method](...task.args)));
    }
    case "calls": {
      let accepted = 0;
      for (let call = 0; call < task.calls; call++) {
        const requests = Array.from({ length: task.batch }, (_, index) => ({
          ...requestOf(task.ticket, newId()),
          priceId: task.prices[(call + index) % task.prices.length] ?? null,
        }));
        for (const { ok } of await objectOf(task.ticket)[task.method](requests)) accepted += ok ? 1 : 0;
      }
      return accepted;
    }
    case "copies":
      copies = task.on;
      return;
    case "held in D1": {
      const sql = "SELECT EXISTS (SELECT 1 FROM reservations WHERE state = 'held' AND expires_at_ms <= ?) AS held";
      return (await env.DB.prepare(sql).bind(task.atMs).first<{ held: number }>())?.held === 1;
    }
  }
}

function requestOf(ticket: string, accountId: string): ReserveRequest {
  return { reservationId: newReservationId(ticket), accountId, quantity: 1, idempotencyKey: null };
}

/** One machine asks for all buyers: nobody is refused. Miniflare's would write a row each time. */
function withoutLimits(env: Env): Env {
  const limit: RateLimit["limit"] = async () => ({ success: true });
  const names = Object.keys(env).filter((name) => name.startsWith("LIMIT_"));
  return { ...env, ...Object.fromEntries(names.map((name) => [name, { limit }])) };
}
