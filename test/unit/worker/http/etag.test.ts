// What `If-Match` may be (RFC 9110, 13.1.1).

import { expect, test } from "vitest";
import { editionsIn, IF_MATCH_PATTERN, tagOfEdition } from "../../../../src/worker/http/etag.ts";

test.each<[ifMatch: string, editions: readonly string[] | null]>([
  ["*", null],
  [tagOfEdition("8k2m"), ["8k2m"]],
  ['""', [""]],
  ['W/"a"', ["a"]],
  ['"a","b"', ["a", "b"]],
  ['"a" ,\t"b", W/"c"', ["a", "b", "c"]],
  [', "a",, "b" ,', ["a", "b"]],
  ['"a,b"', ["a,b"]],
  ['"W/"', ["W/"]],
  ['"\u00e9!#~"', ["\u00e9!#~"]],
  ['"*"', ["*"]],
])("%j names %j", (ifMatch, editions) => {
  expect(ifMatch).toMatch(IF_MATCH_PATTERN);
  expect(editionsIn(ifMatch)).toEqual(editions);
});

test.each([
  "",
  ",",
  "0",
  "W/",
  '"0',
  '0"',
  '"0" "1"',
  "*, *",
  '"0", *',
  "'0'",
  'w/"0"',
  'W/ "0"',
  '"a b"',
  '"a\u0100"',
])("%j is malformed", (ifMatch) => {
  expect(ifMatch).not.toMatch(IF_MATCH_PATTERN);
});

test("a long malformed list is refused in no time", () => {
  const startedAtMs = performance.now();
  for (const part of ['"a",', '"a" , ', " ", ",", ", ,"]) {
    expect(IF_MATCH_PATTERN.test(`${part.repeat(20_000)}x`)).toBe(false);
  }
  expect(performance.now() - startedAtMs).toBeLessThan(500);
});
