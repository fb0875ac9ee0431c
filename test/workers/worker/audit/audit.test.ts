// The audit log: what is written into it, who reads what of it, and that it can't be rewritten.

import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { newPaymentId, newReservationId } from "../../../../src/platform/ids.ts";
import { ADDRESS_KEPT_MS, auditRefundOutcome } from "../../../../src/worker/audit/queries.ts";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { newKey } from "../../../support/api-keys.ts";
import {
  type Answer,
  type Body,
  call,
  EVENT,
  newPerson,
  type Person,
  pagesOf,
  putOnSale,
  TICKET,
} from "../../../support/service.ts";

const ADDRESS = "203.0.113.17";
const admin = await newPerson("admin");

type Entries = Body<"GET /audit">;

async function entriesAt(path: string, { token }: Person): Promise<Entries> {
  const answer = await call("GET", path, { token });
  expect(answer.status).toBe(200);
  return JSON.parse(answer.text);
}

/** Everything that is on record about an object, the oldest first. */
async function recordOf(id: string): Promise<Entries> {
  const all = await entriesAt("/audit?limit=100", admin);
  return all.filter(({ object }) => object.id === id).reverse();
}

/** As a person at one address does it. */
function act<const M extends string, const P extends string>(person: Person, method: M, path: P, body?: unknown) {
  return call(method, path, { token: person.token, headers: { "cf-connecting-ip": ADDRESS }, anyBody: body });
}

