// What nobody may read: the service's keys in any reply or line of the log, cards' numbers and
// clients' secrets in what is refused, or in what a queue gives back.

import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Env } from "../../../../src/worker/env.ts";
import { consumePayments } from "../../../../src/worker/payments/consumer.ts";
import { sandboxProvider } from "../../../../src/worker/payments/sandbox.ts";
import { rowsOf } from "../../../support/records.ts";
import { newWorld, pathOf, requestTo, respond } from "../../../support/requests.ts";
import { ROUTES } from "../../../support/routes.ts";
import { textOf } from "../../../support/service.ts";

const SESSION = env.SESSION_SECRET ?? "";
const KEYS = {
  ID_SECRET: "canary-of-the-ids-0123456789abcdef",
  STRIPE_SECRET_KEY: "sk_test_canaryOfStripe",
  STRIPE_WEBHOOK_SECRET: "whsec_canaryOfStripesNotices",
};
const STRIPE: Partial<Env> = {
  ...KEYS,
  PAYMENT_PROVIDER: "stripe",
  STRIPE_PUBLISHABLE_KEY: "pk_test_public",
  // Nobody is there.
  STRIPE_API_URL: "http://127.0.0.1:9",
};
const CARD = "4242424242424242";
const CLIENT_SECRET = "pi_1_secret_canary";

const world = await newWorld();
let lines: string[] = [];

beforeEach(() => {
  lines = [];
  for (const method of ["log", "info", "warn", "error", "debug", "trace"] as const) {
    vi.spyOn(console, method).mockImplementation((...written: unknown[]) => void lines.push(JSON.stringify(written)));
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function told(response: Response): Promise<string> {
  return JSON.stringify([...response.headers]) + (await textOf(response));
}

function expectNone(text: string, ...secrets: readonly string[]): void {
  for (const secret of [SESSION, ...Object.values(KEYS), ...secrets]) expect(text).not.toContain(secret);
}

describe("the service's keys", () => {
  test.each(ROUTES)("are in no reply of $method $path, and not in the log", async (route) => {
    const response = await respond(route.method, pathOf(route, world), await requestTo(route, world), STRIPE);
    expectNone(await told(response));
    expect(lines.length).toBeGreaterThan(0);
    expectNone(lines.join("\n"));
  });

  test.each(Object.keys(KEYS))("are not in what is said where %s is wrong", async (name) => {
    const settings = { ...STRIPE, [name]: "" };
    for (const path of ["/health", "/payments/config", "/events"]) {
      expectNone(await told(await respond("GET", path, {}, settings)));
    }
    expectNone(lines.join("\n"));
  });
});

describe("a notice that Stripe did not sign", () => {
  const body = JSON.stringify({
    type: "payment_intent.succeeded",
    data: { object: { object: "payment_intent", id: "pi_1", client_secret: CLIENT_SECRET, card: { number: CARD } } },
  });
  const stale = `t=1,v1=${"0".repeat(64)}`;

  test.each<[what: string, headers: Record<string, string>, body: string]>([
    ["without a signature", {}, body],
    ["with one that is too old", { "stripe-signature": stale }, body],
    ["with what is none", { "stripe-signature": `${CLIENT_SECRET},v1=${CARD}` }, body],
    ["that is no JSON", { "stripe-signature": stale }, body.slice(0, -5)],
    ["that is too long", { "stripe-signature": stale }, body + CARD.repeat(20_000)],
  ])("%s is refused, and nothing of it is repeated or logged", async (_what, headers, body) => {
    const send = vi.spyOn(env.PAYMENTS, "send");
    const response = await respond("POST", "/webhooks/stripe", { headers, body }, STRIPE);
    expect([400, 413]).toContain(response.status);
    expectNone((await told(response)) + lines.join("\n"), CARD, CLIENT_SECRET);
    expect(lines).toHaveLength(1);
    expect(send).not.toHaveBeenCalled();
  });
});

describe("a card's number in place of a payment method", () => {
  const numbers = [CARD, "4242-4242-4242-4242", "4242 4242 4242 4242", `card_${CARD}`, `pm-${CARD}`];
  const cells = numbers.flatMap((number) =>
    ["reservations", "orders"].flatMap((what) =>
      [STRIPE, {}, { PAYMENT_PROVIDER: "" }].map((settings) => ({ number, what, settings })),
    ),
  );

  test.each(cells)("$number, for $what, is refused unread, and is nowhere", async ({ number, what, settings }) => {
    const id = what === "orders" ? world.orderId : world.reservationId;
    const { token } = world.buyer;
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const asked = () => Promise.reject(new Error("the object is asked"));
    const objects = { getByName: () => new Proxy({}, { get: () => asked }) };
    const nobody = { TICKET_TYPES: objects, ORDERS: objects } as unknown as Partial<Env>;
    const init = { headers, body: JSON.stringify({ payment_method: number }) };
    const response = await respond("POST", `/${what}/${id}/payment`, init, { ...settings, ...nobody });
    expect([422, 503]).toContain(response.status);
    const said = await told(response);
    if (response.status === 503) expect(said).toContain("payments-unavailable");
    expectNone(said + lines.join("\n"), number, CARD);
    const rows = await rowsOf("SELECT * FROM audit_log");
    expect(JSON.stringify(rows)).not.toContain(number);
  });
});

test.each(["payments", "payments-dlq"])("the log has nothing of what the queue %s gives back", async (queue) => {
  const secret = { client_secret: CLIENT_SECRET, card: CARD };
  const failing = { ...sandboxProvider(env.DB), dispute: () => Promise.reject(new Error(`${CLIENT_SECRET} ${CARD}`)) };
  const payment = { ticketTypeId: world.ticketId, paymentId: "nobody-knows-this", reference: CLIENT_SECRET, ...secret };
  const order = { orderId: world.orderId, paymentId: "nobody-knows-this", reference: CLIENT_SECRET, ...secret };
  const bodies = [secret, CARD, payment, order, { disputeId: CLIENT_SECRET }];
  const messages = bodies.map((body) => ({ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body }));
  await consumePayments(createMessageBatch(queue, messages), env, failing);
  await consumePayments(createMessageBatch(queue, messages), env, null);
  expect(lines.length).toBeGreaterThanOrEqual(2 * bodies.length - 1);
  expectNone(lines.join("\n"), CLIENT_SECRET, CARD);
});
