// Many buyers want the last tickets of two types at once: each has both or none, and it ends. With
// 400 buyers: test/long/worker/order-contention.test.ts.

import { expect, test } from "vitest";
import { contend, SEQUENCES } from "../../../support/contention.ts";
import { call } from "../../../support/service.ts";

test.each(SEQUENCES)("60 buyers, 15 of each, %s: exactly 15 orders, and nobody has half", async (_name, isOpposite) => {
  const { people, placed } = await contend(60, 15, isOpposite);
  for (const [index, { token }] of people.entries()) {
    const { list } = await call("GET", "/reservations", { token });
    expect(list.filter(({ state }) => state === "held")).toHaveLength(placed[index] === null ? 0 : 2);
  }
});
