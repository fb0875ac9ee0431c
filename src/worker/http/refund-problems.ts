// Why something is not given back, as a problem.

import type { OrderRefundRefusal } from "../../domain/order-refunds.ts";
import { passIdOf } from "../../domain/pass.ts";
import type { ReservationRefundRefusal } from "../../domain/reservation-refunds.ts";
import { iso, isoOrNull, money } from "../../platform/wire.ts";
import { invalid, problem } from "./problems.ts";

export type RefundRefused = ReservationRefundRefusal | OrderRefundRefusal | { readonly type: "unavailable" };

/** Of a request for a refund, or of a `DELETE` of what is confirmed. */
export const REFUND_PROBLEMS = ["nothing-paid", "refund-exceeds"] as const;

/** `currency`: of the payment, where something is left of it. */
export function refuseRefund(refusal: RefundRefused, currency: string): Response {
  switch (refusal.type) {
    case "reservation_unknown":
    case "order_unknown":
    case "refund_unknown":
      return problem("not-found");
    case "part_of_order":
      // The order is named where the reservation was read.
      return problem("part-of-order", { members: { order: null } });
    case "already_refunded":
      return problem("already-refunded");
    case "unavailable":
      return problem("unavailable");
    case "nothing_paid":
      return problem("nothing-paid");
    case "refund_exceeds": {
      const items = refusal.items.map(({ reservationId, quantity }) => ({ reservation: reservationId, quantity }));
      return problem("refund-exceeds", { members: { left: money(refusal.leftMinor, currency), items } });
    }
    case "refund_item_unknown":
      return invalid(`items.${refusal.item}.reservation`, "is not part of what was bought");
    case "refund_pass_unknown":
      return invalid(`items.${refusal.item}.passes.${refusal.pass}`, "is not part of what was bought");
    case "refund_pass_revoked":
      return problem("pass-revoked", { members: { pass: passIdOf(refusal), revoked_at: iso(refusal.revokedAtMs) } });
    case "refund_not_failed":
      return problem("refund-not-failed", { detail: `It is ${refusal.state}.`, members: { state: refusal.state } });
    case "refund_not_by_hand":
      return problem("refund-not-by-hand");
    case "not_refundable": {
      const { refundableUntilMs } = refusal;
      const detail =
        refundableUntilMs === null
          ? "Buyers can't give it back."
          : "The time in which buyers can give it back is over.";
      return problem("already-confirmed", { detail, members: { refundable_until: isoOrNull(refundableUntilMs) } });
    }
    case "idempotency_key_reused":
      return problem("idempotency-key-reused");
  }
}
