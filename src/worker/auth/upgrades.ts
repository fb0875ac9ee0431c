// Raises the cost of a stored hash at a sign-in, when the password is at hand.

import { drizzle } from "drizzle-orm/d1";
import { errorFields, log } from "../../platform/log.ts";
import { type AccountRow, setPasswordHash } from "../accounts/queries.ts";
import { hashPassword, isOutdated } from "./passwords.ts";

/** Never rejects: the next sign-in tries again. `password` must be verified. */
export async function upgradeHash(d1: D1Database, account: AccountRow, password: string): Promise<void> {
  if (!isOutdated(account.passwordHash)) return;
  try {
    // Hashing blocks the isolate, so let the reply to the sign-in go out first.
    await scheduler.wait(1);
    // Replaces neither a password that was changed meanwhile nor the hash of another sign-in.
    const hashes = { old: account.passwordHash, new: await hashPassword(password) };
    await setPasswordHash(drizzle(d1), account.id, hashes);
  } catch (fault) {
    log("warn", "password hash not upgraded", { account: account.id, ...errorFields(fault) });
  }
}
