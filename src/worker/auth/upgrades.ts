// Raises the cost of a stored hash at a sign-in, when the password is at hand.

import { errorFields, log } from "../../platform/log.ts";
import { type AccountRow, replacePasswordHash } from "../accounts/queries.ts";
import { hashPassword, isOutdated } from "./passwords.ts";

/**
 * Never rejects, so that a sign-in does not fail with it: the next one tries again. `password` must
 * be verified.
 */
export async function upgradeHash(d1: D1Database, account: AccountRow, password: string): Promise<void> {
  if (!isOutdated(account.passwordHash)) return;
  try {
    // Hashing blocks the isolate, so let the reply to the sign-in go out first.
    await scheduler.wait(1);
    // Replaces neither a password that was changed meanwhile nor the hash of another sign-in.
    await replacePasswordHash(d1, account.id, account.passwordHash, await hashPassword(password));
  } catch (fault) {
    log("warn", "password hash not upgraded", { account: account.id, ...errorFields(fault) });
  }
}
