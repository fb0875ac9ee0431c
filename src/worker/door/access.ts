// Who works at an event's door, and what the door must know of the event.

import { waitUntil } from "cloudflare:workers";
import { SECOND_MS } from "../../domain/units.ts";
import { owns } from "../auth/organiser.ts";
import type { Session } from "../auth/sessions.ts";
import { type EventRow, eventById, type TicketTypeRow, ticketTypesOf } from "../catalogue/queries.ts";
import { roleAndPartIn } from "../crew/queries.ts";
import type { Env } from "../env.ts";

/** `isManaged`: by whom it is opened; false for a scanner. */
export interface Door {
  readonly event: EventRow;
  readonly isManaged: boolean;
  readonly ticketTypes: ReadonlyMap<string, TicketTypeRow>;
}

/** What all who work at a door share. */
type Place = Pick<Door, "event" | "ticketTypes">;

/** `value` is null once it is forgotten: a reading that is under way must not bring it back. */
interface Kept<T> {
  readonly value: T | null;
  /** Before it was read: what changed meanwhile may be in it or not. */
  readonly readAtMs: number;
}

// At a door one account scans again and again, and D1 is the bottleneck of all doors. A scanner
// whose part is taken away may scan for so long, where this isolate has not heard of it.
const KEPT_MS = 2 * SECOND_MS;
// From then on a scan has it read again, and does not wait for that: scans that follow one another
// never wait for D1.
const RENEWED_AFTER_MS = 1_500;
const MAX_KEPT = 10_000;

const places = new Map<string, Kept<Place>>();
/** By event and account: of those alone whom the door is open for. */
const doors = new Map<string, Kept<Door>>();
const renewals = new Set<Kept<Door>>();

/** Null for an event that there is not, and for all but those who manage it or are in its crew. */
export async function doorOf(env: Env, eventId: string, session: Session): Promise<Door | null> {
  const known = doors.get(keyOf(eventId, session.accountId));
  const ageMs = Date.now() - (known?.readAtMs ?? Number.NEGATIVE_INFINITY);
  if (known === undefined || ageMs >= KEPT_MS) return readDoor(env, eventId, session);
  if (ageMs >= RENEWED_AFTER_MS && !renewals.has(known)) {
    renewals.add(known);
    // Where that fails the next scan reads, and says why it can't.
    const renewed = readDoor(env, eventId, session).catch(() => {});
    waitUntil(renewed.finally(() => renewals.delete(known)));
  }
  return known.value;
}

/** The account's part in the event has changed, or the event has a new ticket type. */
export function forgetDoor(eventId: string, accountId: string): void {
  places.set(eventId, forgotten());
  doors.set(keyOf(eventId, accountId), forgotten());
}

async function readDoor(env: Env, eventId: string, session: Session): Promise<Door | null> {
  const key = keyOf(eventId, session.accountId);
  const before = doors.get(key);
  const nowMs = Date.now();
  const [place, standing] = await Promise.all([
    placeOf(env, eventId, nowMs),
    roleAndPartIn(env.DB, eventId, session.accountId),
  ]);
  const door = place && standing && open(place.value, session, standing);
  // Forgotten meanwhile.
  if (doors.get(key) !== before) return door;
  if (doors.size >= MAX_KEPT) doors.clear();
  if (place === null || door === null) doors.delete(key);
  else doors.set(key, { value: door, readAtMs: place.readAtMs });
  return door;
}

async function placeOf(env: Env, eventId: string, nowMs: number) {
  const known = places.get(eventId);
  const { value = null, readAtMs = 0 } = known ?? {};
  if (value !== null && nowMs - readAtMs < KEPT_MS - RENEWED_AFTER_MS) return { value, readAtMs };
  const [event, ticketTypes] = await Promise.all([eventById(env.DB, eventId), ticketTypesOf(env.DB, eventId)]);
  if (event === null) return null;
  const byId = new Map(ticketTypes.map((ticketType) => [ticketType.id, ticketType]));
  const place = { value: { event, ticketTypes: byId }, readAtMs: nowMs };
  if (places.get(eventId) !== known) return place;
  if (places.size >= MAX_KEPT) places.clear();
  places.set(eventId, place);
  return place;
}

function open(place: Place, session: Session, { role, part }: NonNullable<Awaited<ReturnType<typeof roleAndPartIn>>>) {
  const isOwn = owns(place.event, { ...session, role, isManager: part === "manager" });
  return isOwn || part !== null ? { ...place, isManaged: isOwn || part === "manager" } : null;
}

function forgotten<T>(): Kept<T> {
  return { value: null, readAtMs: Number.NEGATIVE_INFINITY };
}

function keyOf(eventId: string, accountId: string): string {
  return `${eventId} ${accountId}`;
}
