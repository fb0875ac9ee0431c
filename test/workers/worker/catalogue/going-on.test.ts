// Which events a list has at a time: those that go on, those to come, and those that are over.

import { env } from "cloudflare:workers";
import * as fc from "fast-check";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { encodeCursor } from "../../../../src/platform/d1/cursors.ts";
import { listEvents } from "../../../../src/worker/catalogue/event-list.ts";
import { EventQuery } from "../../../../src/worker/catalogue/schemas.ts";
import { call, createEvent, newPerson, type Person, pagesOf } from "../../../support/service.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Before and after it nothing else happens. */
const NOON_MS = Date.UTC(2040, 5, 15, 12);

let organizer: Person;

beforeAll(async () => {
  organizer = await newPerson("organizer");
});

afterEach(() => {
  vi.useRealTimers();
});

function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

describe("at noon", () => {
  beforeAll(async () => {
    const programme: [name: string, fromHours: number, toHours: number][] = [
      ["Last year's fair", -366 * 24, -360 * 24],
      ["Breakfast", -4, -3],
      ["Brunch", -2, 0],
      ["Exhibition", -300 * 24, 30 * 24],
      ["Festival", -24, 24],
      ["Matinee", -1, 1],
      ["Lunch", 0, 1],
      ["Concert", 8, 10],
      ["Tomorrow's fair", 30, 60],
    ];
    for (const [name, from, to] of programme) {
      const times = { starts_at: iso(NOON_MS + from * HOUR_MS), ends_at: iso(NOON_MS + to * HOUR_MS) };
      await createEvent(organizer, { name, description: "noon", ...times });
    }
  });

  async function names(query: string): Promise<string[]> {
    vi.useFakeTimers({ toFake: ["Date"], now: NOON_MS });
    const pages = await pagesOf(`/events?${query}`, { settings: {} });
    return pages.flatMap(({ list }) => list.map(({ name }) => name));
  }

  const GOES_ON = ["Exhibition", "Festival", "Matinee", "Lunch"];
  const IS_OVER = ["Brunch", "Breakfast", "Last year's fair"];

  test.each<[query: string, names: string[]]>([
    ["", [...GOES_ON, "Concert", "Tomorrow's fair"]],
    ["from=2040-06-15T12:00:00Z", [...GOES_ON, "Concert", "Tomorrow's fair"]],
    ["from=2040-06-15T11:59:59.999Z&to=2040-06-15T12:00:00Z", ["Exhibition", "Festival", "Brunch", "Matinee"]],
    ["to=2040-06-15T13:00:00Z", GOES_ON],
    ["to=2040-06-15T11:00:00Z", ["Exhibition", "Festival"]],
    ["from=2040-06-16T00:00:00Z&to=2040-06-17T00:00:00Z", ["Exhibition", "Festival", "Tomorrow's fair"]],
    ["from=2039-06-16T00:00:00Z&to=2040-01-01T00:00:00Z", ["Last year's fair", "Exhibition"]],
    ["past=true", IS_OVER],
    ["past=true&from=2040-06-15T08:30:00Z", ["Brunch", "Breakfast"]],
    ["past=true&from=2040-06-15T09:00:00Z", ["Brunch"]],
    ["past=true&to=2040-06-15T09:00:00Z", ["Breakfast", "Last year's fair"]],
    ["past=true&from=2039-06-16T00:00:00Z&to=2039-06-17T00:00:00Z", ["Last year's fair"]],
    ["past=true&available=true", []],
  ])("?%s has what it should, page by page too", async (query, wanted) => {
    for (const filter of ["", "q=noon&", "limit=1&", "limit=2&q=noon&", `organizer=${organizer.accountId}&limit=2&`]) {
      expect(await names(`${filter}${query}`), filter).toEqual(wanted);
    }
  });

  test("a page that is read later goes on where the one before it ended, though the clock did too", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: NOON_MS });
    const first = await call("GET", "/events?q=noon&limit=2", { settings: {} });
    vi.setSystemTime(NOON_MS + HOUR_MS);
    const next = /<([^>]+)>/.exec(first.headers.get("link") ?? "")?.[1] as "/events";
    const second = await call("GET", next, { settings: {} });
    expect(first.list.map(({ name }) => name)).toEqual(["Exhibition", "Festival"]);
    expect(second.list.map(({ name }) => name)).toEqual(["Concert", "Tomorrow's fair"]);
  });
});

test("the organiser's own list leaves out what is over, drafts included", async () => {
  const { token, accountId } = await newPerson("organizer");
  const times = { starts_at: "2020-01-01T00:00:00Z", ends_at: "2020-01-02T00:00:00Z" };
  const id = await createEvent({ ...organizer, token, accountId }, { ...times, status: "draft" });
  const ids = async (query: string) =>
    (await call("GET", `/events?organizer=${accountId}${query}`, { token })).list.map((event) => event.id);
  expect([await ids(""), await ids("&past=true")]).toEqual([[], [id]]);
});

