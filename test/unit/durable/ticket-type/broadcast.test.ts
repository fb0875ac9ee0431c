// What a broadcast sends to whom and when: the class itself, on a fake of the platform's sockets.

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { firstPrice } from "../../../../src/domain/price.ts";
import { SECOND_MS } from "../../../../src/domain/units.ts";
import { Broadcast } from "../../../../src/durable/ticket-type/broadcast.ts";
import type { TicketTypeState } from "../../../../src/durable/ticket-type/protocol.ts";
import { NAMELESS } from "../../../../src/platform/wire.ts";
import { OPEN, reservation } from "../../domain/reservation-text.ts";

interface Sent {
  readonly seq: number;
  readonly available: number;
  readonly state: string;
  readonly atMs: number;
}

class FakeSocket {
  readonly serializeAttachment = () => {};
  readonly deserializeAttachment = () => null;
  readonly sent: Sent[] = [];
  close = () => {};
  send = (text: string) => void this.sent.push({ ...JSON.parse(text), atMs: Date.now() });
}

class FakePlatform {
  readonly #tags = new Map<FakeSocket, string>();
  readonly acceptWebSocket = (socket: FakeSocket, [tag = ""]: string[]) => void this.#tags.set(socket, tag);
  readonly getTags = (socket: FakeSocket) => [this.#tags.get(socket)];
  readonly setWebSocketAutoResponse = () => {};
  readonly getWebSockets = vi.fn((tag?: string) => [...this.#tags.keys()].filter((it) => this.#tags.get(it) === tag));
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout"] });
  vi.stubGlobal("WebSocketRequestResponsePair", Object);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

/** A ticket type of a thousand tickets, and who watches it. */
function stage() {
  const stock = { ticketTypeId: "t1", capacity: 1_000, held: 0, sold: 0, version: 0, prices: [firstPrice("t1", 0)] };
  const edits = { edition: "0", newTexts: {}, termsVersion: null };
  const rules = { priceMinor: 0, currency: "EUR", maxPerBuyer: null, onSale: true, onSaleVersion: 1, eventVersion: 1 };
  const door = { eventStartsMs: null, doorsOpenAtMs: null, reentry: false };
  const facts = { ...door, refundableUntilMs: null, refunding: null };
  let ticketType: TicketTypeState = { ...OPEN, ...facts, ...rules, ...stock, ...edits };
  const platform = new FakePlatform();
  const broadcast = new Broadcast(platform as unknown as DurableObjectState, 1_000);
  const join = (watched = "availability"): FakeSocket => {
    const socket = new FakeSocket();
    vi.stubGlobal("WebSocketPair", function WebSocketPair() {
      return { 0: null, 1: socket };
    });
    if (watched === "availability") broadcast.watchAvailability(ticketType, null);
    else broadcast.watchReservation(ticketType, reservation(watched), { lastMessageId: null, names: NAMELESS });
    return socket;
  };
  const commit = (available: number) => {
    ticketType = { ...ticketType, held: ticketType.capacity - available, version: ticketType.version + 1 };
    broadcast.committed(ticketType, true, []);
  };
  const commitReservation = (text: string) => broadcast.committed(ticketType, false, [reservation(text)]);
  return { platform, join, commit, commitReservation };
}

describe("availability", () => {
  test.each([
    [1, 250],
    [450, 250],
    [1_000, 550],
  ])("comes to %i watchers every %i ms in a rush, and last as it is in the end", (watchers, pauseMs) => {
    const { join, commit } = stage();
    const sockets = Array.from({ length: watchers }, () => join());
    const startMs = Date.now();
    for (let available = 999; available >= 800; available--) {
      commit(available);
      expect(vi.getTimerCount()).toBeLessThanOrEqual(1);
      vi.advanceTimersByTime(10);
    }
    vi.advanceTimersByTime(SECOND_MS);
    for (const { sent } of sockets) {
      const atMs = sent.slice(1).map((message) => message.atMs - startMs);
      expect(atMs).toEqual(Array.from(atMs, (_, n) => n * pauseMs));
      expect(sent.at(-1)?.available).toBe(800);
    }
  });

  test("comes at most every quarter of a second, and no change waits for longer", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(gaps, (gapsMs) => {
        const { join, commit } = stage();
        const { sent } = join();
        const changedAtMs = gapsMs.map((gapMs, change) => {
          vi.advanceTimersByTime(gapMs);
          commit(999 - change);
          return Date.now();
        });
        vi.advanceTimersByTime(250);
        expect(sent.at(-1)?.seq).toBe(gapsMs.length);
        for (const [n, { seq, atMs }] of sent.slice(1).entries()) {
          // Of the message before; the first one came when the watcher did.
          const before = sent[n] as Sent;
          if (n > 0) expect(atMs - before.atMs).toBeGreaterThanOrEqual(250);
          expect(seq).toBeGreaterThan(before.seq);
          expect(atMs - (changedAtMs[before.seq] ?? 0)).toBeLessThanOrEqual(250);
        }
      }),
    );
  });

  test("comes to a watcher who joins in the pause, though the others have it already", () => {
    const { join, commit } = stage();
    const first = join();
    commit(999);
    commit(998);
    const second = join();
    commit(999);
    vi.advanceTimersByTime(250);
    expect(second.sent.map(({ available }) => available)).toEqual([998, 999]);
    expect(first.sent.map(({ available }) => available)).toEqual([1_000, 999, 999]);
  });

  test("does not come after a change that is undone in the pause", () => {
    const { join, commit } = stage();
    const { sent } = join();
    for (const available of [999, 998, 999]) commit(available);
    vi.advanceTimersByTime(SECOND_MS);
    commit(997);
    expect(sent.map(({ available }) => available)).toEqual([1_000, 999, 997]);
  });
});

describe("a reservation", () => {
  test.each([
    ["while it was watched", "held"],
    ["before it was watched", "cancelled"],
  ])("that ended %s costs later commits no look-up", (_when, first) => {
    const { platform, join, commitReservation } = stage();
    const { sent } = join(first);
    if (first === "held") commitReservation("cancelled");
    expect(sent.at(-1)?.state).toBe("cancelled");
    platform.getWebSockets.mockClear();
    commitReservation("cancelled");
    expect(platform.getWebSockets).not.toHaveBeenCalled();
  });

  test.each(["send", "close"] as const)("comes to its other sockets if one can't %s", (broken) => {
    const { join, commitReservation } = stage();
    const [first, second] = [join("held"), join("held")];
    first[broken] = fail;
    commitReservation("cancelled");
    expect(second.sent.map(({ state }) => state)).toEqual(["held", "cancelled"]);
  });
});

test.each([
  // One broadcast fails with its commit, the next one after the pause.
  ["sockets that can't be listed", 2],
  // A client that has gone is nothing to log.
  ["a socket that can't be written to", 0],
])("%s do not make a commit fail", (broken, warnings) => {
  const logged = vi.spyOn(console, "log").mockReturnValue();
  const { platform, join, commit } = stage();
  const socket = join();
  if (warnings === 0) socket.send = fail;
  else platform.getWebSockets.mockImplementation(fail);
  commit(999);
  commit(998);
  vi.advanceTimersByTime(SECOND_MS);
  const failures = logged.mock.calls.filter(([line]) => String(line).includes("broadcast failed"));
  expect(failures, broken).toHaveLength(warnings);
});

function fail(): never {
  throw new Error("broken");
}
