// What there is in the end: in the objects, in D1, in the provider's ledger, in the buyers' lists.

import { setTimeout as sleep } from "node:timers/promises";
import { client, type Reply } from "../../scripts/lib/client.ts";
import {
  type Body,
  type Bought,
  type Call,
  type Counters,
  type EndOfSale,
  type LedgerRow,
  type Listed,
  nowMs,
  type OrderRow,
  type Recorder,
  type ReservationRow,
} from "./record.ts";
import type { Sale, TicketType } from "./sale.ts";
import type { Service } from "./service.ts";
import { d1EqualsObjects, nothingIsStuck } from "./verify.ts";

const AGREE_WITHIN_MS = 20_000;
const POLL_MS = 250;
const SHOWN_AT_ONCE = 8;
const PAGE = 100;

/** Asks for everything, again while D1 lags behind the objects or an object has more to do. */
export async function lookAtAll(
  service: Service,
  sale: Sale,
  recorder: Recorder,
  office: Pick<EndOfSale, "changes" | "refunds" | "refusedRefunds">,
): Promise<EndOfSale> {
  const deadlineMs = nowMs() + AGREE_WITHIN_MS;
  const calls = [...recorder.calls];
  for (;;) {
    const rows = byId(await service.query<ReservationRow>("SELECT * FROM reservations"));
    const orderRows = byId(await service.query<OrderRow>("SELECT * FROM orders"));
    const buyerOf = buyersOf(sale, calls, [...rows.values(), ...orderRows.values()]);
    const reservationIds = new Set([...rows.keys(), ...idsIn(calls)]);
    const shown = await showAll(sale, "reservations", [...reservationIds], buyerOf, recorder);
    const orderIds = [...new Set([...orderRows.keys(), ...ordersNamed(calls, rows)])];
    const shownOrders = await showAll(sale, "orders", orderIds, buyerOf, recorder);
    const left = await service.query<{ id: string }>("SELECT id FROM ticket_types");
    const listedIds = new Set(left.map(({ id }) => id));
    const all = [...sale.tickets, ...sale.mistakes];
    const tickets = all.filter(({ id }) => listedIds.has(id));
    const deleted = all.filter(({ id }) => !listedIds.has(id));
    const seen = {
      calls: recorder.calls,
      changes: office.changes,
      refunds: office.refunds,
      refusedRefunds: office.refusedRefunds,
      tickets,
      deleted,
      buyerOf,
      shown,
      rows,
      shownOrders,
      orderRows,
    };
    const end = { ...seen, listed: await listAll(service, sale), ...(await readRest(service, sale, tickets)) };
    const isAtRest = [...d1EqualsObjects(end), ...nothingIsStuck(end)].length === 0;
    if (isAtRest || nowMs() > deadlineMs) return end;
    await sleep(POLL_MS);
  }
}

function byId<Row extends { readonly id: string }>(rows: readonly Row[]): Map<string, Row> {
  return new Map(rows.map((row) => [row.id, row]));
}

/** The buyer of each reservation and order that a reply or D1 has named. */
function buyersOf(
  sale: Sale,
  calls: readonly Call[],
  rows: readonly (ReservationRow | OrderRow)[],
): Map<string, number> {
  const numbers = new Map(sale.buyers.map(({ accountId }, number) => [accountId, number]));
  const named = rows.flatMap((row): [string, number][] => {
    const buyer = numbers.get(row.account_id) ?? -1;
    const isPart = "order_id" in row && row.order_id !== null;
    return isPart
      ? [
          [row.id, buyer],
          [row.order_id, buyer],
        ]
      : [[row.id, buyer]];
  });
  const buyerOf = new Map(named);
  for (const call of calls) for (const id of idsOf(call)) buyerOf.set(id, call.buyer);
  return buyerOf;
}

/** What a reply says was bought, an order's reservations included. */
function idsOf({ request, body, outcome }: Call): string[] {
  const isBought = request.type === "reserve" || request.type === "order";
  if (!isBought || outcome !== "succeeded" || body === null) return [];
  return [body.id, ...(body.items ?? []).map(({ reservation }) => reservation)];
}

function idsIn(calls: readonly Call[]): string[] {
  return calls.flatMap((call) => (call.request.type === "order" ? idsOf(call).slice(1) : idsOf(call)));
}

function ordersNamed(calls: readonly Call[], rows: EndOfSale["rows"]): string[] {
  const replied = calls.filter(({ request }) => request.type === "order").flatMap((call) => idsOf(call).slice(0, 1));
  return [...replied, ...[...rows.values()].flatMap(({ order_id }) => order_id ?? [])];
}

/** Each reservation or order as its object shows it to its buyer. */
async function showAll(
  sale: Sale,
  of: Bought["of"],
  ids: readonly string[],
  buyerOf: EndOfSale["buyerOf"],
  recorder: Recorder,
): Promise<Map<string, Body>> {
  const shown = new Map<string, Body>();
  const todo = [...ids];
  const worker = async () => {
    for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
      const buyer = buyerOf.get(id) ?? -1;
      const token = sale.buyers[buyer]?.token ?? "";
      // A look at a reservation is part of its ticket type's history.
      const call =
        of === "reservations"
          ? await recorder.call(buyer, token, { type: "show", of, id })
          : await recorder.send(token, { method: "GET", path: `/orders/${id}` });
      if (call.outcome === "succeeded" && call.body !== null) shown.set(id, call.body);
    }
  };
  await Promise.all(Array.from({ length: SHOWN_AT_ONCE }, worker));
  return shown;
}

/** What buyers' lists hold, page after page. */
async function listAll(service: Service, sale: Sale): Promise<Listed[]> {
  const listed: Listed[] = [];
  for (const [buyer, { token }] of sale.buyers.entries()) {
    const api = client(service.url, token);
    for (const list of ["reservations", "orders"] as const) {
      for (let path: string | null = `/${list}?limit=${PAGE}`; path !== null; ) {
        const reply: Reply<Body[]> = await api("GET", path);
        listed.push(...reply.body.map((body) => ({ of: list, buyer, body })));
        path = /<([^>]*)>; rel="next"/.exec(reply.headers.get("link") ?? "")?.[1] ?? null;
      }
    }
  }
  return listed;
}

async function readRest(service: Service, sale: Sale, tickets: readonly TicketType[]) {
  const api = client(service.url, sale.organiserToken);
  const startMs = nowMs();
  const ask = async (method: string) => {
    const replies = tickets.map(async ({ id }) => {
      // A change of nothing is answered by the object itself, a GET by D1.
      const { body } = await api<Counters>(method, `/tickets/${id}`, method === "PATCH" ? {} : undefined);
      return [id, body] as const;
    });
    return new Map(await Promise.all(replies));
  };
  const counted = await ask("PATCH");
  const endMs = nowMs();
  const ledger = await service.query<LedgerRow>("SELECT * FROM sandbox_ledger");
  const projected = await ask("GET");
  return { counted, projected, ledger, countedMs: { startMs, endMs }, differences: await reconcile(service, sale) };
}

async function reconcile(service: Service, sale: Sale): Promise<unknown[]> {
  const api = client(service.url, sale.organiserToken);
  const differences: unknown[] = [];
  for (let next: string | null = ""; next !== null; ) {
    const path: string = next === "" ? "/reconcile" : `/reconcile?cursor=${next}`;
    const { body, status } = await api<{ differences: unknown[]; next: string | null }>("POST", path);
    if (status !== 200) return [...differences, body];
    differences.push(...body.differences);
    next = body.next;
  }
  return differences;
}
