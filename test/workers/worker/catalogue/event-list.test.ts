// The list of events: its filters and its pages. What changes meanwhile is in http/paging.

import { beforeAll, describe, expect, test } from "vitest";
import {
  type Answer,
  addTicket,
  call,
  createEvent,
  EVENT,
  hold,
  newPerson,
  type Person,
  pagesOf,
  pay,
  putOnSale,
  until,
} from "../../../support/service.ts";

const PAST = "2020-01-01T00:00:00Z";
const FUTURE = "2031-01-01T00:00:00Z";

let ada: Person;
let bob: Person;
let admin: Person;

/** An event in `month` of 2031, with a ticket type for each of `tickets`. */
async function put(
  organizer: Person,
  month: number,
  words: Record<string, string>,
  tickets: Record<string, unknown>[],
) {
  const on = (hour: number) => new Date(Date.UTC(2031, month - 1, 1, hour)).toISOString();
  const id = await createEvent(organizer, { description: "", starts_at: on(18), ends_at: on(21), ...words });
  for (const ticket of tickets) await addTicket(organizer, id, ticket);
  return id;
}

beforeAll(async () => {
  [ada, bob, admin] = await Promise.all([newPerson("organizer"), newPerson("organizer"), newPerson("admin")]);
  await put(ada, 1, { name: "Jazz night", venue: "Blue Hall, Berlin" }, [{ capacity: 0 }, {}]);
  await put(ada, 2, { name: "Café concert", venue: "Kaiserstraße 7", description: "All of jazz" }, [{ capacity: 0 }]);
  await put(bob, 3, { name: "東京音楽祭" }, [{ sales_start: FUTURE }, { sales_end: PAST }, { capacity: 0 }]);
  await put(ada, 4, { name: "Jazz, called off", status: "cancelled" }, [{}]);
  await put(ada, 5, { name: "Jazz to come", status: "draft" }, [{}]);
  await put(bob, 6, { name: "Piano & Jazz" }, [{ sales_start: PAST, sales_end: FUTURE }]);
  await put(bob, 7, { name: "Without tickets" }, []);
});

/** Ids are not known where the tables below are written. */
function filled(query: string): string {
  return query.replace("ADA", ada.accountId).replace("BOB", bob.accountId);
}

async function list(query: string, caller?: Person) {
  return call("GET", `/events?${filled(query)}`, caller === undefined ? {} : { token: caller.token });
}

async function names(query: string, caller?: Person): Promise<string[]> {
  const answer = await list(query, caller);
  expect(answer.status).toBe(200);
  return answer.list.map(({ name }) => name);
}

const [NIGHT, CAFE, TOKYO, OFF] = ["Jazz night", "Café concert", "東京音楽祭", "Jazz, called off"];
const [DRAFT, PIANO, WITHOUT] = ["Jazz to come", "Piano & Jazz", "Without tickets"];
const ALL = [NIGHT, CAFE, TOKYO, OFF, PIANO, WITHOUT];

/** An hour long, `days` after the first of January of `year`. */
function on(year: number, days: number): { starts_at: string; ends_at: string } {
  const startMs = Date.UTC(year, 0, 1 + days, 18);
  return { starts_at: new Date(startMs).toISOString(), ends_at: new Date(startMs + 3_600_000).toISOString() };
}

/** The parameters of the next page; null after the last one. */
function nextOf(page: Answer<"GET /events"> | undefined): URLSearchParams | null {
  const link = page?.headers.get("link");
  if (link === null || link === undefined) return null;
  expect(link).toMatch(/^<\/events\?[^>]+>; rel="next"$/);
  return new URLSearchParams(link.slice("</events?".length, link.indexOf(">")));
}

/** The list is as long as the tests make it. */
async function allEvents() {
  return (await pagesOf("/events?limit=100")).flatMap(({ list }) => list);
}

