// What everybody reads: kept for a moment, never for longer, asked for once however many wait, and
// told to nobody twice.

import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { sharedReply } from "../../../../src/worker/catalogue/copies.ts";
import { PublicCatalogue, readCatalogue } from "../../../../src/worker/catalogue/public-catalogue.ts";
import { call, EVENT, hold, newPerson, type OnSale, putOnSale, seen, until } from "../../../support/service.ts";

const AVAILABILITY = "public, max-age=1, must-revalidate";

let sale: OnSale;
beforeAll(async () => {
  sale = await putOnSale({ max_per_buyer: null });
});

afterEach(() => {
  vi.restoreAllMocks();
});

function paths(): Record<string, string> {
  return { list: "/events", event: `/events/${sale.eventId}`, ticket: `/tickets/${sale.ticketId}` };
}

test("what is not sent again tells of no next page: the client knows it", async () => {
  await putOnSale();
  const first = await call("GET", "/events?limit=1");
  expect(first.headers.has("link")).toBe(true);
  const etag = first.headers.get("etag") ?? "";
  const again = await call("GET", "/events?limit=1", { headers: { "if-none-match": etag } });
  expect([again.status, again.headers.has("link")]).toEqual([304, false]);
});

describe.each(["list", "event", "ticket"])("the %s", (what) => {
  test("has a tag, and is not sent again to whoever names it", async () => {
    const path = paths()[what] ?? "";
    const first = await call("GET", path);
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, `"a,b" , W/"c",${etag} `, "*", " * "]) {
      for (const method of ["GET", "HEAD"]) {
        const again = await call(method, path, { headers: { "if-none-match": known } });
        expect([known, again.status, again.text]).toEqual([known, 304, ""]);
        expect(again.headers.has("content-type")).toBe(false);
        for (const name of ["etag", "cache-control", "vary", "content-security-policy", "strict-transport-security"]) {
          expect(again.headers.get(name), name).toBe(first.headers.get(name));
        }
      }
    }
    for (const other of [
      '"other"',
      etag.slice(1, -1),
      `${etag.slice(0, -1)}x"`,
      `"x${etag.slice(1)}`,
      "",
      "W/*",
      '"',
    ]) {
      const again = await call("GET", path, { headers: { "if-none-match": other } });
      expect([other, again.status, again.text]).toEqual([other, 200, first.text]);
    }
    const withOthers = await call("GET", path, { headers: { "if-modified-since": new Date().toUTCString() } });
    expect(withOthers.status).toBe(200);
  });

  test("is told to each as if nobody had asked before: nothing of one reply is in the next", async () => {
    const path = paths()[what] ?? "";
    const first = await call("GET", path);
    const settings = { ALLOWED_ORIGINS: "https://shop.test" };
    const listed = await call("GET", path, { headers: { origin: "https://shop.test" }, settings });
    expect(listed.headers.get("access-control-allow-origin")).toBe("https://shop.test");
    expect((await call("GET", path, { headers: { "if-none-match": "*" } })).headers.has("content-type")).toBe(false);
    const again = await call("GET", path);
    expect(seen(again)).toEqual(seen(first));
    expect(again.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
  });

  test("says for how long it may be kept, by whom, and on what it depends", async () => {
    const { headers } = await call("GET", paths()[what] ?? "");
    expect(headers.get("cache-control")).toBe(`public, max-age=${what === "list" ? 5 : 0}, must-revalidate`);
    expect(headers.get("vary")).toBe("authorization, cookie, origin");
    // These are between the worker and Cloudflare.
    expect(headers.has("cloudflare-cdn-cache-control")).toBe(false);
    expect(headers.has("fresh-until")).toBe(false);
  });

  test("is asked for once, however many wait for it", async () => {
    await call("POST", "/events", { token: sale.organizer.token, body: EVENT });
    const asked = vi.spyOn(PublicCatalogue.prototype, "fetch");
    const answers = await Promise.all(Array.from({ length: 200 }, () => call("GET", paths()[what] ?? "")));
    expect(asked).toHaveBeenCalledTimes(1);
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(answers[0]?.status).toBe(200);
    // And again when that is too old.
    await scheduler.wait(what === "list" ? 4_050 : 1_050);
    await Promise.all(Array.from({ length: 50 }, () => call("GET", paths()[what] ?? "")));
    expect(asked).toHaveBeenCalledTimes(2);
  }, 10_000);

  test("is asked for as it is: nothing of the request but its path and query gets there", async () => {
    await call("POST", "/events", { token: sale.organizer.token, body: EVENT });
    const asked = vi.spyOn(PublicCatalogue.prototype, "fetch");
    const { token } = await newPerson();
    await call("GET", paths()[what] ?? "", { token, headers: { cookie: "a=b", "x-more": "y", accept: "text/html" } });
    const [request] = asked.mock.calls[0] ?? [];
    expect(request?.url).toBe(`https://catalogue${paths()[what]}`);
    expect([...(request?.headers ?? [])]).toEqual([]);
  });
});

