// Which passwords may be chosen, which may be tried, and that the description of both is true.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { commonPasswords } from "../../../../scripts/lib/common-passwords.ts";
import { Registration } from "../../../../src/worker/accounts/schemas.ts";
import { NewPassword, TypedPassword } from "../../../../src/worker/auth/password-rules.ts";
import { Credentials } from "../../../../src/worker/auth/schemas.ts";
import { folded, weakness } from "../../../../src/worker/auth/weak-passwords.ts";
import { badPaths } from "../http/bad-paths.ts";

const LENGTH = "must have 8 to 512 characters";
const COMMON = "is too easy to guess: choose another";
const OWN_NAME = "must be neither your username nor your e-mail address";
const NOBODY = { username: "ada", email: "lovelace@example.org" };
const OWNER = { username: "Ada.Lovelace", email: "countess.of@analytical.example" };
const DIGITS = { username: "19750103", email: "20010507@example.org" };
const registration = { ...NOBODY, password: "correct horse" };

/** Why a schema refuses a password: the first reason, as clients see it. */
function why(schema: z.ZodType, password: unknown): string | undefined {
  return schema.safeParse(password).error?.issues[0]?.message;
}

describe("a password may be chosen", () => {
  test.each([
    ["with 8 characters", "z8h/q1-!"],
    ["with 128 emoji", "🎫".repeat(128)],
    ["with 128 characters of a letter and three marks each", "\u03b1\u0313\u0300\u0345".repeat(128)],
    ["with 512 characters", "x".repeat(512)],
    ["with 512 characters that are two UTF-16 units each", "𝄞".repeat(512)],
    ["in another script", "пароль из слов"],
    ["with spaces around it", "  spaces  "],
    ["of spaces alone", "        "],
    ["with a NUL", "nul\u0000 inside"],
    ["with a line end", "two\nlines"],
    ["with a bidirectional override and a joiner", "\u202eabc\u200ddefg"],
  ])("%s, and is taken as it is", (_how, password) => {
    expect(Registration.parse({ ...registration, password }).password).toBe(password);
    expect(Credentials.parse({ username: "ada", password }).password).toBe(password);
    expect(weakness(password, NOBODY, false)).toBeNull();
  });

  test.each([
    ["with nothing in it", "", LENGTH],
    ["with 7 characters", "z8h/q1-", LENGTH],
    ["with 7 characters in 14 UTF-16 units", "🎫".repeat(7), LENGTH],
    ["with 513 characters", "x".repeat(513), LENGTH],
    [
      "with 4 letters that are written with a mark each",
      "e\u0301".repeat(4),
      expect.stringMatching(/^must have at least 8/),
    ],
    ["with half of a surrogate pair", "half a pair \ud800", "must be valid Unicode"],
    ["with the other half", "\udc00 the other half", "must be valid Unicode"],
    ["that is a number", 12_345_678, expect.any(String)],
    ["that is null", null, expect.any(String)],
  ])("but not %s", (_how, password, message) => {
    expect(badPaths(Registration, { ...registration, password })).toEqual(["password"]);
    expect(why(NewPassword, password)).toEqual(message);
  });
});

