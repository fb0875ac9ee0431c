// What events are found by is kept beside them: also when it can't be kept at once, and when somebody else was faster.

import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { sweep } from "../../src/worker/cron.ts";
import { eventById } from "../../src/worker/db/events.ts";
import { INDEXED_AT_ONCE, indexWords } from "../../src/worker/db/search.ts";
import { call, EVENT, newPerson, objectOf, type Person, TICKET } from "../support/service.ts";

let organizer: Person;

beforeAll(async () => {
  organizer = await newPerson("organizer");
});

async function create(words: Record<string, unknown>): Promise<string> {
  const { status, body } = await call("POST", "/events", { token: organizer.token, body: { ...EVENT, ...words } });
  expect(status).toBe(201);
  return body.id;
}

/** As D1 has it at this moment: no copy of a list that was read a moment ago. */
async function idsOf(query: string): Promise<string[]> {
  return (await call("GET", `/events?${query}`, { settings: {} })).list.map(({ id }) => id);
}

async function termsOf(id: string): Promise<string[]> {
  const { results } = await env.DB.prepare("SELECT term FROM event_terms WHERE event_id = ? ORDER BY term")
    .bind(id)
    .all<{ term: string }>();
  return results.map(({ term }) => term);
}

/** Whether every row of the event says that there may be tickets left; or none does. */
async function isCandidate(id: string): Promise<boolean> {
  const query = "SELECT DISTINCT opens_ms IS NOT NULL AS open FROM event_terms WHERE event_id = ?";
  const { results } = await env.DB.prepare(query).bind(id).all<{ open: number }>();
  expect(results).toHaveLength(1);
  return results[0]?.open === 1;
}

/** The tests' D1, but for statements that write words. */
function withoutWords(): D1Database {
  const prepare = (text: string) => {
    if (/(insert into|delete from) "event_terms"/.test(text)) throw new Error("D1_ERROR: network connection lost");
    return env.DB.prepare(text);
  };
  return { prepare, batch: env.DB.batch.bind(env.DB) } as unknown as D1Database;
}

test("an event whose words could not be kept is created and changed all the same; the sweep keeps them", async () => {
  const settings = { DB: withoutWords() };
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

test("the sweep keeps the words of all events that are older than the search", async () => {
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

test("words that have changed meanwhile are not taken back by who read them before", async () => {
  const id = await create({ name: "Before", venue: "Somewhere" });
  const read = await eventById(env.DB, id);
  await call("PATCH", `/events/${id}`, { token: organizer.token, body: { name: "After" } });
  if (read !== null) await indexWords(env.DB, [read]);
  expect(await termsOf(id)).toEqual(["@", `@${organizer.accountId}`, "after", "somewhere"]);
});

test("doing it twice changes nothing", async () => {
  const id = await create({ name: "Twice twice", venue: "Here" });
  const terms = await termsOf(id);
  const read = await eventById(env.DB, id);
  if (read !== null) await indexWords(env.DB, [read]);
  expect(await termsOf(id)).toEqual(terms);
  expect(terms).toEqual(["@", `@${organizer.accountId}`, "here", "twice"]);
});

test("the longest text that an event can have is found by its last word", async () => {
  const dense = Array.from({ length: 3_990 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join("");
  const id = await create({ name: "n".repeat(200), venue: "v".repeat(200), description: `${dense} lastword` });
  expect(await idsOf("q=lastword")).toEqual([id]);
  expect(await idsOf(`q=${encodeURIComponent([...dense].slice(-20).join(""))}`)).toEqual([id]);
});

test("an event whose sale has closed is looked at no more, until it opens again", async () => {
  const id = await create({ name: "Matinee", description: "" });
  const soon = new Date(Date.now() + 1_000).toISOString();
  const add = { token: organizer.token, body: { ...TICKET, sales_end: soon } };
  const ticket = (await call("POST", `/events/${id}/tickets`, add)).body.id;
  expect(await idsOf("available=true&q=matinee")).toEqual([id]);
  await sweep(env);
  expect(await isCandidate(id)).toBe(true);
  await scheduler.wait(1_001);
  expect(await idsOf("available=true&q=matinee")).toEqual([]);
  await sweep(env);
  expect(await isCandidate(id)).toBe(false);
  await call("PATCH", `/tickets/${ticket}`, { token: organizer.token, body: { sales_end: null } });
  await objectOf(ticket).wake();
  expect(await isCandidate(id)).toBe(true);
  expect(await idsOf("available=true&q=matinee")).toEqual([id]);
});
