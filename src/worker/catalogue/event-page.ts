// One page of the list of events, as clients see it.

import type * as z from "zod";
import { linkTo } from "../http/replies.ts";
import { type EventFilters, listEvents } from "./event-list.ts";
import { presentEventSummary } from "./presenters.ts";
import type { EventQuery, EventSummary } from "./schemas.ts";

type Query = z.output<typeof EventQuery>;

/** `query` is `searchParams`, parsed. `withDrafts` adds the drafts of the organiser it names. */
export async function eventPage(
  d1: D1Database,
  pathname: string,
  searchParams: URLSearchParams,
  query: Query,
  withDrafts: boolean,
): Promise<{ events: z.output<typeof EventSummary>[]; link: string | undefined }> {
  const after = query.cursor ?? null;
  const { events, next } = await listEvents(d1, filtersOf(query, withDrafts), query.limit, after);
  return {
    events: events.map(presentEventSummary),
    link: next === null ? undefined : linkTo(pathname, searchParams, next),
  };
}

function filtersOf({ from, to, q, available, organizer }: Query, withDrafts: boolean): EventFilters {
  return {
    fromMs: from === undefined ? null : Date.parse(from),
    toMs: to === undefined ? null : Date.parse(to),
    tokens: q ?? [],
    isAvailable: available !== undefined,
    organizerId: organizer ?? null,
    withDrafts,
  };
}