describe("the description", () => {
  const { minLength = -1, maxLength = -1 } = z.toJSONSchema(NewPassword, { io: "input" });
  // Letters, whole planes, and what NFKC makes shorter or longer.
  const unit = fc.oneof(
    fc.constantFrom("e", "\u0301", "ᄒ", "ᅡ", "ᆫ", "ﷺ", "🎫"),
    fc.string({ unit: "binary", maxLength: 1 }),
  );
  const written = fc.array(unit, { maxLength: 20 }).map((units) => units.join(""));
  const padded = fc.tuple(written, fc.constantFrom("", "é".repeat(120), "e\u0301".repeat(250), "𝄞".repeat(500)));

  test("is true of every password's length", () => {
    expect([minLength, maxLength]).toEqual([8, 512]);
    fc.assert(
      fc.property(padded, ([start, end]) => {
        const { length } = [...(start + end)];
        const isAccepted = why(NewPassword, start + end) !== LENGTH;
        expect(isAccepted).toBe(length >= minLength && length <= maxLength);
      }),
      { numRuns: 2_000 },
    );
  });

  test("of a sign-in takes every password that may be chosen, in whatever form it is typed", () => {
    fc.assert(
      fc.property(padded, ([start, end]) => {
        const password = start + end;
        if (!NewPassword.safeParse(password).success) return;
        for (const form of ["NFC", "NFD"]) expect(why(TypedPassword, password.normalize(form))).toBeUndefined();
      }),
      { numRuns: 2_000 },
    );
  });

  test.each([
    ["a letter and a mark", "\u00e9"],
    ["a letter and three marks", "\u1f82"],
  ])("takes a full-length password from a keyboard that writes %s for each character", (_parts, character) => {
    const chosen = character.repeat(512);
    expect(why(NewPassword, chosen)).toBeUndefined();
    expect(chosen.normalize("NFD").length).toBeGreaterThan(chosen.length);
    expect(why(TypedPassword, chosen.normalize("NFD"))).toBeUndefined();
  });
});

describe("the list of common passwords", () => {
  const list = commonPasswords();

  test("is sorted, has each password once, and has them in the form in which passwords are compared", () => {
    expect(list).toHaveLength(5_068);
    expect(list).toEqual([...new Set(list)].sort());
    for (const password of list) {
      expect(password).toMatch(/^[!-@[-~]{8,}$/);
      expect([folded(password), folded(password.toUpperCase())]).toEqual([password, password]);
    }
  });

  // Some of each source, common and less common, picked by hand from the sources.
  test.each(
    "password 12345678 123456789 qwertyuiop 1q2w3e4r iloveyou trustno1 11111111 1qaz2wsx 00000000 1234567890- jennifer sunshine1 admin123 aa123456 p@ssw0rd zzzzzzzz".split(
      " ",
    ),
  )("has %s", (password) => {
    expect(list).toContain(password);
  });
});

test.each<[what: string, password: string, owner: typeof NOBODY, isCommon: boolean, want: string | null]>([
  ["a common password", "password123", NOBODY, true, COMMON],
  ["a common password that is the username, too", "ada.lovelace", OWNER, true, COMMON],
  ["the name of this service", "ticketoverlord", NOBODY, false, COMMON],
  ["the name of this service, as a title", "Ticket-Overlord", NOBODY, false, COMMON],
  ["the name of this service, and a year", "ticket overlord 2026!", NOBODY, false, COMMON],
  ["the name of this service, in capitals", "TICKET_OVERLORD", NOBODY, false, COMMON],
  ["what this service sells, and a number", "tickets1", NOBODY, false, COMMON],
  ["half of its name, and a number", "Overlord99", NOBODY, false, COMMON],
  ["a sentence with its name", "overlord of my tickets", NOBODY, false, null],
  ["a sentence with what it sells", "a ticket to ride 1965", NOBODY, false, null],
  ["the username", "Ada.Lovelace", OWNER, false, OWN_NAME],
  ["the username in capitals", "ADA.LOVELACE", OWNER, false, OWN_NAME],
  ["the username in full width", "ａｄａ．ｌｏｖｅｌａｃｅ", OWNER, false, OWN_NAME],
  ["the username without its dot, and a year", "adalovelace1815", OWNER, false, OWN_NAME],
  ["the e-mail address", "Countess.Of@Analytical.example", OWNER, false, OWN_NAME],
  ["the e-mail address's local part", "countess.of", OWNER, false, OWN_NAME],
  ["that part with a number and a mark", "CountessOf7!", OWNER, false, OWN_NAME],
  ["more than the username", "ada lovelace's engine", OWNER, false, null],
  ["the e-mail address's host", "analytical.example", OWNER, false, null],
  ["half of the local part behind a number", "1815 countess", OWNER, false, null],
  ["a username of digits", "19750103", DIGITS, false, OWN_NAME],
  ["a local part of digits", "20010507", DIGITS, false, OWN_NAME],
  ["other digits than the username's", "83021746", DIGITS, false, null],
])("%s: %s", (_what, password, owner, isCommon, want) => {
  expect(weakness(password, owner, isCommon)).toBe(want);
});
