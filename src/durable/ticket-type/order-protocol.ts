// Plain data between an order's object and the ticket types' objects. During a deployment their
// versions differ: fields may be added, never renamed.

import type { OrderStep, StepResult } from "../../domain/order.ts";
import type { ParticipantStep } from "../../domain/participation.ts";
import type { NamedPass } from "../../domain/refund-passes.ts";
import type { ReservationView } from "../../domain/reservation.ts";
import type { ReserveRequest, ReserveResult, Result } from "./protocol.ts";

/** One of an order's items, to be held with the others of its ticket type. */
export type OrderHold = Omit<ReserveRequest, "orderId" | "idempotencyKey">;

/** All are held, or none. `reservationId` names the first that can't be. */
export type OrderHoldResult = Result<
  { readonly reservations: readonly ReservationView[] },
  { readonly reservationId: string; readonly because: Extract<ReserveResult, { readonly ok: false }>["refusal"] }
>;

/** A ticket type's payment that has waited long for its order. */
export interface OrderQuestion {
  readonly reservationId: string;
  readonly paymentId: string;
}

/** What an order calls. */
export interface Participant {
  holdForOrder(orderId: string, holds: readonly OrderHold[]): Promise<OrderHoldResult>;
  takeOrderSteps(orderId: string, steps: readonly ParticipantStep[]): Promise<StepResult[]>;
  /** Until when buyers may give these reservations back; null: not at all. */
  refundableUntil(reservationIds: readonly string[]): Promise<number | null>;
  /** When its event ends; null where nobody has said. Objects of version 16 do not know it. */
  eventEndsMs(): Promise<number | null>;
  /**
   * Of these passes the ones that there are. An object that does not know it does not know either
   * that a step may name passes.
   */
  refundedPasses(passIds: readonly string[]): Promise<NamedPass[]>;
}

/** What a ticket type calls. */
export interface Coordinator {
  /** What became of the payments, in order; null for one that is not decided. */
  outcomes(questions: readonly OrderQuestion[]): Promise<(OrderStep | null)[]>;
  /** Holds were released because their event was called off. The order would find out later. */
  lost(reservationIds: readonly string[]): Promise<void>;
  /**
   * The event of these ticket types was called off, and what the order has left of them is
   * refunded. Returns once that is on record. Objects of version 6 do not know it.
   */
  calledOff(ticketTypeIds: readonly string[]): Promise<void>;
}

/** Objects by their name, as the platform offers them. */
export interface Objects<T> {
  getByName(name: string): T;
}
