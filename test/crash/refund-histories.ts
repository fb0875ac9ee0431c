// What was given back of one ticket type, as operations of its history.

import { ticketTypeIdOf } from "../../src/domain/id-forms.ts";
import { type GivingBack, type Operation, REFUND_REFUSALS } from "./operations.ts";
import { isQuick } from "./order-histories.ts";
import type { Body, Bought, EndState, GivenBack } from "./record.ts";
import type { TicketType } from "./sale.ts";
import { CALLED_OFF_REASON } from "./verify-refunds.ts";

// Nothing was left to do when the objects began to count.
const BEFORE_MS = 0.001;

/** When somebody may have made it. `endMs`: by when it was done, as its reply says. */
export interface RefundWindow {
  readonly startMs: number;
  readonly endMs: number;
}

export function refundOperations({ id: ticketTypeId }: TicketType, end: EndState): Operation[] {
  const made = [...end.shown.values(), ...end.shownOrders.values()].flatMap((bought) =>
    (bought.refunds ?? []).flatMap((refund) => operationsOf(bought, refund, end)),
  );
  return [...made, ...end.refusedRefunds.flatMap((refused) => refusalsOf(refused, end))].filter(
    (operation) => ticketTypeIdOf(operation.hold) === ticketTypeId,
  );
}

function operationsOf(bought: Body, refund: GivenBack, end: EndState): (GivingBack & Operation)[] {
  const times = windowOf(bought, refund, end);
  const isCallingOff = refund.reason === CALLED_OFF_REASON;
  return refund.items.map(({ reservation: hold, quantity }) => {
    const restocked = refund.restock ? quantity : 0;
    return { type: "refund", hold, quantity, restocked, isCallingOff, answer: "done", ...times };
  });
}

/** Each has one request: the organiser's, the buyer's, or that of the calling-off. */
export function windowOf(bought: Body, refund: GivenBack, end: EndState): RefundWindow {
  const atRestMs = end.countedMs.startMs - BEFORE_MS;
  const of = bought.items === undefined ? "reservations" : "orders";
  if (refund.reason === CALLED_OFF_REASON) return { startMs: calledOffFromMs(bought, end), endMs: atRestMs };
  if (refund.requested_by === "buyer") return windowOfBuyers(of, bought.id, end, atRestMs);
  const asked = end.refunds.find(({ id }) => id === bought.id);
  if (asked === undefined) return { startMs: Number.POSITIVE_INFINITY, endMs: atRestMs };
  return { startMs: asked.startMs, endMs: isDoneBy(of, asked) ? asked.endMs : atRestMs };
}

function windowOfBuyers(of: Bought["of"], id: string, end: EndState, atRestMs: number): RefundWindow {
  const asked = end.calls.filter(
    ({ request, outcome }) => request.type === "cancel" && request.id === id && outcome !== "refused",
  );
  const startMs = Math.min(...asked.map((call) => call.startMs));
  const done = asked.filter((call) => call.status === 200 && isDoneBy(of, call));
  return { startMs, endMs: Math.min(atRestMs, ...done.map((call) => call.endMs)) };
}

/** An order's ticket types hear of it before a quick reply, or some time later. */
function isDoneBy(of: Bought["of"], times: RefundWindow): boolean {
  return of === "reservations" || isQuick(times);
}

function calledOffFromMs({ ticket, items = [] }: Body, { changes }: EndState): number {
  const tickets = [ticket, ...items.map((item) => item.ticket)];
  const off = changes.filter(({ isRefunding, ticket: { id } }) => isRefunding && tickets.includes(id));
  return Math.min(...off.map(({ startMs }) => startMs));
}

/**
 * Nothing was sold then, or all tickets had gone back. Of an order that says nothing of what its
 * ticket types have taken back by then.
 */
function refusalsOf({ of, id, wanted, problem, startMs, endMs }: EndState["refusedRefunds"][number], end: EndState) {
  const answer = REFUND_REFUSALS.find((known) => known === problem);
  const isOfTickets = of === "reservations" && wanted.what !== "money";
  if (answer === undefined || (answer === "refund_exceeds" && !isOfTickets)) return [];
  const holds = of === "reservations" ? [id] : (end.shownOrders.get(id)?.items ?? []).map((item) => item.reservation);
  return holds.map((hold): GivingBack & Operation => {
    return { type: "refund", hold, quantity: 0, restocked: 0, isCallingOff: false, answer, startMs, endMs };
  });
}
