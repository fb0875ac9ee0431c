// How attendees are shown, as JSON and as a line of a file.

import { exponentOf } from "../../domain/currency.ts";
import { passIdOf } from "../../domain/pass.ts";
import { iso, isoOrNull, money } from "../../platform/wire.ts";
import { row } from "./csv.ts";
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

export interface FileOptions {
  readonly names: Names;
  readonly timeZone: string;
  readonly separator: string;
}

export function headings({ separator }: FileOptions): string {
  return row(HEADINGS, separator);
}

/** Times are the event's own, as people write them down: `2027-06-12 20:15:00`. */
export function lineOf(attendee: Attendee, { names, timeZone, separator }: FileOptions): string {
  const { unitPriceMinor, currency, priceName, admittedAtMs } = attendee;
  const decimals = exponentOf(currency);
  const amount = (unitPriceMinor / 10 ** decimals).toFixed(decimals);
  const clock = clockOf(timeZone);
  return row(
    [
      attendee.name ?? "",
      attendee.email ?? "",
      names.get(attendee.ticketTypeId) ?? "",
      priceName,
      separator === ";" ? amount.replace(".", ",") : amount,
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

const clocks = new Map<string, Intl.DateTimeFormat>();

function clockOf(timeZone: string): (atMs: number) => string {
  // To make one takes longer than to write a line.
  const format = clocks.get(timeZone) ?? new Intl.DateTimeFormat("sv-SE", { timeZone, ...SHOWN });
  clocks.set(timeZone, format);
  return (atMs) => format.format(atMs);
}

const SHOWN = { dateStyle: "short", timeStyle: "medium" } as const;
