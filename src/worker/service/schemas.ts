// The service about itself.

import * as z from "zod";

const Reach = z.enum(["ok", "unreachable", "not_configured"]);
export const Health = z
  .strictObject({
    status: z.literal("alive"),
    reaches: z.strictObject({ database: Reach, objects: Reach, cache: Reach, payments: Reach }),
  })
  .meta({ id: "Health" });
