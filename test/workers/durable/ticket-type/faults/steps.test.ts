// At each step of every flow one fault happens, or the process is killed: the flow ends the same.
// All faults at all steps: test/long/faults.test.ts.

import { afterEach, expect, test, vi } from "vitest";
import { cutEverywhere } from "../../../../support/faults/cuts.ts";
import { FLOWS, journeyOf } from "../../../../support/faults/flows.ts";
import { faultsOf, KILLS } from "../../../../support/faults/steps.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test.each(FLOWS.map(journeyOf))("$name", { timeout: 240_000 }, async (journey) => {
  const oneOf = (step: string, number: number) => {
    const all = [...faultsOf(step), ...KILLS];
    return all.slice(number % all.length).slice(0, 1);
  };
  const { steps, runs, wrong } = await cutEverywhere(journey, oneOf);
  expect(wrong).toEqual([]);
  expect(runs).toBe(steps.length);
});
