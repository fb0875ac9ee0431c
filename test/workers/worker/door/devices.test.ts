// What devices at the door read: enough to decide by themselves, and how many went in.

import { beforeAll, describe, expect, test } from "vitest";
import { forgetDoor } from "../../../../src/worker/door/access.ts";
import { sellAt } from "../../../support/counter.ts";
import { outcomeOf, payOrder, placeOrder } from "../../../support/orders.ts";
import { boughtPasses, codeOf } from "../../../support/passes.ts";
import { sql } from "../../../support/records.ts";
import {
  addTicket,
  type Body,
  call,
  createEvent,
  newPerson,
  type OnSale,
  objectOf,
  type Person,
  putOnSale,
  until,
} from "../../../support/service.ts";
import { newGuest } from "../../../support/sign-in.ts";
import { openStream } from "../../../support/watching.ts";

let sale: OnSale;
let circle: string;
let scanner: Person;

beforeAll(async () => {
  sale = await putOnSale({ max_per_buyer: null });
  circle = await addTicket(sale.organizer, sale.eventId, { name: "Circle", max_per_buyer: null });
  scanner = await newPerson();
  const path = `/events/${sale.eventId}/crew/${scanner.accountId}` as const;
  await call("PUT", path, { token: sale.organizer.token, body: { part: "scanner" } });
});

async function admit(passId: string, gate: string) {
  const body = { event: sale.eventId, code: await codeOf(passId), gate, key: crypto.randomUUID() };
  return (await call("POST", "/check-ins", { token: scanner.token, body })).body;
}

function dispute(eventId: string, boughtId: string, state: string) {
  return sql(
    `INSERT INTO disputes (id, provider_id, event_id, payment_id, bought_id, amount_minor, currency, state, reason,
       opened_at_ms, read_at_ms) VALUES (?1, ?1, ?2, 'p', ?3, 100, 'EUR', ?4, 'fraudulent', 0, 0)`,
    crypto.randomUUID(),
    eventId,
    boughtId,
    state,
  );
}

async function door(after?: string): Promise<Body<"GET /events/{id}/door">> {
  const query = after === undefined ? "" : `?after=${after}`;
  const { status, body } = await call("GET", `/events/${sale.eventId}/door${query}`, { token: scanner.token });
  expect(status).toBe(200);
  return body;
}

