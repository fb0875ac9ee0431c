// `ETag` and `If-Match`: an organiser changes what they have read, and nothing newer.

import { describe, expect, test } from "vitest";
import type { Edit, TicketTypeChange } from "../../../../src/durable/ticket-type/protocol.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import {
  addTicket,
  call,
  EVENT,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  type Person,
  putOnSale,
  TICKET,
  until,
} from "../../../support/service.ts";

type Path = `/events/${string}` | `/tickets/${string}`;

interface Scene extends OnSale {
  readonly admin: Person;
}

async function scene(): Promise<Scene> {
  return { ...(await putOnSale()), admin: await newPerson("admin") };
}

const eventOf = ({ eventId }: OnSale): Path => `/events/${eventId}`;
const ticketOf = ({ ticketId }: OnSale): Path => `/tickets/${ticketId}`;

function read({ organizer: { token } }: OnSale, path: Path) {
  return call("GET", path, { token });
}

async function tagOf(sale: OnSale, path: Path): Promise<string> {
  return tagIn(await read(sale, path));
}

function tagIn({ headers }: { readonly headers: Headers }): string {
  return headers.get("etag") ?? "none";
}

function patch({ organizer: { token } }: OnSale, path: Path, body: unknown, ifMatch?: string) {
  return call("PATCH", path, { token, anyBody: body, headers: ifMatch === undefined ? {} : { "if-match": ifMatch } });
}

/** Each way to change something, once: by the tag that `path` has. */
const CHANGES: readonly [
  what: string,
  path: (sale: OnSale) => Path,
  send: (scene: Scene, headers: Record<string, string>) => Promise<{ status: number; body: unknown; headers: Headers }>,
  status: number,
][] = [
  [
    "PATCH /events/{id}",
    eventOf,
    ({ organizer: { token }, eventId }, headers) =>
      call("PATCH", `/events/${eventId}`, { token, headers, body: { name: "A morning" } }),
    200,
  ],
  [
    "PATCH /events/{id}, to a draft",
    eventOf,
    ({ organizer: { token }, eventId }, headers) =>
      call("PATCH", `/events/${eventId}`, { token, headers, body: { status: "draft" } }),
    200,
  ],
  [
    "PATCH /events/{id}, the order",
    eventOf,
    ({ organizer: { token }, eventId, ticketId }, headers) =>
      call("PATCH", `/events/${eventId}`, { token, headers, body: { tickets: [ticketId] } }),
    200,
  ],
  [
    "DELETE /events/{id}",
    eventOf,
    ({ organizer: { token }, eventId }, headers) => call("DELETE", `/events/${eventId}`, { token, headers }),
    204,
  ],
  [
    "POST /events/{id}/handover",
    eventOf,
    ({ admin: { token, accountId }, eventId }, headers) =>
      call("POST", `/events/${eventId}/handover`, { token, headers, body: { organizer: accountId } }),
    200,
  ],
  [
    "PATCH /tickets/{id}, a rule",
    ticketOf,
    ({ organizer: { token }, ticketId }, headers) =>
      call("PATCH", `/tickets/${ticketId}`, { token, headers, body: { capacity: 70 } }),
    200,
  ],
  [
    "PATCH /tickets/{id}, a text",
    ticketOf,
    ({ organizer: { token }, ticketId }, headers) =>
      call("PATCH", `/tickets/${ticketId}`, { token, headers, body: { name: "Circle" } }),
    200,
  ],
  [
    "PATCH /tickets/{id}, the currency",
    ticketOf,
    ({ organizer: { token }, ticketId }, headers) =>
      call("PATCH", `/tickets/${ticketId}`, { token, headers, body: { price: { amount: 500, currency: "USD" } } }),
    200,
  ],
  [
    "DELETE /tickets/{id}",
    ticketOf,
    ({ organizer: { token }, ticketId }, headers) => call("DELETE", `/tickets/${ticketId}`, { token, headers }),
    204,
  ],
];

