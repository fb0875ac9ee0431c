// 400 buyers at once want one of each of two ticket types, and there are 100 of each.

import { test } from "vitest";
import { contend, SEQUENCES } from "../../support/contention.ts";

test.each(SEQUENCES)(
  "400 buyers, 100 of each, %s: exactly 100 orders, and nobody has half",
  { timeout: 600_000 },
  async (_name, isOpposite) => {
    await contend(400, 100, isOpposite);
  },
);
