// What organisers change: texts are in D1, stock and rules in each ticket type's object.

import { and } from "drizzle-orm";
import type * as z from "zod";
import {
  type CalledOffOtherwise,
  type Cancellation,
  type CancellationRequest,
  cancellationOf,
  decideCancellation,
  NOTHING_SAID,
} from "../../domain/cancellation.ts";
import type { CurrencyRefusal, EventRefusal, NewTicketTypeRefusal, WithdrawalRefusal } from "../../domain/catalogue.ts";
import { FIRST_EDITION, type IfMatch, isCurrent, type PreconditionRefusal } from "../../domain/edition.ts";
import { firstPrice, newPrice, type Price, type PriceChangeRefusal, refusePrices } from "../../domain/price.ts";
import type { Terms } from "../../domain/terms.ts";
import type { ChangeResult, Result, TicketTypeChange } from "../../durable/ticket-type/protocol.ts";
import { TOKENS_VERSION } from "../../platform/d1/schema/catalogue.ts";
import { Unavailable } from "../../platform/errors.ts";
import { derivedId, newId } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { audit, requestOfDeleted } from "../audit/queries.ts";
import type { Env } from "../env.ts";
import { checkedId } from "../objects/ticket-type-ids.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { rulesOf } from "../prices/rules.ts";
import { type Actor, entry, identify } from "./actors.ts";
import { announce, isUnannounced, saleNewsOf } from "./announcing.ts";
import { clearCopies } from "./copies.ts";
import * as db from "./queries.ts";
import { type EventChange, MAX_TICKET_TYPES, type NewEvent, type NewTicket, type TicketChange } from "./schemas.ts";
import { indexTokens } from "./search.ts";
import { parseSeller } from "./seller-schemas.ts";
import { termsInVersion } from "./terms-queries.ts";
import { parseTerms } from "./terms-schemas.ts";
import { Interrupted, isCurrentTicketType, putBack, retire, uninterrupted, withdraw } from "./withdrawal.ts";
import { claimCurrency, handOverRow, haveReservations, isStillWithdrawn } from "./withdrawal-queries.ts";

const REUSED = { ok: false, refusal: { type: "idempotency_key_reused" } } as const;

/** The event is the record of its request: a replay's result is made of the request again. */
export async function createEvent(
  env: Env,
  actor: Actor,
  idempotencyKey: string | null,
  event: z.output<typeof NewEvent>,
): Promise<Result<{ readonly event: db.EventRow; readonly isReplay: boolean }, typeof REUSED.refusal>> {
  const { starts_at, ends_at, terms: wantedTerms = null, refundable_until = null, ...rest } = event;
  const { seller = null, vat_rate: vatRate = null, doors_open_at = null, reentry = false, ...fields } = rest;
  const terms = wantedTerms && parseTerms(wantedTerms);
  const row: db.EventRow = {
    ...identify(actor, "/events", idempotencyKey, event),
    ...fields,
    organizerId: actor.accountId,
    startsAtMs: Date.parse(starts_at),
    endsAtMs: Date.parse(ends_at),
    refundableUntilMs: parseInstant(refundable_until),
    doorsOpenAtMs: parseInstant(doors_open_at),
    reentry,
    cancellation: event.status === "cancelled" ? { ...NOTHING_SAID, atMs: Date.now() } : null,
    refunding: false,
    statusVersion: 1,
    announcing: false,
    announcedVersion: 1,
    withdrawnSinceMs: null,
    currency: null,
    createdAtMs: Date.now(),
    textsVersion: 1,
    indexedVersion: 0,
    tokensVersion: TOKENS_VERSION,
    termsVersion: terms?.version ?? null,
    seller: seller && parseSeller(seller),
    vatRate,
    edition: FIRST_EDITION,
  };
  const created = entry(actor, "event.create", { type: "event", id: row.id }, row.id, event);
  const inserted = await db.insertEvent(env.DB, row, terms, created);
  if (inserted === null) {
    // It was deleted since. A repeat makes nothing again.
    const made = await requestOfDeleted(env.DB, row.id, row.id);
    return made === JSON.stringify(event) ? { ok: true, event: row, isReplay: true } : REUSED;
  }
  if (inserted.event.requestHash !== row.requestHash) return REUSED;
  if (inserted.event.indexedVersion < inserted.event.textsVersion) await index(env, inserted.event);
  clearCopies();
  return { ok: true, event: row, isReplay: !inserted.isNew };
}

