// What can be bought, and what was bought, as replies have shown it: else nearly all that buyers
// send would be refused, and little would be learnt of what comes after.

import type { Prng } from "../support/prng.ts";
import type { Operation } from "./description.ts";
import { isRecord } from "./schema.ts";

/** A ticket type that was on sale when it was last seen. */
export interface Offer {
  readonly ticket: string;
  readonly event: string;
  readonly currency: string;
  readonly prices: readonly OfferedPrice[];
}

export interface OfferedPrice {
  readonly id: string;
  readonly needsCode: boolean;
  readonly least: number;
  readonly most: number;
}

/** `paid`: a payment has begun, whatever becomes of it. */
type Stage = "held" | "paid";

export interface Bought {
  /** `orders` or `reservations`. */
  readonly collection: string;
  readonly id: string;
  readonly owner: string;
  readonly stage: Stage;
  /** Until then its buyer may pay for it. */
  readonly endsAtMs: number;
}

/** What its buyer was shown. */
export interface BoughtPass {
  readonly id: string;
  readonly event: string;
  /** Null where somebody else has it. */
  readonly code: string | null;
}

const MOST_OFFERS = 40;
const MOST_BOUGHT = 60;
const MOST_PASSES = 60;
const RECENT = 12;
const MOST_AT_ONCE = 2;
const BUYS = /^POST \/(orders|reservations)$/;
const GONE = [404, 409, 410];
const OF_ONE = /^\/(orders|reservations)\/([^/]+)/;

export class Shelf {
  readonly #offers = new Map<string, Offer>();
  readonly #currencies = new Map<string, string>();
  readonly #codes = new Map<string, string[]>();
  readonly #passes = new Map<string, BoughtPass>();
  #bought: Bought[] = [];

  /** A reply that went well. */
  learn({ name, method }: Operation, owner: string | null, pathname: string, body: unknown): void {
    this.#look(body);
    const price = /^\/tickets\/[^/]+\/prices\/([^/]+)\/codes/.exec(pathname)?.[1];
    if (price !== undefined && Array.isArray(body)) this.#keepCodes(price, body);
    const collection = BUYS.exec(name)?.[1];
    if (collection !== undefined && owner !== null && isRecord(body) && typeof body.id === "string") {
      const endsAtMs = typeof body.expires_at === "string" ? Date.parse(body.expires_at) : Number.POSITIVE_INFINITY;
      const made: Bought = { collection, id: body.id, owner, stage: "held", endsAtMs };
      this.#bought = [...this.#bought, made].slice(-MOST_BOUGHT);
    }
    const [, , id = ""] = OF_ONE.exec(pathname) ?? [];
    if (method === "POST" && pathname.endsWith("/payment")) this.#move(id, "paid");
    if (method === "DELETE") this.#move(id, null);
  }

