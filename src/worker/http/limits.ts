// What each rate limit counts, roughly and for each location. wrangler.toml has the numbers.

import { hashOf } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { settingsOf } from "../../platform/settings.ts";
import { emailKeyOf } from "../accounts/email.ts";
import type { Session } from "../auth/sessions.ts";
import type { Env, LimitName } from "../env.ts";
import { addressOf, networkOf } from "./address.ts";

const COUNTED_BY = {
  LIMIT_REGISTER: "address",
  LIMIT_REFRESH: "address",
  // A stolen session must not keep the owner from changing the password in another session.
  LIMIT_ACCOUNT: "session",
  LIMIT_RESERVE: "account",
  LIMIT_RESERVE_ADDRESS: "address",
  LIMIT_CODE: "account",
  LIMIT_CODE_ADDRESS: "address",
  LIMIT_PAY: "account",
  // Each sends a mail to an address that the caller names.
  LIMIT_PASS_ON: "account",
  // For load: a guessed code has no signature. Several gates may share an account.
  LIMIT_SCAN: "account",
  LIMIT_LIVE: "address",
  LIMIT_LINK: "address",
} as const satisfies Partial<Record<LimitName, string>>;

/** In a batch a scan costs its signature, and a row of a commit that all share. */
const SCANS_PER_COUNT = 50;

export type RouteLimit = keyof typeof COUNTED_BY;

/** Of a request that names a code: it may be a guess. */
export const CODE_LIMITS: readonly RouteLimit[] = ["LIMIT_CODE", "LIMIT_CODE_ADDRESS"];

/** Counts the request; false where one of `limits` is reached. */
export function isWithinLimits(env: Env, request: Request, limits: readonly RouteLimit[], session: Session | null) {
  const keys = {
    address: () => networkOf(addressOf(request)),
    account: () => session?.accountId,
    session: () => session?.id,
  };
  return allAllow(
    env,
    limits.map((name) => [name, keys[COUNTED_BY[name]]() ?? "nobody"]),
  );
}

/** Counts `sockets` that a request is to open in addition to the one that its route has counted. */
export async function areSocketsWithinLimit(env: Env, request: Request, sockets: number): Promise<boolean> {
  const count: [LimitName, string] = ["LIMIT_LIVE", networkOf(addressOf(request))];
  return allAllow(env, Array<typeof count>(sockets).fill(count));
}

/** Counts a batch of scans in addition to the one that its route has counted. */
export async function isBatchWithinLimit(env: Env, session: Session, scans: number): Promise<boolean> {
  const count: [LimitName, string] = ["LIMIT_SCAN", session.accountId];
  return allAllow(env, Array<typeof count>(Math.ceil(scans / SCANS_PER_COUNT) - 1).fill(count));
}

/**
 * Stands for the client's network where its open sockets are counted; null where nothing is
 * limited. A hash, because nobody needs to know the address there.
 */
export function watchersNetwork(env: Env, request: Request): string | null {
  return settingsOf(env).enforcesRateLimits ? hashOf(networkOf(addressOf(request))) : null;
}

/**
 * Counts an attempt to sign in; false where a limit is reached. An address is limited over all
 * accounts and for each, an account over all addresses. A device that has signed in to the account
 * before (`deviceId`) counts apart, so that strangers can't lock the owner out.
 */
export function isSignInWithinLimits(env: Env, request: Request, username: string, deviceId: string | null) {
  const network = networkOf(addressOf(request));
  if (deviceId !== null) {
    return allAllow(env, [
      ["LIMIT_SIGN_IN", `device ${deviceId}`],
      // Limits an attacker who collects known devices, of one account or of many.
      ["LIMIT_SIGN_IN_ADDRESS", `devices ${network}`],
    ]);
  }
  // "Ada" and "ada" are one account. Its e-mail address is counted apart from its username: if they
  // shared a count, it would show which address belongs to which username.
  const account = emailKeyOf(username) ?? username.toLowerCase();
  return allAllow(env, [
    ["LIMIT_SIGN_IN", `${network} ${account}`],
    ["LIMIT_SIGN_IN_ADDRESS", network],
    ["LIMIT_SIGN_IN_STRANGERS", account],
  ]);
}

/**
 * Counts a request to write to an address, whether or not an account has it: by the address, and by
 * the client's network. False where a limit is reached.
 */
export function isMailWithinLimits(env: Env, request: Request, emailKey: string): Promise<boolean> {
  return allAllow(env, [
    ["LIMIT_MAIL", emailKey],
    ["LIMIT_MAIL_ADDRESS", networkOf(addressOf(request))],
  ]);
}

/** Narrow limits count first: a request that one of them refuses uses up nothing of a wider one. */
async function allAllow(env: Env, counts: readonly (readonly [name: LimitName, key: string])[]): Promise<boolean> {
  if (!settingsOf(env).enforcesRateLimits) return true;
  for (const [name, key] of counts) {
    try {
      if (!(await env[name].limit({ key })).success) return false;
    } catch (fault) {
      // Selling goes on while the counter is down.
      log("warn", "rate limit not counted", { limit: name, ...errorFields(fault) });
    }
  }
  return true;
}
