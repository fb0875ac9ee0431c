// An event's terms: set by its organiser, accepted by its buyers, and kept as they were accepted.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { sweepCopies } from "../../../../src/worker/reconciliation/sweep-copies.ts";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { d1With } from "../../../support/recording.ts";
import { rowsOf } from "../../../support/records.ts";
import {
  addTicket,
  call,
  createEvent,
  newPerson,
  objectOf,
  type Person,
  pagesOf,
  until,
} from "../../../support/service.ts";

const URLS = { terms_url: "https://example.com/terms", privacy_url: "https://example.com/privacy" };
const FIRST = { version: "2031-01", terms_text: "You dance.\nWe play.", ...URLS, imprint_url: "http://example.com/" };
const NONE = { terms_text: null, terms_url: null, privacy_text: null, privacy_url: null, imprint_url: null };

async function withTerms(terms: object | null = FIRST) {
  const organizer = await newPerson("organizer");
  const eventId = await createEvent(organizer, terms === null ? {} : { terms });
  return { organizer, eventId, ticketId: await addTicket(organizer, eventId) };
}

function hold({ token }: Person, ticket: string, accepted_terms?: string, headers: Record<string, string> = {}) {
  return call("POST", "/reservations", { token, headers, body: { ticket, quantity: 1, accepted_terms } });
}

function change({ token }: Person, eventId: string, terms: object | null) {
  return call("PATCH", `/events/${eventId}`, { token, anyBody: { terms } });
}

const refusal = (terms_version: string, more: object = {}) => {
  return { status: 409, body: { type: "/problems/terms-not-accepted", terms_version, ...more } };
};

describe("an event's terms", () => {
  test("are on its page, and in no list", async () => {
    const { organizer, eventId } = await withTerms();
    const terms = { ...NONE, ...FIRST };
    expect(await call("GET", `/events/${eventId}`)).toMatchObject({ body: { terms } });
    expect(await call("GET", `/events/${eventId}`, { token: organizer.token })).toMatchObject({ body: { terms } });
    const { list } = await call("GET", `/events?organizer=${organizer.accountId}`);
    expect(list.map((event) => Object.keys(event).includes("terms"))).toEqual([false]);
  });

  test("may come later, change and go", async () => {
    const { organizer, eventId, ticketId } = await withTerms(null);
    const buyer = await newPerson();
    expect(await call("GET", `/events/${eventId}`)).toMatchObject({ body: { terms: null } });
    expect(await hold(buyer, ticketId)).toMatchObject({ status: 201, body: { terms: null } });
    expect(await change(organizer, eventId, FIRST)).toMatchObject({ status: 200, body: { terms: FIRST } });
    expect(await hold(buyer, ticketId)).toMatchObject(refusal("2031-01"));
    expect(await change(organizer, eventId, { ...FIRST, version: "2" })).toMatchObject({ status: 200 });
    expect(await hold(buyer, ticketId, "2031-01")).toMatchObject(refusal("2"));
    expect(await hold(buyer, ticketId, "2")).toMatchObject({ status: 201 });
    expect(await change(organizer, eventId, null)).toMatchObject({ status: 200, body: { terms: null } });
    expect(await hold(buyer, ticketId)).toMatchObject({ status: 201, body: { terms: null } });
  });

  test("have one content for each version, for ever", async () => {
    const { organizer, eventId } = await withTerms();
    const other = { ...FIRST, terms_text: "We dance." };
    const taken = { status: 422, body: { errors: [{ path: "terms.version" }] } };
    expect(await change(organizer, eventId, other)).toMatchObject(taken);
    expect(await change(organizer, eventId, FIRST)).toMatchObject({ status: 200 });
    expect(await change(organizer, eventId, { ...other, version: "2" })).toMatchObject({ status: 200 });
    expect(await change(organizer, eventId, other)).toMatchObject(taken);
    expect(await call("GET", `/events/${eventId}`)).toMatchObject({ body: { terms: { version: "2" } } });
    const { list } = await call("GET", `/events/${eventId}/terms`);
    expect(list.map(({ version, terms_text }) => [version, terms_text]).toSorted()).toEqual([
      ["2", "We dance."],
      ["2031-01", "You dance.\nWe play."],
    ]);
    const pages = await pagesOf(`/events/${eventId}/terms?limit=1`);
    expect(pages.flatMap((page) => page.list)).toEqual(list);
    // The first ones are in force again.
    expect(await change(organizer, eventId, FIRST)).toMatchObject({ status: 200, body: { terms: FIRST } });
    expect(await rowsOf("SELECT version FROM terms_versions WHERE event_id = ? ORDER BY 1", eventId)).toEqual([
      { version: "2" },
      { version: "2031-01" },
    ]);
  });

  test("of a request that is refused, or repeated with other contents, are not kept", async () => {
    const organizer = await newPerson("organizer");
    const event = { name: "An evening", venue: "Here", timezone: "UTC" };
    const times = { starts_at: "2031-05-01T18:00:00Z", ends_at: "2031-05-01T21:00:00Z" };
    const create = (terms: object) => {
      const headers = { "idempotency-key": "an evening" };
      return call("POST", "/events", { token: organizer.token, headers, anyBody: { ...event, ...times, terms } });
    };
    const { body } = await create(FIRST);
    expect((await create(FIRST)).body).toEqual(body);
    expect(await create({ ...FIRST, version: "other" })).toMatchObject({ status: 422 });
    const late = { terms: { ...FIRST, version: "late" }, starts_at: "2032-01-01T00:00:00Z" };
    expect(await call("PATCH", `/events/${body.id}`, { token: organizer.token, body: late })).toMatchObject({
      status: 422,
    });
    const kept = () => rowsOf("SELECT version FROM terms_versions WHERE event_id = ?", body.id);
    expect(await kept()).toEqual([{ version: "2031-01" }]);
    expect(await call("DELETE", `/events/${body.id}`, { token: organizer.token })).toMatchObject({ status: 204 });
    expect(await kept()).toEqual([]);
  });

  test.each<[name: string, unlike: object, path: string]>([
    ["a script for an address", { terms_url: "javascript:alert(1)" }, "terms.terms_url"],
    ["data for an address", { privacy_url: "data:text/html,hi" }, "terms.privacy_url"],
    ["an address with a user", { imprint_url: "https://shop.example@evil.example/" }, "terms.imprint_url"],
    ["an address of two lines", { imprint_url: "https://example.com/\n" }, "terms.imprint_url"],
    ["a relative address", { imprint_url: "/imprint" }, "terms.imprint_url"],
    ["an address that is too long", { imprint_url: `https://example.com/${"a".repeat(1_000)}` }, "terms.imprint_url"],
    ["neither text nor address", { terms_text: null, terms_url: null }, "terms.terms_text"],
    ["a blank text", { terms_text: " \n" }, "terms.terms_text"],
    ["a text that is too long", { terms_text: "a".repeat(20_001) }, "terms.terms_text"],
    ["a version with a direction override", { version: "1\u202e2" }, "terms.version"],
    ["no version", { version: undefined }, "terms.version"],
    ["a field of no meaning", { cookies: true }, "terms.cookies"],
  ])("can't have %s", async (_name, unlike, path) => {
    const { organizer, eventId } = await withTerms();
    expect(await change(organizer, eventId, { ...FIRST, version: "2", ...unlike })).toMatchObject({
      status: 422,
      body: { errors: [{ path }] },
    });
  });

  test("may be as long as they may be, in any characters", async () => {
    const { organizer, eventId } = await withTerms();
    const text = "\u{1f4dc}".repeat(20_000);
    const escaped = JSON.stringify({ terms: { version: "long", terms_text: text, privacy_text: text } }).replace(
      /[\u{10000}-\u{10ffff}]/gu,
      "\\ud83d\\udcdc",
    );
    const { token } = organizer;
    const headers = { "content-type": "application/json" };
    expect(await call("PATCH", `/events/${eventId}`, { token, raw: escaped, headers })).toMatchObject({
      status: 200,
      body: { terms: { terms_text: text } },
    });
  });
});

