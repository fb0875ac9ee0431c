// Scenario `sales`: whether an organiser waits longer for the sales, orders and attendees of an
// event that has sold a million tickets than of one that has sold a thousand.

import type { Service } from "../test/crash/service.ts";
import { idOf, idSql } from "./catalogue-rows.ts";
import { type ListCase, VARIANTS } from "./list-cases.ts";
import { type Contents, compare } from "./lists.ts";
import type { Report } from "./report.ts";

const ROWS_AT_ONCE = 25_000;
const HOUR_MS = 60 * 60_000;
/** Both sell for so long: the chart has as many bars. */
const SOLD_FOR_MS = 30 * 24 * HOUR_MS;
const TICKET_TYPES = 3;
/** One of so many has one. */
const WITH_CODE = 20;
export const ORGANISER = idOf("account", 0);
export const EVENT = idOf("event", 0);

/** `reservations`: of the event with few, and of the one with many. */
export function sales(folder: string, [few, many]: readonly [number, number], rounds: number): Promise<Report> {
  return compare(folder, "An event's sales", eventWith(few), eventWith(many), rounds);
}

function eventWith(reservations: number): Contents {
  const count = reservations.toLocaleString("en");
  return {
    heading: `${count} reservations`,
    text: `one event in three ticket types with ${count} reservations over thirty days, half of them in orders`,
    fill: (service) => fill(service, reservations, Date.now()),
    cases: (service) => casesOf(service, reservations),
  };
}

export async function fill(service: Service, reservations: number, nowMs: number): Promise<void> {
  await service.query(
    "INSERT INTO accounts (id, username, email, password_hash, role, created_at_ms) VALUES (?, ?, ?, ?, ?, ?)",
    ...[ORGANISER, "organiser", "organiser@localhost", "!", "organizer", 0],
  );
  await service.query(`
    INSERT INTO events (id, organizer_id, name, description, venue, starts_at_ms, ends_at_ms, timezone, status, status_version,
      announcing, announced_version, created_at_ms)
    SELECT '${EVENT}', '${ORGANISER}', 'Event', '', 'Here', ${nowMs + SOLD_FOR_MS}, ${nowMs + SOLD_FOR_MS + HOUR_MS}, 'Europe/Berlin',
      'published', 1, 0, 1, 0`);
  await service.query(`
    INSERT INTO ticket_types (id, event_id, position, name, description, capacity, held, sold, on_sale, price_minor, currency, version)
    SELECT ${idSql("ticket", "value")}, '${EVENT}', value, 'Type ' || value, '', 10000000, 0, 0, 1, 1000, 'EUR', 1
    FROM json_each('[0, 1, 2]')`);
  for (let first = 0; first < reservations; first += ROWS_AT_ONCE) {
    const last = Math.min(reservations, first + ROWS_AT_ONCE) - 1;
    for (const table of ["accounts", "reservations", "orders"] as const) {
      await service.query(inserting(table, first, last, reservations, nowMs));
    }
  }
}