/** All that a refused request must leave as it is. */
async function everything(sale: OnSale): Promise<unknown> {
  const { eventId } = sale;
  return {
    event: await rowsOf("SELECT * FROM events WHERE id = ?", eventId),
    tickets: await rowsOf("SELECT * FROM ticket_types WHERE event_id = ?", eventId),
    object: await objectOf(sale.ticketId).describe(),
    log: await rowsOf("SELECT action FROM audit_log WHERE event_id = ?", eventId),
  };
}

describe("a tag", () => {
  test("of an event is on all that its organiser reads and writes, and stays while tickets are sold and added", async () => {
    const organizer = await newPerson("organizer");
    const { token } = organizer;
    const created = await call("POST", "/events", { token, body: EVENT });
    const sale = { organizer, eventId: created.body.id, ticketId: await addTicket(organizer, created.body.id) };
    const tag = await tagOf(sale, eventOf(sale));
    expect(tag).toMatch(/^"[0-9a-z]+"$/);
    expect(tagIn(created)).toBe(tag);
    expect((await hold(await newPerson(), sale.ticketId)).status).toBe(201);
    await patch(sale, ticketOf(sale), { capacity: 50, name: "Circle" });
    expect((await read(sale, eventOf(sale))).body).toMatchObject({ available: 49 });
    expect(await tagOf(sale, eventOf(sale))).toBe(tag);
    expect(tagIn(await patch(sale, eventOf(sale), {}))).toBe(tag);
  });

  test("of a ticket type is as well, also in its event, and stays while its tickets are sold", async () => {
    const sale = await scene();
    const { token } = sale.organizer;
    const added = await call("POST", `/events/${sale.eventId}/tickets`, { token, body: TICKET });
    const path: Path = `/tickets/${added.body.id}`;
    const tag = await tagOf(sale, path);
    expect([tagIn(added), added.body.etag]).toEqual([tag, tag]);
    expect((await hold(await newPerson(), added.body.id)).status).toBe(201);
    await until(
      () => read(sale, path),
      ({ text }) => text.includes('"held":1'),
    );
    expect(await tagOf(sale, path)).toBe(tag);
    await patch(sale, eventOf(sale), { status: "cancelled" });
    expect(await tagOf(sale, path)).toBe(tag);
    expect(tagIn(await patch(sale, path, {}))).toBe(tag);
    const { tickets } = (await call("GET", `/events/${sale.eventId}`, { token })).body;
    expect(tickets.find(({ id }) => id === added.body.id)?.etag).toBe(tag);
  });

  test.each([eventOf, ticketOf])("is another one for everybody else, and spares organisers no reply", async (of) => {
    const sale = await scene();
    const seen = await call("GET", of(sale));
    expect(seen.text).not.toContain('"etag":');
    expect(await patch(sale, of(sale), { name: "Circle" }, tagIn(seen))).toMatchObject({ status: 412 });
    const { token } = sale.organizer;
    const headers = { "if-none-match": await tagOf(sale, of(sale)) };
    expect(await call("GET", of(sale), { token, headers })).toMatchObject({ status: 200 });
  });

  test("of an event changes when somebody writes to D1 past the service", async () => {
    const sale = await putOnSale();
    const tag = await tagOf(sale, eventOf(sale));
    await sql("UPDATE events SET name = 'By hand' WHERE id = ?", sale.eventId);
    expect(await tagOf(sale, eventOf(sale))).not.toBe(tag);
    await sql("UPDATE events SET announced_version = 0 WHERE id = ?", sale.eventId);
    expect(await patch(sale, eventOf(sale), {}, tag)).toMatchObject({ status: 412 });
  });
});

