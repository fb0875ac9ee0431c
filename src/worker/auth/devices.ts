// Recognises, by a cookie, the devices that have signed in to an account before.

import { newLongId } from "../../platform/ids.ts";
import type { AccountRow } from "../accounts/queries.ts";
import type { Env } from "../env.ts";
import { cookie } from "./cookies.ts";
import { derivations, type Secrets } from "./keys.ts";
import { readDeviceToken, signDeviceToken } from "./tokens.ts";

type Owner = Pick<AccountRow, "id" | "passwordHash">;
const MARK_LENGTH = 16;

/** The id of a device that has signed in to the account with the password it has now, or null. */
export async function knownDevice(env: Env, request: Request, owner: Owner | null): Promise<string | null> {
  const token = cookie(request, "device");
  const device = token === null ? null : await readDeviceToken(env, token);
  if (device === null || owner === null || device.accountId !== owner.id) return null;
  return marksOf(env, owner).includes(device.passwordMark) ? device.deviceId : null;
}

/**
 * A token that tells a device from strangers, until the password or the cost of its hash changes.
 * A known device keeps its id, so that its count of failed sign-ins goes on.
 */
export async function deviceToken(env: Secrets, owner: Owner, deviceId: string | null = null): Promise<string> {
  const [passwordMark = ""] = marksOf(env, owner);
  return signDeviceToken(env, { accountId: owner.id, deviceId: deviceId ?? newLongId(), passwordMark });
}

/** Derived from the password's hash: all that it tells is whether the hash is still the same. */
function marksOf(env: Secrets, { passwordHash }: Owner): string[] {
  return derivations(env, "device", passwordHash).map((mark) => mark.slice(0, MARK_LENGTH));
}