test("the same question in another order has one copy", async () => {
  await call("POST", "/events", { token: sale.organizer.token, body: EVENT });
  const asked = vi.spyOn(PublicCatalogue.prototype, "fetch");
  const { headers } = await call("GET", "/events?limit=1");
  const cursor = /cursor=([^&>]+)/.exec(headers.get("link") ?? "")?.[1];
  const one = await call("GET", `/events?limit=1&cursor=${cursor}`);
  const other = await call("GET", `/events/?cursor=${cursor}&limit=1`);
  expect(other.text).toBe(one.text);
  expect(asked).toHaveBeenCalledTimes(2);
});

describe("the reply of the catalogue itself", () => {
  test.each([
    ["list", "public, max-age=4, must-revalidate", 4_000],
    ["event", AVAILABILITY, 1_000],
    ["ticket", AVAILABILITY, 1_000],
  ])("to %s is for the data centre to keep: %s", async (what, kept, ms) => {
    const beforeMs = Date.now();
    const { status, headers } = await readCatalogue(`https://catalogue${paths()[what]}`, env);
    expect(status).toBe(200);
    expect(headers.get("cloudflare-cdn-cache-control")).toBe(kept);
    const freshUntilMs = Number(headers.get("fresh-until"));
    // Counted from before the first query: what D1 said is older than the reply.
    expect(freshUntilMs).toBeGreaterThanOrEqual(beforeMs + ms);
    expect(freshUntilMs).toBeLessThan(Date.now() + ms + 1);
  });

  test.each(["/events/0000000000000000", "/tickets/0000000000000000"])("%s is not kept by anybody", async (path) => {
    const { status, headers } = await readCatalogue(`https://catalogue${path}`, env);
    expect([status, headers.get("cache-control")]).toEqual([404, "no-store"]);
  });
});

test("what comes late from the data centre's cache is not kept for its whole life once more", async () => {
  const asked = vi.spyOn(PublicCatalogue.prototype, "fetch");
  const answering = (ageMs: number) =>
    asked.mockImplementation(async () => {
      const headers = { etag: '"x"', "fresh-until": String(Date.now() + 1_000 - ageMs) };
      return new Response("{}", { headers });
    });
  const path = `/tickets/${sale.ticketId}`;
  const get = () => call("GET", path).catch(() => null);
  await call("POST", "/events", { token: sale.organizer.token, body: EVENT });
  answering(800);
  await get();
  await get();
  expect(asked).toHaveBeenCalledTimes(1);
  await scheduler.wait(250);
  answering(1_000);
  await get();
  await get();
  expect(asked).toHaveBeenCalledTimes(3);
});