describe("the bundle of a device", () => {
  test("has the keys, the ticket types, and the passes that something happened to; then what is new", async () => {
    const [first = "", second = ""] = await boughtPasses(sale.ticketId, 2);
    const [third = ""] = await boughtPasses(circle);
    const whole = await door();
    expect(whole).toMatchObject({ event: { id: sale.eventId, reentry: false }, passes: [], more: false });
    expect(whole.tickets.map(({ name }) => name)).toEqual(["Stalls", "Circle"]);
    // What the door keeps for a moment may be from before.
    await expect.poll(async () => (await door()).tickets.map(({ sold }) => sold), { timeout: 5_000 }).toEqual([2, 1]);
    expect(whole.keys).toMatchObject([{ kid: "1", kty: "OKP" }]);
    await admit(first, "North");
    await admit(third, "South");
    const more = await door(whole.cursor);
    expect(more.passes).toMatchObject([
      { id: first, state: "admitted", generation: 0, gate: "North", outside: false },
      { id: third, state: "admitted", gate: "South" },
    ]);
    const reader = { accountId: "ada", emailKey: null };
    const to = { email: "eve@example.test", emailKey: "eve@example.test" };
    await objectOf(sale.ticketId).passOn({ passId: second, reader, ...to, key: "k" });
    expect((await door(more.cursor)).passes).toMatchObject([{ id: second, state: "valid", generation: 1 }]);
    expect((await door()).passes).toHaveLength(3);
  });

  test.each(["open", "lost", "won"])(
    "names what is disputed at the bank, and so do check-ins and the search, unless it was won: %s",
    async (state) => {
      const [alone = ""] = await boughtPasses(sale.ticketId);
      const [other = ""] = await boughtPasses(sale.ticketId);
      const elsewhere = await addTicket(sale.organizer, await createEvent(sale.organizer));
      const buyer = await newPerson();
      const order = (await placeOrder(buyer, [circle, 1], [elsewhere, 1])).body;
      await payOrder(buyer, order.id);
      await outcomeOf(buyer, order.id);
      const [circles = ""] = order.items.filter(({ ticket }) => ticket === circle).map((item) => item.reservation);
      for (const boughtId of [alone.slice(0, -2), order.id]) await dispute(sale.eventId, boughtId, state);
      // The door's view of its event is some seconds old at most.
      forgetDoor(sale.eventId);
      const wanted = state === "won" ? [] : [alone.slice(0, -2), circles];
      expect((await door()).disputed.toSorted()).toEqual(wanted.toSorted());
      for (const passId of [alone, `${circles}-1`, other]) {
        const isDisputed = wanted.includes(passId.slice(0, -2));
        expect(await admit(passId, "North")).toMatchObject({ result: "admitted", pass: { disputed: isDisputed } });
        const path = `/events/${sale.eventId}/passes?q=${passId}` as "/events/{id}/passes";
        const { list } = await call("GET", path, { token: scanner.token });
        expect(list.map(({ id, disputed }) => [id, disputed])).toEqual([[passId, isDisputed]]);
      }
      await sql("DELETE FROM disputes WHERE event_id = ?", sale.eventId);
      forgetDoor(sale.eventId);
    },
  );

  test("says whether its account may take check-ins back", async () => {
    expect((await door()).may_undo).toBe(false);
    const { body } = await call("GET", `/events/${sale.eventId}/door`, { token: sale.organizer.token });
    expect(body.may_undo).toBe(true);
  });

  test("verifies a code by itself", async () => {
    const [pass = ""] = await boughtPasses(sale.ticketId);
    const { keys } = await door();
    const [{ x = "", kid = "" } = {}] = keys;
    expect(await codeOf(pass)).toMatch(/^TO1:/);
    const key = await crypto.subtle.importKey("jwk", { kty: "OKP", crv: "Ed25519", x }, "Ed25519", false, ["verify"]);
    const { readPassCode } = await import("../../../../src/domain/pass-code.ts");
    const read = readPassCode(await codeOf(pass));
    if (read === null) throw new Error("the code can't be read");
    expect([read.keyNumber, read.passId]).toEqual([Number(kid), pass]);
    expect(await crypto.subtle.verify("Ed25519", key, read.signature, read.signed)).toBe(true);
  });

  test("refuses what is no cursor, and knows one of a ticket type that is gone", async () => {
    const { token } = scanner;
    expect((await call("GET", `/events/${sale.eventId}/door?after=nonsense`, { token })).status).toBe(422);
    expect((await door(`0123456789abcdef.5_${circle}.zzzz`)).passes.length).toBeGreaterThan(0);
  });
});

