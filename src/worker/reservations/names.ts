// What a reservation is for, by name. Only D1 knows it: the ticket type's object needs no names.

import { SECOND_MS } from "../../domain/units.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import { NAMELESS, type PresentedNames, presentNames } from "../../platform/wire.ts";
import { copiesCleared } from "../catalogue/copies.ts";
import type { Env } from "../env.ts";
import { namesOfTicketType } from "./queries.ts";

/** As old as the catalogue's pages may be. A crowd at one ticket type does not ask D1 each time. */
const FRESH_MS = 10 * SECOND_MS;
/** A slow D1 must not hold up buyers, who wait as long for the copy of what they reserved. */
const LOOKUP_TIMEOUT_MS = 200;
/** While one request reads the names, and while D1 fails, the others see what was read before. */
const RENEWAL_MS = SECOND_MS;
// A megabyte or two.
const MAX_COPIES = 1_000;

interface Copy {
  readonly names: PresentedNames;
  readonly freshUntilMs: number;
  readonly clearings: number;
}

const copies = new Map<string, Copy>();

/**
 * For a ticket type that is there. Never rejects, and waits 0.2 s at most: without D1 a reservation
 * is shown without names.
 */
export async function namesOf(env: Env, ticketTypeId: string): Promise<PresentedNames> {
  const known = copies.get(ticketTypeId);
  const clearings = copiesCleared();
  const isCurrent = known?.clearings === clearings;
  if (known !== undefined && isCurrent && Date.now() < known.freshUntilMs) return known.names;
  if (known !== undefined && isCurrent) keep(ticketTypeId, known.names, RENEWAL_MS, clearings);
  try {
    const names = presentNames(await timeout(LOOKUP_TIMEOUT_MS, namesOfTicketType(env.DB, ticketTypeId)));
    keep(ticketTypeId, names, FRESH_MS, clearings);
    return names;
  } catch (fault) {
    log("warn", "names not read", errorFields(fault));
    const names = known?.names ?? NAMELESS;
    keep(ticketTypeId, names, RENEWAL_MS, clearings);
    return names;
  }
}

function keep(ticketTypeId: string, names: PresentedNames, forMs: number, clearings: number): void {
  if (copies.size >= MAX_COPIES) copies.clear();
  copies.set(ticketTypeId, { names, freshUntilMs: Date.now() + forMs, clearings });
}
