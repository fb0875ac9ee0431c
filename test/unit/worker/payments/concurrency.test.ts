// How much runs at once, also for work that arrives when earlier work has ended.

import { expect, test } from "vitest";
import { limitConcurrency } from "../../../../src/worker/payments/concurrency.ts";

test("work waits for a place, and a place that is free again takes later work", async () => {
  const limit = limitConcurrency(2);
  let running = 0;
  let most = 0;
  const work = async (name: string) => {
    most = Math.max(most, ++running);
    for (let turns = 0; turns < 5; turns++) await Promise.resolve();
    running -= 1;
    if (name === "fails") throw new Error(name);
    return name;
  };
  for (const names of [["a", "fails", "b", "c", "d"], ["e", "f", "g"], ["h"]]) {
    const ends = await Promise.allSettled(names.map((name) => limit(() => work(name))));
    expect(ends.map((end) => (end.status === "fulfilled" ? end.value : "fails"))).toEqual(names);
  }
  expect(most).toBe(2);
});
