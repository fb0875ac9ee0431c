// What only D1 knows of a ticket type: what a reservation of it is for, by name, and who sells it.

import { SECOND_MS } from "../../domain/units.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import { NAMELESS, type PresentedNames, presentNames } from "../../platform/wire.ts";
import { copiesCleared } from "../catalogue/copies.ts";
import type { Env } from "../env.ts";
import { factsOfTicketType, type Seller } from "./queries.ts";

/** As old as the catalogue's pages may be. A crowd at one ticket type does not ask D1 each time. */
const FRESH_MS = 10 * SECOND_MS;
/** A slow D1 must not hold up buyers, who wait as long for the copy of what they reserved. */
const LOOKUP_TIMEOUT_MS = 200;
/** While one request reads the names, and while D1 fails, the others see what was read before. */
const RENEWAL_MS = SECOND_MS;
// A megabyte or two.
const MAX_COPIES = 1_000;

interface Facts {
  readonly names: PresentedNames;
  /** Null where D1 can't be read. */
  readonly seller: Seller | null;
}

interface Copy extends Facts {
  readonly freshUntilMs: number;
  readonly clearings: number;
}

const NOTHING: Facts = { names: NAMELESS, seller: null };
const copies = new Map<string, Copy>();

/**
 * For a ticket type that is there. Never rejects, and waits 0.2 s at most: without D1 a reservation
 * is shown without names.
 */
export async function namesOf(env: Env, ticketTypeId: string): Promise<PresentedNames> {
  return (await factsOf(env, ticketTypeId)).names;
}

/** Seconds old at most. Likewise: null where D1 does not say. */
export async function sellerOf(env: Env, ticketTypeId: string): Promise<Seller | null> {
  return (await factsOf(env, ticketTypeId)).seller;
}

async function factsOf(env: Env, ticketTypeId: string): Promise<Facts> {
  const known = copies.get(ticketTypeId);
  const clearings = copiesCleared();
  const isCurrent = known?.clearings === clearings;
  if (known !== undefined && isCurrent && Date.now() < known.freshUntilMs) return known;
  if (known !== undefined && isCurrent) keep(ticketTypeId, known, RENEWAL_MS, clearings);
  try {
    const row = await timeout(LOOKUP_TIMEOUT_MS, factsOfTicketType(env.DB, ticketTypeId));
    const facts = row === null ? NOTHING : { names: presentNames(row), seller: row.seller };
    keep(ticketTypeId, facts, FRESH_MS, clearings);
    return facts;
  } catch (fault) {
    log("warn", "names not read", errorFields(fault));
    const facts = known ?? NOTHING;
    keep(ticketTypeId, facts, RENEWAL_MS, clearings);
    return facts;
  }
}

function keep(ticketTypeId: string, { names, seller }: Facts, forMs: number, clearings: number): void {
  if (copies.size >= MAX_COPIES) copies.clear();
  copies.set(ticketTypeId, { names, seller, freshUntilMs: Date.now() + forMs, clearings });
}