describe("the log says who did what to which object, from where, when", () => {
  test("of an organiser's changes, those that were refused too", async () => {
    const organizer = await newPerson("organizer");
    const startedMs = Date.now();
    const event = (await act(organizer, "POST", "/events", EVENT)).body.id;
    await act(organizer, "PATCH", `/events/${event}`, { name: "Another evening" });
    const ticket = (await act(organizer, "POST", `/events/${event}/tickets`, TICKET)).body.id;
    await act(organizer, "PATCH", `/tickets/${ticket}`, { capacity: 120 });
    const sales = { sales_start: "2031-01-02T00:00:00Z", sales_end: "2031-01-01T00:00:00Z" };
    const refused = await act(organizer, "PATCH", `/tickets/${ticket}`, sales);
    expect(refused.status).toBe(422);
    const common = { actor: organizer.accountId, event, address: ADDRESS };
    expect(await recordOf(event)).toMatchObject([
      { ...common, action: "event.create", object: { type: "event", id: event }, details: { name: EVENT.name } },
      { ...common, action: "event.change", object: { type: "event", id: event }, details: { name: "Another evening" } },
    ]);
    expect(await recordOf(ticket)).toMatchObject([
      { ...common, action: "ticket.add", details: { capacity: 100 } },
      { ...common, action: "ticket.change", details: { capacity: 120 } },
      { ...common, action: "ticket.change", details: { sales_end: "2031-01-01T00:00:00Z" } },
      { ...common, action: "ticket.change-refused", details: { refusal: "sales_window_empty" } },
    ]);
    for (const { at } of await recordOf(ticket)) expect(Date.parse(at)).toBeGreaterThanOrEqual(startedMs);
  });

  test("of what a program did, with the name of its key until that is revoked", async () => {
    const { organizer, eventId } = await putOnSale();
    const { id, key } = await newKey(organizer);
    await act({ ...organizer, token: key }, "PATCH", `/events/${eventId}`, { name: "By a program" });
    await act(organizer, "PATCH", `/events/${eventId}`, { name: "By hand" });
    const [{ name } = { name: "" }] = (await call("GET", "/me/api-keys", { token: organizer.token })).body;
    const read = async () => (await entriesAt(`/events/${eventId}/audit`, organizer)).slice(0, 2);
    const common = { action: "event.change", actor: organizer.accountId };
    expect(await read()).toMatchObject([
      { ...common, details: { name: "By hand" }, api_key: null },
      { ...common, details: { name: "By a program" }, api_key: { id, name } },
    ]);
    await call("DELETE", `/me/api-keys/${id}`, { token: organizer.token });
    expect((await read()).map(({ api_key }) => api_key)).toEqual([null, { id, name: null }]);
  });

  test("of nothing that was not done", async () => {
    const { organizer, eventId, ticketId } = await putOnSale();
    const before = (await recordOf(eventId)).length;
    const late = await act(organizer, "PATCH", `/events/${eventId}`, { starts_at: "2040-01-01T00:00:00Z" });
    expect(late.status).toBe(422);
    const stranger = await newPerson("organizer");
    expect((await act(stranger, "PATCH", `/events/${eventId}`, { name: "Mine" })).status).toBe(404);
    expect(await recordOf(eventId)).toHaveLength(before);
    for (const path of [`/events/${eventId}`, `/tickets/${ticketId}`]) {
      expect((await act(organizer, "PATCH", path, {})).status).toBe(200);
    }
    expect(await recordOf(eventId)).toHaveLength(before);
    expect((await recordOf(ticketId)).map(({ action }) => action)).toEqual(["ticket.add"]);
  });

  test("of registering, signing in or not, and signing out", async () => {
    const [username, password] = [`ada-${crypto.randomUUID()}`, "correct horse battery"];
    const headers = { "cf-connecting-ip": ADDRESS };
    const body = { username, password };
    const registered = await call("POST", "/register", { headers, body: { ...body, email: "a@example.test" } });
    await call("POST", "/register", { headers, body: { ...body, email: "a@example.test" } });
    await call("POST", "/api-auth/login", { headers, body: { ...body, password: "incorrect horse" } });
    const token = (await call("POST", "/api-auth/login", { headers, body })).body["auth-token"];
    await call("POST", "/api-auth/logout-everywhere", { headers, token });
    const { id } = registered.body;
    const record = await recordOf(id);
    expect(record.map(({ action, actor }) => [action, actor])).toEqual([
      ["account.register", id],
      ["session.start-refused", null],
      ["session.start", id],
      ["session.end-all", id],
    ]);
    expect(new Set(record.map(({ address }) => address))).toEqual(new Set([ADDRESS]));
    expect(JSON.stringify(record)).not.toContain(username);
  });

  test("of a name that nobody has, without the name: people type passwords there", async () => {
    const username = "a-password-by-mistake";
    await call("POST", "/api-auth/login", {
      body: { username, password: "x" },
      headers: { "cf-connecting-ip": "203.0.113.18" },
    });
    const row = await env.DB.prepare("SELECT * FROM audit_log WHERE address = '203.0.113.18'").first();
    expect(row).toMatchObject({ action: "session.start-refused", actor_id: null, object_id: null, details: null });
  });

  test("of roles", async () => {
    const person = await newPerson();
    await act(admin, "PATCH", `/accounts/${person.accountId}`, { role: "scanner" });
    const last = (await recordOf(person.accountId)).at(-1);
    expect(last).toMatchObject({ action: "role.change", actor: admin.accountId, details: { role: "scanner" } });
  });

  test("of a refund, once, however often it is tried", async () => {
    const { ticketId, eventId } = await putOnSale();
    const paymentId = "payment-of-the-test";
    const reservationId = `${ticketId}-x`;
    const task = { attemptId: paymentId, paymentId, reservationId, amountMinor: 1, currency: "EUR", method: "pm_x" };
    for (const _ of [1, 2, 3]) await auditRefundOutcome(env.DB, task, { state: "succeeded" }, ticketId);
    expect(await recordOf(reservationId)).toMatchObject([
      {
        action: "refund.succeeded",
        actor: null,
        address: null,
        event: eventId,
        object: { type: "reservation", id: reservationId },
        details: { refund: paymentId, amount: 1, currency: "EUR" },
      },
    ]);
  });
});