describe.each(CHANGES)("%s", (_what, path, send, status) => {
  test("with the present tag gives another one, which is good for the next change", async () => {
    const sale = await scene();
    const before = await tagOf(sale, path(sale));
    const changed = await send(sale, { "if-match": before });
    expect(changed.status).toBe(status);
    if (status === 204) return;
    const after = tagIn(changed);
    expect(after).toMatch(/^"[0-9a-z]{16}"$/);
    expect(after).not.toBe(before);
    const { token } = sale.admin;
    expect(tagIn(await call("GET", path(sale), { token }))).toBe(after);
    const body = { description: "Next." };
    expect(await call("PATCH", path(sale), { token, anyBody: body, headers: { "if-match": after } })).toMatchObject({
      status: 200,
    });
  });

  test("with an older tag is refused, and changes nothing", async () => {
    const sale = await scene();
    const before = await tagOf(sale, path(sale));
    await patch(sale, path(sale), { description: "Meanwhile." });
    const was = await everything(sale);
    const refused = await send(sale, { "if-match": before });
    expect(refused).toMatchObject({ status: 412, body: { type: "/problems/precondition-failed" } });
    expect(await everything(sale)).toEqual(was);
  });

  test("counts a tag in a list, a weakened one, and `*`", async () => {
    for (const written of [(tag: string) => `"other" , W/${tag},`, () => "*"]) {
      const sale = await scene();
      const ifMatch = written(await tagOf(sale, path(sale)));
      expect([ifMatch, (await send(sale, { "if-match": ifMatch })).status]).toEqual([ifMatch, status]);
    }
  });

  test("with a malformed tag is refused, and changes nothing", async () => {
    const sale = await scene();
    const was = await everything(sale);
    const refused = await send(sale, { "if-match": "0" });
    expect(refused).toMatchObject({ status: 400, body: { type: "/problems/invalid-if-match" } });
    expect(await everything(sale)).toEqual(was);
  });
});

test("who may not change a thing learns nothing of its tag", async () => {
  const sale = await scene();
  const [buyer, other] = [await newPerson(), await newPerson("organizer")];
  for (const path of [eventOf(sale), ticketOf(sale)]) {
    for (const ifMatch of ["*", '"old"', await tagOf(sale, path)]) {
      const headers = { "if-match": ifMatch };
      expect(await call("DELETE", path, { token: buyer.token, headers })).toMatchObject({ status: 403 });
      expect(await call("DELETE", path, { token: other.token, headers })).toMatchObject({ status: 404 });
    }
  }
});

test("what there is not is not found, whatever the tag", async () => {
  const { token } = await newPerson("admin");
  for (const path of ["/events/0000000000000000", "/tickets/0000000000000000"] as const) {
    for (const ifMatch of ["*", '"0"']) {
      expect(await call("DELETE", path, { token, headers: { "if-match": ifMatch } })).toMatchObject({ status: 404 });
    }
  }
});

describe("at the same moment, with the same tag", () => {
  const TEXT = (index: number) => ({ name: `Name ${index}` });
  const RULE = (index: number) => ({ capacity: 50 + index });

  test.each<[what: string, path: (sale: OnSale) => Path, body: (index: number) => object]>([
    ["an event", eventOf, TEXT],
    ["an event to one name", eventOf, () => ({ name: "The same" })],
    ["a ticket type's texts", ticketOf, TEXT],
    ["a ticket type's rules", ticketOf, RULE],
    ["a ticket type to one capacity", ticketOf, () => ({ capacity: 50 })],
    ["a ticket type's texts or rules", ticketOf, (index) => (index % 2 === 0 ? TEXT(index) : RULE(index))],
  ])("one of six changes %s, and the others nothing", async (_what, path, body) => {
    const sale = await putOnSale();
    const before = await read(sale, path(sale));
    const sent = Array.from({ length: 6 }, (_, index) => body(index));
    const replies = await Promise.all(sent.map((change) => patch(sale, path(sale), change, tagIn(before))));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 412, 412, 412, 412, 412]);
    const won = replies.findIndex(({ status }) => status === 200);
    const after = await read(sale, path(sale));
    expect(after.body).toMatchObject({ ...sent[won] });
    expect([after.text, tagIn(after)]).toEqual([replies[won]?.text, tagIn(replies[won] ?? after)]);
  });

  test("an event is handed over, deleted, called off or made a draft, or has another name: one of them", async () => {
    for (let round = 0; round < 5; round++) {
      const sale = await scene();
      const headers = { "if-match": await tagOf(sale, eventOf(sale)) };
      const { token, accountId } = sale.admin;
      const path = `/events/${sale.eventId}` as const;
      const replies = await Promise.all([
        call("DELETE", path, { token, headers }),
        call("POST", `${path}/handover`, { token, headers, body: { organizer: accountId } }),
        ...[{ name: "Other" }, { status: "cancelled" }, { status: "draft" }].map((body) =>
          call("PATCH", path, { token, headers, anyBody: body }),
        ),
      ]);
      const isDeleted = replies[0]?.status === 204;
      const done = replies.filter(({ status }) => status < 300);
      expect(done.length, JSON.stringify(replies.map(({ status }) => status))).toBe(1);
      // Of a deleted event nothing is left to compare.
      const others = replies.filter(({ status }) => status >= 300).map(({ status }) => status);
      expect(others.filter((status) => status !== 412 && !(isDeleted && status === 404))).toEqual([]);
    }
  });

  test("a ticket type is deleted or changed: one of both", async () => {
    for (let round = 0; round < 5; round++) {
      const sale = await scene();
      const path = `/tickets/${sale.ticketId}` as const;
      const { token } = sale.organizer;
      const headers = { "if-match": await tagOf(sale, path) };
      const [deleted, changed] = await Promise.all([
        call("DELETE", path, { token, headers }),
        call("PATCH", path, { token, headers, body: { name: "Circle", capacity: 7 } }),
      ]);
      if (deleted.status === 204) expect([412, 404]).toContain(changed.status);
      else expect([deleted.status, changed.status]).toEqual([412, 200]);
    }
  });
});