describe("who manages it", () => {
  test("sees more, which nobody else is shown, whoever comes first", async () => {
    const { organizer } = sale;
    const admin = await newPerson("admin");
    const buyer = await newPerson();
    for (const path of [paths().event ?? "", paths().ticket ?? ""]) {
      for (const { token } of [organizer, admin]) {
        for (const order of ["first", "then"]) {
          const mine = await call("GET", path, { token });
          expect(mine.text, order).toContain('"held":');
          expect(mine.headers.get("cache-control")).toBe("no-store");
          expect(mine.headers.has("etag")).toBe(false);
          for (const other of [undefined, buyer.token]) {
            const theirs = await call("GET", path, other === undefined ? {} : { token: other });
            expect(theirs.text).not.toContain('"held":');
          }
        }
      }
    }
  });

  test("is not taken for somebody who does not, even right after they became an organiser", async () => {
    const person = await newPerson("organizer");
    const { token } = person;
    await call("GET", paths().event ?? "", { token });
    const own = await call("POST", "/events", { token, body: { ...EVENT, status: "draft" } });
    expect((await call("GET", `/events/${own.body.id}`, { token })).status).toBe(200);
    expect((await call("GET", `/events/${own.body.id}`)).status).toBe(404);
  });
});

test("a buyer is not looked up for each thing they read", async () => {
  const { token } = await newPerson();
  let roles = 0;
  const prepare = (text: string) => {
    if (/"role" from "accounts"/.test(text)) roles += 1;
    return env.DB.prepare(text);
  };
  const DB = new Proxy(env.DB, {
    get: (db, name) => (name === "prepare" ? prepare : Reflect.get(db, name).bind(db)),
  });
  for (let n = 0; n < 10; n++) {
    expect((await call("GET", paths().event ?? "", { token, settings: { DB } })).status).toBe(200);
  }
  expect(roles).toBe(1);
});

describe("a change", () => {
  test("that an organiser makes here is seen here at once, and nobody who asked before it keeps what was", async () => {
    const { organizer, eventId } = sale;
    await call("GET", `/events/${eventId}`);
    await call("GET", "/events?limit=100");
    for (const name of ["One", "Two", "Three"]) {
      const change = call("PATCH", `/events/${eventId}`, { token: organizer.token, body: { name } });
      const readers = Array.from({ length: 10 }, () => call("GET", `/events/${eventId}`));
      await Promise.all([change, ...readers]);
      expect((await call("GET", `/events/${eventId}`)).body.name).toBe(name);
      const { list } = await call("GET", "/events?limit=100");
      expect(list.find(({ id }) => id === eventId)?.name).toBe(name);
    }
  });

  test("that is made while somebody reads is seen by whoever asks after it: that reading is neither joined nor kept", async () => {
    const { organizer, eventId } = sale;
    const path = `/events/${eventId}` as const;
    await call("PATCH", path, { token: organizer.token, body: { name: "Before" } });
    vi.spyOn(PublicCatalogue.prototype, "fetch").mockImplementationOnce(async ({ url }) => {
      const read = await readCatalogue(url, env);
      await scheduler.wait(400);
      return read;
    });
    const slow = call("GET", path);
    await scheduler.wait(100);
    await call("PATCH", path, { token: organizer.token, body: { name: "After" } });
    const after = await call("GET", path);
    expect([(await slow).body.name, after.body.name]).toEqual(["Before", "After"]);
    expect((await call("GET", path)).body.name).toBe("After");
  });

  test("that is made elsewhere is seen here in time: a name within 1 s where there are tickets, 4 s in the list", async () => {
    const { eventId } = await putOnSale();
    const nameIn = { event: async () => (await call("GET", `/events/${eventId}`)).body.name, list: listed };
    async function listed() {
      return (await call("GET", "/events?limit=100")).list.find(({ id }) => id === eventId)?.name;
    }
    for (const [where, withinMs] of [
      ["event", 1_200],
      ["list", 4_500],
    ] as const) {
      await nameIn[where]();
      await env.DB.prepare("UPDATE events SET name = ? WHERE id = ?").bind(where, eventId).run();
      const changedAt = performance.now();
      expect(await until(nameIn[where], (name) => name === where)).toBe(where);
      expect(performance.now() - changedAt, where).toBeLessThan(withinMs);
    }
  }, 20_000);

  test("of the availability reaches a reader within 2 s", async () => {
    const { ticketId } = await putOnSale({ max_per_buyer: null, capacity: 100 });
    const buyer = await newPerson();
    const left = async () => (await call("GET", `/tickets/${ticketId}`)).body.available;
    const took: number[] = [];
    for (let n = 1; n <= 5; n++) {
      // Somebody has just asked: the copy that is kept is as young as can be.
      expect(await left()).toBe(100 - n + 1);
      expect((await hold(buyer, ticketId)).status).toBe(201);
      const changedAt = performance.now();
      expect(await until(left, (available) => available === 100 - n)).toBe(100 - n);
      took.push(performance.now() - changedAt);
    }
    expect(Math.max(...took)).toBeLessThan(2_000);
    // Not at once: it was a copy that was read.
    expect(Math.max(...took)).toBeGreaterThan(200);
  }, 30_000);
});

