// A buyer's calendar. The public one of an event is a page of the catalogue.

import { eq } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as z from "zod";
import { isOneOf } from "../../platform/d1/ids.ts";
import { events, ticketTypes } from "../../platform/d1/schema/catalogue.ts";
import { EXAMPLES } from "../http/examples.ts";
import { problem } from "../http/problems.ts";
import { fileReply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { findOrder } from "../orders/lookup.ts";
import { OrderPath } from "../orders/schemas.ts";
import { entriesOfOrder, type TicketTypeAtEvent } from "./entries.ts";
import { calendarOf } from "./icalendar.ts";

export const getOrderCalendar = route({
  operationId: "getOrderCalendar",
  access: "session",
  tag: "Orders",
  summary: "Show when and where the events of an order are, as a calendar has them (iCalendar)",
  pathParameters: OrderPath,
  examples: { path: { id: EXAMPLES.order } },
  replies: [
    {
      status: 200,
      description: "A calendar with an entry for each event. What was given back, or called off, is cancelled in it",
      schema: z.string(),
      contentType: "text/calendar",
    },
  ],
  async handle({ path, session, env }) {
    const order = await findOrder(env, path.id, session.accountId);
    if (order === null) return problem("not-found");
    const ids = [...new Set(order.items.map(({ ticketTypeId }) => ticketTypeId))];
    return fileReply("text/calendar", calendarOf(entriesOfOrder(order, await ticketTypesWithIds(env.DB, ids))));
  },
});

async function ticketTypesWithIds(d1: D1Database, ids: readonly string[]): Promise<Map<string, TicketTypeAtEvent>> {
  const rows = await drizzle(d1)
    .select({ id: ticketTypes.id, name: ticketTypes.name, event: events })
    .from(ticketTypes)
    .innerJoin(events, eq(events.id, ticketTypes.eventId))
    .where(isOneOf(ticketTypes.id, ids));
  return new Map(rows.map(({ id, name, event }) => [id, { name, event }]));
}