describe("the list of events has", () => {
  test.each<[query: string, names: string[]]>([
    ["", ALL],
    ["from=2031-03-01T18:00:00Z", [TOKYO, OFF, PIANO, WITHOUT]],
    ["from=2031-03-01T20:59:59.999Z", [TOKYO, OFF, PIANO, WITHOUT]],
    ["from=2031-03-01T21:00:00Z", [OFF, PIANO, WITHOUT]],
    ["from=2031-03-01T20:00:00%2B02:00&limit=1", [TOKYO]],
    ["to=2031-03-01T18:00:00Z", [NIGHT, CAFE]],
    ["to=2031-03-01T18:00:00.001Z", [NIGHT, CAFE, TOKYO]],
    ["from=2031-02-01T00:00:00Z&to=2031-03-01T00:00:00Z", [CAFE]],
    ["from=2031-02-01T19:00:00Z&to=2031-02-01T20:00:00Z", [CAFE]],
    ["past=true", []],
    ["from=2040-01-01T00:00:00Z", []],
    ["q=jazz", [NIGHT, CAFE, OFF, PIANO]],
    ["q=JAZZ&limit=2", [NIGHT, CAFE]],
    ["q=berlin", [NIGHT]],
    ["q=jazz+berlin", [NIGHT]],
    ["q=berlin,%20jazz!", [NIGHT]],
    ["q=jaz", [NIGHT, OFF, PIANO]],
    ["q=azz", []],
    ["q=jazz+opera", []],
    ["q=cafe", [CAFE]],
    ["q=CAF%C3%89", [CAFE]],
    ["q=kaiserstrasse", [CAFE]],
    ["q=%E9%9F%B3%E6%A5%BD", [TOKYO]],
    ["q=%E6%9D%B1%E4%BA%AC%E9%9F%B3%E6%A5%BD%E7%A5%AD", [TOKYO]],
    ["q=%E6%A5%BD%E9%9F%B3", []],
    ["available=true", [NIGHT, PIANO]],
    ["organizer=ADA", [NIGHT, CAFE, OFF]],
    ["organizer=BOB", [TOKYO, PIANO, WITHOUT]],
    ["organizer=0000000000000000", []],
    ["q=jazz&available=true", [NIGHT, PIANO]],
    ["q=jazz&organizer=BOB", [PIANO]],
    ["organizer=ADA&available=true", [NIGHT]],
    ["q=jazz&from=2031-02-01T00:00:00Z&to=2031-06-01T00:00:00Z", [CAFE, OFF]],
    ["q=piano+jazz&available=true&organizer=BOB&from=2031-06-01T18:00:00Z&to=2031-06-01T18:00:01Z", [PIANO]],
    ["q=piano+jazz&available=true&organizer=ADA", []],
  ])("for ?%s", async (query, wanted) => {
    expect(await names(query)).toEqual(wanted);
  });

  test("drafts for who manages them, and asks for their organiser's events", async () => {
    const buyer = await newPerson();
    for (const caller of [ada, admin]) expect(await names("organizer=ADA", caller)).toEqual([NIGHT, CAFE, OFF, DRAFT]);
    expect(await names("organizer=ADA&q=come", ada)).toEqual([DRAFT]);
    expect(await names("organizer=ADA&available=true", ada)).toEqual([NIGHT]);
    for (const caller of [bob, buyer]) expect(await names("organizer=ADA", caller)).toEqual([NIGHT, CAFE, OFF]);
    for (const caller of [ada, admin]) expect(await names("", caller)).toEqual(ALL);
    for (const caller of [ada, admin]) expect(await names("q=come", caller)).toEqual([]);
  });

  test("an event's organiser, by whom it can be asked for", async () => {
    const [event] = (await list("q=piano")).list;
    expect(event).toMatchObject({ name: PIANO, organizer: bob.accountId });
  });
});

describe("a page of a list with filters", () => {
  test.each(["", "q=jazz", "organizer=ADA", "available=true", "q=jazz&available=true", "from=2031-02-01T00:00:00Z"])(
    "of ?%s is followed by the next one of it",
    async (query) => {
      const wanted = await names(query);
      const pages = await pagesOf(`/events?${filled(query)}&limit=1`);
      for (const page of pages.slice(0, -1)) {
        const next = nextOf(page);
        for (const [name, value] of new URLSearchParams(filled(query))) expect(next?.get(name)).toBe(value);
      }
      const walked = pages.flatMap(({ list }) => list.map(({ name }) => name));
      expect(walked).toEqual(wanted);
    },
  );

  test("may be followed by one of other filters: a cursor is a place in the order of all events", async () => {
    const cursor = nextOf(await list("limit=2"))?.get("cursor");
    expect(await names(`q=jazz&cursor=${cursor}`)).toEqual([OFF, PIANO]);
    expect(await names(`from=2031-06-01T00:00:00Z&cursor=${cursor}`)).toEqual([PIANO, WITHOUT]);
    expect(await names(`to=2031-02-01T00:00:00Z&cursor=${cursor}`)).toEqual([]);
    expect(await names(`from=2031-01-01T00:00:00Z&cursor=${cursor}&limit=1`)).toEqual([TOKYO]);
  });
});

