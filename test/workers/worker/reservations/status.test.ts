// What a buyer reads of a reservation in each part of its life: alone, in the list, in the export,
// and on its stream.

import { expect, test, vi } from "vitest";
import type { Settlement } from "../../../../src/durable/ticket-type/protocol.ts";
import { sqlIn, stopClock } from "../../../support/objects.ts";
import {
  type Body,
  call,
  deadlineOf,
  hold,
  newPerson,
  objectOf,
  type Person,
  pay,
  putOnSale,
  until,
} from "../../../support/service.ts";
import { openStream } from "../../../support/watching.ts";

stopClock();

type Reservation = Body<"GET /reservations/{id}">;

/** A payment that stays pending until the test settles it. */
const SLOW = "pm_sandbox_slow_3600s";
const DECLINED = { state: "failed", failure: { code: "card_declined", message: "Declined." } } as const;
const EURO = { currency: "EUR", exponent: 2 };

interface Scene {
  readonly buyer: Person;
  readonly id: string;
  readonly pays: () => Promise<unknown>;
  readonly cancels: () => Promise<unknown>;
  readonly settles: (outcome: Settlement["outcome"]) => Promise<unknown>;
  readonly isOver: () => Promise<unknown>;
}

/** A buyer who holds all tickets that there are. */
async function newScene(): Promise<Scene> {
  const { ticketId } = await putOnSale({ capacity: 2 });
  const buyer = await newPerson();
  const { body } = await hold(buyer, ticketId, 2);
  return {
    buyer,
    id: body.id,
    pays: () => pay(buyer, body.id, SLOW),
    cancels: () => call("DELETE", `/reservations/${body.id}`, { token: buyer.token }),
    settles: async (outcome) => {
      const [payment] = await sqlIn(body.id, "SELECT id FROM payments");
      await objectOf(body.id).settle([{ paymentId: String(payment?.id), outcome }]);
    },
    isOver: async () => vi.setSystemTime(deadlineOf(body) + 5_000),
  };
}

/** The payment comes through after it failed and another buyer has the tickets. */
async function comesThroughTooLate({ id, pays, settles, isOver }: Scene): Promise<void> {
  await pays();
  await isOver();
  await settles(DECLINED);
  const sale = id.split("-")[0] ?? "";
  expect((await hold(await newPerson(), sale, 2)).status).toBe(201);
  await settles({ state: "succeeded" });
}

const HELD = { state: "held", status: "held", expires_in: 900, cancel_requested: false } as const;
const AWAITING = { ...HELD, status: "awaiting_payment" } as const;
const OVER = { expires_in: null, cancel_requested: false } as const;
const CONFIRMED = { ...OVER, state: "confirmed", status: "confirmed", expires_at: null } as const;

test.each<[what: string, act: (scene: Scene) => Promise<unknown>, wanted: Partial<Reservation>]>([
  ["a hold", async () => {}, HELD],
  ["a hold with 1.4 seconds left", async () => vi.setSystemTime(Date.now() + 898_600), { ...HELD, expires_in: 1 }],
  ["a hold that is being paid", ({ pays }) => pays(), AWAITING],
  [
    "one that is being paid at 0:00",
    async ({ pays, isOver }) => {
      await pays();
      await isOver();
    },
    { ...AWAITING, expires_in: 0 },
  ],
  [
    "one whose cancel waits for the payment",
    async ({ pays, cancels }) => {
      await pays();
      await cancels();
    },
    { ...AWAITING, cancel_requested: true },
  ],
  [
    "one that was paid after all",
    async ({ pays, cancels, settles }) => {
      await pays();
      await cancels();
      await settles({ state: "succeeded" });
    },
    CONFIRMED,
  ],
  [
    "one whose payment failed",
    async ({ pays, settles }) => {
      await pays();
      await settles(DECLINED);
    },
    HELD,
  ],
  ["a cancelled one", ({ cancels }) => cancels(), { ...OVER, state: "cancelled", status: "cancelled" }],
  ["an expired one", ({ isOver }) => isOver(), { ...OVER, state: "expired", status: "expired" }],
  ["one that was paid too late", comesThroughTooLate, { ...OVER, state: "expired", status: "refunding" }],
  [
    "one whose money went back",
    async (scene) => {
      await comesThroughTooLate(scene);
      await scene.settles({ state: "refunded" });
    },
    { ...OVER, state: "expired", status: "refunded" },
  ],
])("%s", async (_what, act, wanted) => {
  const scene = await newScene();
  const { token } = scene.buyer;
  const path = `/reservations/${scene.id}` as const;
  const deadline = (await call("GET", path, { token })).body.expires_at;
  await act(scene);
  const shown = (await call("GET", path, { token })).body;
  expect(shown).toMatchObject({ expires_at: deadline, ...wanted });
  const list = async () => (await call("GET", "/reservations", { token })).list;
  await until(
    list,
    ([listed]) => listed?.status === shown.status && listed.cancel_requested === shown.cancel_requested,
  );
  // Lists do not say since when a payment is pending.
  const listed = { ...shown, payment: shown.payment && { ...shown.payment, pending_since: null } };
  expect(await list()).toEqual([listed]);
  expect((await call("GET", "/me/export", { token })).body.reservations).toEqual([listed]);
  const events = await openStream<Reservation>(`${path}/live`, { token });
  await events.until(() => events.messages.length > 0);
  expect(events.messages[0]).toEqual(shown);
  await events.cancel();
});

test("money has one form: an amount in the minor unit, the currency, and its exponent", async () => {
  const { buyer, id, pays, settles } = await newScene();
  const path = `/reservations/${id}` as const;
  const show = async () => (await call("GET", path, { token: buyer.token })).body;
  await pays();
  const total = { ...EURO, amount: 9_000 };
  expect(await show()).toMatchObject({
    unit_price: { ...EURO, amount: 4_500 },
    total,
    payment: { amount: 9_000, currency: "EUR", total },
  });
  await settles(DECLINED);
  // The amount of a payment that failed is null: nothing was charged. What it was for stays.
  expect((await show()).payment).toMatchObject({ amount: null, currency: null, total });
});

test.each([
  ["JPY", 0],
  ["EUR", 2],
  ["KWD", 3],
])("a price in %s has the exponent %i, and can be sent back as it came", async (currency, exponent) => {
  const { organizer, ticketId } = await putOnSale({ price: { amount: 4_500, currency } });
  const { token } = organizer;
  const { price } = (await call("GET", `/tickets/${ticketId}`, { token })).body;
  expect(price).toEqual({ amount: 4_500, currency, exponent });
  expect((await call("PATCH", `/tickets/${ticketId}`, { token, body: { price } })).body.price).toEqual(price);
  const wrong = await call("PATCH", `/tickets/${ticketId}`, { token, body: { price: { ...price, exponent: 1 } } });
  expect(wrong.body.errors.map(({ path }) => path)).toEqual(["price.exponent"]);
});
