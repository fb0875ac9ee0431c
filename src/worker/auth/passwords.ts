// Passwords: scrypt, at OWASP's floor for 16 MiB (N=2^14, r=8, p=5), which fits a Worker's 128 MiB of memory.
// https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html

import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

interface Cost {
  readonly logN: number;
  readonly r: number;
  readonly p: number;
}

const COST: Cost = { logN: 14, r: 8, p: 5 };
const SALT_BYTES = 16;
const HASH_BYTES = 32;
// A hash that no password has, at the same cost: an unknown user takes as long as a wrong password.
const NOBODY = `$scrypt$ln=${COST.logN},r=${COST.r},p=${COST.p}$${"A".repeat(22)}$${"A".repeat(43)}`;

/** `$scrypt$ln=…,r=…,p=…$salt$hash`: the form names the cost, so that it can be raised later. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST);
  return `$scrypt$ln=${COST.logN},r=${COST.r},p=${COST.p}$${encode(salt)}$${encode(hash)}`;
}

/** Whether `password` is the one that was hashed. Null, for a user that is not there, takes as long and is false. */
export async function verifyPassword(password: string, stored: string | null): Promise<boolean> {
  const parsed = /^\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(stored ?? NOBODY);
  // A form that is not ours ("!") belongs to an account that nobody signs in to.
  if (parsed === null) return verifyPassword(password, null);
  const [, logN, r, p, salt, expected] = parsed;
  const wanted = Buffer.from(expected ?? "", "base64");
  const cost = { logN: Number(logN), r: Number(r), p: Number(p) };
  const actual = await derive(password, Buffer.from(salt ?? "", "base64"), cost);
  return stored !== null && wanted.length === actual.length && timingSafeEqual(wanted, actual);
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
