// How accounts and their sessions read on the wire.

import type * as z from "zod";
import { iso, isoOrNull } from "../../platform/wire.ts";
import type { SessionRow } from "../auth/queries.ts";
import { type KeptRow, SETTLING_MS } from "./deletion.ts";
import { type AccountRow, isGuest } from "./queries.ts";
import type { Account, AccountClosing, AccountExport } from "./schemas.ts";

export function presentAccount(account: AccountRow): z.output<typeof Account> {
  const { id, email, pendingEmail: pending_email, language, role, createdAtMs, closingSinceMs } = account;
  const guest = isGuest(account);
  const username = guest ? null : account.username;
  const email_verified_at = isoOrNull(account.verifiedAtMs);
  const times = { created_at: iso(createdAtMs), deletion_requested_at: isoOrNull(closingSinceMs) };
  return { id, username, email, email_verified_at, pending_email, language, guest, role, ...times };
}

/** Holds without a payment are left out: they are being cancelled. */
export function presentClosing(rows: readonly KeptRow[], nowMs: number): z.output<typeof AccountClosing> {
  const kept = rows.flatMap(({ id, ticketTypeId, state, paymentState, untilMs }) => {
    if (untilMs === null || (state !== "confirmed" && (state !== "held" || paymentState !== "pending"))) return [];
    return [{ reservation: id, ticket: ticketTypeId, state, until: iso(untilMs) }];
  });
  const eraseAtMs = Math.max(nowMs + SETTLING_MS, ...kept.map(({ until }) => Date.parse(until)));
  return { deletion_requested_at: iso(nowMs), erase_at: iso(eraseAtMs), kept };
}

export function presentSession(row: SessionRow): z.output<typeof AccountExport>["sessions"][number] {
  const { createdAtMs, expiresAtMs, endedAtMs } = row;
  return { started_at: iso(createdAtMs), expires_at: iso(expiresAtMs), ended_at: isoOrNull(endedAtMs) };
}
