// At each step of every flow one fault happens, or the process is killed: the flow ends the same.
// All faults at all steps: test/long/faults.test.ts.

import { afterEach, expect, test, vi } from "vitest";
import { cutEverywhere, FLOWS, runFlow } from "../../../../support/faults/flows.ts";
import { faultsOf, KILLS } from "../../../../support/faults/steps.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test.each(FLOWS)("$name", { timeout: 120_000 }, async (flow) => {
  const undisturbed = await runFlow(flow, null);
  expect(undisturbed).toMatchObject({ outcome: flow.comesTo, disorder: [] });
  const oneOf = (step: string, number: number) => {
    const all = [...faultsOf(step), ...KILLS];
    return all.slice(number % all.length).slice(0, 1);
  };
  const { runs, wrong } = await cutEverywhere(flow, oneOf);
  expect(wrong).toEqual([]);
  expect(runs).toBe(undisturbed.steps.length);
});
