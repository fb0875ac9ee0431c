// Every step of every flow fails once, in every way, and the flow comes to the same end.

import { afterEach, expect, test, vi } from "vitest";
import { cutEverywhere, FLOWS, runFlow } from "../../../../support/faults/flows.ts";
import { faultsOf } from "../../../../support/faults/steps.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test.each(FLOWS)("$name", { timeout: 120_000 }, async (flow) => {
  const undisturbed = await runFlow(flow, null);
  expect(undisturbed).toMatchObject({ outcome: flow.comesTo, disorder: [] });
  const { runs, wrong } = await cutEverywhere(flow, faultsOf);
  expect(wrong).toEqual([]);
  expect(runs).toBeGreaterThan(undisturbed.steps.length);
});
