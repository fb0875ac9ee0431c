// Differences, as the API shows them.

import type * as z from "zod";
import { DIFFERENCES } from "./differences.ts";
import type { Difference } from "./reconcile.ts";
import type { Reconciliation } from "./schemas.ts";

export function presentDifference(difference: Difference): z.output<typeof Reconciliation>["differences"][number] {
  const { kind, ticketTypeId, reservationId, paymentId, object, elsewhere, repaired } = difference;
  return {
    kind,
    meaning: DIFFERENCES[kind],
    ticket: ticketTypeId,
    reservation: reservationId,
    payment: paymentId,
    object: withoutBuyer(object),
    elsewhere: withoutBuyer(elsewhere),
    repaired,
  };
}

/** Organisers may see what differs, but not who bought. */
function withoutBuyer(record: unknown): unknown {
  if (typeof record !== "object" || record === null) return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => name !== "accountId"));
}
