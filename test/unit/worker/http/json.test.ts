// Whether a name stands twice in an object of a JSON text.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { repeatsName } from "../../../../src/worker/http/body.ts";

const MAX_BODY_BYTES = 64 * 1024;

/** JSON text, and whether an object in it has a name twice: known from how it was made. */
interface Made {
  readonly text: string;
  readonly repeats: boolean;
}

const space = fc.constantFrom("", " ", "\n", "\t\r ");
// Few names, so that they meet; with what could mislead a scanner.
const name = fc.constantFrom(
  ...["ab", "ba", "", "__proto__", "{a", "a}", '""', "\\\\", "::", '":', "a\\", "a\u2028", "éé", "a\ud800"],
);
const scalar = fc.constantFrom("1", "-0.5e3", "true", "null");

/** One of the ways to write `value`: each letter as it is, escaped, or as its code. */
function written(value: string): fc.Arbitrary<string> {
  const unit = (letter: string) => {
    const code = letter.charCodeAt(0).toString(16).padStart(4, "0");
    return fc.constantFrom(JSON.stringify(letter).slice(1, -1), `\\u${code}`, `\\u${code.toUpperCase()}`);
  };
  return fc.tuple(...value.split("").map(unit)).map((units) => `"${units.join("")}"`);
}

const { json } = fc.letrec<{ json: Made }>((tie) => ({
  json: fc.oneof(
    { maxDepth: 5, withCrossShrink: true },
    scalar.map((text): Made => ({ text, repeats: false })),
    name.chain(written).map((text): Made => ({ text, repeats: false })),
    fc.tuple(space, fc.array(tie("json"), { maxLength: 4 })).map(([gap, items]) => ({
      text: `[${gap}${items.map(({ text }) => text).join(`${gap},`)}]`,
      repeats: items.some(({ repeats }) => repeats),
    })),
    fc
      .array(
        name.chain((key) => fc.tuple(fc.constant(key), written(key), space, tie("json"))),
        { maxLength: 4 },
      )
      .map((members) => ({
        text: `{${members.map(([, key, gap, { text }]) => `${gap}${key}${gap}:${gap}${text}`).join(",")}}`,
        repeats:
          new Set(members.map(([key]) => key)).size < members.length || members.some(([, , , { repeats }]) => repeats),
      })),
  ),
}));

test("a name that stands twice in one object is found, however it is spelled and wherever it is; no other is", () => {
  const met = { repeats: 0, none: 0 };
  fc.assert(
    fc.property(json, ({ text, repeats }) => {
      met[repeats ? "repeats" : "none"]++;
      expect(repeatsName(text)).toBe(repeats);
    }),
    { numRuns: 5_000 },
  );
  expect(Math.min(met.repeats, met.none)).toBeGreaterThan(200);
});

describe("it takes no longer than the body is", () => {
  const repeated = (part: string) => part.repeat(Math.floor(MAX_BODY_BYTES / part.length));
  test.each<[what: string, text: string, repeats: boolean]>([
    ["arrays within arrays", "[".repeat(10_000) + "]".repeat(10_000), false],
    ["objects within objects", `${'{"a":'.repeat(10_000)}1${"}".repeat(10_000)}`, false],
    [
      "objects within objects, and a name twice in the last",
      `${'{"a":'.repeat(10_000)}{"b":1,"b":2}${"}".repeat(10_000)}`,
      true,
    ],
    ["one long name, all of it escapes", `{"${repeated("\\\\")}":1}`, false],
    ["one long string of what looks like names", `["${repeated('\\"a\\":')}"]`, false],
    ["blanks before a colon that is not there", `["a"${" ".repeat(MAX_BODY_BYTES)}]`, false],
    ["strings with blanks behind", `[${repeated('"a"        ,')}1]`, false],
    ["as many names as there is room for", `{${Array.from({ length: 2_000 }, (_, n) => `"${n}":1`).join()}}`, false],
  ])("%s", (_what, text, repeats) => {
    // Of the processor alone: other work on the machine does not count.
    const before = process.threadCpuUsage();
    for (let run = 0; run < 20; run++) expect(repeatsName(text)).toBe(repeats);
    // Typical is a millisecond each; what grows with the square takes a hundred times as long.
    expect(process.threadCpuUsage(before).user / 20_000).toBeLessThan(50);
  });
});
