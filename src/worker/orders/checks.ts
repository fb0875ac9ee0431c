// What the Worker checks of a new order before any object is called.

import { SECOND_MS } from "../../domain/units.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import type { Env } from "../env.ts";
import { isTicketType } from "../objects/ticket-type-ids.ts";
import { sellerOf } from "../reservations/names.ts";
import type { Seller } from "../reservations/queries.ts";
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
 * decide: they know their currencies, and selling needs no D1. So they do for some seconds after a
 * currency has changed.
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
  const copies = await Promise.all(ids.map(async (id) => [id, await sellerOf(env, id)] as const));
  const fault = faultInSellers(items, new Map(copies));
  if (fault === null) return null;
  try {
    // Nothing is refused because of a copy that is seconds old.
    const sellers = await timeout(LOOKUP_TIMEOUT_MS, sellersOf(env.DB, ids));
    return faultInSellers(items, new Map(sellers.map((seller) => [seller.id, seller])));
  } catch (error) {
    log("warn", "sellers not looked up", errorFields(error));
    return null;
  }
}

function faultInSellers(
  items: readonly { readonly ticket: string }[],
  byId: ReadonlyMap<string, Seller | null>,
): OrderFault | null {
  const known = items.map(({ ticket }) => byId.get(ticket) ?? null);
  const first = known.find((seller) => seller !== null);
  const otherOrganizer = known.findIndex((seller) => seller && seller.organizerId !== first?.organizerId);
  if (otherOrganizer >= 0) return { type: "other_organizer", item: otherOrganizer };
  const otherCurrency = known.findIndex((seller) => seller && seller.currency !== first?.currency);
  return otherCurrency >= 0 ? { type: "other_currency", item: otherCurrency } : null;
}
