// The sweep's part: copies that D1 lost, or that their object lost track of, are published again.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import { SECOND_MS } from "../../domain/units.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import { isSame, isSamePasses } from "../../platform/totals.ts";
import { announceAgain, type TicketTypeOfEvent, ticketTypesOfOrganizer } from "../catalogue/queries.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { eraseHoldersOfErased } from "../passes/erasing.ts";
import { ticketFindings } from "./differences.ts";
import { endedAfterMs } from "./part.ts";
import { moveSweepCursor, passTotalInD1, sweepCursor, totalsInD1 } from "./queries.ts";
import { repairCopies } from "./reconcile.ts";
import { findLostOrders } from "./sweep-orders.ts";

// The bounds of one sweep. The next one continues.
const TICKET_TYPES_PER_SWEEP = 20;
const RESERVATIONS_PER_TICKET_TYPE = 2_000;
// An object that does not answer must not keep the others waiting.
const TICKET_TYPE_TIMEOUT_MS = 20 * SECOND_MS;

/**
 * Compares the next part of all copies with their objects, sums before rows. An object only knows
 * what D1 once acknowledged, so it can't notice by itself that D1, or it, was restored to an
 * earlier time. Of a ticket type with many reservations one part is compared in each sweep, and
 * those after it wait for the last one. Once a part is right, the orders that it names are looked
 * for.
 */
export async function sweepCopies(env: Env): Promise<void> {
  const cursor = await sweepCursor(env.DB, "comparedUpTo");
  const startedId = ticketTypeIdOf(cursor);
  const isInside = cursor !== startedId;
  const rows = await ticketTypesOfOrganizer(env.DB, null, startedId, isInside, TICKET_TYPES_PER_SWEEP);
  const comparisons = rows.map(async (row) => {
    const afterId = isInside && row.id === startedId ? cursor : `${row.id}-`;
    try {
      const nextId = await timeout(TICKET_TYPE_TIMEOUT_MS, comparePart(env, row, afterId));
      const toId = nextId ?? `${row.id}-~`;
      await findLostOrders(env, { afterId, toId });
      await eraseHoldersOfErased(env, afterId, toId, Date.now());
      return nextId;
    } catch (fault) {
      log("warn", "copies not compared", { ticket: row.id, ...errorFields(fault) });
      return null;
    }
  });
  const unfinished = (await Promise.all(comparisons)).find((nextId) => nextId !== null);
  const isRoundDone = rows.length < TICKET_TYPES_PER_SWEEP;
  const next = unfinished ?? (isRoundDone ? "" : (rows.at(-1)?.id ?? ""));
  if (next !== cursor) await moveSweepCursor(env.DB, "comparedUpTo", next);
}

/** Returns the last reservation that was compared; null after the last one. */
async function comparePart(env: Env, row: TicketTypeOfEvent, afterId: string): Promise<string | null> {
  const limit = RESERVATIONS_PER_TICKET_TYPE;
  const part = { afterId, upToId: `${row.id}-~`, limit, endedAfterMs: endedAfterMs() };
  const copies = await totalsInD1(env.DB, part);
  const isLast = copies.reduce((sum, { reservations }) => sum + reservations, 0) < limit;
  const nextId = isLast ? null : copies.map(({ lastId }) => lastId).reduce((one, other) => (one > other ? one : other));
  // One more than D1 has tells that D1 lacks some.
  const asked = { ...part, upToId: nextId ?? part.upToId, limit: limit + 1 };
  const digest = await callTicketType(env, row.id, (object) => object.digest(asked));
  if (digest === null) return nextId;
  const { ticketType, totals, passes } = digest;
  const passesDiffer = passes !== undefined && !isSamePasses(await passTotalInD1(env.DB, asked), passes);
  // An object that was restored may have forgotten that its event was called off.
  if (ticketType.eventVersion < row.statusVersion) await announceAgain(env.DB, row.eventId, ticketType.eventVersion);
  // One of a version that knows no terms takes none, and one that it came after has forgotten them.
  else if ((ticketType.termsVersion ?? null) !== row.requiredTerms) await announceAgain(env.DB, row.eventId, 0);
  const areSame = isSame(copies, totals) && !passesDiffer;
  if (areSame && ticketFindings({ ticketType, counted: null }, row).length === 0) return nextId;
  const { nextId: repairedUpTo, ...counts } = await repairCopies(env, row.id, afterId);
  if (counts.published + counts.unknown > 0) log("warn", "copies differed", { ticket: row.id, ...counts });
  return repairedUpTo;
}
