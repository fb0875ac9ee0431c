// Devices that have signed in to an account before, known again by a cookie: so strangers can't
// lock its owner out.

import { newLongId } from "../../platform/ids.ts";
import type { AccountRow } from "../accounts/queries.ts";
import type { Env } from "../env.ts";
import { cookie } from "./cookies.ts";
import { derivations, type Secrets } from "./keys.ts";
import { readDeviceToken, signDeviceToken } from "./tokens.ts";

type Owner = Pick<AccountRow, "id" | "passwordHash">;
const MARK_LENGTH = 16;

/**
 * The id of the request's device, where it has signed in to the account since its password was last
 * changed; or null.
 */
export async function knownDevice(env: Env, request: Request, owner: Owner | null): Promise<string | null> {
  const token = cookie(request, "device");
  const device = token === null ? null : await readDeviceToken(env, token);
  if (device === null || owner === null || device.accountId !== owner.id) return null;
  return marksOf(env, owner).includes(device.passwordMark) ? device.deviceId : null;
}

/**
 * It opens nothing: it only tells a device from strangers. One that is known stays the one that it
 * is, so that what is counted for it goes on; one that knew an old password is a stranger (so is
 * one whose hash was raised to a higher cost).
 */
export async function deviceToken(env: Secrets, owner: Owner, deviceId: string | null = null): Promise<string> {
  const [passwordMark = ""] = marksOf(env, owner);
  return signDeviceToken(env, { accountId: owner.id, deviceId: deviceId ?? newLongId(), passwordMark });
}

/** What a device knows of the password's hash: nothing but whether it is still the same. */
function marksOf(env: Secrets, { passwordHash }: Owner): string[] {
  return derivations(env, "device", passwordHash).map((mark) => mark.slice(0, MARK_LENGTH));
}
