// Base45, by RFC 9285's own examples and by properties.

import fc from "fast-check";
import { expect, test } from "vitest";
import { fromBase45, toBase45 } from "../../../src/domain/base45.ts";

test.each([
  ["AB", "BB8"],
  ["Hello!!", "%69 VD92EX0"],
  ["base-45", "UJCLQE7W581"],
  ["ietf!", "QED8WEX0"],
  ["", ""],
  ["\u0000", "00"],
  ["\u0000\u0000", "000"],
])("%j is written %j, and read again", (text, written) => {
  const bytes = new TextEncoder().encode(text);
  expect(toBase45(bytes)).toBe(written);
  expect(fromBase45(written)).toEqual(bytes);
});

test.each([
  ["more than two bytes hold", ":::"],
  ["one more than two bytes hold", "GGW"],
  ["more than one byte holds", "::"],
  ["one more than one byte holds", "V5"],
  ["a character alone", "A"],
  ["a character too many", "BB80"],
  ["lower case", "bb8"],
  ["a mark that is not among the 45", "BB_"],
  ["a line's end", "BB8\n"],
  ["a character of two code units", "😀A"],
])("%s is nothing: %j", (_what, text) => {
  expect(fromBase45(text)).toBeNull();
});

test("the largest values that there are", () => {
  expect(fromBase45("FGW")).toEqual(Uint8Array.of(255, 255));
  expect(fromBase45("U5")).toEqual(Uint8Array.of(255));
});

test("what was written is read again", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      expect(fromBase45(toBase45(bytes))).toEqual(bytes);
    }),
  );
});

test("each text that can be read is the only one for its bytes", () => {
  const character = fc.constantFrom(..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:");
  fc.assert(
    fc.property(fc.array(character, { maxLength: 30 }), (characters) => {
      const text = characters.join("");
      const bytes = fromBase45(text);
      if (bytes !== null) expect(toBase45(bytes)).toBe(text);
    }),
    { numRuns: 1_000 },
  );
});
