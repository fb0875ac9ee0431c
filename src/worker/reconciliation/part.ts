// What is compared at once: a part of a ticket type's reservations.

import { DAY_MS } from "../../domain/units.ts";
import type { AuditPage } from "../../durable/ticket-type/protocol.ts";
import { MIN_RETENTION_MS } from "../../platform/settings.ts";

// An object deletes ended reservations after their retention, and its alarm may be a day late.
const ALARM_TOLERANCE_MS = DAY_MS;

/** `count` reads every held or sold reservation. */
export type Question = { readonly count: boolean } & (
  | { readonly after: string; readonly limit: number }
  | { readonly ids: readonly string[]; readonly orderIds: readonly string[] }
);

/** The ids of reservations that a part has, `toId` included. */
export function rangeOf(ticketTypeId: string, after: string, page: AuditPage) {
  return { afterId: after || `${ticketTypeId}-`, toId: nextIdOf(page) ?? `${ticketTypeId}-~` };
}

/** The last reservation of the page; null if there are no more of them. */
export function nextIdOf(page: AuditPage | null): string | null {
  return page?.more === true ? (page.reservations.at(-1)?.copy.id ?? null) : null;
}

/** The retention may have been shorter than it is today, but never shorter than the least one. */
export function endedAfterMs(): number {
  return Date.now() - MIN_RETENTION_MS + ALARM_TOLERANCE_MS;
}
