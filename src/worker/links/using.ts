// Using a link. Each use is one transaction, so a link is used up if and only if it did its work.

import { and, eq, sql } from "drizzle-orm";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { decideLink, type LinkDecision, type LinkPurpose } from "../../domain/links.ts";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { newLongId } from "../../platform/ids.ts";
import { type AccountRow, isGuest } from "../accounts/queries.ts";
import { auditStatementIfChanged, ownAction } from "../audit/queries.ts";
import { endApiKeysOf } from "../auth/api-key-queries.ts";
import { beginSession, endSessions, isSessionOf, tokensGoneAtMs } from "../auth/queries.ts";
import { hashOf, newRefreshToken } from "../auth/refresh.ts";
import { addRevoked } from "../auth/revocation-list.ts";
import { type Tokens, tokensFor } from "../auth/session-lifecycle.ts";
import type { Env } from "../env.ts";
import { oweMailIf, sendSoon } from "../mail/owing.ts";
import { addressMovedMail } from "./owing.ts";
import { accountByEmail, forgetResets, isUsedBy, type OpenedLink, openLink, ownerOf, useLink } from "./queries.ts";

/** A link that may be used now, and what using it does. */
export interface UsableLink extends OpenedLink {
  readonly decision: Exclude<LinkDecision, { type: "refused" }>;
}

export type Proof =
  | { readonly ok: true; readonly account: AccountRow }
  | { readonly ok: false; readonly refusal: "link_refused" | "address_taken" };

/** A change that came in between is read again, and decides anew. */
const ATTEMPTS = 3;

/**
 * Null where the link does nothing (any more). Reads, and changes nothing. `purpose`: null for
 * whichever the link has.
 */
export async function usableLink(
  d1: D1Database,
  token: string,
  purpose: LinkPurpose | null,
): Promise<UsableLink | null> {
  const opened = await openLink(d1, token);
  if (opened === null) return null;
  const { link, account } = opened;
  const decision = decideLink(link, ownerOf(account), purpose ?? link.purpose, Date.now());
  return decision.type === "refused" ? null : { ...opened, decision };
}

/** Proves the address that the mail went to. An account that asked for it has it from now on. */
export async function proveAddress(env: Env, token: string, address: string): Promise<Proof> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const usable = await usableLink(env.DB, token, "verify");
    if (usable === null) return { ok: false, refusal: "link_refused" };
    const { account, link, decision } = usable;
    if (decision.type === "proven_already") return { ok: true, account };
    if (decision.type === "move" && (await isTaken(env.DB, link.emailKey, account))) {
      return { ok: false, refusal: "address_taken" };
    }
    const proven = decision.type === "move" ? await moveTo(env, usable, address) : await prove(env, usable, address);
    if (proven !== null) return { ok: true, account: proven };
  }
  return { ok: false, refusal: "link_refused" };
}

async function isTaken(d1: D1Database, emailKey: string, account: AccountRow): Promise<boolean> {
  if (isGuest(account)) return false;
  const owner = await accountByEmail(d1, emailKey);
  return owner !== null && owner.id !== account.id;
}

async function prove(env: Env, usable: UsableLink, address: string): Promise<AccountRow | null> {
  const { account, link } = usable;
  const nowMs = Date.now();
  const useId = newLongId();
  const db = drizzle(env.DB);
  const [, changed] = await db.batch([
    useLink(db, usable, useId, nowMs),
    setAddress(db, usable, useId, proofOf(link.emailKey, nowMs)),
    auditStatementIfChanged(db, ownAction("email.verify", account.id, address)),
  ]);
  return changed[0] ?? null;
}