describe("whatever is asked for, the pages together are what overlaps, in order, each once", () => {
  interface Row {
    readonly id: string;
    readonly startsAtMs: number;
    readonly endsAtMs: number;
    readonly isDraft: boolean;
    readonly words: readonly string[];
  }

  const nowMs = Date.UTC(2060, 0);
  const YEAR_MS = 365 * DAY_MS;
  let rows: Row[];

  /** Many start at the same time; lengths are from an hour to years, some exactly a class's. */
  beforeAll(async () => {
    const lengths = [HOUR_MS, DAY_MS, DAY_MS + 1, 3 * DAY_MS, 16 * DAY_MS, 40 * DAY_MS, 256 * DAY_MS, 2 * YEAR_MS];
    const row = fc.record({
      day: fc.integer({ min: -700, max: 700 }),
      length: fc.constantFrom(...lengths),
      dice: fc.nat(99),
    });
    rows = fc.sample(row, { numRuns: 1_500, seed: 9 }).map(({ day, length, dice }, n) => ({
      id: `9${String((n * 7_919) % 10_007).padStart(15, "0")}`,
      startsAtMs: nowMs + day * DAY_MS,
      endsAtMs: nowMs + day * DAY_MS + length,
      isDraft: dice % 20 === 0,
      words: [...(dice < 60 ? ["often"] : []), ...(dice % 2 === 0 ? ["even"] : []), ...(dice === 7 ? ["seldom"] : [])],
    }));
    const json = JSON.stringify(rows);
    const value = (name: string) => `row.value ->> '${name}'`;
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO events (id, organizer_id, name, description, venue, starts_at_ms, ends_at_ms, timezone, status,
           status_version, announcing, created_at_ms)
         SELECT ${value("id")}, ?2, 'x', '', 'y', ${value("startsAtMs")}, ${value("endsAtMs")}, 'UTC',
           iif(${value("isDraft")}, 'draft', 'published'), 1, 0, 1 FROM json_each(?1) AS row`,
      ).bind(json, organizer.accountId),
      env.DB.prepare(
        `INSERT INTO event_terms SELECT word.value, ${value("startsAtMs")}, ${value("id")}, NULL, NULL
         FROM json_each(?1) AS row, json_each(row.value, '$.words') AS word`,
      ).bind(json),
    ]);
  });

  const day = fc.option(fc.integer({ min: -720, max: 720 }), { nil: undefined });

  test.each(["", "often", "often even", "seldom", "seldom often"])("with the words “%s”", async (text) => {
    const words = text.split(" ").filter((word) => word !== "");
    const property = fc.asyncProperty(
      day,
      day,
      fc.boolean(),
      fc.integer({ min: 7, max: 100 }),
      async (a, b, past, limit) => {
        vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
        const [from, to] = a !== undefined && b !== undefined ? [Math.min(a, b), Math.max(a, b) + 1] : [a, b];
        const at = (days: number) => nowMs + days * DAY_MS;
        const query = EventQuery.parse({
          limit: String(limit),
          ...(from === undefined ? {} : { from: iso(at(from)) }),
          ...(to === undefined ? {} : { to: iso(at(to)) }),
          ...(past ? { past: "true" } : {}),
          ...(text === "" ? {} : { q: text }),
        });
        const found: string[] = [];
        for (let cursor = query.cursor, pages = 0; pages < 2_000; pages++) {
          const { events, next } = await listEvents(env.DB, { ...query, cursor }, false);
          found.push(...events.map(({ id }) => id));
          if (next === null) break;
          cursor = EventQuery.parse({ cursor: encodeCursor(next) }).cursor;
        }
        const fromMs = from !== undefined ? at(from) : past ? -1 : nowMs;
        const wanted = rows
          .filter(({ isDraft }) => !isDraft)
          .filter((row) => words.every((word) => row.words.includes(word)))
          .filter((row) => row.endsAtMs > fromMs && (to === undefined || row.startsAtMs < at(to)))
          .filter((row) => !past || row.endsAtMs <= nowMs)
          .sort((one, other) => one.startsAtMs - other.startsAtMs || (one.id < other.id ? -1 : 1))
          .map(({ id }) => id);
        const isOfThese = new Set(rows.map(({ id }) => id));
        expect(found.filter((id) => isOfThese.has(id))).toEqual(past ? wanted.reverse() : wanted);
      },
    );
    await fc.assert(property, { numRuns: 15 });
  });
});
