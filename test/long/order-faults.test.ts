// Every step of every journey of an order fails once, and is where the process is killed once.

import { afterEach, describe, expect, test, vi } from "vitest";
import { cutEverywhere } from "../support/faults/cuts.ts";
import { ORDER_FLOWS } from "../support/faults/order-flows.ts";
import { type Fault, faultsOf, KILLS } from "../support/faults/steps.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe.each<[string, (step: string) => readonly Fault[]]>([
  ["fails", faultsOf],
  ["is the last before the process is killed", () => KILLS],
])("each step %s", (_what, faults) => {
  // In one of its ways, another one with each step: all of them would take an hour.
  const oneOf = (step: string, number: number) =>
    faults(step)
      .slice(number % faults(step).length)
      .slice(0, 1);

  test.each(ORDER_FLOWS)("$name", { timeout: 600_000 }, async (journey) => {
    const { steps, runs, wrong } = await cutEverywhere(journey, oneOf);
    expect(wrong).toEqual([]);
    expect(runs).toBe(steps.length);
  });
});
