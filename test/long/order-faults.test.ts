// Every tenth step of each journey of an order fails, and is where the process is killed. With
// `EVERY = 1` it is every step: 1,606 runs, some 25 minutes.

import { afterEach, describe, expect, test, vi } from "vitest";
import { cutEverywhere } from "../support/faults/cuts.ts";
import { ORDER_FLOWS } from "../support/faults/order-flows.ts";
import { type Fault, faultsOf, KILLS } from "../support/faults/steps.ts";

const EVERY = 10;

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe.each<[string, (step: string) => readonly Fault[]]>([
  ["fails", faultsOf],
  ["is the last before the process is killed", () => KILLS],
])("each step %s", (_what, faults) => {
  // In one of its ways, another one with each step: all of them would take an hour.
  const oneOf = (first: number) => (step: string, number: number) =>
    number % EVERY === first
      ? faults(step)
          .slice(number % faults(step).length)
          .slice(0, 1)
      : [];

  // Other steps in each journey: they begin alike.
  test.each(ORDER_FLOWS.map((journey, index) => ({ ...journey, first: index % EVERY })))(
    "$name",
    { timeout: 600_000 },
    async (journey) => {
      const { steps, runs, wrong } = await cutEverywhere(journey, oneOf(journey.first));
      expect(wrong).toEqual([]);
      expect(runs).toBeGreaterThanOrEqual(Math.floor(steps.length / EVERY));
    },
  );
});
