// Owing the mails about an account's address and password. Nobody learns from it who has an
// account.

import { and, eq, gt, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../domain/units.ts";
import { mails } from "../../platform/d1/schema/mails.ts";
import { newLongId } from "../../platform/ids.ts";
import type { MailKind } from "../../platform/mails.ts";
import type { AccountRow } from "../accounts/queries.ts";
import { type AuditEntry, auditStatement } from "../audit/queries.ts";
import type { Env } from "../env.ts";
import { type OwedMail, oweMail, oweMailIf, sendSoon } from "../mail/owing.ts";
import { accountByEmail, guestsToSignIn } from "./queries.ts";

/** Of one kind, to one account. In the same minute there is one at most, by its id. */
const MAILS_AN_HOUR = 5;
const JUST_REGISTERED_MS = 10 * MINUTE_MS;

/** The mail that asks for proof of the account's address. */
export function verificationMail(accountId: string, nowMs: number): OwedMail {
  return mailOf("verify_address", accountId, nowMs);
}

/** The same of an address that the account just asked for: one mail for each. */
export function newAddressMail(accountId: string): OwedMail {
  return { kind: "verify_address", about: accountId, version: newLongId(), accountId };
}

/** To the address that the account had until now: it may be somebody else who has changed it. */
export function addressMovedMail({ id, email, language }: AccountRow, useId: string): OwedMail {
  const to = { accountId: id, address: email, parameters: { language } };
  return { kind: "address_changed", about: id, version: useId, ...to };
}

/** Whether the account may have another mail with a link to prove its address. */
export function areVerificationsFew(d1: D1Database, accountId: string): Promise<boolean> {
  return areFew(d1, "verify_address", accountId, Date.now());
}

export async function oweVerification(env: Env, accountId: string): Promise<void> {
  const nowMs = Date.now();
  await oweNow(env, verificationMail(accountId, nowMs), nowMs);
}

/** Owes a link to choose a new password, if an account signs in with this address. */
export async function askForReset(env: Env, emailKey: string, address: string): Promise<void> {
  const account = await accountByEmail(env.DB, emailKey);
  await ask(env, "reset_password", account?.id ?? null, "password.reset-asked", address);
}

/**
 * Owes links to the guests of this address, or the news that it has an account with a password.
 * `about`: the id of what they want to see.
 */
export async function askForSignIn(env: Env, emailKey: string, about: string | null, address: string): Promise<void> {
  const [[guest], account] = await Promise.all([guestsToSignIn(env.DB, emailKey, 1), accountByEmail(env.DB, emailKey)]);
  const wanted = about === null ? {} : { about };
  await ask(env, "sign_in", guest?.id ?? account?.id ?? null, "link.asked", address, wanted);
}

/** Tells the owner of an address that somebody wants it for another account; once a day at most. */
export async function oweTaken(env: Env, emailKey: string | null): Promise<void> {
  const account = emailKey === null ? null : await accountByEmail(env.DB, emailKey);
  const nowMs = Date.now();
  // Somebody who registers twice within minutes has lost the first reply.
  if (account === null || account.createdAtMs > nowMs - JUST_REGISTERED_MS) return;
  const version = Math.floor(nowMs / DAY_MS);
  await oweNow(env, { kind: "address_wanted", about: account.id, version, accountId: account.id }, nowMs);
}

async function oweNow(env: Env, mail: OwedMail, nowMs: number): Promise<void> {
  await oweMail(drizzle(env.DB), mail, nowMs);
  sendSoon(env, mail);
}

/** The same work whether there is an account or none, and one commit. */
async function ask(
  env: Env,
  kind: MailKind,
  accountId: string | null,
  action: AuditEntry["action"],
  address: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<void> {
  const nowMs = Date.now();
  const mail = { ...mailOf(kind, accountId ?? "nobody", nowMs), parameters };
  const isOwed = (await areFew(env.DB, kind, accountId ?? "nobody", nowMs)) && accountId !== null;
  const db = drizzle(env.DB);
  const entry: AuditEntry = { action, actorId: null, object: { type: "account", id: accountId }, address };
  await db.batch([oweMailIf(db, mail, isOwed ? sql`true` : sql`false`, nowMs), auditStatement(db, entry)]);
  // The queue's answer would take time that a request for nobody does not.
  if (isOwed) sendSoon(env, mail);
}

function mailOf(kind: MailKind, accountId: string, nowMs: number): OwedMail {
  return { kind, about: accountId, version: Math.floor(nowMs / MINUTE_MS), accountId };
}

async function areFew(d1: D1Database, kind: MailKind, accountId: string, nowMs: number): Promise<boolean> {
  const isLate = and(eq(mails.accountId, accountId), eq(mails.kind, kind), gt(mails.createdAtMs, nowMs - HOUR_MS));
  return (await drizzle(d1).$count(mails, isLate)) < MAILS_AN_HOUR;
}
