// How an organiser sees the orders of an event, and a day's report.

import { methodOf } from "../../domain/counter.ts";
import { ORDER_ID_PATTERN } from "../../domain/id-forms.ts";
import type { OrderView } from "../../domain/order.ts";
import { sumsBy } from "../../domain/sums.ts";
import { iso, money, type NamesByTicketType, presentNamedOrder, presentNames } from "../../platform/wire.ts";
import type { EventRow, TicketTypeRow } from "../catalogue/queries.ts";
import { viewOfOrderRow } from "../orders/queries.ts";
import { viewOfRow } from "../reservations/queries.ts";
import type { ReportLine, SaleRow } from "./queries.ts";

/** A sale as its object would show it: what was made alone is as an order of one item. */
export function viewOfSale(row: SaleRow, nowMs: number): OrderView {
  if ("order" in row) return viewOfOrderRow(row.order, nowMs);
  const { ticketTypeId, priceId, priceName, code, acceptedTerms, quantity, unitPriceMinor, givenBack, ...reservation } =
    row.reservation;
  const accepted = acceptedTerms === null ? {} : { acceptedTerms };
  const item = { reservationId: reservation.id, ticketTypeId, priceId, priceName, code, ...accepted };
  const { state, payment, refunds } = viewOfRow(row.reservation, nowMs);
  const items = [{ ...item, quantity, unitPriceMinor, givenBack }];
  return { ...reservation, items, state, payment, refunds: refunds ?? [], counter: null };
}

/** What an order's object does not know of it. */
export type AboutSale = Pick<SaleRow, "buyer" | "isDisputed">;

/** With the event's items alone: others are not its organiser's, or may be another's one day. */
export function presentEventOrder(
  order: OrderView,
  { buyer, isDisputed }: AboutSale,
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
    kind: ORDER_ID_PATTERN.test(order.id) ? ("order" as const) : ("reservation" as const),
    method: methodOf(counter),
    buyer: buyer && { email: buyer.email, guest: buyer.isGuest },
    sold_by: counter?.soldBy ?? null,
    taken_by: counter?.takenBy ?? null,
    customer: counter && { name: counter.customerName, email: counter.customerEmail },
    note: counter?.note ?? null,
    disputed: isDisputed,
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
