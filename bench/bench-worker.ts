// The service as the bench drives it: with its ceiling, a plain reply, and a way to the objects past all routes.

import { added } from "./ceiling.ts";

// Only now: the router reads the list of routes when it is loaded.

import { newPaymentId, newReservationId } from "../src/platform/ids.ts";
import type { Env } from "../src/worker/env.ts";
import worker, { TicketType as Served } from "../src/worker/index.ts";
import { COPIES, OBJECTS, PLAIN } from "./paths.ts";

export { PublicCatalogue } from "../src/worker/index.ts";

/** What the object's own tables say, and its counters. */
export interface Tally {
  readonly capacity: number;
  readonly held: number;
  readonly sold: number;
  /** What the rows add up to. */
  readonly counted: { readonly held: number; readonly sold: number };
  /** Of all states. */
  readonly rows: number;
}

export class TicketType extends Served {
  async nothing(_requests: readonly unknown[]): Promise<readonly unknown[]> {
    return [];
  }

  async tally(): Promise<Tally> {
    const page = await this.audit({ count: true, ids: [] });
    if (page?.counted == null) throw new Error("there is no such ticket type");
    const { capacity, held, sold } = page.ticketType;
    return { capacity, held, sold, counted: page.counted, rows: this.#count("true") };
  }

  /** Holds so many tickets, for these accounts in turn, all with the same deadline, and says which. */
  async fill(accountIds: readonly string[], count: number): Promise<number> {
    const ticketTypeId = (await this.describe())?.ticketTypeId ?? "";
    let dueMs = 0;
    for (let from = 0; from < count; from += HOLDS_PER_CALL) {
      const requests = Array.from({ length: Math.min(HOLDS_PER_CALL, count - from) }, (_, number) => ({
        ...{ reservationId: newReservationId(ticketTypeId), accountId: accountIds[number % accountIds.length] ?? "" },
        ...{ quantity: 1, idempotencyKey: null },
      }));
      const [first] = await this.reserve(requests);
      if (first?.ok !== true) throw new Error("the holds were refused");
      dueMs = first.reservation.expiresAtMs;
    }
    this.ctx.storage.sql.exec("UPDATE reservations SET expires_at_ms = ? WHERE state = 'held'", dueMs);
    return dueMs;
  }

  /** How many holds of that moment or before are not over yet. Unlike any other call, it gives none of them back. */
  async due(atMs: number): Promise<number> {
    return this.#count("state = 'held' AND release_as IS NULL AND expires_at_ms <= ?", atMs);
  }

  /** Begins a payment for everything that is held, as many at a time as there are connections elsewhere. */
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
    if (request.url.endsWith(OBJECTS)) return Response.json(await callObjects(await request.json(), env));
    if (request.url.endsWith(COPIES)) return Response.json(await holdsInD1(await request.json(), env));
    unlimited ??= withoutLimits(env);
    return worker.fetch(request, unlimited);
  },
} satisfies ExportedHandler<Env>;

// What SQLite takes as one text is 2 MB.
const HOLDS_PER_CALL = 5_000;
// Of thousands at once workerd would be busy with whose turn it is.
const PAYERS = 64;

export interface ObjectCall {
  readonly tickets: readonly string[];
  readonly method: "tally" | "fill" | "due" | "payAll";
  readonly args: readonly unknown[];
}

async function callObjects({ tickets, method, args }: ObjectCall, env: Env): Promise<unknown[]> {
  if (added === 0) throw new Error("there is no ceiling");
  type Methods = Record<ObjectCall["method"], (...args: readonly unknown[]) => Promise<unknown>>;
  return Promise.all(
    tickets.map((ticket) => (env.TICKET_TYPES.getByName(ticket) as unknown as Methods)[method](...args)),
  );
}

/** Whether D1 has holds of that moment or before that are not over. */
async function holdsInD1(atMs: number, env: Env): Promise<boolean> {
  const sql = "SELECT EXISTS (SELECT 1 FROM reservations WHERE state = 'held' AND expires_at_ms <= ?) AS held";
  return (await env.DB.prepare(sql).bind(atMs).first<{ held: number }>())?.held === 1;
}

/**
 * One machine asks for all buyers, so that limits must refuse nobody. They are asked all the same, and count in memory, as
 * Cloudflare's do: Miniflare's write a row to disk each time that they are asked.
 */
function withoutLimits(env: Env): Env {
  const counts = new Map<string, number>();
  const limit: RateLimit["limit"] = async ({ key }) => {
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return { success: true };
  };
  const names = Object.keys(env).filter((name) => name.startsWith("LIMIT_"));
  return { ...env, ...Object.fromEntries(names.map((name) => [name, { limit }])) };
}
