// What organisers change of events and ticket types, and what that means for buyers.

import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import {
  type Body,
  call,
  EVENT,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  type Person,
  putOnSale,
  seen,
  TICKET,
  until,
} from "../../../support/service.ts";

const FREE = { price: { amount: 0, currency: "EUR" } };
const HOUR_MS = 3_600_000;

/** For tests that change nothing of it. */
let shared: OnSale;
let organizer: Person;

beforeAll(async () => {
  shared = await putOnSale();
  organizer = shared.organizer;
});

function createEvent(changes: Record<string, unknown> = {}, { token } = organizer) {
  return call("POST", "/events", { token, body: { ...EVENT, ...changes } });
}

function changeEvent(id: string, body: unknown, { token } = organizer) {
  return call("PATCH", `/events/${id}`, { token, anyBody: body });
}

function showEvent(id: string, { token } = organizer) {
  return call("GET", `/events/${id}`, { token });
}

function addTicket({ organizer: { token }, eventId }: OnSale, changes: Record<string, unknown> = {}) {
  return call("POST", `/events/${eventId}/tickets`, { token, body: { ...TICKET, ...changes } });
}

function changeTicket({ organizer: { token }, ticketId }: OnSale, body: unknown) {
  return call("PATCH", `/tickets/${ticketId}`, { token, anyBody: body });
}

function showTicket({ organizer: { token }, ticketId }: OnSale) {
  return call("GET", `/tickets/${ticketId}`, { token });
}

/** The ticket type once its counters say so. */
const counted = (sale: OnSale, held: number, sold: number) =>
  until(
    () => showTicket(sale),
    ({ body }) => body.held === held && body.sold === sold,
  );

function money(amount: unknown, currency: string | undefined = "EUR") {
  return { amount, currency };
}

function inHours(hours: number): string {
  return new Date(Date.now() + hours * HOUR_MS).toISOString();
}

test.each<[method: "PATCH" | "POST", path: (event: string, ticket: string) => string, body: unknown]>([
  ["PATCH", (event) => `/events/${event}`, { name: "Another name" }],
  ["POST", (event) => `/events/${event}/tickets`, TICKET],
  ["PATCH", (_event, ticket) => `/tickets/${ticket}`, { name: "Another name" }],
])("%s %s of another organiser is answered as for an id that nothing has", async (method, path, body) => {
  const { token } = await newPerson("organizer");
  const before = (await showEvent(shared.eventId)).text;
  const strangers = seen(await call(method, path(shared.eventId, shared.ticketId), { token, body }));
  for (const id of [newId(), "garbage"]) {
    expect(strangers).toEqual(seen(await call(method, path(id, id), { token, body })));
  }
  expect(strangers).toMatchObject({ status: 404 });
  expect((await showEvent(shared.eventId)).text).toBe(before);
});

describe("creating an event", () => {
  test("answers it in full, and where it is", async () => {
    const answer = await createEvent({ description: "Two sets." });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe(`/events/${answer.body.id}`);
    const times = { starts_at: "2031-05-01T18:00:00.000Z", ends_at: "2031-05-01T21:00:00.000Z" };
    const rest = {
      organizer: organizer.accountId,
      description: "Two sets.",
      status: "published",
      terms: null,
      seller: null,
      vat_rate: null,
      refundable_until: null,
      doors_open_at: null,
      reentry: false,
      cancellation: null,
      tickets: [],
    };
    const sale = { sale_state: "upcoming", from_price: null, available: 0 };
    expect(answer.body).toStrictEqual({
      ...EVENT,
      ...times,
      ...rest,
      ...sale,
      id: expect.stringMatching(/^[0-9a-z]{16}$/),
    });
    expect((await call("GET", `/events/${answer.body.id}`)).text).toBe(answer.text);
  });

  test("keeps a text at its longest", async () => {
    const longest = { name: "n".repeat(200), venue: "v".repeat(200), description: "d".repeat(4_000) };
    expect((await createEvent(longest)).body).toMatchObject(longest);
  });
});

