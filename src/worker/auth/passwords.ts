// Hashes passwords, with scrypt.

import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

interface Cost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

interface Stored {
  readonly cost: Cost;
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** In place of a hash, where an account has no password: none verifies against it. */
export const NO_PASSWORD = "!";

// OWASP's floor for 16 MiB, which fits a Worker's 128 MiB of memory.
// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
const COST: Cost = { logN: 14, r: 8, p: 5 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
// The highest cost that a stored hash may name: a corrupt row must not exhaust a Worker.
const MAX_MEMORY_BYTES = 48 * 1024 * 1024;
const MAX_WORK = 8 * work(COST);
const MIN_LOG_N = 10;
// A hash that no password has, so that an unknown user takes as long as a wrong password.
const NOBODY: Stored = { cost: COST, salt: new Uint8Array(SALT_BYTES), hash: new Uint8Array(HASH_BYTES) };

/** `$scrypt$ln=…,r=…,p=…$salt$hash`: the form names the cost, so that it can be raised later. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST);
  return `$scrypt$ln=${COST.logN},r=${COST.r},p=${COST.p}$${encode(salt)}$${encode(hash)}`;
}

/** False, after as much work, for null (an unknown user) and for a form that is not ours. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const known = parseStored(stored);
  const { cost, salt, hash } = known ?? NOBODY;
  const verified = timingSafeEqual(hash, await derive(password, salt, cost)) && known !== null;
  // A cheaper hash would show by its speed that its user exists.
  const missing = Math.round((work(COST) - work(cost)) / work({ ...cost, p: 1 }));
  if (!verified && missing > 0) await derive(password, salt, { ...cost, p: missing });
  return verified;
}

export function isOutdated(stored: string): boolean {
  const known = parseStored(stored);
  return known !== null && (work(known.cost) < work(COST) || blockBytes(known.cost) < blockBytes(COST));
}

/** Null for a form that is not ours, or a cost that this service would never have chosen. */
function parseStored(stored: string | null): Stored | null {
  const form = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,3}),p=(\d{1,3})\$([A-Za-z\d+/]{1,86})\$([A-Za-z\d+/]{43})$/;
  const [, logN = "", r = "", p = "", salt = "", hash = ""] = form.exec(stored ?? "") ?? [];
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
  const isSane = cost.logN >= MIN_LOG_N && cost.r >= 1 && cost.p >= 1;
  if (!isSane || work(cost) > MAX_WORK || blockBytes(cost) > MAX_MEMORY_BYTES) return null;
  return { cost, salt: Buffer.from(salt, "base64"), hash: Buffer.from(hash, "base64") };
}

/** Proportional to the time that a hash takes. */
function work({ logN, r, p }: Cost): number {
  return 2 ** logN * r * p;
}

/** Nearly all of the memory that a hash takes. */
function blockBytes({ logN, r }: Cost): number {
  return 128 * 2 ** logN * r;
}

/** Keyboards differ in how they write "é": NFKC makes them agree. */
function derive(password: string, salt: Uint8Array, { logN, r, p }: Cost): Promise<Buffer> {
  const options = { N: 2 ** logN, r, p, maxmem: 64 * 1024 * 1024 };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize("NFKC"), salt, HASH_BYTES, options, (fault, hash) =>
      fault === null ? resolve(hash) : reject(fault),
    );
  });
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64").replace(/=+$/, "");
}