/** Changes everything that is named, or nothing. */
export function changeEvent(
  env: Env,
  actor: Actor,
  id: string,
  change: z.output<typeof EventChange>,
  ifMatch: IfMatch,
): Promise<Result<{ readonly event: db.EventRow }, EventRefusal | WithdrawalRefusal | PreconditionRefusal>> {
  return uninterrupted(() => changeOnce(env, actor, id, change, ifMatch));
}

async function changeOnce(
  env: Env,
  actor: Actor,
  id: string,
  change: z.output<typeof EventChange>,
  ifMatch: IfMatch,
): ReturnType<typeof changeEvent> {
  const { starts_at, ends_at, refundable_until, doors_open_at, tickets, ...others } = change;
  const { terms: newTerms, seller, vat_rate, ...fields } = others;
  const terms = newTerms ? parseTerms(newTerms) : null;
  const changes = definedFields({
    ...fields,
    startsAtMs: starts_at === undefined ? undefined : Date.parse(starts_at),
    endsAtMs: ends_at === undefined ? undefined : Date.parse(ends_at),
    termsVersion: newTerms === undefined ? undefined : (terms?.version ?? null),
    refundableUntilMs: refundable_until === undefined ? undefined : parseInstant(refundable_until),
    doorsOpenAtMs: doors_open_at === undefined ? undefined : parseInstant(doors_open_at),
    seller: seller ? parseSeller(seller) : seller,
    vatRate: vat_rate,
  });
  const off = change.status === "draft" ? await withdraw(env, id, "event_has_sales") : null;
  if (off?.ok === false) return off;
  const condition = and(db.isEdition(id, ifMatch), off === null ? undefined : isStillWithdrawn(off.withdrawn));
  const audited = entry(actor, "event.change", { type: "event", id }, id, change);
  const changed = await db.updateEvent(env.DB, id, changes, tickets, terms, condition, audited);
  if (changed === null) {
    if (off !== null) await putBack(env, off.withdrawn.event);
    return { ok: false, refusal: { type: await whyNotChanged(env, id, changes, tickets, terms, ifMatch) } };
  }
  if (isUnannounced(changed)) await announce(env, changed);
  if (changed.indexedVersion < changed.textsVersion) await index(env, changed);
  clearCopies();
  return { ok: true, event: changed };
}

/** Calls it off as asked, or adds to how it was: what buyers know of it stays. */
export function callOff(
  env: Env,
  actor: Actor,
  id: string,
  request: CancellationRequest,
): Promise<Result<{ readonly cancellation: Cancellation }, CalledOffOtherwise | { readonly type: "event_unknown" }>> {
  return uninterrupted(() => callOffOnce(env, actor, id, request));
}

async function callOffOnce(
  env: Env,
  actor: Actor,
  id: string,
  request: CancellationRequest,
): ReturnType<typeof callOff> {
  const event = await db.eventById(env.DB, id);
  if (event === null) return { ok: false, refusal: { type: "event_unknown" } };
  const kept = cancellationOf(event);
  const cancellation = decideCancellation(kept, request, Date.now());
  if ("type" in cancellation) return { ok: false, refusal: cancellation };
  const wanted = { status: "cancelled", cancellation, refunding: cancellation.refund } as const;
  const audited = entry(actor, "event.call-off", { type: "event", id }, id, request);
  const isAsRead = db.isEdition(id, [event.edition]);
  const changed =
    cancellation === kept ? event : await db.updateEvent(env.DB, id, wanted, undefined, null, isAsRead, audited);
  if (changed === null) throw new Interrupted("the event was changed at the same moment");
  if (isUnannounced(changed)) await announce(env, changed);
  clearCopies();
  return { ok: true, cancellation };
}

/** D1 has refused the change. Why, is read afterwards. */
async function whyNotChanged(
  env: Env,
  id: string,
  change: Partial<db.EventRow>,
  order: readonly string[] | undefined,
  terms: Terms | null,
  ifMatch: IfMatch,
): Promise<(EventRefusal | PreconditionRefusal)["type"]> {
  const event = await db.eventById(env.DB, id);
  if (event === null) return "event_unknown";
  if (!isCurrent(event.edition, ifMatch)) return "precondition_failed";
  const { startsAtMs, endsAtMs, refundableUntilMs, doorsOpenAtMs, status } = { ...event, ...change };
  if (event.cancellation?.refund === true && status !== "cancelled") return "event_refunded";
  if (startsAtMs >= endsAtMs) return "ends_before_start";
  if (refundableUntilMs !== null && refundableUntilMs > endsAtMs) return "refundable_after_end";
  if (doorsOpenAtMs !== null && doorsOpenAtMs >= endsAtMs) return "doors_after_end";
  const ids = (await db.ticketTypesOf(env.DB, id)).map((ticketType) => ticketType.id);
  if (order !== undefined && ids.toSorted().join() !== order.toSorted().join()) return "tickets_incomplete";
  const sameVersion = terms && (await termsInVersion(env.DB, id, terms.version));
  if (sameVersion !== null && JSON.stringify(sameVersion) !== JSON.stringify(terms)) return "terms_version_taken";
  throw new Interrupted("the event was changed at the same moment");
}

