// Whose request this is: by a bearer token, or by a cookie that another site can't make use of.

import type { Env } from "../env.ts";
import { cookie } from "./cookies.ts";
import { isRevoked } from "./revocation-list.ts";
import { readAccessToken } from "./tokens.ts";

export interface Session {
  readonly id: string;
  readonly accountId: string;
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

export type Authentication =
  | { readonly ok: true; readonly session: Session }
  | { readonly ok: false; readonly refusal: "not_signed_in" | "cross_site_request" };

/**
 * The session that the request proves: by its `Authorization` header if it has one, else by cookie,
 * unless another site made the browser send that with a request that may change something.
 */
export async function authenticate(request: Request, env: Env): Promise<Authentication> {
  const authorization = request.headers.get("authorization");
  const token = authorization === null ? cookie(request, "session") : /^Bearer +([\w.-]+)$/i.exec(authorization)?.[1];
  const session = token == null ? null : await sessionOf(token, env);
  if (session === null) return { ok: false, refusal: "not_signed_in" };
  if (authorization === null && !SAFE_METHODS.has(request.method) && isCrossSite(request)) {
    return { ok: false, refusal: "cross_site_request" };
  }
  return { ok: true, session };
}

/** Whether another site's page sent this. Browsers set both headers, other clients neither. */
export function isCrossSite(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = request.headers.get("origin");
  return origin !== null && origin !== new URL(request.url).origin;
}

async function sessionOf(token: string, env: Env): Promise<Session | null> {
  const claims = await readAccessToken(env, token);
  if (claims === null || (await isRevoked(env.DB, claims.sessionId))) return null;
  return { id: claims.sessionId, accountId: claims.accountId };
}
