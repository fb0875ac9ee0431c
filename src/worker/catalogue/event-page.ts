// One page of the list of events, as clients see it.

import type * as z from "zod";
import { linkTo } from "../http/replies.ts";
import { listEvents } from "./event-list.ts";
import { presentEvent } from "./presenters.ts";
import type { EventQuery, EventSummary } from "./schemas.ts";

/** `query` is `searchParams`, parsed. `withDrafts` adds the drafts of the organiser it names. */
export async function eventPage(
  d1: D1Database,
  pathname: string,
  searchParams: URLSearchParams,
  query: z.output<typeof EventQuery>,
  withDrafts: boolean,
): Promise<{ events: z.output<typeof EventSummary>[]; link: string | undefined }> {
  const { events, next } = await listEvents(d1, query, withDrafts);
  const link = next === null ? undefined : linkTo(pathname, searchParams, next);
  return { events: events.map((event) => presentEvent(event, event.ticketIds)), link };
}
