// What is not held: each refusal says why, and changes nothing. And what a repeated request is
// answered.

import { describe, expect, test } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import { stopClock } from "../../../support/objects.ts";
import {
  type Answer,
  call,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  type Person,
  putOnSale,
  replayOf,
  seen,
} from "../../../support/service.ts";

const HOUR_MS = 3_600_000;

stopClock();

function inHours(hours: number): string {
  return new Date(Date.now() + hours * HOUR_MS).toISOString();
}

/** Expects a refusal like this, and what a reservation could have changed to be as it was. */
async function expectRefused(
  { ticketId }: OnSale,
  { token }: Person,
  send: () => Promise<Pick<Answer, "status" | "text">>,
  wanted: { readonly status: number } & Record<string, unknown>,
): Promise<void> {
  // The stock as the object has it, not as it was copied.
  const everything = async () => [
    (await call("GET", "/reservations", { token })).text,
    await objectOf(ticketId).describe(),
  ];
  const before = await everything();
  const answer = await send();
  expect(JSON.parse(answer.text)).toMatchObject(wanted);
  expect(answer.status).toBe(wanted.status);
  expect(await everything()).toEqual(before);
}

describe("a hold is refused, and nothing changes,", () => {
  const FEW = { capacity: 5, max_per_buyer: null };
  const FOUR_EACH = { max_per_buyer: 4 };
  const soldOut = (left: number) => ({ left, members: { type: "/problems/sold-out", available: left } });
  const limitReached = (left: number) => ({
    left,
    members: { type: "/problems/limit-reached", max_per_buyer: 4, left_for_you: left },
  });

  test.each([
    { what: "more than are left", ticket: FEW, others: 3, owned: 0, quantity: 3, ...soldOut(2) },
    { what: "one where none is left", ticket: FEW, others: 5, owned: 0, quantity: 1, ...soldOut(0) },
    { what: "a thousand of a few", ticket: FEW, others: 0, owned: 0, quantity: 1_000, ...soldOut(5) },
    { what: "more than the limit at once", ticket: FOUR_EACH, others: 4, owned: 0, quantity: 5, ...limitReached(4) },
    { what: "more than the limit in all", ticket: FOUR_EACH, others: 0, owned: 3, quantity: 2, ...limitReached(1) },
    { what: "more than no more", ticket: FOUR_EACH, others: 0, owned: 4, quantity: 1, ...limitReached(0) },
  ])("where it wants $what", async ({ ticket, others, owned, quantity, left, members }) => {
    const sale = await putOnSale(ticket);
    const buyer = await newPerson();
    if (others > 0) expect((await hold(await newPerson(), sale.ticketId, others)).status).toBe(201);
    if (owned > 0) expect((await hold(buyer, sale.ticketId, owned)).status).toBe(201);
    await expectRefused(sale, buyer, () => hold(buyer, sale.ticketId, quantity), { status: 409, ...members });
    if (left > 0) expect((await hold(buyer, sale.ticketId, left)).status).toBe(201);
  });

  test("where the buyer has paid for as many as the limit allows", async () => {
    const sale = await putOnSale({ max_per_buyer: 1, price: { amount: 0, currency: "EUR" } });
    const buyer = await newPerson();
    const { id } = (await hold(buyer, sale.ticketId)).body;
    const paid = await call("POST", `/reservations/${id}/payment`, { token: buyer.token, body: {} });
    expect(paid.status).toBe(202);
    expect((await hold(buyer, sale.ticketId)).body).toMatchObject({ type: "/problems/limit-reached", left_for_you: 0 });
  });

  test.each<[when: string, sale_state: string, window: { sales_start: string | null; sales_end: string | null }]>([
    ["has not begun", "upcoming", { sales_start: inHours(1), sales_end: inHours(2) }],
    ["has not begun and has no end", "upcoming", { sales_start: inHours(1), sales_end: null }],
    ["is over", "ended", { sales_start: inHours(-2), sales_end: inHours(-1) }],
    ["is over and had no beginning", "ended", { sales_start: null, sales_end: inHours(-1) }],
  ])("where the sale %s, and says when it is", async (_when, sale_state, window) => {
    const sale = await putOnSale(window);
    const buyer = await newPerson();
    const sales_end = window.sales_end ?? "2031-05-01T21:00:00.000Z";
    const wanted = { status: 409, type: "/problems/not-on-sale", sale_state, ...window, sales_end };
    await expectRefused(sale, buyer, () => hold(buyer, sale.ticketId), wanted);
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
    ["quantity", 1_001],
    ["expires_at", "2099-01-01T00:00:00Z"],
  ])("where its %s is %j", async (field, value) => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const body = { ticket: sale.ticketId, quantity: 1, [field]: value };
    const send = () => call("POST", "/reservations", { token: buyer.token, body });
    await expectRefused(sale, buyer, send, { status: 422, errors: [{ path: field }] });
  });
});

describe("a hold with an Idempotency-Key", () => {
  function holdWithKey(buyer: Person, ticket: string, key: string, quantity = 1) {
    const headers = { "idempotency-key": key };
    return call("POST", "/reservations", { token: buyer.token, headers, body: { ticket, quantity } });
  }

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
    const body = { sales_end: inHours(-1), price: { amount: 100, currency: "EUR" }, max_per_buyer: 1 };
    expect((await call("PATCH", `/tickets/${ticketId}`, { token: organizer.token, body })).status).toBe(200);
    expect((await holdWithKey(buyer, ticketId, "again", 2)).text).toBe(first.text);
  });

  test("for another quantity is refused, and changes nothing", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const first = await holdWithKey(buyer, sale.ticketId, "key", 2);
    const send = () => holdWithKey(buyer, sale.ticketId, "key", 3);
    await expectRefused(sale, buyer, send, { status: 422, type: "/problems/idempotency-key-reused" });
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
    expect(seen(await holdWithKey(buyer, ticketId, "patient"))).toEqual(replayOf(held));
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
    const send = () => holdWithKey(buyer, sale.ticketId, key);
    await expectRefused(sale, buyer, send, { status: 400, type: "/problems/invalid-idempotency-key" });
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