test("a draft that is published is there for whoever had asked in vain", async () => {
  const { token } = sale.organizer;
  const { id } = (await call("POST", "/events", { token, body: { ...EVENT, status: "draft" } })).body;
  await Promise.all(
    Array.from({ length: 20 }, async () => expect((await call("GET", `/events/${id}`)).status).toBe(404)),
  );
  await env.DB.prepare("UPDATE events SET status = 'published' WHERE id = ?").bind(id).run();
  expect((await call("GET", `/events/${id}`)).status).toBe(200);
});

test("copies do not fill the isolate either where there is next to nothing in each", async () => {
  const asked = vi.spyOn(PublicCatalogue.prototype, "fetch").mockImplementation(async () => {
    const headers = { etag: '"x"', "fresh-until": String(Date.now() + 600_000) };
    return new Response("[]", { headers });
  });
  const get = (n: number) => sharedReply(new Request("https://tickets.test/"), env, `/events?from=${n}`);
  const times = 8 * 1_024;
  for (let n = 0; n < times; n++) await get(n);
  expect(asked).toHaveBeenCalledTimes(times);
  await get(times - 1);
  expect(asked).toHaveBeenCalledTimes(times);
  await get(0);
  expect(asked).toHaveBeenCalledTimes(times + 1);
  await call("POST", "/events", { token: sale.organizer.token, body: EVENT });
}, 30_000);

test("a page that has got a next one has another tag, though the events on it are the same", async () => {
  const { token } = await newPerson("organizer");
  const { id } = (await call("POST", "/events", { token, body: EVENT })).body;
  const { organizer } = (await call("GET", `/events/${id}`)).body as unknown as { organizer: string };
  const path = `/events?limit=1&organizer=${organizer}`;
  const before = await call("GET", path);
  const starts_at = new Date(Date.parse(EVENT.ends_at) - 1).toISOString();
  await call("POST", "/events", { token, body: { ...EVENT, starts_at } });
  const headers = { "if-none-match": before.headers.get("etag") ?? "" };
  const after = await call("GET", path, { headers });
  expect([before.headers.has("link"), after.headers.has("link")]).toEqual([false, true]);
  expect([after.status, after.text]).toEqual([200, before.text]);
});

test("copies do not fill the isolate", async () => {
  const asked = vi.spyOn(PublicCatalogue.prototype, "fetch").mockImplementation(async () => {
    const headers = { etag: '"x"', "fresh-until": String(Date.now() + 60_000) };
    return new Response(" ".repeat(1024 * 1024), { headers });
  });
  const get = (n: number) => call("GET", `/events/${String(n).padStart(16, "0")}`).catch(() => null);
  for (let n = 0; n < 9; n++) await get(n);
  expect(asked).toHaveBeenCalledTimes(9);
  await get(8);
  expect(asked).toHaveBeenCalledTimes(9);
  await get(0);
  expect(asked).toHaveBeenCalledTimes(10);
  await call("POST", "/events", { token: sale.organizer.token, body: EVENT });
});
