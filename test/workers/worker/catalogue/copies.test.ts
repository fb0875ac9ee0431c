// What everybody reads: for how long a page is kept and where, its tag, and who is shown more.

import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { clearCopies, publicPage } from "../../../../src/worker/catalogue/copies.ts";
import { PublicCatalogue, readCatalogue } from "../../../../src/worker/catalogue/public-catalogue.ts";
import { recordingD1 } from "../../../support/recording.ts";
import {
  addTicket,
  call,
  createEvent,
  EVENT,
  hold,
  newPerson,
  type OnSale,
  putOnSale,
  seen,
  until,
} from "../../../support/service.ts";

type Page = "list" | "event" | "ticket";

let sale: OnSale;
let path: Record<Page, string>;
beforeAll(async () => {
  sale = await putOnSale({ max_per_buyer: null });
  path = { list: "/events", event: `/events/${sale.eventId}`, ticket: `/tickets/${sale.ticketId}` };
});

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  clearCopies();
});
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);
const reads = () => vi.spyOn(PublicCatalogue.prototype, "fetch");

/** As the catalogue would reply, with a page of so many characters that stays fresh for so long. */
function replying(asked: ReturnType<typeof reads>, freshForMs: number, characters = 2): void {
  asked.mockImplementation(async () => {
    const headers = { etag: '"x"', "fresh-until": String(Date.now() + freshForMs) };
    return new Response(" ".repeat(characters), { headers });
  });
}

/** Every page has availability. */
const freshForMs = 1_000;

