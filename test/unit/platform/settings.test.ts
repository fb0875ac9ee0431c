// How many may watch: what the setting may say, and what counts where it says something else.

import { expect, test } from "vitest";
import { maxWatchers } from "../../../src/platform/settings.ts";
import type { Env } from "../../../src/worker/env.ts";

test.each<[setting: string | undefined, watchers: number]>([
  ["0", 0],
  ["1", 1],
  ["30000", 30_000],
  [undefined, 2_000],
  ["", 2_000],
  ["30001", 2_000],
  ["-1", 2_000],
  ["1.5", 2_000],
  ["1e3", 2_000],
  [" 5", 2_000],
  ["many", 2_000],
])("MAX_WATCHERS=%s lets in %i", (setting, watchers) => {
  expect(maxWatchers({ MAX_WATCHERS: setting } as Env)).toBe(watchers);
});
