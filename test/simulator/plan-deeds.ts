// One deed, drawn from all that may be done.

import type { EventStatus } from "../../src/domain/stock.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/domain/units.ts";
import type { TicketTypeChange, TicketTypeConfig } from "../../src/durable/ticket-type/protocol.ts";
import type { Prng } from "../support/prng.ts";
import { type Accepted, type Deed, type OnHold, type OnSale, type OrderedItem, type Sell, TERMS } from "./deeds.ts";
import { drawChoice, drawMoreCodes, drawPriceChange } from "./plan-prices.ts";

/** What a seed decides before its first deed. */
export interface Setting {
  readonly buyers: number;
  readonly configs: readonly TicketTypeConfig[];
}

const METHODS = ["card", "card", "card", "card", "slow", "bank", "bank", "declined", "declined", null];

// How often each deed is done, of about 550.
const DEEDS = {
  reserve: 90,
  pay: 85,
  cancel: 30,
  order: 45,
  "pay order": 50,
  "cancel order": 16,
  "find order": 8,
  "crash order": 12,
  sell: 20,
  "take money": 16,
  "cancel sale": 6,
  "require terms": 6,
  "allow giving back": 8,
  find: 12,
  describe: 6,
  change: 10,
  "change prices": 8,
  "add codes": 4,
  announce: 7,
  "call off": 3,
  sweep: 10,
  refund: 22,
  "retry refund": 4,
  dispute: 8,
  "late success": 14,
  notice: 8,
  "crash object": 12,
  "crash consumer": 12,
  "queue loses all": 8,
  "clock jumps": 10,
  outage: 8,
  delete: 4,
  restore: 3,
  "close account": 3,
} as const;

export function draw(prng: Prng, { buyers, configs }: Setting): Deed {
  const type = prng.weighted(DEEDS);
  const ticket = drawTicket(prng, configs);
  const config = configOf(configs, ticket);
  const buyer = prng.below(buyers);
  const pick = prng.uint32();
  switch (type) {
    case "reserve": {
      const quantities = Array.from({ length: prng.pick([1, 1, 1, 1, 2, 3]) }, () => prng.pick([1, 1, 1, 2, 2, 3, 5]));
      const accepts = drawAccepted(prng);
      return { type, buyer, ticket, quantities, key: drawKey(prng, 0.35), accepts, ...drawChoice(prng, config) };
    }
    case "pay":
      return { type, ...drawOnHold(prng, buyer, pick), key: drawKey(prng, 0.5), method: prng.pick(METHODS) };
    case "cancel":
    case "find":
      return { type, ...drawOnHold(prng, buyer, pick) };
    case "order":
      return { type, buyer, items: drawItems(prng, configs), key: drawKey(prng, 0.4), accepts: drawAccepted(prng) };
    case "pay order":
      return { type, ...drawOnHold(prng, buyer, pick), key: drawKey(prng, 0.5), method: prng.pick(METHODS) };
    case "cancel order":
    case "find order":
      return { type, ...drawOnHold(prng, buyer, pick) };
    case "crash order":
      return { type, pick };
    case "sell":
      return drawSale(prng, drawItems(prng, configs));
    case "take money":
      return { type, ...drawOnSale(prng, pick), as: prng.pick(["cash", "transfer"]), key: drawKey(prng, 0.5) };
    case "cancel sale":
      return { type, ...drawOnSale(prng, pick) };
    case "require terms":
      return { type, version: prng.pick([null, ...TERMS]) };
    case "allow giving back":
      return { type, forMs: prng.pick([null, 2_000, MINUTE_MS, HOUR_MS, 30 * DAY_MS, 30 * DAY_MS]) };
    case "change":
      return { type, ticket, change: drawChange(prng) };
    case "change prices":
      return { type, ticket, change: drawPriceChange(prng, config) };
    case "add codes":
      return { type, ticket, batch: drawMoreCodes(prng, config) };
    case "describe":
    case "crash object":
      return { type, ticket };
    case "announce":
      return { type, ...drawNews(prng) };
    case "call off":
      return { type, refund: prng.chance(0.8) };
    case "refund": {
      const tickets = prng.pick([null, 0, 1, 1, 2]);
      const amountMinor = tickets === 0 || prng.chance(0.3) ? prng.between(1, 6_000) : null;
      return { type, pick, tickets, amountMinor, restock: prng.chance(0.7), key: drawKey(prng, 0.4) };
    }
    case "retry refund":
    case "dispute":
    case "late success":
    case "notice":
      return { type, pick };
    case "clock jumps":
      return { type, byMs: prng.pick([-1, -1, 1]) * prng.pick([1, 1_000, 5 * MINUTE_MS, HOUR_MS]) };
    case "delete":
      return { type, ticket, what: prng.pick(["event", "ticket type"]) };
    case "restore":
      return { type, ticket, what: prng.pick(["D1", "D1", "object"]) };
    case "close account":
      return { type, buyer };
    case "outage": {
      const part = prng.pick(["D1", "queue", "provider", "cache"] as const);
      const forMs = drawOutageMs(prng);
      // Each object tries its queue every ten seconds, which teaches nothing new.
      return { type, part, forMs: part === "queue" ? Math.min(forMs, HOUR_MS) : forMs };
    }
    default:
      return { type };
  }
}

