// Who may change events and ticket types; events created, changed, published and called off.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import {
  call,
  EVENT,
  hold,
  newPerson,
  type OnSale,
  type Person,
  putOnSale,
  seen,
  TICKET,
} from "../../../support/service.ts";

let organizer: Person;
let shared: OnSale;

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

const ORGANISERS_ROUTES: [route: string, path: (event: string, ticket: string) => string, body: unknown][] = [
  ["POST /events", () => "/events", EVENT],
  ["PATCH /events/{id}", (event) => `/events/${event}`, { name: "Another name" }],
  ["POST /events/{id}/tickets", (event) => `/events/${event}/tickets`, TICKET],
  ["PATCH /tickets/{id}", (_event, ticket) => `/tickets/${ticket}`, { name: "Another name" }],
];

describe("the organisers' routes", () => {
  function methodOf(route: string): string {
    return route.split(" ")[0] ?? "";
  }

  async function all(): Promise<string> {
    const options = { token: organizer.token };
    return (
      (await call("GET", `/events/${shared.eventId}`, options)).text + (await call("GET", "/events", options)).text
    );
  }

  test.each(ORGANISERS_ROUTES)(
    "%s: 403 for a buyer, 401 for nobody, and nothing changes",
    async (route, path, body) => {
      const method = methodOf(route);
      const before = await all();
      const target = path(shared.eventId, shared.ticketId);
      const asBuyer = await call(method, target, { token: (await newPerson()).token, body });
      expect(asBuyer.status).toBe(403);
      expect(asBuyer.body.type).toBe("/problems/wrong-role");
      const asNobody = await call(method, target, { body });
      expect(asNobody.status).toBe(401);
      expect(asNobody.body.type).toBe("/problems/not-signed-in");
      expect(await all()).toBe(before);
    },
  );

  test.each(ORGANISERS_ROUTES.slice(1))(
    "%s: another organiser is answered as for an id that nothing has, and nothing changes",
    async (route, path, body) => {
      const method = methodOf(route);
      const { token } = await newPerson("organizer");
      const before = await all();
      const strangers = await call(method, path(shared.eventId, shared.ticketId), { token, body });
      expect(strangers.status).toBe(404);
      expect(seen(strangers)).toEqual(seen(await call(method, path(newId(), newId()), { token, body })));
      expect(seen(strangers)).toEqual(seen(await call(method, path("garbage", "garbage"), { token, body })));
      expect(await all()).toBe(before);
    },
  );

  test("are closed at once to somebody whose role was taken away, and open to whom it was given", async () => {
    const person = await newPerson();
    const setRole = (role: string) =>
      env.DB.prepare("UPDATE accounts SET role = ? WHERE id = ?").bind(role, person.accountId).run();
    expect((await createEvent({}, person)).status).toBe(403);
    await setRole("organizer");
    const { id } = (await createEvent({}, person)).body;
    await setRole("buyer");
    expect((await createEvent({}, person)).body.type).toBe("/problems/wrong-role");
    expect((await changeEvent(id, { name: "Mine no more" }, person)).body.type).toBe("/problems/wrong-role");
    expect((await call("GET", `/events/${id}`)).body.name).toBe(EVENT.name);
  });
});

describe("creating an event", () => {
  test("answers it in full, and where it is", async () => {
    const answer = await createEvent({ description: "Two sets." });
    expect(answer.status).toBe(201);
    expect(answer.headers.get("location")).toBe(`/events/${answer.body.id}`);
    const times = { starts_at: "2031-05-01T18:00:00.000Z", ends_at: "2031-05-01T21:00:00.000Z" };
    const rest = { organizer: organizer.accountId, description: "Two sets.", status: "published", tickets: [] };
    expect(answer.body).toStrictEqual({ ...EVENT, ...times, ...rest, id: expect.stringMatching(/^[0-9a-z]{16}$/) });
    expect((await call("GET", `/events/${answer.body.id}`)).text).toBe(answer.text);
  });

  test.each(["name", "venue", "starts_at", "ends_at", "timezone"])("can't be done without %s", async (field) => {
    const answer = await createEvent({ [field]: undefined });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map(({ path }) => path)).toEqual([field]);
  });

  test("keeps a text at its longest", async () => {
    const longest = { name: "n".repeat(200), venue: "v".repeat(200), description: "d".repeat(4_000) };
    expect((await createEvent(longest)).body).toMatchObject(longest);
  });
});

