// The inverted index of events: what the sweep makes up for, and how far one page goes.

import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { eventById } from "../../../../src/worker/catalogue/queries.ts";
import { INDEXED_AT_ONCE, indexTokens } from "../../../../src/worker/catalogue/search.ts";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { d1With, recordingD1, rowsReadBy } from "../../../support/recording.ts";
import {
  addTicket,
  call,
  createEvent,
  EVENT,
  newPerson,
  objectOf,
  type Person,
  pagesOf,
} from "../../../support/service.ts";

let organizer: Person;

beforeAll(async () => {
  organizer = await newPerson("organizer");
});

afterEach(() => {
  vi.useRealTimers();
});

const create = (words: Record<string, unknown>) => createEvent(organizer, words);

/** Read from D1, not from a copy. */
async function idsOf(query: string): Promise<string[]> {
  return (await call("GET", `/events?${query}`, { settings: {} })).list.map(({ id }) => id);
}

async function termsOf(id: string): Promise<string[]> {
  const { results } = await env.DB.prepare("SELECT term FROM event_terms WHERE event_id = ? ORDER BY term")
    .bind(id)
    .all<{ term: string }>();
  return results.map(({ term }) => term);
}

/** Whether lists consider the event for `available=true`. */
async function isCandidate(id: string): Promise<boolean> {
  return (await termsOf(id)).includes("@available");
}

/** The tests' D1, which fails to write tokens. */
function withoutTokens(): D1Database {
  const prepare = (text: string) => {
    if (/(insert into|delete from) "event_terms"/.test(text)) throw new Error("D1_ERROR: network connection lost");
    return env.DB.prepare(text);
  };
  return d1With({ prepare });
}

test("an event that can't be indexed now is created and changed all the same, and the sweep indexes it", async () => {
  const settings = { DB: withoutTokens() };
  const { token } = organizer;
  const created = await call("POST", "/events", { token, body: { ...EVENT, name: "Phantom" }, settings });
  expect(created.status).toBe(201);
  const { id } = created.body;
  expect(await idsOf("q=phantom")).toEqual([]);
  await sweep(env);
  expect(await idsOf("q=phantom")).toEqual([id]);
  const changed = await call("PATCH", `/events/${id}`, { token, body: { name: "Opera" }, settings });
  expect(changed.status).toBe(200);
  await sweep(env);
  expect([await idsOf("q=phantom"), await idsOf("q=opera")]).toEqual([[], [id]]);
});

test("the sweep indexes all events that are older than the index", async () => {
  const names = Array.from({ length: 2 * INDEXED_AT_ONCE + 5 }, (_, n) => `Legacy n${n}`);
  const ids = await Promise.all(names.map((name) => create({ name })));
  await env.DB.batch([
    env.DB.prepare("DELETE FROM event_terms WHERE substr(term, 1, 1) <> '@'"),
    env.DB.prepare("UPDATE events SET indexed_version = 0"),
  ]);
  expect(await idsOf("q=legacy&limit=100")).toEqual([]);
  await sweep(env);
  expect((await idsOf("q=legacy&limit=100")).sort()).toEqual(ids.sort());
  const left = "SELECT COUNT(*) AS n FROM events WHERE indexed_version < words_version";
  expect(await env.DB.prepare(left).first("n")).toBe(0);
});

test("the sweep indexes events again whose tokens an older version made, as the tables' default says", async () => {
  const [pointed, plain] = ["שָׁלוֹם", "שלום"];
  const id = await create({ name: pointed, venue: "Old tokens" });
  await env.DB.batch([
    env.DB.prepare("UPDATE event_terms SET term = ? WHERE event_id = ? AND term = ?").bind(pointed, id, plain),
    env.DB.prepare("UPDATE events SET tokens_version = 1 WHERE id = ?").bind(id),
  ]);
  expect(await idsOf(`q=${encodeURIComponent(plain)}`)).toEqual([]);
  await sweep(env);
  for (const word of [plain, pointed]) expect(await idsOf(`q=${encodeURIComponent(word)}`)).toEqual([id]);
});

