// Who comes to an event: in pages, by a search, and as a file; and how its sales are found.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { counterOrder, ordersAt, sellAt } from "../../../support/counter.ts";
import { outcomeOf, payOrder, placeOrder, type TwoTypes, twoTypes } from "../../../support/orders.ts";
import { recordingD1 } from "../../../support/recording.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, createEvent, hold, newPerson, type Person, pagesOf, pay, until } from "../../../support/service.ts";

const EUR = (amount: number) => ({ amount, currency: "EUR", exponent: 2 });

let sale: TwoTypes;
let buyer: Person;
let email: string;
let ids: { readonly alone: string; readonly order: string; readonly counter: string; readonly held: string };

beforeAll(async () => {
  sale = await twoTypes();
  buyer = await newPerson();
  const { stalls, parking } = sale;
  email = (await call("GET", "/me", { token: buyer.token })).body.email;
  const alone = (await hold(buyer, stalls, 2)).body.id;
  await pay(buyer, alone, "pm_card_visa");
  const order = (await placeOrder(buyer, [stalls, 3], [parking, 1])).body.id;
  await payOrder(buyer, order);
  await outcomeOf(buyer, order);
  const customer = { name: "Grace Hopper", email: "grace@example.test" };
  const counter = (await sellAt(sale, "cash", [[parking, 1]], { customer })).body.id;
  const held = (await hold(buyer, stalls, 1)).body.id;
  ids = { alone, order, counter, held };
  await until(
    () => rowsOf("SELECT id FROM reservations WHERE state = 'confirmed'"),
    (rows) => rows.length === 4,
  );
  await call("PATCH", `/passes/${alone}-2` as "/passes/{id}", {
    token: buyer.token,
    body: { holder_name: "Bob Müller" },
  });
  await until(
    () => rowsOf("SELECT holder_name FROM passes WHERE holder_name IS NOT NULL"),
    (rows) => rows.length === 1,
  );
});

function get(path: string, query = "") {
  return call("GET", `/events/${sale.eventId}/${path}?${query}` as "/events/{id}/attendees", {
    token: sale.organizer.token,
  });
}

describe("the list of attendees", () => {
  test("has one for each pass that was sold, and none for what is held", async () => {
    const { list } = await get("attendees");
    expect(list).toHaveLength(7);
    const of = (reservation: string) => list.filter((one) => one.reservation === reservation);
    expect(of(ids.alone)).toEqual([
      expect.objectContaining({
        ...{ pass: `${ids.alone}-1`, order: null, name: null, email, ticket: sale.stalls },
        ...{ price: sale.stalls, unit_price: EUR(4_500), code: null, state: "valid", admitted_at: null, gate: null },
        disputed: false,
      }),
      expect.objectContaining({ pass: `${ids.alone}-2`, name: "Bob Müller", email }),
    ]);
    expect(list.filter(({ order }) => order === ids.order)).toHaveLength(4);
    expect(list.filter(({ order }) => order === ids.counter)).toEqual([
      expect.objectContaining({ name: "Grace Hopper", email: "grace@example.test", ticket: sale.parking }),
    ]);
  });

  test("is the same in pages of any length, where one begins in the middle of a reservation, too", async () => {
    const all = (await get("attendees")).list.map(({ pass }) => pass);
    for (const limit of [1, 2, 3, 7]) {
      const path = `/events/${sale.eventId}/attendees?limit=${limit}` as "/events/{id}/attendees";
      const pages = await pagesOf(path, sale.organizer);
      expect(pages.flatMap(({ list }) => list.map(({ pass }) => pass))).toEqual(all);
    }
  });

  test("shows whoever a pass was passed on to, and where somebody went in", async () => {
    const pass = `${ids.alone}-1`;
    await call("POST", `/passes/${pass}/transfer` as "/passes/{id}/transfer", {
      token: buyer.token,
      body: { email: "carol@example.test" },
    });
    await call("POST", "/check-ins", {
      token: sale.organizer.token,
      body: { event: sale.eventId, pass, gate: "North", key: "0123456789abcdef" },
    });
    const one = async () => (await get("attendees", `q=${pass}`)).list.find((attendee) => attendee.pass === pass);
    const found = await until(one, (attendee) => attendee?.state === "admitted");
    expect(found).toMatchObject({ email: "carol@example.test", gate: "North", admitted_at: expect.any(String) });
  });
});