async function moveTo(env: Env, usable: UsableLink, address: string): Promise<AccountRow | null> {
  const { account, link } = usable;
  const { emailKey } = link;
  const nowMs = Date.now();
  const useId = newLongId();
  const db = drizzle(env.DB);
  const isFree = sql`NOT EXISTS (SELECT 1 FROM accounts WHERE email_key = ${emailKey} AND id <> ${account.id})`;
  const keys = isGuest(account) ? { guestEmailKey: emailKey } : { emailKey };
  const values = { email: account.pendingEmail ?? "", ...keys, pendingEmail: null, ...proofOf(emailKey, nowMs) };
  const news = addressMovedMail(account, useId);
  const isUsed = isUsedBy(usable, useId);
  const [, changed] = await db.batch([
    useLink(db, usable, useId, nowMs, isGuest(account) ? undefined : isFree),
    setAddress(db, usable, useId, values),
    auditStatementIfChanged(db, ownAction("email.change", account.id, address)),
    oweMailIf(db, news, isUsed, nowMs),
  ]);
  if (changed[0] !== undefined) sendSoon(env, news);
  return changed[0] ?? null;
}

/**
 * Chooses a new password, ends all sessions, revokes all keys, and proves the address. Null if the
 * link was used meanwhile, or if the account has changed: its hash may have got a higher cost.
 */
export async function resetPassword(
  env: Env,
  usable: UsableLink,
  passwordHash: string,
  address: string,
): Promise<AccountRow | null> {
  const { account, link } = usable;
  const nowMs = Date.now();
  const useId = newLongId();
  const db = drizzle(env.DB);
  const isUsed = isUsedBy(usable, useId);
  const [, changed, , ended] = await db.batch([
    useLink(db, usable, useId, nowMs),
    setAddress(db, usable, useId, { passwordHash, ...proofOf(link.emailKey, nowMs) }),
    auditStatementIfChanged(db, ownAction("password.reset", account.id, address)),
    ...endSessions(db, and(isSessionOf(account.id), isUsed), nowMs),
    ...forgetResets(db, account.id, isUsed),
    endApiKeysOf(db, account.id, isUsed),
  ]);
  addRevoked(
    ended.map(({ id }) => id),
    tokensGoneAtMs(nowMs),
  );
  return changed[0] ?? null;
}

/** Begins a session of a guest, and proves the address. Null where the link does not (any more). */
export async function signInByLink(env: Env, token: string, address: string): Promise<Tokens | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const usable = await usableLink(env.DB, token, "sign_in");
    if (usable?.decision.type !== "sign_in") return null;
    const tokens = await beginGuestSession(env, usable, usable.decision.endsOtherSessions, address);
    if (tokens !== null) return tokens;
  }
  return null;
}

async function beginGuestSession(
  env: Env,
  usable: UsableLink,
  endsOthers: boolean,
  address: string,
): Promise<Tokens | null> {
  const { account, link } = usable;
  const nowMs = Date.now();
  const [id, refresh] = [newLongId(), newRefreshToken()];
  const db = drizzle(env.DB);
  const isUsed = isUsedBy(usable, id);
  const entry = ownAction("session.start", account.id, address);
  const others = endsOthers ? and(isSessionOf(account.id, id), isUsed) : sql`false`;
  const [, begun, , , beyond, , , ended] = await db.batch([
    useLink(db, usable, id, nowMs),
    ...beginSession(db, { id, hash: hashOf(refresh), nowMs }, account, entry, isUsed),
    setAddress(db, usable, id, proofOf(link.emailKey, nowMs)),
    ...endSessions(db, others, nowMs),
  ]);
  if (begun.length === 0) return null;
  addRevoked(
    [...beyond, ...ended].map((row) => row.id),
    tokensGoneAtMs(nowMs),
  );
  return tokensFor(env, { id, accountId: account.id, isClosing: account.closingSinceMs !== null }, refresh, nowMs);
}

function proofOf(emailKey: string, nowMs: number) {
  return { verifiedEmailKey: emailKey, verifiedAtMs: nowMs };
}

function setAddress(
  db: DrizzleD1Database,
  usable: UsableLink,
  useId: string,
  values: Partial<typeof accounts.$inferInsert>,
) {
  return db
    .update(accounts)
    .set(values)
    .where(and(eq(accounts.id, usable.account.id), isUsedBy(usable, useId)))
    .returning();
}
