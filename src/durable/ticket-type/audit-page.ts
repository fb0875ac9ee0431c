// A part of the ledger, for reconciliation with the copies in D1 and the provider's own ledger.

import type { Reservation } from "../../domain/reservation.ts";
import { copyOf, passCopyOf } from "./projection.ts";
import type { AuditedReservation, AuditPage, AuditQuestion, TicketTypeState } from "./protocol.ts";
import type { Store } from "./store.ts";

export function auditPage(store: Store, ticketType: TicketTypeState, question: AuditQuestion): AuditPage {
  const limit = "ids" in question ? question.ids.length : question.limit;
  const found =
    "ids" in question ? store.reservationsWithIds(question.ids) : store.reservationsAfter(question.after, limit + 1);
  const asked = found.slice(0, limit);
  return {
    ticketType,
    counted: question.count ? store.ticketsByState() : null,
    reservations: withPasses(store, asked, ticketType.ticketTypeId),
    more: found.length > limit,
  };
}

function withPasses(store: Store, asked: readonly Reservation[], ticketTypeId: string): AuditedReservation[] {
  const passes = store.passes.storedOf(asked.map(({ id }) => id)).map((pass) => passCopyOf(pass, ticketTypeId));
  const byReservation = Map.groupBy(passes, ({ reservationId }) => reservationId);
  return asked.map((one) => ({ ...audited(one, ticketTypeId), passes: byReservation.get(one.id) ?? [] }));
}

function audited(reservation: Reservation, ticketTypeId: string): AuditedReservation {
  const { orderId } = reservation;
  const payments = reservation.payments.map(({ id, state, method }) => ({ id, state, isCharged: method !== null }));
  const ofKind = (isCharged: boolean) =>
    payments.filter((payment) => payment.isCharged === isCharged).map(({ id, state }) => ({ id, state }));
  // Alone, nothing is charged for a free one.
  const parts = orderId === null ? [] : ofKind(false);
  return { copy: copyOf(reservation, ticketTypeId), payments: ofKind(true), parts };
}
