// Takings in replies.

import * as z from "zod";
import { Money, SaleMethod } from "../http/fields.ts";

const Takings = {
  taken: Money.meta({ description: "What its sold tickets cost, also where they were given back since" }),
  given_back: Money.meta({ description: "By refunds that succeeded" }),
  refunding: Money.meta({ description: "By refunds that are due or under way" }),
  disputed: Money.meta({ description: "What buyers dispute at their bank, while that is open" }),
  lost: Money.meta({ description: "What buyers have back by a dispute" }),
  net: Money.meta({ description: "`taken` less all of the others" }),
};

export const EventTakings = z
  .strictObject({
    totals: z.array(z.strictObject(Takings)).meta({ description: "For each currency" }),
    by: z.array(z.strictObject({ method: SaleMethod, ...Takings })).meta({ description: "By method and currency" }),
  })
  .meta({
    id: "EventTakings",
    description:
      "The money of an event: its part of orders, and reservations that were bought alone. A payment that came too late for its tickets goes back as a whole, and counts nowhere",
  });
