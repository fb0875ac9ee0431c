// The orders of an event as a file for spreadsheets.

import * as z from "zod";
import type { Cursor } from "../../platform/d1/cursors.ts";
import { type FileOptions, fileOptions } from "../attendees/csv.ts";
import { FileQuery } from "../attendees/schemas.ts";
import { ticketTypesOf } from "../catalogue/queries.ts";
import { managedEvent } from "../catalogue/routes.ts";
import { EXAMPLES } from "../http/examples.ts";
import { IdPath, SaleMethod } from "../http/fields.ts";
import { spreadsheet } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { ReservationState } from "../reservations/schemas.ts";
import { headings, linesOf } from "./file-lines.ts";
import { keyOf, type OrderFilter, salesOfEvent } from "./queries.ts";

/** D1 merges twenty ranges of an index for them. */
const READ_AT_ONCE = 500;

const OrdersFileQuery = FileQuery.extend({ method: SaleMethod.optional(), state: ReservationState.optional() });

export const getEventOrdersFile = route({
  operationId: "getEventOrdersFile",
  access: "manager",
  scope: "orders:read",
  tag: "Organisers",
  summary: "Download the orders of an event, for a spreadsheet",
  pathParameters: IdPath,
  query: OrdersFileQuery,
  examples: { path: { id: EXAMPLES.event } },
  replies: [
    {
      status: 200,
      description:
        "One line for each item of an order, the newest order first, after a line of headings. What breaks off is not whole",
      schema: z.string(),
      contentType: "text/csv",
    },
  ],
  async handle({ path, query, session, env }) {
    const event = await managedEvent(env, path.id, session);
    const { method, state, separator } = query;
    const options = fileOptions(event, await ticketTypesOf(env.DB, event.id), separator);
    const lines = linesOfEvent(env.DB, event.id, { method, state, day: null }, options);
    return spreadsheet(`orders-${event.id}`, headings(options), lines);
  },
});

/** Written as it is read. Orders that are made meanwhile are newer than where it began. */
async function* linesOfEvent(
  d1: D1Database,
  eventId: string,
  filter: OrderFilter,
  options: FileOptions,
): AsyncGenerator<string> {
  const nowMs = Date.now();
  for (let after: Cursor | null = null; ; ) {
    const sales = await salesOfEvent(d1, eventId, filter, nowMs, READ_AT_ONCE, after);
    yield sales.map((sale) => linesOf(sale, options, nowMs)).join("");
    const last = sales.at(-1);
    if (last === undefined) return;
    const { createdAtMs, id } = keyOf(last);
    after = { atMs: createdAtMs, id };
  }
}
