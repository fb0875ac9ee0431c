// What is on: the list of events and its pages.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { type Answer, call, EVENT, newPerson, type Person, TICKET } from "../../../support/service.ts";

let organizer: Person;

beforeAll(async () => {
  organizer = await newPerson("organizer");
});

async function createEvent(changes: Record<string, unknown> = {}): Promise<string> {
  const answer = await call("POST", "/events", { token: organizer.token, body: { ...EVENT, ...changes } });
  expect(answer.status).toBe(201);
  return answer.body.id;
}

/** An hour long, `days` after the first of January of `year`. */
function on(year: number, days: number): { starts_at: string; ends_at: string } {
  const startMs = Date.UTC(year, 0, 1 + days, 18);
  return { starts_at: new Date(startMs).toISOString(), ends_at: new Date(startMs + 3_600_000).toISOString() };
}

function nextOf(answer: Answer<"GET /events">): string | null {
  const link = answer.headers.get("link");
  if (link === null) return null;
  const path = /^<(\/events\/?\?[^>]+)>; rel="next"$/.exec(link)?.[1];
  expect(path, `a Link that reads as one: ${link}`).toBeDefined();
  return path ?? null;
}

/** All pages from `path` on, in order. `between` runs after the first one. */
async function walk(path: string, between: () => Promise<void> = async () => {}): Promise<Answer<"GET /events">[]> {
  const pages: Answer<"GET /events">[] = [];
  for (let next: string | null = path; next !== null; ) {
    const page: Answer<"GET /events"> = await call("GET", next as `/events?${string}`);
    expect(page.status).toBe(200);
    expect(page.list.length).toBeGreaterThan(0);
    pages.push(page);
    next = nextOf(page);
    if (pages.length === 1) await between();
  }
  return pages;
}

function idsOn(pages: Answer<"GET /events">[]): string[] {
  return pages.flatMap(({ list }) => list.map(({ id }) => id));
}

function cursorOf(page: Answer | undefined): string | null {
  return new URLSearchParams((page && nextOf(page))?.split("?")[1]).get("cursor");
}

/** Every event on the list, as it is there. */
async function all() {
  return (await walk("/events?limit=100")).flatMap(({ list }) => list);
}

