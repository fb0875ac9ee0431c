// The catalogue that the lists are measured over. All follows from a row's number: runs are alike.

import type { accounts } from "../src/platform/d1/schema/accounts.ts";
import type { auditLog } from "../src/platform/d1/schema/audit-log.ts";
import type { events, ticketTypes } from "../src/platform/d1/schema/catalogue.ts";

type NewAccount = typeof accounts.$inferInsert;
type NewEvent = typeof events.$inferInsert;
type NewTicketType = typeof ticketTypes.$inferInsert;
type NewAuditEntry = typeof auditLog.$inferInsert;

export const ADMIN_ID = "adm1n00000000000";

const QUARTER_HOUR_MS = 15 * 60_000;
const HOUR_MS = 4 * QUARTER_HOUR_MS;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365 * DAY_MS;
const EVENTS_AN_ORGANIZER = 10;
/** Ticket types of an event, by its number: ten on average. */
const TICKETS_OF_EVENT = [2, 5, 8, 10, 10, 10, 10, 12, 15, 18];
const TICKETS_OF_TEN_EVENTS = 100;
/** The first events are of an organiser who has no others, and are published. */
export const SMALL_ORGANIZERS_EVENTS = 3;

/** Words that the cases ask for. A solo is in one event each. */
export const WORDS = {
  half: "music",
  otherHalf: "family",
  never: ["indoor", "openair"],
  soldOut: "farewell",
  solo: (event: number) => `solo${event}`,
} as const;

/** Odd, so that different numbers have different ids; two for each kind: an id has two halves. */
const MULTIPLIERS = {
  account: [0x9e3779b1, 0x85ebca6b],
  event: [0xc2b2ae35, 0x27d4eb2f],
  ticket: [0x165667b1, 0xd3a2646d],
} as const;
type Kind = keyof typeof MULTIPLIERS;

/** Sixteen hexadecimal digits, which are symbols of an id's alphabet. */
export function idOf(kind: Kind, number: number): string {
  const half = (multiplier: number) => (Math.imul(number, multiplier) >>> 0).toString(16).padStart(8, "0");
  return MULTIPLIERS[kind].map(half).join("");
}

/** The same in SQL. */
export function idSql(kind: Kind, number: string): string {
  const halves = MULTIPLIERS[kind].map((multiplier) => `((${number}) * ${multiplier}) & 0xffffffff`);
  return `printf('%08x%08x', ${halves.join(", ")})`;
}