/** Mostly the first: what meets there is worth more than what is done apart. */
function drawTicket(prng: Prng, configs: readonly TicketTypeConfig[]): number {
  return prng.chance(0.7) ? 0 : prng.below(configs.length);
}

export function configOf(configs: readonly TicketTypeConfig[], ticket: number): TicketTypeConfig {
  const config = configs[ticket];
  if (config === undefined) throw new Error("there is no such ticket type");
  return config;
}

/** Mostly one of each ticket type. */
function drawItems(prng: Prng, configs: readonly TicketTypeConfig[]): OrderedItem[] {
  return Array.from({ length: prng.pick([1, 2, 2, 2, 3, 4]) }, (_, index) => {
    const ticket = prng.chance(0.7) ? index % configs.length : prng.below(configs.length);
    return { ticket, quantity: prng.pick([1, 1, 1, 2]), ...drawChoice(prng, configOf(configs, ticket)) };
  });
}

/** Mostly short; now and then longer than the provider remembers a key. */
function drawOutageMs(prng: Prng): number {
  if (prng.chance(0.03)) return 25 * HOUR_MS;
  return prng.pick([5_000, 5_000, MINUTE_MS, MINUTE_MS, 10 * MINUTE_MS, 10 * MINUTE_MS, HOUR_MS]);
}

export function drawKey(prng: Prng, share: number): number | null {
  return prng.chance(share) ? prng.below(3) : null;
}

/** Mostly what is shown. */
function drawAccepted(prng: Prng): Accepted {
  return prng.chance(0.9) ? "shown" : prng.pick(["nothing", ...TERMS]);
}

export function drawSale(prng: Prng, items: readonly OrderedItem[]): Sell {
  const method = prng.pick(["cash", "cash", "transfer", "transfer", "transfer", "free"] as const);
  const awaitedMs = prng.pick([null, 20_000, MINUTE_MS, 20 * MINUTE_MS, HOUR_MS, DAY_MS, 30 * DAY_MS]);
  return { type: "sell", items, method, awaitedMs: method === "transfer" ? awaitedMs : null, key: drawKey(prng, 0.4) };
}

function drawOnSale(prng: Prng, pick: number): OnSale {
  return { pick, aroundDeadlineMs: prng.chance(0.2) ? prng.pick([-1, 0, 0, 1, 500, 2_000]) : null };
}

function drawOnHold(prng: Prng, buyer: number, pick: number): OnHold {
  return { buyer, ...drawOnSale(prng, pick) };
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
