// Refunds that name the passes to revoke: of reservations that were bought alone, and of orders.

import { describe, expect, test } from "vitest";
import { outcomeOf, payOrder, placeOrder, twoTypes } from "../../../support/orders.ts";
import { call, hold, newPerson, objectOf, type Person, putOnSale, until } from "../../../support/service.ts";

const VISA = "pm_card_visa";

interface Sold {
  readonly path: `/reservations/${string}` | `/orders/${string}`;
  readonly buyer: Person;
  readonly organizer: Person;
  readonly reservation: string;
  readonly ticketId: string;
}

async function alone(quantity = 3): Promise<Sold> {
  const sale = await putOnSale({ max_per_buyer: null });
  const buyer = await newPerson();
  const { id } = (await hold(buyer, sale.ticketId, quantity)).body;
  const path = `/reservations/${id}` as const;
  await call("POST", `${path}/payment`, { token: buyer.token, body: { payment_method: VISA } });
  await until(
    () => call("GET", path, { token: buyer.token }),
    ({ body }) => body.state === "confirmed",
  );
  return { path, buyer, organizer: sale.organizer, reservation: id, ticketId: sale.ticketId };
}

async function ordered(quantity = 3): Promise<Sold> {
  const sale = await twoTypes({ max_per_buyer: null });
  const buyer = await newPerson();
  const { id } = (await placeOrder(buyer, [sale.stalls, quantity], [sale.parking, 1])).body;
  await payOrder(buyer, id);
  const reservation = (await outcomeOf(buyer, id)).body.items[0]?.reservation ?? "";
  return { path: `/orders/${id}`, buyer, organizer: sale.organizer, reservation, ticketId: sale.stalls };
}

function refund({ path, organizer }: Sold, items: unknown, key?: string) {
  return call("POST", `${path}/refunds` as `/orders/${string}/refunds`, {
    token: organizer.token,
    anyBody: { restock: true, reason: "They are ill.", items },
    headers: key === undefined ? {} : { "idempotency-key": key },
  });
}

/** The states of the reservation's passes, in their order. */
async function statesOf({ buyer, reservation }: Sold) {
  const { list } = await call("GET", `/reservations/${reservation}/passes`, { token: buyer.token });
  return list.map(({ state }) => state);
}

async function letIn({ reservation, ticketId }: Sold, number: number) {
  const scan = { type: "in", passId: `${reservation}-${number}`, generation: 0, gate: "A", atMs: null } as const;
  const [result] = await objectOf(ticketId).checkIn([{ ...scan, key: `scan-${reservation}-${number}`, by: "crew" }]);
  expect(result?.ok).toBe(true);
}