/** From 0 up to, and without, 1: another series for each salt. */
function share(number: number, salt: number): number {
  let mixed = Math.imul(number + 1, 0x9e3779b1) ^ Math.imul(salt, 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 2 ** 32;
}

export function ticketsOfEvent(event: number): { readonly first: number; readonly count: number } {
  const before = TICKETS_OF_EVENT.slice(0, event % 10).reduce((sum, count) => sum + count, 0);
  return { first: Math.floor(event / 10) * TICKETS_OF_TEN_EVENTS + before, count: TICKETS_OF_EVENT[event % 10] ?? 0 };
}

/** From the one with the most events to one with a few; a tenth as many as there are events. */
export function organizerOf(event: number, events: number): number {
  const last = Math.ceil(events / EVENTS_AN_ORGANIZER);
  return event < SMALL_ORGANIZERS_EVENTS ? last : Math.floor(last * share(event, 1) ** 2);
}

export function organizerRows(events: number, nowMs: number): NewAccount[] {
  const account = (number: number, role: "organizer" | "admin", id: string): NewAccount => {
    const username = `${role}-${number}`;
    return { id, username, email: `${username}@localhost`, passwordHash: "!", role, createdAtMs: nowMs - 2 * YEAR_MS };
  };
  const organizers = Array.from({ length: Math.ceil(events / EVENTS_AN_ORGANIZER) + 1 }, (_, number) =>
    account(number, "organizer", idOf("account", number)),
  );
  return [...organizers, account(0, "admin", ADMIN_ID)];
}

export function statusOf(event: number): "draft" | "published" | "cancelled" {
  if (event < SMALL_ORGANIZERS_EVENTS) return "published";
  const dice = share(event, 2);
  return dice < 0.03 ? "draft" : dice < 0.06 ? "cancelled" : "published";
}

/** Two years around now. */
function startsAtMs(event: number, nowMs: number): number {
  return Math.floor((nowMs + (share(event, 3) * 2 - 1) * YEAR_MS) / QUARTER_HOUR_MS) * QUARTER_HOUR_MS;
}

/**
 * What is left: of past events more than half were sold out, nearly all others closed their sale
 * when they began. Of those to come one in five is sold out, and a third of the other ones' ticket
 * types.
 */
function stockOf(event: number, ticket: number, isPast: boolean): "none" | "closed" | "open" {
  const dice = share(event, 4);
  if (isPast) return dice < 0.6 ? "none" : dice < 0.98 ? "closed" : "open";
  return dice < 0.2 || share(ticket, 5) < 0.3 ? "none" : "open";
}

export function eventRow(event: number, events: number, nowMs: number): NewEvent {
  const startMs = startsAtMs(event, nowMs);
  const isSoldOut = share(event, 4) < (startMs < nowMs ? 0.6 : 0.2);
  const words = [
    ...(share(event, 6) < 0.5 ? [WORDS.half] : []),
    ...(share(event, 7) < 0.5 ? [WORDS.otherHalf] : []),
    ...(isSoldOut ? [WORDS.soldOut] : []),
    WORDS.never[event % 2],
  ];
  return {
    id: idOf("event", event),
    organizerId: idOf("account", organizerOf(event, events)),
    name: `${vocabulary(event, 3, 10)} ${WORDS.solo(event)}`,
    description: `${vocabulary(event, 20, 20)} ${words.join(" ")}.`,
    venue: `${vocabulary(event % 97, 2, 50)} hall`,
    startsAtMs: startMs,
    endsAtMs: startMs + (share(event, 8) < 0.03 ? 5 * DAY_MS : 3 * HOUR_MS),
    timezone: "Europe/Berlin",
    status: statusOf(event),
    statusVersion: 1,
    announcing: false,
    announcedVersion: 1,
    createdAtMs: Math.min(startMs, nowMs) - 90 * DAY_MS,
  };
}

/** Capacity is what is left over: the number sold is not known yet. */
export function ticketRows(event: number, nowMs: number): NewTicketType[] {
  const startMs = startsAtMs(event, nowMs);
  const { first, count } = ticketsOfEvent(event);
  return Array.from({ length: count }, (_, position): NewTicketType => {
    const stock = stockOf(event, first + position, startMs < nowMs);
    return {
      id: idOf("ticket", first + position),
      eventId: idOf("event", event),
      position,
      name: vocabulary(first + position, 1, 80),
      description: vocabulary(first + position, 5, 90),
      capacity: stock === "none" ? 0 : 1 + ((first + position) % 200),
      held: 0,
      sold: 0,
      onSale: statusOf(event) === "published",
      priceMinor: 1_000 + 50 * position,
      currency: "EUR",
      maxPerBuyer: 10,
      salesStartMs: null,
      salesEndMs: stock === "closed" ? startMs : null,
      version: 1,
    };
  });
}

/** An event made, changed twice, and its ticket types added. */
export function auditRows(event: number, events: number, nowMs: number): NewAuditEntry[] {
  const { id, organizerId, createdAtMs } = eventRow(event, events, nowMs);
  const entry = (number: number, action: NewAuditEntry["action"], objectId: string): NewAuditEntry => ({
    id: `${id}${String(number).padStart(4, "0")}`,
    atMs: createdAtMs + number * HOUR_MS,
    action,
    actorId: organizerId,
    objectType: action === "ticket.add" ? "ticket" : "event",
    objectId,
    eventId: id,
    address: null,
    details: JSON.stringify({ status: "published" }),
  });
  const { first, count } = ticketsOfEvent(event);
  return [
    entry(0, "event.create", id),
    ...Array.from({ length: count }, (_, ticket) => entry(ticket + 1, "ticket.add", idOf("ticket", first + ticket))),
    entry(count + 1, "event.change", id),
    entry(count + 2, "event.change", id),
  ];
}

const SYLLABLES = "ba do ka li mo nu pe ra si to va ze lo me ti ga fu so re ni".split(" ");
const VOCABULARY = 2_000;

/** Words of which some come often and most seldom. */
function vocabulary(number: number, count: number, salt: number): string {
  const word = (index: number) => {
    const rank = Math.floor(VOCABULARY * share(number, salt + index) ** 3);
    const syllable = (place: number) => SYLLABLES[Math.floor(rank / 20 ** place) % 20];
    return `${syllable(0)}${syllable(1)}${syllable(2)}`;
  };
  return Array.from({ length: count }, (_, index) => word(index)).join(" ");
}
