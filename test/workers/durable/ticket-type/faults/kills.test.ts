// At every step of every flow the process is killed once, before and after it: the object really ends, and with it all
// that memory holds. The next process finds the same storage, and the flow comes to the same end.

import { afterEach, expect, test, vi } from "vitest";
import { cutEverywhere, FLOWS } from "../../../../support/faults/flows.ts";
import { KILLS } from "../../../../support/faults/steps.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test.each(FLOWS)("$name", { timeout: 120_000 }, async (flow) => {
  const { runs, wrong } = await cutEverywhere(flow, () => KILLS);
  expect(wrong).toEqual([]);
  expect(runs).toBeGreaterThan(0);
});
