// How much there is of each ticket type of a page: the newest of what D1, the cache and, where that
// has nothing, the objects say. Nobody waits long for it: D1's rows are always there.

import {
  type Availability,
  type AvailabilityCache,
  availabilityCache,
  availabilityOf,
} from "../../platform/availability/cache.ts";
import { errorFields, log } from "../../platform/log.ts";
import { within } from "../../platform/time.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { singleFlight } from "./single-flight.ts";

/** As D1 has it. */
type Row = Omit<Availability, "ticketTypeId"> & { readonly id: string };

const OBJECTS_WAIT_MS = 150;
// An object that was not awake takes a few hundred. What takes longer is left to the next one who
// asks.
const OBJECTS_TIMEOUT_MS = 2_000;
const OBJECTS_AT_ONCE = 6;

/**
 * The newest known numbers of each row, in order. One command to the cache; at most 0.3 s for it
 * and the objects.
 */
export async function newestAvailability(
  env: Env,
  rows: readonly Row[],
): Promise<Pick<Availability, "capacity" | "held" | "sold">[]> {
  const cache = availabilityCache(env);
  const ids = rows.map(({ id }) => id);
  const cached = await cache.read(ids);
  // Without a cache that answers, every reader would ask every object.
  if (cached === null) return [...rows];
  const found = new Map(cached.map((availability) => [availability.ticketTypeId, availability]));
  const missing = ids.filter((id) => !found.has(id));
  if (missing.length > 0) await readThrough(env, cache, missing, found);
  return rows.map((row) => {
    const known = found.get(row.id);
    return known !== undefined && known.version > row.version ? known : row;
  });
}

/**
 * Adds to `found` what the objects say by the time that nobody waits any longer; the rest goes to
 * the cache alone. Each object is asked once, however many miss it at that moment: until its answer
 * is in the cache.
 */
async function readThrough(
  env: Env,
  cache: AvailabilityCache,
  ids: readonly string[],
  found: Map<string, Availability>,
): Promise<void> {
  const mine: string[] = [];
  const stored = Promise.withResolvers<void>();
  const flights = ids.map(async (id) => {
    const load = async () => {
      mine.push(id);
      await stored.promise;
      return found.get(id) ?? null;
    };
    const availability = await singleFlight(`availability ${id}`, load);
    if (availability !== null) found.set(id, availability);
  });
  // A flight begins at once where nobody is ahead: by now `mine` are all that are left to this
  // request.
  stored.resolve(fetchAndStore(env, cache, mine, found));
  await within(OBJECTS_WAIT_MS, Promise.all(flights));
}

/** One write for all that have come. Never rejects: readers have D1's rows. */
async function fetchAndStore(
  env: Env,
  cache: AvailabilityCache,
  ids: readonly string[],
  found: Map<string, Availability>,
): Promise<void> {
  const left = [...ids];
  const fetched: Availability[] = [];
  const untilMs = Date.now() + OBJECTS_TIMEOUT_MS;
  const fetchSome = async () => {
    for (let id = left.shift(); id !== undefined && Date.now() < untilMs; id = left.shift()) {
      const availability = await fetchOne(env, id);
      if (availability === null) continue;
      found.set(id, availability);
      fetched.push(availability);
    }
  };
  await within(OBJECTS_TIMEOUT_MS, Promise.all(Array.from({ length: OBJECTS_AT_ONCE }, fetchSome)));
  // What fails here is logged once it keeps failing.
  if (fetched.length > 0) await cache.write(fetched).catch(() => {});
}

/** Null where the object does not know, or does not say. */
async function fetchOne(env: Env, id: string): Promise<Availability | null> {
  try {
    const state = await callTicketType(env, id, (object) => object.describe());
    return state === null ? null : availabilityOf(state);
  } catch (fault) {
    log("warn", "availability not read from its object", { ticket: id, ...errorFields(fault) });
    return null;
  }
}
