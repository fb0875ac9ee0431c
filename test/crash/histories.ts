// What was recorded, as one history per ticket type for the checker.

import { ticketTypeIdOf } from "../../src/domain/id-forms.ts";
import { type Attempts, capsTakenBy, groupAttempts, outcomeOf, problemOf, refusalOf, startOf } from "./attempts.ts";
import type { HoldState, PaymentState } from "./hold-model.ts";
import {
  type Answered,
  CANCEL_ANSWERS,
  type CancelAnswer,
  type History,
  type Operation,
  PAY_ANSWERS,
} from "./operations.ts";
import { orderOperations } from "./order-histories.ts";
import type { Body, Call, EndState, Request } from "./record.ts";
import { refundOperations } from "./refund-histories.ts";
import type { TicketType } from "./sale.ts";

const CANCELLED_AS: Readonly<Record<number, CancelAnswer>> = { 200: "given_back", 202: "deferred", 204: "done" };

export function historyOf(ticket: TicketType, end: EndState, holdMs: number, clockToleranceMs: number): History {
  const all = groupAttempts(end.calls);
  const own = all.filter(({ request }) => ticketOf(request) === ticket.id);
  const learned = learn(own, end, clockToleranceMs);
  const off = end.changes.find((change) => change.type === "call_off" && change.ticket.id === ticket.id);
  const operations = [
    ...own.flatMap((attempts) => operationOf(attempts, ticket, holdMs, learned.get(attempts) ?? null)),
    ...orderOperations(ticket, all, end, holdMs, clockToleranceMs),
    ...refundOperations(ticket, end),
  ]
    // One that was almost deleted is off sale for a while.
    .filter(({ type, answer }) => type !== "reserve" || answer.type !== "not_on_sale" || off !== undefined);
  const { held, sold } = end.counted.get(ticket.id) ?? { held: 0, sold: 0 };
  if (off !== undefined) operations.push({ type: "call_off", answer: "done", startMs: off.startMs, endMs: off.endMs });
  operations.push({ type: "taken", answer: held + sold, ...end.countedMs });
  return { capacity: ticket.capacity, caps: capsOf(ticket), holdMs, clockToleranceMs, operations };
}

/** By the names that `capsTakenBy` gives them. */
function capsOf({ prices }: TicketType): Record<string, number> {
  return Object.fromEntries(
    prices.flatMap(({ id, capacity, code }) => [
      ...(capacity === null ? [] : [[id, capacity] as const]),
      ...(code === null ? [] : [[code.text, code.uses] as const]),
    ]),
  );
}

/** Null for what is asked of an order. */
function ticketOf(request: Request): string | null {
  if (request.type === "order") return null;
  if (request.type === "reserve") return request.ticket;
  return request.of === "orders" ? null : ticketTypeIdOf(request.id);
}

/**
 * Matches reservations whose reply was lost with the requests that made them: the buyer's latest
 * unanswered one of that size. A buyer sends one at a time, so there is hardly ever a second.
 */
function learn(own: readonly Attempts[], end: EndState, clockToleranceMs: number): Map<Attempts, Body> {
  const reserves = own.filter(({ request }) => request.type === "reserve");
  const replied = new Set(reserves.map(({ answered }) => answered?.body?.id));
  const learned = new Map<Attempts, Body>();
  const unknown = [...end.shown.values()].filter(({ id, order }) => order === null && !replied.has(id));
  for (const reservation of unknown.sort((a, b) => a.created_at.localeCompare(b.created_at))) {
    const made = reserves.findLast(
      (attempts) =>
        attempts.request.type === "reserve" &&
        attempts.answered === null &&
        attempts.request.ticket === reservation.ticket &&
        attempts.buyer === end.buyerOf.get(reservation.id) &&
        attempts.request.quantity === reservation.quantity &&
        (attempts.request.price ?? reservation.ticket) === reservation.price &&
        startOf(attempts) <= Date.parse(reservation.created_at) + clockToleranceMs &&
        !learned.has(attempts),
    );
    if (made !== undefined) learned.set(made, reservation);
  }
  return learned;
}

function operationOf(attempts: Attempts, ticket: TicketType, holdMs: number, learned: Body | null): Operation[] {
  const { request, answered } = attempts;
  const times = { startMs: startOf(attempts), endMs: answered?.endMs ?? Number.POSITIVE_INFINITY };
  const answer = answerOf(request, answered, ticket, holdMs, learned);
  return answer === null ? [] : [{ ...answer, ...times }];
}

/** Null where the call says nothing of the tickets. */
function answerOf(
  request: Request,
  call: Call | null,
  ticket: TicketType,
  holdMs: number,
  learned: Body | null,
): Answered | null {
  const ok = call?.outcome === "succeeded";
  switch (request.type) {
    case "order":
      return null;
    case "reserve": {
      const { quantity } = request;
      const asked = { type: "reserve", quantity, caps: capsTakenBy(request, ticket) } as const;
      const made = ok ? call.body : learned;
      if (made !== null) {
        const createdAtMs = Date.parse(made.created_at);
        // One that is found confirmed does not say when its hold would have ended.
        const expiresAtMs = made.expires_at === null ? createdAtMs + holdMs : Date.parse(made.expires_at);
        return { ...asked, answer: { type: "granted", hold: made.id, createdAtMs, expiresAtMs, order: null } };
      }
      // All reservations were looked for: an unanswered request that left none did not happen.
      const answer = refusalOf(call?.body ?? null, request.code);
      return answer === null ? null : { ...asked, answer };
    }
    case "pay": {
      const answered = ok
        ? ticket.prices[0]?.amountMinor === 0
          ? "confirmed"
          : "accepted"
        : problemOf(call?.body ?? null);
      const answer = call === null ? "unknown" : PAY_ANSWERS.find((known) => known === answered);
      const outcome = outcomeOf(request);
      return answer === undefined ? null : { type: "pay", hold: request.id, outcome, answer };
    }
    case "cancel": {
      const answered = ok ? CANCELLED_AS[call.status ?? 0] : problemOf(call?.body ?? null);
      const answer = call === null ? "unknown" : CANCEL_ANSWERS.find((known) => known === answered);
      return answer === undefined ? null : { type: "cancel", hold: request.id, answer };
    }
    case "show": {
      if (call === null) return null;
      const hold = request.id;
      if (!ok || call.body === null) return { type: "show", hold, answer: "not_found" };
      const { state, payment, quantity, refunded_quantity: givenBack = 0, expires_at } = call.body;
      // The check that nothing is stuck tells one from the other in the end.
      const paid = payment?.state === "refund_due" ? "refunded" : (payment?.state ?? null);
      const shown = { state: state as HoldState, payment: paid as PaymentState | null };
      const expiresAtMs = expires_at === null ? null : Date.parse(expires_at);
      return { type: "show", hold, answer: { ...shown, quantity, givenBack, expiresAtMs } };
    }
  }
}