/** Number `n`: bought alone if it is even, else in an order. Each buyer buys once. */
function inserting(
  table: "accounts" | "reservations" | "orders",
  first: number,
  last: number,
  all: number,
  nowMs: number,
): string {
  const numbers = `
    WITH RECURSIVE number(n) AS (SELECT ${first} UNION ALL SELECT n + 1 FROM number WHERE n < ${last}),
    sale AS (
      SELECT n, ${idSql("ticket", `n % ${TICKET_TYPES}`)} AS ticket, ${idSql("account", "n + 1")} AS buyer,
        ${nowMs - SOLD_FOR_MS} + n * ${SOLD_FOR_MS} / ${all} AS at_ms,
        iif(n % 10 < 7, 'confirmed', iif(n % 10 = 7, 'cancelled', 'expired')) AS state,
        iif(n % 2 = 0, NULL, printf('%020x', n)) AS order_id, iif(n % ${WITH_CODE} = 0, 'CODE' || n, NULL) AS code
      FROM number
    ), named AS (SELECT *, ticket || '-' || printf('%020x', (n * 0x9e3779b1) & 0xffffffff) AS id FROM sale)`;
  switch (table) {
    case "accounts":
      return `${numbers} INSERT INTO accounts (id, username, email, email_key, password_hash, role, created_at_ms)
        SELECT buyer, 'buyer-' || n, 'buyer-' || n || '@example.test', 'buyer-' || n || '@example.test', '!', 'buyer', at_ms FROM named`;
    case "reservations":
      return `${numbers} INSERT INTO reservations (id, ticket_type_id, account_id, order_id, code, quantity, unit_price_minor, currency, state,
          created_at_ms, expires_at_ms, version, payment_state, paid_at_ms, unsettled)
        SELECT id, ticket, buyer, order_id, code, 1 + n % 4, 1000, 'EUR', state, at_ms, at_ms, 2, iif(state = 'confirmed', 'succeeded', NULL),
          iif(state = 'confirmed' AND order_id IS NULL, at_ms, NULL), 0 FROM named`;
    case "orders":
      return `${numbers} INSERT INTO orders (id, account_id, items, currency, state, created_at_ms, expires_at_ms, version, payment_state,
          paid_at_ms, cancel_requested, unfinished)
        SELECT order_id, buyer, json_array(json_object('reservationId', id, 'ticketTypeId', ticket, 'priceId', NULL, 'priceName', '',
            'code', NULL, 'quantity', 1 + n % 4, 'unitPriceMinor', 1000)), 'EUR', state, at_ms, at_ms, 2,
          iif(state = 'confirmed', 'succeeded', NULL), iif(state = 'confirmed', at_ms, NULL), 0, 0
        FROM named WHERE order_id IS NOT NULL`;
  }
}

async function casesOf(service: Service, reservations: number): Promise<ListCase[]> {
  const pages = (path: string) =>
    Array.from({ length: VARIANTS }, (_, variant) => `/events/${EVENT}/${path}limit=${8 + variant}`);
  // A query that is not used makes each of them another request.
  const times = (path: string) =>
    Array.from({ length: VARIANTS }, (_, variant) => {
      const from = new Date(Date.now() - SOLD_FOR_MS + variant * HOUR_MS).toISOString();
      return `/events/${EVENT}/${path}from=${from}`;
    });
  const some = Array.from({ length: VARIANTS }, (_, variant) =>
    Math.floor((reservations * (variant + 0.5)) / VARIANTS),
  );
  const [middle] = await service.query<{ id: string; atMs: number }>(
    "SELECT order_id AS id, created_at_ms AS atMs FROM event_orders WHERE event_id = ? ORDER BY created_at_ms LIMIT 1 OFFSET ?",
    EVENT,
    Math.floor(reservations / 2),
  );
  const [attendee] = await service.query<{ id: string }>(
    "SELECT id FROM reservations WHERE ticket_type_id = ? AND state = 'confirmed' ORDER BY id LIMIT 1 OFFSET ?",
    idOf("ticket", 1),
    Math.floor(reservations / 10),
  );
  const deepOrders = `cursor=${(middle?.atMs ?? 0).toString(36)}.${middle?.id}`;
  const cases: [name: string, paths: readonly string[]][] = [
    ["sales by the day", times("sales?interval=day&")],
    ["sales by the hour, thirteen days", times("sales?interval=hour&").map(inThirteenDays)],
    ["takings", Array.from({ length: VARIANTS }, () => `/events/${EVENT}/takings`)],
    ["orders", pages("orders?")],
    ["orders, deep", pages(`orders?${deepOrders}&`)],
    ["orders, state=confirmed", pages("orders?state=confirmed&")],
    ["orders, q: an address", some.map((n) => `/events/${EVENT}/orders?q=buyer-${n}@example.test`)],
    ["orders, q: a code", some.map((n) => `/events/${EVENT}/orders?q=code${n - (n % WITH_CODE)}`)],
    ["orders, q: a name (reads all of the event)", some.map((n) => `/events/${EVENT}/orders?q=buyer-${n}`)],
    ["attendees", pages("attendees?")],
    ["attendees, deep", pages(`attendees?cursor=1.${attendee?.id}&`)],
    ["attendees, q: an address", some.map((n) => `/events/${EVENT}/attendees?q=buyer-${n - (n % 20)}@example.test`)],
  ];
  return cases.map(([name, paths]) => ({ name, caller: ORGANISER, paths }));
}

function inThirteenDays(path: string): string {
  const from = new URLSearchParams(path.slice(path.indexOf("?"))).get("from") ?? "";
  return `${path}&to=${new Date(Date.parse(from) + 13 * 24 * HOUR_MS).toISOString()}`;
}
