// Receipts over HTTP: who sees which, what is on them, and that they stay as they were.

import { env, exports } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { issueDueReceipts } from "../../../../src/worker/receipts/issuing.ts";
import { outcomeOf, payOrder, placeOrder } from "../../../support/orders.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import {
  addTicket,
  call,
  createEvent,
  hold,
  newPerson,
  ORIGIN,
  type Person,
  pay,
  until,
} from "../../../support/service.ts";

const HALL = { name: "The Hall GmbH", address: "Kastanienallee 1\n10435 Berlin", vat_id: "DE 123" };
const EUR = (amount: number) => ({ amount, currency: "EUR", exponent: 2 });

async function soldBy(seller: object | null, fields: Record<string, unknown> = {}, organizer?: Person) {
  const by = organizer ?? (await newPerson("organizer"));
  const eventId = await createEvent(by, { seller, vat_rate: 700, ...fields });
  return { organizer: by, eventId, ticketId: await addTicket(by, eventId) };
}

/** A reservation of two tickets, paid. */
async function bought(ticketId: string, buyer: Person): Promise<string> {
  const { id } = (await hold(buyer, ticketId, 2)).body;
  await pay(buyer, id);
  await until(
    () => call("GET", `/reservations/${id}`, { token: buyer.token }),
    ({ body }) => body.state === "confirmed",
  );
  return id;
}

async function ordered(buyer: Person, ...items: (readonly [string, number])[]): Promise<string> {
  const { id } = (await placeOrder(buyer, ...items)).body;
  await payOrder(buyer, id);
  await outcomeOf(buyer, id);
  return id;
}

function receiptOf(reservationId: string, { token }: Person) {
  return call("GET", `/reservations/${reservationId}/receipt`, { token });
}

function receiptOfOrder(orderId: string, { token }: Person) {
  return call("GET", `/orders/${orderId}/receipt`, { token });
}

const none = (none_because: string) => ({ status: 200, body: { receipts: [], none_because } });

