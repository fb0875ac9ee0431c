// Passwords: what is stored, what it is compared with, and what that costs, counted and not timed.

import { beforeEach, describe, expect, test, vi } from "vitest";
import { hashPassword, isOutdated, verifyPassword } from "../../../../src/worker/auth/passwords.ts";

interface Cost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

const work = vi.hoisted(() => ({ counted: [] as Cost[], isReal: false }));

// scrypt itself, at its lowest cost, with the cost that was asked for as a part of the salt.
vi.mock("node:crypto", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:crypto")>();
  type Done = (fault: Error | null, hash: Buffer) => void;
  const scrypt = (password: string, salt: Uint8Array, length: number, cost: Cost & { maxmem: number }, done: Done) => {
    work.counted.push(cost);
    if (work.isReal) return real.scrypt(password, salt, length, cost, done);
    const { N, r, p } = cost;
    return real.scrypt(
      password,
      Buffer.concat([salt, Buffer.from(`${N},${r},${p}`)]),
      length,
      { N: 2, r: 1, p: 1 },
      done,
    );
  };
  return { ...real, scrypt };
});

const TODAY = 2 ** 14 * 8 * 5;
const SALT = "A".repeat(22);
const PASSWORD = "correct horse battery";
const stored = await hashPassword(PASSWORD);

beforeEach(() => {
  work.counted = [];
  work.isReal = false;
});

function workDone(): number {
  return work.counted.reduce((sum, { N, r, p }) => sum + N * r * p, 0);
}

/** The form of a hash at that cost, of a password that nobody knows. */
function form(logN: number | string, r: number | string, p: number | string): string {
  return `$scrypt$ln=${logN},r=${r},p=${p}$${SALT}$${"B".repeat(43)}`;
}

function withOtherSalt(hash: string): string {
  const [nothing, name, cost, salt = "", rest] = hash.split("$");
  return [nothing, name, cost, salt.startsWith("A") ? `B${salt.slice(1)}` : `A${salt.slice(1)}`, rest].join("$");
}

describe("a stored password", () => {
  test("names its algorithm and its cost, at OWASP's floor, with 128 bits of salt and a hash of 256", async () => {
    work.isReal = true;
    const real = await hashPassword(PASSWORD);
    expect(real).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[\w+/]{22}\$[\w+/]{43}$/);
    expect([await verifyPassword(PASSWORD, real), await verifyPassword(`${PASSWORD}!`, real)]).toEqual([true, false]);
  });

  test("differs from another of the same password, and both verify", async () => {
    const again = await hashPassword(PASSWORD);
    expect(again).not.toBe(stored);
    expect(await verifyPassword(PASSWORD, again)).toBe(true);
  });

  test("keeps the cost it was hashed with, so that the cost can be raised later", async () => {
    work.isReal = true;
    // RFC 7914, section 12: scrypt("password", "NaCl", N=1024, r=8, p=16), its first 32 bytes.
    const salt = Buffer.from("NaCl").toString("base64").replace(/=+$/, "");
    const hash = Buffer.from("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162", "hex");
    const cheaper = `$scrypt$ln=10,r=8,p=16$${salt}$${hash.toString("base64").replace(/=+$/, "")}`;
    expect(await verifyPassword("password", cheaper)).toBe(true);
    expect(workDone()).toBe(2 ** 10 * 8 * 16);
    expect(await verifyPassword("Password", cheaper)).toBe(false);
  });
});

