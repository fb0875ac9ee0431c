// Which passwords may be chosen, which may be tried, and that the description of both is true.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { Registration } from "../../../../src/worker/accounts/schemas.ts";
import { commonPasswords } from "../../../../src/worker/auth/common-passwords.ts";
import { NewPassword, TypedPassword, whyNotFor } from "../../../../src/worker/auth/password-rules.ts";
import { Credentials } from "../../../../src/worker/auth/schemas.ts";
import { badPaths } from "../http/bad-paths.ts";

const LENGTH = "must have 8 to 512 characters";
const COMMON = "is among the passwords that are tried first: choose a less common one";
const registration = { username: "ada", email: "lovelace@example.org", password: "correct horse" };

/** Why a password may not be chosen; the first reason, as clients are told. */
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
  });

  test.each([
    ["with nothing in it", "", LENGTH],
    ["with 7 characters", "z8h/q1-", LENGTH],
    ["with 7 characters in 14 UTF-16 units", "🎫".repeat(7), LENGTH],
    ["with 513 characters", "x".repeat(513), LENGTH],
    ["with 4 letters that are written with a mark each", "e\u0301".repeat(4), expect.stringMatching(/^must have 8/)],
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

  test("says what is true of every password's length", () => {
    expect([minLength, maxLength]).toEqual([8, 512]);
    const accepts = (password: string) => why(NewPassword, password) !== LENGTH;
    fc.assert(
      fc.property(padded, ([start, end]) => {
        const password = start + end;
        const { length } = [...password];
        expect(accepts(password)).toBe(length >= minLength && length <= maxLength);
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
});

test.each([
  ["a letter and a mark", "\u00e9"],
  ["a letter and three marks", "\u1f82"],
])("a password of full length may be typed on a keyboard that writes %s for each character", (_parts, character) => {
  const chosen = character.repeat(512);
  expect(why(NewPassword, chosen)).toBeUndefined();
  expect(chosen.normalize("NFD").length).toBeGreaterThan(chosen.length);
  expect(why(TypedPassword, chosen.normalize("NFD"))).toBeUndefined();
});

describe("the list of common passwords", () => {
  const words = [...commonPasswords()];

  test("is unpacked as it was made: sorted, each once, in the form that passwords are compared in", () => {
    expect(words).toHaveLength(5_068);
    expect(words).toEqual([...new Set(words)].sort());
    for (const word of words) expect(word).toMatch(/^[!-@[-~]{8,}$/);
  });

  test("is refused from its first to its last, in capitals too", () => {
    for (const word of words) {
      expect(why(NewPassword, word), word).toBe(COMMON);
      expect(why(NewPassword, word.toUpperCase()), word).toBe(COMMON);
    }
  });

  // Some of each source, common and less common, picked by hand from the sources.
  test.each([
    ...["password", "12345678", "123456789", "qwertyuiop", "1q2w3e4r", "iloveyou", "trustno1", "11111111", "1qaz2wsx"],
    ...["00000000", "1234567890-", "jennifer", "sunshine1", "admin123", "aa123456", "p@ssw0rd", "zzzzzzzz"],
  ])("has %s", (word) => {
    expect(commonPasswords().has(word)).toBe(true);
  });

  test.each([
    ["in mixed case", "PassWord123"],
    ["in full width", "ｐａｓｓｗｏｒｄ１２３"],
    ["in mathematical letters", "𝐩𝐚𝐬𝐬𝐰𝐨𝐫𝐝𝟏𝟐𝟑"],
    ["with a Turkish capital", "İLOVEYOU"],
    ["with a Turkish small letter", "ıloveyou"],
    ["with a long s", "paſſword123"],
  ])("counts %s as well", (_how, password) => {
    expect(why(NewPassword, password)).toBe(COMMON);
  });

  test.each(["password123 and more", "xpassword123", "password 123", "correct horse battery"])(
    "lets %j be",
    (password) => {
      expect(why(NewPassword, password)).toBeUndefined();
    },
  );
});

describe("what is tried here and nowhere else", () => {
  test.each([
    "ticketoverlord",
    "Ticket-Overlord",
    "ticket overlord 2026!",
    "TICKET_OVERLORD",
    "tickets1",
    "Overlord99",
  ])("can't be chosen: %s", (password) => {
    expect(why(NewPassword, password)).toBe(COMMON);
  });

  test.each(["overlord of my tickets", "a ticket to ride 1965"])("is no reason against %j", (password) => {
    expect(why(NewPassword, password)).toBeUndefined();
  });
});

describe("its owner's names", () => {
  const owner = { username: "Ada.Lovelace", email: "countess.of@analytical.example" };

  test.each([
    ["the username", "Ada.Lovelace"],
    ["the username in capitals", "ADA.LOVELACE"],
    ["the username in full width", "ａｄａ．ｌｏｖｅｌａｃｅ"],
    ["the username without its dot, and a year", "adalovelace1815"],
    ["the e-mail address", "Countess.Of@Analytical.example"],
    ["the e-mail address's local part", "countess.of"],
    ["that part with a number and a mark", "CountessOf7!"],
  ])("can't be the password: %s", (_what, password) => {
    expect(whyNotFor(owner, password)).toBe("must be neither your username nor your e-mail address");
    expect(badPaths(Registration, { ...owner, password })).toEqual(["password"]);
  });

  test.each(["ada lovelace's engine", "analytical.example", "1815 countess"])(
    "are no reason against %j",
    (password) => {
      expect(whyNotFor(owner, password)).toBeNull();
    },
  );

  test("that are but digits are refused as they are, and no other digits for them", () => {
    const digits = { username: "19750103", email: "20010507@example.org" };
    expect(whyNotFor(digits, "19750103")).not.toBeNull();
    expect(whyNotFor(digits, "20010507")).not.toBeNull();
    expect(whyNotFor(digits, "83021746")).toBeNull();
  });
});
