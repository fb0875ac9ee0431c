// Everything on record about an account, as one long JSON document that is written as it is read.

import { isSold } from "../../domain/stock.ts";
import type { Cursor } from "../../platform/d1/cursors.ts";
import { presentAudit } from "../audit/presenters.ts";
import { auditOfAccount } from "../audit/queries.ts";
import { apiKeysOf } from "../auth/api-key-queries.ts";
import { sessionsOf } from "../auth/queries.ts";
import { presentPart } from "../crew/presenters.ts";
import { partsOf } from "../crew/queries.ts";
import { mailsOfAccount, mailsToAddress } from "../mail/lists.ts";
import { presentOwnMail } from "../mail/presenters.ts";
import { presentOrders } from "../orders/presenters.ts";
import { type OrderRow, ordersOf, viewOfOrderRow } from "../orders/queries.ts";
import { presentWebhook } from "../outgoing-webhooks/presenters.ts";
import { webhooksOf } from "../outgoing-webhooks/queries.ts";
import { passedOnBy, passesBought, passesReceived, presentOwnPass, presentPassingOn } from "../passes/export.ts";
import { presentReceipt } from "../receipts/presenters.ts";
import { receiptsOfSales } from "../receipts/queries.ts";
import { listReservations, presentRow } from "../reservations/queries.ts";
import { presentApiKey } from "./api-key-presenters.ts";
import { presentAccount, presentSession } from "./presenters.ts";
import type { AccountRow } from "./queries.ts";

const READ_AT_ONCE = 500;

/** Its parts are read one after the other: a change meanwhile is in the later parts, or in none. */
export async function* exportOf(DB: D1Database, account: AccountRow): AsyncGenerator<string> {
  const { id } = account;
  const nowMs = Date.now();
  const sold: string[] = [];
  yield `{"account":${JSON.stringify(presentAccount(account))},"sessions":[`;
  const sessions = pages((limit, after) => sessionsOf(DB, id, limit, after));
  yield* joined(sessions, presentSession);
  const apiKeys = (await apiKeysOf(DB, id)).map(presentApiKey);
  const webhooks = (await webhooksOf(DB, id)).map(presentWebhook);
  yield `],"api_keys":${JSON.stringify(apiKeys)},"webhooks":${JSON.stringify(webhooks)},"crew":[`;
  yield* joined(partPages(DB, id), presentPart);
  yield '],"reservations":[';
  const reservations = pages((limit, after) => listReservations(DB, id, {}, nowMs, limit, after));
  yield* joined(soldIn(reservations, sold), (row) => presentRow(row, nowMs));
  yield '],"orders":[';
  const orders = pages((limit, after) => ordersOf(DB, id, undefined, nowMs, limit, after));
  yield* joined(presentedOrders(DB, soldIn(orders, sold), nowMs), (order) => order);
  yield '],"passes":[';
  yield* joined(passPages(DB, account, sold), (pass) => pass);
  yield '],"passed_on":[';
  const passedOn = pages((limit, after) => passedOnBy(DB, id, limit, after));
  yield* joined(passedOn, presentPassingOn);
  yield '],"receipts":[';
  yield* joined(receiptPages(DB, sold), presentReceipt);
  yield '],"mails":[';
  yield* joined(mailPages(DB, account), presentOwnMail);
  yield '],"audit":[';
  yield* joined(auditPages(DB, id), (row) => presentAudit(row, id));
  yield "]}\n";
}

/** The account's parts in the crews of events. */
async function* partPages(d1: D1Database, accountId: string) {
  const parts = pages(async (limit, after) => {
    const rows = await partsOf(d1, accountId, limit, after);
    return rows.map((row) => ({ ...row, atMs: row.sinceMs, id: row.event.id }));
  });
  yield* parts;
}

/** Passes of what was sold, as `soldIn` has found it, and those of the address that is proven. */
async function* passPages(d1: D1Database, { verifiedEmailKey }: AccountRow, sold: readonly string[]) {
  for (let first = 0; first < sold.length; first += READ_AT_ONCE) {
    const bought = passesBought(d1, sold.slice(first, first + READ_AT_ONCE), READ_AT_ONCE);
    for await (const rows of bought) yield rows.map((row) => presentOwnPass(row, true));
  }
  if (verifiedEmailKey === null) return;
  const received = pages((limit, after) => passesReceived(d1, verifiedEmailKey, limit, after));
  const isBought = new Set(sold);
  for await (const rows of received) {
    const ofOthers = rows.filter(({ reservationId }) => !isBought.has(reservationId));
    yield ofOthers.map((row) => presentOwnPass(row, false));
  }
}

/** The receipts and credit notes of what was sold, as `soldIn` has found it. */
async function* receiptPages(d1: D1Database, sold: readonly string[]) {
  for (let first = 0; first < sold.length; first += READ_AT_ONCE) {
    const receipts = await receiptsOfSales(d1, sold.slice(first, first + READ_AT_ONCE));
    yield [...receipts.values()].flat();
  }
}

/** The same rows. Adds the ids of what was sold to `sold`. */
async function* soldIn<Row extends Pick<OrderRow, "id" | "state">>(all: AsyncIterable<Row[]>, sold: string[]) {
  for await (const rows of all) {
    sold.push(...rows.filter(({ state }) => isSold(state)).map(({ id }) => id));
    yield rows;
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

/** Those to the account first, then those to the address that it has proven. */
async function* mailPages(d1: D1Database, { id, verifiedEmailKey }: AccountRow) {
  yield* pages((limit, after) => mailsOfAccount(d1, id, limit, after));
  if (verifiedEmailKey !== null) yield* pages((limit, after) => mailsToAddress(d1, verifiedEmailKey, limit, after));
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
