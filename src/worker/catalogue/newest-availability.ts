// What is left of ticket types: the newest of D1, the cache and, where that has nothing, objects.

import { waitUntil } from "cloudflare:workers";
import { SECOND_MS } from "../../domain/units.ts";
import { availabilityCache } from "../../platform/availability/cache.ts";
import { type Availability, type AvailabilityCache, availabilityOf } from "../../platform/availability/port.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { type PresentedTicket, presentTicket } from "./presenters.ts";
import type { EventRow, TicketTypeRow } from "./queries.ts";

/** As D1 has it. */
type Row = Omit<Availability, "ticketTypeId"> & { readonly id: string };

const OBJECTS_WAIT_MS = 150;
// An object that has to start takes a few hundred. A slower one is left to the next reader.
const OBJECTS_TIMEOUT_MS = 2 * SECOND_MS;
const OBJECTS_AT_ONCE = 6;

/** The event's ticket types with the newest availability that is known. */
export async function presentTickets(
  env: Env,
  event: EventRow,
  ticketTypes: readonly TicketTypeRow[],
  toOrganizer: boolean,
): Promise<PresentedTicket[]> {
  const newest = await newestAvailability(env, ticketTypes);
  return ticketTypes.map((row, index) => presentTicket({ ...row, ...newest[index] }, event, toOrganizer));
}

/** In the order of `rows`. One command to the cache, and at most 0.3 s for it and the objects. */
export async function newestAvailability(
  env: Env,
  rows: readonly Row[],
): Promise<Pick<Availability, "capacity" | "held" | "sold">[]> {
  const cache = availabilityCache(env);
  const ids = rows.map(({ id }) => id);
  const cached = await cache.read(ids);
  const found = new Map(cached?.map((availability) => [availability.ticketTypeId, availability]));
  // While the cache does not answer, no object is called: every reader would call every object.
  const missing = cached === null ? [] : ids.filter((id) => !found.has(id));
  if (missing.length > 0) await readThrough(env, cache, missing, found);
  return rows.map((row) => {
    const known = found.get(row.id);
    const { capacity, held, sold } = known !== undefined && known.version > row.version ? known : row;
    return { capacity, held, sold };
  });
}

/** Adds to `found` what the objects say in time. What they say later goes to the cache alone. */
async function readThrough(
  env: Env,
  cache: AvailabilityCache,
  ids: readonly string[],
  found: Map<string, Availability>,
): Promise<void> {
  const left = [...ids];
  const untilMs = Date.now() + OBJECTS_TIMEOUT_MS;
  const describeSome = async () => {
    for (let id = left.shift(); id !== undefined && Date.now() < untilMs; id = left.shift()) {
      const availability = await describe(env, id);
      if (availability !== null) found.set(id, availability);
    }
  };
  const described = Promise.all(Array.from({ length: OBJECTS_AT_ONCE }, describeSome));
  const store = async () => {
    await timeout(OBJECTS_TIMEOUT_MS, described).catch(() => {});
    const fetched = ids.flatMap((id) => found.get(id) ?? []);
    // One write for all that came in time. The circuit breaker logs writes that keep failing.
    if (fetched.length > 0) await cache.write(fetched).catch(() => {});
  };
  waitUntil(store());
  await timeout(OBJECTS_WAIT_MS, described).catch(() => {});
}

/** Null where the object does not know, or can't be reached. */
async function describe(env: Env, id: string): Promise<Availability | null> {
  try {
    const state = await callTicketType(env, id, (object) => object.describe());
    return state === null ? null : availabilityOf(state);
  } catch (fault) {
    log("warn", "availability not read from its object", { ticket: id, ...errorFields(fault) });
    return null;
  }
}
