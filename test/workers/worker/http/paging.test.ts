// A client that reads a list page by page while it changes sees unchanged entries once, in order.

import { env } from "cloudflare:workers";
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Cursor } from "../../../../src/platform/d1/cursors.ts";
import { newId, newReservationId } from "../../../../src/platform/ids.ts";
import { changeEvent, createEvent } from "../../../../src/worker/catalogue/changes.ts";
import { listEvents } from "../../../../src/worker/catalogue/event-list.ts";
import { listReservations } from "../../../../src/worker/reservations/queries.ts";
import { EVENT, newPerson } from "../../../support/service.ts";

const RUNS = { numRuns: 25 };
const DAY_MS = 24 * 60 * 60_000;

/** All rows, read a page at a time; `between` runs after each page. */
async function walk<Row>(
  read: (limit: number, after: Cursor | null) => Promise<Row[]>,
  cursorOf: (row: Row) => Cursor,
  limit: number,
  between: () => Promise<void>,
): Promise<Row[]> {
  const seen: Row[] = [];
  for (let after: Cursor | null = null; ; ) {
    const rows: Row[] = await read(limit, after);
    seen.push(...rows);
    const last = rows.at(-1);
    if (last === undefined || rows.length < limit) return seen;
    after = cursorOf(last);
    await between();
  }
}

/** Negative, zero or positive, as `a` comes before, with or after `b`. */
function order(a: Cursor, b: Cursor): number {
  return a.atMs - b.atMs || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
}

const which = fc.nat();
// Few days, so that many events begin at the same moment.
const day = fc.nat(4);
const status = fc.constantFrom("draft" as const, "published" as const, "cancelled" as const);
const change = fc.oneof(fc.record({ day }), fc.record({ status }), fc.record({ name: fc.constant("Other words") }));
const newEvent = fc.record({ day, status });
type NewEvent = typeof newEvent extends fc.Arbitrary<infer T> ? T : never;
const eventStep = fc.oneof(fc.record({ add: newEvent }), fc.record({ which, change }));
type EventStep = typeof eventStep extends fc.Arbitrary<infer T> ? T : never;

/** The entries at the start, the steps after each page, and the length of a page. */
function runs<Thing, Step>(thing: fc.Arbitrary<Thing>, step: fc.Arbitrary<Step>) {
  return [
    fc.array(thing, { minLength: 2, maxLength: 14 }),
    fc.array(fc.array(step, { maxLength: 3 }), { maxLength: 8 }),
    fc.integer({ min: 1, max: 4 }),
  ] as const;
}

interface List {
  readonly tokens?: readonly string[];
  readonly isOrganizers?: boolean;
  readonly withDrafts?: boolean;
}

test.each<[name: string, list: List]>([
  ["all events", {}],
  ["the events of a word", { tokens: ["rock"] }],
  ["the events of an organiser", { isOrganizers: true }],
  ["an organiser's events with drafts", { isOrganizers: true, withDrafts: true }],
  ["an organiser's events of two words", { tokens: ["rock", "roll"], isOrganizers: true }],
])("%s", async (_name, list) => {
  const property = fc.asyncProperty(...runs(newEvent, eventStep), (begin, steps, limit) =>
    readEvents(list, begin, steps, limit),
  );
  await fc.assert(property, RUNS);
});

let year = 2030;