describe("the list of events", () => {
  test("is sorted by date, then by id", async () => {
    const created: Record<string, string> = {};
    for (const days of [5, 2, 9, 5, 5]) created[await createEvent(on(2040, days))] = on(2040, days).starts_at;
    const mine = (await all()).filter(({ id }) => id in created);
    const wanted = Object.entries(created).sort(([a, atA], [b, atB]) => atA.localeCompare(atB) || (a < b ? -1 : 1));
    expect(mine.map(({ id, starts_at }) => [id, starts_at])).toEqual(wanted);
  });

  test("has each event in full, but its ticket types as ids, in the order they were added", async () => {
    const eventId = await createEvent({ ...on(2041, 0), description: "Two sets.\nOne pause.", name: "Ünïcode 🎷" });
    const ids: string[] = [];
    for (const name of ["Stalls", "Circle", "Boxes"]) {
      const path = `/events/${eventId}/tickets` as const;
      ids.push((await call("POST", path, { token: organizer.token, body: { ...TICKET, name } })).body.id);
    }
    const words = { name: "Ünïcode 🎷", description: "Two sets.\nOne pause.", venue: EVENT.venue };
    expect((await all()).find(({ id }) => id === eventId)).toStrictEqual({
      ...{
        id: eventId,
        organizer: organizer.accountId,
        ...words,
        ...on(2041, 0),
        timezone: EVENT.timezone,
        status: "published",
        tickets: ids,
      },
    });
  });

  test.each([
    ["draft", false],
    ["published", true],
    ["cancelled", true],
  ])("shows %s events: %s", async (status, shown) => {
    const eventId = await createEvent({ ...on(2042, 0), status });
    expect((await all()).map(({ id }) => id).includes(eventId)).toBe(shown);
  });

  test("hides a draft from its organiser, too, who has it by its id", async () => {
    const eventId = await createEvent({ ...on(1970, 1), status: "draft" });
    const { token } = organizer;
    const [first] = (await call("GET", "/events?limit=1", { token })).list;
    expect(first?.id).not.toBe(eventId);
    expect((await call("GET", `/events/${eventId}`, { token })).status).toBe(200);
  });

  test("has at most 20 events a page where no limit is given, and says where the next ones are", async () => {
    await Promise.all(Array.from({ length: 21 }, (_, days) => createEvent(on(2050, days))));
    const page = await call("GET", "/events");
    expect(page.list).toHaveLength(20);
    const next = await call("GET", `/events${nextOf(page)?.replace("/events", "")}`);
    const shown = new Set(page.list.map(({ id }) => id));
    expect(next.list.filter(({ id }) => shown.has(id))).toEqual([]);
  });

  test.each([1, 3, 100])("walked in pages of %i skips nothing and repeats nothing", async (limit) => {
    const same = await Promise.all(Array.from({ length: 8 }, () => createEvent(on(2051, 0))));
    const ids = idsOn(await walk(`/events?limit=${limit}`));
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.filter((id) => same.includes(id))).toEqual([...same].sort());
    const rows = await env.DB.prepare("SELECT COUNT(*) AS n FROM events WHERE status <> 'draft'").first<number>("n");
    expect(ids).toHaveLength(rows ?? 0);
  });

  test("walked while events are added and called off still skips nothing and repeats nothing", async () => {
    const ids = await Promise.all(Array.from({ length: 6 }, (_, days) => createEvent(on(2052, days))));
    const late: string[] = [];
    const early: string[] = [];
    const pages = await walk("/events?limit=2", async () => {
      late.push(await createEvent(on(2053, 0)));
      early.push(await createEvent(on(1970, 2)));
      const body = { status: "cancelled" } as const;
      expect((await call("PATCH", `/events/${ids[3]}`, { token: organizer.token, body })).status).toBe(200);
    });
    const walked = idsOn(pages);
    expect(walked.filter((id) => ids.includes(id))).toEqual(ids);
    expect(new Set(walked).size).toBe(walked.length);
    // Whoever reads on sees what comes later, and not what came before the page they have read.
    expect(walked).toContain(late[0]);
    expect(walked).not.toContain(early[0]);
    expect((await all()).at(0)?.id).toBe(early[0]);
  });

  test("ends without a Link where the last page is full", async () => {
    const pages = await walk("/events?limit=3");
    const left = pages.at(-1)?.list.length ?? 0;
    const full = await call("GET", `/events?limit=${left}&cursor=${cursorOf(pages.at(-2))}`);
    expect(full.list).toHaveLength(left);
    expect(nextOf(full)).toBeNull();
    // One event more than fits, and there is a next page.
    const before = await call("GET", `/events?limit=${left + 2}&cursor=${cursorOf(pages.at(-3))}`);
    expect(before.list).toHaveLength(left + 2);
    expect(nextOf(before)).not.toBeNull();
  });

  test("keeps the limit in the Link", async () => {
    const next = nextOf(await call("GET", "/events/?limit=2"));
    expect(next).toMatch(/^\/events\?limit=2&cursor=/);
  });

  test.each([
    ["limit=0", "limit"],
    ["limit=101", "limit"],
    ["limit=-1", "limit"],
    ["limit=1.5", "limit"],
    ["limit=1e1", "limit"],
    ["limit=0x10", "limit"],
    ["limit=", "limit"],
    ["limit=ten", "limit"],
    ["limit=%2010", "limit"],
    ["limit=1&limit=2", "limit"],
    ["cursor=", "cursor"],
    ["cursor=garbage", "cursor"],
    ["cursor=1.2.3", "cursor"],
    ["cursor=1.%27%20OR%201=1", "cursor"],
    [`cursor=1.${"a".repeat(200)}`, "cursor"],
    ["cursor=1.a&cursor=1.b", "cursor"],
    ["page=2", "page"],
    ["limit=5&offset=5", "offset"],
    ["__proto__=1", "__proto__"],
  ])("refuses ?%s", async (query, path) => {
    const answer = await call("GET", `/events?${query}`);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error) => error.path)).toEqual([path]);
  });
});
