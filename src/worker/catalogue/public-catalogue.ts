// The public pages of events and ticket types. Cloudflare keeps this entrypoint's replies in the
// Workers Cache (wrangler.toml), one copy a data centre, and calls it once however many requests
// wait. It knows no caller and reads no headers, so it shows nobody more than everybody. See
// docs/decisions/0020-reading-from-caches.md.

import { WorkerEntrypoint } from "cloudflare:workers";
import { SECOND_MS } from "../../domain/units.ts";
import { nearest } from "../../platform/d1/nearest.ts";
import { errorFields, isDatabaseFault, log } from "../../platform/log.ts";
import { entryOfEvent } from "../calendar/entries.ts";
import { calendarOf } from "../calendar/icalendar.ts";
import type { Env } from "../env.ts";
import { fieldsOf } from "../http/body.ts";
import { etagOf } from "../http/etag.ts";
import { parse } from "../http/route.ts";
import { eventPage } from "./event-list.ts";
import { presentTickets } from "./newest-availability.ts";
import { presentEventDetail } from "./presenters.ts";
import { eventById, ticketTypesOf, ticketTypeWithEvent } from "./queries.ts";
import { EventQuery } from "./schemas.ts";
import { termsOf } from "./terms-queries.ts";

// Pages have availability, which is at most 2 s old in all: fresh for this long in the data centre
// and its isolates, and for no time in a browser. The object may take 0.25 s to write to Redis;
// without Redis, in a rush, it takes 0.5 s to write to D1, and longer while D1 is slow.
const FRESH_SECONDS = 1;

interface Found {
  /** Sent as JSON; a calendar is text already. */
  readonly body: unknown;
  readonly contentType?: string;
  readonly link?: string | undefined;
}

export class PublicCatalogue extends WorkerEntrypoint<Env> {
  override fetch(request: Request): Promise<Response> {
    return readCatalogue(request.url, this.env);
  }
}

/** Replies to `/events?…`, `/events/{id}`, its calendar and `/tickets/{id}`: 200, 404 or 503. */
export async function readCatalogue(url: string, env: Env): Promise<Response> {
  const readAtMs = Date.now();
  try {
    const found = await find(new URL(url), env);
    return found === null ? failed(404) : cacheable(found, readAtMs);
  } catch (fault) {
    log("error", "catalogue not read", errorFields(fault));
    return failed(isDatabaseFault(fault) ? 503 : 500);
  }
}

async function find({ pathname, searchParams }: URL, env: Env): Promise<Found | null> {
  const [, kind, id, file] = pathname.split("/");
  if (id === undefined) return findPage(searchParams, env);
  if (file !== undefined) return findCalendar(id, env);
  return kind === "events" ? findEvent(id, env) : findTicket(id, env);
}

async function findPage(searchParams: URLSearchParams, env: Env): Promise<Found> {
  const query = parse(EventQuery, fieldsOf(searchParams));
  const { events, link } = await eventPage(nearest(env.DB), "/events", searchParams, query, false);
  return { body: events, link };
}

async function findEvent(id: string, env: Env): Promise<Found | null> {
  // One session, so that both queries see the same state of D1 or a later one.
  const db = nearest(env.DB);
  const event = await eventById(db, id);
  if (event === null || event.status === "draft") return null;
  const [ticketTypes, terms] = await Promise.all([ticketTypesOf(db, id), termsOf(db, event)]);
  const shown = ticketTypes.filter(({ hidden }) => !hidden);
  const tickets = await presentTickets(env, event, shown, false);
  return { body: presentEventDetail(event, terms, tickets) };
}

async function findCalendar(eventId: string, env: Env): Promise<Found | null> {
  const event = await eventById(nearest(env.DB), eventId);
  if (event === null || event.status === "draft") return null;
  return { body: calendarOf([entryOfEvent(event)]), contentType: "text/calendar; charset=utf-8" };
}

async function findTicket(id: string, env: Env): Promise<Found | null> {
  const found = await ticketTypeWithEvent(nearest(env.DB), id);
  if (found === null || found.event.status === "draft") return null;
  const [ticket] = await presentTickets(env, found.event, [found.ticketType], false);
  return { body: ticket };
}

function cacheable({ body, link, contentType = "application/json" }: Found, readAtMs: number): Response {
  const text = typeof body === "string" ? body : `${JSON.stringify(body)}\n`;
  const freshFor = (seconds: number) => `public, max-age=${seconds}, must-revalidate`;
  return new Response(text, {
    headers: {
      "content-type": contentType,
      "cache-control": freshFor(0),
      // For the Workers Cache, which removes it. `must-revalidate`: it serves nothing stale, not
      // even after a fault.
      "cloudflare-cdn-cache-control": freshFor(FRESH_SECONDS),
      "fresh-until": String(readAtMs + FRESH_SECONDS * SECOND_MS),
      // The same page may have got a next one.
      etag: etagOf(`${link ?? ""}${text}`),
      ...(link === undefined ? {} : { link }),
    },
  });
}

function failed(status: number): Response {
  return new Response(null, { status, headers: { "cache-control": "no-store" } });
}
