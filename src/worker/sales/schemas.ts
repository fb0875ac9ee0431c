// What an event has sold, in all and over time.

import * as z from "zod";
import { INTERVALS } from "../../domain/days.ts";
import { Id, Instant, Money } from "../http/fields.ts";

export const SalesQuery = z.strictObject({
  from: Instant.optional().meta({ description: "Where the series begins: 30 intervals before `to` if it is left out" }),
  to: Instant.optional().meta({ description: "Where it ends: now if it is left out" }),
  interval: z
    .enum(INTERVALS)
    .default("day")
    .meta({ description: "Days and hours are those of the event's time zone: a day may have 23 or 25 hours" }),
});

const Sold = {
  tickets: z.int().min(0).meta({ description: "Tickets that were paid for, also where they were given back since" }),
  refunded_tickets: z.int().min(0).meta({ description: "Tickets that were given back" }),
  taken: Money.meta({ description: "What the tickets cost" }),
  given_back: Money.meta({ description: "By refunds that succeeded" }),
};
const Refunding = Money.meta({ description: "By refunds that are due or under way" });

const OfPrice = { price: Id, price_name: z.string(), ...Sold };

export const EventSales = z
  .strictObject({
    timezone: z.string(),
    interval: z.enum(INTERVALS),
    from: Instant.meta({ description: "The beginning of the first interval" }),
    to: Instant.meta({ description: "The end of the last one" }),
    first_sale_at: Instant.nullable().meta({
      description: "The hour in which the first ticket was sold, as the beginning of a series; null before that",
    }),
    totals: z
      .array(z.strictObject({ ...Sold, refunding: Refunding }))
      .meta({ description: "Of all time, for each currency" }),
    ticket_types: z
      .array(
        z.strictObject({
          ticket: Id,
          name: z.string(),
          capacity: z.int().min(0),
          held: z.int().min(0),
          available: z.int().min(0).meta({ description: "Neither held nor sold, on sale or not" }),
          prices: z.array(z.strictObject({ ...OfPrice, refunding: Refunding })),
        }),
      )
      .meta({ description: "Of all time, for each ticket type and price of the event" }),
    series: z
      .array(
        z.strictObject({
          from: Instant,
          to: Instant,
          prices: z
            .array(z.strictObject({ ticket: Id, ...OfPrice }))
            .meta({ description: "Prices at which something was sold or given back in it" }),
        }),
      )
      .meta({ description: "Each interval, the oldest first. A sale counts when it was paid for" }),
  })
  .meta({ id: "EventSales" });
