// Signing in, refreshing, signing out.

import { waitUntil } from "cloudflare:workers";
import { type AccountRow, accountById, accountByName } from "../accounts/queries.ts";
import { audit } from "../audit/queries.ts";
import type { Env } from "../env.ts";
import { addressOf } from "../http/address.ts";
import { isForm } from "../http/body.ts";
import { EXAMPLES } from "../http/examples.ts";
import { isSignInWithinLimits } from "../http/limits.ts";
import { problem } from "../http/problems.ts";
import { emptyReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { cookie, setCookies } from "./cookies.ts";
import { deviceToken, knownDevice } from "./devices.ts";
import { verifyPassword } from "./passwords.ts";
import { presentTokens } from "./presenters.ts";
import { AuthToken, Credentials, Refresh } from "./schemas.ts";
import { refreshSession, signIn, signOut, signOutEverywhere, type Tokens } from "./session-lifecycle.ts";
import { isCrossSite } from "./sessions.ts";
import { upgradeHash } from "./upgrades.ts";

const RESERVATIONS = "/reservations/";
const COOKIES = "__Host-session=…; Path=/; HttpOnly; Secure; SameSite=Lax";
const SIGNED_IN = { Location: RESERVATIONS, "Set-Cookie": COOKIES };
const CLEARED = { "Set-Cookie": "__Host-session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax" };
const SIGNED_OUT = setCookies({ session: "", refresh: "" });

/** Takes an HTML form as well, and replies to it with a redirect, as browsers expect. */
export const login = route({
  operationId: "login",
  access: "anyone",
  tag: "Sessions",
  summary: "Sign in with a username or an e-mail address",
  body: Credentials,
  takesForm: true,
  examples: {
    bodies: {
      "A buyer": { username: EXAMPLES.buyer.username, password: EXAMPLES.password },
      "An organiser": { username: EXAMPLES.organizer.username, password: EXAMPLES.password },
    },
  },
  replies: [
    {
      status: 200,
      description: "Signed in. The tokens are also set as cookies",
      schema: AuthToken,
      headers: SIGNED_IN,
    },
    {
      status: 303,
      description: "Signed in from an HTML form. The tokens are set as cookies",
      schema: null,
      headers: SIGNED_IN,
    },
  ],
  problems: ["wrong-credentials", "cross-site-request", "slow-down"],
  async handle({ request, body, env }) {
    const fromForm = isForm(request);
    // Any page can make a browser send a form, and sign its visitor in to a stranger's account.
    if (fromForm && isCrossSite(request)) return problem("cross-site-request");
    const account = await accountByName(env.DB, body.username);
    const deviceId = await knownDevice(env, request, account);
    if (!(await isSignInWithinLimits(env, request, body.username, deviceId))) return problem("slow-down");
    const address = addressOf(request);
    const tokens = await verifiedSession(env, account, body.password, address);
    if (account === null || tokens === null) {
      // Written for an unknown name too, so that both take as long, but without the name: people
      // type passwords there.
      const object = { type: "account", id: account?.id ?? null } as const;
      await audit(env.DB, { action: "session.start-refused", actorId: null, object, address });
      return problem("wrong-credentials");
    }
    waitUntil(upgradeHash(env.DB, account, body.password));
    const cookies = setCookies({
      session: tokens.access,
      refresh: tokens.refresh,
      device: await deviceToken(env, account, deviceId),
    });
    const headers = [["location", RESERVATIONS] as const, ...cookies];
    return fromForm ? emptyReply(303, headers) : reply(200, presentTokens(tokens), headers);
  },
});

/** The token comes in the body or, from pages of this origin, in a cookie. */
export const refreshTokens = route({
  operationId: "refreshTokens",
  access: "anyone",
  tag: "Sessions",
  summary: "Exchange a single-use refresh token for new tokens",
  limits: ["LIMIT_REFRESH"],
  body: Refresh,
  examples: { bodies: { "With the cookie that signing in set": {} } },
  replies: [{ status: 200, description: "New tokens", schema: AuthToken, headers: { "Set-Cookie": COOKIES } }],
  problems: ["refresh-token-refused", "cross-site-request"],
  async handle({ request, body, env }) {
    const sent = body.refresh_token ?? null;
    const fromCookie = sent === null;
    if (fromCookie && isCrossSite(request)) return problem("cross-site-request");
    const token = sent ?? cookie(request, "refresh");
    const tokens = token === null ? null : await refreshSession(env, token, addressOf(request));
    if (tokens === null) return problem("refresh-token-refused");
    const cookies = fromCookie ? setCookies({ session: tokens.access, refresh: tokens.refresh }) : [];
    return reply(200, presentTokens(tokens), cookies);
  },
});

export const logout = route({
  operationId: "logout",
  access: "session",
  tag: "Sessions",
  summary: "Sign out: end the session and revoke its tokens",
  replies: [{ status: 204, description: "Signed out", schema: null, headers: CLEARED }],
  async handle({ request, session, env }) {
    await signOut(env, session, addressOf(request));
    return emptyReply(204, SIGNED_OUT);
  },
});

export const logoutEverywhere = route({
  operationId: "logoutEverywhere",
  access: "session",
  tag: "Sessions",
  summary: "Sign out on all devices",
  replies: [
    { status: 204, description: "Signed out: all sessions of the account have ended", schema: null, headers: CLEARED },
  ],
  async handle({ request, session, env }) {
    await signOutEverywhere(env, session, addressOf(request));
    return emptyReply(204, SIGNED_OUT);
  },
});

/** Starts a session if the password is right. Null if it is not, or if there is no such account. */
async function verifiedSession(
  env: Env,
  account: AccountRow | null,
  password: string,
  address: string,
): Promise<Tokens | null> {
  const verified = await verifyPassword(password, account?.passwordHash ?? null);
  if (account === null || !verified) return null;
  const tokens = await signIn(env, account, address);
  if (tokens !== null) return tokens;
  // The account has another hash by now: of another password, or of this one at a higher cost.
  const now = await accountById(env.DB, account.id);
  return now !== null && (await verifyPassword(password, now.passwordHash)) ? signIn(env, now, address) : null;
}
