// At every sixteenth step of an order's journeys one fault happens, or the process is killed: the
// journey ends as it may. More of them: test/long/order-faults.test.ts.

import { afterEach, expect, test, vi } from "vitest";
import { cutEverywhere } from "../../../support/faults/cuts.ts";
import { ORDER_FLOWS } from "../../../support/faults/order-flows.ts";
import { faultsOf, KILLS } from "../../../support/faults/steps.ts";

const EVERY = 16;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

// Other steps in each journey: they begin alike.
test.each(ORDER_FLOWS.map((journey, index) => ({ ...journey, first: (5 * index) % EVERY })))(
  "$name",
  async (journey) => {
    const oneOf = (step: string, number: number) => {
      if (number % EVERY !== journey.first) return [];
      const all = [...faultsOf(step), ...KILLS];
      return all.slice(number % all.length).slice(0, 1);
    };
    const { runs, wrong } = await cutEverywhere(journey, oneOf);
    expect(wrong).toEqual([]);
    expect(runs).toBeGreaterThan(0);
  },
);