test.each<[query: string, isFound: boolean]>([
  ["prelu", true],
  ["PRÉL", true],
  ["p", true],
  ["prelude fest orang", true],
  ["relude", false],
  ["preludes", false],
  ["sonatas", true],
  ["sonat", false],
])("a search for %s by the beginnings of words in name and venue, and by whole words: %s", async (query, isFound) => {
  const id = await create({ name: "Prélude Festival", venue: "Orangerie", description: "Sonatas at dusk." });
  expect((await idsOf(`q=${encodeURIComponent(query)}&limit=100`)).includes(id)).toBe(isFound);
});

test("an older text does not replace the tokens of a newer one", async () => {
  const id = await create({ name: "Before", venue: "Somewhere" });
  const read = await eventById(env.DB, id);
  await call("PATCH", `/events/${id}`, { token: organizer.token, body: { name: "After" } });
  if (read !== null) await indexTokens(env.DB, [read]);
  const terms = await termsOf(id);
  expect([terms.includes("after"), terms.includes("before")]).toEqual([true, false]);
});

test("indexing an event twice changes nothing", async () => {
  const id = await create({ name: "Twice twice", venue: "Here" });
  const terms = await termsOf(id);
  const read = await eventById(env.DB, id);
  if (read !== null) await indexTokens(env.DB, [read]);
  expect(await termsOf(id)).toEqual(terms);
  const beginnings = ["h", "he", "her", "here", "t", "tw", "twi", "twic", "twice"];
  expect(terms).toEqual([`@${organizer.accountId}`, ...beginnings]);
});

