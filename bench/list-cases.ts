// Which lists are measured, and with which requests: some variants of each, so that no cache answers for D1. The same
// variant returns as many rows from a small catalogue as from a large one.

import { accessToken } from "../src/worker/auth/tokens.ts";
import { SESSION_SECRET, type Service } from "../test/crash/service.ts";
import { FIRST_BUYER, type Sizes } from "./catalogue.ts";
import {
  ADMIN_ID,
  EVENTS_OF_SMALL_ORGANIZER,
  idOf,
  organizerOf,
  statusOf,
  ticketsOfEvent,
  WORDS,
} from "./catalogue-rows.ts";
import type { Connection } from "./http.ts";

export interface ListCase {
  readonly name: string;
  readonly token: string | null;
  readonly paths: readonly string[];
}

export const VARIANTS = 10;
const SMALLEST_PAGE = 8;
const DAY_MS = 24 * 60 * 60_000;

/** `connection` leads to `service`, whose catalogue has these `sizes`. */
export async function listCases(service: Service, connection: Connection, sizes: Sizes): Promise<ListCase[]> {
  const token = (accountId: string) => accessToken({ SESSION_SECRET }, accountId);
  const [admin, buyer] = await Promise.all([token(ADMIN_ID), token(idOf("account", FIRST_BUYER))]);
  const organizer = (number: number) => `organizer=${idOf("account", number)}`;
  const small = organizer(organizerOf(0, sizes.events));
  const events = Array.from({ length: sizes.events }, (_, event) => event).filter(
    (event) => event >= EVENTS_OF_SMALL_ORGANIZER && statusOf(event) === "published",
  );
  const deep = async (path: string, rows: number, caller: string | null) =>
    (await cursorsDeepIn(connection, path, rows, caller)).map((cursor) => `${path}limit=10&cursor=${cursor}`);
  const none: ListCase["token"] = null;
  return [
    { name: "GET /openapi.json: no list, asks no database", token: none, paths: ["/openapi.json"] },
    { name: "GET /events", token: none, paths: pages("/events?") },
    { name: "GET /events, deep", token: none, paths: await deep("/events?", sizes.events, none) },
    { name: "from", token: none, paths: days((day) => `/events?from=${instant(day)}&limit=10`) },
    {
      name: "from, to",
      token: none,
      paths: days((day) => `/events?from=${instant(day)}&to=${instant(day + 180)}&limit=10`),
    },
    { name: "q: a word in half of the events", token: none, paths: pages(`/events?q=${WORDS.half}&`) },
    {
      name: "q: a word in half of the events, deep",
      ...{ token: none, paths: await deep(`/events?q=${WORDS.half}&`, sizes.events / 2, none) },
    },
    {
      name: "q: a word in one event",
      ...{ token: none, paths: events.slice(0, VARIANTS).map((event) => `/events?q=${WORDS.solo(event)}`) },
    },
    { name: "q: two words", token: none, paths: pages(`/events?q=${WORDS.half}+${WORDS.otherHalf}&`) },
    { name: "q: two words that never meet", token: none, paths: pages(`/events?q=${WORDS.never.join("+")}&`) },
    { name: "available", token: none, paths: pages("/events?available=true&") },
    {
      name: "available, deep",
      ...{ token: none, paths: await deep("/events?available=true&", sizes.events / 3, none) },
    },
    {
      name: "available, from",
      ...{ token: none, paths: days((day) => `/events?available=true&from=${instant(day)}&limit=10`) },
    },
    { name: "available, q", token: none, paths: pages(`/events?available=true&q=${WORDS.half}&`) },
    {
      name: "available, q: a word of sold out events",
      ...{ token: none, paths: pages(`/events?available=true&q=${WORDS.soldOut}&`) },
    },
    { name: "organizer with many events", token: none, paths: pages(`/events?${organizer(0)}&`) },
    { name: "organizer with three events", token: none, paths: pages(`/events?${small}&`) },
    {
      name: "organizer with three events, q",
      ...{ token: none, paths: pages(`/events?${small}&q=${WORDS.otherHalf}&`) },
    },
    {
      name: "organizer with many events, available, q",
      ...{
        token: none,
        paths: events
          .slice(0, VARIANTS)
          .map((event) => `/events?${organizer(0)}&available=true&q=${WORDS.half}&from=${instant(event % 30)}&limit=1`),
      },
    },
    {
      name: "from, to, q: a word that is not there then",
      ...{
        token: none,
        paths: days((day) => `/events?q=${WORDS.solo(0)}&from=${instant(day)}&to=${instant(day + 7)}`),
      },
    },
    {
      name: "GET /events/{id}, ten ticket types",
      token: none,
      paths: tenTickets(events).map((event) => `/events/${idOf("event", event)}`),
    },
    {
      name: "GET /tickets/{id}",
      token: none,
      paths: events.slice(0, VARIANTS).map((event) => `/tickets/${idOf("ticket", ticketsOfEvent(event).first)}`),
    },
    { name: "GET /reservations", token: buyer, paths: pages("/reservations?") },
    {
      name: "GET /reservations, deep",
      token: buyer,
      paths: await deep("/reservations?", await reservationsOf(service), buyer),
    },
    { name: "state=confirmed", token: buyer, paths: pages("/reservations?state=confirmed&") },
    { name: "state=held, three of all", token: buyer, paths: pages("/reservations?state=held&") },
    {
      name: "event, one reservation of all",
      ...{ token: buyer, paths: (await eventsWithOne(service)).map((event) => `/reservations?event=${event}`) },
    },
    { name: "GET /audit", token: admin, paths: pages("/audit?") },
    { name: "GET /audit, deep", token: admin, paths: await deep("/audit?", sizes.tickets, admin) },
    {
      name: "GET /events/{id}/audit",
      token: admin,
      paths: tenTickets(events).map((event) => `/events/${idOf("event", event)}/audit?limit=10`),
    },
    {
      name: "GET /events/{id}/unresolved-payments",
      ...{
        token: admin,
        paths: (await eventsWithUnresolved(service)).map((event) => `/events/${event}/unresolved-payments?limit=1`),
      },
    },
    { name: "GET /accounts", token: admin, paths: days((day) => `/accounts?username=buyer-${FIRST_BUYER + 7 * day}`) },
  ];
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

function tenTickets(events: readonly number[]): number[] {
  return events.filter((event) => ticketsOfEvent(event).count === 10).slice(0, VARIANTS);
}

/** The cursors of some pages about in the middle of a list, as `Link` gives them. `path` ends in `?` or `&`. */
async function cursorsDeepIn(
  connection: Connection,
  path: string,
  rows: number,
  token: string | null,
): Promise<string[]> {
  const limit = Math.max(1, Math.min(100, Math.floor(rows / 25)));
  const cursors: string[] = [];
  for (let next = `${path}limit=${limit}`; cursors.length * limit < rows / 2; ) {
    const { status, headers, text } = await connection.ask(next, { token });
    if (status !== 200) throw new Error(`${next} answered ${status}: ${text}`);
    const link = /<([^>]+)>/.exec(String(headers.link ?? ""))?.[1];
    if (link === undefined) break;
    next = link;
    cursors.push(new URLSearchParams(link.slice(link.indexOf("?"))).get("cursor") ?? "");
  }
  return cursors.slice(-VARIANTS);
}

async function reservationsOf(service: Service): Promise<number> {
  const [row] = await service.query<{ count: number }>(
    "SELECT count(*) AS count FROM reservations WHERE account_id = ?",
    idOf("account", FIRST_BUYER),
  );
  return row?.count ?? 0;
}

/** Events of which the buyer with the most reservations has one. */
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
