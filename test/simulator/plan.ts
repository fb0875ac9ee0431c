// What a run is to do, as a list made from its seed: any of it can be left out by itself.

import type { EventStatus } from "../../src/domain/stock.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/domain/units.ts";
import type { TicketTypeChange, TicketTypeConfig } from "../../src/durable/ticket-type/protocol.ts";
import { mix, Prng } from "../support/prng.ts";
import { drawRates, type Part } from "./faults.ts";

export interface Action {
  readonly index: number;
  readonly atMs: number;
  readonly does: Deed;
}

/** `pick` chooses one of what is there when its time comes. */
export type Deed =
  | { readonly type: "create" | "describe" | "sweep" | "crash object" | "crash consumer" | "queue loses all" }
  | { readonly type: "delete"; readonly what: "event" | "ticket type" }
  | { readonly type: "bookmark" | "restore"; readonly what: "D1" | "object" }
  | (ByBuyer & { readonly type: "close account" })
  | (ByBuyer & { readonly type: "reserve"; readonly quantities: readonly number[]; readonly key: number | null })
  | (OnHold & { readonly type: "pay"; readonly key: number | null; readonly method: string | null })
  | (OnHold & { readonly type: "cancel" | "find" })
  | { readonly type: "change"; readonly change: TicketTypeChange }
  /** `endsInMs`: from then on; null for long after all of it. */
  | { readonly type: "announce"; readonly status: EventStatus; readonly endsInMs: number | null }
  | { readonly type: "late success"; readonly pick: number }
  | { readonly type: "clock jumps"; readonly byMs: number }
  | { readonly type: "outage"; readonly part: Part; readonly forMs: number };

interface ByBuyer {
  readonly buyer: number;
}

interface OnHold extends ByBuyer {
  readonly pick: number;
  /** So long after the hold's deadline; null for at once. */
  readonly aroundDeadlineMs: number | null;
}

/** Instead of a `pick`: the last one. */
export const LATEST = -1;

export const TICKET_TYPE_ID = "s1m1at0r00000000";

const METHODS = ["card", "card", "card", "card", "slow", "declined", "declined", null];

// How often each deed is done, of about 340.
const DEEDS = {
  reserve: 90,
  pay: 85,
  cancel: 30,
  find: 12,
  describe: 6,
  change: 10,
  announce: 7,
  sweep: 10,
  "late success": 14,
  "crash object": 12,
  "crash consumer": 12,
  "queue loses all": 8,
  "clock jumps": 10,
  outage: 8,
  delete: 4,
  restore: 3,
  "close account": 3,
} as const;

// How often a story takes the place of one deed: by chance alone some states are hardly reached.
const STORIES = 0.1;
// How often a run begins with an organiser who has made a mistake, and maybe a first buyer.
const MISTAKES = 0.15;

export function makePlan(seed: number) {
  const prng = new Prng(mix(seed, 0x91a7));
  const buyers = prng.between(2, 6);
  const capacity = prng.between(0, 12);
  const config: TicketTypeConfig = {
    ticketTypeId: TICKET_TYPE_ID,
    capacity,
    onSale: true,
    onSaleVersion: 1,
    currency: "EUR",
    priceMinor: prng.chance(0.1) ? 0 : prng.between(1, 9_999),
    maxPerBuyer: prng.chance(0.6) ? null : prng.between(1, 5),
    salesStartMs: null,
    salesEndMs: null,
  };
  const rates = drawRates(prng);
  const hasCache = prng.chance(0.4);
  const pace = prng.pick(["dense", "usual", "usual", "wide"] as const);
  const actions: Action[] = [{ index: 0, atMs: 0, does: { type: "create" } }];
  const count = prng.between(20, 50);
  let atMs = 50;
  for (const does of prng.chance(MISTAKES) ? takeBack(prng, buyers) : []) {
    atMs += prng.pick([0, 5, 20, 60, 400]);
    actions.push({ index: actions.length, atMs, does });
  }
  while (actions.length <= count) {
    const story = prng.chance(STORIES) ? tellOne(prng, buyers, capacity) : [draw(prng, buyers)];
    for (const [place, does] of story.entries()) {
      // What belongs together follows soon.
      atMs += place === 0 ? gapMs(prng, pace) : prng.pick([20, 200, 2_000, 2_000, 5_000, 30_000]);
      actions.push({ index: actions.length, atMs, does });
    }
  }
  return { seed, config, buyers, hasCache, rates, actions };
}

function gapMs(prng: Prng, pace: "dense" | "usual" | "wide"): number {
  const kind = prng.fraction() * (pace === "dense" ? 0.8 : 1);
  if (kind < (pace === "wide" ? 0.4 : 0.6)) return prng.between(0, 500);
  if (kind < 0.85) return prng.between(0, MINUTE_MS);
  if (kind < 0.96) return prng.between(MINUTE_MS, 20 * MINUTE_MS);
  if (pace === "wide" && kind > 0.998) return 11 * DAY_MS;
  return kind < 0.99 ? prng.between(HOUR_MS / 2, 2 * HOUR_MS) : prng.between(20 * HOUR_MS, 30 * HOUR_MS);
}

function tellOne(prng: Prng, buyers: number, capacity: number): Deed[] {
  return prng.chance(0.25) ? goBack(prng, buyers) : tell(prng, buyers, capacity);
}

/** Nobody has held a ticket yet, and the first hold comes at about the same moment. */
function takeBack(prng: Prng, buyers: number): Deed[] {
  const buyer = prng.below(buyers);
  const first: Deed = { type: "reserve", buyer, quantities: [1], key: drawKey(prng, 0.35) };
  const mistake = (): Deed => {
    if (prng.chance(0.3)) return { type: "announce", status: "draft", endsInMs: null };
    return { type: "delete", what: prng.pick(["event", "ticket type"]) };
  };
  const deeds: Deed[] = [mistake(), ...(prng.chance(0.8) ? [first] : []), ...(prng.chance(0.3) ? [mistake()] : [])];
  return prng.chance(0.3) ? deeds.reverse() : deeds;
}