describe("reading it", () => {
  test("goes on behind any line about a refund, whichever attempt it is of", async () => {
    const { ticketId, eventId, organizer } = await putOnSale();
    const reservationId = newReservationId(ticketId);
    const paymentId = newPaymentId();
    const task = { paymentId, reservationId, amountMinor: 1, currency: "EUR", method: "pm_card_visa" };
    for (const attemptId of [`${paymentId}-r1`, `${paymentId}-r1.2`, `${paymentId}-r1.3`]) {
      for (const _ of [1, 2])
        await auditRefundOutcome(env.DB, { ...task, attemptId }, { state: "succeeded" }, ticketId);
    }
    const pages = await pagesOf(`/events/${eventId}/audit?limit=1`, { token: organizer.token });
    const actions = pages.flatMap(({ list }) => list.map(({ action }) => action));
    expect(actions.slice(0, 3)).toEqual(["refund.succeeded", "refund.succeeded", "refund.succeeded"]);
    expect(actions.at(-1)).toBe("event.create");
  });

  test("an organiser reads their own events' part, and of addresses their own", async () => {
    const { organizer, eventId, ticketId } = await putOnSale();
    await act(admin, "PATCH", `/tickets/${ticketId}`, { capacity: 90 });
    await putOnSale();
    const entries = await entriesAt(`/events/${eventId}/audit`, organizer);
    expect(entries.map(({ action }) => action)).toEqual(["ticket.change", "ticket.add", "event.create"]);
    expect(entries.every(({ event }) => event === eventId)).toBe(true);
    expect(entries[0]).toMatchObject({ actor: admin.accountId, address: null });
    expect(entries[1]?.address).not.toBeNull();
  });

  test("nobody but admins reads all of it, and nobody another's event's", async () => {
    const { organizer, eventId } = await putOnSale();
    const [buyer, other] = [await newPerson(), await newPerson("organizer")];
    for (const { token } of [buyer, organizer, await newPerson("scanner")]) {
      expect((await call("GET", "/audit", { token })).status).toBe(403);
    }
    expect((await call("GET", `/events/${eventId}/audit`, { token: other.token })).status).toBe(404);
    expect((await call("GET", `/events/${eventId}/audit`, { token: buyer.token })).status).toBe(403);
    expect((await call("GET", `/events/${eventId}/audit`, { token: admin.token })).status).toBe(200);
  });

  test("in pages, nothing twice and nothing left out, though more is written meanwhile", async () => {
    const { organizer, eventId, ticketId } = await putOnSale();
    for (const capacity of [110, 120, 130]) await act(organizer, "PATCH", `/tickets/${ticketId}`, { capacity });
    const whole = await entriesAt(`/events/${eventId}/audit`, organizer);
    expect(whole).toHaveLength(5);
    const seen: string[] = [];
    let path: string | undefined = `/events/${eventId}/audit?limit=2`;
    while (path !== undefined) {
      const answer: Answer = await call("GET", path, { token: organizer.token });
      seen.push(...(JSON.parse(answer.text) as Entries).map(({ id }) => id));
      await act(organizer, "PATCH", `/tickets/${ticketId}`, { capacity: 140 });
      path = /<([^>]+)>; rel="next"/.exec(answer.headers.get("link") ?? "")?.[1];
    }
    expect(seen).toEqual(whole.map(({ id }) => id));
  });
});

describe("rewriting it", () => {
  test.each([
    "DELETE FROM audit_log",
    "UPDATE audit_log SET action = 'nothing'",
    "UPDATE audit_log SET actor_id = 'another'",
    "UPDATE audit_log SET api_key_id = 'another', address = NULL",
    "UPDATE audit_log SET at_ms = 0",
    "UPDATE audit_log SET details = NULL, address = NULL",
    "UPDATE audit_log SET address = '192.0.2.99'",
    "UPDATE audit_log SET id = 'x' || id",
    // The row number is a key as well: whoever takes another line's puts it away.
    "REPLACE INTO audit_log (rowid, id, at_ms, action, object_type) SELECT rowid, 'x' || id, 0, 'x', 'x' FROM audit_log",
    "UPDATE OR REPLACE audit_log SET rowid = rowid + 1, address = NULL",
    "INSERT INTO audit_log SELECT * FROM audit_log WHERE true ON CONFLICT (id) DO UPDATE SET at_ms = 0",
    "REPLACE INTO audit_log SELECT id, 0, action, actor_id, object_type, object_id, event_id, address, details, api_key_id FROM audit_log",
  ])("is refused by the database itself: %s", async (statement) => {
    await putOnSale();
    const before = (await env.DB.prepare("SELECT * FROM audit_log ORDER BY id").all()).results;
    await expect(env.DB.prepare(statement).run()).rejects.toThrow(/append-only/);
    expect((await env.DB.prepare("SELECT * FROM audit_log ORDER BY id").all()).results).toEqual(before);
  });

  test("but the sweep erases addresses after 90 days, and nothing else", async () => {
    const { organizer, eventId } = await putOnSale();
    const [before] = await recordOf(eventId);
    await sweep(env);
    expect(await recordOf(eventId)).toEqual([before]);
    expect(before).toMatchObject({ actor: organizer.accountId, address: expect.any(String) });
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ADDRESS_KEPT_MS + 1_000 });
    await sweep(env);
    vi.useRealTimers();
    expect(await recordOf(eventId)).toEqual([{ ...before, address: null }]);
  });
});
