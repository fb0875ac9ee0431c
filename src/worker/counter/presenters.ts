// How an organiser sees the orders of an event, and a day's report.

import { methodOf } from "../../domain/counter.ts";
import type { OrderView } from "../../domain/order.ts";
import { sumsBy } from "../../domain/sums.ts";
import { iso, money, type NamesByTicketType, presentNamedOrder, presentNames } from "../../platform/wire.ts";
import type { EventRow, TicketTypeRow } from "../catalogue/queries.ts";
import type { ReportLine } from "./queries.ts";

/** With the event's items alone: others are not its organiser's, or may be another's one day. */
export function presentEventOrder(
  order: OrderView,
  event: EventRow,
  ticketTypes: readonly TicketTypeRow[],
  nowMs: number,
) {
  const names: NamesByTicketType = new Map(
    ticketTypes.map((ticketType) => [ticketType.id, presentNames({ ticketType, event })]),
  );
  const { counter = null } = order;
  // Without what only the buyer's browser may know, to go on at the card's bank.
  const payment = order.payment && { state: order.payment.state, failure: order.payment.failure };
  const items = order.items.filter(({ ticketTypeId }) => names.has(ticketTypeId));
  return {
    ...presentNamedOrder({ ...order, items, payment }, names, nowMs),
    method: methodOf(counter),
    sold_by: counter?.soldBy ?? null,
    taken_by: counter?.takenBy ?? null,
    customer: counter && { name: counter.customerName, email: counter.customerEmail },
    note: counter?.note ?? null,
  };
}

export function presentReport(
  event: EventRow,
  date: string,
  day: { readonly startMs: number; readonly endMs: number },
  lines: readonly ReportLine[],
) {
  return {
    day: date,
    timezone: event.timezone,
    from: iso(day.startMs),
    until: iso(day.endMs),
    totals: summed(lines.map((line) => ({ ...line, account: null }))).map(presentLine),
    by: summed(lines).map((line) => ({ ...presentLine(line), account: line.account })),
  };
}

const SUMS = ["orders", "tickets", "takenMinor", "refunds", "ticketsBack", "givenBackMinor"] as const;

/** One line for each method, currency and account, in this order. */
function summed(lines: readonly ReportLine[]): ReportLine[] {
  const keyOf = ({ method, currency, account }: ReportLine) => `${method} ${currency} ${account ?? ""}`;
  return sumsBy(lines, keyOf, SUMS);
}

function presentLine(line: ReportLine) {
  const { method, orders, tickets, takenMinor, refunds, ticketsBack, givenBackMinor, currency } = line;
  return {
    method,
    orders,
    tickets,
    taken: money(takenMinor, currency),
    refunds,
    refunded_tickets: ticketsBack,
    given_back: money(givenBackMinor, currency),
    net: money(takenMinor - givenBackMinor, currency),
  };
}
