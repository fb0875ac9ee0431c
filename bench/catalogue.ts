// Fills D1 with a catalogue and its reservations, without objects: lists read D1 alone.

import { getTableColumns, getTableName } from "drizzle-orm";
import type { SQLiteTable } from "drizzle-orm/sqlite-core";
import { accounts } from "../src/platform/d1/schema/accounts.ts";
import { auditLog } from "../src/platform/d1/schema/audit-log.ts";
import { events, ticketTypes } from "../src/platform/d1/schema/catalogue.ts";
import { eventsToIndex, forgetClosedSales, indexTokens } from "../src/worker/catalogue/search.ts";
import type { Service } from "../test/crash/service.ts";
import { auditRows, eventRow, idSql, organizerRows, ticketRows } from "./catalogue-rows.ts";
import { d1Of } from "./remote-d1.ts";

export interface Sizes {
  readonly events: number;
  readonly tickets: number;
  readonly reservations: number;
}

/** Ten ticket types an event on average, and ten reservations each. */
export function sizesOf(events: number): Sizes {
  return { events, tickets: 10 * events, reservations: 100 * events };
}

const ROWS_AT_ONCE = 4_000;
const RESERVATIONS_AT_ONCE = 50_000;
const YEAR_MS = 365 * 24 * 60 * 60_000;
const DAY_MS = 24 * 60 * 60_000;
/** The number of the buyer with the most reservations. All buyers come after the organisers. */
export const FIRST_BUYER = 1_000_000;
const RESERVATIONS_A_BUYER = 5;
/** What the buyer with the most reservations holds now. */
const HELD_BY_FIRST_BUYER = 3;

/** `events` must be a multiple of ten. Takes a minute or two for ten thousand. */
export async function fillCatalogue(service: Service, { events: count, tickets, reservations }: Sizes): Promise<void> {
  const nowMs = Date.now();
  const numbers = Array.from({ length: count }, (_, event) => event);
  await insert(service, accounts, organizerRows(count, nowMs));
  await insertBuyers(service, reservations / RESERVATIONS_A_BUYER, nowMs);
  const eventRows = numbers.map((event) => eventRow(event, count, nowMs));
  await insert(service, events, eventRows);
  await insertReservations(service, tickets, reservations, nowMs);
  const ticketTypeRows = numbers.flatMap((event) => ticketRows(event, nowMs));
  await insert(service, ticketTypes, ticketTypeRows);
  await countSold(service);
  const entries = numbers.flatMap((event) => auditRows(event, count, nowMs));
  await insert(service, auditLog, entries);
  await indexEvents(d1Of(service), nowMs);
}

/** As the cron sweep does, without its bounds. */
async function indexEvents(d1: D1Database, nowMs: number): Promise<void> {
  await forgetClosedSales(d1, nowMs);
  for (let rows = await eventsToIndex(d1); rows.length > 0; rows = await eventsToIndex(d1)) await indexTokens(d1, rows);
}

/** Columns that a row does not name get their defaults. */
async function insert<T extends SQLiteTable>(service: Service, table: T, rows: readonly T["$inferInsert"][]) {
  const [first] = rows;
  if (first === undefined) return;
  const columns = Object.entries(getTableColumns(table)).filter(([key]) => key in first);
  const sql = `
    INSERT INTO ${getTableName(table)} (${columns.map(([, column]) => column.name).join(", ")})
    SELECT ${columns.map(([key]) => `value ->> '${key}'`).join(", ")} FROM json_each(?)`;
  for (let from = 0; from < rows.length; from += ROWS_AT_ONCE) {
    await service.query(sql, JSON.stringify(rows.slice(from, from + ROWS_AT_ONCE)));
  }
}

