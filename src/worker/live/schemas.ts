// What the live routes take, and what a live ticket looks like.

import * as z from "zod";
import { MAX_TICKET_TYPES } from "../catalogue/schemas.ts";
import { Instant } from "../http/fields.ts";

// More than a page of the list of events has by default, and fewer than D1's 100 parameters.
const MAX_EVENTS = 50;
/** What opens a stream where no token can be sent. */
export const LiveTicketQuery = z.strictObject({
  ticket: z.string().max(1_000).optional().meta({ description: "A live ticket, in place of a token" }),
});
export const LiveTicket = z
  .strictObject({
    ticket: z.string().meta({ description: "Opens one stream or WebSocket of this reservation or order, once" }),
    expires_at: Instant.meta({ description: "When it must have been used" }),
    url: z.string().meta({ description: "Where to use it, relative to this service" }),
  })
  .meta({ id: "LiveTicket" });

export const LiveQuery = z.strictObject({
  events: z
    .string()
    .max(2_000)
    // A page can't know which events have just become drafts: one bad id must not end the others.
    .transform((ids) => [...new Set(ids.split(","))])
    .refine((ids) => ids.length <= MAX_EVENTS, `must be at most ${MAX_EVENTS} ids`)
    .meta({
      override: { type: "string", maxLength: 2_000 },
      description: `Ids of events, separated by commas, at most ${MAX_EVENTS}, with at most ${MAX_TICKET_TYPES} ticket types in all. What is no event that the caller may see is left out; if none is left, the reply is 404`,
    }),
});