describe("adding a ticket type", () => {
  test("answers it in full, and where it is", async () => {
    const answer = await addTicket(shared);
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe(`/tickets/${answer.body.id}`);
    const defaults = { description: "", max_per_buyer: 10, sales_start: null, sales_end: null };
    const sale = { sale_state: "open", sale_ends_at: "2031-05-01T21:00:00.000Z" };
    const counters = { available: 100, held: 0, sold: 0, hidden: false };
    const price = { ...TICKET.price, exponent: 2 };
    const id = expect.stringMatching(/^[0-9a-z]{16}$/);
    const own = { name: "", capacity: null, sales_start: null, sales_end: null, withdrawn: false };
    const bounds = { requires_code: false, min_per_order: 1, max_per_order: null };
    const first = { id: answer.body.id, price, ...own, ...bounds, ...sale, available: 100, held: 0, sold: 0 };
    expect(answer.body).toStrictEqual({
      ...TICKET,
      price,
      prices: [first],
      ...defaults,
      ...sale,
      ...counters,
      etag: answer.headers.get("etag"),
      id,
      event: shared.eventId,
    });
    expect((await showTicket({ ...shared, ticketId: answer.body.id })).text).toBe(answer.text);
  });

  test.each<[what: string, fields: Record<string, unknown>]>([
    ["a free one", FREE],
    ["yen, which have no minor unit", { price: { amount: 5_000, currency: "JPY" } }],
    ["dinars, which have a thousand", { price: { amount: 12_340, currency: "KWD" } }],
    ["the dearest", { price: { amount: 100_000_000_000, currency: "IDR" } }],
    ["no limit per buyer", { max_per_buyer: null }],
    ["one a buyer", { max_per_buyer: 1 }],
    ["none to sell yet", { capacity: 0 }],
    ["ten million to sell", { capacity: 10_000_000 }],
    ["a sale window", { sales_start: "2030-01-01T00:00:00.000Z", sales_end: "2030-06-01T00:00:00.000Z" }],
    ["a description", { description: "Near the stage." }],
  ])("takes %s", async (_what, fields) => {
    const eventId = (await createEvent()).body.id;
    const answer = await addTicket({ ...shared, eventId }, fields);
    expect(answer.status).toBe(201);
    expect(answer.body).toMatchObject(fields);
  });
});

type Kind = "event" | "ticket type";

// All that a field may not be: test/unit/worker/http/schemas.test.ts.
test.each<[kind: Kind, field: string, values: unknown[], path?: string]>([
  ["event", "name", ["\u200b\u2060\u3164", null]],
  // Before 1970, and after the year 9999, seen from UTC.
  ["event", "starts_at", ["1969-12-31T23:59:59Z", "0000-01-01T00:00:00+01:00"]],
  ["event", "ends_at", ["9999-12-31T23:59:59-01:00"]],
  ["event", "timezone", ["+01:00", "europe/berlin", "EuRope/BerLin", "EST", "../etc/localtime"]],
  ["event", "status", ["sold_out", "DRAFT"]],
  ["ticket type", "name", ["", "n".repeat(201)]],
  ["ticket type", "price", [4500, null]],
  ["ticket type", "price", [-1, 0.5, 100_000_000_001, undefined].map((amount) => money(amount)), "price.amount"],
  ["ticket type", "price", [money(4500, "ZZZ"), { amount: 4500 }], "price.currency"],
  ["ticket type", "capacity", [-1, 1.5, "100", 10_000_001]],
  ["ticket type", "max_per_buyer", [0, 2.5, 1_001, "unlimited"]],
  ["ticket type", "sales_end", [""]],
])("An %s's bad %s is refused, new or changed: %j", async (kind, field, values, path = field) => {
  const isEvent = kind === "event";
  const show = () => (isEvent ? showEvent(shared.eventId) : showTicket(shared));
  const { text } = await show();
  for (const value of values) {
    const body = { [field]: value };
    const answers = isEvent
      ? [await createEvent(body), await changeEvent(shared.eventId, body)]
      : [await addTicket(shared, body), await changeTicket(shared, body)];
    for (const answer of answers) {
      expect([value, answer.status, answer.body.errors.map((error) => error.path)]).toEqual([value, 422, [path]]);
    }
  }
  expect((await show()).text).toBe(text);
});

