// What organisers change: texts are in D1, stock and rules in each ticket type's object.

import type * as z from "zod";
import type { ChangeResult, SaleNews, TicketTypeChange } from "../../durable/ticket-type/protocol.ts";
import { TOKENS_VERSION } from "../../platform/d1/schema.ts";
import { derivedId, hashOf, newId } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { type AuditEntry, audit } from "../audit/queries.ts";
import type { Env } from "../env.ts";
import { checkedId } from "../objects/ticket-type-ids.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { clearCopies } from "./copies.ts";
import * as db from "./queries.ts";
import { type EventChange, MAX_TICKET_TYPES, type NewEvent, type NewTicket, type TicketChange } from "./schemas.ts";
import { indexTokens } from "./search.ts";

/** Who makes a change, and from which address: for the audit log. */
export interface Actor {
  readonly accountId: string;
  readonly address: string;
}

const REUSED = { ok: false, refusal: "idempotency_key_reused" } as const;

type NewEventResult = { readonly ok: true; readonly event: db.EventRow; readonly isReplay: boolean } | typeof REUSED;

type NewTicketTypeResult =
  | { readonly ok: true; readonly ticketType: db.TicketTypeDetails; readonly isReplay: boolean }
  | {
      readonly ok: false;
      readonly refusal: "idempotency_key_reused" | "too_many_ticket_types" | "sale_starts_after_event";
    };

/** The event is the record of its request: a replay's result is made of the request again. */
export async function createEvent(
  env: Env,
  actor: Actor,
  idempotencyKey: string | null,
  event: z.output<typeof NewEvent>,
): Promise<NewEventResult> {
  const { starts_at, ends_at, ...fields } = event;
  const row: db.EventRow = {
    ...identify(actor, "/events", idempotencyKey, event),
    ...fields,
    organizerId: actor.accountId,
    startsAtMs: Date.parse(starts_at),
    endsAtMs: Date.parse(ends_at),
    statusVersion: 1,
    announcing: false,
    announcedVersion: 1,
    createdAtMs: Date.now(),
    textsVersion: 1,
    indexedVersion: 0,
    tokensVersion: TOKENS_VERSION,
  };
  const created = entry(actor, "event.create", { type: "event", id: row.id }, row.id, event);
  const { event: inserted, isNew } = await db.insertEvent(env.DB, row, created);
  if (inserted.requestHash !== row.requestHash) return REUSED;
  if (inserted.indexedVersion < inserted.textsVersion) await index(env, inserted);
  clearCopies();
  return { ok: true, event: row, isReplay: !isNew };
}

/** The changed event, or null where it would end before it starts. */
export async function changeEvent(
  env: Env,
  actor: Actor,
  id: string,
  change: z.output<typeof EventChange>,
): Promise<db.EventRow | null> {
  const { starts_at, ends_at, ...fields } = change;
  const changes = definedFields({
    ...fields,
    startsAtMs: starts_at === undefined ? undefined : Date.parse(starts_at),
    endsAtMs: ends_at === undefined ? undefined : Date.parse(ends_at),
  });
  const audited = entry(actor, "event.change", { type: "event", id }, id, change);
  const changed = await db.updateEvent(env.DB, id, changes, audited);
  if (changed !== null && isUnannounced(changed)) await announce(env, changed);
  if (changed !== null && changed.indexedVersion < changed.textsVersion) await index(env, changed);
  clearCopies();
  return changed;
}

/** Makes searches find the event by its present texts. If that fails, the cron sweep does it. */
async function index(env: Env, event: db.EventRow): Promise<void> {
  try {
    await indexTokens(env.DB, [event]);
  } catch (fault) {
    log("warn", "event not indexed", { event: event.id, ...errorFields(fault) });
  }
}

/**
 * Tells the objects of the event's ticket types its status and end. If one fails, or is of the
 * version before and does not take all of it, the sweep does it again.
 */
export async function announce(env: Env, event: db.EventRow): Promise<void> {
  const news = saleNewsOf(event);
  try {
    const ticketTypes = await db.ticketTypesOf(env.DB, event.id);
    const known = await Promise.all(
      ticketTypes.map(({ id }) => callTicketType(env, id, (object) => object.announce(news))),
    );
    const isComplete = known.every((version) => version !== undefined && version >= event.statusVersion);
    if (isComplete) await db.markAnnounced(env.DB, event, ticketTypes.length);
  } catch (fault) {
    log("warn", "event not announced", { event: event.id, ...errorFields(fault) });
  }
}

function isUnannounced({ announcedVersion, statusVersion }: db.EventRow): boolean {
  return announcedVersion < statusVersion;
}

function saleNewsOf({ status, statusVersion, endsAtMs }: db.EventRow): SaleNews {
  return { onSale: status === "published", onSaleVersion: statusVersion, eventStatus: status, eventEndsMs: endsAtMs };
}

