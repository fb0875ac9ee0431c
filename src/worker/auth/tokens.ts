// Signed tokens (JWT, with the advice of RFC 8725): access tokens, and those that name a device
// that signed in before.

import { type JWTPayload, jwtVerify, SignJWT } from "jose";
import { newLongId } from "../../platform/ids.ts";
import { type Secrets, signingKey, verificationKey } from "./keys.ts";

/** What an access token says. */
export interface AccessClaims {
  readonly sessionId: string;
  readonly accountId: string;
  readonly expiresAtMs: number;
}

/** What a device's token says. */
export interface DeviceClaims {
  readonly deviceId: string;
  readonly accountId: string;
  /** Tells whether the account's password is still the one that the device signed in with. */
  readonly passwordMark: string;
}

const ISSUER = "ticket-overlord";
const ALGORITHM = "HS256";
// Each kind of token says what it is (RFC 8725 §3.11), so none is taken for another.
const ACCESS = "at+jwt";
const DEVICE = "device+jwt";
// Header parameters that could name a key, or change how the token is read, have no place here.
const HEADER_PARAMETERS = new Set(["alg", "kid", "typ"]);

/** A hold, and a bit: whoever holds tickets need not renew the session before they have paid. */
export const ACCESS_SECONDS = 20 * 60;
/** About as long as browsers keep any cookie. */
export const DEVICE_SECONDS = 400 * 24 * 60 * 60;

/** A token for a session that may be recorded in D1, or, for scripts and tests, is not. */
export async function accessToken(env: Secrets, accountId: string, sessionId = newLongId()): Promise<string> {
  return sign(env, ACCESS, accountId, { sid: sessionId }, ACCESS_SECONDS);
}

// Access tokens that were verified in this isolate, by their whole text: a buyer comes with the
// same one again and again. See docs/decisions/0004-sessions.md.
const verified = new Map<string, AccessClaims & { readonly keyId: string | undefined }>();
const MAX_VERIFIED = 5_000;

/** What the token says, or null where it is not an access token of ours that is valid now. */
export async function readAccessToken(env: Secrets, token: string): Promise<AccessClaims | null> {
  const known = verified.get(token);
  // A key signs the same always; but it may be one of ours no longer, and time goes on.
  if (known !== undefined && (await verificationKey(env, known.keyId)) !== null) {
    return Date.now() < known.expiresAtMs ? known : null;
  }
  const claims = await verify(env, ACCESS, token);
  if (claims === null || typeof claims.sid !== "string") return null;
  const { sid, sub, exp, keyId } = claims;
  const access = { sessionId: sid, accountId: sub, expiresAtMs: exp * 1_000, keyId };
  verified.set(token, access);
  const [oldest = ""] = verified.keys();
  if (verified.size > MAX_VERIFIED) verified.delete(oldest);
  return access;
}

export async function signDeviceToken(env: Secrets, device: DeviceClaims): Promise<string> {
  return sign(env, DEVICE, device.accountId, { did: device.deviceId, pwd: device.passwordMark }, DEVICE_SECONDS);
}

export async function readDeviceToken(env: Secrets, token: string): Promise<DeviceClaims | null> {
  const claims = await verify(env, DEVICE, token);
  if (claims === null || typeof claims.did !== "string" || typeof claims.pwd !== "string") return null;
  return { deviceId: claims.did, accountId: claims.sub, passwordMark: claims.pwd };
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
): Promise<(JWTPayload & { sub: string; exp: number; keyId: string | undefined }) | null> {
  // Throws where the service is misconfigured, which is no fault of the token.
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
      {
        ...{ algorithms: [ALGORITHM], typ: type, issuer: ISSUER, audience: ISSUER },
        requiredClaims: ["sub", "iat", "exp"],
      },
    );
    const { sub, exp } = payload;
    return sub === undefined || exp === undefined ? null : { ...payload, sub, exp, keyId: protectedHeader.kid };
  } catch {
    // jose throws for each of the many ways a token can be wrong. To the caller they are one.
    return null;
  }
}
