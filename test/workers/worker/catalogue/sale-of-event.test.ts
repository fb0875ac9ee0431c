// What the list says of each event's sale, so that a page with prices is one request.

import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import {
  addTicket,
  call,
  createEvent,
  hold,
  newPerson,
  type Person,
  pagesOf,
  until,
} from "../../../support/service.ts";

let organizer: Person;

beforeAll(async () => {
  organizer = await newPerson("organizer");
});

afterEach(() => {
  vi.useRealTimers();
});

const eur = (amount: number) => ({ amount, currency: "EUR" });
const shown = (amount: number) => ({ ...eur(amount), exponent: 2 });
const [PAST, FUTURE] = ["2020-01-01T00:00:00Z", "2031-01-01T00:00:00Z"];
const CLOSED = { sales_end: PAST };
const LATER = { sales_start: FUTURE };

/** What the list and the event itself say of it. */
async function saleOf(id: string, query = "") {
  const { token, accountId } = organizer;
  const { list } = await call("GET", `/events?organizer=${accountId}&limit=100${query}`, { token });
  const { body } = await call("GET", `/events/${id}`, { token });
  const [listed] = list.filter((event) => event.id === id);
  const of = (event: typeof body | typeof listed) => [event?.sale_state, event?.from_price, event?.available];
  expect(of(listed)).toEqual(of(body));
  return of(listed);
}

test.each<[name: string, tickets: Record<string, unknown>[], sale: unknown[]]>([
  ["without ticket types", [], ["upcoming", null, 0]],
  [
    "with the lowest price of what is open",
    [{ price: eur(3_000) }, { price: eur(900), ...CLOSED }],
    ["open", shown(3_000), 100],
  ],
  [
    "with what is left of what is open",
    [{ capacity: 7 }, { capacity: 5 }, { capacity: 3, ...LATER }],
    ["open", shown(4_500), 12],
  ],
  ["sold out", [{ capacity: 0 }, { capacity: 0, price: eur(0) }], ["open", shown(0), 0]],
  [
    "not on sale yet, with the lowest price of what will be",
    [
      { price: eur(700), ...LATER },
      { price: eur(500), ...CLOSED },
    ],
    ["upcoming", shown(700), 100],
  ],
  ["no longer on sale", [{ price: eur(700), ...CLOSED }, { ...CLOSED }], ["ended", shown(700), 0]],
  ["free", [{ price: eur(0) }], ["open", shown(0), 100]],
])("an event %s", async (_name, tickets, sale) => {
  const id = await createEvent(organizer);
  for (const ticket of tickets) await addTicket(organizer, id, ticket);
  expect(await saleOf(id)).toEqual(sale);
});

test("an event that is called off, a draft, and one that is over", async () => {
  const id = await createEvent(organizer, { status: "draft" });
  await addTicket(organizer, id);
  expect(await saleOf(id)).toEqual(["draft", shown(4_500), 100]);
  const change = (body: object) => call("PATCH", `/events/${id}`, { token: organizer.token, anyBody: body });
  await change({ status: "published" });
  expect(await saleOf(id)).toEqual(["open", shown(4_500), 100]);
  await change({ status: "cancelled" });
  expect(await saleOf(id)).toEqual(["cancelled", shown(4_500), 0]);
  const over = await createEvent(organizer, { starts_at: PAST, ends_at: "2020-01-02T00:00:00Z" });
  expect(await saleOf(over, "&past=true")).toEqual(["ended", null, 0]);
});

test("what is available in a list is at most two seconds old", async () => {
  const id = await createEvent(organizer, { name: "Freshly listed" });
  const ticket = await addTicket(organizer, id, { capacity: 5 });
  const available = async () => (await call("GET", "/events?q=freshly+listed")).list.map((event) => event.available);
  expect(await available()).toEqual([5]);
  vi.useFakeTimers({ toFake: ["Date"] });
  expect((await hold(await newPerson(), ticket, 2)).status).toBe(201);
  const copied = () => env.DB.prepare("SELECT held FROM ticket_types WHERE id = ?").bind(ticket).first("held");
  await until(copied, (held) => held === 2);
  vi.setSystemTime(Date.now() + 1_200);
  expect(await available()).toEqual([3]);
});

describe("expand=tickets", () => {
  test("brings ticket types as they are in the event, and only there", async () => {
    const id = await createEvent(organizer, { name: "Expanded" });
    for (const name of ["Stalls", "Circle", "Boxes"]) await addTicket(organizer, id, { name });
    // Terms and messages may be long, and a list needs no sellers.
    const { terms, seller, vat_rate, cancellation, ...body } = (await call("GET", `/events/${id}`)).body;
    expect([terms, seller, vat_rate, cancellation]).toEqual([null, null, null, null]);
    const [expanded] = (await call("GET", "/events?q=expanded&expand=tickets")).list;
    expect(expanded).toEqual(body);
    const [plain] = (await call("GET", "/events?q=expanded")).list;
    expect(plain).toEqual({ ...body, tickets: body.tickets.map((ticket) => ticket.id) });
  });

  test("shows held and sold to the organiser in their own list, and to nobody else", async () => {
    const { token, accountId } = organizer;
    const path = `/events?organizer=${accountId}&q=expanded&expand=tickets` as const;
    const hasHeld = async (options: object) => (await call("GET", path, options)).text.includes('"held":');
    expect([await hasHeld({ token }), await hasHeld({})]).toEqual([true, false]);
  });

  test("ends a page before it has more than 300 ticket types, and goes on with the next event", async () => {
    const ids = await Promise.all(
      [0, 1, 2, 3].map((day) => createEvent(organizer, { name: "Wide", starts_at: `2031-05-01T1${day}:00:00Z` })),
    );
    await env.DB.prepare(
      `WITH RECURSIVE n (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM n WHERE n < 100)
       INSERT INTO ticket_types (id, event_id, position, name, description, capacity, held, sold, on_sale, price_minor, currency, version)
       SELECT substr(event.value, 1, 12) || printf('%04d', n), event.value, n, 'T', '', 1, 0, 0, 1, n, 'EUR', 1 FROM n, json_each(?) AS event`,
    )
      .bind(JSON.stringify(ids))
      .run();
    const pages = await pagesOf("/events?q=wide&expand=tickets&limit=10", { settings: {} });
    expect(pages.map(({ list }) => list.map(({ tickets }) => tickets.length))).toEqual([[100, 100, 100], [100]]);
    expect(pages.flatMap(({ list }) => list.map(({ id }) => id))).toEqual(ids);
  });
});
