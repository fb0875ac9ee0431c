// What is not held: each refusal says why, and changes nothing. And what a repeated request is
// answered.

import { describe, expect, test } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import {
  call,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  type Person,
  putOnSale,
  seen,
} from "../../../support/service.ts";

const HOUR_MS = 3_600_000;

function inHours(hours: number): string {
  return new Date(Date.now() + hours * HOUR_MS).toISOString();
}

/**
 * Everything that a reservation could have changed; the stock as the object has it, not as it was
 * copied.
 */
async function everything({ ticketId }: OnSale, buyer: Person): Promise<unknown> {
  const reservations = await call("GET", "/reservations", { token: buyer.token });
  return { reservations: reservations.text, stock: await objectOf(ticketId).describe() };
}

describe("a hold is refused, and nothing changes,", () => {
  test.each([
    { what: "more than are left", taken: 3, quantity: 3, available: 2 },
    { what: "one where none is left", taken: 5, quantity: 1, available: 0 },
    { what: "a thousand of a few", taken: 0, quantity: 1_000, available: 5 },
  ])("where it wants $what", async ({ taken, quantity, available }) => {
    const sale = await putOnSale({ capacity: 5, max_per_buyer: null });
    if (taken > 0) expect((await hold(await newPerson(), sale.ticketId, taken)).status).toBe(201);
    const buyer = await newPerson();
    const before = await everything(sale, buyer);
    const answer = await hold(buyer, sale.ticketId, quantity);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ type: "/problems/sold-out", available });
    expect(await everything(sale, buyer)).toEqual(before);
    if (available > 0) expect((await hold(buyer, sale.ticketId, available)).status).toBe(201);
  });

  test.each([
    { what: "all at once", owned: 0, quantity: 5, left: 4 },
    { what: "with what they hold", owned: 3, quantity: 2, left: 1 },
    { what: "though they may have none", owned: 4, quantity: 1, left: 0 },
  ])("where the buyer would have more than the limit, $what", async ({ owned, quantity, left }) => {
    const sale = await putOnSale({ max_per_buyer: 4 });
    const buyer = await newPerson();
    if (owned > 0) expect((await hold(buyer, sale.ticketId, owned)).status).toBe(201);
    const before = await everything(sale, buyer);
    const answer = await hold(buyer, sale.ticketId, quantity);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ type: "/problems/limit-reached", max_per_buyer: 4, left_for_you: left });
    expect(await everything(sale, buyer)).toEqual(before);
    expect((await hold(await newPerson(), sale.ticketId, 4)).status).toBe(201);
  });

  test("where the buyer has paid for as many as the limit allows", async () => {
    const sale = await putOnSale({ max_per_buyer: 1, price: { amount: 0, currency: "EUR" } });
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.ticketId)).body;
    const paid = await call("POST", `/reservations/${id}/payment`, { token: buyer.token, body: {} });
    expect(paid.status).toBe(202);
    expect((await hold(buyer, sale.ticketId)).body).toMatchObject({ type: "/problems/limit-reached", left_for_you: 0 });
  });

  test.each<[when: string, window: { sales_start: string | null; sales_end: string | null }]>([
    ["has not begun", { sales_start: inHours(1), sales_end: inHours(2) }],
    ["has not begun and has no end", { sales_start: inHours(1), sales_end: null }],
    ["is over", { sales_start: inHours(-2), sales_end: inHours(-1) }],
    ["is over and had no beginning", { sales_start: null, sales_end: inHours(-1) }],
  ])("where the sale %s, and says when it is", async (_when, window) => {
    const sale = await putOnSale(window);
    const buyer = await newPerson();
    const before = await everything(sale, buyer);
    const answer = await hold(buyer, sale.ticketId);
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ type: "/problems/not-on-sale", ...window });
    expect(await everything(sale, buyer)).toEqual(before);
  });

  test("where nothing has the ticket's id, and that id stays unknown", async () => {
    const [buyer, ticketId] = [await newPerson(), newId()];
    const answer = await hold(buyer, ticketId);
    expect(answer.status).toBe(404);
    expect(answer.body.type).toBe("/problems/not-found");
    expect((await call("GET", `/tickets/${ticketId}`)).status).toBe(404);
    expect(await objectOf(ticketId).describe()).toBeNull();
    expect((await call("GET", "/reservations", { token: buyer.token })).list).toEqual([]);
  });

  test.each([
    ["ticket", undefined],
    ["ticket", null],
    ["ticket", "garbage"],
    ["ticket", 5],
    ["quantity", undefined],
    ["quantity", 1_001],
    ["expires_at", "2099-01-01T00:00:00Z"],
    ["unit_price", { amount: 1, currency: "EUR" }],
  ])("where its %s is %j", async (field, value) => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const before = await everything(sale, buyer);
    const body = { ticket: sale.ticketId, quantity: 1, [field]: value };
    const answer = await call("POST", "/reservations", { token: buyer.token, body });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map(({ path }) => path)).toEqual([field]);
    expect(await everything(sale, buyer)).toEqual(before);
  });
});

