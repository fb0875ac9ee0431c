// What the Worker checks of a new order before any object is called.

import { SECOND_MS } from "../../domain/units.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import type { Env } from "../env.ts";
import { isTicketType } from "../objects/ticket-type-ids.ts";
import { sellersOf } from "./queries.ts";

// A slow D1 must not hold up buyers.
const LOOKUP_TIMEOUT_MS = SECOND_MS;

/** `item`: the index of the first one that is not like the first, or that nothing has. */
export type OrderFault = {
  readonly type: "unknown_ticket" | "other_organizer" | "other_currency";
  readonly item: number;
};

/**
 * Why these tickets can't be bought together; null if they can. If D1 does not answer, the objects
 * decide: they know their currencies, and selling needs no D1.
 */
export async function faultInItems(
  env: Env,
  items: readonly { readonly ticket: string }[],
): Promise<OrderFault | null> {
  const ids = [...new Set(items.map(({ ticket }) => ticket))];
  const real = await Promise.all(ids.map((id) => isTicketType(env, id)));
  const unknown = items.findIndex(({ ticket }) => !real[ids.indexOf(ticket)]);
  if (unknown >= 0) return { type: "unknown_ticket", item: unknown };
  if (ids.length === 1) return null;
  try {
    const sellers = await timeout(LOOKUP_TIMEOUT_MS, sellersOf(env.DB, ids));
    const byId = new Map(sellers.map((seller) => [seller.id, seller]));
    const known = items.map(({ ticket }) => byId.get(ticket));
    const first = known.find((seller) => seller !== undefined);
    const otherOrganizer = known.findIndex((seller) => seller && seller.organizerId !== first?.organizerId);
    if (otherOrganizer >= 0) return { type: "other_organizer", item: otherOrganizer };
    const otherCurrency = known.findIndex((seller) => seller && seller.currency !== first?.currency);
    return otherCurrency >= 0 ? { type: "other_currency", item: otherCurrency } : null;
  } catch (fault) {
    log("warn", "sellers not looked up", errorFields(fault));
    return null;
  }
}
