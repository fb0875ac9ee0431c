// Trips: never two at once, the first at once, and what comes in the pause after it together in the next.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Carrier, Destination, type Trip } from "../../../../src/durable/ticket-type/publisher.ts";

const PAUSE_MS = 250;
const STARTED_AT_MS = 1_000_000;

let now: number;
let tripsAtMs: number[];
let changes: number;
let carried: number[];

beforeEach(() => {
  vi.useFakeTimers({ now: STARTED_AT_MS });
  vi.stubGlobal("scheduler", { wait: (ms: number) => new Promise((resolve) => setTimeout(resolve, ms)) });
  [now, tripsAtMs, changes, carried] = [STARTED_AT_MS, [], 0, []];
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

/** Trips that take `tripMs`, and carry all changes there were when they began. */
function carrier(pauseMs: number, tripMs: number, fails: () => boolean = () => false): Carrier {
  const trip = async () => {
    tripsAtMs.push(Date.now() - STARTED_AT_MS);
    const seen = changes;
    await scheduler.wait(tripMs);
    if (fails()) throw new Error("lost");
    carried.push(seen);
    return "done" as const;
  };
  return new Carrier(trip, () => {}, { pauseMs, burst: 1, restPerTrip: 1, longestPauseMs: pauseMs });
}

async function changeEvery(carrier: Carrier, everyMs: number, untilMs: number): Promise<void> {
  for (; now < STARTED_AT_MS + untilMs; now += everyMs) {
    changes += 1;
    void carrier.run();
    await vi.advanceTimersByTimeAsync(everyMs);
  }
}

test("the first goes at once, and many changes in a second make four more", async () => {
  await changeEvery(carrier(PAUSE_MS, 5), 10, 1_000);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(tripsAtMs).toEqual([0, 250, 500, 750, 1_000]);
  // The last change is in the last trip.
  expect(carried.at(-1)).toBe(changes);
});

test("a single change in the pause waits for its end, and one after it for nothing", async () => {
  const one = carrier(PAUSE_MS, 5);
  await changeEvery(one, 100, 200);
  await vi.advanceTimersByTimeAsync(1_000);
  void one.run();
  expect(tripsAtMs).toEqual([0, 250, 1_200]);
});

test("a trip that takes longer than the pause is followed at once, and never overtaken", async () => {
  await changeEvery(carrier(PAUSE_MS, 400), 10, 1_000);
  await vi.advanceTimersByTimeAsync(2_000);
  expect(tripsAtMs).toEqual([0, 400, 800, 1_200]);
  expect(carried.at(-1)).toBe(changes);
});

test("without a pause each is followed at once", async () => {
  await changeEvery(carrier(0, 25), 10, 100);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(tripsAtMs).toEqual([0, 25, 50, 75, 100]);
});

test("a trip that failed is not repeated at once: that is for the alarm", async () => {
  const one = carrier(PAUSE_MS, 5, () => true);
  void one.run();
  await vi.advanceTimersByTimeAsync(10);
  expect(one.failing).toBe(true);
  expect(one.retryAtMs).toBe(STARTED_AT_MS + 5 + 1_000);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(tripsAtMs).toEqual([0]);
});

test("once a trip went well, those that failed before it are forgotten", async () => {
  let fails = true;
  const one = carrier(PAUSE_MS, 5, () => fails);
  for (let trips = 0; trips < 3; trips++) {
    void one.run();
    await vi.advanceTimersByTimeAsync(1_000);
  }
  fails = false;
  void one.run();
  await vi.advanceTimersByTimeAsync(1_000);
  expect(one.failing).toBe(false);
  expect(one.retryAtMs).toBeLessThan(Date.now());
  fails = true;
  void one.run();
  await vi.advanceTimersByTimeAsync(5);
  expect(one.retryAtMs).toBe(Date.now() + 1_000);
});

test("what a trip leaves behind goes with the next one, though nobody asks", async () => {
  let left = 3;
  const trip = async () => {
    left -= 1;
    return left > 0 ? "more" : "done";
  };
  void new Carrier(trip, () => {}, { pauseMs: PAUSE_MS, burst: 1, restPerTrip: 1, longestPauseMs: PAUSE_MS }).run();
  await vi.advanceTimersByTimeAsync(5 * PAUSE_MS);
  expect(left).toBe(0);
});

test("a clock that is set back does not make the pause any longer", async () => {
  const one = carrier(PAUSE_MS, 5);
  void one.run();
  await vi.advanceTimersByTimeAsync(10);
  vi.setSystemTime(STARTED_AT_MS - 3_600_000);
  void one.run();
  await vi.advanceTimersByTimeAsync(PAUSE_MS);
  expect(tripsAtMs).toHaveLength(2);
});

describe("with a burst", () => {
  const PACE = { pauseMs: 500, burst: 4, restPerTrip: 20, longestPauseMs: 1_200 };
  function paced(tripMs: number | (() => number), outcome: () => Trip = () => "done"): Carrier {
    const trip = async () => {
      tripsAtMs.push(Date.now() - STARTED_AT_MS);
      const ms = typeof tripMs === "number" ? tripMs : tripMs();
      if (ms > 0) await scheduler.wait(ms);
      return outcome();
    };
    return new Carrier(trip, () => {}, PACE);
  }

  test("so many go at once, and then two a second", async () => {
    const one = paced(5);
    await changeEvery(one, 10, 2_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(tripsAtMs.slice(0, 5)).toEqual([0, 10, 20, 30, 500]);
    expect(tripsAtMs).toEqual([0, 10, 20, 30, 500, 1_000, 1_500, 2_000]);
  });

  test("whoever could only wait for a pause is told so, and after a rest no more", async () => {
    const one = paced(5);
    expect(one.rushed).toBe(false);
    for (let trips = 0; trips < 4; trips++) await Promise.all([one.run(), vi.advanceTimersByTimeAsync(10)]);
    expect(one.rushed).toBe(true);
    await vi.advanceTimersByTimeAsync(500);
    expect(one.rushed).toBe(false);
  });

  test("trips that take longer than the quickest count for more, up to the longest pause", async () => {
    let tripMs = 5;
    const one = paced(() => tripMs);
    await Promise.all([one.run(), vi.advanceTimersByTimeAsync(10)]);
    tripMs = 100;
    now += 10;
    await changeEvery(one, 10, 3_000);
    await vi.advanceTimersByTimeAsync(2_000);
    expect(tripsAtMs).toEqual([0, 10, 900, 2_200, 3_500]);
  });

  test("where all take long, because it is far, whoever comes now and then is never told to wait", async () => {
    const one = paced(400);
    for (let trips = 0; trips < 50; trips++) {
      expect(one.rushed).toBe(false);
      void one.run();
      await vi.advanceTimersByTimeAsync(PACE.pauseMs);
    }
    expect(tripsAtMs).toHaveLength(50);
  });

  test("a trip that finds nothing counts for none", async () => {
    const one = paced(0, () => "nothing");
    for (let trips = 0; trips < 20; trips++) await Promise.all([one.run(), vi.advanceTimersByTimeAsync(1)]);
    expect(one.rushed).toBe(false);
    expect(tripsAtMs).toHaveLength(20);
  });

  test("what one trip can't take goes in the next ones, each after as long as the one before took", async () => {
    let left = 5;
    const one = paced(5, () => (--left > 0 ? "more" : "done"));
    void one.run();
    await vi.advanceTimersByTimeAsync(5);
    expect(one.rushed).toBe(true);
    // Who asks meanwhile shares the next one.
    void one.run();
    await vi.advanceTimersByTimeAsync(60);
    expect(tripsAtMs).toEqual([0, 10, 20, 30, 40]);
  });

  test("they do not wait longer than the longest pause, however slow they are", async () => {
    let left = 3;
    const one = paced(10 * PACE.longestPauseMs, () => (--left > 0 ? "more" : "done"));
    void one.run();
    await vi.advanceTimersByTimeAsync(40 * PACE.longestPauseMs);
    expect(tripsAtMs).toEqual([0, 11 * PACE.longestPauseMs, 22 * PACE.longestPauseMs]);
  });
});

describe("a destination", () => {
  const FAR_MS = 100;

  test("that was seen to be quick by one carrier is known to be busy by another that never saw it so", async () => {
    const destination = new Destination();
    const trips = (ms: number) => async () => {
      await scheduler.wait(ms);
      return "done" as const;
    };
    const pace = { pauseMs: 500, burst: 4, restPerTrip: 20, longestPauseMs: 2_000 };
    const first = new Carrier(trips(5), () => {}, pace, destination);
    const second = new Carrier(trips(FAR_MS), () => {}, pace, destination);
    await Promise.all([first.run(), vi.advanceTimersByTimeAsync(5)]);
    await Promise.all([second.run(), vi.advanceTimersByTimeAsync(FAR_MS)]);
    expect([first.rushed, second.rushed]).toEqual([false, true]);
  });

  test("is as far as the quickest trip took, of the last ten to twenty minutes", () => {
    const destination = new Destination();
    const slowness = (atMs: number, tookMs: number) => destination.slownessMs(atMs - tookMs, atMs);
    expect([slowness(1_000, 40), slowness(2_000, 10), slowness(3_000, 40)]).toEqual([0, 0, 30]);
    const next = 1_001 + 10 * 60_000;
    expect([slowness(next, 40), slowness(next + 1, 45)]).toEqual([30, 35]);
    const afterThat = next + 1 + 10 * 60_000;
    expect([slowness(afterThat, 40), slowness(afterThat + 1, 45)]).toEqual([0, 5]);
    const longAfter = afterThat + 60 * 60_000;
    expect([slowness(longAfter, 60), slowness(longAfter + 1, 65)]).toEqual([0, 5]);
  });

  test("is not taken to be near because a trip failed at once", async () => {
    const destination = new Destination();
    const pace = { pauseMs: 500, burst: 4, restPerTrip: 20, longestPauseMs: 2_000 };
    const fails = new Carrier(
      () => Promise.reject(new Error("refused")),
      () => {},
      pace,
      destination,
    );
    await fails.run();
    expect(destination.slownessMs(0, FAR_MS)).toBe(0);
  });

  test("is not taken to be nearer by a clock that was set back", () => {
    const destination = new Destination();
    expect(destination.slownessMs(1_000, 1_040)).toBe(0);
    expect(destination.slownessMs(2_000, 500)).toBe(0);
    expect(destination.slownessMs(600, 640)).toBe(0);
    // Measured anew, because what was measured before is from a time that is yet to come.
    expect(destination.slownessMs(700, 750)).toBe(10);
  });
});