test.each<[query: string, path: string, message: RegExp]>([
  ["from=2031", "from", /ISO 8601/],
  ["from=2031-01-01", "from", /ISO 8601/],
  ["from=", "from", /ISO 8601/],
  ["from=1969-12-31T23:59:59Z", "from", /1970/],
  ["to=tomorrow", "to", /ISO 8601/],
  ["to=2031-01-01T00:00:00Z&to=2031-01-02T00:00:00Z", "to", /string/],
  ["from=2031-01-01T00:00:00Z&to=2031-01-01T00:00:00Z", "to", /after from/],
  ["from=2031-01-02T00:00:00Z&to=2031-01-01T00:00:00Z", "to", /after from/],
  ["from=2031-01-01T02:00:00%2B02:00&to=2031-01-01T00:00:00Z", "to", /after from/],
  ["q=", "q", /a letter or a digit/],
  ["q=%20", "q", /a letter or a digit/],
  ["q=!!!", "q", /a letter or a digit/],
  ["q=%F0%9F%8E%B7", "q", /a letter or a digit/],
  ["q=%00", "q", /a letter or a digit/],
  ["q=a&q=b", "q", /string/],
  [`q=${"a".repeat(101)}`, "q", /100/],
  ["q=a+b+c+d+e+f+g+h+i+j+k", "q", /too many words/],
  ["available=false", "available", /true/],
  ["available=1", "available", /true/],
  ["available=", "available", /true/],
  ["past=false", "past", /true/],
  ["expand=ticket", "expand", /tickets/],
  ["expand=tickets,organizer", "expand", /tickets/],
  ["organizer=", "organizer", /not an id/],
  ["organizer=ada", "organizer", /not an id/],
  ["organizer=@available", "organizer", /not an id/],
  ["limit=0", "limit", /./],
  ["cursor=garbage", "cursor", /./],
])("?%s is refused", async (query, path, message) => {
  const answer = await list(query);
  expect(answer.status).toBe(422);
  expect(answer.body.errors).toEqual([{ path, code: expect.any(String), message: expect.stringMatching(message) }]);
});

test.each(["utm_source=mail&utm_source=web", "fbclid=x", "status=draft", "page=2", "__proto__=1", "toString=1"])(
  "?%s, which others may append, is ignored",
  async (query) => {
    expect(await names(`${query}&q=jazz&limit=2`)).toEqual([NIGHT, CAFE]);
    const link = (await list(`q=jazz&${query}&limit=1`)).headers.get("link");
    expect(link).toMatch(/^<\/events\?limit=1&q=jazz&cursor=[^&]+>; rel="next"$/);
  },
);

describe("what is available", () => {
  test("changes with the last ticket, and when a hold of it is let go", async () => {
    await put(bob, 8, { name: "For one", venue: "Cellar" }, [{ capacity: 1 }]);
    const [ticketId = ""] = (await list("q=cellar")).list.flatMap(({ tickets }) => tickets.map(String));
    const buyer = await newPerson();
    expect(await names("available=true&q=cellar")).toEqual(["For one"]);
    const { id } = (await hold(buyer, ticketId)).body;
    const soldOut = () => names("available=true&q=cellar");
    expect(await until(soldOut, (found) => found.length === 0)).toEqual([]);
    expect((await call("DELETE", `/reservations/${id}`, { token: buyer.token })).status).toBe(204);
    expect(await until(soldOut, (found) => found.length === 1)).toEqual(["For one"]);
  });

  test("is nothing of an event that is called off", async () => {
    const id = await put(bob, 9, { name: "Doomed" }, [{}]);
    expect(await names("available=true&q=doomed")).toEqual(["Doomed"]);
    expect((await call("PATCH", `/events/${id}`, { token: bob.token, body: { status: "cancelled" } })).status).toBe(
      200,
    );
    expect(await names("available=true&q=doomed")).toEqual([]);
  });
});