test("the longest text that an event can have is found by its last word", async () => {
  const dense = Array.from({ length: 3_990 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join("");
  const id = await create({ name: "n".repeat(200), venue: "v".repeat(200), description: `${dense} lastword` });
  expect(await idsOf("q=lastword")).toEqual([id]);
  expect(await idsOf(`q=${encodeURIComponent([...dense].slice(-20).join(""))}`)).toEqual([id]);
});

test("an event whose sale has closed leaves the index in the sweep, and comes back when it opens again", async () => {
  const id = await create({ name: "Matinee", description: "" });
  vi.useFakeTimers({ toFake: ["Date"] });
  const soon = new Date(Date.now() + 60_000).toISOString();
  const ticket = await addTicket(organizer, id, { sales_end: soon });
  expect(await idsOf("available=true&q=matinee")).toEqual([id]);
  await sweep(env);
  expect(await isCandidate(id)).toBe(true);
  vi.setSystemTime(Date.now() + 60_000);
  expect(await idsOf("available=true&q=matinee")).toEqual([]);
  await sweep(env);
  expect(await isCandidate(id)).toBe(false);
  await call("PATCH", `/tickets/${ticket}`, { token: organizer.token, body: { sales_end: null } });
  await objectOf(ticket).wake();
  expect(await isCandidate(id)).toBe(true);
  expect(await idsOf("available=true&q=matinee")).toEqual([id]);
});

describe("an event that is sold out", () => {
  /** How many rows D1 wrote for a copy that says this. */
  async function copy(ticket: string, sold: number): Promise<number> {
    const statement = env.DB.prepare("UPDATE ticket_types SET sold = ? WHERE id = ?").bind(sold, ticket);
    return (await statement.run()).meta.rows_written;
  }

  const addOne = (eventId: string) => addTicket(organizer, eventId, { capacity: 1 });

  test("leaves the index at once and comes back at once, in few rows however many tokens the event has", async () => {
    const description = Array.from({ length: 50 }, (_, n) => `word${n}`).join(" ");
    const id = await create({ name: "Flipping", description });
    const ticket = await addOne(id);
    for (let turn = 0; turn < 3; turn++) {
      expect(await copy(ticket, 1)).toBeLessThan(10);
      expect([await isCandidate(id), await idsOf("available=true&q=flipping")]).toEqual([false, []]);
      expect(await copy(ticket, 0)).toBeLessThan(10);
      expect([await isCandidate(id), await idsOf("available=true&q=flipping")]).toEqual([true, [id]]);
    }
  });

  test("is not, while another ticket type of it has tickets left", async () => {
    const id = await create({ name: "Halfsold" });
    const [one, other] = [await addOne(id), await addOne(id)];
    await copy(one, 1);
    expect(await idsOf("available=true&q=halfsold")).toEqual([id]);
    await copy(other, 1);
    expect(await idsOf("available=true&q=halfsold")).toEqual([]);
    await copy(one, 0);
    expect(await idsOf("available=true&q=halfsold")).toEqual([id]);
  });
});

describe("a search that finds nothing for long", () => {
  const COMMON = 3_000;

  /**
   * Events of which one half has one word, and the other half another one; the last has both, and
   * one is a draft.
   */
  beforeAll(async () => {
    const ids = Array.from({ length: COMMON }, (_, n) => `8${String(n).padStart(15, "0")}`);
    const rows = `(SELECT value AS id, key AS n, 4000000000000 + key / 3 AS at FROM json_each(?1))`;
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO events (id, organizer_id, name, description, venue, starts_at_ms, ends_at_ms, timezone, status,
           status_version, announcing, created_at_ms, indexed_version)
         SELECT id, ?2, 'x', '', 'y', at, at + 1, 'UTC', 'published', 1, 0, 1, 1 FROM ${rows}`,
      ).bind(JSON.stringify(ids), organizer.accountId),
      env.DB.prepare(
        `INSERT INTO event_terms SELECT iif(n % 2 = 0, 'castor', 'pollux'), at, id, NULL, NULL FROM ${rows}`,
      ).bind(JSON.stringify(ids)),
      env.DB.prepare(
        `INSERT INTO event_terms SELECT 'castor', at, id, NULL, NULL FROM ${rows} WHERE n = ${COMMON - 1}`,
      ).bind(JSON.stringify(ids)),
    ]);
  });

  async function walk(query: string): Promise<{ ids: string[]; sizes: number[]; mostRows: number }> {
    const { DB, statements } = recordingD1();
    const pages = await pagesOf(`/events?${query}`, { settings: { DB } });
    // The first page has what goes on, too: two statements for that, and two for each page.
    expect(statements).toHaveLength(2 + 2 * pages.length);
    const of = (page: number) => statements.slice(page === 0 ? 0 : 2 + 2 * page, 4 + 2 * page);
    const rows = await Promise.all(pages.map((_, page) => rowsReadBy(of(page))));
    return {
      ids: pages.flatMap(({ list }) => list.map(({ id }) => id)),
      sizes: pages.map(({ list }) => list.length),
      mostRows: Math.max(...rows),
    };
  }

  test("stops on its way, says where to go on, and finds in the end what there is, once", async () => {
    const { ids, sizes, mostRows } = await walk("q=castor+pollux");
    expect(ids).toEqual([`8${String(COMMON - 1).padStart(15, "0")}`]);
    // Three times 500 events with nothing, and then the one.
    expect(sizes).toEqual([0, 0, 0, 1]);
    expect(mostRows).toBeLessThan(5_000);
  });

  test("does so too where what is found are all drafts of somebody else", async () => {
    await env.DB.prepare(
      "UPDATE events SET status = 'draft' WHERE id LIKE '8000%' AND CAST(substr(id, 2) AS INTEGER) < 2000",
    ).run();
    const { ids, sizes, mostRows } = await walk(`organizer=${organizer.accountId}&from=2096-01-01T00:00:00Z&limit=100`);
    expect(ids).toHaveLength(1_000);
    expect(new Set(ids).size).toBe(1_000);
    expect(sizes.slice(0, 3)).toEqual([0, 0, 0]);
    expect(mostRows).toBeLessThan(5_000);
  });

  test("a word that is found has full pages to the end", async () => {
    await env.DB.prepare("UPDATE events SET status = 'published'").run();
    const { ids, sizes } = await walk("q=castor&limit=100");
    expect(new Set(ids).size).toBe(COMMON / 2 + 1);
    expect(ids).toHaveLength(COMMON / 2 + 1);
    expect(sizes.slice(0, -1).every((size) => size === 100)).toBe(true);
  });
});
