// How hard a secret is to guess, from below: what looks like a pattern counts for little. Pure.

import { createHash } from "node:crypto";
import { commonPasswords } from "./common-passwords.ts";

const WORD_BITS = 12;
const SEQUENCE_BITS = 8;
const SHORTEST_PATTERN = 3;
// Shorter ones come twice by chance.
const SHORTEST_REPETITION = 4;

/**
 * An estimate in bits, by one simple rule. From left to right
 * - what stood there before, four characters or more, counts nothing,
 * - three or more equal or consecutive characters (`aaa`, `456`, `cba`) count 8 bits,
 * - three to eight letters of one case are a word, like one drawn from 4,096: 12 bits,
 * - a space or a mark that stood there before counts nothing,
 * - any other character counts as one drawn from all the different characters of the secret.
 * 32 random bytes in hex come to more than 200 bits, eight words of a sentence to less than 128.
 */
export function strengthBits(secret: string): number {
  const bitsPerCharacter = Math.log2(Math.max(1, new Set(secret).size));
  let bits = 0;
  for (let at = 0; at < secret.length; ) {
    const [length, worth] = patternAt(secret, at) ?? [1, bitsPerCharacter];
    bits += Math.min(worth, length * bitsPerCharacter);
    at += length;
  }
  return bits;
}

/** Whether it is the hash of a common password, or of nothing: it looks random, but is not. */
export function isHashOfCommonWord(secret: string): boolean {
  if (!/^[0-9a-f]{32,128}$/i.test(secret)) return false;
  const words = ["", "secret", "password", "admin", "test", "hello", "ticket-overlord", ...commonPasswords()];
  const hash = (algorithm: string, word: string) => createHash(algorithm).update(word).digest("hex");
  return ["sha256", "sha512", "sha1", "md5", "sha384"].some((algorithm) =>
    words.some((word) => hash(algorithm, word) === secret.toLowerCase()),
  );
}

function patternAt(secret: string, at: number): readonly [length: number, bits: number] | null {
  const repeated = repetitionAt(secret, at);
  if (repeated >= SHORTEST_REPETITION) return [repeated, 0];
  const sequence = sequenceAt(secret, at);
  if (sequence >= SHORTEST_PATTERN) return [sequence, SEQUENCE_BITS];
  const word = /^[A-Z]?[a-z]{1,7}|^[A-Z]{1,8}/.exec(secret.slice(at))?.[0].length ?? 0;
  if (word >= SHORTEST_PATTERN) return [word, WORD_BITS];
  const isKnownMark = /^[^A-Za-z0-9]/.test(secret.slice(at)) && secret.indexOf(secret.charAt(at)) < at;
  return isKnownMark ? [1, 0] : null;
}

/** How much of what begins here stood before it. */
function repetitionAt(secret: string, at: number): number {
  let length = 0;
  while (at + length < secret.length && secret.slice(0, at).includes(secret.slice(at, at + length + 1))) length += 1;
  return length;
}

function sequenceAt(secret: string, at: number): number {
  const stepAt = (index: number) => secret.charCodeAt(index + 1) - secret.charCodeAt(index);
  const step = stepAt(at);
  if (Number.isNaN(step) || Math.abs(step) > 1) return 1;
  let length = 2;
  while (stepAt(at + length - 1) === step) length += 1;
  return length;
}
