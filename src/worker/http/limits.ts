// How often somebody may ask for what is costly or can be abused. The numbers are in wrangler.toml; what is counted is
// said here. Cloudflare counts in each location by itself, and approximately.

import { errorFields, log } from "../../platform/log.ts";
import type { Session } from "../auth/sessions.ts";
import type { Env } from "../env.ts";
import { addressOf, networkOf } from "./address.ts";
import { ProblemError } from "./problems.ts";

/** The period of every limit in wrangler.toml, in seconds. The binding does not say how much of it is left. */
export const PERIOD_SECONDS = 60;

/** What a route may declare, and by what it is counted. */
const COUNTED_BY = {
  LIMIT_REGISTER: "address",
  LIMIT_REFRESH: "address",
  // A session that was stolen must not keep its owner from changing the password in another one.
  LIMIT_ACCOUNT: "session",
  LIMIT_RESERVE: "account",
  LIMIT_RESERVE_ADDRESS: "address",
  LIMIT_PAY: "account",
  LIMIT_LIVE: "address",
} as const;

export type RouteLimit = keyof typeof COUNTED_BY;
type SignInLimit = "LIMIT_SIGN_IN" | "LIMIT_SIGN_IN_ADDRESS" | "LIMIT_SIGN_IN_STRANGERS";
export type LimitBindings = Readonly<Record<RouteLimit | SignInLimit, RateLimit>>;

/** Refuses with 429 where one of `limits` is reached. `session` is null on routes that anyone may call. */
export async function enforce(
  env: Env,
  request: Request,
  limits: readonly RouteLimit[],
  session: Session | null,
): Promise<void> {
  const keys = {
    address: () => networkOf(addressOf(request)),
    account: () => session?.accountId,
    session: () => session?.id,
  };
  // In their order: who is refused by a count of their own uses up nothing of one that they share.
  for (const name of limits) await count(env, name, keys[COUNTED_BY[name]]() ?? "nobody");
}

/**
 * Refuses with 429 whoever tries passwords. Counted are, at one address, all accounts together and each by itself; and
 * each account over all addresses. A device that has signed in to the account before, `deviceId`, is counted apart from
 * strangers, so that nobody can lock its owner out.
 */
export async function enforceSignIn(
  env: Env,
  request: Request,
  username: string,
  deviceId: string | null,
): Promise<void> {
  const network = networkOf(addressOf(request));
  if (deviceId !== null) {
    await count(env, "LIMIT_SIGN_IN", `device ${deviceId}`);
    // Whoever collects devices of one account, or of many, is still at one address.
    await count(env, "LIMIT_SIGN_IN_ADDRESS", `devices ${network}`);
    return;
  }
  // "Ada" and "ada" are one account.
  const account = username.toLowerCase();
  // One after the other, so that what is refused at one address uses up nothing of the account's count over all of them.
  await count(env, "LIMIT_SIGN_IN", `${network} ${account}`);
  await count(env, "LIMIT_SIGN_IN_ADDRESS", network);
  await count(env, "LIMIT_SIGN_IN_STRANGERS", account);
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
