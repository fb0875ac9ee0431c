// What organisers gave back of one ticket type, as operations of its history.

import { ticketTypeIdOf } from "../../src/domain/id-forms.ts";
import type { Operation } from "./operations.ts";
import { isQuick } from "./order-histories.ts";
import type { EndState } from "./record.ts";
import type { TicketType } from "./sale.ts";

// Nothing was left to do when the objects began to count.
const BEFORE_MS = 0.001;

/** Of each thing that was bought somebody asks once: its refund is that of the request. */
export function refundOperations({ id: ticketTypeId }: TicketType, end: EndState): Operation[] {
  return [...end.shown.values(), ...end.shownOrders.values()].flatMap(({ id, refunds = [] }) => {
    const asked = end.refunds.find((request) => request.id === id);
    const items = refunds.flatMap((refund) => refund.items);
    const own = items.filter(({ reservation }) => ticketTypeIdOf(reservation) === ticketTypeId);
    return own.map(({ reservation: hold, quantity }): Operation => {
      const startMs = asked?.startMs ?? Number.POSITIVE_INFINITY;
      // An order's ticket types hear of it before a quick reply, or some time later.
      const isDone = asked !== undefined && (asked.of === "reservations" || isQuick(asked));
      return {
        type: "refund",
        hold,
        quantity,
        answer: "done",
        startMs,
        endMs: isDone ? asked.endMs : end.countedMs.startMs - BEFORE_MS,
      };
    });
  });
}
