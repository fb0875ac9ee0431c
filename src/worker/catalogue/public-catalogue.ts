// What everybody may read of events and ticket types. Cloudflare keeps the replies of this
// entrypoint in the Workers Cache (wrangler.toml), one copy a data centre, and asks once however
// many wait for it. It knows no caller, takes no headers, and so can tell nobody more than anybody.
// See docs/decisions/0020-reading-from-caches.md.

import { WorkerEntrypoint } from "cloudflare:workers";
import { nearest } from "../../platform/d1/nearest.ts";
import { errorFields, isDatabaseFault, log } from "../../platform/log.ts";
import type { Env } from "../env.ts";
import { fieldsOf } from "../http/body.ts";
import { etagOf } from "../http/etag.ts";
import { parse } from "../http/route.ts";
import { eventPage } from "./event-page.ts";
import { presentTickets } from "./newest-availability.ts";
import { presentEventDetail } from "./presenters.ts";
import { eventById, ticketTypesOf, ticketTypeWithEvent } from "./queries.ts";
import { EventQuery } from "./schemas.ts";

/**
 * For how many seconds a reply may be repeated: here and in the data centre, and after that in a
 * browser.
 */
interface Life {
  readonly edge: number;
  readonly browser: number;
}

// What tells how many are left: 2 s at most, of which the object may take 0.25 until it tells
// Redis; without Redis, in a rush, half a second until it tells D1, or up to two where D1 is slow.
const WITH_AVAILABILITY: Life = { edge: 1, browser: 0 };
// What only describes: 10 s at most.
const DESCRIPTIONS: Life = { edge: 4, browser: 5 };

interface Found {
  readonly body: unknown;
  readonly link?: string | undefined;
  readonly life: Life;
}

export class PublicCatalogue extends WorkerEntrypoint<Env> {
  override fetch(request: Request): Promise<Response> {
    return readCatalogue(request.url, this.env);
  }
}

/**
 * Replies to `/events?…`, `/events/{id}` and `/tickets/{id}`: 200, 404, or 503 where D1 does not
 * answer.
 */
export async function readCatalogue(url: string, env: Env): Promise<Response> {
  const readAtMs = Date.now();
  try {
    const found = await find(new URL(url), env);
    return found === null ? failed(404) : kept(found, readAtMs);
  } catch (fault) {
    log("error", "catalogue not read", errorFields(fault));
    return failed(isDatabaseFault(fault) ? 503 : 500);
  }
}

async function find({ pathname, searchParams }: URL, env: Env): Promise<Found | null> {
  const [, kind, id] = pathname.split("/");
  if (id === undefined) return findPage(searchParams, env);
  return kind === "events" ? findEvent(id, env) : findTicket(id, env);
}

async function findPage(searchParams: URLSearchParams, env: Env): Promise<Found> {
  const query = parse(EventQuery, fieldsOf(searchParams));
  const { events, link } = await eventPage(nearest(env.DB), "/events", searchParams, query, false);
  return { body: events, link, life: query.available === undefined ? DESCRIPTIONS : WITH_AVAILABILITY };
}

async function findEvent(id: string, env: Env): Promise<Found | null> {
  // One session, so that its parts follow one another.
  const db = nearest(env.DB);
  const event = await eventById(db, id);
  if (event === null || event.status === "draft") return null;
  const tickets = await presentTickets(env, await ticketTypesOf(db, id), false);
  return { body: presentEventDetail(event, tickets), life: WITH_AVAILABILITY };
}

async function findTicket(id: string, env: Env): Promise<Found | null> {
  const found = await ticketTypeWithEvent(nearest(env.DB), id);
  if (found === null || found.event.status === "draft") return null;
  const [ticket] = await presentTickets(env, [found.ticketType], false);
  return { body: ticket, life: WITH_AVAILABILITY };
}

function kept({ body, link, life }: Found, readAtMs: number): Response {
  const text = `${JSON.stringify(body)}\n`;
  const freshFor = (seconds: number) => `public, max-age=${seconds}, must-revalidate`;
  return new Response(text, {
    headers: {
      "content-type": "application/json",
      "cache-control": freshFor(life.browser),
      // For the Workers Cache, which takes it away. `must-revalidate`: what is old is not served,
      // not even after a fault.
      "cloudflare-cdn-cache-control": freshFor(life.edge),
      "fresh-until": String(readAtMs + life.edge * 1_000),
      // A page that is the same may have got a next one.
      etag: etagOf(`${link ?? ""}${text}`),
      ...(link === undefined ? {} : { link }),
    },
  });
}

function failed(status: number): Response {
  return new Response(null, { status, headers: { "cache-control": "no-store" } });
}
