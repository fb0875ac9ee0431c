// Requests that share a call: what each is answered, whatever becomes of the call or of the others.

import { expect, test, vi } from "vitest";
import { Collector } from "../../../src/worker/collector.ts";
import { ProblemError } from "../../../src/worker/http/problems.ts";
import { Waking } from "../../../src/worker/wake.ts";

/** Says of each number that it was there, after `ms`; a call with a 13 in it fails. */
function sender(ms: number) {
  const calls: number[][] = [];
  const send = vi.fn(async (requests: readonly number[]) => {
    calls.push([...requests]);
    await scheduler.wait(ms);
    if (requests.includes(13)) throw new Error("13");
    return requests.map((request) => `${request} was there`);
  });
  return { send, calls };
}

/** The platform runs nothing more of a request whose client has gone: nobody can wake it, and it never looks again. */
function nextToWaitGoesAway(): void {
  const never = { promise: new Promise<never>(() => {}), resolve: () => {}, reject: () => {} };
  vi.spyOn(Promise, "withResolvers").mockImplementationOnce((() => never) as unknown as typeof Promise.withResolvers);
}

test("a lone request waits for nobody, and goes as it is", async () => {
  const { send, calls } = sender(0);
  const collector = new Collector<number, string>(new Waking(true));
  const startMs = Date.now();
  for (const request of [1, 2, 3]) expect(await collector.ask("a", request, send)).toBe(`${request} was there`);
  expect(calls).toEqual([[1], [2], [3]]);
  expect(Date.now() - startMs).toBeLessThan(500);
});

test("what comes while a call is under way goes together in the next, and each gets its own answer", async () => {
  const { send, calls } = sender(20);
  const collector = new Collector<number, string>(new Waking(true));
  const requests = Array.from({ length: 100 }, (_, request) => 100 + request);
  const answers = await Promise.all(requests.map((request) => collector.ask("a", request, send)));
  expect(answers).toEqual(requests.map((request) => `${request} was there`));
  expect(calls).toEqual([[100], requests.slice(1)]);
});

test("requests for different objects share nothing", async () => {
  const { send, calls } = sender(20);
  const collector = new Collector<number, string>(new Waking(true));
  await Promise.all([collector.ask("a", 1, send), collector.ask("b", 2, send)]);
  expect(calls).toEqual([[1], [2]]);
});

test("a call takes a bounded number", async () => {
  const { send, calls } = sender(5);
  const collector = new Collector<number, string>(new Waking(true));
  await Promise.all(Array.from({ length: 600 }, (_, request) => collector.ask("a", 100 + request, send)));
  expect(calls.map(({ length }) => length)).toEqual([1, 250, 250, 99]);
});

test("a call that is slow holds up the next for 50 ms at most", async () => {
  const { send, calls } = sender(400);
  const collector = new Collector<number, string>(new Waking(true));
  const startMs = Date.now();
  const first = collector.ask("a", 1, send);
  await scheduler.wait(5);
  await collector.ask("a", 2, send);
  expect(Date.now() - startMs).toBeLessThan(750);
  await first;
  expect(calls).toEqual([[1], [2]]);
});

test("after a call that failed each is sent alone: one fails for itself", async () => {
  const { send, calls } = sender(10);
  const collector = new Collector<number, string>(new Waking(true));
  const asked = [1, 2, 13, 3].map((request) => collector.ask("a", request, send).catch(String));
  expect(await Promise.all(asked)).toEqual(["1 was there", "2 was there", "Error: 13", "3 was there"]);
  expect(calls.slice(0, 2)).toEqual([[1], [2, 13, 3]]);
  expect(calls.slice(2).sort()).toEqual([[13], [2], [3]]);
});

test("an object that can't be reached is not asked again by each of them", async () => {
  const send = vi.fn(async () => {
    await scheduler.wait(10);
    throw new ProblemError("unavailable");
  });
  const collector = new Collector<number, string>(new Waking(true));
  const asked = Array.from({ length: 20 }, (_, request) => collector.ask("a", request, send));
  const outcomes = await Promise.allSettled(asked);
  expect(outcomes.every((one) => one.status === "rejected" && one.reason.type === "unavailable")).toBe(true);
  expect(send).toHaveBeenCalledTimes(2);
});

