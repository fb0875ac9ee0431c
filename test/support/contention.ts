// Many buyers who want the last tickets of two types at once, in one order.

import { expect } from "vitest";
import { sqlIn } from "./objects.ts";
import { placeOrder, stockOf, twoTypes } from "./orders.ts";
import { newPerson, type Person } from "./service.ts";

const MAX_ATTEMPTS = 40;

export const SEQUENCES: readonly [name: string, isOpposite: (buyer: number) => boolean][] = [
  ["all in one sequence", () => false],
  ["half of them in the opposite sequence", (buyer) => buyer % 2 === 1],
];

/** Each type has `capacity` tickets, and that is how many orders there are in the end. */
export async function contend(
  buyers: number,
  capacity: number,
  isOpposite: (buyer: number) => boolean,
): Promise<{ readonly people: readonly Person[]; readonly placed: readonly (string | null)[] }> {
  const { stalls, parking } = await twoTypes({ capacity }, { capacity });
  const people = await Promise.all(Array.from({ length: buyers }, () => newPerson()));
  const placed = await Promise.all(
    people.map((buyer, index) => {
      const items = [stalls, parking].map((ticket) => [ticket, 1] as const);
      return buy(buyer, isOpposite(index) ? items.toReversed() : items, capacity);
    }),
  );
  const winners = people.filter((_, index) => placed[index] !== null).map(({ accountId }) => accountId);
  expect(winners).toHaveLength(capacity);
  for (const ticketType of [stalls, parking]) {
    const held = await sqlIn(ticketType, "SELECT account_id FROM reservations WHERE state = 'held'");
    expect(held.map(({ account_id }) => account_id).sort()).toEqual(winners.toSorted());
  }
  const all = { held: capacity, sold: 0 };
  expect(await stockOf(stalls, parking)).toEqual([all, all]);
  return { people, placed };
}

/** Tries again while refused, until nothing is left of either. */
async function buy(
  buyer: Person,
  items: readonly (readonly [string, number])[],
  capacity: number,
): Promise<string | null> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const { status, body } = await placeOrder(buyer, ...items);
    if (status === 201) return body.id;
    expect(body.type).toBe("/problems/sold-out");
    const stock = await stockOf(...items.map(([ticket]) => ticket));
    if (stock.every(({ held }) => held === capacity)) return null;
    await scheduler.wait(20 + 80 * Math.random());
  }
  throw new Error("it does not end");
}