test.each([
  ["before it starts", "2030-01-02T00:00:00Z", "2030-01-01T00:00:00Z"],
  ["as it starts", "2030-01-01T00:00:00Z", "2030-01-01T00:00:00Z"],
])("A sale that ends %s is refused, new or changed, in one step or two", async (_what, sales_start, sales_end) => {
  const sale = await putOnSale({ sales_end });
  const { text } = await showTicket(sale);
  const blamesEnd = { path: "sales_end", code: "invalid", message: "must be after sales_start" };
  // Never a field that was not sent.
  const blamesStart = { path: "sales_start", code: "invalid", message: "must be before sales_end" };
  const refused = [
    { answer: await addTicket(sale, { sales_start, sales_end }), error: blamesEnd },
    { answer: await changeTicket(sale, { sales_start, sales_end, name: "Not this either" }), error: blamesEnd },
    { answer: await changeTicket(sale, { sales_start, name: "Not this either", capacity: 7 }), error: blamesStart },
  ];
  for (const { answer, error } of refused) {
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([error]);
  }
  expect((await showTicket(sale)).text).toBe(text);
});

const CALLED_OFF = { cancellation: { refund: false, message: "", called_off_at: expect.any(String) } };
/** What follows from a change of one field for the others of its ticket type. */
const FOLLOWS: Readonly<Record<string, object>> = {
  draft: { sale_state: "draft" },
  cancelled: { sale_state: "cancelled", available: 0 },
  capacity: { available: 101 },
  sales_start: { sale_state: "upcoming" },
  sales_end: { sale_ends_at: "2030-01-01T00:00:00.000Z" },
  ends_at: { sale_ends_at: "2031-05-01T22:00:00.000Z" },
};

test.each<[kind: Kind, field: string, value: unknown]>([
  ["event", "name", "A late evening"],
  ["event", "description", "Now with a second pause."],
  ["event", "description", ""],
  ["event", "venue", "The other hall"],
  ["event", "starts_at", "2031-05-01T17:00:00.000Z"],
  ["event", "ends_at", "2031-05-01T22:00:00.000Z"],
  ["event", "timezone", "Asia/Tokyo"],
  ["event", "status", "draft"],
  ["event", "status", "cancelled"],
  ["ticket type", "name", "Circle"],
  ["ticket type", "description", "Far from the stage."],
  ["ticket type", "price", { amount: 5_000, currency: "JPY", exponent: 0 }],
  ["ticket type", "capacity", 101],
  ["ticket type", "max_per_buyer", null],
  ["ticket type", "max_per_buyer", 2],
  ["ticket type", "sales_start", "2030-01-01T00:00:00.000Z"],
  ["ticket type", "sales_end", "2030-01-01T00:00:00.000Z"],
])("A change of an %s's %s to %j changes nothing else", async (kind, field, value) => {
  const sale = await putOnSale();
  const { eventId, organizer: owner } = sale;
  const isEvent = kind === "event";
  const show = async () => (isEvent ? await showEvent(eventId, owner) : await showTicket(sale));
  const before = (await show()).body;
  const change = { [field]: value };
  const follows = FOLLOWS[field === "status" ? String(value) : field];
  const answer = await (isEvent ? changeEvent(eventId, change, owner) : changeTicket(sale, change));
  expect(answer.status).toBe(200);
  const withFollowing = (ticket: Pick<Body<"GET /tickets/{id}">, "prices">) => {
    const ofPrice = field === "price" ? change : follows;
    return { ...ticket, ...follows, prices: ticket.prices.map((price) => ({ ...price, ...ofPrice })) };
  };
  const tickets = "tickets" in before ? before.tickets.map(withFollowing) : [];
  // An event has what its only ticket type's sale comes to.
  const common = Object.entries(follows ?? {}).filter(([name]) => Object.hasOwn(before, name));
  const inEvent = { tickets, ...Object.fromEntries(common), ...(value === "cancelled" ? CALLED_OFF : {}) };
  const etag = answer.headers.get("etag");
  const ofTicket = "prices" in before ? { ...withFollowing(before), ...change, etag } : {};
  expect(answer.body).toStrictEqual(isEvent ? { ...before, ...change, ...inEvent } : ofTicket);
  await until(show, ({ text }) => text === answer.text);
});

