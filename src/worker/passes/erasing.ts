// Erases who passes are for, with the accounts that these belong to. The ticket type's object has
// the truth and D1 its copy; what the object has forgotten is in D1 alone. A pass stays as good as
// it was: its code lets its bearer in (docs/decisions/0058-holders.md).

import { and, eq, inArray, isNotNull, isNull, lte, ne, notExists, or, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { alias, type SQLiteColumn } from "drizzle-orm/sqlite-core";
import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import { passIdOf } from "../../domain/pass.ts";
import type { HolderToErase } from "../../durable/ticket-type/pass-protocol.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { events, ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { passes, reservations } from "../../platform/d1/schema/copies.ts";
import { mails } from "../../platform/d1/schema/mails.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";

// The bounds of one step. The next sweep continues.
const PASSES_AT_ONCE = 500;
const MAILS_AT_ONCE = 500;

const owners = alias(accounts, "owners");
const COLUMNS = {
  reservationId: passes.reservationId,
  number: passes.number,
  ticketTypeId: passes.ticketTypeId,
  emailKey: passes.emailKey,
  version: passes.version,
};

type Holder = Pick<typeof passes.$inferSelect, keyof typeof COLUMNS>;

/**
 * Whom the passes are for that the account bought and, where `isWanted`, that were passed on to the
 * address that it has proven. Others have nothing that another account has proven to be its own.
 */
export async function eraseHoldersOf(env: Env, accountId: string, isWanted: boolean): Promise<void> {
  const db = drizzle(env.DB);
  const received = isWanted ? await receivedBy(db, accountId).limit(PASSES_AT_ONCE) : [];
  await erase(env, [...received, ...(await boughtBy(db, accountId).limit(PASSES_AT_ONCE))]);
  if (isWanted) await forgetMailed(env, accountId);
}

/**
 * What was mailed to the address that it has proven. A mail also names a pass that was passed on
 * further since, whose object has a record with the address for a while.
 */
async function forgetMailed(env: Env, accountId: string): Promise<void> {
  const db = drizzle(env.DB);
  const mailed = await mailedTo(db, accountId).limit(MAILS_AT_ONCE);
  const received = mailed.filter(({ kind }) => kind === "pass_received");
  const byTicketType = [...Map.groupBy(received, ({ about }) => ticketTypeIdOf(about))];
  await Promise.all(
    byTicketType.map(([ticketTypeId, those]) => {
      const earlier = those.map(({ about, address }) => ({ passId: about, emailKey: address, aboveVersion: 0 }));
      return callTicketType(env, ticketTypeId, (object) => object.eraseHolders(earlier));
    }),
  );
  const ids = mailed.map(({ id }) => id);
  await db.delete(mails).where(isOneOf(mails.id, ids));
}

/** Whether none of these is left, as far as D1 knows: a condition of erasing the account. */
export function hasNoHolders(db: DrizzleD1Database, accountId: string): SQL | undefined {
  const isClosing = isNotNull(accounts.closingSinceMs);
  const hasNothingOfAddress = and(notExists(receivedBy(db, accountId)), notExists(mailedTo(db, accountId)));
  return and(notExists(boughtBy(db, accountId)), or(sql`NOT ${isClosing}`, hasNothingOfAddress));
}

/**
 * Of passes whose buyer is erased, and whose event is over: an object that was restored has them
 * again.
 */
export async function eraseHoldersOfErased(env: Env, afterId: string, toId: string, nowMs: number): Promise<void> {
  const db = drizzle(env.DB);
  const left = await db
    .select(COLUMNS)
    .from(passes)
    .innerJoin(reservations, eq(reservations.id, passes.reservationId))
    .innerJoin(ticketTypes, eq(ticketTypes.id, passes.ticketTypeId))
    .innerJoin(events, eq(events.id, ticketTypes.eventId))
    .where(
      and(
        sql`${passes.reservationId} > ${afterId} AND ${passes.reservationId} <= ${toId}`,
        hasHolder(db, reservations.accountId),
        lte(events.endsAtMs, nowMs),
        notExists(db.select({ id: owners.id }).from(owners).where(eq(owners.id, reservations.accountId))),
      ),
    )
    .limit(PASSES_AT_ONCE);
  await erase(env, left);
}

function boughtBy(db: DrizzleD1Database, accountId: string) {
  return db
    .select(COLUMNS)
    .from(reservations)
    .innerJoin(passes, eq(passes.reservationId, reservations.id))
    .where(
      and(
        eq(reservations.accountId, accountId),
        inArray(reservations.state, ["confirmed", "refunded"]),
        hasHolder(db, reservations.accountId),
      ),
    );
}

function receivedBy(db: DrizzleD1Database, accountId: string) {
  return db
    .select(COLUMNS)
    .from(passes)
    .where(and(sql`${passes.emailKey} = ${addressOf(db, accountId)}`, notExists(provenBy(db, sql`${accountId}`))));
}

/** That it has proven. */
function addressOf(db: DrizzleD1Database, accountId: string) {
  return db.select({ key: owners.verifiedEmailKey }).from(owners).where(eq(owners.id, accountId));
}

/** Mails to the address that it has proven, unless another account has proven it, too. */
function mailedTo(db: DrizzleD1Database, accountId: string) {
  const { id, kind, about, address } = mails;
  return db
    .select({ id, kind, about, address })
    .from(mails)
    .where(
      and(
        sql`${address} = ${addressOf(db, accountId)}`,
        // That one is another account's own, about the address that it had before.
        ne(kind, "address_changed"),
        notExists(provenBy(db, sql`${accountId}`, address)),
      ),
    );
}

/** A name or an address, unless that is an account's: then it is that one's. */
function hasHolder(db: DrizzleD1Database, buyer: typeof reservations.accountId): SQL | undefined {
  const isAnothers = notExists(provenBy(db, sql`${buyer}`));
  return or(and(isNotNull(passes.emailKey), isAnothers), and(isNull(passes.emailKey), isNotNull(passes.holderName)));
}

/** Other accounts that have proven the address, by default that of a pass. */
function provenBy(db: DrizzleD1Database, accountId: SQL, address: SQLiteColumn = passes.emailKey) {
  return db
    .select({ id: owners.id })
    .from(owners)
    .where(and(eq(owners.verifiedEmailKey, address), ne(owners.id, accountId)));
}

async function erase(env: Env, holders: readonly Holder[]): Promise<void> {
  if (holders.length === 0) return;
  const db = drizzle(env.DB);
  // First, because a pass without an address leads to none of its mails.
  const sent = holders.flatMap((holder) => (holder.emailKey === null ? [] : [[passIdOf(holder), holder.emailKey]]));
  await db.delete(mails).where(sql`(${mails.about}, ${mails.address}) IN (
    SELECT value ->> 0, value ->> 1 FROM json_each(${JSON.stringify(sent)}))`);
  const byTicketType = [...Map.groupBy(holders, ({ ticketTypeId }) => ticketTypeId)];
  await Promise.all(byTicketType.map(([ticketTypeId, those]) => eraseIn(env, db, ticketTypeId, those)));
}

async function eraseIn(
  env: Env,
  db: DrizzleD1Database,
  ticketTypeId: string,
  holders: readonly Holder[],
): Promise<void> {
  const wanted: HolderToErase[] = holders.map((holder) => {
    return { passId: passIdOf(holder), emailKey: holder.emailKey, aboveVersion: holder.version };
  });
  const unknown = new Set(await callTicketType(env, ticketTypeId, (object) => object.eraseHolders(wanted)));
  for (const holder of holders.filter((one) => unknown.has(passIdOf(one)))) {
    const { reservationId, number, version } = holder;
    const isSame = and(eq(passes.reservationId, reservationId), eq(passes.number, number), eq(passes.version, version));
    const holderEmail = sql`iif(holder_email IS NULL, NULL, '')`;
    await db.update(passes).set({ holderName: null, holderEmail, emailKey: null }).where(isSame);
  }
}