test("a call that never comes back: all that it took ask alone after 3 s, and those that come meanwhile do not wait", async () => {
  const calls: number[][] = [];
  const send = async (requests: readonly number[]) => {
    calls.push([...requests]);
    if (calls.length <= 2) await new Promise(() => {});
    return requests.map(String);
  };
  const collector = new Collector<number, string>(new Waking(true));
  const startMs = Date.now();
  const asked = [1, 2, 3].map((request) => collector.ask("a", request, send));
  await scheduler.wait(200);
  expect(await collector.ask("a", 4, send)).toBe("4");
  expect(Date.now() - startMs).toBeLessThan(1_500);
  expect(await Promise.all(asked)).toEqual(["1", "2", "3"]);
  expect(Date.now() - startMs).toBeGreaterThan(2_900);
  expect(Date.now() - startMs).toBeLessThan(6_000);
  expect(calls.slice(0, 3)).toEqual([[1], [2, 3], [4]]);
});

test("an answer that is missing is asked for alone", async () => {
  const calls: number[][] = [];
  const send = async (requests: readonly number[]) => {
    calls.push([...requests]);
    await scheduler.wait(5);
    return requests.length > 1 ? requests.slice(1).map(String) : requests.map(String);
  };
  const collector = new Collector<number, string>(new Waking(true));
  // The object is of another version, say. What it did say is not taken for another's.
  const asked = await Promise.all([1, 2, 3].map((request) => collector.ask("a", request, send)));
  expect(asked[0]).toBe("1");
  expect(calls).toContainEqual([3]);
});

test("whoever has gone while waiting is not sent by those who come later", async () => {
  const { send, calls } = sender(20);
  const collector = new Collector<number, string>(new Waking(true));
  const first = collector.ask("a", 1, send);
  nextToWaitGoesAway();
  void collector.ask("a", 2, send);
  await first;
  await scheduler.wait(3_100);
  expect(await collector.ask("a", 3, send)).toBe("3 was there");
  expect(calls).toEqual([[1], [3]]);
});

test("those who wait do not wait for one who has gone before the next call", async () => {
  const { send, calls } = sender(20);
  const collector = new Collector<number, string>(new Waking(true));
  const first = collector.ask("a", 1, send);
  nextToWaitGoesAway();
  void collector.ask("a", 2, send);
  const startMs = Date.now();
  const others = await Promise.all([3, 4, 5].map((request) => collector.ask("a", request, send)));
  expect(others).toEqual(["3 was there", "4 was there", "5 was there"]);
  // Until the next call need not wait for the first any more, and that one's time.
  expect(Date.now() - startMs).toBeLessThan(180);
  await first;
  expect(calls).toEqual([[1], [2, 3, 4, 5]]);
});

test("who had to wait takes along who comes in a moment", async () => {
  const { send, calls } = sender(20);
  const collector = new Collector<number, string>(new Waking(true));
  const first = collector.ask("a", 1, send);
  const second = collector.ask("a", 2, send);
  await first;
  // The call is over, and nothing stands in the way of the next.
  const third = collector.ask("a", 3, send);
  await Promise.all([second, third]);
  expect(calls).toEqual([[1], [2, 3]]);
});

test("whoever gathers while the thread is busy sends no call without requests", async () => {
  const { send, calls } = sender(20);
  const collector = new Collector<number, string>(new Waking(true));
  const asked = [1, 2].map((request) => collector.ask("a", request, send));
  await asked[0];
  // The second gathers. Time goes on, and a third finds that nobody has been sent for too long.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60 });
  asked.push(collector.ask("a", 3, send));
  vi.useRealTimers();
  expect(await Promise.all(asked)).toEqual(["1 was there", "2 was there", "3 was there"]);
  expect(calls).toEqual([[1], [2, 3]]);
});

test("whoever comes alone after a rush does not wait for others", async () => {
  const { send, calls } = sender(0);
  const collector = new Collector<number, string>(new Waking(true));
  await Promise.all([1, 2, 3].map((request) => collector.ask("a", request, send)));
  const sleeps = vi.spyOn(globalThis, "setTimeout");
  expect(await collector.ask("a", 4, send)).toBe("4 was there");
  // Nothing but the patience with the call.
  expect(sleeps.mock.calls.map(([, ms]) => ms)).toEqual([3_000]);
  sleeps.mockRestore();
  expect(calls).toEqual([[1], [2, 3], [4]]);
});

test("those who wait are told at once, whatever else was slow before", async () => {
  const collector = new Collector<number, string>(new Waking(true));
  await collector.ask("slow", 1, sender(2_000).send);
  const { send } = sender(4);
  const startMs = Date.now();
  for (let round = 0; round < 10; round++) {
    await Promise.all([1, 2, 3].map((request) => collector.ask("fast", request, send)));
  }
  // Two calls of 4 ms a round, and a moment between them.
  expect(Date.now() - startMs).toBeLessThan(400);
});
