// Who helps an event's organiser, on the wire.

import * as z from "zod";
import { PARTS } from "../../platform/d1/schema/crew.ts";
import { Id, Instant } from "../http/fields.ts";

export const CrewPart = z.enum(PARTS).meta({
  id: "CrewPart",
  description:
    "A `manager` may do for the event what its organiser may, except deleting it, calling it off and choosing its crew. A `scanner` lets people in",
});
export const CrewPath = z.strictObject({ id: Id, account: Id });
export const NewCrewMember = z.strictObject({ part: CrewPart }).meta({ id: "NewCrewMember" });
export const CrewMember = z
  .strictObject({ account: Id, username: z.string(), part: CrewPart, since: Instant })
  .meta({ id: "CrewMember" });
export const OwnPart = z
  .strictObject({
    event: z.strictObject({
      id: Id,
      name: z.string(),
      venue: z.string(),
      starts_at: Instant,
      ends_at: Instant,
      timezone: z.string(),
      doors_open_at: Instant.nullable(),
      status: z.enum(["draft", "published", "cancelled"]),
      capacity: z.int().min(0).nullable().meta({ description: "Of all ticket types; null for who scans only" }),
      sold: z.int().min(0).nullable().meta({ description: "Null for who scans only" }),
    }),
    part: CrewPart,
    since: Instant,
  })
  .meta({ id: "OwnPart" });
