// Publishing: one write at a time, the first at once, and what changes meanwhile together in the
// next.

import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Published, Publisher } from "../../../../src/durable/shared/publisher.ts";
import { sleep } from "../../../../src/platform/time.ts";

const STARTED_AT_MS = 1_000_000;
const SLOW_PACE = { burst: 1, pauseMs: 250 };

let writesAtMs: number[];
let changes: number;
let published: number[];
let failures: number[];

beforeEach(() => {
  vi.useFakeTimers({ now: STARTED_AT_MS });
  [writesAtMs, changes, published, failures] = [[], 0, [], []];
});
afterEach(() => {
  vi.useRealTimers();
});

/**
 * Writes take `writeMs` and include all changes there were when they began. `outcome` throws for a
 * write that fails.
 */
function publisher(pace = SLOW_PACE, writeMs = 5, outcome: () => Published = () => "all"): Publisher {
  const write = async () => {
    writesAtMs.push(Date.now() - STARTED_AT_MS);
    const included = changes;
    await sleep(writeMs);
    const result = outcome();
    published.push(included);
    return result;
  };
  return new Publisher(write, (count) => failures.push(count), pace);
}

function failing(): never {
  throw new Error("lost");
}

async function changeEvery(one: Publisher, everyMs: number, forMs: number): Promise<void> {
  for (let atMs = 0; atMs < forMs; atMs += everyMs) {
    changes += 1;
    void one.run();
    await vi.advanceTimersByTimeAsync(everyMs);
  }
  await vi.advanceTimersByTimeAsync(10_000);
}

test.each<[name: string, pace: { burst: number; pauseMs: number }, writeMs: number, forMs: number, wantMs: number[]]>([
  ["the first starts at once, then one after each pause", SLOW_PACE, 5, 1_000, [0, 250, 500, 750, 1_000]],
  ["a write longer than the pause is followed at once", SLOW_PACE, 400, 1_000, [0, 400, 800, 1_200]],
  ["without a pause each is followed at once", { burst: 1, pauseMs: 0 }, 25, 100, [0, 25, 50, 75, 100]],
  [
    "a burst starts at once, and then two a second",
    { burst: 4, pauseMs: 500 },
    5,
    2_000,
    [0, 10, 20, 30, 500, 1_000, 1_500, 2_000],
  ],
])("%s; the last change is in the last write", async (_name, pace, writeMs, forMs, wantMs) => {
  await changeEvery(publisher(pace, writeMs), 10, forMs);
  expect(writesAtMs).toEqual(wantMs);
  expect(published.at(-1)).toBe(changes);
});

test("a change in the pause waits for its end, and one after a rest for nothing", async () => {
  const one = publisher();
  void one.run();
  await vi.advanceTimersByTimeAsync(100);
  void one.run();
  await vi.advanceTimersByTimeAsync(1_100);
  void one.run();
  expect(writesAtMs).toEqual([0, 250, 1_200]);
});

test("a target that is far is not a busy one: a change now and then never waits", async () => {
  const one = publisher({ burst: 4, pauseMs: 500 }, 400);
  for (let writes = 0; writes < 50; writes++) {
    expect(one.isBusy).toBe(false);
    void one.run();
    await vi.advanceTimersByTimeAsync(500);
  }
  expect(writesAtMs).toHaveLength(50);
});

test("it is busy once a burst is used up, and no longer after a rest", async () => {
  const one = publisher({ burst: 4, pauseMs: 500 });
  for (let writes = 0; writes < 4; writes++) await Promise.all([one.run(), vi.advanceTimersByTimeAsync(10)]);
  expect(one.isBusy).toBe(true);
  await vi.advanceTimersByTimeAsync(500);
  expect(one.isBusy).toBe(false);
});

test("a caller waits for the write that includes its change, and not for a later one", async () => {
  const one = publisher({ burst: 4, pauseMs: 500 }, 100);
  const ended: string[] = [];
  void one.run();
  void one.scheduled.then(() => ended.push(`first at ${Date.now() - STARTED_AT_MS}`));
  await vi.advanceTimersByTimeAsync(50);
  void one.run();
  void one.scheduled.then(() => ended.push(`second at ${Date.now() - STARTED_AT_MS}`));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(ended).toEqual(["first at 100", "second at 200"]);
});

test("a backlog is published write by write, with a short pause, though nobody asks; meanwhile it is busy", async () => {
  let left = 5;
  const one = publisher({ burst: 1, pauseMs: 500 }, 5, () => (--left > 0 ? "more" : "all"));
  void one.run();
  await vi.advanceTimersByTimeAsync(5);
  expect(one.isBusy).toBe(true);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(writesAtMs).toEqual([0, 25, 50, 75, 100]);
});

test("a write that failed is not repeated at once: the alarm does that, later each time", async () => {
  const one = publisher(SLOW_PACE, 5, failing);
  for (const delayMs of [1_000, 2_000, 4_000]) {
    void one.run();
    await vi.advanceTimersByTimeAsync(5);
    expect([one.isFailing, one.retryAtMs]).toEqual([true, Date.now() + delayMs]);
    await vi.advanceTimersByTimeAsync(60_000);
  }
  expect(writesAtMs).toHaveLength(3);
  expect(failures).toEqual([1, 2, 3]);
});

test("a write that succeeds ends the failures, and is followed by one for what changed meanwhile", async () => {
  let fails = true;
  const one = publisher(SLOW_PACE, 5, () => (fails ? failing() : "all"));
  void one.run();
  await vi.advanceTimersByTimeAsync(1_000);
  fails = false;
  void one.run();
  // Nobody asks for a write of this change, because the last one failed.
  changes += 1;
  await vi.advanceTimersByTimeAsync(1_000);
  expect([one.isFailing, one.retryAtMs]).toEqual([false, 0]);
  expect(published.at(-1)).toBe(1);
  fails = true;
  void one.run();
  await vi.advanceTimersByTimeAsync(5);
  expect(one.retryAtMs).toBe(Date.now() + 1_000);
});

test("a clock that is set back does not make the pause any longer", async () => {
  const one = publisher();
  void one.run();
  await vi.advanceTimersByTimeAsync(10);
  vi.setSystemTime(STARTED_AT_MS - 3_600_000);
  void one.run();
  await vi.advanceTimersByTimeAsync(250);
  expect(writesAtMs).toHaveLength(2);
});