const BAD_FIELDS: [field: string, what: string, value: unknown][] = [
  ["name", "empty", ""],
  ["name", "blank", " \t\n"],
  ["name", "of characters that nobody sees", "\u200b\u2060\u3164"],
  ["name", "201 characters", "n".repeat(201)],
  ["name", "with a NUL", "An\u0000evening"],
  ["name", "with an escape", "An\u001b[31m evening"],
  ["name", "half of a surrogate pair", "An evening \ud83c"],
  ["name", "a number", 7],
  ["name", "null", null],
  ["description", "4001 characters", "d".repeat(4_001)],
  ["description", "null", null],
  ["venue", "empty", ""],
  ["venue", "201 characters", "v".repeat(201)],
  ["starts_at", "without a time zone", "2031-05-01T18:00:00"],
  ["starts_at", "only a date", "2031-05-01"],
  ["starts_at", "a date that is not", "2031-02-30T18:00:00Z"],
  ["starts_at", "milliseconds", 1_935_511_200_000],
  ["starts_at", "words", "tomorrow"],
  ["starts_at", "before the year 0, seen from UTC", "0000-01-01T00:00:00+01:00"],
  ["ends_at", "an hour that is not", "2031-05-01T25:00:00Z"],
  ["ends_at", "after the year 9999, seen from UTC", "9999-12-31T23:59:59-01:00"],
  ["ends_at", "a year of five digits", "+012031-05-01T18:00:00Z"],
  ["timezone", "unknown", "Europe/Atlantis"],
  ["timezone", "an offset", "+01:00"],
  ["timezone", "in small letters", "europe/berlin"],
  ["timezone", "in a mix of letters", "EuRope/BerLin"],
  ["timezone", "an old alias", "EST"],
  ["timezone", "empty", ""],
  ["timezone", "a path", "../../etc/localtime"],
  ["status", "unknown", "sold_out"],
  ["status", "in capitals", "DRAFT"],
  ["organizer", "not asked for", "0123456789abcdef"],
  ["tickets", "not asked for here", []],
];

test.each(BAD_FIELDS)("An event's bad %s is refused, new or changed: %s", async (field, _what, value) => {
  const path = `/events/${shared.eventId}`;
  const { text } = await call("GET", path);
  for (const answer of [await createEvent({ [field]: value }), await changeEvent(shared.eventId, { [field]: value })]) {
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map((error) => error.path)).toEqual([field]);
  }
  expect((await call("GET", path)).text).toBe(text);
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

  test.each<[field: string, value: string]>([
    ["name", "A late evening"],
    ["description", "Now with a second pause."],
    ["description", ""],
    ["venue", "The other hall"],
    ["starts_at", "2031-05-01T17:00:00.000Z"],
    ["ends_at", "2031-05-01T22:00:00.000Z"],
    ["timezone", "Asia/Tokyo"],
    ["status", "draft"],
    ["status", "cancelled"],
  ])("changes its %s to %j and nothing else", async (field, value) => {
    const { body } = await createEvent({ description: "Two sets." });
    const answer = await changeEvent(body.id, { [field]: value });
    expect(answer.status).toBe(200);
    expect(answer.body).toStrictEqual({ ...body, [field]: value });
    expect((await call("GET", `/events/${body.id}`, { token: organizer.token })).text).toBe(answer.text);
  });

  test("with nothing to change changes nothing", async () => {
    const { body, text } = await createEvent();
    const answer = await changeEvent(body.id, {});
    expect(answer.status).toBe(200);
    expect(answer.text).toBe(text);
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
        ? { path: "ends_at", message: "must be after starts_at" }
        : { path: "starts_at", message: "must be before ends_at" },
    ]);
    expect((await call("GET", `/events/${body.id}`)).text).toBe(text);
    if ("starts_at" in change && "ends_at" in change) expect((await createEvent(change)).status).toBe(422);
  });
});

describe("an event's status", () => {
  test.each(["draft", "cancelled"])(
    "%s stops the sale of all its tickets; published, they sell again",
    async (status) => {
      const { eventId, ticketId, organizer: owner } = await putOnSale();
      const path = `/events/${eventId}/tickets` as const;
      const second = (await call("POST", path, { token: owner.token, body: TICKET })).body.id;
      const buyer = await newPerson();
      expect((await hold(buyer, ticketId)).status).toBe(201);
      expect((await changeEvent(eventId, { status }, owner)).status).toBe(200);
      for (const id of [ticketId, second]) {
        const refused = await hold(buyer, id);
        expect(refused.status).toBe(409);
        expect(refused.body.type).toBe("/problems/not-on-sale");
      }
      expect((await changeEvent(eventId, { status: "published" }, owner)).status).toBe(200);
      for (const id of [ticketId, second]) expect((await hold(buyer, id)).status).toBe(201);
    },
  );

  test.each(["draft", "cancelled"])("%s counts for a ticket type that is added later", async (status) => {
    const { id } = (await createEvent({ status })).body;
    const added = await call("POST", `/events/${id}/tickets`, { token: organizer.token, body: TICKET });
    expect(added.status).toBe(201);
    const buyer = await newPerson();
    expect((await hold(buyer, added.body.id)).body.type).toBe("/problems/not-on-sale");
    await changeEvent(id, { status: "published" });
    expect((await hold(buyer, added.body.id)).status).toBe(201);
  });

  test("cancelled leaves holds to their buyers, who may let them go", async () => {
    const { eventId, ticketId, organizer: owner } = await putOnSale();
    const buyer = await newPerson();
    const path = `/reservations/${(await hold(buyer, ticketId)).body.id}` as const;
    await changeEvent(eventId, { status: "cancelled" }, owner);
    expect((await call("GET", path, { token: buyer.token })).body.state).toBe("held");
    expect((await call("DELETE", path, { token: buyer.token })).status).toBe(204);
  });
});
