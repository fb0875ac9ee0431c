// Signed tokens (JWT, with the advice of RFC 8725): access tokens, those of known devices, and live
// tickets.

import { decodeJwt, errors, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { DAY_MS, SECOND_MS } from "../../domain/units.ts";
import { newLongId } from "../../platform/ids.ts";
import { type Secrets, signingKey, verificationKey } from "./keys.ts";

interface AccessClaims {
  readonly sessionId: string;
  readonly accountId: string;
  readonly isClosing: boolean;
  readonly expiresAtMs: number;
}

interface DeviceClaims {
  readonly deviceId: string;
  readonly accountId: string;
  /** Shows whether the account's password is still the one that the device signed in with. */
  readonly passwordMark: string;
}

/** Opens one stream of one reservation or order, once, in place of an access token. */
export interface LiveTicket {
  readonly id: string;
  readonly sessionId: string;
  readonly accountId: string;
  readonly opens: Opened;
  readonly expiresAtMs: number;
}

/** What a live ticket opens. */
export interface Opened {
  readonly type: "reservation" | "order";
  readonly id: string;
}

const ISSUER = "ticket-overlord";
const ALGORITHM = "HS256";
// Each kind of token names its type (RFC 8725 §3.11), so that none is taken for another.
const ACCESS = "at+jwt";
const DEVICE = "device+jwt";
const LIVE_TICKET = "live-ticket+jwt";
// Other header parameters could name a key or change how the token is read: they are refused.
const HEADER_PARAMETERS = new Set(["alg", "kid", "typ"]);

/** Longer than a hold of 15 minutes: buyers need not refresh between reserving and paying. */
export const ACCESS_SECONDS = 20 * 60;
/** A page uses it at once, perhaps over a slow line. */
const LIVE_TICKET_SECONDS = 2 * 60;
/** About as long as browsers keep any cookie. */
export const DEVICE_SECONDS = (400 * DAY_MS) / SECOND_MS;

/** A token for a session, which is in D1 unless the token is for a script or a test. */
export async function accessToken(
  env: Secrets,
  accountId: string,
  sessionId = newLongId(),
  isClosing = false,
): Promise<string> {
  // In the token, because reserving and paying look nothing up in D1.
  return sign(env, ACCESS, accountId, { sid: sessionId, ...(isClosing ? { closing: true } : {}) }, ACCESS_SECONDS);
}

// What this isolate has verified, by a token's whole text. See docs/decisions/0004-sessions.md.
const verified = new Map<string, AccessClaims & { readonly keyId: string | undefined }>();
const MAX_VERIFIED = 5_000;

/** `expired` only for a token that was signed here; null for all that is wrong in another way. */
export async function readAccessToken(env: Secrets, token: string): Promise<AccessClaims | "expired" | null> {
  const known = verified.get(token);
  // The signature stays right, but its key may have been retired, and the token may have expired.
  if (known !== undefined && (await verificationKey(env, known.keyId)) !== null) {
    return Date.now() < known.expiresAtMs ? known : "expired";
  }
  const claims = await verify(env, ACCESS, token);
  if (claims === null || claims === "expired") return claims;
  if (typeof claims.sid !== "string") return null;
  const { sid, sub, exp, keyId } = claims;
  const isClosing = claims.closing === true;
  const access = { sessionId: sid, accountId: sub, isClosing, expiresAtMs: exp * SECOND_MS, keyId };
  verified.set(token, access);
  const [oldest = ""] = verified.keys();
  if (verified.size > MAX_VERIFIED) verified.delete(oldest);
  return access;
}

/** The session of an access token that `readAccessToken` calls expired. */
export function sessionOfExpired(token: string): string | null {
  const { sid } = decodeJwt(token);
  return typeof sid === "string" ? sid : null;
}

export async function signDeviceToken(env: Secrets, device: DeviceClaims): Promise<string> {
  return sign(env, DEVICE, device.accountId, { did: device.deviceId, pwd: device.passwordMark }, DEVICE_SECONDS);
}

export async function readDeviceToken(env: Secrets, token: string): Promise<DeviceClaims | null> {
  const claims = await verify(env, DEVICE, token);
  if (claims === null || claims === "expired") return null;
  if (typeof claims.did !== "string" || typeof claims.pwd !== "string") return null;
  return { deviceId: claims.did, accountId: claims.sub, passwordMark: claims.pwd };
}

export async function signLiveTicket(
  env: Secrets,
  { sessionId, accountId, opens }: Pick<LiveTicket, "sessionId" | "accountId" | "opens">,
): Promise<{ text: string; expiresAtMs: number }> {
  const claims = { jti: newLongId(), sid: sessionId, [opens.type]: opens.id };
  const text = await sign(env, LIVE_TICKET, accountId, claims, LIVE_TICKET_SECONDS);
  return { text, expiresAtMs: (decodeJwt(text).exp ?? 0) * SECOND_MS };
}

export async function readLiveTicket(env: Secrets, text: string): Promise<LiveTicket | null> {
  const claims = await verify(env, LIVE_TICKET, text);
  if (claims === null || claims === "expired") return null;
  const { jti, sid, sub, exp } = claims;
  const opens = openedBy(claims);
  if (jti === undefined || typeof sid !== "string" || opens === null) return null;
  return { id: jti, sessionId: sid, accountId: sub, opens, expiresAtMs: exp * SECOND_MS };
}

function openedBy({ reservation, order }: JWTPayload): Opened | null {
  if (typeof reservation === "string") return { type: "reservation", id: reservation };
  return typeof order === "string" ? { type: "order", id: order } : null;
}

async function sign(
  env: Secrets,
  type: string,
  subject: string,
  claims: JWTPayload,
  lifetimeSeconds: number,
): Promise<string> {
  const { id, key } = await signingKey(env);
  return new SignJWT(claims)
    .setProtectedHeader({ alg: ALGORITHM, kid: id, typ: type })
    .setIssuer(ISSUER)
    .setAudience(ISSUER)
    .setSubject(subject)
    .setIssuedAt()
    .setExpirationTime(`${lifetimeSeconds}s`)
    .sign(key);
}

async function verify(
  env: Secrets,
  type: string,
  token: string,
): Promise<(JWTPayload & { sub: string; exp: number; keyId: string | undefined }) | "expired" | null> {
  // Throws if the service is misconfigured, which is no fault of the token.
  await signingKey(env);
  try {
    const { payload, protectedHeader } = await jwtVerify(
      token,
      async (header) => {
        const isPlain = Object.keys(header).every((name) => HEADER_PARAMETERS.has(name));
        const key = isPlain ? await verificationKey(env, header.kid) : null;
        if (key === null) throw new Error("not signed here");
        return key;
      },
      { algorithms: [ALGORITHM], typ: type, issuer: ISSUER, audience: ISSUER, requiredClaims: ["sub", "iat", "exp"] },
    );
    const { sub, exp } = payload;
    return sub === undefined || exp === undefined ? null : { ...payload, sub, exp, keyId: protectedHeader.kid };
  } catch (fault) {
    // jose throws another error for each way in which a token can be wrong. It looks at the expiry
    // last, so a token of somebody else's making is never called expired.
    return fault instanceof errors.JWTExpired ? "expired" : null;
  }
}
