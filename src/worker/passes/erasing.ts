// Erases who passes are for, with the accounts that these belong to. The ticket type's object has
// the truth and D1 its copy; what the object has forgotten is in D1 alone. A pass stays as good as
// it was: its code lets its bearer in (docs/decisions/0058-holders.md).

import { and, eq, inArray, isNotNull, isNull, lte, ne, notExists, or, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { alias } from "drizzle-orm/sqlite-core";
import { passIdOf } from "../../domain/pass.ts";
import type { HolderToErase } from "../../durable/ticket-type/pass-protocol.ts";
import { isOneOf } from "../../platform/d1/ids.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { events, ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { passes, reservations } from "../../platform/d1/schema/copies.ts";
import { mails } from "../../platform/d1/schema/mails.ts";
import { mailIdOf } from "../../platform/mails.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";

/** The bound of one step. The next sweep continues. */
const PASSES_AT_ONCE = 500;

const owners = alias(accounts, "owners");
const COLUMNS = {
  reservationId: passes.reservationId,
  number: passes.number,
  ticketTypeId: passes.ticketTypeId,
  emailKey: passes.emailKey,
  generation: passes.generation,
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
}

/** Whether none of these is left, as far as D1 knows: a condition of erasing the account. */
export function hasNoHolders(db: DrizzleD1Database, accountId: string): SQL | undefined {
  const isClosing = isNotNull(accounts.closingSinceMs);
  return and(notExists(boughtBy(db, accountId)), or(sql`NOT ${isClosing}`, notExists(receivedBy(db, accountId))));
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
  const address = db.select({ key: owners.verifiedEmailKey }).from(owners).where(eq(owners.id, accountId));
  return db
    .select(COLUMNS)
    .from(passes)
    .where(and(sql`${passes.emailKey} = ${address}`, notExists(provenBy(db, sql`${accountId}`))));
}

/** A name or an address, unless that is an account's: then it is that one's. */
function hasHolder(db: DrizzleD1Database, buyer: typeof reservations.accountId): SQL | undefined {
  const isAnothers = notExists(provenBy(db, sql`${buyer}`));
  return or(and(isNotNull(passes.emailKey), isAnothers), and(isNull(passes.emailKey), isNotNull(passes.holderName)));
}

/** Other accounts that have proven the address of a pass. */
function provenBy(db: DrizzleD1Database, accountId: SQL) {
  return db
    .select({ id: owners.id })
    .from(owners)
    .where(and(eq(owners.verifiedEmailKey, passes.emailKey), ne(owners.id, accountId)));
}

async function erase(env: Env, holders: readonly Holder[]): Promise<void> {
  if (holders.length === 0) return;
  const db = drizzle(env.DB);
  // First, because a pass without an address leads to none of its mails.
  const sent = holders.flatMap((holder) =>
    holder.emailKey === null ? [] : [mailIdOf("pass_received", passIdOf(holder), String(holder.generation))],
  );
  await db.delete(mails).where(isOneOf(mails.id, sent));
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
