// Prices and codes that an organiser makes, and that buyers choose from.

import type { Choice, PriceChange, PriceRules } from "../../src/domain/price.ts";
import { HOUR_MS, MINUTE_MS } from "../../src/domain/units.ts";
import type { CodeBatch, TicketTypeConfig } from "../../src/durable/ticket-type/protocol.ts";
import type { Prng } from "../support/prng.ts";
import { EPOCH_MS } from "./timeline.ts";

const CODES = ["ALPHA", "BETA", "GAMMA"];
const LATER_PRICES = ["p4", "p5"];

/** None for a ticket type that has one price, as most have. */
export function drawPrices(prng: Prng, ticketTypeId: string): readonly PriceRules[] {
  const count = prng.pick([0, 0, 0, 2, 3]);
  return Array.from({ length: count }, (_, index) =>
    drawRules(prng, index === 0 ? ticketTypeId : `p${index}`, index > 0 && prng.chance(0.35)),
  );
}

/** A batch for each price that needs codes. */
export function drawCodes(prng: Prng, { prices = [] }: TicketTypeConfig): CodeBatch[] {
  return prices.filter(({ requiresCode }) => requiresCode).map(({ id }) => drawBatch(prng, id));
}

/** For a price that may or may not be there by then. */
export function drawMoreCodes(prng: Prng, { ticketTypeId, prices = [] }: TicketTypeConfig): CodeBatch {
  return drawBatch(prng, prng.pick([...prices.map(({ id }) => id), ticketTypeId, ...LATER_PRICES]));
}

function drawBatch(prng: Prng, priceId: string): CodeBatch {
  const maxUses = () => prng.pick([null, 1, 2, 3, 5]);
  return {
    id: `batch ${prng.below(4)} of ${priceId}`,
    priceId,
    codes: CODES.slice(prng.pick([0, 0, 1])).map((code) => ({ code, maxUses: maxUses() })),
  };
}

/** Mostly one that could work. */
export function drawChoice(prng: Prng, { prices = [] }: TicketTypeConfig): Choice {
  const kind = prng.fraction();
  if (prices.length === 0 && kind < 0.9) return { priceId: null, code: prng.chance(0.03) ? prng.pick(CODES) : null };
  if (kind < 0.04) return { priceId: null, code: prng.chance(0.5) ? prng.pick(CODES) : null };
  if (kind < 0.07 || prices.length === 0) {
    return { priceId: prng.pick(LATER_PRICES), code: prng.chance(0.3) ? prng.pick(CODES) : null };
  }
  const { id, requiresCode } = prng.pick(prices);
  return { priceId: id, code: prng.chance(requiresCode ? 0.95 : 0.03) ? prng.pick(CODES) : null };
}

export function drawPriceChange(prng: Prng, { ticketTypeId }: TicketTypeConfig): PriceChange {
  const id = prng.pick([ticketTypeId, "p1", "p1", "p2", ...LATER_PRICES]);
  const kind = prng.fraction();
  if (kind < 0.25) return { type: "add", rules: drawRules(prng, prng.pick(LATER_PRICES), prng.chance(0.3)) };
  if (kind < 0.35) return { type: "delete", id };
  const { amountMinor, capacity, salesEndMs, requiresCode, minPerOrder, maxPerOrder } = drawRules(
    prng,
    id,
    prng.chance(0.3),
  );
  const rules = prng.pick<Partial<Omit<PriceRules, "id">>>([
    { amountMinor },
    { capacity },
    { capacity },
    { salesEndMs },
    { minPerOrder, maxPerOrder },
    { requiresCode },
    { isWithdrawn: true },
    { isWithdrawn: false },
  ]);
  return { type: "change", id, rules };
}

function drawRules(prng: Prng, id: string, requiresCode: boolean): PriceRules {
  const minPerOrder = prng.chance(0.08) ? 2 : 1;
  return {
    id,
    name: id,
    amountMinor: prng.chance(0.1) ? 0 : prng.between(1, 9_999),
    capacity: prng.chance(0.6) ? null : prng.between(1, 6),
    salesStartMs: prng.chance(0.05) ? EPOCH_MS + prng.between(0, 20 * MINUTE_MS) : null,
    salesEndMs: prng.chance(0.1) ? EPOCH_MS + prng.between(0, 2 * HOUR_MS) : null,
    requiresCode,
    minPerOrder,
    maxPerOrder: prng.chance(0.15) ? prng.between(minPerOrder, 4) : null,
    isWithdrawn: prng.chance(0.03),
  };
}
