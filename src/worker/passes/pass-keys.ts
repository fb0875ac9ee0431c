// The keys of passes: the first signs their codes, all verify. docs/decisions/0052-pass-codes.md.

import type { JWK } from "jose";
import { bytesToSign, type PassClaim, readPassCode, writePassCode } from "../../domain/pass-code.ts";
import { type PassKeySetting, settingsOf, type Variables } from "../../platform/settings.ts";

export type PassSecrets = Pick<Variables, "PASS_KEYS">;

interface PassKey {
  readonly number: number;
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** The coordinate of the public key, as a JWK has it. */
  readonly x: string;
}

const ALGORITHM = "Ed25519";
// What precedes the 32 bytes of an Ed25519 key in PKCS #8 (RFC 8410, section 7).
const PKCS8_HEADER = "302e020100300506032b657004220420";
// Imported once per isolate, not once per request.
const imported = new Map<string, PassKey>();

/**
 * The code that lets a pass in, while its generation is the newest: a secret of its holder. It is
 * the same each time, while the first key stays. Throws `ConfigurationError` without keys.
 */
export async function passCode(env: PassSecrets, passId: string, generation: number): Promise<string> {
  const { number, privateKey } = await keyOf(settingsOf(env).passKeys[0]);
  const signed = bytesToSign({ passId, generation }, number);
  return writePassCode(signed, new Uint8Array(await crypto.subtle.sign(ALGORITHM, privateKey, signed)));
}

/** What a code says, if one of the keys has signed it; else null. Its pass need not exist. */
export async function verifyPassCode(env: PassSecrets, code: string): Promise<PassClaim | null> {
  const read = readPassCode(code);
  const setting = settingsOf(env).passKeys.find(({ number }) => number === read?.keyNumber);
  if (read === null || setting === undefined) return null;
  const { publicKey } = await keyOf(setting);
  const isGenuine = await crypto.subtle.verify(ALGORITHM, publicKey, read.signature, read.signed);
  return isGenuine ? { passId: read.passId, generation: read.generation } : null;
}

/** For devices at the door, which verify by themselves. `kid` is the number that codes have. */
export async function publicPassKeys(env: PassSecrets) {
  const keys = await Promise.all(settingsOf(env).passKeys.map(keyOf));
  return keys.map(
    ({ number, x }) => ({ kty: "OKP", crv: "Ed25519", x, alg: ALGORITHM, use: "sig", kid: `${number}` }) satisfies JWK,
  );
}

async function keyOf({ number, seed }: PassKeySetting): Promise<PassKey> {
  const name = `${number}:${seed}`;
  const known = imported.get(name);
  if (known !== undefined) return known;
  const pkcs8 = Buffer.from(PKCS8_HEADER + seed, "hex");
  // It can be exported, because that is how the public key is found.
  const privateKey = await crypto.subtle.importKey("pkcs8", pkcs8, ALGORITHM, true, ["sign"]);
  const { x = "" } = (await crypto.subtle.exportKey("jwk", privateKey)) as JsonWebKey;
  const publicJwk = { kty: "OKP", crv: "Ed25519", x };
  const publicKey = await crypto.subtle.importKey("jwk", publicJwk, ALGORITHM, false, ["verify"]);
  const made = { number, privateKey, publicKey, x };
  imported.set(name, made);
  return made;
}
