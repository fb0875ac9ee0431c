// Session tokens: signed, short-lived, carried as a bearer token or in a cookie, and revocable at once.

import { jwtVerify, SignJWT } from "jose";
import { type Env, sessionSecret } from "../env.ts";
import { newLongId } from "../ids.ts";
import { ProblemError } from "../problems.ts";
import { isRevoked } from "./revocations.ts";

export interface Session {
  readonly id: string;
  readonly accountId: string;
  readonly expiresAtMs: number;
}

const ISSUER = "ticket-overlord";
const ALGORITHM = "HS256";
/** Four holds long: nobody is signed out between choosing tickets and paying for them. */
const SESSION_SECONDS = 60 * 60;
// Browsers accept `__Host-` only with Secure, Path=/ and no Domain: no other host can set or read it.
const COOKIE = "__Host-session";
const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

export async function startSession(env: Pick<Env, "SESSION_SECRET">, accountId: string): Promise<string> {
  return new SignJWT({ sid: newLongId() })
    .setProtectedHeader({ alg: ALGORITHM })
    .setIssuer(ISSUER)
    .setAudience(ISSUER)
    .setSubject(accountId)
    .setIssuedAt()
    .setExpirationTime(`${SESSION_SECONDS}s`)
    .sign(signingKey(env));
}

export function sessionCookie(token: string): string {
  return `${COOKIE}=${token}; Path=/; Max-Age=${SESSION_SECONDS}; HttpOnly; Secure; SameSite=Lax`;
}

export function clearedSessionCookie(): string {
  return `${COOKIE}=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax`;
}

/**
 * The session that the request proves, or null. A token in `Authorization` alone counts where there is one. A cookie
 * that another site made the browser send, with a request that may change something, is refused or ignored.
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
  const token = cookie(request, COOKIE);
  const session = token === null ? null : await sessionOf(token, env);
  if (session !== null && !SAFE_METHODS.has(request.method) && isCrossSite(request)) {
    if (crossSite === "ignore") return null;
    throw new ProblemError("cross-site-request");
  }
  return session;
}

/** Whether a page of another site sent this. Browsers send both headers themselves; other clients send neither. */
export function isCrossSite(request: Request): boolean {
  const site = request.headers.get("sec-fetch-site");
  if (site !== null) return site !== "same-origin" && site !== "none";
  const origin = request.headers.get("origin");
  return origin !== null && origin !== new URL(request.url).origin;
}

async function sessionOf(token: string, env: Env): Promise<Session | null> {
  const claims = await verify(token, env);
  if (claims === null || (await isRevoked(env.DB, claims.id))) return null;
  return claims;
}

async function verify(token: string, env: Env): Promise<Session | null> {
  const key = signingKey(env);
  try {
    const { payload } = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      issuer: ISSUER,
      audience: ISSUER,
      requiredClaims: ["sub", "sid", "iat", "exp"],
    });
    const { sub, sid, exp } = payload;
    if (sub === undefined || typeof sid !== "string" || exp === undefined) return null;
    return { id: sid, accountId: sub, expiresAtMs: exp * 1_000 };
  } catch {
    // jose throws for each of the many ways a token can be wrong. To the caller they are one.
    return null;
  }
}

function signingKey(env: Pick<Env, "SESSION_SECRET">): Uint8Array {
  return new TextEncoder().encode(sessionSecret(env));
}

function cookie(request: Request, name: string): string | null {
  for (const pair of (request.headers.get("cookie") ?? "").split(";")) {
    const [key, value] = pair.trim().split("=", 2);
    if (key === name && value) return value;
  }
  return null;
}
