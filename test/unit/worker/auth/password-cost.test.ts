// What verifying costs, whoever is asked for, and which stored forms are outdated. The work is
// counted, not timed.

import { beforeEach, describe, expect, test, vi } from "vitest";
import { hashPassword, isOutdated, verifyPassword } from "../../../../src/worker/auth/passwords.ts";

interface Options {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}

const counted: Options[] = [];

// Stands for scrypt: notes what it was asked for, and answers at once what depends on all of it.
vi.mock("node:crypto", async (importOriginal) => {
  const real = await importOriginal<typeof import("node:crypto")>();
  type Done = (fault: Error | null, hash: Buffer) => void;
  const scrypt = (password: string, salt: Uint8Array, length: number, options: Options, done: Done) => {
    counted.push(options);
    const text = JSON.stringify([password, [...salt], options.N, options.r, options.p]);
    done(null, real.createHash("sha256").update(text).digest().subarray(0, length));
  };
  return { ...real, scrypt };
});

const TODAY = 2 ** 14 * 8 * 5;
const SALT = "A".repeat(22);

beforeEach(() => {
  counted.length = 0;
});

function workDone(): number {
  return counted.reduce((sum, { N, r, p }) => sum + N * r * p, 0);
}

/** The form of a hash at that cost, of a password that nobody knows. */
function form(logN: number | string, r: number | string, p: number | string): string {
  return `$scrypt$ln=${logN},r=${r},p=${p}$${SALT}$${"B".repeat(43)}`;
}

/** A hash of `password` as it was made when the cost was lower. */
async function hashedAt(password: string, logN: number, p: number): Promise<string> {
  const { createHash } = await import("node:crypto");
  const text = JSON.stringify([password, [...Buffer.from(SALT, "base64")], 2 ** logN, 8, p]);
  return `$scrypt$ln=${logN},r=8,p=${p}$${SALT}$${createHash("sha256").update(text).digest("base64").replace(/=+$/, "")}`;
}

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
  ])("%s", async (_who, stored) => {
    expect(await verifyPassword("wrong", stored)).toBe(false);
    expect(workDone()).toBe(TODAY);
  });

  test.each(["", "wrong", "a password that is much longer than what most people choose".repeat(8)])(
    "with %j as the password",
    async (password) => {
      await verifyPassword(password, null);
      await verifyPassword(password, form(14, 8, 5));
      const [nobody, somebody] = counted;
      expect(counted).toHaveLength(2);
      expect(nobody).toEqual(somebody);
    },
  );

  test("and no row makes it take more than 64 MiB, or eight times as long", async () => {
    for (const logN of [1, 9, 10, 14, 15, 16, 20, 31, 99]) {
      for (const r of [1, 8, 64, 999]) for (const p of [1, 5, 40, 999]) await verifyPassword("wrong", form(logN, r, p));
    }
    for (const { N, r, p } of counted) {
      expect(128 * r * (N + p)).toBeLessThan(64 * 1024 * 1024);
      expect(N * r * p).toBeLessThanOrEqual(8 * TODAY);
    }
  });
});

describe("a password from when the cost was lower", () => {
  test("still signs in, at its own cost", async () => {
    const old = await hashedAt("correct horse", 12, 5);
    expect(await verifyPassword("correct horse", old)).toBe(true);
    expect(workDone()).toBe(TODAY / 4);
  });
});

describe("a stored form", () => {
  test("that was made today is not outdated", async () => {
    expect(isOutdated(await hashPassword("correct horse"))).toBe(false);
  });

  test.each<[what: string, stored: string, want: boolean]>([
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
  ])("%s", (_what, stored, want) => {
    expect(isOutdated(stored)).toBe(want);
  });
});