describe("a receipt", () => {
  test("of a reservation has seller, lines, VAT and what was paid", async () => {
    const { ticketId, eventId } = await soldBy(HALL);
    const buyer = await newPerson();
    const id = await bought(ticketId, buyer);
    const answer = await receiptOf(id, buyer);
    expect(answer).toMatchObject({ status: 200, body: { order: null, reservation: id, none_because: null } });
    expect(answer.body.paid).toEqual(EUR(9000));
    expect(answer.body.given_back).toEqual(EUR(0));
    expect(answer.body.receipts).toMatchObject([
      {
        number: expect.stringMatching(/^[0-9A-Z]{6}-1$/),
        kind: "receipt",
        seller: HALL,
        lines: [
          {
            reservation: id,
            event: { id: eventId, name: "An evening", venue: "The hall", timezone: "Europe/Berlin" },
            ticket_type: "Stalls",
            quantity: 2,
            unit_price: EUR(4500),
            total: EUR(9000),
            vat_rate: 700,
            vat: EUR(589),
          },
        ],
        by_rate: [{ vat_rate: 700, net: EUR(8411), vat: EUR(589), total: EUR(9000) }],
        net: EUR(8411),
        vat: EUR(589),
        total: EUR(9000),
      },
    ]);
    expect((await receiptOf(id, buyer)).text).toBe(answer.text);
  });

  test("of an order has a line for each item; two sellers have one each, with numbers of their own", async () => {
    const { organizer, ticketId } = await soldBy(HALL);
    const parking = await soldBy({ name: "Park & Pay", address: "Nordring 7" }, { vat_rate: null }, organizer);
    const buyer = await newPerson();
    const id = await ordered(buyer, [ticketId, 1], [parking.ticketId, 3]);
    const { body, status } = await receiptOfOrder(id, buyer);
    expect(status).toBe(200);
    expect(body).toMatchObject({ order: id, reservation: null, paid: EUR(18_000) });
    const shown = body.receipts.map(({ seller, number, vat }) => [seller.name, number.split("-")[1], vat.amount]);
    expect(shown.toSorted()).toEqual([
      ["Park & Pay", "1", 0],
      ["The Hall GmbH", "1", 294],
    ]);
    const reservation = body.receipts[0]?.lines[0]?.reservation ?? "";
    expect(await receiptOf(reservation, buyer)).toMatchObject({ status: 409, body: { order: id } });
  });

  test("stays as it was, whatever becomes of seller, event and ticket type", async () => {
    const { organizer, eventId, ticketId } = await soldBy(HALL);
    const buyer = await newPerson();
    const id = await bought(ticketId, buyer);
    const { text } = await receiptOf(id, buyer);
    const { token } = organizer;
    const change = {
      name: "Another evening",
      seller: { ...HALL, name: "Others" },
      vat_rate: 1900,
      status: "cancelled",
    };
    expect(await call("PATCH", `/events/${eventId}`, { token, anyBody: change })).toMatchObject({ status: 200 });
    expect(await call("PATCH", `/tickets/${ticketId}`, { token, body: { name: "Circle" } })).toMatchObject({
      status: 200,
    });
    await issueDueReceipts(env.DB);
    expect((await receiptOf(id, buyer)).text).toBe(text);
    for (const statement of [
      "UPDATE receipts SET number = 7 WHERE sale_id = ?",
      "DELETE FROM receipts WHERE sale_id = ?",
    ]) {
      await expect(sql(statement, id)).rejects.toThrow(/receipt (does not change|is not deleted)/);
    }
  });

  test("is for its buyer, its organiser and admins, and there is none to others", async () => {
    const { organizer, ticketId } = await soldBy(HALL);
    const buyer = await newPerson();
    const [id, orderId] = [await bought(ticketId, buyer), await ordered(buyer, [ticketId, 1])];
    const { text } = await receiptOf(id, buyer);
    expect((await receiptOf(id, organizer)).text).toBe(text);
    expect((await receiptOf(id, await newPerson("admin"))).text).toBe(text);
    expect(await receiptOfOrder(orderId, organizer)).toMatchObject({ status: 200 });
    const [part = ""] = (await receiptOfOrder(orderId, buyer)).body.receipts.map(({ lines }) => lines[0]?.reservation);
    for (const stranger of [await newPerson(), await newPerson("organizer"), await newPerson("scanner")]) {
      for (const answer of [
        await receiptOf(id, stranger),
        await receiptOf(part, stranger),
        await receiptOfOrder(orderId, stranger),
      ]) {
        expect(answer).toMatchObject({ status: 404, body: { type: "/problems/not-found" } });
      }
    }
  });

  test("of an order over events of two organisers is for neither of them, but for admins", async () => {
    const [one, other] = [await soldBy(HALL), await soldBy(HALL)];
    const buyer = await newPerson();
    const id = await ordered(buyer, [one.ticketId, 1]);
    // An event of the order was handed over since.
    const [mine] = await rowsOf("SELECT items FROM orders WHERE id = ?", id);
    const [item] = JSON.parse(String(mine?.items));
    const items = [item, { ...item, ticketTypeId: other.ticketId }];
    await sql("UPDATE orders SET items = ? WHERE id = ?", JSON.stringify(items), id);
    expect(await receiptOfOrder(id, one.organizer)).toMatchObject({ status: 404 });
    expect(await receiptOfOrder(id, await newPerson("admin"))).toMatchObject({ status: 200 });
  });

  test("is not there before the payment, for what is free, and without a seller", async () => {
    const { organizer, eventId, ticketId } = await soldBy(HALL);
    const buyer = await newPerson();
    const held = (await hold(buyer, ticketId)).body.id;
    expect(await receiptOf(held, buyer)).toMatchObject(none("not_paid"));
    const placed = (await placeOrder(buyer, [ticketId, 1])).body.id;
    expect(await receiptOfOrder(placed, buyer)).toMatchObject(none("not_paid"));
    const free = await addTicket(organizer, eventId, { name: "Free", price: { amount: 0, currency: "EUR" } });
    expect(await receiptOf(await bought(free, buyer), buyer)).toMatchObject(none("free"));
    expect(await receiptOfOrder(await ordered(buyer, [free, 1]), buyer)).toMatchObject(none("free"));
    const nobodys = await soldBy(null);
    expect(await receiptOf(await bought(nobodys.ticketId, buyer), buyer)).toMatchObject(none("no_seller"));
    expect((await receiptOf(held, buyer)).body.paid).toEqual(EUR(0));
    expect(await rowsOf("SELECT * FROM receipts WHERE sale_id = ?", held)).toEqual([]);
  });

  test("stays as it was when some of it is given back, and has a credit note of that beside it", async () => {
    const { organizer, ticketId } = await soldBy(HALL);
    const buyer = await newPerson();
    const giveBack = async (path: `/${"orders" | "reservations"}/${string}`, body: object) => {
      const headers = { "idempotency-key": crypto.randomUUID() };
      const answer = await call("POST", `${path}/refunds`, { token: organizer.token, headers, anyBody: body });
      expect(answer.status, answer.text).toBe(201);
    };
    const whole = { all: true, restock: true, reason: "The singer is ill." };
    const [alone, order] = [await bought(ticketId, buyer), await ordered(buyer, [ticketId, 2])];
    const before = await receiptOf(alone, buyer);
    const [receipt] = before.body.receipts;
    await giveBack(`/reservations/${alone}`, whole);
    // Nobody has asked for this one's receipt before.
    await giveBack(`/orders/${order}`, { ...whole, amount: 1000 });
    const { body } = await until(
      () => receiptOf(alone, buyer),
      (answer) => answer.body.receipts.length > 1,
    );
    expect(body).toMatchObject({ paid: EUR(9000), given_back: EUR(9000), receipts: [receipt, {}] });
    const note = {
      kind: "credit_note",
      corrects: receipt?.number,
      refund: expect.stringMatching(/-r1$/),
      seller: HALL,
      by_rate: receipt?.by_rate,
      total: EUR(9000),
    };
    expect(body.receipts[1]).toMatchObject(note);
    expect(receipt).toMatchObject({ kind: "receipt", corrects: null, refund: null });
    const ofOrder = await until(
      () => receiptOfOrder(order, organizer),
      (answer) => answer.body.receipts.length > 1,
    );
    expect(ofOrder.body).toMatchObject({
      ...{ paid: EUR(9000), given_back: EUR(1000) },
      receipts: [{ total: EUR(9000) }, { total: EUR(1000), lines: [{ quantity: 2, total: EUR(1000), vat: EUR(65) }] }],
    });
    // Asked for again they are the same.
    expect((await receiptOfOrder(order, buyer)).text).toBe(ofOrder.text);
    const numbers = [...body.receipts, ...ofOrder.body.receipts].map(({ number }) => number.split("-")[1]);
    expect(numbers.toSorted()).toEqual(["1", "2", "3", "4"]);
  });

  test("comes by the sweep, and of what was sold before once a seller is named", async () => {
    const { organizer, eventId, ticketId } = await soldBy(null);
    const buyer = await newPerson();
    const sales = [await bought(ticketId, buyer), await ordered(buyer, [ticketId, 1]), await bought(ticketId, buyer)];
    const issued = async () => {
      await issueDueReceipts(env.DB);
      const query = "SELECT sale_id FROM receipts WHERE sale_id IN (SELECT value FROM json_each(?)) ORDER BY number";
      return (await rowsOf(query, JSON.stringify(sales))).map((row) => row.sale_id);
    };
    const isDue = async () => (await rowsOf("SELECT * FROM receipts_due")).length;
    await until(isDue, (count) => count >= sales.length);
    expect(await issued()).toEqual([]);
    // Nothing is left to look at again each minute.
    expect(await isDue()).toBe(0);
    const named = { token: organizer.token, body: { seller: HALL } };
    expect(await call("PATCH", `/events/${eventId}`, named)).toMatchObject({ status: 200, body: { seller: HALL } });
    expect((await issued()).toSorted()).toEqual(sales.toSorted());
    const later = await bought(ticketId, buyer);
    sales.push(later);
    await until(isDue, (count) => count > 0);
    expect((await issued()).at(-1)).toBe(later);
  });
});

