// How a part in an event's crew reads on the wire.

import type * as z from "zod";
import { iso, isoOrNull } from "../../platform/wire.ts";
import type { CrewRow, PartRow } from "./queries.ts";
import type { CrewMember, OwnPart } from "./schemas.ts";

export function presentMember({ accountId, username, part, sinceMs }: CrewRow): z.output<typeof CrewMember> {
  return { account: accountId, username, part, since: iso(sinceMs) };
}

export function presentPart({ event, part, sinceMs }: PartRow): z.output<typeof OwnPart> {
  const { startsAtMs, endsAtMs, doorsOpenAtMs, ...rest } = event;
  const times = { starts_at: iso(startsAtMs), ends_at: iso(endsAtMs), doors_open_at: isoOrNull(doorsOpenAtMs) };
  return { event: { ...rest, ...times }, part, since: iso(sinceMs) };
}
