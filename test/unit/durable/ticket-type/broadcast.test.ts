// How often availability is broadcast: the class itself, with sockets that keep what they are sent.

import fc from "fast-check";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SECOND_MS } from "../../../../src/domain/units.ts";
import { Broadcast } from "../../../../src/durable/ticket-type/broadcast.ts";
import type { TicketTypeState } from "../../../../src/durable/ticket-type/protocol.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const TICKET_TYPE = { ticketTypeId: "t1", capacity: 1_000, held: 0, sold: 0, version: 0 } as TicketTypeState;

interface Sent {
  readonly seq: number;
  readonly atMs: number;
}

/** Commits changes, so many milliseconds after one another; returns when each was, and what one of the watchers got. */
function commitAll(gapsMs: readonly number[], watchers: number): { changedAtMs: number[]; sent: Sent[] } {
  const sent: Sent[] = [];
  const first = { send: (text: string) => void sent.push({ seq: JSON.parse(text).seq, atMs: Date.now() }) };
  const sockets = [first, ...Array.from({ length: watchers - 1 }, () => ({ send: () => {} }))];
  const ctx = { getWebSockets: () => sockets, getTags: () => ["availability"] };
  const broadcast = new Broadcast(ctx as unknown as DurableObjectState, watchers);
  const changedAtMs = gapsMs.map((gapMs, version) => {
    vi.advanceTimersByTime(gapMs);
    broadcast.committed({ ...TICKET_TYPE, held: version + 1, version }, true, []);
    return Date.now();
  });
  vi.advanceTimersByTime(2 * SECOND_MS);
  return { changedAtMs, sent };
}

test.each([
  [1, 250],
  [450, 250],
  [1_000, 550],
])(
  "for %i watchers, changes every 10 ms become one message every %i ms, and the newest is the last",
  (watchers, gapMs) => {
    const { changedAtMs, sent } = commitAll(
      Array.from({ length: 200 }, () => 10),
      watchers,
    );
    const startMs = changedAtMs[0] ?? 0;
    const wanted = Array.from({ length: Math.ceil((2 * SECOND_MS) / gapMs) + 1 }, (_, n) => n * gapMs);
    expect(sent.map(({ atMs }) => atMs - startMs)).toEqual(wanted);
    expect(sent.at(-1)?.seq).toBe(199);
  },
);

test("whenever changes come, messages are a quarter of a second apart, and no change waits for longer", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 300 });
  fc.assert(
    fc.property(gaps, (gapsMs) => {
      const { changedAtMs, sent } = commitAll(gapsMs, 1);
      expect(sent.at(-1)?.seq).toBe(gapsMs.length - 1);
      for (const [n, { seq, atMs }] of sent.entries()) {
        const before = sent[n - 1] ?? { seq: -1, atMs: Number.NEGATIVE_INFINITY };
        expect(atMs - before.atMs).toBeGreaterThanOrEqual(250);
        expect(seq).toBeGreaterThan(before.seq);
        // The first change that this message is the first one to include.
        expect(atMs - (changedAtMs[before.seq + 1] ?? 0)).toBeLessThanOrEqual(250);
      }
    }),
  );
});
