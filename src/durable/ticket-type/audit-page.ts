// A part of the ledger, for reconciliation with the copies in D1 and the provider's own ledger.

import { copyOf } from "./projection.ts";
import type { AuditPage, AuditQuestion, TicketTypeState } from "./protocol.ts";
import type { Store } from "./store.ts";

export function auditPage(store: Store, ticketType: TicketTypeState, question: AuditQuestion): AuditPage {
  const limit = "ids" in question ? question.ids.length : question.limit;
  const found =
    "ids" in question ? store.reservationsWithIds(question.ids) : store.reservationsAfter(question.after, limit + 1);
  const asked = found.slice(0, limit);
  return {
    ticketType,
    counted: question.count ? store.ticketsByState() : null,
    reservations: asked.map((one) => ({
      copy: copyOf(one, ticketType.ticketTypeId),
      payments: one.payments.filter(({ method }) => method !== null).map(({ id, state }) => ({ id, state })),
    })),
    more: found.length > limit,
  };
}
