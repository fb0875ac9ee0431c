// Payments that need a person, as the API shows them.

import type * as z from "zod";
import { iso } from "../../platform/wire.ts";
import type { ReservationRow } from "../reservations/queries.ts";
import type { UnresolvedPayment } from "./schemas.ts";

export function presentUnresolved(row: ReservationRow): z.output<typeof UnresolvedPayment> {
  return {
    payment: row.unresolvedPaymentId ?? "",
    reservation: row.id,
    ticket: row.ticketTypeId,
    state: row.unresolvedPaymentState ?? "pending",
    amount: row.unitPriceMinor * row.quantity,
    currency: row.currency,
    since: iso(row.unresolvedSinceMs ?? 0),
  };
}
