// All that is on record about an account, as one JSON document that is written while it is read: it may be long.

import type { Cursor } from "../../platform/d1/cursors.ts";
import { presentReservation } from "../../platform/wire.ts";
import { presentAudit } from "../audit/presenters.ts";
import { auditOfAccount } from "../audit/queries.ts";
import { sessionsOf } from "../auth/queries.ts";
import type { Env } from "../env.ts";
import { streamed } from "../http/replies.ts";
import { viewOfRow } from "../reservations/presenters.ts";
import { listReservations } from "../reservations/queries.ts";
import { presentAccount, presentSession } from "./presenters.ts";
import type { AccountRow } from "./queries.ts";

const READ_AT_ONCE = 500;

/** The parts are read one after the other: what happens meanwhile is in the later ones, or not in it. */
export function exported(env: Env, account: AccountRow): Response {
  return streamed(documentOf(env, account), { "content-disposition": 'attachment; filename="account.json"' });
}

async function* documentOf({ DB }: Env, account: AccountRow): AsyncGenerator<string> {
  const { id } = account;
  const nowMs = Date.now();
  const sessions = (await sessionsOf(DB, id)).map(presentSession);
  yield `{"account":${JSON.stringify(presentAccount(account))},"sessions":${JSON.stringify(sessions)},"reservations":[`;
  const reservations = pages(
    (limit, after) => listReservations(DB, id, {}, nowMs, limit, after),
    (row) => ({ atMs: row.createdAtMs, id: row.id }),
  );
  yield* joined(reservations, (row) => presentReservation(viewOfRow(row, nowMs)));
  yield '],"audit":[';
  yield* joined(auditPages(DB, id), (row) => presentAudit(row, id));
  yield "]}\n";
}

/** What the account did itself comes first: what strangers tried may be much. */
async function* auditPages(d1: D1Database, accountId: string) {
  for (const whose of ["own", "others"] as const)
    yield* pages(
      (limit, after) => auditOfAccount(d1, accountId, whose, limit, after),
      ({ atMs, id }) => ({ atMs, id }),
    );
}

async function* pages<Row>(
  read: (limit: number, after: Cursor | null) => Promise<Row[]>,
  cursorOf: (row: Row) => Cursor,
): AsyncGenerator<Row[]> {
  let after: Cursor | null = null;
  for (;;) {
    const rows: Row[] = await read(READ_AT_ONCE, after);
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < READ_AT_ONCE) return;
    after = cursorOf(last);
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