describe("a refund", () => {
  const note = (state: string, path: string, { token }: Person) =>
    until(
      () => call("GET", `/orders/${path}/receipt`, { token }),
      ({ body }) => body.none_because !== state,
    );
  const refund = async ({ token }: Person, id: string, body: object) =>
    (await call("POST", `/orders/${id}/refunds`, { token, anyBody: { restock: true, reason: "", ...body } })).body.id;

  test("of an order shows its credit note alone, to its buyer and its organiser", async () => {
    const { organizer, ticketId } = await soldBy(HALL);
    const buyer = await newPerson();
    const id = await ordered(buyer, [ticketId, 2]);
    const [first, second] = [
      await refund(organizer, id, { amount: 500 }),
      await refund(organizer, id, { amount: 700 }),
    ];
    const shown = await note("not_given_back", `${id}/refunds/${second}`, buyer);
    expect(shown).toMatchObject({
      status: 200,
      body: {
        ...{ order: id, reservation: null, refund: second, amount: EUR(700), none_because: null },
        receipts: [{ kind: "credit_note", refund: second, total: EUR(700) }],
      },
    });
    expect((await note("", `${id}/refunds/${second}`, organizer)).text).toBe(shown.text);
    const all = (await receiptOfOrder(id, buyer)).body.receipts;
    expect(all.filter((one) => one.refund === second)).toEqual(shown.body.receipts);
    for (const [path, viewer] of [
      [`${id}/refunds/${first.replace(/1$/, "3")}`, buyer],
      [`${id}/refunds/${second}`, await newPerson()],
      [`${id}/refunds/${second}`, await newPerson("organizer")],
    ] as const) {
      expect(await note("", path, viewer)).toMatchObject({ status: 404, body: { type: "/problems/not-found" } });
    }
  });

  test("of a reservation shows its credit note, on a page to print, too", async () => {
    const { organizer, ticketId } = await soldBy(HALL);
    const buyer = await newPerson();
    const id = await bought(ticketId, buyer);
    const body = { amount: 1070, restock: false, reason: "A seat with no view" };
    const made = (await call("POST", `/reservations/${id}/refunds`, { token: organizer.token, anyBody: body })).body;
    const path = `/reservations/${id}/refunds/${made.id}/receipt` as const;
    const shown = await until(
      () => call("GET", path, { token: buyer.token }),
      (answer) => answer.body.receipts.length > 0,
    );
    expect(shown.body).toMatchObject({ order: null, reservation: id, receipts: [{ total: EUR(1070) }] });
    const headers = { authorization: `Bearer ${buyer.token}`, accept: "text/html" };
    const response = await exports.default.fetch(new Request(`${ORIGIN}${path}`, { headers }));
    const text = await response.text();
    expect(response.headers.get("vary")).toContain("accept");
    expect(text.match(/<h1>.*<\/h1>/g)).toEqual([`<h1>Credit note ${shown.body.receipts[0]?.number}</h1>`]);
    expect(text).toContain(`Refund ${made.id}: €10.70.`);
    const part = (await placeOrder(buyer, [ticketId, 1])).body.items[0]?.reservation ?? "";
    expect(await call("GET", `/reservations/${part}/refunds/${made.id}/receipt`, { token: buyer.token })).toMatchObject(
      {
        ...{ status: 409, body: { type: "/problems/part-of-order" } },
      },
    );
  });

  test("has none before it has succeeded, where no money goes back, and without a seller", async () => {
    const { organizer, ticketId } = await soldBy(HALL);
    const buyer = await newPerson();
    const id = await ordered(buyer, [ticketId, 2]);
    const kept = await refund(organizer, id, { all: true, amount: 0 });
    expect((await note("", `${id}/refunds/${kept}`, buyer)).body).toMatchObject({ receipts: [], none_because: "free" });
    const nobodys = await soldBy(null);
    const ofNobody = await ordered(buyer, [nobodys.ticketId, 1]);
    const given = await refund(nobodys.organizer, ofNobody, { all: true });
    const { body } = await note("not_given_back", `${ofNobody}/refunds/${given}`, buyer);
    expect(body).toMatchObject({ receipts: [], none_because: "no_seller" });
    const failing = (await placeOrder(buyer, [ticketId, 1])).body.id;
    await payOrder(buyer, failing, "pm_sandbox_refund_fails_0s");
    await outcomeOf(buyer, failing);
    const failed = await refund(organizer, failing, { all: true });
    await until(
      () => call("GET", `/orders/${failing}/refunds`, { token: buyer.token }),
      (answer) => answer.body[0]?.state === "failed",
    );
    const shown = (await note("", `${failing}/refunds/${failed}`, buyer)).body;
    // Whoever asked while it had succeeded was given a credit note, which is reversed.
    expect(shown.receipts.length === 0 ? shown.none_because : shown.receipts.at(-1)?.kind).toMatch(
      /not_given|reversal/,
    );
  });
});

