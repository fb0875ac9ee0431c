// Who works at an event's door, and what the door must know of the event.

import { SECOND_MS } from "../../domain/units.ts";
import { owns } from "../auth/organiser.ts";
import type { Session } from "../auth/sessions.ts";
import { type EventRow, eventById, type TicketTypeRow, ticketTypesOf } from "../catalogue/queries.ts";
import { partIn, standingOf } from "../crew/queries.ts";
import type { Env } from "../env.ts";

/** `isManaged`: by whom it is opened; false for a scanner. */
export interface Door {
  readonly event: EventRow;
  readonly isManaged: boolean;
  readonly ticketTypes: ReadonlyMap<string, TicketTypeRow>;
}

// At a door one account scans again and again, and D1 is the bottleneck of all doors. A scanner
// whose part is taken away may scan for so long, where this isolate has not heard of it.
const KEPT_MS = 2 * SECOND_MS;
const MAX_KEPT = 10_000;

const kept = new Map<string, { readonly door: Door; readonly untilMs: number }>();

/** Null for an event that there is not, and for all but those who manage it or are in its crew. */
export async function doorOf(env: Env, eventId: string, session: Session): Promise<Door | null> {
  const key = keyOf(eventId, session.accountId);
  const known = kept.get(key);
  if (known !== undefined && Date.now() < known.untilMs) return known.door;
  const [event, standing, part, ticketTypes] = await Promise.all([
    eventById(env.DB, eventId),
    standingOf(env.DB, session.accountId),
    partIn(env.DB, eventId, session.accountId),
    ticketTypesOf(env.DB, eventId),
  ]);
  const isOwn = event !== null && standing !== null && owns(event, { ...session, ...standing });
  if (event === null || standing === null || !(isOwn || part !== null)) return null;
  const byId = new Map(ticketTypes.map((ticketType) => [ticketType.id, ticketType]));
  const door = { event, isManaged: isOwn || part === "manager", ticketTypes: byId };
  if (kept.size >= MAX_KEPT) kept.clear();
  kept.set(key, { door, untilMs: Date.now() + KEPT_MS });
  return door;
}

/** The account's part in the event has changed, or the event has a new ticket type. */
export function forgetDoor(eventId: string, accountId: string): void {
  kept.delete(keyOf(eventId, accountId));
}

function keyOf(eventId: string, accountId: string): string {
  return `${eventId} ${accountId}`;
}
