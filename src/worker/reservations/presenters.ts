// How a reservation's copy in D1 reads.

import type { PaymentView, ReservationView } from "../../domain/reservation-view.ts";
import type { ReservationRow } from "./queries.ts";

/**
 * A row of the projection as the object would show it at `nowMs`: a hold is over at its deadline,
 * though the copy may not say so yet.
 */
export function viewOfRow(row: ReservationRow, nowMs: number): ReservationView {
  const over = row.state === "held" && row.paymentState !== "pending" && nowMs >= row.expiresAtMs;
  return { ...row, state: over ? "expired" : row.state, payment: paymentOfRow(row) };
}

function paymentOfRow(row: ReservationRow): PaymentView | null {
  if (row.paymentState === null) return null;
  const code = row.paymentFailureCode;
  return {
    state: row.paymentState,
    failure: code === null ? null : { code, message: row.paymentFailureMessage ?? code },
  };
}
