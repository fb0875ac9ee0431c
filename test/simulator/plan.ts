// What a run is to do, as a list made from its seed: any of it can be left out by itself.

import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/domain/units.ts";
import type { TicketTypeConfig } from "../../src/durable/ticket-type/protocol.ts";
import { mix, Prng } from "../support/prng.ts";
import type { Action, Deed } from "./deeds.ts";
import { drawRates } from "./faults.ts";
import { draw } from "./plan-deeds.ts";
import { drawDevices, drawDoor } from "./plan-door.ts";
import { drawCodes, drawPrices } from "./plan-prices.ts";
import { takeBack, tellOne } from "./plan-stories.ts";

const TICKET_TYPE_IDS = ["s1m1at0r00000000", "s1m1at0r00000001", "s1m1at0r00000002"];

// How often a story takes the place of one deed: by chance alone some states are hardly reached.
const STORIES = 0.2;
// How often a run begins with an organiser who has made a mistake, and maybe a first buyer.
const MISTAKES = 0.15;

export function makePlan(seed: number) {
  const prng = new Prng(mix(seed, 0x91a7));
  const buyers = prng.between(2, 6);
  const count = prng.pick([1, 2, 2, 3]);
  const configs = TICKET_TYPE_IDS.slice(0, count).map((id) => drawConfig(prng, id));
  const setting = { buyers, configs };
  const rates = drawRates(prng);
  const hasCache = prng.chance(0.4);
  const pace = prng.pick(["dense", "usual", "usual", "wide"] as const);
  const actions: Action[] = [];
  const add = (atMs: number, does: Deed) => actions.push({ index: actions.length, atMs, does });
  for (const [ticket, config] of configs.entries()) {
    add(0, { type: "create", ticket });
    for (const batch of drawCodes(prng, config)) add(20, { type: "add codes", ticket, batch });
  }
  const enough = actions.length + prng.between(20, 50);
  let atMs = 50;
  for (const does of prng.chance(MISTAKES) ? takeBack(prng, setting) : []) {
    atMs += prng.pick([0, 5, 20, 60, 400]);
    add(atMs, does);
  }
  while (actions.length <= enough) {
    const story = prng.chance(STORIES) ? tellOne(prng, setting) : [draw(prng, setting)];
    for (const [place, does] of story.entries()) {
      // What belongs together follows soon.
      const gap = place === 0 ? gapMs(prng, pace) : prng.pick([20, 200, 2_000, 2_000, 5_000, 30_000]);
      // The cron never pauses for long.
      for (let afterMs = HOUR_MS; gap > DAY_MS && afterMs < gap; afterMs *= 1.5) add(atMs + afterMs, { type: "sweep" });
      atMs += gap;
      add(atMs, does);
    }
  }
  for (const { atMs, does } of drawDoor(seed, actions, buyers)) add(Math.max(50, atMs), does);
  for (const { atMs, does } of drawDevices(seed, actions)) add(Math.max(50, atMs), does);
  return { seed, configs, buyers, hasCache, rates, actions };
}

function drawConfig(prng: Prng, ticketTypeId: string): TicketTypeConfig {
  const prices = drawPrices(prng, ticketTypeId);
  return {
    ticketTypeId,
    capacity: prng.chance(0.1) ? 0 : prng.between(1, 12),
    onSale: true,
    onSaleVersion: 1,
    currency: "EUR",
    priceMinor: prices[0]?.amountMinor ?? (prng.chance(0.1) ? 0 : prng.between(1, 9_999)),
    maxPerBuyer: prng.chance(0.6) ? null : prng.between(1, 5),
    salesStartMs: null,
    salesEndMs: null,
    prices,
  };
}

function gapMs(prng: Prng, pace: "dense" | "usual" | "wide"): number {
  const kind = prng.fraction() * (pace === "dense" ? 0.8 : 1);
  if (kind < (pace === "wide" ? 0.4 : 0.6)) return prng.between(0, 500);
  if (kind < 0.85) return prng.between(0, MINUTE_MS);
  if (kind < 0.96) return prng.between(MINUTE_MS, 20 * MINUTE_MS);
  if (pace === "wide" && kind > 0.998) return 11 * DAY_MS;
  return kind < 0.99 ? prng.between(HOUR_MS / 2, 2 * HOUR_MS) : prng.between(20 * HOUR_MS, 30 * HOUR_MS);
}
