// What was recorded, as one history per ticket type for the checker.

import { ticketTypeIdOf } from "../../src/platform/ids.ts";
import type { HoldState, Outcome, PaymentState } from "./hold-model.ts";
import { type Answered, CANCEL_ANSWERS, type History, type Operation, PAY_ANSWERS } from "./operations.ts";
import type { Body, Call, EndState, Request } from "./record.ts";
import type { TicketType } from "./sale.ts";

/** Calls that are one operation: repeated with its key, a request has one effect. */
export interface Attempts {
  readonly request: Request;
  readonly buyer: number;
  readonly calls: readonly Call[];
  /** The first of them that got a reply; null where none did. */
  readonly answered: Call | null;
}

const NOT_ON_SALE = { type: "not_on_sale" } as const;

export function historyOf(ticket: TicketType, end: EndState, holdMs: number, clockToleranceMs: number): History {
  const own = groupAttempts(end.calls).filter(({ request }) => ticketOf(request) === ticket.id);
  const learned = learn(own, end, clockToleranceMs);
  const off = end.changes.find((change) => change.type === "call_off" && change.ticket.id === ticket.id);
  const operations = own
    .flatMap((attempts) => operationOf(attempts, ticket, holdMs, learned.get(attempts) ?? null))
    // One that was almost deleted is off sale for a while.
    .filter(({ type, answer }) => type !== "reserve" || answer.type !== "not_on_sale" || off !== undefined);
  const { held, sold } = end.counted.get(ticket.id) ?? { held: 0, sold: 0 };
  if (off !== undefined) operations.push({ type: "call_off", answer: "done", startMs: off.startMs, endMs: off.endMs });
  operations.push({ type: "taken", answer: held + sold, ...end.countedMs });
  return { capacity: ticket.capacity, holdMs, clockToleranceMs, operations };
}

/** With a key all calls that succeeded, or may have, are one operation; each refusal is its own. */
export function groupAttempts(calls: readonly Call[]): Attempts[] {
  return sameRequests(calls).flatMap((group) => {
    const refused = group.filter(({ outcome }) => outcome === "refused").map((call) => [call]);
    const counted = group.filter(({ outcome }) => outcome !== "refused");
    return [...refused, counted].flatMap((own) => {
      const [first] = own;
      if (first === undefined) return [];
      const { request, buyer } = first;
      return [{ request, buyer, calls: own, answered: own.find(({ outcome }) => outcome !== "unknown") ?? null }];
    });
  });
}

/** The calls by request and key; a call without a key is a request of its own. */
export function sameRequests(calls: readonly Call[]): Call[][] {
  const groups = Map.groupBy(calls, (call) => {
    const { request } = call;
    const key = "key" in request ? request.key : null;
    return key === null ? call : JSON.stringify([call.buyer, request]);
  });
  return [...groups.values()];
}

/** `/problems/sold-out` is `sold_out`. */
export function problemOf(body: Body | null): string {
  return (body?.type ?? "").replace("/problems/", "").replaceAll("-", "_");
}

function ticketOf(request: Request): string {
  return request.type === "reserve" ? request.ticket : ticketTypeIdOf(request.reservation);
}

/**
 * Matches reservations whose reply was lost with the requests that made them: the buyer's latest
 * unanswered one of that size. A buyer sends one at a time, so there is hardly ever a second.
 */
function learn(own: readonly Attempts[], end: EndState, clockToleranceMs: number): Map<Attempts, Body> {
  const reserves = own.filter(({ request }) => request.type === "reserve");
  const replied = new Set(reserves.map(({ answered }) => answered?.body?.id));
  const learned = new Map<Attempts, Body>();
  const unknown = [...end.shown.values()].filter(({ id }) => !replied.has(id));
  for (const reservation of unknown.sort((a, b) => a.created_at.localeCompare(b.created_at))) {
    const made = reserves.findLast(
      (attempts) =>
        attempts.request.type === "reserve" &&
        attempts.answered === null &&
        attempts.request.ticket === reservation.ticket &&
        attempts.buyer === end.buyerOf.get(reservation.id) &&
        attempts.request.quantity === reservation.quantity &&
        startOf(attempts) <= Date.parse(reservation.created_at) + clockToleranceMs &&
        !learned.has(attempts),
    );
    if (made !== undefined) learned.set(made, reservation);
  }
  return learned;
}

function startOf({ calls }: Attempts): number {
  return Math.min(...calls.map(({ startMs }) => startMs));
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
    case "reserve": {
      const { quantity } = request;
      const made = ok ? call.body : learned;
      if (made !== null) {
        const createdAtMs = Date.parse(made.created_at);
        // One that is found confirmed does not say when its hold would have ended.
        const expiresAtMs = made.expires_at === null ? createdAtMs + holdMs : Date.parse(made.expires_at);
        return { type: "reserve", quantity, answer: { type: "granted", hold: made.id, createdAtMs, expiresAtMs } };
      }
      if (problemOf(call?.body ?? null) === "not_on_sale") return { type: "reserve", quantity, answer: NOT_ON_SALE };
      // All reservations were looked for: an unanswered request that left none did not happen.
      if (problemOf(call?.body ?? null) !== "sold_out") return null;
      return { type: "reserve", quantity, answer: { type: "sold_out", available: call?.body?.available ?? -1 } };
    }
    case "pay": {
      const answered = ok ? (ticket.priceMinor === 0 ? "confirmed" : "accepted") : problemOf(call?.body ?? null);
      const answer = call === null ? "unknown" : PAY_ANSWERS.find((known) => known === answered);
      const outcome: Outcome = request.method?.includes("Declined") ? "fails" : "succeeds";
      return answer === undefined ? null : { type: "pay", hold: request.reservation, outcome, answer };
    }
    case "cancel": {
      const answered = ok ? (call.status === 202 ? "deferred" : "done") : problemOf(call?.body ?? null);
      const answer = call === null ? "unknown" : CANCEL_ANSWERS.find((known) => known === answered);
      return answer === undefined ? null : { type: "cancel", hold: request.reservation, answer };
    }
    case "show": {
      if (call === null) return null;
      const hold = request.reservation;
      if (!ok || call.body === null) return { type: "show", hold, answer: "not_found" };
      const { state, payment, quantity, expires_at } = call.body;
      // The check that nothing is stuck tells one from the other in the end.
      const paid = payment?.state === "refund_due" ? "refunded" : (payment?.state ?? null);
      const shown = { state: state as HoldState, payment: paid as PaymentState | null };
      const expiresAtMs = expires_at === null ? null : Date.parse(expires_at);
      return { type: "show", hold, answer: { ...shown, quantity, expiresAtMs } };
    }
  }
}
