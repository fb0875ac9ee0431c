// Whether a code is genuine: one of the door's public keys has signed it.

import { readPassCode } from "../../../domain/pass-code.ts";
import type { Genuineness } from "../core/device.ts";
import type { DoorKey } from "../core/store.ts";

const imported = new Map<string, Promise<CryptoKey>>();

export async function verifyCode(code: string, keys: readonly DoorKey[]): Promise<Genuineness> {
  const read = readPassCode(code);
  if (read === null) return "forged";
  const key = keys.find(({ number }) => number === read.keyNumber);
  // A key that is newer than the list. Only the service knows it.
  if (key === undefined) return "unverifiable";
  try {
    const isGenuine = await crypto.subtle.verify("Ed25519", await keyOf(key), read.signature, read.signed);
    return isGenuine ? "genuine" : "forged";
  } catch {
    return "unverifiable";
  }
}

/** Browsers know Ed25519 since Safari 17, Firefox 129 and Chrome 137. */
export async function canVerify(): Promise<boolean> {
  try {
    // The base point's coordinate: any point of the curve would do.
    await keyOf({ number: 0, x: "WGZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmZmY" });
    return true;
  } catch {
    return false;
  }
}

function keyOf({ number, x }: DoorKey): Promise<CryptoKey> {
  const name = `${number} ${x}`;
  const known = imported.get(name);
  if (known !== undefined) return known;
  const key = crypto.subtle.importKey("jwk", { kty: "OKP", crv: "Ed25519", x }, "Ed25519", false, ["verify"]);
  imported.set(name, key);
  return key;
}
