// How accounts and their sessions read on the wire.

import type * as z from "zod";
import { iso, isoOrNull } from "../../platform/wire.ts";
import type { SessionRow } from "../auth/queries.ts";
import type { AccountRow } from "./queries.ts";
import type { Account, AccountExport } from "./schemas.ts";

export function presentAccount(account: AccountRow): z.output<typeof Account> {
  const { id, username, email, role, createdAtMs } = account;
  return { id, username, email, role, created_at: iso(createdAtMs) };
}

export function presentSession(row: SessionRow): z.output<typeof AccountExport>["sessions"][number] {
  const { createdAtMs, expiresAtMs, endedAtMs } = row;
  return { started_at: iso(createdAtMs), expires_at: iso(expiresAtMs), ended_at: isoOrNull(endedAtMs) };
}