describe("a search", () => {
  test.each<[string, () => string, () => string[]]>([
    ["a part of a holder's name", () => "müller", () => [ids.alone]],
    ["a part of a holder's name in other letters", () => "MULLER", () => [ids.alone]],
    ["the buyer's username", () => buyer.username, () => [ids.order, ids.alone]],
    ["a part of a customer's name", () => "hopp", () => [ids.counter]],
    ["a customer's address", () => "Grace@Example.test", () => [ids.counter]],
    ["the address of the buyer's account", () => email, () => [ids.held, ids.order, ids.alone]],
    ["an order's id", () => ids.order, () => [ids.order]],
    ["a reservation's id", () => ids.alone, () => [ids.alone]],
    ["a pass's id", () => `${ids.alone}-2`, () => [ids.alone]],
    ["nothing that there is", () => "nobody", () => []],
  ])("by %s finds its sales, the newest first", async (_name, text, want) => {
    const { status, list } = await ordersAt(sale, `q=${encodeURIComponent(text())}`);
    expect(status).toBe(200);
    expect(list.map(({ id }) => id)).toEqual(want());
  });

  test("by a promotion code looks for no names, which would read all that the event has sold", async () => {
    const nameIt = (name: string) =>
      sql("UPDATE orders SET counter = json_set(counter, '$.customerName', ?) WHERE id = ?", name, ids.counter);
    await nameIt("Friendly");
    expect((await ordersAt(sale, "q=friendly")).list.map(({ id }) => id)).toEqual([ids.counter]);
    await sql("UPDATE reservations SET code = 'FRIENDLY' WHERE id = ?", ids.alone);
    expect((await ordersAt(sale, "q=friendly")).list.map(({ id }) => id)).toEqual([ids.alone]);
    await nameIt("Grace Hopper");
  });

  test("by a promotion code and by a pass's own code finds them", async () => {
    await sql("UPDATE reservations SET code = 'FRIENDS' WHERE id = ?", ids.alone);
    expect((await ordersAt(sale, "q=fri%20ends")).list.map(({ id }) => id)).toEqual([ids.alone]);
    const { body } = await call("GET", `/passes/${ids.alone}-2` as "/passes/{id}", { token: buyer.token });
    const code = encodeURIComponent(body.code ?? "");
    expect((await ordersAt(sale, `q=${code}`)).list.map(({ id }) => id)).toEqual([ids.alone]);
  });

  test("is narrowed by state, method and day", async () => {
    const found = async (more: string) =>
      (await ordersAt(sale, `q=${encodeURIComponent(email)}&${more}`)).list.map(({ id }) => id);
    expect(await found("state=held")).toEqual([ids.held]);
    expect(await found("method=cash")).toEqual([]);
    expect(await found("day=2020-01-01")).toEqual([]);
  });

  test("finds nothing of another event", async () => {
    const other = { organizer: sale.organizer, eventId: await createEvent(sale.organizer) };
    for (const text of [ids.order, ids.alone, email, "hopper", "friends"]) {
      expect((await ordersAt(other, `q=${encodeURIComponent(text)}`)).list).toEqual([]);
    }
  });
});