/** Objects whose calls of these methods are other ones. */
function withObject(methods: (id: string) => Record<string, unknown>): Pick<Env, "TICKET_TYPES"> {
  const getByName = (id: string) => ({ describe: () => objectOf(id).describe(), ...methods(id) });
  return { TICKET_TYPES: { getByName } as unknown as Env["TICKET_TYPES"] };
}

describe("a ticket type's object", () => {
  test("finds the change of a call that is repeated because its reply was lost", async () => {
    const sale = await putOnSale();
    const { token } = sale.organizer;
    const change = async (rules: TicketTypeChange, edit: Edit) => {
      await objectOf(sale.ticketId).change(rules, edit);
      return objectOf(sale.ticketId).change(rules, edit);
    };
    const settings = withObject(() => ({ change }));
    const headers = { "if-match": await tagOf(sale, ticketOf(sale)) };
    const path = `/tickets/${sale.ticketId}` as const;
    const changed = await call("PATCH", path, { token, headers, settings, body: { capacity: 7, name: "Circle" } });
    expect(changed).toMatchObject({ status: 200, body: { capacity: 7, name: "Circle" } });
    expect(tagIn(changed)).toBe(await tagOf(sale, path));
  });

  test("decides, whatever was true a moment before: its event's currency stays, too", async () => {
    const sale = await putOnSale();
    const { token } = sale.organizer;
    const path = `/tickets/${sale.ticketId}` as const;
    const headers = { "if-match": await tagOf(sale, path) };
    const change = async (rules: TicketTypeChange, edit: Edit) => {
      await patch(sale, path, { name: "First" });
      return objectOf(sale.ticketId).change(rules, edit);
    };
    const body = { name: "Second", price: { amount: 100, currency: "USD" } };
    const late = await call("PATCH", path, { token, headers, body, settings: withObject(() => ({ change })) });
    expect(late).toMatchObject({ status: 412 });
    expect((await read(sale, path)).body).toMatchObject({ name: "First", price: { currency: "EUR" } });
    expect(await rowsOf("SELECT currency FROM events WHERE id = ?", sale.eventId)).toEqual([{ currency: "EUR" }]);
    const log = await rowsOf(
      "SELECT action, details FROM audit_log WHERE object_id = ? ORDER BY at_ms, id",
      sale.ticketId,
    );
    expect(log.at(-1)).toEqual({ action: "ticket.change-refused", details: '{"refusal":"precondition_failed"}' });
  });

  test("of the version before gets no change with a condition, which it would not keep", async () => {
    const sale = await putOnSale();
    const { token } = sale.organizer;
    const path = `/tickets/${sale.ticketId}` as const;
    const headers = { "if-match": await tagOf(sale, path) };
    const describe = async () => ({ ...(await objectOf(sale.ticketId).describe()), edition: undefined });
    const settings = withObject(() => ({ describe }));
    const was = await everything(sale);
    expect(await call("PATCH", path, { token, headers, body: { capacity: 7 }, settings })).toMatchObject({
      status: 503,
    });
    expect(await call("DELETE", path, { token, headers, settings })).toMatchObject({ status: 503 });
    expect(await everything(sale)).toEqual(was);
  });

  test("makes an edition of what the Worker of the version before changes, and leaves its texts be", async () => {
    const sale = await putOnSale();
    const named = await patch(sale, ticketOf(sale), { name: "New" });
    await objectOf(sale.ticketId).change({});
    await sql("UPDATE ticket_types SET name = 'Old' WHERE id = ?", sale.ticketId);
    expect(await patch(sale, ticketOf(sale), { capacity: 7 }, tagIn(named))).toMatchObject({ status: 412 });
    const changed = await patch(sale, ticketOf(sale), { capacity: 7 });
    expect(changed).toMatchObject({ status: 200, body: { capacity: 7, name: "Old" } });
    expect((await read(sale, ticketOf(sale))).body).toMatchObject({ capacity: 7, name: "Old" });
  });

  test("copies texts, rules and edition to D1 at once, also later: nobody reads a new tag beside an old text", async () => {
    const sale = await putOnSale();
    const path = ticketOf(sale);
    const before = await read(sale, path);
    // The copy is refused for a while.
    await sql(`CREATE TRIGGER no_copies BEFORE UPDATE OF version ON ticket_types WHEN NEW.id = '${sale.ticketId}'
      BEGIN SELECT RAISE(ABORT, 'not now'); END`);
    const named = await patch(sale, path, { name: "Circle", hidden: true }, tagIn(before));
    expect(named).toMatchObject({ status: 200, body: { name: "Circle", hidden: true } });
    const [stale] = [await read(sale, path)];
    expect([stale.text, tagIn(stale)]).toEqual([before.text, tagIn(before)]);
    expect(await patch(sale, path, { description: "Lost?" }, tagIn(stale))).toMatchObject({ status: 412 });
    const described = await patch(sale, path, { description: "High up", capacity: 7 }, tagIn(named));
    const all = { name: "Circle", hidden: true, description: "High up", capacity: 7 };
    expect(described).toMatchObject({ status: 200, body: all });
    await sql("DROP TRIGGER no_copies");
    const copied = await until(
      () => read(sale, path),
      (found) => tagIn(found) === tagIn(described),
    );
    expect(copied.body).toMatchObject(all);
  });
});

