// Waiting that another request ends, and what becomes of it where the platform wakes a request in another's place.

import { describe, expect, test, vi } from "vitest";
import { Collector } from "../../../src/worker/collector.ts";
import { Waking } from "../../../src/worker/wake.ts";

const SOUND = { readyState: 1 };
const STRAYED = {
  get readyState(): number {
    throw new Error("Cannot perform I/O on behalf of a different request");
  },
};

async function took(work: Promise<unknown>): Promise<number> {
  const startMs = performance.now();
  await work;
  return performance.now() - startMs;
}

describe("as long as the platform does as it says", () => {
  test("whoever is woken goes on at once, and leaves no timer behind", async () => {
    const cleared = vi.spyOn(globalThis, "clearTimeout");
    const waited = new Waking(true).until(5_000, (wake) => setTimeout(wake, 20), SOUND);
    expect(await took(waited)).toBeLessThan(1_000);
    expect(cleared).toHaveBeenCalledTimes(1);
    cleared.mockRestore();
  });

  test("whoever is woken before they wait does not wait", async () => {
    expect(await took(new Waking(true).until(5_000, (wake) => wake()))).toBeLessThan(1_000);
  });

  test("whoever is not woken goes on after its time", async () => {
    expect(await took(new Waking(true).until(50, () => {}))).toBeGreaterThan(40);
  });

  test("one in sixteen is looked after", async () => {
    const pairs = vi.spyOn(globalThis as unknown as Record<"WebSocketPair", () => void>, "WebSocketPair");
    const waking = new Waking(true);
    for (let wait = 0; wait < 32; wait++) await waking.until(5_000, (wake) => wake());
    expect(pairs).toHaveBeenCalledTimes(2);
    pairs.mockRestore();
  });
});

test("where one strays, it and those that are woken with it go on by their own timers, and nobody is woken any more", async () => {
  const errors = vi.spyOn(console, "error").mockImplementation(() => {});
  const waking = new Waking(true);
  const others = waking.until(150, (wake) => setTimeout(wake, 30), SOUND);
  expect(await took(waking.until(100, (wake) => wake(), STRAYED))).toBeGreaterThan(90);
  // It was woken when it was known already.
  expect(await took(others)).toBeGreaterThan(30);
  expect(errors).toHaveBeenCalledTimes(1);
  expect(errors.mock.calls[0]?.[0]).toContain("woken in another's place");
  errors.mockRestore();
  const register = vi.fn();
  expect(await took(waking.until(5_000, register))).toBeLessThan(1_000);
  expect(register).not.toHaveBeenCalled();
});

test("where nobody can be woken those who wait look for themselves, and share calls all the same", async () => {
  const calls: number[][] = [];
  const send = async (requests: readonly number[]) => {
    calls.push([...requests]);
    await scheduler.wait(20);
    return requests;
  };
  const collector = new Collector<number, number>(new Waking(false));
  expect(await Promise.all([1, 2, 3].map((request) => collector.ask("a", request, send)))).toEqual([1, 2, 3]);
  expect(calls).toEqual([[1], [2, 3]]);
});