describe("who has lost a code", () => {
  const search = async (q: string): Promise<Body<"GET /events/{id}/passes">> => {
    const path = `/events/${sale.eventId}/passes?q=${encodeURIComponent(q)}` as const;
    const { status, body } = await call("GET", path, { token: scanner.token });
    expect(status).toBe(200);
    return body;
  };
  const found = async (q: string) => (await search(q)).map(({ id }) => id);
  const foundOnce = (q: string) =>
    until(
      () => found(q),
      (ids) => ids.length > 0,
    );

  test("is found by half a name, by the address that bought or was passed it, and by the reservation", async () => {
    const buyer = await newPerson();
    const { email } = (await call("GET", "/me", { token: buyer.token })).body;
    const [mine = "", yours = ""] = await boughtPasses(sale.ticketId, 2, buyer.accountId);
    const object = objectOf(sale.ticketId);
    const reader = { accountId: buyer.accountId, emailKey: null };
    await object.namePass({ passId: mine, reader, name: "Ada Lovelace-Byron" });
    const to = { email: "grace@example.test", emailKey: "grace@example.test" };
    await object.passOn({ passId: yours, reader, ...to, key: "k" });
    expect(
      await until(
        () => found("lovelace-b"),
        (ids) => ids.length > 0,
      ),
    ).toEqual([mine]);
    expect(
      await until(
        () => found("Grace@example.test"),
        (ids) => ids.length > 0,
      ),
    ).toEqual([yours]);
    expect(
      (
        await until(
          () => found(email),
          (ids) => ids.length > 0,
        )
      ).toSorted(),
    ).toEqual([mine, yours]);
    expect(await found(mine.replace(/-\d+$/, ""))).toEqual([mine, yours]);
    expect(await found(yours)).toEqual([yours]);
    expect(await found("nobody at all")).toEqual([]);
  });

  test("is found by what the counter knows: a part of the customer's name, or their address; not of another event", async () => {
    const at = { eventId: sale.eventId, organizer: sale.organizer };
    const customer = { name: "Katherine Johnson", email: "Katherine@Example.test" };
    const { body } = await sellAt(at, "cash", [[sale.ticketId, 2]], { customer });
    const passes = [1, 2].map((number) => `${body.items[0]?.reservation}-${number}`);
    // What is not paid yet has no passes.
    await sellAt(at, "transfer", [[circle, 1]], { customer });
    for (const q of ["johnson", "Katherine J", "katherine@example.test"]) {
      const ids = await until(
        () => found(q),
        (all) => all.length > 0,
      );
      expect(ids, q).toEqual(passes);
    }
    const { organizer, eventId } = await putOnSale();
    const path = `/events/${eventId}/passes?q=johnson` as const;
    expect((await call("GET", path, { token: organizer.token })).body).toEqual([]);
    await call("DELETE", `/events/${sale.eventId}/orders/${body.id}/customer`, { token: sale.organizer.token });
    const left = await until(
      () => found("johnson"),
      (all) => all.length === 0,
    );
    expect(left).toEqual([]);
  });

  test("is found by the address that a guest gave, of whom nobody has proven it", async () => {
    const guest = await newGuest("Visitor@Example.test");
    const [pass = ""] = await boughtPasses(sale.ticketId, 1, guest.accountId);
    expect(await foundOnce("visitor@example.test")).toEqual([pass]);
  });

  test("is found by a part of the username that bought; a guest has none", async () => {
    const buyer = await newPerson();
    await sql("UPDATE accounts SET username = 'Wislawa.S' WHERE id = ?", buyer.accountId);
    const [pass = ""] = await boughtPasses(circle, 1, buyer.accountId);
    const guest = await newGuest();
    await boughtPasses(circle, 1, guest.accountId);
    expect(await foundOnce("isLAWA")).toEqual([pass]);
    expect(await found("guest:")).toEqual([]);
  });

  test.each([
    ["ömer", "Ömer Şahin"],
    ["omer sahin", "Ömer Şahin"],
    ["ŞAHİN", "Ömer Şahin"],
    ["JOSE\u0301", "José"],
    ["strasse", "Weiß-Straße"],
    ["WEISS", "Weiß-Straße"],
    ["élodie", "Elodie"],
    ["ΓΙΏΡΓΟΣ", "Γιώργος"],
    ["андрей", "АНДРЕЙ"],
  ])("%s finds %s", async (q, name) => {
    const [passId = ""] = await boughtPasses(sale.ticketId);
    const reader = { accountId: "ada", emailKey: null };
    await objectOf(sale.ticketId).namePass({ passId, reader, name });
    const ids = await until(
      () => found(q),
      (all) => all.includes(passId),
    );
    expect(ids).toContain(passId);
    expect(await found(`${q}x`)).toEqual([]);
  });

  test("learns which passes are their buyer's no longer", async () => {
    const buyer = await newPerson();
    const { email } = (await call("GET", "/me", { token: buyer.token })).body;
    const [kept = "", passedOn = ""] = await boughtPasses(sale.ticketId, 2, buyer.accountId);
    const reader = { accountId: buyer.accountId, emailKey: null };
    const to = { email: "Friend@example.test", emailKey: "friend@example.test" };
    await objectOf(sale.ticketId).passOn({ passId: passedOn, reader, ...to, key: "k" });
    await foundOnce(email);
    const want = [
      { id: kept, passed_on_to: null },
      { id: passedOn, passed_on_to: "F…@example.test" },
    ];
    for (const q of [email, kept.replace(/-\d+$/, "")]) expect(await search(q), q).toMatchObject(want);
    expect(await admit(kept, "North")).toMatchObject({ result: "admitted", pass: { passed_on_to: null } });
  });

  const byAccount = async (username: string) => {
    const buyer = await newPerson();
    await sql("UPDATE accounts SET username = ? WHERE id = ?", username, buyer.accountId);
    return (await boughtPasses(sale.ticketId, 1, buyer.accountId))[0];
  };
  const atCounter = async (customer: { readonly name?: string; readonly email?: string }) => {
    const at = { eventId: sale.eventId, organizer: sale.organizer };
    const { body } = await sellAt(at, "cash", [[sale.ticketId, 1]], { customer });
    return `${body.items[0]?.reservation}-1`;
  };
  test.each<[who: string, buy: () => Promise<string | undefined>, want: string | null]>([
    ["an account", () => byAccount("Hannah.A"), "Hannah.A"],
    [
      "an account whose username is an address, of which a part is enough",
      () => byAccount("m.curie@a.test"),
      "m…@a.test",
    ],
    ["a guest", async () => (await boughtPasses(sale.ticketId, 1, (await newGuest("no@a.test")).accountId))[0], null],
    ["the counter's customer", () => atCounter({ name: "Emmy N.", email: "emmy@a.test" }), "Emmy N."],
    ["a customer of whom an address is known", () => atCounter({ email: "lise@a.test" }), null],
    ["nobody that is known", () => atCounter({}), null],
  ])("sees who bought what is found, and no address: %s", async (_who, buy, want) => {
    const passId = (await buy()) ?? "";
    const seen = await until(
      () => search(passId),
      ([pass]) => pass !== undefined && (want === null || pass.bought_by !== null),
    );
    expect(seen).toMatchObject([{ id: passId, holder: null, bought_by: want }]);
    // A scan says nothing of it.
    expect((await admit(passId, "North")).pass).not.toHaveProperty("bought_by");
  });

  test("sees who bought what was passed on, but not of an account that is gone", async () => {
    const { accountId } = await newPerson();
    await sql("UPDATE accounts SET username = 'Lost.P' WHERE id = ?", accountId);
    const [passId = ""] = await boughtPasses(sale.ticketId, 1, accountId);
    const reader = { accountId, emailKey: null };
    await objectOf(sale.ticketId).passOn({ passId, reader, email: "f@a.test", emailKey: "f@a.test", key: "k" });
    await foundOnce("lost.p");
    expect(await search(passId)).toMatchObject([{ passed_on_to: "f…@a.test", bought_by: "Lost.P" }]);
    await sql("DELETE FROM accounts WHERE id = ?", accountId);
    expect(await search(passId)).toMatchObject([{ passed_on_to: "f…@a.test", bought_by: null }]);
  });

  test("is not found at the door of another event", async () => {
    const other = await putOnSale();
    const [pass = ""] = await boughtPasses(other.ticketId);
    expect(await found(pass)).toEqual([]);
    expect(await found(pass.replace(/-\d+$/, ""))).toEqual([]);
  });
});