/** D1 or the object goes back to before some of what is done. */
function goBack(prng: Prng, buyers: number): Deed[] {
  const what = prng.pick(["D1", "D1", "object"] as const);
  const since = Array.from({ length: prng.between(1, what === "D1" ? 8 : 3) }, () => draw(prng, buyers));
  return [{ type: "bookmark", what }, ...since, { type: "restore", what }];
}

/** A declined payment comes through after all: beside another one, or when the tickets are gone. */
function tell(prng: Prng, buyers: number, capacity: number): Deed[] {
  const buyer = prng.below(buyers);
  const other = (buyer + 1) % buyers;
  const onHold = { buyer, pick: LATEST, aroundDeadlineMs: null };
  const pay = (method: string): Deed => ({ type: "pay", ...onHold, key: null, method });
  const cancel: Deed = { type: "cancel", ...onHold };
  const late: Deed = { type: "late success", pick: LATEST };
  const begin: Deed[] = [{ type: "reserve", buyer, quantities: [prng.between(1, 2)], key: null }, pay("declined")];
  const forMs = prng.chance(0.05) ? 25 * HOUR_MS : prng.pick([5_000, 120_000, 600_000]);
  const outage: Deed = { type: "outage", part: "provider", forMs };
  if (prng.chance(0.25)) return [...begin.slice(0, 1), pay(prng.pick(["declined", "slow"])), cancel];
  if (prng.chance(0.15)) {
    const news = (status: EventStatus): Deed => ({ type: "announce", status, endsInMs: null });
    const again = prng.chance(0.5) ? [news("published"), draw(prng, buyers)] : [];
    const first = [...begin.slice(0, 1), pay(prng.pick(["slow", "card", "declined"]))];
    return [...first, news("cancelled"), ...(prng.chance(0.5) ? [late] : [outage]), ...again, news("published")];
  }
  if (prng.chance(0.5)) {
    const second = [pay(prng.pick(["slow", "card"])), ...(prng.chance(0.7) ? [outage] : [])];
    return [...begin, ...second, late, ...Array.from({ length: prng.below(4) }, () => draw(prng, buyers))];
  }
  const taken: Deed = { type: "reserve", buyer: other, quantities: Array(capacity).fill(1), key: null };
  const end: Deed[] = prng.chance(0.6) ? [cancel, taken] : [taken];
  return [...begin, ...end, ...(prng.chance(0.6) ? [outage] : []), late, draw(prng, buyers), draw(prng, buyers)];
}

function draw(prng: Prng, buyers: number): Deed {
  const type = prng.weighted(DEEDS);
  const buyer = prng.below(buyers);
  const pick = prng.uint32();
  switch (type) {
    case "reserve": {
      const quantities = Array.from({ length: prng.pick([1, 1, 1, 1, 2, 3]) }, () => prng.pick([1, 1, 1, 2, 2, 3, 5]));
      return { type, buyer, quantities, key: drawKey(prng, 0.35) };
    }
    case "pay":
      return { type, ...drawOnHold(prng, buyer, pick), key: drawKey(prng, 0.5), method: prng.pick(METHODS) };
    case "cancel":
    case "find":
      return { type, ...drawOnHold(prng, buyer, pick) };
    case "change":
      return { type, change: drawChange(prng) };
    case "announce":
      return { type, ...drawNews(prng) };
    case "late success":
      return { type, pick };
    case "clock jumps":
      return { type, byMs: prng.pick([-1, -1, 1]) * prng.pick([1, 1_000, 5 * MINUTE_MS, HOUR_MS]) };
    case "delete":
      return { type, what: prng.pick(["event", "ticket type"]) };
    case "restore":
      return { type, what: prng.pick(["D1", "D1", "object"]) };
    case "close account":
      return { type, buyer };
    case "outage":
      return { type, part: prng.pick(["D1", "queue", "provider", "cache"]), forMs: drawOutageMs(prng) };
    default:
      return { type };
  }
}

/** Mostly short; now and then longer than the provider remembers a key. */
function drawOutageMs(prng: Prng): number {
  if (prng.chance(0.03)) return 25 * HOUR_MS;
  return prng.pick([5_000, 5_000, MINUTE_MS, MINUTE_MS, 10 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS]);
}

function drawKey(prng: Prng, share: number): number | null {
  return prng.chance(share) ? prng.below(3) : null;
}

function drawOnHold(prng: Prng, buyer: number, pick: number): OnHold {
  return { buyer, pick, aroundDeadlineMs: prng.chance(0.2) ? prng.pick([-1, 0, 0, 1, 500, 2_000]) : null };
}

/** Called off, called on again, or moved, now and then into the past. */
function drawNews(prng: Prng): { status: EventStatus; endsInMs: number | null } {
  const status = prng.pick(["published", "published", "published", "cancelled", "draft"] as const);
  return {
    status,
    endsInMs: prng.chance(0.85) ? null : prng.pick([-HOUR_MS, -1, 1, 2_000, MINUTE_MS, 20 * MINUTE_MS]),
  };
}

function drawChange(prng: Prng): TicketTypeChange {
  const kind = prng.below(4);
  if (kind === 0) return { priceMinor: prng.between(1, 9_999) };
  if (kind === 1) return { maxPerBuyer: prng.pick([null, 1, 3, 6]) };
  return { capacity: prng.between(0, 14) };
}
