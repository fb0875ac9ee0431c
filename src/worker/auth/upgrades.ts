// Raises the cost of a hash, when its password is at hand: at a sign-in.

import { errorFields, log } from "../../platform/log.ts";
import { type AccountRow, replacePasswordHash } from "../accounts/queries.ts";
import { hashPassword, isOutdated } from "./passwords.ts";

/**
 * Never rejects: a sign-in does not fail for it, and the next one tries again. Call it for a
 * verified password only.
 */
export async function upgradeHash(d1: D1Database, account: AccountRow, password: string): Promise<void> {
  if (!isOutdated(account.passwordHash)) return;
  try {
    // Hashing blocks the isolate, so it would hold up the answer to the sign-in.
    await scheduler.wait(1);
    // Not over a password that was changed meanwhile, nor over what another sign-in has just
    // stored.
    await replacePasswordHash(d1, account.id, account.passwordHash, await hashPassword(password));
  } catch (fault) {
    log("warn", "password hash not upgraded", { account: account.id, ...errorFields(fault) });
  }
}
