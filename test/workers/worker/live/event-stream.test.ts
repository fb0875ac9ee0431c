// Any number of sockets as one stream: when it ends, what a slow reader gets, how long it lasts.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { WatchRefusal } from "../../../../src/durable/ticket-type/watch-request.ts";
import { openEventStream, type Source } from "../../../../src/worker/live/event-stream.ts";
import { until } from "../../../support/service.ts";
import { Events } from "../../../support/watching.ts";

const BEAT_MS = 15_000;
const QUARTER_OF_AN_HOUR_MS = 15 * 60_000;

beforeEach(() => {
  // How long a lost object is waited for is not what takes these tests their time.
  vi.spyOn(scheduler, "wait").mockImplementation(() => pause(1));
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Stands for an object: hands out sockets, and keeps its own ends of them. */
class Told implements Source {
  readonly ends: WebSocket[] = [];
  refusal: WatchRefusal | null = null;

  readonly open = async () => {
    if (this.refusal !== null) return { ok: false, refusal: this.refusal } as const;
    const { 0: theirs, 1: ours } = new WebSocketPair();
    ours.accept();
    this.ends.push(ours);
    return { ok: true, socket: theirs } as const;
  };

  say(text: string): void {
    this.ends.at(-1)?.send(text);
  }

  close(code: number): void {
    this.ends.at(-1)?.close(code, "");
  }

  get isOpen(): boolean {
    return this.ends.at(-1)?.readyState === WebSocket.OPEN;
  }
}

async function merged(...sources: Source[]): Promise<Events> {
  const opened = await openEventStream("news", sources);
  if (!opened.ok) throw new Error(opened.refusal);
  const events = new Events(new Response(opened.body));
  await events.until((text) => text !== "");
  return events;
}

/** Lets what is under way happen. */
function pause(ms = 30): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

test("what each says comes as an event of its own", async () => {
  const [one, other] = [new Told(), new Told()];
  const events = await merged(one, other);
  one.say("1");
  await events.until((text) => text.includes("1"));
  other.say("2");
  await events.until((text) => text.includes("2"));
  expect(events.text).toBe("retry: 3000\n\nevent: news\ndata: 1\n\nevent: news\ndata: 2\n\n");
  await events.cancel();
});

test("a reader that is slow gets the newest of each, and nothing that is older", async () => {
  const [one, other] = [new Told(), new Told()];
  const events = await merged(one, other);
  for (let n = 1; n <= 50; n++) {
    one.say(`one ${n}`);
    other.say(`other ${n}`);
    await pause(1);
  }
  await events.until((text) => text.includes("one 50") && text.includes("other 50"));
  const said = [...events.text.matchAll(/data: (.*)/g)].map(([, text]) => text);
  // What was on its way already, and then the last of each.
  expect(said.length).toBeLessThan(8);
  expect(said.slice(-2).toSorted()).toEqual(["one 50", "other 50"]);
  await events.cancel();
});

describe("it ends", () => {
  test("where all have said all, and not before", async () => {
    const [one, other] = [new Told(), new Told()];
    const events = await merged(one, other);
    one.say("last of one");
    one.close(1000);
    await events.until((text) => text.includes("last of one"));
    other.say("last of other");
    other.close(1000);
    expect(await events.toEnd()).toMatch(/data: last of other\n\n$/);
    expect([one.ends.length, other.ends.length]).toEqual([1, 1]);
  });

  test.each([1001, 1011, 1012])(
    "where a source is lost again and again (%i), and takes the others with it",
    async (code) => {
      const [lost, sound] = [new Told(), new Told()];
      const events = await merged(lost, sound);
      const end = events.toEnd();
      for (let losses = 1; losses <= 6; losses++) {
        expect(
          await until(
            async () => lost.ends.length,
            (count) => count === losses,
          ),
        ).toBe(losses);
        lost.close(code);
      }
      await end;
      await pause();
      expect(lost.ends).toHaveLength(6);
      expect(sound.isOpen).toBe(false);
    },
  );

  test("where what was lost is not let in again", async () => {
    const lost = new Told();
    const events = await merged(lost);
    lost.refusal = "too_many_watchers";
    lost.close(1011);
    await events.toEnd();
  });

  test("where what was lost is no more", async () => {
    const lost = new Told();
    const events = await merged(lost);
    lost.refusal = "unknown";
    lost.close(1011);
    await events.toEnd();
  });
});

test("a source that was lost goes on with what it says then", async () => {
  const lost = new Told();
  const events = await merged(lost);
  lost.close(1011);
  await until(
    async () => lost.ends.length,
    (count) => count === 2,
  );
  lost.say("back");
  expect(await events.until((text) => text.includes("back"))).toMatch(/data: back\n\n$/);
  await events.cancel();
});

test.each(["unknown", "too_many_watchers"] as const)(
  "where one is %s there is no stream, and nothing is left open",
  async (refusal) => {
    const [early, refused, late] = [new Told(), new Told(), new Told()];
    refused.refusal = refusal;
    const openLate = async () => {
      await pause(10);
      return late.open();
    };
    const sources = [early, refused, { open: openLate }];
    expect(await openEventStream("news", sources)).toEqual({ ok: false, refusal });
    await pause(50);
    expect([early.ends.length, late.ends.length]).toEqual([1, 1]);
    expect([early.isOpen, late.isOpen]).toEqual([false, false]);
  },
);

test("no more than six are asked at a time, and all of a hundred are", async () => {
  let [asked, most] = [0, 0];
  const sources = Array.from({ length: 100 }, () => new Told());
  const slow = sources.map(({ open }) => ({
    open: async () => {
      most = Math.max(most, ++asked);
      await pause(2);
      asked -= 1;
      return open();
    },
  }));
  const events = await merged(...slow);
  expect(most).toBe(6);
  expect(sources.every(({ isOpen }) => isOpen)).toBe(true);
  await events.cancel();
  await pause();
  expect(sources.some(({ isOpen }) => isOpen)).toBe(false);
});

describe("time", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  });

  test("without news is broken by a sign of life", async () => {
    const source = new Told();
    const events = await merged(source);
    for (const signs of [1, 2]) {
      await vi.advanceTimersByTimeAsync(BEAT_MS);
      expect(await events.until((text) => text.endsWith(":\n\n".repeat(signs)))).toBe(
        `retry: 3000\n\n${":\n\n".repeat(signs)}`,
      );
    }
    await events.cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is up after a quarter of an hour, whatever is said meanwhile", async () => {
    const source = new Told();
    const events = await merged(source);
    await vi.advanceTimersByTimeAsync(QUARTER_OF_AN_HOUR_MS - 1);
    source.say("still here");
    await events.until((text) => text.includes("still here"));
    expect(source.isOpen).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    await events.toEnd();
    expect(vi.getTimerCount()).toBe(0);
    vi.useRealTimers();
    await pause();
    expect(source.isOpen).toBe(false);
  });
});
