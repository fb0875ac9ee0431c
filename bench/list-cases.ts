// The lists that are measured, each with several requests, so that no cache answers for D1.

import { accessToken } from "../src/worker/auth/tokens.ts";
import { SESSION_SECRET, type Service } from "../test/crash/service.ts";
import { FIRST_BUYER, type Sizes } from "./catalogue.ts";
import {
  ADMIN_ID,
  idOf,
  organizerOf,
  SMALL_ORGANIZERS_EVENTS,
  statusOf,
  ticketsOfEvent,
  WORDS,
} from "./catalogue-rows.ts";
import type { Connection } from "./http.ts";

export interface ListCase {
  readonly name: string;
  /** The account that asks; null: nobody. */
  readonly caller: string | null;
  readonly paths: readonly string[];
}

export const VARIANTS = 10;
const SMALLEST_PAGE = 8;
const DAY_MS = 24 * 60 * 60_000;

/** `connection` leads to `service`, whose catalogue has these `sizes`. */
export async function listCases(service: Service, connection: Connection, sizes: Sizes): Promise<ListCase[]> {
  const [admin, buyer] = [ADMIN_ID, idOf("account", FIRST_BUYER)];
  const organizer = (number: number) => `organizer=${idOf("account", number)}`;
  const small = organizer(organizerOf(0, sizes.events));
  const events = Array.from({ length: sizes.events }, (_, event) => event).filter(
    (event) => event >= SMALL_ORGANIZERS_EVENTS && statusOf(event) === "published",
  );
  const deep = async (path: string, rows: number, caller: string | null) =>
    (await cursorsDeepIn(connection, path, rows, await tokenOf(caller))).map(
      (cursor) => `${path}limit=10&cursor=${cursor}`,
    );
  const reservations = await reservationsOf(service);
  const [ones, unresolved] = [await eventsWithOne(service), await eventsWithUnresolved(service)];
  const ten = events.filter((event) => ticketsOfEvent(event).count === 10).slice(0, VARIANTS);
  const some = events.slice(0, VARIANTS);
  const fromTo = (from: number, to: number) => `from=${instant(from)}&to=${instant(to)}`;
  const solo = `/events?q=${WORDS.solo(0)}`;
  const narrow = `/events?${organizer(0)}&available=true&q=${WORDS.half}`;
  // Two years of events, and not only those to come.
  const all = `from=${instant(-400)}&`;
  const cases: [name: string, caller: string | null, paths: readonly string[]][] = [
    ["GET /openapi.json: no list, asks no database", null, ["/openapi.json"]],
    ["GET /events", null, pages("/events?")],
    ["GET /events, deep", null, await deep(`/events?${all}`, sizes.events, null)],
    ["past", null, pages("/events?past=true&")],
    ["past, q", null, pages(`/events?past=true&q=${WORDS.half}&`)],
    ["past, from", null, days((day) => `/events?past=true&from=${instant(day - 200)}&limit=10`)],
    ["expand=tickets", null, pages("/events?expand=tickets&")],
    ["from", null, days((day) => `/events?from=${instant(day)}&limit=10`)],
    ["from, to", null, days((day) => `/events?${fromTo(day, day + 180)}&limit=10`)],
    ["q: a word in half of the events", null, pages(`/events?${all}q=${WORDS.half}&`)],
    [
      "q: a word in half of the events, deep",
      null,
      await deep(`/events?${all}q=${WORDS.half}&`, sizes.events / 2, null),
    ],
    ["q: a word in one event", null, some.map((event) => `/events?${all}q=${WORDS.solo(event)}`)],
    ["q: two words", null, pages(`/events?${all}q=${WORDS.half}+${WORDS.otherHalf}&`)],
    ["q: two words that never meet", null, pages(`/events?${all}q=${WORDS.never.join("+")}&`)],
    ["available", null, pages("/events?available=true&")],
    ["available, deep", null, await deep("/events?available=true&", sizes.events / 3, null)],
    ["available, from", null, days((day) => `/events?available=true&from=${instant(day)}&limit=10`)],
    ["available, q", null, pages(`/events?available=true&q=${WORDS.half}&`)],
    ["available, q: a word of sold out events", null, pages(`/events?available=true&q=${WORDS.soldOut}&`)],
    ["organizer with many events", null, pages(`/events?${all}${organizer(0)}&`)],
    ["organizer with three events", null, pages(`/events?${all}${small}&`)],
    ["organizer with three events, q", null, pages(`/events?${all}${small}&q=${WORDS.otherHalf}&`)],
    ["organizer with many events, available, q", null, days((day) => `${narrow}&from=${instant(3 * day)}&limit=1`)],
    ["from, to, q: a word that is not there then", null, days((day) => `${solo}&${fromTo(day, day + 7)}`)],
    ["GET /events/{id}, ten ticket types", null, ten.map((event) => `/events/${idOf("event", event)}`)],
    ["GET /tickets/{id}", null, some.map((event) => `/tickets/${idOf("ticket", ticketsOfEvent(event).first)}`)],
    ["GET /reservations", buyer, pages("/reservations?")],
    ["GET /reservations, deep", buyer, await deep("/reservations?", reservations, buyer)],
    ["state=confirmed", buyer, pages("/reservations?state=confirmed&")],
    ["state=held, three of all", buyer, pages("/reservations?state=held&")],
    ["event, one reservation of all", buyer, ones.map((id) => `/reservations?event=${id}`)],
    ["GET /audit", admin, pages("/audit?")],
    ["GET /audit, deep", admin, await deep("/audit?", sizes.tickets, admin)],
    ["GET /events/{id}/audit", admin, ten.map((event) => `/events/${idOf("event", event)}/audit?limit=10`)],
    [
      "GET /events/{id}/unresolved-payments",
      admin,
      unresolved.map((id) => `/events/${id}/unresolved-payments?limit=1`),
    ],
    ["GET /accounts", admin, days((day) => `/accounts?username=buyer-${FIRST_BUYER + 7 * day}`)],
  ];
  return cases.map(([name, caller, paths]) => ({ name, caller, paths }));
}