/** The event under its new organiser, who must be one that may have events. */
export async function handOver(
  env: Env,
  actor: Actor,
  { id, organizerId }: db.EventRow,
  to: string,
  ifMatch: IfMatch,
): Promise<Result<{ readonly event: db.EventRow }, PreconditionRefusal | { readonly type: "organizer_unfit" }>> {
  const details = { organizer: to, from: organizerId };
  const handedOver = entry(actor, "event.handover", { type: "event", id }, id, details);
  const changed = await handOverRow(env.DB, id, to, ifMatch, handedOver);
  clearCopies();
  if (changed !== null) return { ok: true, event: changed };
  const event = await db.eventById(env.DB, id);
  const isOther = event !== null && !isCurrent(event.edition, ifMatch);
  return { ok: false, refusal: { type: isOther ? "precondition_failed" : "organizer_unfit" } };
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
 * The object comes first: what is on the event's list can be sold. The ticket type is the record of
 * its request, as an event is. A repeat adds the row where a crash left an object without one.
 */
export async function addTicketType(
  env: Env,
  actor: Actor,
  idempotencyKey: string | null,
  event: db.EventRow,
  ticket: z.output<typeof NewTicket>,
): Promise<
  Result<
    { readonly ticketType: db.TicketTypeDetails; readonly isReplay: boolean },
    NewTicketTypeRefusal | PriceChangeRefusal
  >
> {
  const { name, description, capacity, hidden = false } = ticket;
  const price = ticket.price ?? ticket.prices?.[0]?.price;
  if (price === undefined) throw new Error("the schema lets no ticket type through without a price");
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
  const texts = { name, description, hidden };
  const prices = pricesOf(id, price.amount, ticket.prices);
  const requested = {
    ...identity,
    id,
    eventId: event.id,
    ...texts,
    ...rules,
    prices,
    held: 0,
    sold: 0,
    edition: FIRST_EDITION,
  };
  const existing = idempotencyKey === null ? null : await db.ticketTypeNamed(env.DB, id);
  if (existing !== null && existing.requestHash !== requested.requestHash) return REUSED;
  if (existing !== null) {
    // Its id may have the check characters of another secret, and the first price has that id.
    const own = { id: existing.id, prices: pricesOf(existing.id, price.amount, ticket.prices) };
    return { ok: true, ticketType: { ...requested, ...own }, isReplay: true };
  }
  const made = idempotencyKey === null ? null : await requestOfDeleted(env.DB, event.id, id);
  if (made !== null) {
    return made === JSON.stringify(ticket) ? { ok: true, ticketType: requested, isReplay: true } : REUSED;
  }
  // A few more may be added at the same moment: the bound only keeps pages small.
  const others = await db.countTicketTypes(env.DB, event.id);
  if (others >= MAX_TICKET_TYPES) return { ok: false, refusal: { type: "too_many_ticket_types" } };
  if (others > 0 && event.currency !== null && event.currency !== price.currency) {
    return { ok: false, refusal: { type: "other_currency", currency: event.currency } };
  }
  if (startsAfter(event, rules.salesStartMs)) return { ok: false, refusal: { type: "sale_starts_after_event" } };
  const refusal = refusePrices(prices, { ...rules, eventStatus: event.status, eventEndsMs: event.endsAtMs });
  if (refusal !== null) return { ok: false, refusal };
  const config = { ...rules, prices, ...saleNewsOf(event, []), ticketTypeId: requested.id };
  const state = await callTicketType(env, requested.id, (object) => object.create(config));
  if (prices.length > 1 && state.prices === undefined) {
    await retire(env, requested.id, null);
    throw new Unavailable("the object is of a version that knows no prices");
  }
  const names = Object.keys(rules) as (keyof typeof rules)[];
  if (names.some((name) => state[name] !== rules[name])) {
    // Another request with this key came first; or this one did, and the rules were changed since.
    const row = await db.ticketTypeById(env.DB, requested.id);
    if (row?.requestHash !== requested.requestHash) return REUSED;
    return { ok: true, ticketType: requested, isReplay: true };
  }
  const added = entry(actor, "ticket.add", { type: "ticket", id: requested.id }, event.id, ticket);
  const inserted = await db.insertTicketType(env.DB, requested, state, added);
  const eventNow = await db.eventById(env.DB, event.id);
  if (inserted === null || eventNow === null) {
    await retire(env, requested.id, null);
    const currency = eventNow?.currency ?? null;
    return { ok: false, refusal: currency === null ? { type: "event_unknown" } : { type: "other_currency", currency } };
  }
  if (inserted.ticketType.requestHash !== requested.requestHash) return REUSED;
  // The event may have been published or called off while its new ticket type was not listed yet.
  if (isUnannounced(eventNow)) await announce(env, eventNow);
  clearCopies();
  return { ok: true, ticketType: requested, isReplay: !inserted.isNew };
}

/**
 * The audit log comes first: the object's change and D1's entry can't be one transaction. Then the
 * object decides, and copies the texts to D1 with the rules.
 */
export async function changeTicketType(
  env: Env,
  actor: Actor,
  event: db.EventRow,
  ticketType: db.TicketTypeRow,
  change: z.output<typeof TicketChange>,
  ifMatch: IfMatch,
): Promise<
  { ok: true; ticketType: db.TicketTypeRow } | Extract<ChangeResult, { ok: false }> | Result<never, CurrencyRefusal>
> {
  if (!(await isCurrentTicketType(env, ticketType.id, ifMatch))) {
    return { ok: false, refusal: { type: "precondition_failed" } };
  }
  const { name, description, hidden, price, capacity, max_per_buyer, sales_start, sales_end } = change;
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
  const currency = event.currency ?? ticketType.currency;
  const isOther = price !== undefined && price.currency !== currency;
  // D1 keeps reservations that the object has forgotten long after their end.
  if (isOther && (await haveReservations(env.DB, [ticketType.id]))) {
    return { ok: false, refusal: { type: "currency_frozen", currency: ticketType.currency } };
  }
  if (isOther && !(await claimCurrency(env.DB, ticketType, price.currency))) {
    return { ok: false, refusal: { type: "other_currency", currency } };
  }
  const object = { type: "ticket", id: ticketType.id } as const;
  if (Object.keys(change).length > 0) {
    await audit(env.DB, entry(actor, "ticket.change", object, ticketType.eventId, change));
  }
  const edit = { edition: newId(), ifMatch, texts: definedFields({ name, description, hidden }) };
  const result = await callTicketType(env, ticketType.id, (object) => object.change(rules, edit));
  if (!result.ok) {
    if (isOther) await claimCurrency(env.DB, ticketType, currency);
    const { type } = result.refusal;
    await audit(env.DB, entry(actor, "ticket.change-refused", object, ticketType.eventId, { refusal: type }));
    return result;
  }
  const { edition, newTexts } = result.ticketType;
  if (edition === undefined) await db.describeTicketType(env.DB, ticketType.id, edit.texts);
  clearCopies();
  // Others may have changed it since `ticketType` was read.
  const row = (await db.ticketTypeById(env.DB, ticketType.id)) ?? ticketType;
  return { ok: true, ticketType: { ...row, ...result.ticketType, ...newTexts } };
}

/** Their ids follow from the ticket type's, so that a repeat makes the same ones. */
function pricesOf(ticketTypeId: string, amountMinor: number, prices: z.output<typeof NewTicket>["prices"]): Price[] {
  if (prices === undefined) return [firstPrice(ticketTypeId, amountMinor)];
  return prices.map((price, index) => {
    const id = index === 0 ? ticketTypeId : derivedId(ticketTypeId, "price", String(index));
    return newPrice(rulesOf(id, price));
  });
}

/** An event may still be moved to before the start of a sale: the sale has ended then. */
function startsAfter({ endsAtMs }: db.EventRow, salesStartMs: number | null): boolean {
  return salesStartMs !== null && salesStartMs >= endsAtMs;
}

function parseInstant(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}

/** `fields` without the undefined ones: a field that the client did not send stays as it is. */
function definedFields<T extends object>(fields: T) {
  const defined = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(defined) as { [K in keyof T]?: Exclude<T[K], undefined> };
}