describe.each<Page>(["list", "event", "ticket"])("the %s", (page) => {
  test("has a tag, and is not sent again to a client that names it", async () => {
    const first = await call("GET", path[page]);
    const etag = first.headers.get("etag") ?? "";
    expect(etag).toMatch(/^"[\w-]{22}"$/);
    for (const known of [etag, `W/${etag}`, `"other", ${etag}`, `"a,b" , W/"c",${etag} `, "*", " * "]) {
      for (const method of ["GET", "HEAD"]) {
        const again = await call(method, path[page], { headers: { "if-none-match": known } });
        expect([known, again.status, again.text]).toEqual([known, 304, ""]);
        expect(again.headers.has("content-type")).toBe(false);
        for (const name of ["etag", "cache-control", "vary", "content-security-policy", "strict-transport-security"]) {
          expect(again.headers.get(name), name).toBe(first.headers.get(name));
        }
      }
    }
    const others = ['"other"', etag.slice(1, -1), `${etag.slice(0, -1)}x"`, `"x${etag.slice(1)}`, "", "W/*", '"'];
    for (const other of others) {
      const again = await call("GET", path[page], { headers: { "if-none-match": other } });
      expect([other, again.status, again.text]).toEqual([other, 200, first.text]);
    }
    const since = { "if-modified-since": new Date().toUTCString() };
    expect((await call("GET", path[page], { headers: since })).status).toBe(200);
  });

  test("carries nothing of one reply into the next", async () => {
    const first = await call("GET", path[page]);
    const settings = { ALLOWED_ORIGINS: "https://shop.test" };
    const listed = await call("GET", path[page], { headers: { origin: "https://shop.test" }, settings });
    expect(listed.headers.get("access-control-allow-origin")).toBe("https://shop.test");
    await call("GET", path[page], { headers: { "if-none-match": "*" } });
    const again = await call("GET", path[page]);
    expect(seen(again)).toEqual(seen(first));
    expect(again.headers.get("x-request-id")).not.toBe(first.headers.get("x-request-id"));
  });

  test("says for how long it may be kept, by whom, and on what it depends", async () => {
    const { headers } = await call("GET", path[page]);
    expect(headers.get("cache-control")).toBe("public, max-age=0, must-revalidate");
    expect(headers.get("vary")).toBe("authorization, cookie, origin");
    // These are between the worker and Cloudflare.
    expect(headers.has("cloudflare-cdn-cache-control")).toBe(false);
    expect(headers.has("fresh-until")).toBe(false);
  });

  test("is for the data centre to keep for as long, counted from before the first query", async () => {
    const { status, headers } = await readCatalogue(`https://catalogue${path[page]}`, env);
    expect(status).toBe(200);
    const kept = `public, max-age=${freshForMs / 1_000}, must-revalidate`;
    expect(headers.get("cloudflare-cdn-cache-control")).toBe(kept);
    const slow = readCatalogue(`https://catalogue${path[page]}`, env);
    const startedAtMs = Date.now();
    pass(500);
    expect(Number((await slow).headers.get("fresh-until"))).toBe(startedAtMs + freshForMs);
  });

  test("is read once while it is fresh, with nothing of the request but its path and query", async () => {
    const asked = reads();
    const { token } = await newPerson();
    const headers = { cookie: "a=b", "x-more": "y", accept: "text/html" };
    await call("GET", path[page], { token, headers });
    pass(freshForMs - 1);
    await call("GET", path[page]);
    expect(asked).toHaveBeenCalledTimes(1);
    const [request] = asked.mock.calls[0] ?? [];
    expect([request?.url, ...(request?.headers ?? [])]).toEqual([`https://catalogue${path[page]}`]);
    pass(1);
    await call("GET", path[page]);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  test("shows what changed elsewhere once it is no longer fresh, and not before", async () => {
    const table = page === "ticket" ? "ticket_types" : "events";
    const id = page === "ticket" ? sale.ticketId : sale.eventId;
    const name = `Changed for the ${page}`;
    await call("GET", path[page]);
    await env.DB.prepare(`UPDATE ${table} SET name = ? WHERE id = ?`).bind(name, id).run();
    pass(freshForMs - 1);
    expect((await call("GET", path[page])).text).not.toContain(name);
    pass(1);
    expect((await call("GET", path[page])).text).toContain(name);
  });
});

describe("a crowd that finds a page no longer fresh", () => {
  const crowd = async () =>
    (await Promise.all(Array.from({ length: 10 }, () => call("GET", path.event)))).map(({ status }) => status);
  const all = (status: number) => Array(10).fill(status);

  test("reads it once: the others see the copy", async () => {
    await call("GET", path.event);
    const asked = reads();
    pass(1_000);
    expect(await crowd()).toEqual(all(200));
    expect(asked).toHaveBeenCalledTimes(1);
  });

  test("sees nothing that is older than that by more than a fifth of a second", async () => {
    await call("GET", path.event);
    pass(1_200);
    const asked = reads();
    await crowd();
    expect(asked).toHaveBeenCalledTimes(10);
  });

  test("is refused once that is over, if it can't be read", async () => {
    await call("GET", path.event);
    const asked = reads().mockResolvedValue(new Response(null, { status: 503 }));
    pass(1_000);
    expect((await crowd()).toSorted()).toEqual([...all(200).slice(1), 503]);
    expect(asked).toHaveBeenCalledTimes(1);
    pass(199);
    expect((await call("GET", path.event)).status).toBe(200);
    pass(1);
    expect(await crowd()).toEqual(all(503));
  });
});

test("a list whose parameters come in another order, or with others, is the same page", async () => {
  await putOnSale();
  const { headers } = await call("GET", "/events?limit=1");
  const cursor = /cursor=([^&>]+)/.exec(headers.get("link") ?? "")?.[1];
  const asked = reads();
  const one = await call("GET", `/events?limit=1&cursor=${cursor}`);
  for (const path of [`/events/?cursor=${cursor}&limit=1`, `/events?utm_source=x&limit=1&cursor=${cursor}&fbclid=y`]) {
    expect((await call("GET", path as "/events")).text).toBe(one.text);
  }
  expect(asked).toHaveBeenCalledTimes(1);
});

describe("the tag", () => {
  test("changes with the availability: what was left before a hold is not what is left after it", async () => {
    const { eventId, ticketId } = await putOnSale({ capacity: 20 });
    const paths = [`/events/${eventId}`, `/tickets/${ticketId}`, "/events?available=true"];
    const tags = await Promise.all(paths.map(async (page) => (await call("GET", page)).headers.get("etag") ?? ""));
    expect((await hold(await newPerson(), ticketId, 3)).status).toBe(201);
    await copied(ticketId, 3);
    pass(1_000);
    const again = (page: string, tag = "") => call("GET", page, { headers: { "if-none-match": tag } });
    const changed = await Promise.all(paths.map((page, at) => again(page, tags[at])));
    expect(changed.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(changed[1]?.body).toMatchObject({ available: 17 });
  });

  test("changes where a page gets a next one, though its events are the same; a 304 has no Link", async () => {
    const organizer = await newPerson("organizer");
    const page = `/events?limit=1&organizer=${organizer.accountId}`;
    await createEvent(organizer);
    const before = await call("GET", page);
    const starts_at = new Date(Date.parse(EVENT.ends_at) - 1).toISOString();
    await createEvent(organizer, { starts_at });
    const after = await call("GET", page, { headers: { "if-none-match": before.headers.get("etag") ?? "" } });
    expect([before.headers.has("link"), after.headers.has("link")]).toEqual([false, true]);
    expect([after.status, after.text]).toEqual([200, before.text]);
    const known = await call("GET", page, { headers: { "if-none-match": after.headers.get("etag") ?? "" } });
    expect([known.status, known.headers.has("link")]).toEqual([304, false]);
  });
});

/** Waits until D1 knows what is held. */
async function copied(ticketId: string, held: number): Promise<void> {
  const row = () => env.DB.prepare("SELECT held FROM ticket_types WHERE id = ?").bind(ticketId).first<number>("held");
  expect(await until(row, (found) => found === held)).toBe(held);
}

describe("not kept", () => {
  test.each(["/events/0000000000000000", "/tickets/0000000000000000"] as const)("is a 404: %s", async (unknown) => {
    const { status, headers } = await readCatalogue(`https://catalogue${unknown}`, env);
    expect([status, headers.get("cache-control")]).toEqual([404, "no-store"]);
    const asked = reads();
    for (let time = 0; time < 2; time++) expect((await call("GET", unknown)).status).toBe(404);
    expect(asked).toHaveBeenCalledTimes(2);
  });

  test("is a draft: once published it is there at once for a client that asked in vain", async () => {
    const id = await createEvent(sale.organizer, { status: "draft" });
    expect((await call("GET", `/events/${id}`)).status).toBe(404);
    await env.DB.prepare("UPDATE events SET status = 'published' WHERE id = ?").bind(id).run();
    expect((await call("GET", `/events/${id}`)).status).toBe(200);
  });

  test("is a page that the data centre has kept for its whole life; a younger one is kept for the rest", async () => {
    const asked = reads();
    replying(asked, 200);
    const get = () => publicPage(env, path.ticket);
    await get();
    pass(199);
    await get();
    expect(asked).toHaveBeenCalledTimes(1);
    pass(1);
    replying(asked, 0);
    await get();
    await get();
    expect(asked).toHaveBeenCalledTimes(3);
  });

  test.each<[what: string, pages: number, characters: number]>([
    ["large pages", 9, 1_024 * 1_024],
    ["pages with next to nothing on them", 1_001, 2],
  ])("is more than an isolate has room for: %s", async (_what, pages, characters) => {
    const asked = reads();
    replying(asked, 600_000, characters);
    const get = (page: number) => publicPage(env, `/events?from=${page}`);
    for (let page = 0; page < pages; page++) await get(page);
    expect(asked).toHaveBeenCalledTimes(pages);
    await get(pages - 1);
    expect(asked).toHaveBeenCalledTimes(pages);
    await get(0);
    expect(asked).toHaveBeenCalledTimes(pages + 1);
    clearCopies();
  });
});

describe("an organiser", () => {
  test("and an admin see more, which nobody else is shown, in whatever order they come", async () => {
    const { organizer } = sale;
    const [admin, buyer] = [await newPerson("admin"), await newPerson()];
    for (const page of [path.event, path.ticket]) {
      for (const { token } of [organizer, admin, organizer]) {
        const own = await call("GET", page, { token });
        expect(own.text).toContain('"held":');
        expect(own.headers.get("cache-control")).toBe("no-store");
        for (const other of [{}, { token: buyer.token }]) {
          const shown = await call("GET", page, other);
          expect(shown.text).not.toContain('"held":');
          // Theirs is a copy's tag, an organiser's names what they change.
          expect(shown.headers.get("etag")).not.toBe(own.headers.get("etag"));
        }
      }
    }
  });

  test.each(["organizer", "admin"] as const)(
    "(%s) reads drafts until the role is taken away, and not a moment longer",
    async (role) => {
      const organizer = await newPerson(role);
      const { token, accountId } = organizer;
      const id = await createEvent(organizer, { status: "draft" });
      const ticket = await addTicket(organizer, id);
      const seesDrafts = async () => [
        (await call("GET", `/events/${id}`, { token })).status,
        (await call("GET", `/tickets/${ticket}`, { token })).status,
        (await call("GET", `/events?organizer=${accountId}`, { token })).list.length,
      ];
      expect(await seesDrafts()).toEqual([200, 200, 1]);
      await env.DB.prepare("UPDATE accounts SET role = 'buyer' WHERE id = ?").bind(accountId).run();
      expect(await seesDrafts()).toEqual([404, 404, 0]);
    },
  );

  test("is known as one ten seconds after the role was given: until then the role is looked up once", async () => {
    const { token, accountId } = await newPerson();
    const { DB, statements } = recordingD1();
    const isShownMore = async () =>
      (await call("GET", path.event, { token, settings: { DB } })).text.includes('"held":');
    const lookups = () => statements.filter(({ text }) => /"role".* from "accounts"/.test(text)).length;
    for (let time = 0; time < 5; time++) expect(await isShownMore()).toBe(false);
    expect(lookups()).toBe(1);
    await env.DB.prepare("UPDATE accounts SET role = 'admin' WHERE id = ?").bind(accountId).run();
    pass(9_999);
    expect(await isShownMore()).toBe(false);
    pass(1);
    expect([await isShownMore(), lookups()]).toEqual([true, 2]);
  });

  test("is known as one from their first own event on, however short a time ago the role was given", async () => {
    const person = await newPerson();
    const { token, accountId } = person;
    expect((await call("GET", path.event, { token })).text).not.toContain('"held":');
    await env.DB.prepare("UPDATE accounts SET role = 'organizer' WHERE id = ?").bind(accountId).run();
    const id = await createEvent(person, { status: "draft" });
    expect((await call("GET", `/events/${id}`, { token })).status).toBe(200);
  });

  test("sees a change at once, and so does everybody else here", async () => {
    const { organizer, eventId } = sale;
    await Promise.all([call("GET", path.event), call("GET", "/events?limit=100")]);
    for (const name of ["One", "Two", "Three"]) {
      const change = call("PATCH", `/events/${eventId}`, { token: organizer.token, body: { name } });
      await Promise.all([change, ...Array.from({ length: 10 }, () => call("GET", path.event))]);
      expect((await call("GET", `/events/${eventId}`)).body.name).toBe(name);
      const { list } = await call("GET", "/events?limit=100");
      expect(list.find(({ id }) => id === eventId)?.name).toBe(name);
    }
  });

  test("who changes an event while it is read is not shown that reading afterwards", async () => {
    const { organizer, eventId } = sale;
    const change = (name: string) => call("PATCH", `/events/${eventId}`, { token: organizer.token, body: { name } });
    await change("Before");
    // One request can't settle a promise of another: they look at this instead.
    const slowly = { hasRead: false, goOn: false };
    reads().mockImplementationOnce(async ({ url }) => {
      const read = await readCatalogue(url, env);
      slowly.hasRead = true;
      while (!slowly.goOn) await scheduler.wait(5);
      return read;
    });
    const slow = call("GET", `/events/${eventId}`);
    await vi.waitUntil(() => slowly.hasRead, 10_000);
    await change("After");
    expect((await call("GET", `/events/${eventId}`)).body.name).toBe("After");
    slowly.goOn = true;
    expect((await slow).body.name).toBe("Before");
    expect((await call("GET", `/events/${eventId}`)).body.name).toBe("After");
  });
});