describe("verifying", () => {
  test.each<[name: string, password: string, stored: string | null, want: boolean]>([
    ["accepts the password", PASSWORD, stored, true],
    ["refuses another password", "correct horse batterx", stored, false],
    ["refuses another case", PASSWORD.toUpperCase(), stored, false],
    ["refuses nothing at all", "", stored, false],
    ["refuses everything for nobody", PASSWORD, null, false],
    ["refuses a form that is not ours: !", PASSWORD, "!", false],
    ["refuses a form that is not ours: empty", PASSWORD, "", false],
    ["refuses a form that is not ours: the password itself", PASSWORD, PASSWORD, false],
    ["refuses a form that is not ours: bcrypt", PASSWORD, `$2b$12$${"R9h/cIPz0gi".repeat(5).slice(0, 53)}`, false],
    ["refuses a hash with something after it", PASSWORD, `${stored}\n`, false],
    ["refuses a hash with something before it", PASSWORD, `x${stored}`, false],
    ["refuses a hash that was cut", PASSWORD, stored.slice(0, -8), false],
    ["refuses a hash with another salt", PASSWORD, withOtherSalt(stored), false],
    ["refuses a hash with another cost", PASSWORD, stored.replace("p=5", "p=6"), false],
  ])("%s", async (_name, password, hash, want) => {
    expect(await verifyPassword(password, hash)).toBe(want);
  });

  test.each([
    ["é in one code point or two", "caf\u00e9 cr\u00e8me", "cafe\u0301 cre\u0300me"],
    ["full-width letters", "\uff50\uff41\uff53\uff53word1", "password1"],
    ["a ligature", "o\ufb03ce hours", "office hours"],
  ])("is the same on every keyboard: %s", async (_name, typed, meant) => {
    expect(await verifyPassword(meant, await hashPassword(typed))).toBe(true);
  });

  test.each([
    ["128 letters, far beyond bcrypt's 72 bytes", "é".repeat(127)],
    ["512 characters, the most that may be chosen, of four bytes each", "🎫".repeat(511)],
    ["a NUL in the middle", `before\0${"x".repeat(120)}`],
  ])("counts a long password to its last character: %s", async (_name, start) => {
    const long = await hashPassword(`${start}a`);
    expect(await verifyPassword(`${start}a`, long)).toBe(true);
    expect(await verifyPassword(`${start}b`, long)).toBe(false);
  });
});

describe("a sign-in that is refused costs the same, whether it is for", () => {
  test.each<[who: string, stored: string | null]>([
    ["nobody", null],
    ["an account that nobody signs in to", "!"],
    ["an account at today's cost", form(14, 8, 5)],
    ["one from when N was a quarter", form(12, 8, 5)],
    ["one from when p was less", form(14, 8, 1)],
    ["one from when r was less", form(14, 4, 5)],
    ["one at a cost that is as high with less memory", form(13, 8, 10)],
    ["one at a cost that would take 64 MiB", form(16, 8, 1)],
    ["one at a cost that would take 128 GiB", form(30, 8, 1)],
    ["one at a cost that would take minutes", form(14, 8, 999)],
    ["one at no cost at all", form(0, 0, 0)],
    ["one at a cost that only a corrupt row names", form("99999999999999999999", "8", "5")],
  ])("%s", async (_who, hash) => {
    expect(await verifyPassword("wrong", hash)).toBe(false);
    expect(workDone()).toBe(TODAY);
  });

  test.each(["", "wrong", "a password that is much longer than what most people choose".repeat(8)])(
    "nobody or somebody, with %j as the password",
    async (password) => {
      await verifyPassword(password, null);
      await verifyPassword(password, form(14, 8, 5));
      expect(work.counted).toHaveLength(2);
      expect(work.counted[0]).toEqual(work.counted[1]);
    },
  );

  test("and no row makes it take more than 64 MiB, or eight times as long", async () => {
    for (const logN of [1, 9, 10, 14, 15, 16, 20, 31, 99]) {
      for (const r of [1, 8, 64, 999]) for (const p of [1, 5, 40, 999]) await verifyPassword("wrong", form(logN, r, p));
    }
    for (const { N, r, p } of work.counted) {
      expect(128 * r * (N + p)).toBeLessThan(64 * 1024 * 1024);
      expect(N * r * p).toBeLessThanOrEqual(8 * TODAY);
    }
  });
});

test.each<[what: string, stored: string, want: boolean]>([
  ["that was made today", stored, false],
  ["at today's cost", form(14, 8, 5), false],
  ["at a lower N", form(13, 8, 5), true],
  ["at a lower p", form(14, 8, 4), true],
  ["at a lower r", form(14, 7, 5), true],
  ["that takes as long with less memory", form(13, 8, 10), true],
  ["at a higher N", form(15, 8, 5), false],
  ["at a higher p", form(14, 8, 6), false],
  ["at a higher N and a lower p, longer in all", form(15, 8, 3), false],
  ["that nobody signs in with", "!", false],
  ["at a cost that is refused", form(30, 8, 5), false],
])("a hash %s (%s) is outdated: %s", (_what, hash, want) => {
  expect(isOutdated(hash)).toBe(want);
});
