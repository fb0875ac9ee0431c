// Everything on record about an account, as one long JSON document that is written as it is read.

import type { Cursor } from "../../platform/d1/cursors.ts";
import { presentAudit } from "../audit/presenters.ts";
import { auditOfAccount } from "../audit/queries.ts";
import { sessionsOf } from "../auth/queries.ts";
import { presentOrders } from "../orders/presenters.ts";
import { type OrderRow, ordersOf, viewOfOrderRow } from "../orders/queries.ts";
import { presentReceipt } from "../receipts/presenters.ts";
import { receiptsOfSales } from "../receipts/queries.ts";
import { listReservations, type NamedReservationRow, presentRow } from "../reservations/queries.ts";
import { presentAccount, presentSession } from "./presenters.ts";
import type { AccountRow } from "./queries.ts";

const READ_AT_ONCE = 500;

/** Its parts are read one after the other: a change meanwhile is in the later parts, or in none. */
export async function* exportOf(DB: D1Database, account: AccountRow): AsyncGenerator<string> {
  const { id } = account;
  const nowMs = Date.now();
  yield `{"account":${JSON.stringify(presentAccount(account))},"sessions":[`;
  const sessions = pages((limit, after) => sessionsOf(DB, id, limit, after));
  yield* joined(sessions, presentSession);
  yield '],"reservations":[';
  const reservations = pages((limit, after) => listReservations(DB, id, {}, nowMs, limit, after));
  yield* joined(withReceipts(DB, presentedReservations(reservations, nowMs)), (reservation) => reservation);
  yield '],"orders":[';
  const orders = pages((limit, after) => ordersOf(DB, id, undefined, nowMs, limit, after));
  yield* joined(withReceipts(DB, presentedOrders(DB, orders, nowMs)), (order) => order);
  yield '],"audit":[';
  yield* joined(auditPages(DB, id), (row) => presentAudit(row, id));
  yield "]}\n";
}

async function* presentedReservations(all: AsyncIterable<NamedReservationRow[]>, nowMs: number) {
  for await (const rows of all) yield rows.map((row) => presentRow(row, nowMs));
}

/** The receipt of an order is with the order, and not with its reservations. */
async function* withReceipts<Sale extends { readonly id: string }>(d1: D1Database, all: AsyncIterable<Sale[]>) {
  for await (const sales of all) {
    const ids = sales.map(({ id }) => id);
    const receipts = await receiptsOfSales(d1, ids);
    yield sales.map((sale) => ({ ...sale, receipts: (receipts.get(sale.id) ?? []).map(presentReceipt) }));
  }
}

/** A page at a time, with the names of a page read in one query. */
async function* presentedOrders(d1: D1Database, all: AsyncIterable<OrderRow[]>, nowMs: number) {
  for await (const rows of all) {
    yield await presentOrders(
      d1,
      rows.map((row) => viewOfOrderRow(row, nowMs)),
      nowMs,
    );
  }
}

/** The account's own actions come first: the attempts of strangers may be many. */
async function* auditPages(d1: D1Database, accountId: string) {
  for (const actor of ["own", "others"] as const) {
    yield* pages((limit, after) => auditOfAccount(d1, accountId, actor, limit, after));
  }
}

async function* pages<Row extends Cursor | { readonly createdAtMs: number; readonly id: string }>(
  read: (limit: number, after: Cursor | null) => Promise<Row[]>,
): AsyncGenerator<Row[]> {
  let after: Cursor | null = null;
  for (;;) {
    const rows: Row[] = await read(READ_AT_ONCE, after);
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < READ_AT_ONCE) return;
    after = "atMs" in last ? last : { atMs: last.createdAtMs, id: last.id };
  }
}

async function* joined<Row>(all: AsyncIterable<Row[]>, present: (row: Row) => unknown): AsyncGenerator<string> {
  let separator = "";
  for await (const rows of all) {
    if (rows.length === 0) continue;
    yield separator + rows.map((row) => JSON.stringify(present(row))).join(",");
    separator = ",";
  }
}
