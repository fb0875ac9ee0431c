// Many sockets as one stream: what a slow client gets, when it ends, what becomes of lost sockets.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { MINUTE_MS, SECOND_MS } from "../../../../src/domain/units.ts";
import type { WatchRefusal, WatchResult } from "../../../../src/durable/shared/watch-request.ts";
import { type OpenSocket, openEventStream } from "../../../../src/worker/live/event-stream.ts";
import { until } from "../../../support/service.ts";
import { Events } from "../../../support/watching.ts";

const NEWS = { name: "news", idOf: (data: string) => data.replaceAll(" ", "-") };
const realWait = scheduler.wait.bind(scheduler);
let waitsMs: number[];

beforeEach(() => {
  waitsMs = [];
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  vi.spyOn(scheduler, "wait").mockImplementation((ms) => {
    waitsMs.push(ms);
    return realWait(1);
  });
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Stands for an object: opens sockets, and keeps its own ends of them. */
class FakeObject {
  readonly ends: WebSocket[] = [];
  refusal: WatchRefusal | null = null;

  readonly open = async (): Promise<WatchResult> => {
    if (this.refusal !== null) return { ok: false, refusal: this.refusal };
    const { 0: client, 1: server } = new WebSocketPair();
    server.accept();
    this.ends.push(server);
    return { ok: true, socket: client };
  };

  send(text: string): void {
    this.ends.at(-1)?.send(text);
  }

  close(code: number): void {
    this.ends.at(-1)?.close(code, "");
  }

  get isOpen(): boolean {
    return this.ends.at(-1)?.readyState === WebSocket.OPEN;
  }
}

async function streamOf(...objects: { readonly open: OpenSocket }[]): Promise<Events> {
  const sources = objects.map(({ open }) => open);
  const opened = await openEventStream(NEWS, sources);
  if (!opened.ok) throw new Error(opened.refusal);
  const events = new Events(opened.body);
  await events.until((text) => text !== "");
  return events;
}

function eventually(isSo: () => boolean): Promise<boolean> {
  return until(async () => isSo(), Boolean);
}

test("a slow client gets the newest message of each source, and none that is older", async () => {
  const [one, other] = [new FakeObject(), new FakeObject()];
  const events = await streamOf(one, other);
  for (let n = 1; n <= 50; n++) {
    one.send(`one ${n}`);
    other.send(`other ${n}`);
    await realWait(1);
  }
  await events.until((text) => text.includes("one 50") && text.includes("other 50"));
  const received = [...events.text.matchAll(/data: (.*)/g)].map(([, text]) => text);
  // What was on its way already, and then the last of each.
  expect(received.length).toBeLessThan(8);
  expect(received.slice(-2).toSorted()).toEqual(["one 50", "other 50"]);
  await events.cancel();
});

describe("it ends", () => {
  test("when all sources have closed normally, and not before", async () => {
    const [one, other] = [new FakeObject(), new FakeObject()];
    const events = await streamOf(one, other);
    one.send("last of one");
    one.close(1000);
    await events.until((text) => text.includes("last of one"));
    other.send("last of other");
    other.close(1000);
    expect(await events.toEnd()).toMatch(/id: last-of-other\nevent: news\ndata: last of other\n\n$/);
    expect([one.ends.length, other.ends.length]).toEqual([1, 1]);
  });

  test.each([1001, 1011, 1012])("when one source is lost for the sixth time (%i), each time later", async (code) => {
    const [lost, sound] = [new FakeObject(), new FakeObject()];
    const events = await streamOf(lost, sound);
    const end = events.toEnd();
    for (let opened = 1; opened <= 6; opened++) {
      await eventually(() => lost.ends.length === opened);
      lost.close(code);
    }
    await end;
    await eventually(() => !sound.isOpen);
    expect(lost.ends).toHaveLength(6);
    // The others are of the test itself.
    expect(waitsMs.filter((ms) => ms >= 250)).toEqual([250, 500, 1_000, 2_000, 4_000]);
  });

  test.each(["too_many_watchers", "unknown"] as const)(
    "when its only source is lost and then refused: %s",
    async (refusal) => {
      const lost = new FakeObject();
      const events = await streamOf(lost);
      lost.refusal = refusal;
      lost.close(1011);
      await events.toEnd();
    },
  );
});

test("a source that no longer exists leaves the others in the stream", async () => {
  const [lost, sound] = [new FakeObject(), new FakeObject()];
  const events = await streamOf(lost, sound);
  lost.refusal = "unknown";
  lost.close(1011);
  await eventually(() => waitsMs.includes(250));
  sound.send("sound");
  sound.close(1000);
  expect(await events.toEnd()).toMatch(/data: sound\n\n$/);
  expect(waitsMs.filter((ms) => ms >= 250)).toEqual([250]);
});

test.each(["unknown", "too_many_watchers"] as const)(
  "it does not open if one source is refused (%s), and leaves no socket open",
  async (refusal) => {
    const [early, refused, late] = [new FakeObject(), new FakeObject(), new FakeObject()];
    refused.refusal = refusal;
    const openLate = () => realWait(10).then(late.open);
    expect(await openEventStream(NEWS, [early.open, refused.open, openLate])).toEqual({ ok: false, refusal });
    await eventually(() => late.ends.length === 1);
    await eventually(() => !(early.isOpen || late.isOpen));
  },
);

test("six sources are opened at a time, and all of a hundred are", async () => {
  let [opening, most] = [0, 0];
  const objects = Array.from({ length: 100 }, () => new FakeObject());
  const slow = objects.map(({ open }) => ({
    open: async () => {
      most = Math.max(most, ++opening);
      await realWait(2);
      opening -= 1;
      return open();
    },
  }));
  const events = await streamOf(...slow);
  expect(most).toBe(6);
  expect(objects.every(({ isOpen }) => isOpen)).toBe(true);
  await events.cancel();
  await eventually(() => !objects.some(({ isOpen }) => isOpen));
});

describe("in time", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
  });

  test.each([0, 1])("a heartbeat comes every 15 seconds without a message, with %i sources", async (sources) => {
    const events = await streamOf(...Array.from({ length: sources }, () => new FakeObject()));
    for (const beats of [1, 2]) {
      await vi.advanceTimersByTimeAsync(15 * SECOND_MS);
      const wanted = `retry: 3000\n\n${":\n\n".repeat(beats)}`;
      expect(await events.until((text) => text.length >= wanted.length)).toBe(wanted);
    }
    await events.cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("it ends after a quarter of an hour, whatever comes meanwhile", async () => {
    const source = new FakeObject();
    const events = await streamOf(source);
    await vi.advanceTimersByTimeAsync(15 * MINUTE_MS - 1);
    source.send("still here");
    await events.until((text) => text.includes("still here"));
    expect(source.isOpen).toBe(true);
    await vi.advanceTimersByTimeAsync(1);
    await events.toEnd();
    expect(vi.getTimerCount()).toBe(0);
    await eventually(() => !source.isOpen);
  });
});
