// How far the calling-off of an event is: what its objects have left to do, and what D1 knows of
// its refunds.

import type * as z from "zod";
import type { Cancellation } from "../../domain/cancellation.ts";
import type { LeftOfCallingOff } from "../../durable/ticket-type/protocol.ts";
import { iso, money } from "../../platform/wire.ts";
import { tell } from "../catalogue/announcing.ts";
import { presentCancellation } from "../catalogue/presenters.ts";
import {
  type EventRow,
  markRefunded,
  refundingEvents,
  type TicketTypeRow,
  ticketTypesOf,
} from "../catalogue/queries.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { type CalledOffRefunds, calledOffRefunds } from "./queries.ts";
import type { CancellationProgress } from "./schemas.ts";

const EVENTS_PER_SWEEP = 20;

type Left = LeftOfCallingOff & Pick<TicketTypeRow, "id" | "name">;

export async function progressOf(
  env: Env,
  eventId: string,
  cancellation: Cancellation,
): Promise<z.output<typeof CancellationProgress>> {
  const ticketTypes = await ticketTypesOf(env.DB, eventId);
  const [left, refunds] = await Promise.all([leftOf(env, ticketTypes), calledOffRefunds(env.DB, eventId)]);
  return present(cancellation, left, refunds);
}

/**
 * Tells the objects of called-off events once more, as long as one of them has something to refund:
 * in case an alarm was lost, or what was said before.
 */
export async function continueRefunds(env: Env): Promise<void> {
  const events = await refundingEvents(env.DB, EVENTS_PER_SWEEP);
  await Promise.all(events.map((event) => continueRefundsOf(env, event)));
}

async function continueRefundsOf(env: Env, event: EventRow): Promise<void> {
  const ticketTypes = await ticketTypesOf(env.DB, event.id);
  if (!(await tell(env, event, ticketTypes))) return;
  const left = await leftOf(env, ticketTypes);
  if (left.every(({ held, toRefund }) => held + toRefund === 0)) await markRefunded(env.DB, event, ticketTypes);
}

/** As the objects know it: copies may be late. A ticket type that is gone has nothing left. */
async function leftOf(env: Env, ticketTypes: readonly Pick<TicketTypeRow, "id" | "name">[]): Promise<Left[]> {
  const each = await Promise.all(
    ticketTypes.map(async ({ id, name }) => {
      const left = await callTicketType(env, id, (object) => object.leftOfCallingOff());
      return left && { id, name, ...left };
    }),
  );
  return each.filter((left) => left !== null);
}

function present(
  cancellation: Cancellation,
  left: readonly Left[],
  { sums, failed, ...copies }: CalledOffRefunds,
): z.output<typeof CancellationProgress> {
  const atProvider = sums.filter((sum) => sum.atProvider === 1);
  const byHand = sums.filter((sum) => sum.atProvider === 0 && sum.amountMinor > 0);
  return {
    ...presentCancellation(cancellation),
    tickets: left.map(({ id, name, sold, held, toRefund }) => ({ ticket: id, name, sold, held, to_refund: toRefund })),
    refunds: atProvider.map(({ state, refunds, amountMinor, currency }) => {
      return { state, refunds, amount: money(amountMinor, currency) };
    }),
    by_hand: byHand.map(({ method, refunds, amountMinor, currency, openRefunds, openMinor }) => {
      const open = { refunds: openRefunds, amount: money(openMinor, currency) };
      return { method, refunds, amount: money(amountMinor, currency), open };
    }),
    failed: failed.map(({ id, reservationId, orderId, amountMinor, currency, code, message }) => {
      const amount = money(amountMinor, currency);
      return { refund: id, reservation: reservationId, order: orderId, amount, error: { code, message } };
    }),
    finished_at: finishedAt(cancellation, left, { sums, ...copies }),
  };
}

/**
 * It may be finished no more: a refund that succeeded may fail later, and a payment that was given
 * up on may succeed.
 */
function finishedAt(
  { refund, atMs }: Cancellation,
  left: readonly Left[],
  { sums, hasSold, hasHeld }: Omit<CalledOffRefunds, "failed">,
): string | null {
  // Whether or not what was sold is refunded, late payments are.
  const isGivenBack = !hasHeld && sums.every(({ state }) => state === "succeeded");
  const isDone = left.every(({ held, toRefund }) => held === 0 && (toRefund === 0 || !refund));
  const sinceMs = Math.max(atMs ?? 0, ...sums.map(({ latestMs }) => latestMs));
  return isDone && isGivenBack && (!hasSold || !refund) && sinceMs > 0 ? iso(sinceMs) : null;
}