async function insertBuyers(service: Service, count: number, nowMs: number): Promise<void> {
  await service.query(`
    WITH RECURSIVE buyer(n) AS (SELECT ${FIRST_BUYER} UNION ALL SELECT n + 1 FROM buyer WHERE n < ${FIRST_BUYER + count - 1})
    INSERT INTO accounts (id, username, email, password_hash, role, created_at_ms)
    SELECT ${idSql("account", "n")}, 'buyer-' || n, 'buyer-' || n || '@localhost', '!', 'buyer', ${nowMs - YEAR_MS}
    FROM buyer`);
}

/**
 * Over the last year, the newest last. Some ticket types and buyers have many (a share squared has
 * most of its values near zero), the newest five hundredths are held, the very newest by the buyer
 * who has the most.
 */
async function insertReservations(service: Service, tickets: number, count: number, nowMs: number): Promise<void> {
  const buyers = count / RESERVATIONS_A_BUYER;
  const share = (salt: number) => `(((n * ${salt}) & 0xffffffff) / 4294967296.0)`;
  const squared = (of: number, salt: number) => `CAST(${of} * ${share(salt)} * ${share(salt)} AS INTEGER)`;
  const held = Math.max(HELD_BY_FIRST_BUYER, Math.floor(count / 500));
  for (let first = 0; first < count; first += RESERVATIONS_AT_ONCE) {
    const last = Math.min(count, first + RESERVATIONS_AT_ONCE) - 1;
    await service.query(`
      WITH RECURSIVE number(n) AS (SELECT ${first} UNION ALL SELECT n + 1 FROM number WHERE n < ${last}),
      choice AS (
        SELECT n, ${squared(tickets, 0x9e3779b1)} AS ticket,
          CASE
            WHEN n >= ${count - HELD_BY_FIRST_BUYER} THEN 0
            WHEN n >= ${count - held} THEN 1 + ${squared(buyers - 1, 0x85ebca77)}
            ELSE ${squared(buyers, 0x85ebca77)}
          END AS buyer,
          CASE
            WHEN n >= ${count - held} THEN 'held'
            WHEN ${share(0xc2b2ae3d)} < 0.55 THEN 'confirmed'
            WHEN ${share(0xc2b2ae3d)} < 0.75 THEN 'cancelled'
            ELSE 'expired'
          END AS state,
          ${nowMs - YEAR_MS} + n * ${YEAR_MS} / ${count} AS at_ms
        FROM number
      ),
      named AS (SELECT *, ${idSql("ticket", "ticket")} AS ticket_id FROM choice)
      INSERT INTO reservations (id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state,
        created_at_ms, expires_at_ms, version, payment_state, unsettled, unresolved_payment_id,
        unresolved_payment_state, unresolved_since_ms)
      SELECT ticket_id || '-' || printf('%08x%08x%04x', (n * 0x9e3779b1) & 0xffffffff, (n * 0x27d4eb2f) & 0xffffffff,
          n & 0xffff), ticket_id, ${idSql("account", `${FIRST_BUYER} + buyer`)}, 1 + n % 4, 1000 + 50 * (ticket % 10),
        'EUR', state, at_ms, at_ms + ${DAY_MS}, 2, iif(state = 'confirmed', 'succeeded', NULL), 0,
        iif(n % 1000 = 7, printf('%020x', n), NULL), iif(n % 1000 = 7, 'refund_due', NULL),
        iif(n % 1000 = 7, at_ms + ${DAY_MS}, NULL)
      FROM named`);
  }
}

/** What the reservations add up to; the capacity was what is left over. */
async function countSold(service: Service): Promise<void> {
  const sum = (state: string) => `coalesce(sum(quantity) FILTER (WHERE state = '${state}'), 0)`;
  await service.query(`
    UPDATE ticket_types SET (held, sold, capacity) = (
      SELECT ${sum("held")}, ${sum("confirmed")}, ticket_types.capacity + ${sum("held")} + ${sum("confirmed")}
      FROM reservations WHERE id > ticket_types.id || '-' AND id < ticket_types.id || '.'
    )`);
}