describe("a seller", () => {
  test("has numbers of its own, for each organiser, and goes on with them under another address", async () => {
    const buyer = await newPerson();
    const first = await soldBy(HALL);
    const numberOf = async (ticketId: string) => {
      const { body } = await receiptOf(await bought(ticketId, buyer), buyer);
      return body.receipts[0]?.number.split("-") ?? [];
    };
    const [series, one] = await numberOf(first.ticketId);
    expect(one).toBe("1");
    const moved = await soldBy({ ...HALL, address: "Elsewhere", vat_id: "de123" }, {}, first.organizer);
    expect(await numberOf(moved.ticketId)).toEqual([series, "2"]);
    // Another organiser, who writes the same name and VAT id.
    const [otherSeries, otherOne] = await numberOf((await soldBy(HALL)).ticketId);
    expect([otherSeries === series, otherOne]).toEqual([false, "1"]);
    expect(await numberOf(first.ticketId)).toEqual([series, "3"]);
  });

  test.each<[name: string, fields: object, path: string]>([
    ["without a name", { seller: { address: "Here" } }, "seller.name"],
    ["without an address", { seller: { name: "Hall", address: " \n " } }, "seller.address"],
    [
      "with an address of eleven lines",
      { seller: { name: "Hall", address: `${"a\n".repeat(10)}a` } },
      "seller.address",
    ],
    ["with an address that is too long", { seller: { name: "Hall", address: "a".repeat(501) } }, "seller.address"],
    ["with a direction override in it", { seller: { name: "Hall", address: "a\u202eb" } }, "seller.address"],
    ["with a name of two lines", { seller: { name: "Hall\nVAT id: 1", address: "Here" } }, "seller.name"],
    ["with a long VAT id", { seller: { name: "Hall", address: "Here", vat_id: "1".repeat(31) } }, "seller.vat_id"],
    ["with a rate above 100 %", { vat_rate: 10_001 }, "vat_rate"],
    ["with a rate below 0", { vat_rate: -1 }, "vat_rate"],
    ["with a part of a hundredth of a percent", { vat_rate: 19.5 }, "vat_rate"],
  ])("is refused %s", async (_name, fields, path) => {
    const { organizer, eventId } = await soldBy(HALL);
    const answer = await call("PATCH", `/events/${eventId}`, { token: organizer.token, anyBody: fields });
    expect(answer).toMatchObject({ status: 422, body: { errors: [{ path }] } });
  });

  test("is on the event's page, and in no list", async () => {
    const { organizer, eventId } = await soldBy(HALL);
    expect((await call("GET", `/events/${eventId}`)).body).toMatchObject({ seller: HALL, vat_rate: 700 });
    const { list } = await call("GET", `/events?organizer=${organizer.accountId}`);
    expect(list.map((event) => "seller" in event)).toEqual([false]);
  });
});