describe("an event that is changed", () => {
  test("is found by its new words at once, and not by the old ones", async () => {
    const id = await put(ada, 10, { name: "Untitled", description: "Something wonderful" }, []);
    const change = (body: unknown) => call("PATCH", `/events/${id}`, { token: ada.token, anyBody: body });
    expect((await change({ name: "Swan Lake" })).status).toBe(200);
    expect([await names("q=untitled"), await names("q=swan+wonderful")]).toEqual([[], ["Swan Lake"]]);
    await change({ description: "", venue: "Opera" });
    expect([await names("q=wonderful"), await names("q=swan+opera")]).toEqual([[], ["Swan Lake"]]);
    await change({ starts_at: "2031-01-01T00:00:00Z" });
    expect(await names("q=swan+opera&to=2031-01-02T00:00:00Z")).toEqual(["Swan Lake"]);
    expect((await names("organizer=ADA")).at(0)).toBe("Swan Lake");
  });
});

// Last, because it adds events that the lists above would have.
describe("the list of events", () => {
  test("has each event in full, but its ticket types as ids, in the order they were added", async () => {
    const words = { name: "Ünïcode 🎷", description: "Two sets.\nOne pause.", venue: EVENT.venue };
    const eventId = await createEvent(ada, { ...on(2041, 0), ...words });
    const ids: string[] = [];
    for (const name of ["Stalls", "Circle", "Boxes"]) ids.push(await addTicket(ada, eventId, { name }));
    expect((await allEvents()).find(({ id }) => id === eventId)).toStrictEqual({
      ...{
        id: eventId,
        organizer: ada.accountId,
        ...words,
        ...on(2041, 0),
        timezone: EVENT.timezone,
        status: "published",
        refundable_until: null,
        doors_open_at: null,
        reentry: false,
        sale_state: "open",
        from_price: { amount: 4500, currency: "EUR", exponent: 2 },
        available: 300,
        tickets: ids,
      },
    });
  });

  test("has at most 20 events a page where no limit is given, and says where the next ones are", async () => {
    await Promise.all(Array.from({ length: 21 }, (_, days) => createEvent(ada, on(2050, days))));
    const page = await call("GET", "/events");
    expect(page.list).toHaveLength(20);
    const next = await list(`${nextOf(page)}`);
    const shown = new Set(page.list.map(({ id }) => id));
    expect(next.list.filter(({ id }) => shown.has(id))).toEqual([]);
  });

  test("ends without a Link where the last page is full", async () => {
    const pages = await pagesOf("/events?limit=3");
    const left = pages.at(-1)?.list.length ?? 0;
    const cursorOf = (at: number) => nextOf(pages.at(at))?.get("cursor");
    const full = await list(`limit=${left}&cursor=${cursorOf(-2)}`);
    expect(full.list).toHaveLength(left);
    expect(nextOf(full)).toBeNull();
    // One event more than fits, and there is a next page.
    const before = await list(`limit=${left + 2}&cursor=${cursorOf(-3)}`);
    expect(before.list).toHaveLength(left + 2);
    expect(nextOf(before)).not.toBeNull();
  });

  test("keeps the limit in the Link", async () => {
    const { headers } = await call("GET", "/events/?limit=2");
    expect(headers.get("link")).toMatch(/^<\/events\?limit=2&cursor=/);
  });
});

test("an organiser's list says what is sold, of how many, and nobody else's does", async () => {
  const { organizer, eventId, ticketId } = await putOnSale({ capacity: 10 });
  await addTicket(organizer, eventId, { capacity: 5, hidden: true });
  const buyer = await newPerson();
  await pay(buyer, (await hold(buyer, ticketId, 3)).body.id);
  await hold(await newPerson(), ticketId, 2);
  const [admin, other] = [await newPerson("admin"), await newPerson("organizer")];
  for (const query of ["", "&expand=tickets"]) {
    const ask = async (token?: string) => {
      const path = `/events?organizer=${organizer.accountId}${query}` as "/events";
      return (await call("GET", path, token === undefined ? {} : { token })).list[0] ?? {};
    };
    for (const { token } of [organizer, admin]) {
      await expect.poll(() => ask(token)).toMatchObject({ capacity: 15, held: 2, sold: 3 });
    }
    for (const token of [undefined, other.token]) {
      expect(Object.keys(await ask(token)).filter((name) => ["capacity", "held", "sold"].includes(name))).toEqual([]);
    }
  }
});
