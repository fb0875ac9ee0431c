// Whose request this is: by a bearer token, or by a cookie that another site can't make use of.

import type { Env } from "../env.ts";
import { ProblemError } from "../http/problems.ts";
import { cookie } from "./cookies.ts";
import { isRevoked } from "./revocation-list.ts";
import { readAccessToken } from "./tokens.ts";

export interface Session {
  readonly id: string;
  readonly accountId: string;
}

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/**
 * The session that the request proves, or null. A token in `Authorization` alone counts where there
 * is one. A cookie that another site made the browser send, with a request that may change
 * something, is refused or ignored.
 */
export async function authenticate(
  request: Request,
  env: Env,
  crossSite: "refuse" | "ignore",
): Promise<Session | null> {
  const authorization = request.headers.get("authorization");
  if (authorization !== null) {
    const token = /^Bearer +([\w.-]+)$/i.exec(authorization)?.[1];
    return token === undefined ? null : sessionOf(token, env);
  }
  const token = cookie(request, "session");
  const session = token === null ? null : await sessionOf(token, env);
  if (session !== null && !SAFE_METHODS.has(request.method) && isCrossSite(request)) {
    if (crossSite === "ignore") return null;
    throw new ProblemError("cross-site-request");
  }
  return session;
}

/**
 * Whether a page of another site sent this. Browsers send both headers themselves; other clients
 * send neither.
 */
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
