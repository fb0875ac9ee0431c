// Organisers' requests with an Idempotency-Key: a repeat makes nothing, and has the first reply.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { d1With } from "../../../support/recording.ts";
import {
  call,
  EVENT,
  hold,
  newPerson,
  type OnSale,
  type Person,
  putOnSale,
  replayOf,
  seen,
  TICKET,
} from "../../../support/service.ts";

let sale: OnSale;
let ada: Person;
let keys = 0;

beforeAll(async () => {
  sale = await putOnSale();
  ada = sale.organizer;
});

const newKey = () => `key ${++keys}`;

interface Request {
  readonly key?: string;
  readonly body?: Record<string, unknown>;
  readonly caller?: Person;
  readonly settings?: Partial<typeof env>;
}

function options({ key, body, caller = ada, settings }: Request) {
  return {
    token: caller.token,
    anyBody: body,
    ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
    ...(settings === undefined ? {} : { settings }),
  };
}

const createEvent = (request: Request) =>
  call("POST", "/events", options({ ...request, body: { ...EVENT, ...request.body } }));
const addTicket = (request: Request, eventId = sale.eventId) =>
  call("POST", `/events/${eventId}/tickets`, options({ ...request, body: { ...TICKET, ...request.body } }));
const change = (path: string, body: unknown) => call("PATCH", path, { token: ada.token, anyBody: body });

async function count(rows: string): Promise<number> {
  return (await env.DB.prepare(`SELECT COUNT(*) AS n FROM ${rows}`).first<number>("n")) ?? 0;
}

/** How many events, ticket types and entries of the audit log about either there are. */
function counts(): Promise<number[]> {
  return Promise.all(["events", "ticket_types", "audit_log WHERE object_type IN ('event', 'ticket')"].map(count));
}

/** What `work` adds to `counts`. */
async function added(work: () => Promise<void>): Promise<number[]> {
  const before = await counts();
  await work();
  return (await counts()).map((after, at) => after - (before[at] ?? 0));
}

/** The tests' D1, but that its reply is lost to each batch: it was carried out. */
const losing = {
  DB: d1With({
    async batch(statements) {
      await env.DB.batch(statements);
      throw new Error("D1_ERROR: Network connection lost.");
    },
  }),
};

/** The tests' D1, but that it fails where a ticket type is inserted: the object was first. */
const crashing = {
  DB: d1With({
    prepare(text) {
      if (/insert into "ticket_types"/.test(text)) throw new Error("D1_ERROR: Network connection lost.");
      return env.DB.prepare(text);
    },
  }),
};

describe.each([
  { what: "an event", path: "/events", make: createEvent, one: [1, 0, 1] },
  { what: "a ticket type", path: "/tickets", make: addTicket, one: [0, 1, 1] },
])("$what", ({ path, make, one }) => {
  test("is made once however often its request is repeated, and each reply is the first one", async () => {
    const key = newKey();
    const repeating = async () => {
      const first = await make({ key });
      expect(first.status).toBe(201);
      for (let repeat = 0; repeat < 3; repeat++) expect(seen(await make({ key }))).toEqual(replayOf(first));
    };
    expect(await added(repeating)).toEqual(one);
  });

  test("is made once though the reply was lost, and the repeat has it", async () => {
    const key = newKey();
    const repeating = async () => {
      expect((await make({ key, settings: losing })).status).toBe(503);
      const again = await make({ key });
      expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([201, "true"]);
      const { token } = ada;
      const shown = await call("GET", again.headers.get("location") ?? "", { token });
      expect(shown.body).toMatchObject({ id: Object(again.body).id });
    };
    expect(await added(repeating)).toEqual(one);
  });

  test("is made once where repeats come at the same moment", async () => {
    const key = newKey();
    const repeating = async () => {
      const [first, ...others] = await Promise.all(Array.from({ length: 10 }, () => make({ key })));
      expect(first?.status).toBe(201);
      for (const other of others) expect(other.text).toBe(first?.text);
      expect([first, ...others].filter((reply) => !reply?.headers.has("idempotent-replayed"))).toHaveLength(1);
    };
    expect(await added(repeating)).toEqual(one);
  });

  test("is not changed by another body under its key, at any time", async () => {
    const key = newKey();
    const names = ["One", "Another"];
    const replies = await Promise.all(names.map((name) => make({ key, body: { name } })));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 422]);
    const made = replies.findIndex(({ status }) => status === 201);
    const repeating = async () => {
      const refused = await make({ key, body: { name: names[1 - made] } });
      expect([refused.status, refused.body.type]).toEqual([422, "/problems/idempotency-key-reused"]);
    };
    expect(await added(repeating)).toEqual([0, 0, 0]);
    const { token } = ada;
    const shown = await call("GET", `${path}/${Object(replies[made]?.body).id}`, { token });
    expect(shown.body).toMatchObject({ name: names[made] });
  });

  test("keeps its changes, and its repeat the first reply", async () => {
    const key = newKey();
    const first = await make({ key });
    const at = first.headers.get("location") ?? "";
    expect((await change(at, { name: "Changed" })).status).toBe(200);
    expect(seen(await make({ key }))).toEqual(replayOf(first));
    expect((await call("GET", at, { token: ada.token })).body).toMatchObject({ name: "Changed" });
  });

  test("is another one for another account, and for each request without a key", async () => {
    const [key, admin] = [newKey(), await newPerson("admin")];
    const replies = [await make({ key }), await make({ key, caller: admin }), await make({}), await make({})];
    expect(replies.map(({ status }) => status)).toEqual([201, 201, 201, 201]);
    expect(new Set(replies.map(({ headers }) => headers.get("location"))).size).toBe(4);
  });
});