  /** What is asked for is sold out, or over, unless a later reply shows otherwise. */
  refused({ name }: Operation, owner: string | null, status: number, pathname: string, request: unknown): void {
    if (!GONE.includes(status)) return;
    if (BUYS.test(name)) for (const ticket of ticketsIn(request)) this.#offers.delete(ticket);
    const [, , id = ""] = OF_ONE.exec(pathname) ?? [];
    // To others it is not there.
    if (this.#bought.some((one) => one.id === id && one.owner === owner)) this.#move(id, null);
  }

  /** One of the newest. */
  offer(prng: Prng): Offer | null {
    const newest = [...this.#offers.values()].slice(-RECENT);
    return newest.length === 0 ? null : prng.pick(newest);
  }

  /** What can be bought with it: one event is of one organiser, in one currency. */
  besides({ event }: Offer): Offer[] {
    return [...this.#offers.values()].filter((other) => other.event === event);
  }

  codeFor(price: string, prng: Prng): string | null {
    const codes = this.#codes.get(price) ?? [];
    return codes.length === 0 ? null : prng.pick(codes);
  }

  /** By a ticket type or an event. */
  currencyOf(id: string): string | null {
    return this.#currencies.get(id) ?? null;
  }

  /** What somebody holds who may pay for it, or has paid for. */
  bought(collection: string, stage: Stage, nowMs: number, prng: Prng): Bought | null {
    const isNow = ({ endsAtMs }: Bought) => stage !== "held" || nowMs < endsAtMs;
    const all = this.#bought.filter((one) => one.collection === collection && one.stage === stage && isNow(one));
    return all.length === 0 ? null : prng.pick(all.slice(-RECENT));
  }

  /** Of the event, if any is known; else of any. */
  pass(event: string, prng: Prng): BoughtPass | null {
    const all = [...this.#passes.values()];
    const those = all.filter((pass) => pass.event === event);
    return all.length === 0 ? null : prng.pick(those.length > 0 ? those : all);
  }

  #look(value: unknown): void {
    if (Array.isArray(value)) for (const item of value) this.#look(item);
    else if (isRecord(value)) {
      if (typeof value.event === "string" && Array.isArray(value.prices)) this.#shelve(value);
      else if ("holder_name" in value) this.#keepPass(value);
      else for (const inner of Object.values(value)) this.#look(inner);
    }
  }

  #shelve(ticketType: Readonly<Record<string, unknown>>): void {
    const { id, event, sale_state, available, prices } = ticketType;
    if (typeof id !== "string" || typeof event !== "string" || !Array.isArray(prices)) return;
    this.#offers.delete(id);
    const currency = prices.filter(isRecord).map(currencyIn)[0] ?? "";
    this.#currencies.set(id, currency).set(event, currency);
    const open = prices.filter(isRecord).filter((price) => isOpen(price.sale_state, price.available));
    if (!isOpen(sale_state, available) || open.length === 0) return;
    this.#offers.set(id, { ticket: id, event, currency, prices: open.map(offeredPrice) });
    for (const [oldest] of [...this.#offers].slice(0, -MOST_OFFERS)) this.#offers.delete(oldest);
  }

  #keepPass({ id, event, code }: Readonly<Record<string, unknown>>): void {
    const ofEvent = isRecord(event) ? event.id : null;
    if (typeof id !== "string" || typeof ofEvent !== "string") return;
    this.#passes.set(id, { id, event: ofEvent, code: typeof code === "string" ? code : null });
    for (const [oldest] of [...this.#passes].slice(0, -MOST_PASSES)) this.#passes.delete(oldest);
  }

  #keepCodes(price: string, codes: readonly unknown[]): void {
    const texts = codes.filter(isRecord).flatMap(({ code }) => (typeof code === "string" ? [code] : []));
    this.#codes.set(price, [...(this.#codes.get(price) ?? []), ...texts].slice(-RECENT));
  }

  /** `null`: nobody asks for it any more. */
  #move(id: string, stage: Stage | null): void {
    this.#bought = this.#bought.flatMap((one) => {
      if (one.id !== id) return [one];
      return stage === null ? [] : [{ ...one, stage }];
    });
  }
}

function isOpen(saleState: unknown, available: unknown): boolean {
  return saleState === "open" && typeof available === "number" && available >= MOST_AT_ONCE;
}

function currencyIn({ price }: Readonly<Record<string, unknown>>): string {
  return isRecord(price) && typeof price.currency === "string" ? price.currency : "";
}

function offeredPrice(price: Readonly<Record<string, unknown>>): OfferedPrice {
  const { id, requires_code: needsCode, min_per_order: least, max_per_order: most } = price;
  return {
    id: String(id),
    needsCode: needsCode === true,
    least: typeof least === "number" ? least : 1,
    most: typeof most === "number" ? Math.min(most, MOST_AT_ONCE) : MOST_AT_ONCE,
  };
}

function ticketsIn(request: unknown): string[] {
  if (!isRecord(request)) return [];
  const items = Array.isArray(request.items) ? request.items : [request];
  return items.filter(isRecord).flatMap(({ ticket }) => (typeof ticket === "string" ? [ticket] : []));
}