async function readEvents(list: List, begin: NewEvent[], steps: EventStep[][], limit: number): Promise<void> {
  const { tokens = [], isOrganizers = false, withDrafts = false } = list;
  // Each run has a year and an organiser of its own.
  const fromMs = Date.UTC(++year, 0);
  const actor = { accountId: (await newPerson("organizer")).accountId, address: "2001:db8::1" };
  const on = (day: number) => ({
    starts_at: new Date(fromMs + day * DAY_MS).toISOString(),
    ends_at: new Date(fromMs + (day + 1) * DAY_MS).toISOString(),
  });
  const add = async ({ day, status }: NewEvent) => {
    const event = { ...EVENT, name: "Rock", description: "& roll", status, ...on(day) };
    const result = await createEvent(env, actor, null, event);
    if (!result.ok) throw new Error(result.refusal.type);
    return result.event;
  };
  const events = await Promise.all(begin.map(add));
  const unchanged = new Map(events.map((event) => [event.id, event]));
  const range = { from: on(0).starts_at, to: new Date(Date.UTC(year + 1, 0)).toISOString() };
  const query = { ...range, q: [...tokens], organizer: isOrganizers ? actor.accountId : undefined };
  const read = async (limit: number, after: Cursor | null) => [
    ...(await listEvents(env.DB, { ...query, limit, cursor: after ?? undefined }, withDrafts)).events,
  ];
  const cursorOf = ({ startsAtMs, id }: { startsAtMs: number; id: string }) => ({ atMs: startsAtMs, id });
  const seen = await walk(read, cursorOf, limit, async () => {
    for (const step of steps.shift() ?? []) {
      if ("add" in step) events.push(await add(step.add));
      else {
        const { id } = events[step.which % events.length] ?? { id: "" };
        unchanged.delete(id);
        await changeEvent(env, actor, id, "day" in step.change ? on(step.change.day) : step.change, null);
      }
    }
  });
  // In order, and so none twice unless it was postponed after it was read.
  for (const [at, event] of seen.slice(1).entries()) {
    expect(order(cursorOf(seen[at] ?? event), cursorOf(event))).toBeLessThan(0);
  }
  const stayed = [...unchanged.values()].filter(({ status }) => withDrafts || status !== "draft");
  const inOrder = stayed.sort((a, b) => order(cursorOf(a), cursorOf(b)));
  expect(seen.map(({ id }) => id).filter((id) => unchanged.has(id))).toEqual(inOrder.map(({ id }) => id));
}

const state = fc.constantFrom("held" as const, "confirmed" as const, "cancelled" as const, "expired" as const);
type State = typeof state extends fc.Arbitrary<infer T> ? T : never;
const reservationStep = fc.oneof(fc.record({ add: state }), fc.record({ which, state }));
type ReservationStep = typeof reservationStep extends fc.Arbitrary<infer T> ? T : never;

test.each([undefined, "held", "confirmed", "cancelled", "expired"] as const)(
  "an account's reservations, of the state %s",
  async (asked) => {
    const property = fc.asyncProperty(...runs(state, reservationStep), (begin, steps, limit) =>
      readReservations(asked, begin, steps, limit),
    );
    await fc.assert(property, RUNS);
  },
);

async function readReservations(
  asked: State | undefined,
  begin: State[],
  steps: ReservationStep[][],
  limit: number,
): Promise<void> {
  const accountId = newId();
  const insert = env.DB.prepare(`
    INSERT INTO reservations (id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state, created_at_ms,
      expires_at_ms, version, unsettled) VALUES (?1, '', ?2, 1, 1, 'EUR', ?3, ?4, 5000, 1, 0)`);
  const rows: { id: string; atMs: number; state: string }[] = [];
  const add = async (state: State) => {
    // Two at a time in the same millisecond.
    const row = { id: newReservationId(newId()), atMs: 1_000 + Math.floor(rows.length / 2), state };
    rows.push(row);
    await insert.bind(row.id, accountId, state, row.atMs).run();
  };
  for (const state of begin) await add(state);
  const unchanged = new Map(rows.map((row) => [row.id, row]));
  const read = (limit: number, after: Cursor | null) =>
    listReservations(env.DB, accountId, { state: asked }, 4_000, limit, after);
  const cursorOf = ({ createdAtMs, id }: { createdAtMs: number; id: string }) => ({ atMs: createdAtMs, id });
  const seen = await walk(read, cursorOf, limit, async () => {
    for (const step of steps.shift() ?? []) {
      if ("add" in step) await add(step.add);
      else {
        const { id } = rows[step.which % rows.length] ?? { id: "" };
        unchanged.delete(id);
        await env.DB.prepare("UPDATE reservations SET state = ?2 WHERE id = ?1").bind(id, step.state).run();
      }
    }
  });
  const ids = seen.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const stayed = [...unchanged.values()].filter(({ state }) => asked === undefined || state === asked);
  expect(ids.filter((id) => unchanged.has(id))).toEqual(stayed.sort((a, b) => order(b, a)).map(({ id }) => id));
}
