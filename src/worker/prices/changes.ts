// What organisers change about prices, and the codes that open them. The ticket type's object
// decides; the audit log in D1 has the request first, as for every change of a ticket type.

import type * as z from "zod";
import { newPrice, type PriceChange, type PriceRules } from "../../domain/price.ts";
import type {
  CodeBatch,
  CodesResult,
  PriceChangeResult,
  Result,
  TicketTypeState,
} from "../../durable/ticket-type/protocol.ts";
import { derivedId, newCode, newId } from "../../platform/ids.ts";
import { audit, priceRequest } from "../audit/queries.ts";
import { type Actor, entry } from "../catalogue/actors.ts";
import { clearCopies } from "../catalogue/copies.ts";
import type { TicketTypeRow } from "../catalogue/queries.ts";
import type { NewPrice, PriceChange as RequestedChange } from "../catalogue/schemas.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { definedRules, rulesOf } from "./rules.ts";
import type { NewCodes } from "./schemas.ts";

type Reused = { readonly type: "idempotency_key_reused" };
type OtherCurrency = { readonly type: "other_currency"; readonly currency: string };
type Refused = Extract<PriceChangeResult, { ok: false }>["refusal"];

/** `ticketType` has the price, as it is now or, for a replay, as it was made. */
interface NewPriceMade {
  readonly ticketType: TicketTypeState;
  readonly priceId: string;
  readonly isReplay: boolean;
}

const REUSED = { ok: false, refusal: { type: "idempotency_key_reused" } } as const;

/** The id of a price is derived from the key, and the audit log says what the request was. */
export async function createPrice(
  env: Env,
  actor: Actor,
  idempotencyKey: string | null,
  ticketType: TicketTypeRow,
  price: z.output<typeof NewPrice>,
): Promise<Result<NewPriceMade, Refused | Reused | OtherCurrency>> {
  if (price.price.currency !== ticketType.currency) return otherCurrency(ticketType);
  const path = `/tickets/${ticketType.id}/prices`;
  const id = idempotencyKey === null ? newId() : derivedId(actor.accountId, path, idempotencyKey);
  const earlier = idempotencyKey === null ? null : await priceRequest(env.DB, ticketType, id);
  if (earlier !== null && earlier.request !== JSON.stringify({ id, ...price })) return REUSED;
  const rules = rulesOf(id, price);
  if (earlier === null) await audit(env.DB, entryOf(actor, "price.add", ticketType, { id, ...price }));
  // A repeat does not make again what was deleted since.
  const added =
    earlier?.isDeleted === true ? await describe(env, ticketType) : await add(env, actor, ticketType, rules);
  if (!added.ok) return added;
  // A replay gets the first reply again.
  if (earlier !== null) {
    const asMade = { ...added.ticketType, prices: [newPrice(rules)] };
    return { ok: true, ticketType: asMade, priceId: id, isReplay: true };
  }
  // Another request with this key came at the same moment, and was first.
  const made = added.ticketType.prices.find((one) => one.id === id);
  if (made !== undefined && !hasRules(made, rules)) return REUSED;
  return { ok: true, ticketType: added.ticketType, priceId: id, isReplay: false };
}

export async function updatePrice(
  env: Env,
  actor: Actor,
  ticketType: TicketTypeRow,
  id: string,
  requested: z.output<typeof RequestedChange>,
): Promise<PriceChangeResult | Result<never, OtherCurrency>> {
  const { price } = requested;
  if (price !== undefined && price.currency !== ticketType.currency) return otherCurrency(ticketType);
  const rules = definedRules(requested);
  await audit(env.DB, entryOf(actor, "price.change", ticketType, { id, ...requested }));
  return change(env, actor, ticketType, { type: "change", id, rules });
}

export async function deletePrice(
  env: Env,
  actor: Actor,
  ticketType: TicketTypeRow,
  id: string,
): Promise<PriceChangeResult> {
  await audit(env.DB, entryOf(actor, "price.delete", ticketType, { id }));
  return change(env, actor, ticketType, { type: "delete", id });
}

/** Codes of one request are a batch, whose id is derived from the key. */
export async function createCodes(
  env: Env,
  actor: Actor,
  idempotencyKey: string | null,
  ticketType: TicketTypeRow,
  priceId: string,
  { codes, count = 0, uses }: z.output<typeof NewCodes>,
): Promise<CodesResult | Result<never, Reused>> {
  const path = `/tickets/${ticketType.id}/prices/${priceId}/codes`;
  const wanted = codes ?? Array.from({ length: count }, newCode);
  const batch: CodeBatch = {
    id: idempotencyKey === null ? newId() : derivedId(actor.accountId, path, idempotencyKey),
    priceId,
    codes: wanted.map((code) => ({ code, maxUses: uses })),
  };
  // A reader of the log must not learn the codes.
  await audit(env.DB, entryOf(actor, "codes.add", ticketType, { price: priceId, count: wanted.length, uses }));
  const result = await callTicketType(env, ticketType.id, (object) => object.addCodes(batch));
  if (!result.ok) return result;
  const made = result.codes.map(({ code }) => code);
  const isSame = codes === undefined ? made.length === count : made.join("\n") === codes.join("\n");
  return isSame && result.codes.every(({ maxUses }) => maxUses === uses) ? result : REUSED;
}

function add(env: Env, actor: Actor, ticketType: TicketTypeRow, rules: PriceRules): Promise<PriceChangeResult> {
  return change(env, actor, ticketType, { type: "add", rules });
}

async function describe(env: Env, { id }: TicketTypeRow): Promise<PriceChangeResult> {
  const ticketType = await callTicketType(env, id, (object) => object.describe());
  return ticketType === null ? { ok: false, refusal: { type: "ticket_unknown" } } : { ok: true, ticketType };
}

async function change(
  env: Env,
  actor: Actor,
  ticketType: TicketTypeRow,
  wanted: PriceChange,
): Promise<PriceChangeResult> {
  const result = await callTicketType(env, ticketType.id, (object) => object.changePrices(wanted));
  if (!result.ok) {
    const details = { refusal: result.refusal.type };
    await audit(env.DB, entryOf(actor, "price.change-refused", ticketType, details));
  }
  clearCopies();
  return result;
}

function entryOf(actor: Actor, action: Parameters<typeof entry>[1], { id, eventId }: TicketTypeRow, details: unknown) {
  return entry(actor, action, { type: "ticket", id }, eventId, details);
}

function otherCurrency({ currency }: TicketTypeRow): Result<never, OtherCurrency> {
  return { ok: false, refusal: { type: "other_currency", currency } };
}

function hasRules(price: PriceRules, rules: PriceRules): boolean {
  const names = Object.keys(rules) as (keyof PriceRules)[];
  return names.every((name) => price[name] === rules[name]);
}
