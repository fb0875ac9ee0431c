// Many buyers want the last tickets of two types at once: each has both or none, and it ends.

import { expect, test } from "vitest";
import { placeOrder, stockOf, twoTypes } from "../../../support/orders.ts";
import { call, newPerson, type Person } from "../../../support/service.ts";

const BUYERS = 60;
const EACH = 15;
const MAX_ATTEMPTS = 40;

test.each([
  ["in one order", () => false],
  ["half of them in the opposite order", (buyer: number) => buyer % 2 === 1],
])("60 buyers, 15 of each, %s: exactly 15 orders, and nobody has half", async (_name, isOpposite) => {
  const { stalls, parking } = await twoTypes({ capacity: EACH }, { capacity: EACH });
  const buyers = await Promise.all(Array.from({ length: BUYERS }, () => newPerson()));
  const placed = await Promise.all(
    buyers.map((buyer, index) => {
      const items = [
        [stalls, 1],
        [parking, 1],
      ] as const;
      return buy(buyer, isOpposite(index) ? items.toReversed() : items, stalls, parking);
    }),
  );
  expect(placed.filter((id) => id !== null)).toHaveLength(EACH);
  expect(await stockOf(stalls, parking)).toEqual([
    { held: EACH, sold: 0 },
    { held: EACH, sold: 0 },
  ]);
  for (const [index, buyer] of buyers.entries()) {
    const { list } = await call("GET", "/reservations", { token: buyer.token });
    expect(list.filter(({ state }) => state === "held")).toHaveLength(placed[index] === null ? 0 : 2);
  }
});

/** Tries again while refused, until nothing is left of either. */
async function buy(
  buyer: Person,
  items: readonly (readonly [string, number])[],
  stalls: string,
  parking: string,
): Promise<string | null> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const { status, body } = await placeOrder(buyer, ...items);
    if (status === 201) return body.id;
    expect(body.type).toBe("/problems/sold-out");
    const stock = await stockOf(stalls, parking);
    if (stock.every(({ held }) => held === EACH)) return null;
    await scheduler.wait(20 + 80 * Math.random());
  }
  throw new Error("it does not end");
}
