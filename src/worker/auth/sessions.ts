// Whose request this is: by a bearer token, by a key for programs, or by a cookie that another site
// can't make use of.

import type { Env } from "../env.ts";
import { isLikeApiKey } from "./api-key-format.ts";
import { type ApiKey, readApiKey } from "./api-keys.ts";
import { cookie } from "./cookies.ts";
import { hashOf } from "./refresh.ts";
import { isRevoked } from "./revocation-list.ts";
import { type LiveTicket, readAccessToken, readLiveTicket, sessionOfExpired } from "./tokens.ts";

export interface Session {
  readonly id: string;
  readonly accountId: string;
  /** Its owner asked for the account's deletion: it can't reserve or pay any more. */
  readonly isClosing: boolean;
  /** What the request came with instead of a token, on the route that takes it. */
  readonly liveTicket?: LiveTicket;
  /** What the request came with instead of a token. It opens only what its scopes name. */
  readonly apiKey?: ApiKey;
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

export type Authentication =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly refusal: TokenRefusal | "cross_site_request" };

/** What helps: signing in, a refresh, signing in again, or another key. */
type TokenRefusal = "not_signed_in" | "token_expired" | "token_invalid" | "api_key_refused";

/**
 * The session that the request proves: by its `Authorization` header if it has one, else by cookie,
 * unless another site made the browser send that with a request that may change something.
 */
export async function authenticate(request: Request, env: Env): Promise<Authentication> {
  const authorization = request.headers.get("authorization");
  const token = tokenOf(request, authorization);
  // In a cookie a key would be used by whatever the browser sends.
  const isKey = token !== null && authorization !== null && isLikeApiKey(token);
  const read = isKey ? sessionOfKey : sessionOf;
  const session = token === null ? withoutToken(request, authorization) : await read(token, env);
  if (typeof session === "string") return { ok: false, refusal: session };
  if (authorization === null && !SAFE_METHODS.has(request.method) && isCrossSite(request)) {
    return { ok: false, refusal: "cross_site_request" };
  }
  return { ok: true, session };
}

/** A session whose access token has expired: by that token, or by the cookie's refresh token. */
export interface ExpiredSession {
  readonly sessionId: string | null;
  readonly refreshHash: string | null;
}

/** Null where the request proves a session, or none at all. */
export async function expiredSession(request: Request, env: Env): Promise<ExpiredSession | null> {
  const authentication = await authenticate(request, env);
  if (authentication.ok || authentication.refusal !== "token_expired") return null;
  const token = tokenOf(request, request.headers.get("authorization"));
  if (token !== null) return { sessionId: sessionOfExpired(token), refreshHash: null };
  return { sessionId: null, refreshHash: hashOf(cookie(request, "refresh") ?? "") };
}

/** The session that got this live ticket, if it has not ended since; null for any other text. */
export async function sessionOfLiveTicket(text: string, env: Env): Promise<Session | null> {
  const liveTicket = await readLiveTicket(env, text);
  if (liveTicket === null || (await isRevoked(env.DB, liveTicket.sessionId))) return null;
  const { sessionId: id, accountId } = liveTicket;
  return { id, accountId, isClosing: false, liveTicket };
}

/** Whether another site's page sent this. Browsers set both headers, other clients neither. */
export function isCrossSite(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = request.headers.get("origin");
  return origin !== null && origin !== new URL(request.url).origin;
}

function tokenOf(request: Request, authorization: string | null): string | null {
  if (authorization === null) return cookie(request, "session");
  return /^Bearer +(.+)$/i.exec(authorization)?.[1] ?? null;
}

/** Browsers drop the session cookie when its token expires, and keep that of the refresh token. */
function withoutToken(request: Request, authorization: string | null): TokenRefusal {
  return authorization === null && cookie(request, "refresh") !== null ? "token_expired" : "not_signed_in";
}

async function sessionOf(token: string, env: Env): Promise<Session | TokenRefusal> {
  const claims = await readAccessToken(env, token);
  if (claims === "expired") return "token_expired";
  if (claims === null || (await isRevoked(env.DB, claims.sessionId))) return "token_invalid";
  const { sessionId: id, accountId, isClosing } = claims;
  return { id, accountId, isClosing };
}

/** Read with each request, so that a key that is revoked opens nothing from then on. */
async function sessionOfKey(key: string, env: Env): Promise<Session | TokenRefusal> {
  const apiKey = await readApiKey(env.DB, key);
  if (apiKey === null) return "api_key_refused";
  const { id, accountId } = apiKey;
  return { id, accountId, isClosing: false, apiKey };
}