test("one key makes an event, and a ticket type of each event", async () => {
  const key = newKey();
  const event = await createEvent({ key });
  const replies = [event, await addTicket({ key }), await addTicket({ key }, Object(event.body).id)];
  expect(replies.map(({ status }) => status)).toEqual([201, 201, 201]);
  expect(new Set(replies.map(({ body }) => Object(body).id)).size).toBe(3);
});

test("the hundredth ticket type of an event is repeated, and there is no other after it", async () => {
  const eventId = Object((await createEvent({})).body).id;
  const others = await Promise.all(Array.from({ length: 99 }, () => addTicket({}, eventId)));
  expect(others.filter(({ status }) => status !== 201)).toEqual([]);
  const key = newKey();
  const hundredth = await addTicket({ key }, eventId);
  expect(hundredth.status).toBe(201);
  expect(seen(await addTicket({ key }, eventId))).toEqual(replayOf(hundredth));
  for (const another of [{ key: newKey() }, {}]) {
    expect((await addTicket(another, eventId)).body.type).toBe("/problems/too-many-ticket-types");
  }
  expect((await call("GET", `/events/${eventId}`)).body.tickets).toHaveLength(100);
});

describe("a request that died between the ticket type's object and D1", () => {
  async function dieAdding(key: string, body: Record<string, unknown> = {}): Promise<string> {
    const eventId = Object((await createEvent({})).body).id;
    expect((await addTicket({ key, body, settings: crashing }, eventId)).status).toBe(503);
    expect((await call("GET", `/events/${eventId}`, { token: ada.token })).body.tickets).toEqual([]);
    return eventId;
  }

  test("is completed by its repeat: once on the list, and for sale", async () => {
    const key = newKey();
    const eventId = await dieAdding(key);
    const healed = await addTicket({ key }, eventId);
    expect(healed.status).toBe(201);
    expect(seen(await addTicket({ key }, eventId))).toEqual(replayOf(healed));
    const { tickets } = (await call("GET", `/events/${eventId}`, { token: ada.token })).body;
    expect(tickets).toEqual([healed.body]);
    expect(await count(`audit_log WHERE event_id = '${eventId}' AND action = 'ticket.add'`)).toBe(1);
    expect((await hold(await newPerson(), tickets[0]?.id ?? "")).status).toBe(201);
  });

  test("has used its key: a request with other rules is refused, and the repeat completes it still", async () => {
    const key = newKey();
    const eventId = await dieAdding(key, { capacity: 7 });
    const refused = await addTicket({ key, body: { capacity: 8 } }, eventId);
    expect(refused.body.type).toBe("/problems/idempotency-key-reused");
    const completed = await addTicket({ key, body: { capacity: 7 } }, eventId);
    expect(completed.body).toMatchObject({ capacity: 7, available: 7 });
  });

  test("does not sell once the event was called off meanwhile", async () => {
    const key = newKey();
    const eventId = await dieAdding(key);
    await change(`/events/${eventId}`, { status: "cancelled" });
    const { id } = Object((await addTicket({ key }, eventId)).body);
    expect((await hold(await newPerson(), id)).body.type).toBe("/problems/not-on-sale");
  });
});
