// The keys that sign tokens: the current one, and the previous one while its tokens are valid.

import { createHash, createHmac } from "node:crypto";
import { settingsOf, type Variables } from "../../platform/settings.ts";

export type Secrets = Pick<Variables, "SESSION_SECRET" | "SESSION_SECRET_PREVIOUS">;

interface SigningKey {
  /** The `kid` of a token's header. Derived from the secret, so that nobody has to name keys. */
  readonly id: string;
  readonly key: CryptoKey;
}

const KEY_ID_LENGTH = 10;
// Imported once per isolate, not once per request. A deployment has at most two.
const imported = new Map<string, SigningKey>();

export async function signingKey(env: Secrets): Promise<SigningKey> {
  return keyOf(settingsOf(env).sessionSecrets[0]);
}

export async function verificationKey(env: Secrets, keyId: string | undefined): Promise<CryptoKey | null> {
  for (const secret of settingsOf(env).sessionSecrets) {
    const { id, key } = await keyOf(secret);
    if (id === keyId) return key;
  }
  return null;
}

/** HMACs of `text`, which only the owner of a secret can make: by the current secret first. */
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
