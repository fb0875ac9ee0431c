// An order and the reservations of its ticket types, whatever is delayed, lost, repeated, called
// off or late, in any order: all of it or nothing, and a paid buyer has it or the money back.

import fc from "fast-check";
import { expect, test } from "vitest";
import { type Move, OrderWorld } from "./order-world.ts";

const MINUTE_MS = 60_000;
const RUNS = 10_000;

const which = fc.nat({ max: 50 });
const often = <T>(weight: number, arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary });
const move: fc.Arbitrary<Move> = fc.oneof(
  often(
    24,
    fc.record({
      type: fc.constant("step" as const),
      which,
      fate: fc.constantFrom(
        "done" as const,
        "done" as const,
        "done" as const,
        "lost" as const,
        "no reply" as const,
        "late" as const,
      ),
    }),
  ),
  often(4, fc.record({ type: fc.constantFrom("late" as const, "ask" as const), which })),
  often(4, fc.record({ type: fc.constant("settle" as const), which })),
  often(1, fc.record({ type: fc.constant("wrong failure" as const), which })),
  often(1, fc.record({ type: fc.constantFrom("abandon" as const, "nothing" as const) })),
  often(4, fc.record({ type: fc.constant("pay" as const) })),
  often(1, fc.record({ type: fc.constantFrom("cancel" as const, "let go" as const, "nothing" as const) })),
  often(
    4,
    fc.record({
      type: fc.constant("event" as const),
      which,
      status: fc.constantFrom("published" as const, "published" as const, "cancelled" as const),
    }),
  ),
  often(2, fc.record({ type: fc.constant("wait" as const), ms: fc.integer({ min: 0, max: 10 * MINUTE_MS }) })),
);

const runs = fc.record({
  moves: fc.array(move, { minLength: 5, maxLength: 60, size: "max" }),
  /** How the charges turn out, in their order. */
  succeeds: fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
  priceMinor: fc.oneof(often(9, fc.constant(4500)), often(1, fc.constant(0))),
  capacities: fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 })),
});

// A run that never gets there proves nothing.
const met = new Map<string, number>();

test("an order is whole, whatever happens between any two steps", () => {
  fc.assert(
    fc.property(runs, ({ moves, succeeds, priceMinor, capacities }) => {
      const world = new OrderWorld(priceMinor, capacities, succeeds);
      for (const one of moves) {
        world.play(one);
        world.expectPromises();
      }
      world.finish();
      world.expectPromises();
      const end = world.expectEnd();
      for (const sight of [...world.sights, end]) met.set(sight, (met.get(sight) ?? 0) + 1);
    }),
    { numRuns: RUNS },
  );
});

test("and all of these ends were met", () => {
  for (const sight of [
    "confirmed",
    "cancelled",
    "expired",
    "refused",
    "refunded",
    "called off between charge and confirmation",
    "a call that came late",
    "a second payment",
  ]) {
    expect(met.get(sight) ?? 0, sight).toBeGreaterThan(20);
  }
});