/** A token lasts for minutes, and a measurement for longer. */
export async function tokenOf(caller: string | null): Promise<string | null> {
  return caller === null ? null : accessToken({ SESSION_SECRET }, caller);
}

function pages(path: string): string[] {
  return Array.from({ length: VARIANTS }, (_, variant) => `${path}limit=${SMALLEST_PAGE + variant}`);
}

function days(path: (day: number) => string): string[] {
  return Array.from({ length: VARIANTS }, (_, day) => path(day));
}

function instant(day: number): string {
  return new Date(Math.floor(Date.now() / DAY_MS + day) * DAY_MS).toISOString();
}

/** The cursors of pages near the middle of a list. `path` ends in `?` or `&`. */
async function cursorsDeepIn(connection: Connection, path: string, rows: number, token: string | null) {
  const limit = Math.max(1, Math.min(100, Math.floor(rows / 25)));
  const cursors: string[] = [];
  for (let next = `${path}limit=${limit}`; cursors.length * limit < rows / 2; ) {
    const { headers } = await connection.must(next, { token });
    const link = /<([^>]+)>/.exec(String(headers.link ?? ""))?.[1];
    if (link === undefined) break;
    next = link;
    cursors.push(new URLSearchParams(link.slice(link.indexOf("?"))).get("cursor") ?? "");
  }
  return cursors.slice(-VARIANTS);
}

async function reservationsOf(service: Service): Promise<number> {
  const sql = "SELECT count(*) AS count FROM reservations WHERE account_id = ?";
  const [row] = await service.query<{ count: number }>(sql, idOf("account", FIRST_BUYER));
  return row?.count ?? 0;
}

/** Events of which the buyer with the most reservations has exactly one. */
async function eventsWithOne(service: Service): Promise<string[]> {
  const rows = await service.query<{ id: string }>(
    `SELECT event_id AS id FROM reservations JOIN ticket_types ON ticket_types.id = ticket_type_id
     WHERE account_id = ? GROUP BY event_id HAVING count(*) = 1 ORDER BY max(created_at_ms) LIMIT ${VARIANTS}`,
    idOf("account", FIRST_BUYER),
  );
  return rows.map(({ id }) => id);
}

async function eventsWithUnresolved(service: Service): Promise<string[]> {
  const rows = await service.query<{ id: string }>(
    `SELECT DISTINCT event_id AS id FROM reservations JOIN ticket_types ON ticket_types.id = ticket_type_id
     WHERE unresolved_payment_id IS NOT NULL LIMIT ${VARIANTS}`,
  );
  return rows.map(({ id }) => id);
}
