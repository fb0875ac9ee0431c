// A rush of payments on a Stripe that allows 25 calls a second. `PAYMENTS=2000` makes it large.

import { afterAll, beforeAll, expect, test } from "vitest";
import { client } from "../../../scripts/lib/client.ts";
import { putOnSale } from "../../crash/sale.ts";
import type { Service } from "../../crash/service.ts";
import { startService, useFolder } from "../../support/built-service.ts";
import { StripeDouble } from "../../support/stripe/double.ts";

const PAYMENTS = Number(process.env.PAYMENTS ?? 500);
const CALLS_PER_SECOND = 25;
// What Stripe takes to charge a card.
const LATENCY_MS = Number(process.env.LATENCY ?? 20);
const BUYERS_AT_ONCE = 32;
// Each payment is one call; the rest is for calls that were refused, and for this machine.
const ENDS_WITHIN_MS = 30_000 + (2 * PAYMENTS * 1_000) / CALLS_PER_SECOND;

const folder = useFolder("rush");
let stripe: StripeDouble;
let service: Service;

beforeAll(async () => {
  stripe = await StripeDouble.start();
  service = await startService(folder.path, 900, { variables: stripe.settings });
});
afterAll(async () => {
  await service?.kill();
  await stripe?.stop();
});

test(`${PAYMENTS} payments at once are all settled, none twice, and none is a dead letter`, {
  timeout: ENDS_WITHIN_MS + 60_000,
}, async () => {
  const types = [{ capacity: PAYMENTS, priceMinor: 2_500 }];
  const { buyers, tickets } = await putOnSale(service, PAYMENTS, types);
  const ticket = tickets[0]?.id ?? "";
  stripe.callsPerSecond = CALLS_PER_SECOND;
  stripe.latencyMs = LATENCY_MS;
  const startMs = performance.now();
  await inParallel(buyers, async ({ token }) => {
    const ask = client(service.url, token)<{ readonly id: string }>;
    const { id } = (await ask("POST", "/reservations", { ticket, quantity: 1 })).body;
    const paid = await ask("POST", `/reservations/${id}/payment`, { payment_method: "pm_card_visa" });
    expect(paid.status).toBe(202);
  });
  const begunMs = performance.now() - startMs;
  const COUNT = "SELECT COUNT(*) AS count FROM reservations WHERE ticket_type_id = ? AND state = 'confirmed'";
  const confirmed = async () => (await service.query<{ count: number }>(COUNT, ticket))[0]?.count;
  await expect.poll(confirmed, { timeout: ENDS_WITHIN_MS, interval: 200 }).toBe(PAYMENTS);
  const settledMs = performance.now() - startMs;

  const intents = [...stripe.records.intents.values()];
  expect(new Set(intents.map(({ metadata }) => metadata.payment)).size).toBe(PAYMENTS);
  expect(intents.filter(({ status }) => status === "succeeded")).toHaveLength(PAYMENTS);
  expect(service.log()).not.toContain("payments-dlq");
  const busy = stripe.journal.filter(({ status }) => status === 429).length;
  console.log(
    `${PAYMENTS} payments begun in ${seconds(begunMs)}, settled in ${seconds(settledMs)}; ` +
      `${stripe.journal.length} calls, ${busy} of them refused`,
  );
});

async function inParallel<One>(all: readonly One[], work: (one: One) => Promise<void>): Promise<void> {
  const left = all.values();
  const one = async () => {
    for (const next of left) await work(next);
  };
  await Promise.all(Array.from({ length: BUYERS_AT_ONCE }, one));
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