describe.each([
  ["a reservation that was bought alone", alone],
  ["an order", ordered],
])("of %s", (_what, sell) => {
  test("the passes that a refund names are revoked, and no others", async () => {
    const sold = await sell();
    const { reservation } = sold;
    const passes = [`${reservation}-1`];
    const made = await refund(sold, [{ reservation, passes }]);
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ items: [{ reservation, quantity: 1, passes }], amount: { amount: 4_500 } });
    expect(await statesOf(sold)).toEqual(["revoked", "valid", "valid"]);
    const listed = await call("GET", `${sold.path}/refunds` as `/orders/${string}/refunds`, {
      token: sold.buyer.token,
    });
    expect(listed.list).toMatchObject([{ items: [{ passes }] }]);
    // What is named by its quantity alone is chosen as before.
    const other = await refund(sold, [{ reservation, quantity: 1 }]);
    expect(other.body).toMatchObject({ items: [{ reservation, quantity: 1, passes: [] }] });
    expect(await statesOf(sold)).toEqual(["revoked", "valid", "revoked"]);
  });

  test("one with which somebody went in is revoked where it is named", async () => {
    const sold = await sell();
    await letIn(sold, 2);
    expect((await refund(sold, [{ reservation: sold.reservation, passes: [`${sold.reservation}-2`] }])).status).toBe(
      201,
    );
    expect(await statesOf(sold)).toEqual(["valid", "revoked", "valid"]);
  });

  test("one that was revoked before is refused, says which, and changes nothing", async () => {
    const sold = await sell();
    const { reservation } = sold;
    await refund(sold, [{ reservation, quantity: 1 }]);
    const pass = `${reservation}-3`;
    const { status, body } = await refund(sold, [{ reservation, passes: [`${reservation}-1`, pass] }]);
    expect([status, body.type]).toEqual([409, "/problems/pass-revoked"]);
    expect(body).toMatchObject({ pass, revoked_at: expect.stringMatching(/Z$/) });
    expect(await statesOf(sold)).toEqual(["valid", "valid", "revoked"]);
  });

  test("the same request again gets the same refund, and the same key with another pass none", async () => {
    const sold = await sell();
    const { reservation } = sold;
    const first = await refund(sold, [{ reservation, passes: [`${reservation}-1`] }], "key");
    const again = await refund(sold, [{ reservation, quantity: 1, passes: [`${reservation}-1`] }], "key");
    expect([again.status, again.text]).toEqual([201, first.text]);
    const other = await refund(sold, [{ reservation, passes: [`${reservation}-2`] }], "key");
    expect([other.status, other.body.type]).toEqual([422, "/problems/idempotency-key-reused"]);
    expect(await statesOf(sold)).toEqual(["revoked", "valid", "valid"]);
  });

  test("two that name the same pass at once: one is refused", async () => {
    const sold = await sell();
    const { reservation } = sold;
    const items = [{ reservation, passes: [`${reservation}-1`] }];
    const both = await Promise.all([refund(sold, items), refund(sold, items)]);
    const [won, lost] = both.sort((one, other) => one.status - other.status);
    expect(won?.status).toBe(201);
    // Who asked in between is to ask again, and is refused then.
    expect([409, 503]).toContain(lost?.status);
    expect((await refund(sold, items)).status).toBe(409);
    expect(await statesOf(sold)).toEqual(["revoked", "valid", "valid"]);
  });

  test.each<[what: string, item: (reservation: string) => object, path: string]>([
    [
      "a pass of another reservation",
      (id) => ({ reservation: id, passes: [`${id.slice(0, -1)}${id.endsWith("x") ? "y" : "x"}-1`] }),
      "passes.0",
    ],
    ["a pass that there is not", (id) => ({ reservation: id, passes: [`${id}-1`, `${id}-4`] }), "passes.1"],
    ["a pass twice", (id) => ({ reservation: id, passes: [`${id}-1`, `${id}-1`] }), "passes.1"],
    ["another number of tickets", (id) => ({ reservation: id, quantity: 2, passes: [`${id}-1`] }), "quantity"],
    ["neither passes nor a number", (id) => ({ reservation: id }), "quantity"],
    ["no pass in a list", (id) => ({ reservation: id, passes: [] }), "passes"],
    ["what is no pass", (id) => ({ reservation: id, passes: [id] }), "passes.0"],
  ])("%s is refused by its field", async (_name, item, path) => {
    const sold = await sell();
    const { status, body } = await refund(sold, [item(sold.reservation)]);
    expect([status, body.errors[0]?.path]).toEqual([422, `items.0.${path}`]);
    expect(await statesOf(sold)).toEqual(["valid", "valid", "valid"]);
  });

  test("a pass that two items name is named twice", async () => {
    const sold = await sell();
    const item = { reservation: sold.reservation, passes: [`${sold.reservation}-1`] };
    const { status, body } = await refund(sold, [item, item]);
    expect([status, body.errors[0]?.path]).toEqual([422, "items.1.passes.0"]);
  });
});

test("an order names passes of several ticket types in one refund", async () => {
  const sold = await ordered();
  const { items } = (await outcomeOf(sold.buyer, sold.path.slice("/orders/".length))).body;
  const parking = items[1]?.reservation ?? "";
  const { reservation } = sold;
  const made = await refund(sold, [
    { reservation, passes: [`${reservation}-2`] },
    { reservation: parking, passes: [`${parking}-1`] },
  ]);
  expect([made.status, made.body.amount.amount]).toEqual([201, 5_000]);
  expect(await statesOf(sold)).toEqual(["valid", "revoked", "valid"]);
  expect(await statesOf({ ...sold, reservation: parking })).toEqual(["revoked"]);
});
