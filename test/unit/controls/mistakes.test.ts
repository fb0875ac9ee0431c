// The list of planted mistakes: `npm run controls` shows that each of them is caught.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { MISTAKES } from "../../controls/mistakes.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");

test("are at least 15, each of a name of its own, and they break every promise", () => {
  expect(MISTAKES.length).toBeGreaterThanOrEqual(15);
  expect(new Set(MISTAKES.map(({ name }) => name)).size).toBe(MISTAKES.length);
  expect([...new Set(MISTAKES.flatMap(({ breaks }) => breaks))].sort((a, b) => a - b)).toEqual([
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13,
  ]);
});

test.each(MISTAKES)(
  "$name can be planted: the code is as the patch expects it",
  ({ file, find, replace, caughtBy }) => {
    const code = readFileSync(join(ROOT, file), "utf8");
    expect(code.split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
    expect(caughtBy).not.toEqual([]);
    for (const { by, files = [] } of caughtBy) {
      for (const name of files) expect(existsSync(join(ROOT, "test", by, `${name}.test.ts`)), name).toBe(true);
    }
  },
);
