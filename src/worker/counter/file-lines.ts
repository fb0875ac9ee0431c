// The orders of an event as lines of a file: one for each of their items.

import { methodOf } from "../../domain/counter.ts";
import { amountCell, clockOf, type FileOptions, row } from "../attendees/csv.ts";
import { viewOfSale } from "./presenters.ts";
import type { SaleRow } from "./queries.ts";

const HEADINGS = [
  ...["Order", "Made", "Paid", "State", "Method", "Name", "Email", "Ticket", "Price", "Code"],
  ...["Quantity", "Given back", "Unit price", "Total", "Currency", "Note"],
];

export function headings({ separator }: FileOptions): string {
  return row(HEADINGS, separator);
}

/** Items for other events are not this organiser's to read. */
export function linesOf(sale: SaleRow, { names, timeZone, separator }: FileOptions, nowMs: number): string {
  const { id, createdAtMs, state, currency, items, counter = null } = viewOfSale(sale, nowMs);
  const { paidAtMs } = "order" in sale ? sale.order : sale.reservation;
  const clock = clockOf(timeZone);
  const shared = [
    ...[id, clock(createdAtMs), paidAtMs === null ? "" : clock(paidAtMs), state, methodOf(counter)],
    ...[counter?.customerName ?? "", sale.buyer?.email ?? counter?.customerEmail ?? ""],
  ];
  const lines = items.flatMap((item) => {
    const { ticketTypeId, priceName = "", code = null, quantity, givenBack = 0, unitPriceMinor } = item;
    const name = names.get(ticketTypeId);
    if (name === undefined) return [];
    const amount = (minor: number) => amountCell(minor, currency, separator);
    const cells = [name, priceName, code ?? "", quantity, givenBack, amount(unitPriceMinor)];
    return row([...shared, ...cells, amount(quantity * unitPriceMinor), currency, counter?.note ?? ""], separator);
  });
  return lines.join("");
}
