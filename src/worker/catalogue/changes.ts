// Events and ticket types as their organiser changes them: D1 keeps the words, each ticket type's
// object its rules.

import type * as z from "zod";
import type { ChangeResult, TicketTypeChange, TicketTypeConfig } from "../../durable/ticket-type/protocol.ts";
import { newId } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { type AuditEntry, audit } from "../audit/queries.ts";
import type { Session } from "../auth/sessions.ts";
import type { Env } from "../env.ts";
import { addressOf } from "../http/address.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { forgetShared } from "./copies.ts";
import { newestAvailability } from "./newest-availability.ts";
import { type PresentedTicket, presentTicket } from "./presenters.ts";
import * as db from "./queries.ts";
import type { EventChange, NewEvent, NewTicket, TicketChange } from "./schemas.ts";
import { indexTokens } from "./search.ts";

/** Who asks, and from where: for the audit log. */
export interface Actor {
  readonly accountId: string;
  readonly address: string;
}

export function by(session: Session, request: Request): Actor {
  return { accountId: session.accountId, address: addressOf(request) };
}

export async function createEvent(env: Env, actor: Actor, event: z.output<typeof NewEvent>): Promise<db.EventRow> {
  const { name, description, venue, timezone, status } = event;
  const row: db.EventRow = {
    ...{ id: newId(), organizerId: actor.accountId, name, description, venue, timezone, status },
    startsAtMs: Date.parse(event.starts_at),
    endsAtMs: Date.parse(event.ends_at),
    statusVersion: 1,
    announcing: false,
    createdAtMs: Date.now(),
    wordsVersion: 1,
    requestHash: null,
    indexedVersion: 0,
  };
  await db.insertEvent(env.DB, row, entry(actor, "event.create", { type: "event", id: row.id }, row.id, event));
  await makeFound(env, row);
  forgetShared();
  return row;
}

/** The changed event, or null where it would end before it starts. */
export async function changeEvent(
  env: Env,
  actor: Actor,
  id: string,
  change: z.output<typeof EventChange>,
): Promise<db.EventRow | null> {
  const { name, description, venue, timezone, status, starts_at, ends_at } = change;
  const changes = given({
    ...{ name, description, venue, timezone, status },
    startsAtMs: starts_at === undefined ? undefined : Date.parse(starts_at),
    endsAtMs: ends_at === undefined ? undefined : Date.parse(ends_at),
  });
  const changed = await db.updateEvent(
    env.DB,
    id,
    changes,
    entry(actor, "event.change", { type: "event", id }, id, change),
  );
  if (changed?.announcing) await announce(env, changed);
  if (changed !== null && changed.indexedVersion < changed.wordsVersion) await makeFound(env, changed);
  forgetShared();
  return changed;
}

/**
 * Whoever searches finds the event by its present words. Where that fails now, the cron sweep does
 * it.
 */
async function makeFound(env: Env, event: db.EventRow): Promise<void> {
  try {
    await indexTokens(env.DB, [event]);
  } catch (fault) {
    log("warn", "event not found by its words yet", { event: event.id, ...errorFields(fault) });
  }
}

/**
 * Tells every ticket type of the event whether it is on sale. Whoever can't be told now, the cron
 * sweep tells.
 */
export async function announce(env: Env, event: db.EventRow): Promise<void> {
  const news = { onSale: event.status === "published", onSaleVersion: event.statusVersion };
  try {
    const ticketTypes = await db.ticketTypesOf(env.DB, event.id);
    await Promise.all(ticketTypes.map(({ id }) => callTicketType(env, id, (object) => object.announce(news))));
    await db.markAnnounced(env.DB, event);
  } catch (fault) {
    log("warn", "event status not announced yet", { event: event.id, ...errorFields(fault) });
  }
}

/**
 * The object first: a ticket type that is on the list can be sold. One that never gets there is
 * known to nobody.
 */
export async function addTicketType(
  env: Env,
  actor: Actor,
  event: db.EventRow,
  ticket: z.output<typeof NewTicket>,
): Promise<db.TicketTypeRow> {
  const id = newId();
  const config: TicketTypeConfig = {
    ticketTypeId: id,
    onSale: event.status === "published",
    onSaleVersion: event.statusVersion,
    ...{ capacity: ticket.capacity, priceMinor: ticket.price.amount, currency: ticket.price.currency },
    maxPerBuyer: ticket.max_per_buyer,
    salesStartMs: instant(ticket.sales_start),
    salesEndMs: instant(ticket.sales_end),
  };
  const state = await callTicketType(env, id, (object) => object.create(config));
  const words = { id, eventId: event.id, name: ticket.name, description: ticket.description };
  const added = entry(actor, "ticket.add", { type: "ticket", id }, event.id, ticket);
  await db.insertTicketType(env.DB, words, state, added);
  const now = await db.ticketTypeWithEvent(env.DB, id);
  // The event may have been published or called off while its new ticket type was not on the list
  // yet.
  if (now?.event.announcing) await announce(env, now.event);
  forgetShared();
  return { ...words, ...state, position: now?.ticketType.position ?? 0, requestHash: null };
}

/**
 * On record first, because the object's change and D1's line can't be one transaction. Then the
 * rules, because the object may refuse them; then the words.
 */
export async function changeTicketType(
  env: Env,
  actor: Actor,
  ticketType: db.TicketTypeRow,
  change: z.output<typeof TicketChange>,
): Promise<{ ok: true; ticketType: db.TicketTypeRow } | Extract<ChangeResult, { ok: false }>> {
  const { name, description, price, capacity, max_per_buyer, sales_start, sales_end } = change;
  const rules: TicketTypeChange = given({
    ...{ capacity, priceMinor: price?.amount, currency: price?.currency, maxPerBuyer: max_per_buyer },
    salesStartMs: sales_start === undefined ? undefined : instant(sales_start),
    salesEndMs: sales_end === undefined ? undefined : instant(sales_end),
  });
  const object = { type: "ticket", id: ticketType.id } as const;
  if (Object.keys(change).length > 0) {
    await audit(env.DB, entry(actor, "ticket.change", object, ticketType.eventId, change));
  }
  const result = await callTicketType(env, ticketType.id, (object) => object.change(rules));
  if (!result.ok) {
    const { type } = result.refusal;
    await audit(env.DB, entry(actor, "ticket.change-refused", object, ticketType.eventId, { refusal: type }));
    return result;
  }
  const words = given({ name, description });
  await db.describeTicketType(env.DB, ticketType.id, words);
  forgetShared();
  return { ok: true, ticketType: { ...ticketType, ...result.ticketType, ...words } };
}

/** The ticket types with the newest availability that is known. */
export async function withAvailability(
  env: Env,
  ticketTypes: readonly db.TicketTypeRow[],
  toOrganizer: boolean,
): Promise<PresentedTicket[]> {
  const newest = await newestAvailability(env, ticketTypes);
  return ticketTypes.map((row, index) => presentTicket(row, newest[index] ?? row, toOrganizer));
}

function entry(
  { accountId, address }: Actor,
  action: AuditEntry["action"],
  object: AuditEntry["object"],
  eventId: string,
  details: unknown,
): AuditEntry {
  return { action, actorId: accountId, object, eventId, address, details };
}

function instant(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}

/** `fields` without those that are undefined: a field that was not sent stays as it is. */
function given<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