describe("an event's sales", () => {
  test("are orders and what was made alone, with their buyers", async () => {
    const { list } = await ordersAt(sale);
    expect(list.map(({ id, kind, buyer }) => [id, kind, buyer?.email ?? null])).toEqual([
      [ids.held, "reservation", email],
      [ids.counter, "order", null],
      [ids.order, "order", email],
      [ids.alone, "reservation", email],
    ]);
    const alone = await counterOrder(sale, ids.alone);
    expect(alone.body).toMatchObject({ id: ids.alone, kind: "reservation", state: "confirmed", total: EUR(9_000) });
    expect(alone.body.items).toMatchObject([{ reservation: ids.alone, quantity: 2, ticket: sale.stalls }]);
  });

  test("have a history: payments, passes, check-ins, mails, refunds and the audit log", async () => {
    const path = `/events/${sale.eventId}/orders/${ids.alone}/history` as "/events/{id}/orders/{order}/history";
    const made = await call("POST", `/reservations/${ids.alone}/refunds` as "/reservations/{id}/refunds", {
      token: sale.organizer.token,
      anyBody: { amount: 1_000, restock: false, reason: "Rain" },
    });
    expect(made.status).toBe(201);
    const history = async () => (await call("GET", path, { token: sale.organizer.token })).body;
    const told = await until(history, (moments) => moments.some(({ what }) => what === "refund_settled"));
    const whats = told.map(({ what }) => what);
    expect(whats.slice(0, 2)).toEqual(["held", "paid"]);
    expect(new Set(whats)).toEqual(
      new Set(["held", "paid", "passed_on", "admitted", "mail", "refund", "refund_settled", "audit"]),
    );
    expect(told.find(({ what }) => what === "refund")).toMatchObject({ amount: EUR(1_000), reason: "Rain" });
    expect(told.find(({ what }) => what === "admitted")).toMatchObject({ gate: "North", pass: `${ids.alone}-1` });
    const times = told.map(({ at }) => at);
    expect(times).toEqual([...times].sort());
  });
});

describe("the file of attendees", () => {
  async function file(settings: object = {}, query = "") {
    const path = `/events/${sale.eventId}/attendees.csv?${query}` as "/events/{id}/attendees.csv";
    return call("GET", path, { token: sale.organizer.token, ...settings });
  }

  test("is UTF-8 with a mark by which Excel knows it, with one line for each pass", async () => {
    const { status, headers, text } = await file();
    expect(status).toBe(200);
    expect(headers.get("content-type")).toBe("text/csv; charset=utf-8");
    expect(headers.get("content-disposition")).toBe(`attachment; filename="attendees-${sale.eventId}.csv"`);
    const lines = text.replace("\ufeff", "").split("\r\n");
    expect(lines).toHaveLength(1 + 7 + 1);
    expect(lines[0]).toBe(
      '"Name","Email","Ticket","Price","Amount","Currency","Code","State","Bought","Admitted","Gate","Order","Pass","Disputed"',
    );
    expect(lines.find((line) => line.includes("Bob Müller"))).toContain('"45.00","EUR","","valid"');
  });

  test("has decimals with a comma where cells are separated by semicolons", async () => {
    expect((await file({}, "separator=semicolon")).text).toContain('"45,00";"EUR"');
  });

  test("runs no formula that a name is", async () => {
    await sql("UPDATE passes SET holder_name = '=1+1' WHERE holder_name IS NOT NULL");
    expect((await file()).text).toContain(`"'=1+1"`);
  });

  test("of more than one page of D1 has all of them, each once", async () => {
    const many = `WITH RECURSIVE n (n) AS (VALUES (0) UNION ALL SELECT n + 1 FROM n WHERE n < 1099)
      INSERT INTO reservations (id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state, created_at_ms, expires_at_ms, version, unsettled)
      SELECT ?1 || printf('-%029d', n), ?1, 'nobody', 1 + n % 3, 0, 'EUR', 'confirmed', n, n, 1, 0 FROM n`;
    await env.DB.prepare(many).bind(sale.parking).run();
    const { text } = await file();
    const passes = text.split("\r\n").slice(1, -1);
    expect(passes).toHaveLength(7 + 367 + 2 * 367 + 3 * 366);
    expect(new Set(passes).size).toBe(passes.length);
  });

  test("is none where D1 fails at once, and breaks off where it fails in the middle", async () => {
    const { DB } = recordingD1();
    let [reads, failsAt] = [0, Number.POSITIVE_INFINITY];
    const prepare = DB.prepare.bind(DB);
    const failing = new Proxy(DB, {
      get: (target, name) =>
        name === "prepare"
          ? (text: string) => {
              if (text.includes('from "passes"') && ++reads === failsAt) throw new Error("D1 is away");
              return prepare(text);
            }
          : Reflect.get(target, name),
    });
    await file({ settings: { DB: failing } });
    const all = reads;
    [reads, failsAt] = [0, 1];
    expect((await file({ settings: { DB: failing } })).status).toBe(500);
    [reads, failsAt] = [0, all];
    await expect(file({ settings: { DB: failing } })).rejects.toThrow();
    expect(reads).toBe(all);
  });
});