interface Counts {
  readonly ticket: string;
  readonly seq: number;
  readonly admitted: number;
  readonly inside: number;
  readonly gates: readonly { readonly gate: string; readonly admitted: number }[];
}

describe("the stream of the door", () => {
  test("says at once how many went in at which gate, and again with each scan of another device", async () => {
    const own = await putOnSale({ max_per_buyer: null });
    const { organizer, eventId, ticketId } = own;
    const [first = "", second = ""] = await boughtPasses(ticketId, 2);
    const scan = async (passId: string, gate: string) => {
      const body = { event: eventId, code: await codeOf(passId), gate, key: crypto.randomUUID() };
      return (await call("POST", "/check-ins", { token: organizer.token, body })).body;
    };
    const events = await openStream<Counts>(`/events/${eventId}/door/live`, { token: organizer.token });
    await events.until((text) => text.includes("data:"));
    expect(events.messages).toEqual([{ ticket: ticketId, seq: 0, admitted: 0, inside: 0, gates: [] }]);
    await scan(first, "North");
    await events.until((text) => text.includes('"admitted":1'));
    await scan(second, "South");
    await events.until((text) => text.includes('"admitted":2'));
    const gates = ["North", "South"].map((gate) => ({ gate, admitted: 1 }));
    expect(events.messages.at(-1)).toMatchObject({ admitted: 2, inside: 2, gates });
    const body = { key: crypto.randomUUID() };
    await call("POST", `/check-ins/${first}/undo`, { token: organizer.token, body });
    await events.until((text) => (text.match(/data:/g) ?? []).length >= 4);
    expect(events.messages.at(-1)).toMatchObject({ admitted: 1, inside: 1, gates: [{ gate: "South", admitted: 1 }] });
    expect(events.text).toContain("event: door");
    await events.cancel();
  });

  test("is the crew's alone", async () => {
    const { token } = await newPerson();
    for (const path of ["door", "door/live"]) {
      expect((await call("GET", `/events/${sale.eventId}/${path}`, { token })).status).toBe(404);
    }
  });
});
