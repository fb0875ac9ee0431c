// Who comes to an event, for its organiser: a list, and a file for spreadsheets.

import * as z from "zod";
import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { Cursor } from "../../platform/d1/cursors.ts";
import { ticketTypesOf } from "../catalogue/queries.ts";
import { managedEvent } from "../catalogue/routes.ts";
import { MAX_FOUND } from "../door/search-queries.ts";
import { EXAMPLES } from "../http/examples.ts";
import { IdPath } from "../http/fields.ts";
import { page, pageReply, reply, spreadsheet } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { type FileOptions, fileOptions, namesOf } from "./csv.ts";
import { headings, lineOf, presentAttendee } from "./presenters.ts";
import { type Attendee as AttendeeRow, attendeesAfter, attendeesOf, placeOf } from "./queries.ts";
import { Attendee, AttendeeQuery, FileQuery } from "./schemas.ts";
import { findReservations } from "./search.ts";

/** A page of a file: some tens of kilobytes, and D1 answers in some ten milliseconds. */
const READ_AT_ONCE = 500;

export const listAttendees = route({
  operationId: "listAttendees",
  access: "manager",
  scope: "orders:read",
  tag: "Organisers",
  summary: "List or find who comes to an event: one for each pass",
  pathParameters: IdPath,
  query: AttendeeQuery,
  examples: { path: { id: EXAMPLES.event } },
  replies: [pageReply(Attendee, "/events/…/attendees")],
  async handle({ request, path, query, session, env }) {
    const event = await managedEvent(env, path.id, session);
    const ticketTypes = await ticketTypesOf(env.DB, event.id);
    const names = namesOf(ticketTypes);
    const { q, limit, cursor = null } = query;
    if (q !== undefined) {
      const ids = await findReservations(env.DB, q, event.id, ticketTypes);
      const found = await attendeesOf(env.DB, ids, MAX_FOUND);
      return reply(
        200,
        found.map((attendee) => presentAttendee(attendee, names)),
      );
    }
    const rows = await attendeesAfter(env.DB, [...names.keys()], placeAt(cursor), limit + 1);
    return page(request, rows, limit, (row) => presentAttendee(row, names), placeOf);
  },
});

export const getAttendeesFile = route({
  operationId: "getAttendeesFile",
  access: "manager",
  scope: "orders:read",
  tag: "Organisers",
  summary: "Download who comes to an event, for a spreadsheet",
  pathParameters: IdPath,
  query: FileQuery,
  examples: { path: { id: EXAMPLES.event } },
  replies: [
    {
      status: 200,
      description: "One line for each pass that is not revoked, after a line of headings. What breaks off is not whole",
      schema: z.string(),
      contentType: "text/csv",
    },
  ],
  async handle({ path, query, session, env }) {
    const event = await managedEvent(env, path.id, session);
    const options = fileOptions(event, await ticketTypesOf(env.DB, event.id), query.separator);
    return spreadsheet(`attendees-${event.id}`, headings(options), linesOf(env.DB, options));
  },
});

/** Written as it is read, so that no file is too long for the memory of a Worker. */
async function* linesOf(d1: D1Database, options: FileOptions): AsyncGenerator<string> {
  const ids = [...options.names.keys()];
  for (let after: Cursor | null = null; ; ) {
    const rows: AttendeeRow[] = await attendeesAfter(d1, ids, placeAt(after), READ_AT_ONCE);
    const shown = rows.filter(({ state }) => state !== "revoked");
    yield shown.map((row) => lineOf(row, options)).join("");
    const last = rows.at(-1);
    if (last === undefined || rows.length < READ_AT_ONCE) return;
    after = placeOf(last);
  }
}

function placeAt(cursor: Cursor | null) {
  if (cursor === null) return null;
  return { reservationId: cursor.id, number: cursor.atMs, ticketTypeId: ticketTypeIdOf(cursor.id) };
}
