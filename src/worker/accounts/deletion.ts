// Deleting an account. It is closed at once: it can't reserve or pay any more. The sweep erases it
// when nothing is left that belongs to its owner (docs/decisions/0035-deleting-an-account.md). It
// also erases guests who bought nothing (docs/decisions/0041-guests.md).

import { and, eq, gt, inArray, isNotNull, lte, notExists, or, type SQL, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { HOUR_MS, MINUTE_MS } from "../../domain/units.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { events, ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { orders, reservations } from "../../platform/d1/schema/copies.ts";
import { errorFields, log } from "../../platform/log.ts";
import { auditStatementIfChanged, eraseAddressesOf, ownAction } from "../audit/queries.ts";
import { endApiKeysOf } from "../auth/api-key-queries.ts";
import {
  endSessions,
  forgetSessionsOf,
  hadTokenAt,
  isSessionOf,
  revokeSession,
  tokensGoneAtMs,
} from "../auth/queries.ts";
import { addRevoked } from "../auth/revocation-list.ts";
import type { Session } from "../auth/sessions.ts";
import { forgetInvitationsOf } from "../crew/invitations.ts";
import { endPartsOf } from "../crew/queries.ts";
import type { Env } from "../env.ts";
import { forgetLinksOf } from "../links/queries.ts";
import { forgetMailsOf } from "../mail/queries.ts";
import { callOrder } from "../objects/orders.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { endWebhooksOf } from "../outgoing-webhooks/queries.ts";
import { eraseHoldersOf, hasNoHolders } from "../passes/erasing.ts";
import { GUEST_KEPT_MS } from "./guests.ts";

/**
 * No account is erased sooner after it was closed. Ended sessions may reserve and pay for ten more
 * seconds, and in a rush what they did reaches D1 some seconds later.
 */
export const SETTLING_MS = 5 * MINUTE_MS;
/** Objects where the account reserved lately may have holds that D1 does not know yet. */
const LATELY_MS = HOUR_MS;
// The bounds of one sweep. The next one continues.
const OBJECTS_AT_ONCE = 100;
const ACCOUNTS_AT_ONCE = 100;

/** A reservation of a closed account that stays its owner's. */
export type KeptRow = Awaited<ReturnType<typeof keptOf>>[number];

/**
 * Closes the account, ends its sessions, and returns what stays its owner's. Null if it organises
 * events, which need somebody, or if its hash is no longer `passwordHash`. May be repeated.
 */
export async function closeAccount(env: Env, session: Session, passwordHash: string): Promise<KeptRow[] | null> {
  const { accountId } = session;
  const nowMs = Date.now();
  const db = drizzle(env.DB);
  const isAsVerified = and(eq(accounts.id, accountId), eq(accounts.passwordHash, passwordHash));
  const isClosed = sql`EXISTS (SELECT 1 FROM accounts WHERE ${isAsVerified} AND closing_since_ms IS NOT NULL)`;
  const [closed, , ended, , , , , , , kept] = await db.batch([
    db
      .update(accounts)
      // Without a role that could make events meanwhile.
      .set({ closingSinceMs: sql`coalesce(closing_since_ms, ${nowMs})`, role: "buyer" })
      .where(and(isAsVerified, organisesNothing()))
      .returning({ id: accounts.id }),
    auditStatementIfChanged(db, ownAction("account.delete", accountId, null)),
    ...endSessions(db, and(isSessionOf(accountId), isClosed), nowMs),
    revokeSession(db, session.id, nowMs, isClosed),
    endPartsOf(db, accountId, isClosed),
    endApiKeysOf(db, accountId, isClosed),
    ...endWebhooksOf(db, accountId, isClosed),
    keptOf(db, accountId, nowMs),
  ]);
  if (closed.length === 0) return null;
  addRevoked([...ended.map(({ id }) => id), session.id], tokensGoneAtMs(nowMs));
  return kept;
}

/**
 * Cancels what the account holds: its orders, and in each object where it has or may have holds.
 * Never rejects.
 */
export async function releaseHoldsOf(env: Env, accountId: string): Promise<void> {
  const isThere = or(eq(reservations.state, "held"), gt(reservations.createdAtMs, Date.now() - LATELY_MS));
  try {
    const objects = await drizzle(env.DB)
      .selectDistinct({ accountId: reservations.accountId, ticketTypeId: reservations.ticketTypeId })
      .from(reservations)
      .where(and(eq(reservations.accountId, accountId), isThere));
    const held = await drizzle(env.DB)
      .select({ accountId: orders.accountId, id: orders.id })
      .from(orders)
      .where(and(eq(orders.accountId, accountId), eq(orders.state, "held")));
    await Promise.all([cancelOrders(env, held), releaseHolds(env, objects)]);
  } catch (fault) {
    log("warn", "holds of a closed account not released", errorFields(fault));
  }
}

/** Cancels the holds of closed accounts that have appeared in D1 since, or were not reached. */
export async function releaseHoldsOfClosed(env: Env, nowMs: number): Promise<void> {
  const objects = await drizzle(env.DB)
    .selectDistinct({ accountId: reservations.accountId, ticketTypeId: reservations.ticketTypeId })
    .from(accounts)
    .innerJoin(reservations, and(eq(reservations.accountId, accounts.id), eq(reservations.state, "held")))
    .where(and(isNotNull(accounts.closingSinceMs), gt(reservations.expiresAtMs, nowMs)))
    // In random order: objects that can't be reached do not keep the others waiting.
    .orderBy(sql`random()`)
    .limit(OBJECTS_AT_ONCE);
  const held = await drizzle(env.DB)
    .select({ accountId: orders.accountId, id: orders.id })
    .from(accounts)
    .innerJoin(orders, and(eq(orders.accountId, accounts.id), eq(orders.state, "held")))
    .where(and(isNotNull(accounts.closingSinceMs), gt(orders.expiresAtMs, nowMs)))
    .orderBy(sql`random()`)
    .limit(OBJECTS_AT_ONCE);
  await Promise.all([cancelOrders(env, held), releaseHolds(env, objects)]);
}

/** Erases closed accounts that have nothing left. */
export async function eraseClosed(env: Env, nowMs: number): Promise<void> {
  const due = await drizzle(env.DB)
    .select({ id: accounts.id })
    .from(accounts)
    .where(isClosedAndEmpty(drizzle(env.DB), nowMs))
    // In random order: objects that can't be reached do not keep the others waiting.
    .orderBy(sql`random()`)
    .limit(ACCOUNTS_AT_ONCE);
  for (const { id } of due) await eraseAccount(env, id, nowMs);
}

/** Erases guests who bought nothing, and looks at the others again as long after. */
export async function eraseUnusedGuests(env: Env, nowMs: number): Promise<void> {
  const db = drizzle(env.DB);
  const isDue = lte(accounts.guestDueMs, nowMs);
  const due = await db
    .select({ id: accounts.id })
    .from(accounts)
    .where(isDue)
    .orderBy(accounts.guestDueMs)
    .limit(ACCOUNTS_AT_ONCE);
  for (const { id } of due) {
    if (await eraseAccount(env, id, nowMs)) continue;
    await db
      .update(accounts)
      .set({ guestDueMs: nowMs + GUEST_KEPT_MS })
      .where(and(eq(accounts.id, id), isDue));
  }
}

/**
 * Deletes a closed account that has nothing left, or an unused guest's, its sessions, its mails,
 * invitations to it, the addresses of its actions, and who its passes are for; its reservations
 * stay, and lead to nobody. False if it is not to be erased yet.
 */
export async function eraseAccount(env: Env, accountId: string, nowMs: number): Promise<boolean> {
  const db = drizzle(env.DB);
  const mayGo = and(eq(accounts.id, accountId), or(isClosedAndEmpty(db, nowMs), isUnusedGuest(nowMs)));
  const found = await db.select({ closingSinceMs: accounts.closingSinceMs }).from(accounts).where(mayGo).get();
  if (found === undefined || !(await hasErasedHolders(env, accountId, found.closingSinceMs !== null))) return false;
  const isGone = sql`NOT EXISTS (SELECT 1 FROM accounts WHERE id = ${accountId})`;
  const [deleted, ended] = await db.batch([
    db
      .delete(accounts)
      .where(and(mayGo, hasNoHolders(db, accountId)))
      .returning({ id: accounts.id }),
    ...endSessions(db, and(isSessionOf(accountId), isGone), nowMs),
    ...forgetSessionsOf(db, accountId),
    forgetLinksOf(db, accountId, isGone),
    endApiKeysOf(db, accountId, isGone),
    ...endWebhooksOf(db, accountId, isGone),
    eraseAddressesOf(db, accountId, isGone),
    forgetMailsOf(db, accountId, isGone),
  ]);
  addRevoked(
    ended.map(({ id }) => id),
    tokensGoneAtMs(nowMs),
  );
  return deleted.length === 1;
}

/**
 * What D1 still has of them keeps the account, so that a crash in between loses nothing. A guest
 * who is erased for having bought nothing has not asked for that: what they were given stays.
 */
async function hasErasedHolders(env: Env, accountId: string, isWanted: boolean): Promise<boolean> {
  try {
    await eraseHoldersOf(env, accountId, isWanted);
    if (isWanted) await forgetInvitationsOf(env.DB, accountId);
    return true;
  } catch (fault) {
    log("warn", "holders of an account's passes not erased", errorFields(fault));
    return false;
  }
}

function isClosedAndEmpty(db: DrizzleD1Database, nowMs: number): SQL | undefined {
  const hasSettled = lte(accounts.closingSinceMs, nowMs - SETTLING_MS);
  return and(hasSettled, organisesNothing(), notExists(keptOf(db, accounts.id, nowMs)));
}

/** What the guest did with the last access token has had as long to reach D1 as in a deletion. */
function isUnusedGuest(nowMs: number): SQL | undefined {
  const hasSettled = sql`NOT ${hadTokenAt(accounts.id, nowMs - SETTLING_MS)}`;
  const hasNothing = sql`NOT EXISTS (
    SELECT 1 FROM reservations
    WHERE account_id = ${accounts.id} AND (state IN ('held', 'confirmed') OR unsettled = 1)
  ) AND NOT EXISTS (
    SELECT 1 FROM orders WHERE account_id = ${accounts.id} AND (state IN ('held', 'confirmed') OR unfinished = 1)
  )`;
  return and(lte(accounts.guestDueMs, nowMs), hasSettled, organisesNothing(), hasNothing);
}

function organisesNothing(): SQL {
  return sql`NOT EXISTS (SELECT 1 FROM events WHERE organizer_id = ${accounts.id})`;
}

/** Holds and pending payments till they end, and paid tickets till their event does. */
function keptOf(db: DrizzleD1Database, accountId: string | typeof accounts.id, nowMs: number) {
  const { id, ticketTypeId, state, paymentState, expiresAtMs } = reservations;
  const isHeld = and(eq(state, "held"), or(eq(paymentState, "pending"), gt(expiresAtMs, nowMs)));
  const isPaid = and(eq(state, "confirmed"), gt(events.endsAtMs, nowMs));
  return db
    .select({ id, ticketTypeId, state, paymentState, untilMs: events.endsAtMs })
    .from(reservations)
    .leftJoin(ticketTypes, eq(ticketTypes.id, ticketTypeId))
    .leftJoin(events, eq(events.id, ticketTypes.eventId))
    .where(and(eq(reservations.accountId, accountId), inArray(state, ["held", "confirmed"]), or(isHeld, isPaid)));
}

/** One object that can't be reached does not keep the others waiting. */
async function releaseHolds(
  env: Env,
  objects: readonly { readonly accountId: string; readonly ticketTypeId: string }[],
): Promise<void> {
  await Promise.all(
    objects.map(({ accountId, ticketTypeId }) =>
      callTicketType(env, ticketTypeId, (object) => object.releaseHoldsOf(accountId)).catch((fault) =>
        log("warn", "holds of a closed account not released", { ticket: ticketTypeId, ...errorFields(fault) }),
      ),
    ),
  );
}

/** As a whole: their holds alone would leave orders that nobody can pay. */
async function cancelOrders(
  env: Env,
  held: readonly { readonly accountId: string; readonly id: string }[],
): Promise<void> {
  await Promise.all(
    held.map(({ accountId, id }) =>
      callOrder(env, id, (object) => object.cancel(accountId)).catch((fault) =>
        log("warn", "an order of a closed account not cancelled", { order: id, ...errorFields(fault) }),
      ),
    ),
  );
}
