// Every step of every flow fails once in every way, and is where the process is killed once.

import { afterEach, describe, expect, test, vi } from "vitest";
import { cutEverywhere } from "../support/faults/cuts.ts";
import { FLOWS, journeyOf } from "../support/faults/flows.ts";
import { type Fault, faultsOf, KILLS } from "../support/faults/steps.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe.each<[string, (step: string) => readonly Fault[]]>([
  ["fails", faultsOf],
  ["is the last before the process is killed", () => KILLS],
])("each step %s", (_what, faults) => {
  test.each(FLOWS.map(journeyOf))("$name", { timeout: 300_000 }, async (journey) => {
    const { runs, wrong } = await cutEverywhere(journey, faults);
    expect(wrong).toEqual([]);
    expect(runs).toBeGreaterThan(0);
  });
});
