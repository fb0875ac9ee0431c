// Makes sense of values that fit a schema: what belongs together, and what there is to buy.

import type { Prng } from "../support/prng.ts";
import type { Operation } from "./description.ts";
import { type Known, within } from "./known.ts";
import type { People } from "./people.ts";
import { isRecord } from "./schema.ts";
import type { Offer, Shelf } from "./shelf.ts";

export interface Sources {
  readonly people: People;
  readonly known: Known;
  readonly shelf: Shelf;
}

type Fields = Readonly<Record<string, unknown>>;

const SHARE_FROM_SHELF = 0.85;
const SHARE_AT_USUAL_TIMES = 0.8;
const SHARE_BY_CODE = 0.7;
const PAYMENT = /^\/(orders|reservations)\/\{id\}\/payment$/;
const PRICES = /^\/(events\/\{id\}\/tickets|tickets\/\{id\}\/prices(\/\{price\})?)$/;

/** `path` is where the body is sent. */
export function withSense(value: unknown, operation: Operation, path: string, sources: Sources, prng: Prng): unknown {
  if (!isRecord(value)) return value;
  if (typeof value.ticket === "string") return reservation(value, sources, prng);
  if (Array.isArray(value.items)) return order(value, value.items, sources, prng);
  if (operation.template === "/check-ins") return scan(value, value.event, sources, prng);
  if (Array.isArray(value.scans))
    return { ...value, scans: value.scans.filter(isRecord).map((one) => scanned(one, value.event, sources, prng)) };
  if (PAYMENT.test(operation.template)) return { payment_method: "pm_card_visa", ...value };
  if (PRICES.test(operation.template)) return priced(value, path.split("/")[2] ?? "", sources, prng);
  return credentials(value, operation, sources, prng);
}

function reservation(value: Fields, { known, shelf }: Sources, prng: Prng): unknown {
  const offer = prng.chance(SHARE_FROM_SHELF) ? shelf.offer(prng) : null;
  const choices = offer === null ? [] : itemsOf(offer, shelf, prng);
  return choices.length === 0 ? atKnownPrice(value, known, prng) : prng.pick(choices);
}

/** Of one event, because others are of other organisers, and each at another price. */
function order(value: Fields, items: readonly unknown[], { known, shelf }: Sources, prng: Prng): unknown {
  const offer = prng.chance(SHARE_FROM_SHELF) ? shelf.offer(prng) : null;
  const choices = offer === null ? [] : shelf.besides(offer).flatMap((one) => itemsOf(one, shelf, prng));
  if (choices.length > 0) return { ...value, items: shuffled(choices, prng).slice(0, items.length) };
  return { ...value, items: items.map((item) => (isRecord(item) ? atKnownPrice(item, known, prng) : item)) };
}

/** At each price that can be bought at. */
function itemsOf({ ticket, prices }: Offer, shelf: Shelf, prng: Prng): Fields[] {
  return prices.flatMap(({ id: price, needsCode, least, most }) => {
    const code = needsCode ? shelf.codeFor(price, prng) : null;
    if (needsCode && code === null) return [];
    const quantity = prng.between(least, Math.max(least, most));
    return [{ ticket, quantity, price, ...(code === null ? {} : { code }) }];
  });
}

function shuffled<T>(list: readonly T[], prng: Prng): T[] {
  return list
    .map((item) => ({ item, rank: prng.uint32() }))
    .sort((one, other) => one.rank - other.rank)
    .map(({ item }) => item);
}

/** One of the ticket type's own prices, mostly without a code, which few of them need. */
function atKnownPrice(value: Fields, known: Known, prng: Prng): unknown {
  const { price: _, code, ...wanted } = value;
  const price = known.pick(within("prices", String(value.ticket)), null, prng);
  const withCode = code !== undefined && prng.chance(0.3) ? { code } : {};
  return { ...wanted, ...withCode, ...(price === null ? {} : { price }) };
}

/** By its code, or by its id for a person who has lost it. */
function scan(value: Fields, event: unknown, sources: Sources, prng: Prng): Fields {
  const { pass, ...byCode } = scanned(value, event, sources, prng);
  const { code, ...byPass } = value;
  return prng.chance(SHARE_BY_CODE) ? byCode : { ...byPass, pass: sources.shelf.pass(String(event), prng)?.id ?? pass };
}

/** With the code of a pass of that event, where one is known. */
function scanned(value: Fields, event: unknown, { shelf }: Sources, prng: Prng): Fields {
  const code = prng.chance(SHARE_FROM_SHELF) ? (shelf.pass(String(event), prng)?.code ?? value.code) : value.code;
  return { ...value, code };
}

/** In the currency of the others, and on sale while the ticket type is. */
function priced(value: Fields, id: string, { shelf }: Sources, prng: Prng): unknown {
  const prices = Array.isArray(value.prices) ? value.prices.filter(isRecord) : [];
  const first = [value, ...prices].map(({ price }) => price).find(isRecord);
  const currency = shelf.currencyOf(id) ?? first?.currency;
  const isUsual = prng.chance(SHARE_AT_USUAL_TIMES);
  const alike = (one: Fields): Fields => {
    const { sales_start: _, sales_end: __, max_per_order: ___, ...rest } = one;
    const bounded = isUsual ? rest : one;
    return isRecord(one.price) ? { ...bounded, price: { ...one.price, currency } } : bounded;
  };
  return prices.length > 0 ? { ...value, prices: prices.map(alike) } : alike(value);
}

/** A username and a password belong together, or nobody would ever sign in. */
function credentials(value: Fields, { isSignedIn }: Operation, { people }: Sources, prng: Prng): unknown {
  if (isSignedIn || !("username" in value && "password" in value) || "email" in value || prng.chance(0.3)) return value;
  const { username, passwords } = prng.pick(people.all().filter((person) => person.username !== ""));
  return { ...value, username, password: prng.chance(0.9) ? passwords[0] : value.password };
}