describe("a buyer", () => {
  test("accepts the present version with the hold, and sees which one that was and when", async () => {
    const { ticketId } = await withTerms();
    const buyer = await newPerson();
    for (const version of [undefined, "2030-12", "2031-1"]) {
      expect(await hold(buyer, ticketId, version)).toMatchObject(refusal("2031-01"));
    }
    const { body, status } = await hold(buyer, ticketId, " 2031-01 ");
    expect(status).toBe(201);
    expect(body.terms).toEqual({ version: "2031-01", accepted_at: body.created_at });
    expect((await call("GET", `/reservations/${body.id}`, { token: buyer.token })).body.terms).toEqual(body.terms);
    const listed = await call("GET", "/reservations", { token: buyer.token });
    expect(listed.list.map(({ terms }) => terms)).toEqual([body.terms]);
    const exported = await call("GET", "/me/export", { token: buyer.token });
    expect(exported.body.reservations.map(({ terms }) => terms)).toEqual([body.terms]);
  });

  test("holds nothing while refused: the ticket is there for others", async () => {
    const { ticketId } = await withTerms();
    await hold(await newPerson(), ticketId);
    expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0 });
  });

  test("keeps a hold, and pays for it, whatever terms come after", async () => {
    const { organizer, eventId, ticketId } = await withTerms();
    const buyer = await newPerson();
    const { body } = await hold(buyer, ticketId, "2031-01");
    await change(organizer, eventId, { ...FIRST, version: "2" });
    const payment = { token: buyer.token, body: { payment_method: "pm_card_visa" } };
    expect(await call("POST", `/reservations/${body.id}/payment`, payment)).toMatchObject({ status: 202 });
    const paid = await until(
      () => call("GET", `/reservations/${body.id}`, { token: buyer.token }),
      (answer) => answer.body.state === "confirmed",
    );
    expect(paid.body.terms).toEqual(body.terms);
  });

  test("gets a replay with the same key and terms, and a refusal with others", async () => {
    const { ticketId } = await withTerms();
    const buyer = await newPerson();
    const headers = { "idempotency-key": "mine" };
    // A refusal is not kept.
    expect(await hold(buyer, ticketId, undefined, headers)).toMatchObject(refusal("2031-01"));
    const { body } = await hold(buyer, ticketId, "2031-01", headers);
    expect((await hold(buyer, ticketId, "2031-01", headers)).body).toMatchObject({ id: body.id, terms: body.terms });
    expect(await hold(buyer, ticketId, "2", headers)).toMatchObject({ status: 422 });
  });

  test("may send a version where there are no terms, as clients do that always ask", async () => {
    const { ticketId } = await withTerms(null);
    expect(await hold(await newPerson(), ticketId, "any")).toMatchObject({ status: 201, body: { terms: null } });
  });

  test("accepts for a whole order, or item by item where events have other terms", async () => {
    const { organizer, eventId, ticketId } = await withTerms();
    const otherEvent = await createEvent(organizer, { terms: { ...FIRST, version: "other" } });
    const other = await addTicket(organizer, otherEvent);
    const free = await addTicket(organizer, await createEvent(organizer));
    const buyer = await newPerson();
    const order = (
      items: readonly (readonly [ticket: string, terms?: string])[],
      accepted_terms?: string,
      key = "",
    ) => {
      const body = {
        items: items.map(([ticket, terms]) => ({ ticket, quantity: 1, accepted_terms: terms })),
        accepted_terms,
      };
      const headers: Record<string, string> = key === "" ? {} : { "idempotency-key": key };
      return call("POST", "/orders", { token: buyer.token, body, headers });
    };
    expect(await order([[free], [ticketId]])).toMatchObject(refusal("2031-01", { item: 1 }));
    expect(await order([[ticketId], [other]], "2031-01")).toMatchObject(refusal("other", { item: 1 }));
    expect(await objectOf(ticketId).describe()).toMatchObject({ held: 0 });
    const { body, status } = await order([[ticketId], [other, "other"], [free]], "2031-01", "mine");
    expect(status).toBe(201);
    const accepted_at = body.created_at;
    const terms = [{ version: "2031-01", accepted_at }, { version: "other", accepted_at }, null];
    expect(body.items.map((item) => item.terms)).toEqual(terms);
    const again = await order([[ticketId], [other, "other"], [free]], "2031-01", "mine");
    expect(again.body.id).toBe(body.id);
    expect(await order([[ticketId], [other, "other"], [free]], "2", "mine")).toMatchObject({ status: 422 });
    const shown = await call("GET", `/orders/${body.id}`, { token: buyer.token });
    expect(shown.body.items.map((item) => item.terms)).toEqual(terms);
    const exported = await call("GET", "/me/export", { token: buyer.token });
    expect(exported.body.orders.flatMap(({ items }) => items.map((item) => item.terms))).toEqual(terms);
    expect(eventId).not.toBe(otherEvent);
  });

  test("holds and is refused while D1 has no events: the object knows the terms", async () => {
    const { ticketId } = await withTerms();
    const buyer = await newPerson();
    const prepare = (text: string) => {
      if (/events|terms/.test(text)) throw new Error("D1_ERROR: down");
      return env.DB.prepare(text);
    };
    const down = { token: buyer.token, settings: { DB: d1With({ prepare }) } };
    const ask = (accepted_terms?: string) =>
      call("POST", "/reservations", { ...down, body: { ticket: ticketId, quantity: 1, accepted_terms } });
    expect(await ask()).toMatchObject(refusal("2031-01"));
    expect(await ask("2031-01")).toMatchObject({ status: 201 });
  });
});

describe("an object", () => {
  /** As one of a version that knows no terms leaves it behind, or one that was restored. */
  async function forget(ticketId: string) {
    await runInDurableObject(objectOf(ticketId), (_object, { storage }) => {
      storage.sql.exec("UPDATE ticket_type SET terms_version = NULL");
    });
    await evictDurableObject(objectOf(ticketId));
  }

  test("that has forgotten the terms is told again by the sweep", async () => {
    const { ticketId } = await withTerms();
    await forget(ticketId);
    await until(
      async () => {
        await sweepCopies(env);
        await sweep(env);
        return objectOf(ticketId).describe();
      },
      (state) => state?.termsVersion === "2031-01",
    );
    expect(await hold(await newPerson(), ticketId)).toMatchObject(refusal("2031-01"));
  });

  test("that is added later knows them from its first moment", async () => {
    const { organizer, eventId } = await withTerms();
    const ticketId = await addTicket(organizer, eventId, { name: "Balcony" });
    expect(await hold(await newPerson(), ticketId)).toMatchObject(refusal("2031-01"));
  });
});
