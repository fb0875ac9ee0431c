// How attendees are shown, as JSON and as a line of a file.

import { passIdOf } from "../../domain/pass.ts";
import { iso, isoOrNull, money } from "../../platform/wire.ts";
import { amountCell, clockOf, type FileOptions, row } from "./csv.ts";
import type { Attendee } from "./queries.ts";

type Names = ReadonlyMap<string, string>;

export function presentAttendee(attendee: Attendee, names: Names) {
  const { reservationId, orderId, ticketTypeId, priceId, priceName, unitPriceMinor, currency, code } = attendee;
  return {
    pass: passIdOf(attendee),
    reservation: reservationId,
    order: orderId,
    name: attendee.name,
    email: attendee.email,
    ticket: ticketTypeId,
    ticket_name: names.get(ticketTypeId) ?? "",
    price: priceId ?? ticketTypeId,
    price_name: priceName,
    unit_price: money(unitPriceMinor, currency),
    code,
    bought_at: iso(attendee.boughtAtMs),
    state: attendee.state,
    admitted_at: isoOrNull(attendee.admittedAtMs),
    gate: attendee.gate,
    disputed: attendee.isDisputed,
  };
}

const HEADINGS = [
  ...["Name", "Email", "Ticket", "Price", "Amount", "Currency", "Code", "State", "Bought", "Admitted", "Gate"],
  ...["Order", "Pass", "Disputed"],
];

export function headings({ separator }: FileOptions): string {
  return row(HEADINGS, separator);
}

export function lineOf(attendee: Attendee, { names, timeZone, separator }: FileOptions): string {
  const { unitPriceMinor, currency, priceName, admittedAtMs } = attendee;
  const clock = clockOf(timeZone);
  return row(
    [
      attendee.name ?? "",
      attendee.email ?? "",
      names.get(attendee.ticketTypeId) ?? "",
      priceName,
      amountCell(unitPriceMinor, currency, separator),
      currency,
      attendee.code ?? "",
      attendee.state,
      clock(attendee.boughtAtMs),
      admittedAtMs === null ? "" : clock(admittedAtMs),
      attendee.gate ?? "",
      attendee.orderId ?? attendee.reservationId,
      passIdOf(attendee),
      attendee.isDisputed ? "yes" : "",
    ],
    separator,
  );
}
