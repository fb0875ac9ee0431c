// Webhooks over real connections: bought, swept, sent, verified, and replayed. A redirect is not
// followed.

import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Client, client, must } from "../../scripts/lib/client.ts";
import { putOnSale } from "../crash/sale.ts";
import type { Service } from "../crash/service.ts";
import { startService, useFolder } from "../support/built-service.ts";
import { type Delivered, startReceiver } from "../support/receiver.ts";

interface Made {
  readonly id: string;
  readonly secret: string;
}

const folder = useFolder("webhooks");
let service: Service;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
let sale: Awaited<ReturnType<typeof putOnSale>>;
let organiser: Client;

beforeAll(async () => {
  // Whoever follows the redirect comes by here.
  receiver = await startReceiver({ "/hooks": 204, "/moved": "/elsewhere", "/elsewhere": 204 });
  service = await startService(folder.path, 900, { variables: { WEBHOOK_TARGETS: "local" }, hasLocalTools: true });
  sale = await putOnSale(service, 1, [{ capacity: 10, priceMinor: 4_500 }]);
  organiser = client(service.url, sale.organiserToken);
});
afterAll(async () => {
  await service.kill();
  await receiver.close();
});

async function subscribe(path: string): Promise<Made> {
  const body = { url: receiver.url + path, types: ["order.confirmed"] };
  return (await must<Made>(organiser, "POST", "/me/webhooks", body)).body;
}

/** By the text of the standard. */
function isSigned({ headers, text }: Delivered, secret: string): boolean {
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${text}`;
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  return headers["webhook-signature"] === `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
}

test("an order that is paid reaches the receiver, signed, and again when it is replayed", async () => {
  const { id, secret } = await subscribe("/hooks");
  const [buyer] = sale.buyers;
  const shop = client(service.url, buyer?.token);
  const items = [{ ticket: sale.tickets[0]?.id, quantity: 2 }];
  const order = (await must<{ id: string }>(shop, "POST", "/orders", { items })).body;
  await must(shop, "POST", `/orders/${order.id}/payment`, { payment_method: "pm_card_visa" });
  const isOwed = () => service.query("SELECT number FROM webhook_deliveries WHERE webhook_id = ?", id);
  await expect.poll(isOwed, { timeout: 60_000 }).toHaveLength(1);
  await fetch(`${service.url}/cdn-cgi/local/scheduled`);
  await expect.poll(() => receiver.at("/hooks").length, { timeout: 60_000 }).toBe(1);
  const [first] = receiver.at("/hooks");
  expect(first?.body).toMatchObject({
    type: "order.confirmed",
    number: 1,
    data: { order_id: order.id, event_id: sale.eventId, tickets: 2, total: { amount: 9_000, currency: "EUR" } },
  });
  expect(first && isSigned(first, secret)).toBe(true);

  expect((await must(organiser, "POST", `/me/webhooks/${id}/replay`, { from: 1 })).body).toEqual({ deliveries: 1 });
  await expect.poll(() => receiver.at("/hooks").length, { timeout: 60_000 }).toBe(2);
  const again = receiver.at("/hooks")[1];
  expect([again?.text, again?.headers["webhook-id"]]).toEqual([first?.text, `msg_${id}_1`]);
});

test("a redirect is not followed", async () => {
  const { id } = await subscribe("/moved");
  await must(organiser, "POST", `/me/webhooks/${id}/test`);
  const attempted = async () => (await must<object[]>(organiser, "GET", `/me/webhooks/${id}/deliveries`)).body;
  const redirected = { state: "due", attempts: 1, last_status: 307, last_error: "redirected" };
  await expect.poll(attempted, { timeout: 60_000 }).toMatchObject([redirected]);
  expect([receiver.at("/moved").length, receiver.at("/elsewhere").length]).toEqual([1, 0]);
});
