// How often somebody may ask for what is costly or can be abused. The numbers are in wrangler.toml; what is counted is
// said here. Cloudflare counts in each location by itself, and approximately.

import { cookie } from "./auth/cookies.ts";
import { readDeviceToken } from "./auth/tokens.ts";
import type { Env } from "./env.ts";
import { addressOf, networkOf } from "./http/address.ts";
import { errorFields, log } from "./log.ts";
import { ProblemError } from "./problems.ts";

/** The period of every limit in wrangler.toml, in seconds. The binding does not say how much of it is left. */
export const PERIOD_SECONDS = 60;

/** What a route may declare, and by what it is counted. */
const COUNTED_BY = {
  LIMIT_REGISTER: "address",
  LIMIT_REFRESH: "address",
  LIMIT_ACCOUNT: "account",
  LIMIT_RESERVE: "account",
  LIMIT_RESERVE_ADDRESS: "address",
  LIMIT_PAY: "account",
} as const;

export type RouteLimit = keyof typeof COUNTED_BY;
type SignInLimit = "LIMIT_SIGN_IN" | "LIMIT_SIGN_IN_ADDRESS" | "LIMIT_SIGN_IN_STRANGERS";
export type LimitBindings = Readonly<Record<RouteLimit | SignInLimit, RateLimit>>;

/** Refuses with 429 where one of `limits` is reached. `accountId` is null on routes that anyone may call. */
export async function enforce(
  env: Env,
  request: Request,
  limits: readonly RouteLimit[],
  accountId: string | null,
): Promise<void> {
  const network = networkOf(addressOf(request));
  const keyOf = (name: RouteLimit) => (COUNTED_BY[name] === "account" ? accountId : network) ?? "nobody";
  // In their order: who is refused by a count of their own uses up nothing of one that they share.
  for (const name of limits) await count(env, name, keyOf(name));
}

/**
 * Refuses with 429 whoever tries passwords. Counted are, at one address, all accounts together and each by itself; and
 * each account over all addresses. A device that has signed in to the account before is counted apart from all of them,
 * so that nobody can lock its owner out. Returns that device's id.
 */
export async function enforceSignIn(
  env: Env,
  request: Request,
  username: string,
  accountId: string | null,
): Promise<string | undefined> {
  const token = cookie(request, "device");
  const device = token === null ? null : await readDeviceToken(env, token);
  if (device !== null && device.accountId === accountId) {
    await count(env, "LIMIT_SIGN_IN", `device ${device.deviceId}`);
    return device.deviceId;
  }
  const network = networkOf(addressOf(request));
  // "Ada" and "ada" are one account.
  const account = username.toLowerCase();
  // One after the other, so that what is refused at one address uses up nothing of the account's count over all of them.
  await count(env, "LIMIT_SIGN_IN", `${network} ${account}`);
  await count(env, "LIMIT_SIGN_IN_ADDRESS", network);
  await count(env, "LIMIT_SIGN_IN_STRANGERS", account);
  return undefined;
}

async function count(env: Env, name: RouteLimit | SignInLimit, key: string): Promise<void> {
  // For load tests on a local machine. A production build has no such switch.
  if (process.env.NODE_ENV !== "production" && env.RATE_LIMITS === "off") return;
  let success = true;
  try {
    ({ success } = await env[name].limit({ key }));
  } catch (fault) {
    // Selling goes on while the counting does not.
    log("warn", "rate limit not counted", { limit: name, ...errorFields(fault) });
  }
  if (!success) throw new ProblemError("slow-down", { headers: { "retry-after": String(PERIOD_SECONDS) } });
}