describe("a hold with an Idempotency-Key", () => {
  function holdWithKey(buyer: Person, ticket: string, key: string, quantity = 1) {
    const headers = { "idempotency-key": key };
    return call("POST", "/reservations", { token: buyer.token, headers, body: { ticket, quantity } });
  }

  test("has one effect and one answer, however often it is sent", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const answers = [];
    for (let sent = 0; sent < 3; sent++) answers.push(await holdWithKey(buyer, sale.ticketId, "once", 2));
    const again = await holdWithKey(buyer, sale.ticketId, "once", 2);
    expect(again.status).toBe(201);
    for (const { status, text, headers } of answers) {
      expect(status).toBe(201);
      expect(text).toBe(again.text);
      expect(headers.get("location")).toBe(`/reservations/${again.body.id}`);
    }
    expect(await objectOf(sale.ticketId).describe()).toMatchObject({ held: 2 });
    expect((await call("GET", "/reservations", { token: buyer.token })).list).toHaveLength(1);
  });

  test.each([
    ["paid", "confirmed"],
    ["cancelled", "cancelled"],
  ])("is answered the same after it was %s, which stays so", async (what, state) => {
    const sale = await putOnSale({ price: { amount: 0, currency: "EUR" } });
    const buyer = await newPerson();
    const { token } = buyer;
    const first = await holdWithKey(buyer, sale.ticketId, "again");
    const path = `/reservations/${first.body.id}` as const;
    if (what === "paid") expect((await call("POST", `${path}/payment`, { token, body: {} })).status).toBe(202);
    else expect((await call("DELETE", path, { token })).status).toBe(204);
    const stock = await objectOf(sale.ticketId).describe();
    const again = await holdWithKey(buyer, sale.ticketId, "again");
    expect(again.status).toBe(201);
    expect(again.text).toBe(first.text);
    expect((await call("GET", path, { token })).body.state).toBe(state);
    expect(await objectOf(sale.ticketId).describe()).toEqual(stock);
  });

  test("is answered the same after the sale has ended, the price has changed and the rest is sold out", async () => {
    const { organizer, ticketId } = await putOnSale({ capacity: 2 });
    const buyer = await newPerson();
    const first = await holdWithKey(buyer, ticketId, "again", 2);
    const body = { sales_end: inHours(-1), price: { amount: 1, currency: "JPY" }, max_per_buyer: 1 };
    expect((await call("PATCH", `/tickets/${ticketId}`, { token: organizer.token, body })).status).toBe(200);
    expect((await holdWithKey(buyer, ticketId, "again", 2)).text).toBe(first.text);
  });

  test("for another quantity is refused, and changes nothing", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const first = await holdWithKey(buyer, sale.ticketId, "key", 2);
    const before = await everything(sale, buyer);
    const answer = await holdWithKey(buyer, sale.ticketId, "key", 3);
    expect(answer.status).toBe(422);
    expect(answer.body.type).toBe("/problems/idempotency-key-reused");
    expect(await everything(sale, buyer)).toEqual(before);
    expect((await holdWithKey(buyer, sale.ticketId, "key", 2)).text).toBe(first.text);
  });

  test("is another account's own business, whatever key it uses", async () => {
    const sale = await putOnSale();
    const [buyer, other] = [await newPerson(), await newPerson()];
    const mine = await holdWithKey(buyer, sale.ticketId, "1", 1);
    const theirs = await holdWithKey(other, sale.ticketId, "1", 5);
    expect(theirs.status).toBe(201);
    expect(theirs.body.id).not.toBe(mine.body.id);
    expect(await objectOf(sale.ticketId).describe()).toMatchObject({ held: 6 });
  });

  test("that was refused is decided anew: its key is free, and then belongs to what it made", async () => {
    const { organizer, ticketId } = await putOnSale({ capacity: 0 });
    const buyer = await newPerson();
    const refused = await holdWithKey(buyer, ticketId, "patient");
    expect(refused.body.type).toBe("/problems/sold-out");
    await call("PATCH", `/tickets/${ticketId}`, { token: organizer.token, body: { capacity: 1 } });
    const held = await holdWithKey(buyer, ticketId, "patient");
    expect(held.status).toBe(201);
    expect(seen(await holdWithKey(buyer, ticketId, "patient"))).toEqual(seen(held));
  });

  test.each([
    ["empty", ""],
    ["blank", "   "],
    ["256 characters", "k".repeat(256)],
    ["a tab", "a\tb"],
    ["not ASCII", "schlüssel"],
    ["a control character", "a\u007fb"],
  ])("that is %s is refused, and holds nothing", async (_what, key) => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const before = await everything(sale, buyer);
    const answer = await holdWithKey(buyer, sale.ticketId, key);
    expect(answer.status).toBe(400);
    expect(answer.body.type).toBe("/problems/invalid-idempotency-key");
    expect(await everything(sale, buyer)).toEqual(before);
  });

  test.each([
    ["255 characters", "k".repeat(255)],
    ["one character", "k"],
    ["a UUID", crypto.randomUUID()],
    ["quotes and spaces", `"it's a key", 'really'; --`],
  ])("of %s is one", async (_what, key) => {
    const { ticketId } = await putOnSale();
    const buyer = await newPerson();
    const first = await holdWithKey(buyer, ticketId, key);
    expect(first.status).toBe(201);
    expect((await holdWithKey(buyer, ticketId, key)).text).toBe(first.text);
  });
});