test("an event that was changed while it was taken off sale goes back on sale, and is neither deleted nor a draft", async () => {
  for (const [method, body] of [
    ["DELETE", undefined],
    ["PATCH", { status: "draft" }],
  ] as const) {
    const sale = await putOnSale();
    const { token } = sale.organizer;
    const headers = { "if-match": await tagOf(sale, eventOf(sale)) };
    let isChanged = false;
    const settings = withObject((id) => ({
      audit: async (question: Parameters<ReturnType<typeof objectOf>["audit"]>[0]) => {
        const [withdrawn] = await rowsOf("SELECT withdrawn_since_ms AS ms FROM events WHERE id = ?", sale.eventId);
        if (withdrawn?.ms !== null && !isChanged) {
          isChanged = true;
          await patch(sale, eventOf(sale), { name: "Meanwhile" });
        }
        return objectOf(id).audit(question);
      },
      announce: (news: Parameters<ReturnType<typeof objectOf>["announce"]>[0]) => objectOf(id).announce(news),
    }));
    const late = await call(method, eventOf(sale), { token, headers, settings, anyBody: body });
    expect([method, late.status, isChanged]).toEqual([method, 412, true]);
    expect((await read(sale, eventOf(sale))).body).toMatchObject({ name: "Meanwhile", status: "published" });
    expect((await hold(await newPerson(), sale.ticketId)).status).toBe(201);
  }
});
