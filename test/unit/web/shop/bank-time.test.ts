// The time at the bank ends with the event, also where that was moved to an earlier end meanwhile.

import { expect, test } from "vitest";
import { bankAsksUntil } from "../../../../src/web/shop/bank-time.ts";
import type { Order } from "../../../../src/web/ui/api-types.ts";

const FIRST_SAID = "2031-05-01T18:15:00.000Z";
const EARLIER = "2031-05-01T18:05:00.000Z";
const LATER = "2031-05-01T23:00:00.000Z";

function order(action: string | null, ...ends: (string | null)[]): Pick<Order, "payment" | "items"> {
  const next_action = action && { type: "authenticate", client_secret: "s", expires_at: action };
  const items = ends.map((ends_at) => ({ event: ends_at && { ends_at } }));
  return { payment: { state: "pending", next_action }, items } as unknown as Pick<Order, "payment" | "items">;
}

test.each<[name: string, order: Pick<Order, "payment" | "items">, until: string | null]>([
  ["what the service said", order(FIRST_SAID, LATER), FIRST_SAID],
  ["the end of the event, where it was moved", order(FIRST_SAID, EARLIER), EARLIER],
  ["the first end of several events", order(FIRST_SAID, LATER, EARLIER), EARLIER],
  ["what the service said, where it can't name the event", order(FIRST_SAID, null), FIRST_SAID],
  ["never, while no bank asks", order(null, EARLIER), null],
  ["never, before there is a payment", { payment: null, items: [] }, null],
])("%s", (_name, of, until) => {
  expect(bankAsksUntil(of)).toBe(until);
});
