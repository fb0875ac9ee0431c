// The keys that sign tokens: the current one, and the previous one while tokens that it signed are
// about.

import { createHash, createHmac } from "node:crypto";
import { settingsOf, type Variables } from "../../platform/settings.ts";

export type Secrets = Pick<Variables, "SESSION_SECRET" | "SESSION_SECRET_PREVIOUS">;

export interface SigningKey {
  /**
   * What a token's header calls the key. It is made from the secret, so nobody has to name or count
   * keys.
   */
  readonly id: string;
  readonly key: CryptoKey;
}

const KEY_ID_LENGTH = 10;
// Imported once an isolate, not once a request. A deployment has two of them, and tests a few more.
const imported = new Map<string, SigningKey>();

/** The key that signs. */
export async function signingKey(env: Secrets): Promise<SigningKey> {
  const [current] = settingsOf(env).sessionSecrets;
  return keyOf(current);
}

/** The key that a token's header names, or null where it is not one of ours. */
export async function verificationKey(env: Secrets, keyId: string | undefined): Promise<CryptoKey | null> {
  for (const secret of settingsOf(env).sessionSecrets) {
    const { id, key } = await keyOf(secret);
    if (id === keyId) return key;
  }
  return null;
}

/**
 * What follows from `text` for whoever knows a secret, and for nobody else; the current secret's
 * first.
 */
export function derivations(env: Secrets, purpose: string, text: string): string[] {
  return settingsOf(env).sessionSecrets.map((secret) =>
    createHmac("sha256", secret).update(`${purpose}\0${text}`).digest("base64url"),
  );
}

async function keyOf(secret: string): Promise<SigningKey> {
  const known = imported.get(secret);
  if (known !== undefined) return known;
  const hmac = { name: "HMAC", hash: "SHA-256" };
  const bytes = new TextEncoder().encode(secret);
  const key = await crypto.subtle.importKey("raw", bytes, hmac, false, ["sign", "verify"]);
  const id = createHash("sha256").update(`key id\0${secret}`).digest("base64url").slice(0, KEY_ID_LENGTH);
  const made = { id, key };
  imported.set(secret, made);
  return made;
}
