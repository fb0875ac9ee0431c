// Payments and refunds that have been unsettled for a day are marked for a person, a bounded number
// at a time.

import { UNSETTLED_TOO_LONG_MS } from "../../domain/payment.ts";
import { decide } from "../../domain/reservation-decisions.ts";
import { decideRefund } from "../../domain/reservation-refunds.ts";
import { log } from "../../platform/log.ts";
import { Draft } from "./draft.ts";
import type { Ledger } from "./ledger.ts";

const PAYMENTS_PER_REVIEW = 100;

/** In the caller's transaction. */
export function reviewRefunds(ledger: Ledger, nowMs: number): void {
  const attemptIds = ledger.store.refunds.unreviewed(nowMs, PAYMENTS_PER_REVIEW);
  if (attemptIds.length === 0) return;
  const ticketType = ledger.requireTicketType();
  const draft = new Draft(ticketType, ledger.store.reservationsOf(attemptIds));
  const owners = ledger.store.refunds.ownersOf(attemptIds);
  for (const attemptId of attemptIds) {
    const reservationId = owners.get(attemptId) ?? "";
    const decision = decideRefund(draft.find(reservationId), { type: "review", attemptId }, nowMs);
    if (decision.type !== "changed") continue;
    draft.accept(decision);
    log("error", "refund needs a person", {
      ticket: ticketType.ticketTypeId,
      reservation: reservationId,
      refund: attemptId,
    });
  }
  ledger.apply(draft.changes(), nowMs);
}

/** In the caller's transaction. */
export function reviewPayments(ledger: Ledger, nowMs: number): void {
  const paymentIds = ledger.store.payments.unreviewed(nowMs - UNSETTLED_TOO_LONG_MS, PAYMENTS_PER_REVIEW);
  if (paymentIds.length === 0) return;
  const ticketType = ledger.requireTicketType();
  const reservations = ledger.store.reservationsByPayments(paymentIds);
  const draft = new Draft(ticketType, reservations);
  for (const { id, payments } of reservations) {
    for (const payment of payments.filter((one) => paymentIds.includes(one.id))) {
      const decision = decide(draft.find(id), { type: "review", paymentId: payment.id }, nowMs);
      if (decision.type !== "changed") continue;
      draft.accept(decision);
      log("error", "payment needs a person", { ticket: ticketType.ticketTypeId, reservation: id, payment: payment.id });
    }
  }
  ledger.apply(draft.changes(), nowMs);
}