describe("the page to print", () => {
  const HOSTILE = `<script>alert("1")</script> & '"><img src=x onerror=alert(1)> \u05d0\u200f`;

  async function pageOf(id: string, buyer: Person, method = "GET"): Promise<Response> {
    const headers = { authorization: `Bearer ${buyer.token}`, accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
    return exports.default.fetch(new Request(`${ORIGIN}/reservations/${id}/receipt`, { method, headers }));
  }

  test("has everything, with no script, nothing loaded, and every text as text", async () => {
    const seller = { name: HOSTILE, address: `${HOSTILE}\n${HOSTILE}`, vat_id: "<b>DE</b> 1" };
    const { organizer, eventId } = await soldBy(seller, { name: HOSTILE, venue: HOSTILE });
    const price = { amount: 4500, currency: "EUR" };
    const prices = [
      { name: HOSTILE, price },
      { name: "Other", price },
    ];
    const ticketId = await addTicket(organizer, eventId, { name: HOSTILE, price: undefined, prices });
    const buyer = await newPerson();
    const { body } = await call("POST", "/reservations", {
      token: buyer.token,
      body: { ticket: ticketId, price: ticketId, quantity: 2 },
    });
    await pay(buyer, body.id);
    await until(
      () => receiptOf(body.id, buyer),
      (answer) => answer.body.receipts.length > 0,
    );
    const response = await pageOf(body.id, buyer);
    const text = await response.text();
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("vary")).toContain("accept");
    expect(response.headers.get("cache-control")).toBe("no-store");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    const tags = new Set(text.match(/<\/?[a-z0-9]+/gi)?.map((tag) => tag.replace(/<\/?/, "").toLowerCase()));
    const known = "html head meta title style body main article h1 p bdi address table thead tbody tfoot tr th td br";
    expect([...tags].filter((tag) => !known.split(" ").includes(tag))).toEqual([]);
    for (const tag of text.match(/<[^>]*>/g) ?? []) expect(tag).not.toMatch(/\s(on\w+|src|href)=/i);
    expect(text.split("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#39;&quot;&gt;&lt;img")).toHaveLength(
      8,
    );
    for (const shown of ["€90.00", "€45.00", "7%", "€5.89", "€84.11", "1 May 2031", "&lt;b&gt;DE"]) {
      expect(text).toContain(shown);
    }
  });

  test("has each credit note on a page of its own, with what it is of", async () => {
    const { organizer, ticketId } = await soldBy(HALL);
    const buyer = await newPerson();
    const id = await bought(ticketId, buyer);
    const [receipt] = (await receiptOf(id, buyer)).body.receipts;
    await call("POST", `/reservations/${id}/refunds`, {
      token: organizer.token,
      anyBody: { amount: 1070, restock: false, reason: "A seat with no view" },
    });
    await until(
      () => receiptOf(id, buyer),
      ({ body }) => body.receipts.length > 1,
    );
    const text = await (await pageOf(id, buyer)).text();
    const [, ofReceipt = "", ofNote = ""] = text.split("<article>");
    expect(ofReceipt).toContain(`<h1>Receipt ${receipt?.number}</h1>`);
    expect(ofNote).toMatch(/<h1>Credit note [0-9A-Z]{6}-2<\/h1>/);
    expect(ofNote).toContain(`For receipt ${receipt?.number}, refund `);
    for (const shown of ["€10.00", "€0.70", "€10.70"]) expect(ofNote).toContain(shown);
    expect(text).toContain("Given back: €10.70");
  });

  test("has no body for HEAD, and is JSON for whoever does not name HTML", async () => {
    const { ticketId } = await soldBy(HALL);
    const buyer = await newPerson();
    const id = await bought(ticketId, buyer);
    const head = await pageOf(id, buyer, "HEAD");
    expect([head.status, head.headers.get("content-type"), await head.text()]).toEqual([
      200,
      "text/html; charset=utf-8",
      "",
    ]);
    expect((await receiptOf(id, buyer)).headers.get("content-type")).toBe("application/json");
    // A problem is one in any case.
    expect((await pageOf(id, await newPerson())).headers.get("content-type")).toBe("application/problem+json");
  });

  test("is in the language that its address names, else in the one that the browser prefers", async () => {
    const { organizer, ticketId } = await soldBy(HALL);
    const buyer = await newPerson();
    const id = await bought(ticketId, buyer);
    const refund = await call("POST", `/reservations/${id}/refunds`, {
      token: organizer.token,
      anyBody: { amount: 1070, restock: false, reason: "A seat with no view" },
    });
    const get = (path: string, language: string) =>
      exports.default.fetch(`${ORIGIN}/reservations/${id}${path}`, {
        headers: { authorization: `Bearer ${buyer.token}`, accept: "text/html", "accept-language": language },
      });
    for (const path of ["/receipt", `/refunds/${refund.body.id}/receipt`, "/passes/print"]) {
      for (const [query, preferred, shown] of [
        ["", "de-AT,en;q=0.5", "de"],
        ["", "fr", "en"],
        ["?language=de", "en-GB", "de"],
        ["?language=en", "de", "en"],
      ] as const) {
        const text = await (await get(`${path}${query}`, preferred)).text();
        expect(text, `${path}${query} ${preferred}`).toContain(`<html lang="${shown}">`);
      }
      expect((await get(`${path}?language=fr`, "en")).status).toBe(422);
    }
  });

  test.each([
    ["JPY", 4500, "JP¥9,000", "JP¥818"],
    ["KWD", 4500, "KWD\u00a09.000", "KWD\u00a00.818"],
    ["EUR", 50, "€1.00", "€0.09"],
  ])("writes %s with its decimals", async (currency, amount, total, vat) => {
    const organizer = await newPerson("organizer");
    const eventId = await createEvent(organizer, { seller: HALL, vat_rate: 1000 });
    const ticketId = await addTicket(organizer, eventId, { price: { amount, currency } });
    const buyer = await newPerson();
    const text = await (await pageOf(await bought(ticketId, buyer), buyer)).text();
    expect(text).toContain(`>${total}<`);
    expect(text).toContain(`>${vat}<`);
  });
});