describe("changing an event", () => {
  test("twice at once never makes it end before it starts", async () => {
    const { body } = await createEvent();
    const answers = await Promise.all([
      changeEvent(body.id, { starts_at: "2031-05-01T20:59:00Z" }),
      changeEvent(body.id, { ends_at: "2031-05-01T18:01:00Z" }),
    ]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 422]);
  });

  test("with nothing to change changes nothing", async () => {
    const { body, text } = await createEvent();
    const answer = await changeEvent(body.id, {});
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(text);
  });

  test("moves when its doors open, which is public and which its objects know", async () => {
    const sale = await putOnSale();
    const known = async () => {
      const ticketType = await objectOf(sale.ticketId).describe();
      return [ticketType?.eventStartsMs, ticketType?.doorsOpenAtMs, ticketType?.reentry];
    };
    const startsMs = Date.parse(EVENT.starts_at);
    expect(await known()).toEqual([startsMs, null, false]);
    const doors = { doors_open_at: "2031-05-01T17:00:00.000Z", reentry: true };
    expect((await changeEvent(sale.eventId, doors, sale.organizer)).body).toMatchObject(doors);
    expect((await call("GET", `/events/${sale.eventId}`)).body).toMatchObject(doors);
    expect(await known()).toEqual([startsMs, Date.parse(doors.doors_open_at), true]);
    const earlier = new Date(startsMs - HOUR_MS).toISOString();
    await changeEvent(sale.eventId, { starts_at: earlier }, sale.organizer);
    await changeEvent(sale.eventId, { doors_open_at: null, reentry: false }, sale.organizer);
    expect(await known()).toEqual([startsMs - HOUR_MS, null, false]);
  });

  test("never opens its doors at its end or later, whichever of the two is moved", async () => {
    const ends_at = inHours(9);
    const times = { starts_at: inHours(8), ends_at };
    const late = { errors: [{ path: "doors_open_at", message: "must be before ends_at" }] };
    expect(await createEvent({ ...times, doors_open_at: ends_at })).toMatchObject({ status: 422, body: late });
    const { id } = (await createEvent({ ...times, doors_open_at: inHours(7) })).body;
    expect(await changeEvent(id ?? "", { doors_open_at: ends_at })).toMatchObject({ status: 422, body: late });
    const sooner = { starts_at: inHours(5), ends_at: inHours(6) };
    expect(await changeEvent(id ?? "", sooner)).toMatchObject({ status: 422, body: late });
    expect((await changeEvent(id ?? "", { ...sooner, doors_open_at: sooner.starts_at })).status).toBe(200);
  });

  test.each([
    ["ends before it starts", { starts_at: "2031-05-01T18:00:00Z", ends_at: "2031-05-01T17:59:59Z" }],
    ["ends as it starts", { starts_at: "2031-05-01T18:00:00Z", ends_at: "2031-05-01T18:00:00Z" }],
    [
      "ends before it starts, offsets considered",
      { starts_at: "2031-05-01T18:00:00-02:00", ends_at: "2031-05-01T19:00:00Z" },
    ],
    ["would end before its new start", { starts_at: "2031-05-01T21:00:00Z" }],
    ["would end before its old start", { ends_at: "2031-05-01T18:00:00Z" }],
  ])("can't make one that %s", async (_what, change) => {
    const { body, text } = await createEvent();
    const answer = await changeEvent(body.id, { name: "Not this either", ...change });
    expect(answer.status).toBe(422);
    expect(answer.body.errors).toEqual([
      "ends_at" in change
        ? { path: "ends_at", code: "invalid", message: "must be after starts_at" }
        : { path: "starts_at", code: "invalid", message: "must be before ends_at" },
    ]);
    expect((await call("GET", `/events/${body.id}`)).text).toBe(text);
    if ("starts_at" in change && "ends_at" in change) expect((await createEvent(change)).status).toBe(422);
  });
});

