// What an order does with its reservations of this ticket type, in one commit. Pure.

import type { StepResult } from "../../domain/order.ts";
import { decideOrderStep, type ParticipantStep } from "../../domain/participation.ts";
import { priceOf } from "../../domain/price.ts";
import type { Reservation } from "../../domain/reservation.ts";
import { Draft, type Plan } from "./draft.ts";
import type { OrderHold, OrderHoldResult } from "./order-protocol.ts";
import { planReservations, type ReserveFacts } from "./plan-reservations.ts";
import type { ReserveRequest, ReserveResult, TicketTypeState } from "./protocol.ts";

export interface OrderedStep {
  readonly orderId: string;
  readonly step: ParticipantStep;
}

export function holdRequests(orderId: string, holds: readonly OrderHold[]): ReserveRequest[] {
  return holds.map((hold) => ({ ...hold, orderId, idempotencyKey: null }));
}

/** Holds everything, or nothing at all: then the first that can't be held is named. */
export function planOrderHolds(
  facts: ReserveFacts,
  requests: readonly ReserveRequest[],
  nowMs: number,
): Plan<OrderHoldResult> {
  const { results: each, changes } = planReservations(facts, requests, nowMs);
  const isAtCounter = requests.some(({ counter }) => counter !== undefined);
  const results = isAtCounter ? each : boundTogether(each, facts.ticketType);
  // A repeated call may come after the hold was let go. Unlike a buyer, the order hears of that.
  const states = new Map(facts.reservations.map(({ id, state }) => [id, state]));
  const reservations = results.flatMap((result) =>
    result.ok ? [{ ...result.reservation, state: states.get(result.reservation.id) ?? result.reservation.state }] : [],
  );
  if (reservations.length === results.length) return { results: [{ ok: true, reservations }], changes };
  const first = results.findIndex(({ ok }) => !ok);
  const refused = results[first];
  const reservationId = requests[first]?.reservationId;
  if (refused?.ok !== false || reservationId === undefined) throw new Error("there is a refusal");
  const nothing = new Draft(facts.ticketType, []).changes();
  return { results: [{ ok: false, refusal: { reservationId, because: refused.refusal } }], changes: nothing };
}

/** What one order takes at a price is bounded, in however many items it does. */
function boundTogether(results: readonly ReserveResult[], { prices }: TicketTypeState): ReserveResult[] {
  const taken = new Map<string, number>();
  return results.map((result) => {
    if (!result.ok) return result;
    const { priceId = null, quantity } = result.reservation;
    const price = priceOf(prices, priceId);
    if (price === undefined) return result;
    const total = (taken.get(price.id) ?? 0) + quantity;
    taken.set(price.id, total);
    const { minPerOrder, maxPerOrder } = price;
    if (maxPerOrder === null || total <= maxPerOrder) return result;
    return { ok: false, refusal: { type: "quantity_not_allowed", minPerOrder, maxPerOrder } };
  });
}

/** Each step on its own, in order. `reservations`: of the steps, where there are any. */
export function planOrderSteps(
  ticketType: TicketTypeState,
  reservations: readonly Reservation[],
  steps: readonly OrderedStep[],
  nowMs: number,
): Plan<StepResult> {
  const draft = new Draft(ticketType, reservations);
  const results = steps.map(({ orderId, step }): StepResult => {
    const decision = decideOrderStep(draft.find(step.reservationId), orderId, step, ticketType, nowMs);
    if (decision.type === "refused") return { ok: false, refusal: decision.refusal };
    if (step.type === "give_back") draft.namePasses(step.reservationId, step.passes ?? []);
    return { ok: true, state: draft.accept(decision).state };
  });
  return { results, changes: draft.changes() };
}
