// Who comes to an event.

import * as z from "zod";
import { PASS_STATES } from "../../domain/pass.ts";
import { MAX_SEARCH } from "../counter/schemas.ts";
import { Id, Instant, line, Money, OrderId, Page, PassId, ReservationId } from "../http/fields.ts";
import { Disputed } from "../payments/schemas.ts";

export const AttendeeQuery = Page.extend({
  q: line(MAX_SEARCH).optional().meta({
    description:
      "A part of a name, a whole e-mail address, a promotion code (then no names are looked at), a pass's code, or the id of an order, a reservation or a pass. Finds at most 100, in one page",
  }),
});

export const FileQuery = z.strictObject({
  separator: z
    .enum(["comma", "semicolon"])
    .default("comma")
    .meta({ description: "`semicolon` for spreadsheets of languages that write decimals with a comma" }),
});

export const Attendee = z
  .strictObject({
    pass: PassId,
    reservation: ReservationId,
    order: OrderId.nullable().meta({ description: "Null for a reservation that was made alone" }),
    name: z.string().nullable().meta({ description: "The holder's, or else that of the counter's customer" }),
    email: z.string().nullable().meta({
      description: "Of the person it was passed on to, or else of its buyer. A guest's is not proven",
    }),
    ticket: Id,
    ticket_name: z.string(),
    price: Id,
    price_name: z.string(),
    unit_price: Money,
    code: z.string().nullable().meta({ description: "The promotion code that opened the price" }),
    bought_at: Instant,
    state: z.enum(PASS_STATES),
    admitted_at: Instant.nullable().meta({ description: "When somebody first went in with it" }),
    gate: z.string().nullable(),
    disputed: Disputed,
  })
  .meta({ id: "Attendee", description: "A pass of the event, as the copies have it: the door may know more" });