describe("changing a ticket type", () => {
  test("leaves holds the price they began with; who comes later pays the new one", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const early = await hold(buyer, sale.ticketId, 2);
    expect((await changeTicket(sale, { price: { amount: 900, currency: "EUR" } })).status).toBe(200);
    const shown = await call("GET", `/reservations/${early.body.id}`, { token: buyer.token });
    const wanted = { unit_price: { amount: 4500, currency: "EUR" }, total: { amount: 9000, currency: "EUR" } };
    expect(shown.body).toMatchObject(wanted);
    expect((await call("GET", "/reservations", { token: buyer.token })).list[0]).toMatchObject(wanted);
    const late = await hold(buyer, sale.ticketId, 2);
    expect(late.body.total).toEqual({ amount: 1_800, currency: "EUR", exponent: 2 });
  });

  test("with a higher capacity lets buyers take what was sold out", async () => {
    const sale = await putOnSale({ capacity: 2 });
    const buyer = await newPerson();
    await hold(buyer, sale.ticketId, 2);
    expect((await hold(buyer, sale.ticketId, 1)).body.type).toBe("/problems/sold-out");
    expect((await changeTicket(sale, { capacity: 5 })).body).toMatchObject({ capacity: 5, available: 3, held: 2 });
    expect((await hold(buyer, sale.ticketId, 3)).status).toBe(201);
  });

  test("can't take back what is held and sold, and then changes nothing at all", async () => {
    const sale = await putOnSale(FREE);
    const buyer = await newPerson();
    const paid = (await hold(buyer, sale.ticketId, 2)).body.id;
    expect((await call("POST", `/reservations/${paid}/payment`, { token: buyer.token, body: {} })).status).toBe(202);
    await hold(buyer, sale.ticketId, 3);
    const { text } = await counted(sale, 3, 2);
    const answer = await changeTicket(sale, { capacity: 4, name: "Not this either", price: money(100) });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ type: "/problems/capacity-below-committed", held: 3, sold: 2 });
    expect((await showTicket(sale)).text).toBe(text);
    const wanted = { capacity: 5, available: 0, held: 3, sold: 2 };
    expect((await changeTicket(sale, { capacity: 5 })).body).toMatchObject(wanted);
    expect((await hold(buyer, sale.ticketId, 1)).body).toMatchObject({ type: "/problems/sold-out", available: 0 });
  });

  test("moves the sale: closed before its start and from its end on, open in between", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const outcomes: [sales_start: string | null, sales_end: string | null, status: number][] = [
      [inHours(1), null, 409],
      [inHours(-1), null, 201],
      [inHours(-2), inHours(-1), 409],
      [null, inHours(-1), 409],
      [null, inHours(1), 201],
      [null, null, 201],
    ];
    for (const [sales_start, sales_end, status] of outcomes) {
      expect((await changeTicket(sale, { sales_start, sales_end })).status).toBe(200);
      const answer = await hold(buyer, sale.ticketId);
      expect(answer.status, JSON.stringify({ sales_start, sales_end })).toBe(status);
      const window = { sales_start, sales_end: sales_end ?? "2031-05-01T21:00:00.000Z" };
      if (status === 409) expect(answer.body).toMatchObject({ type: "/problems/not-on-sale", ...window });
    }
  });

  test("moves the limit per buyer, which counts what they have; nobody loses what they hold", async () => {
    const sale = await putOnSale({ max_per_buyer: 4 });
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.ticketId, 4)).body;
    expect((await hold(buyer, sale.ticketId, 1)).body.type).toBe("/problems/limit-reached");
    expect((await changeTicket(sale, { max_per_buyer: 2 })).status).toBe(200);
    expect((await call("GET", `/reservations/${id}`, { token: buyer.token })).body.state).toBe("held");
    const refused = await hold(buyer, sale.ticketId, 1);
    expect(refused.body).toMatchObject({ type: "/problems/limit-reached", max_per_buyer: 2, left_for_you: 0 });
    expect((await changeTicket(sale, { max_per_buyer: null })).status).toBe(200);
    expect((await hold(buyer, sale.ticketId, 50)).status).toBe(201);
  });
});

describe("an event's status", () => {
  test.each(["draft", "cancelled"])(
    "%s stops the sale of all its tickets; published, they sell again",
    async (status) => {
      const sale = await putOnSale();
      const { eventId, ticketId, organizer: owner } = sale;
      const second = (await addTicket(sale)).body.id;
      const buyer = await newPerson();
      const { id } = (await hold(buyer, ticketId)).body;
      if (status === "draft") await call("DELETE", `/reservations/${id}`, { token: buyer.token });
      expect((await changeEvent(eventId, { status }, owner)).status).toBe(200);
      for (const id of [ticketId, second]) {
        const refusal = { status: 409, type: "/problems/not-on-sale", sale_state: status };
        expect((await hold(buyer, id)).body).toMatchObject(refusal);
      }
      expect((await changeEvent(eventId, { status: "published" }, owner)).status).toBe(200);
      for (const id of [ticketId, second]) expect((await hold(buyer, id)).status).toBe(201);
    },
  );

  test.each(["draft", "cancelled"])("%s counts for a ticket type that is added later", async (status) => {
    const { id } = (await createEvent({ status })).body;
    const added = await addTicket({ ...shared, eventId: id });
    expect(added.status).toBe(201);
    const buyer = await newPerson();
    expect((await hold(buyer, added.body.id)).body.type).toBe("/problems/not-on-sale");
    await changeEvent(id, { status: "published" });
    expect((await hold(buyer, added.body.id)).status).toBe(201);
  });
});
