// Passwords: what is stored, and what it is compared with.

import { describe, expect, test, vi } from "vitest";
import { hashPassword, verifyPassword } from "../../../../src/worker/auth/passwords.ts";

// Each hash takes a core a quarter of a second, and they all queue for the cores of a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const PASSWORD = "correct horse battery";
const stored = await hashPassword(PASSWORD);

describe.concurrent("a stored password", () => {
  test("names its algorithm and its cost, at OWASP's floor, with 128 bits of salt and a hash of 256", () => {
    expect(stored).toMatch(/^\$scrypt\$ln=14,r=8,p=5\$[\w+/]{22}\$[\w+/]{43}$/);
  });

  test("differs from another of the same password, and both verify", async () => {
    const again = await hashPassword(PASSWORD);
    expect(again).not.toBe(stored);
    expect(await verifyPassword(PASSWORD, again)).toBe(true);
  });

  test("keeps the cost it was hashed with, so that the cost can be raised later", async () => {
    // RFC 7914, section 12: scrypt("password", "NaCl", N=1024, r=8, p=16), its first 32 bytes.
    const salt = Buffer.from("NaCl").toString("base64").replace(/=+$/, "");
    const hash = Buffer.from("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162", "hex");
    const cheaper = `$scrypt$ln=10,r=8,p=16$${salt}$${hash.toString("base64").replace(/=+$/, "")}`;
    expect(await verifyPassword("password", cheaper)).toBe(true);
    expect(await verifyPassword("Password", cheaper)).toBe(false);
  });
});

describe.concurrent("verifying", () => {
  test.each<[name: string, password: string, stored: string | null, want: boolean]>([
    ["accepts the password", PASSWORD, stored, true],
    ["refuses another password", "correct horse batterx", stored, false],
    ["refuses another case", PASSWORD.toUpperCase(), stored, false],
    ["refuses nothing at all", "", stored, false],
    ["refuses everything for nobody", PASSWORD, null, false],
    ["refuses a form that is not ours: !", PASSWORD, "!", false],
    ["refuses a form that is not ours: empty", PASSWORD, "", false],
    ["refuses a form that is not ours: the password itself", PASSWORD, PASSWORD, false],
    [
      "refuses a form that is not ours: bcrypt",
      PASSWORD,
      "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW",
      false,
    ],
    ["refuses a hash with something after it", PASSWORD, `${stored}\n`, false],
    ["refuses a hash with something before it", PASSWORD, `x${stored}`, false],
    ["refuses a hash that was cut", PASSWORD, stored.slice(0, -8), false],
    ["refuses a hash with another salt", PASSWORD, withOtherSalt(stored), false],
  ])("%s", async (_name, password, form, want) => {
    expect(await verifyPassword(password, form)).toBe(want);
  });
});

describe.concurrent("keyboards agree", () => {
  test.each([
    ["é in one code point or two", "caf\u00e9 cr\u00e8me", "cafe\u0301 cre\u0300me"],
    ["full-width letters", "\uff50\uff41\uff53\uff53word1", "password1"],
    ["a ligature", "o\ufb03ce hours", "office hours"],
  ])("on %s", async (_name, typed, meant) => {
    expect(await verifyPassword(meant, await hashPassword(typed))).toBe(true);
  });
});

describe.concurrent("a long password counts to its last character", () => {
  test.each([
    ["128 letters, far beyond bcrypt's 72 bytes", "é".repeat(127)],
    ["512 characters, the most that may be chosen, of four bytes each", "🎫".repeat(511)],
    ["a NUL in the middle", `before\0${"x".repeat(120)}`],
  ])("%s", async (_name, start) => {
    const long = await hashPassword(`${start}a`);
    expect(await verifyPassword(`${start}a`, long)).toBe(true);
    expect(await verifyPassword(`${start}b`, long)).toBe(false);
  });
});

test("verifying takes as long for nobody as for a wrong password, so that nobody learns who is here", async () => {
  const wrongMs = await fastestMs(() => verifyPassword("wrong", stored));
  const nobodyMs = await fastestMs(() => verifyPassword("wrong", null));
  const foreignMs = await fastestMs(() => verifyPassword("wrong", "!"));
  // Far from exact, so that a busy machine does not matter: without the work these would take no
  // time at all.
  expect(nobodyMs).toBeGreaterThan(wrongMs / 4);
  expect(foreignMs).toBeGreaterThan(wrongMs / 4);
});

function withOtherSalt(form: string): string {
  const [nothing, name, cost, salt = "", hash] = form.split("$");
  return [nothing, name, cost, salt.startsWith("A") ? `B${salt.slice(1)}` : `A${salt.slice(1)}`, hash].join("$");
}

async function fastestMs(work: () => Promise<unknown>): Promise<number> {
  const timesMs: number[] = [];
  for (let run = 0; run < 3; run++) {
    const startedAtMs = performance.now();
    await work();
    timesMs.push(performance.now() - startedAtMs);
  }
  return Math.min(...timesMs);
}
