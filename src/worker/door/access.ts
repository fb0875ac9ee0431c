// Who works at an event's door, and what the door must know of the event.

import { waitUntil } from "cloudflare:workers";
import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import { SECOND_MS } from "../../domain/units.ts";
import { sleep } from "../../platform/time.ts";
import { owns } from "../auth/organiser.ts";
import type { Session } from "../auth/sessions.ts";
import { type EventRow, eventById, type TicketTypeRow, ticketTypesOf } from "../catalogue/queries.ts";
import { type PartAndRole, partAndRoleIn, partsAndRolesIn } from "../crew/queries.ts";
import type { Env } from "../env.ts";
import { disputedReservations } from "../payments/disputes.ts";

/** `isManaged`: by whom it is opened; false for a scanner. */
export interface Door {
  readonly event: EventRow;
  readonly isManaged: boolean;
  readonly ticketTypes: ReadonlyMap<string, TicketTypeRow>;
  /** Reservations whose payment their buyers dispute at the bank. */
  readonly disputed: ReadonlySet<string>;
}

/** What all who work at a door share. */
interface Place extends Omit<Door, "isManaged"> {
  /** The crew and the organiser, by account. */
  readonly people: ReadonlyMap<string, PartAndRole>;
}

/** `place` is null once it is forgotten: a reading that is under way must not bring it back. */
interface Kept {
  readonly place: Place | null;
  /** Before it was read: what changed meanwhile may be in it or not. */
  readonly readAtMs: number;
}

// People at a door scan again and again, and D1 is the bottleneck of all doors. A scanner whose
// part is taken away may scan for so long, where this isolate has not heard of it.
const KEPT_MS = 2 * SECOND_MS;
// From then on a scan has it read again, and does not wait for that: scans that follow one another
// never wait for D1.
const RENEWED_AFTER_MS = 1_500;
const MAX_KEPT = 1_000;
// After a quiet moment all scanners of a door would read it at once. A scan that comes while
// another reads it looks for the result for a while: no request may resolve another's promise.
const LOOK_EVERY_MS = 5;
const MOST_LOOKS = 20;

/** By event. */
const places = new Map<string, Kept>();
/** Events whose door is being read. */
const readings = new Set<string>();

/** Null for an event that there is not, and for all but those who manage it or are in its crew. */
export async function doorOf(env: Env, eventId: string, session: Session): Promise<Door | null> {
  const place = await placeOf(env, eventId);
  if (place === null) return null;
  const { accountId } = session;
  // Who has just come, and admins, are not among those who were read.
  const person = place.people.get(accountId) ?? (await partAndRoleIn(env.DB, eventId, accountId));
  return person && open(place, session, person);
}

/** Somebody's part in the event has changed, or the event has a new ticket type. */
export function forgetDoor(eventId: string): void {
  places.set(eventId, { place: null, readAtMs: Number.NEGATIVE_INFINITY });
  // What it reads does not count any more.
  readings.delete(eventId);
}

async function placeOf(env: Env, eventId: string): Promise<Place | null> {
  for (let looks = 0; looks < MOST_LOOKS && keptOf(eventId) === null && readings.has(eventId); looks++) {
    await sleep(LOOK_EVERY_MS);
  }
  const known = keptOf(eventId);
  if (known === null) return readPlace(env, eventId);
  if (ageOf(known) >= RENEWED_AFTER_MS && !readings.has(eventId)) {
    // Where that fails the next scan reads, and says why it can't.
    waitUntil(readPlace(env, eventId).catch(() => {}));
  }
  return known.place;
}

/** Null once it is too old. */
function keptOf(eventId: string): Kept | null {
  const known = places.get(eventId);
  return known !== undefined && ageOf(known) < KEPT_MS ? known : null;
}

function ageOf({ readAtMs }: Kept): number {
  return Date.now() - readAtMs;
}

async function readPlace(env: Env, eventId: string): Promise<Place | null> {
  readings.add(eventId);
  try {
    return await readAnew(env, eventId);
  } finally {
    readings.delete(eventId);
  }
}

async function readAnew(env: Env, eventId: string): Promise<Place | null> {
  const before = places.get(eventId);
  const readAtMs = Date.now();
  const [event, ticketTypes, people, disputed] = await Promise.all([
    eventById(env.DB, eventId),
    ticketTypesOf(env.DB, eventId),
    partsAndRolesIn(env.DB, eventId),
    disputedReservations(env.DB, eventId),
  ]);
  if (event === null) return null;
  const place = {
    event,
    ticketTypes: new Map(ticketTypes.map((ticketType) => [ticketType.id, ticketType])),
    // An order may be for other events as well.
    disputed: new Set(disputed.filter((id) => ticketTypes.some((one) => one.id === ticketTypeIdOf(id)))),
    people: new Map(people.map((person) => [person.accountId, person])),
  };
  // Forgotten meanwhile.
  if (places.get(eventId) !== before) return place;
  if (places.size >= MAX_KEPT) places.clear();
  places.set(eventId, { place, readAtMs });
  return place;
}

function open(place: Place, session: Session, { role, part }: PartAndRole): Door | null {
  const { event, ticketTypes, disputed } = place;
  const isOwn = owns(event, { ...session, role, isManager: part === "manager" });
  return isOwn || part !== null ? { event, ticketTypes, disputed, isManaged: isOwn || part === "manager" } : null;
}
