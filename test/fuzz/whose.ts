// Whom each operation is for, and what kind of thing its words are. Pure.

import type { Operation } from "./description.ts";
import type { Kind } from "./marks.ts";
import type { Part } from "./standing.ts";

const PUBLISHES = /published|cancelled/;
const IS_DRAFT = /"status":\s*"draft"/;
const NAMES_ACCOUNT = /"(username|email)"/;
/** Of what organisers do, what managers may not. */
const NOT_FOR_MANAGERS =
  /^(DELETE \/events\/\{id\}|POST \/events\/\{id\}\/cancellation|\w+ \/events\/\{id\}\/crew\b.*)$/;
/** Of what is done at a door, what scanners may not. */
const NOT_FOR_SCANNERS = "POST /check-ins/{pass}/undo";

/** Where an event's counter sells. */
export const COUNTER = "/events/{id}/orders";
/** Nobody but who bought it comes to it there, administrators neither. */
export const OWN_ADDRESS = /^\/(reservations|orders|passes)\b/;
/** But what was given back and its receipts are for its organiser, too. */
export const SHARED_ADDRESS = /^\/(reservations|orders)\b.*\/(refunds|receipt)\b/;
/** Where an account's id says who did it: never its name or its address. */
export const NAMES_WHO = /^\/events\/\{id\}\/(audit|orders|report)\b/;
export const CREW = /^\/events\/\{id\}\/crew\b/;
/** Who manages an event reads there who bought from it, by name and address. */
export const NAMES_BUYERS = /^\/events\/\{id\}\/(orders|attendees)\b/;
/** One finds out there in whose crew one is. */
export const OWN_PARTS = ["/me/crew", "/me/export"];

/** Who may do it for its event; null where it is for everybody, or for who owns what it names. */
export function partFor({ name, tag }: Operation): Part | null {
  if (tag === "Door") return name === NOT_FOR_SCANNERS ? "manager" : "scanner";
  if (tag !== "Organisers") return null;
  return NOT_FOR_MANAGERS.test(name) ? "organizer" : "manager";
}

/**
 * The part with which somebody did, or sold, what is on record for them, although the event is
 * another's now; null where nothing is.
 */
export function onRecordFor(template: string, kind: Kind): Part | null {
  if (template === "/receipts") return "organizer";
  if (template !== "/me/export") return null;
  return kind === "draft" ? "scanner" : "manager";
}

/** Whether its viewer, or whom its body names, may have something of an event afterwards. */
export function buys({ name }: Operation): boolean {
  return ["POST /reservations", "POST /orders", `POST ${COUNTER}`, "POST /passes/{id}/transfer"].includes(name);
}

/** What the `id` in a reply is of; null where it is of nothing that somebody buys. */
export function boughtBy({ name }: Operation): "reservation" | "order" | "payment" | null {
  if (name === `POST ${COUNTER}`) return "order";
  const [, collection, payment] = /^(?:GET|POST) \/(reservation|order)s(?:\/\{id\}(\/payment)?)?$/.exec(name) ?? [];
  if (payment !== undefined) return "payment";
  return collection === "reservation" || collection === "order" ? collection : null;
}

/** Of what is written in a body. */
export function kindIn(operation: Operation | null, body: string): Kind {
  if (operation?.tag === "Door") return "gate";
  if (operation?.name === "PATCH /passes/{id}") return "holder";
  return NAMES_ACCOUNT.test(body) ? "account" : "text";
}

/** Whether it may show a draft to everybody: one that is called off is shown, too. */
export function publishes({ name }: Operation, body: string): boolean {
  return PUBLISHES.test(body) || name === "POST /events/{id}/cancellation";
}

export function isOfDraft(body: string): boolean {
  return IS_DRAFT.test(body) && !PUBLISHES.test(body);
}
