// The built service with a double of Stripe: an event is called off, and each buyer's money goes
// back once.

import { afterAll, beforeAll, expect, test } from "vitest";
import { type Client, client, must } from "../../scripts/lib/client.ts";
import { openSale, type Sale } from "../crash/sale.ts";
import type { Service } from "../crash/service.ts";
import { startService, useFolder } from "../support/built-service.ts";
import { Prng } from "../support/prng.ts";
import { StripeDouble } from "../support/stripe/double.ts";

const EVENT = {
  ...{ name: "Late show", venue: "Here", timezone: "UTC", status: "published" },
  ...{ starts_at: "2031-05-01T18:00:00Z", ends_at: "2031-05-01T20:00:00Z" },
};
const STALLS_MINOR = 4_500;
const PARKING_MINOR = 700;
const PATIENCE = { timeout: 60_000, interval: 200 };

interface Made {
  readonly id: string;
  readonly state: string;
}

interface Failed {
  readonly refund: string;
  readonly order: string | null;
}

interface Progress {
  readonly finished_at: string | null;
  readonly refunds: readonly { readonly state: string; readonly amount: { readonly amount: number } }[];
  readonly failed: readonly Failed[];
}

const folder = useFolder("calling-off");
let stripe: StripeDouble;
let service: Service;
let sale: Sale;

beforeAll(async () => {
  stripe = await StripeDouble.start();
  service = await startService(folder.path, 900, { variables: stripe.settings });
  stripe.notices.url = `${service.url}/webhooks/stripe`;
  stripe.notices.mode = "sent";
  sale = await openSale(service, 1, 0, new Prng(Date.now()));
});
afterAll(async () => {
  await service?.kill();
  await stripe?.stop();
});

const organiser = (): Client => client(service.url, sale.organiserToken);
const buyer = (): Client => client(service.url, sale.buyers[0]?.token);

async function newEvent() {
  const { id } = (await must<Made>(organiser(), "POST", "/events", EVENT)).body;
  const add = async (name: string, amount: number) => {
    const ticket = { name, capacity: 100, max_per_buyer: null, price: { amount, currency: "EUR" } };
    return (await must<Made>(organiser(), "POST", `/events/${id}/tickets`, ticket)).body.id;
  };
  return { id, stalls: await add("Stalls", STALLS_MINOR), parking: await add("Parking", PARKING_MINOR) };
}

async function buy(kind: "reservations" | "orders", body: object): Promise<string> {
  const { id } = (await must<Made>(buyer(), "POST", `/${kind}`, body)).body;
  await must(buyer(), "POST", `/${kind}/${id}/payment`, { payment_method: "pm_card_visa" });
  await expect.poll(async () => (await buyer()<Made>("GET", `/${kind}/${id}`)).body.state).toBe("confirmed");
  return id;
}

const order = (...tickets: string[]) => buy("orders", { items: tickets.map((ticket) => ({ ticket, quantity: 1 })) });

async function progress(eventId: string): Promise<Progress> {
  return (await must<Progress>(organiser(), "GET", `/events/${eventId}/cancellation`)).body;
}

function callOff(eventId: string) {
  return organiser()("POST", `/events/${eventId}/cancellation`, { refund: true, message: "Rain." });
}

/** What Stripe gave back for each, whatever failed before. */
function givenBack(bought: string): number[] {
  const all = [...stripe.records.refunds.values()];
  return all
    .filter(({ metadata, status }) => metadata.bought === bought && status === "succeeded")
    .map(({ amount }) => amount);
}

test("each buyer gets back what was paid for it, though replies are lost and everything is killed meanwhile", async () => {
  const [event, other] = [await newEvent(), await newEvent()];
  const alone = await Promise.all([1, 2, 3].map((quantity) => buy("reservations", { ticket: event.stalls, quantity })));
  const ofEvent = await order(event.stalls, event.parking);
  const ofBoth = await order(event.parking, other.stalls);
  stripe.trouble("lost after", /^POST \/v1\/refunds$/);
  expect((await callOff(event.id)).status).toBe(202);
  await service.kill();
  await service.start();
  stripe.notices.url = `${service.url}/webhooks/stripe`;
  expect((await callOff(event.id)).status).toBe(202);
  await expect.poll(async () => (await progress(event.id)).finished_at, PATIENCE).not.toBeNull();

  expect(alone.map(givenBack)).toEqual([[STALLS_MINOR], [2 * STALLS_MINOR], [3 * STALLS_MINOR]]);
  expect(givenBack(ofEvent)).toEqual([STALLS_MINOR + PARKING_MINOR]);
  expect(givenBack(ofBoth)).toEqual([PARKING_MINOR]);
  const total = 7 * STALLS_MINOR + 2 * PARKING_MINOR;
  expect((await progress(event.id)).refunds).toMatchObject([{ state: "succeeded", amount: { amount: total } }]);
  expect((await buyer()<Made>("GET", `/orders/${ofBoth}`)).body.state).toBe("confirmed");
  const shown = await client(service.url)("GET", `/events/${event.id}`);
  expect(shown.body).toMatchObject({ status: "cancelled", cancellation: { refund: true, message: "Rain." } });
});

test("a refund that Stripe refuses is shown, and tried again; one that it is too busy for waits", async () => {
  const event = await newEvent();
  const [first, second] = [await order(event.stalls), await order(event.parking)];
  stripe.callsPerSecond = 0;
  await callOff(event.id);
  await expect.poll(() => stripe.journal.at(-1)?.status, PATIENCE).toBe(429);
  expect((await progress(event.id)).finished_at).toBeNull();
  stripe.callsPerSecond = null;
  await expect.poll(async () => (await progress(event.id)).finished_at, PATIENCE).not.toBeNull();
  const ofFirst = [...stripe.records.refunds.values()].find(({ metadata }) => metadata.bought === first);
  stripe.records.endRefund(ofFirst?.id ?? "", "failed");
  await expect.poll(async () => (await progress(event.id)).failed, PATIENCE).toMatchObject([{ order: first }]);
  const { failed, finished_at } = await progress(event.id);
  expect(finished_at).toBeNull();
  await must(organiser(), "POST", `/orders/${first}/refunds/${failed[0]?.refund}/retry`);
  await expect.poll(async () => (await progress(event.id)).finished_at, PATIENCE).not.toBeNull();
  expect([first, second].map(givenBack)).toEqual([[STALLS_MINOR], [PARKING_MINOR]]);
});