/**
 * The object comes first: what is on the event's list can be sold. The ticket type is the record of
 * its request, as an event is. A repeat adds the row where a crash left an object without one.
 */
export async function addTicketType(
  env: Env,
  actor: Actor,
  idempotencyKey: string | null,
  event: db.EventRow,
  ticket: z.output<typeof NewTicket>,
): Promise<NewTicketTypeResult> {
  const { name, description, capacity, price } = ticket;
  const rules = {
    capacity,
    priceMinor: price.amount,
    currency: price.currency,
    maxPerBuyer: ticket.max_per_buyer,
    salesStartMs: parseInstant(ticket.sales_start),
    salesEndMs: parseInstant(ticket.sales_end),
  };
  const identity = identify(actor, `/events/${event.id}/tickets`, idempotencyKey, ticket);
  const id = checkedId(env, identity.id);
  const requested = { ...identity, id, eventId: event.id, name, description, held: 0, sold: 0, ...rules };
  const existing = idempotencyKey === null ? null : await db.ticketTypeNamed(env.DB, id);
  if (existing !== null && existing.requestHash !== requested.requestHash) return REUSED;
  if (existing !== null) return { ok: true, ticketType: { ...requested, id: existing.id }, isReplay: true };
  // A few more may be added at the same moment: the bound only keeps pages small.
  if ((await db.countTicketTypes(env.DB, event.id)) >= MAX_TICKET_TYPES) {
    return { ok: false, refusal: "too_many_ticket_types" };
  }
  if (startsAfter(event, rules.salesStartMs)) return { ok: false, refusal: "sale_starts_after_event" };
  const config = { ...rules, ...saleNewsOf(event), ticketTypeId: requested.id };
  const state = await callTicketType(env, requested.id, (object) => object.create(config));
  const names = Object.keys(rules) as (keyof typeof rules)[];
  if (names.some((name) => state[name] !== rules[name])) {
    // Another request with this key came first; or this one did, and the rules were changed since.
    const row = await db.ticketTypeById(env.DB, requested.id);
    if (row?.requestHash !== requested.requestHash) return REUSED;
    return { ok: true, ticketType: requested, isReplay: true };
  }
  const added = entry(actor, "ticket.add", { type: "ticket", id: requested.id }, event.id, ticket);
  const { ticketType: inserted, isNew } = await db.insertTicketType(env.DB, requested, state, added);
  if (inserted.requestHash !== requested.requestHash) return REUSED;
  // The event may have been published or called off while its new ticket type was not listed yet.
  const eventNow = await db.eventById(env.DB, event.id);
  if (eventNow !== null && isUnannounced(eventNow)) await announce(env, eventNow);
  clearCopies();
  return { ok: true, ticketType: requested, isReplay: !isNew };
}

/**
 * The audit log comes first: the object's change and D1's entry can't be one transaction. Then the
 * rules, which the object may refuse; then the texts.
 */
export async function changeTicketType(
  env: Env,
  actor: Actor,
  event: db.EventRow,
  ticketType: db.TicketTypeRow,
  change: z.output<typeof TicketChange>,
): Promise<{ ok: true; ticketType: db.TicketTypeRow } | Extract<ChangeResult, { ok: false }>> {
  const { name, description, price, capacity, max_per_buyer, sales_start, sales_end } = change;
  const rules: TicketTypeChange = definedFields({
    capacity,
    priceMinor: price?.amount,
    currency: price?.currency,
    maxPerBuyer: max_per_buyer,
    salesStartMs: sales_start === undefined ? undefined : parseInstant(sales_start),
    salesEndMs: sales_end === undefined ? undefined : parseInstant(sales_end),
  });
  if (startsAfter(event, rules.salesStartMs ?? null)) {
    return { ok: false, refusal: { type: "sale_starts_after_event" } };
  }
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
  const texts = definedFields({ name, description });
  await db.describeTicketType(env.DB, ticketType.id, texts);
  clearCopies();
  return { ok: true, ticketType: { ...ticketType, ...result.ticketType, ...texts } };
}

/** An event may still be moved to before the start of a sale: the sale has ended then. */
function startsAfter({ endsAtMs }: db.EventRow, salesStartMs: number | null): boolean {
  return salesStartMs !== null && salesStartMs >= endsAtMs;
}

/** The id and the hash of a request that makes something. A repeat with its key has the same. */
function identify(actor: Actor, path: string, idempotencyKey: string | null, body: unknown) {
  if (idempotencyKey === null) return { id: newId(), requestHash: null };
  return { id: derivedId(actor.accountId, path, idempotencyKey), requestHash: hashOf(JSON.stringify(body)) };
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

function parseInstant(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}

/** `fields` without the undefined ones: a field that the client did not send stays as it is. */
function definedFields<T extends object>(fields: T) {
  const defined = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
