// Payments that succeed once their event was called off: all that they charged goes back as a
// refund like any other, of a reservation as of an order.

import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { placeOrder, type TwoTypes, twoTypes } from "../../../support/orders.ts";
import { owedTo, subscribe } from "../../../support/outgoing-webhooks.ts";
import { call, hold, newPerson, until } from "../../../support/service.ts";

const eur = (amount: number) => ({ amount, currency: "EUR", exponent: 2 });

/** Somebody pays with a card that takes two seconds, and in between the event is called off. */
async function latePayment(of: "reservations" | "orders", refundsOf: string) {
  const sale = await twoTypes();
  const webhook = await subscribe(sale.organizer);
  const buyer = await newPerson();
  const bought = of === "orders" ? await placeOrder(buyer, [sale.stalls, 1], [sale.parking, 1]) : null;
  const { id } = bought === null ? (await hold(buyer, sale.stalls, 1)).body : bought.body;
  const path = `/${of}/${id}` as "/reservations/{id}";
  const body = { payment_method: `pm_sandbox_slow_2s${refundsOf}` };
  expect((await call("POST", `${path}/payment`, { token: buyer.token, body })).status).toBe(202);
  await callOff(sale);
  const { token } = sale.organizer;
  const show = async () => (await call("GET", path, { token: buyer.token })).body;
  const refunds = async () => (await call("GET", `${path}/refunds`, { token })).body;
  const retry = (refund: string) => call("POST", `${path}/refunds/${refund}/retry`, { token });
  const unresolved = async () =>
    (await call("GET", `/events/${sale.eventId}/unresolved-payments`, { token })).list.filter(
      (one) => one.reservation === id || one.order === id,
    );
  return { sale, webhook, buyer, id, path, show, refunds, retry, unresolved };
}

async function callOff({ organizer, eventId }: TwoTypes) {
  const body = { refund: false, message: "" };
  expect((await call("POST", `/events/${eventId}/cancellation`, { token: organizer.token, body })).status).toBe(202);
}

async function auditOf(id: string): Promise<string[]> {
  const query = "SELECT action FROM audit_log WHERE object_id = ? AND action LIKE 'refund.%' ORDER BY at_ms, id";
  const { results } = await env.DB.prepare(query).bind(id).all<{ action: string }>();
  return results.map(({ action }) => action);
}

describe.each([
  ["reservations", 4_500],
  ["orders", 5_000],
] as const)("of %s", (of, total) => {
  test.concurrent("is a refund that its buyer and the organiser see, in the list, too", async () => {
    const { show, refunds, id, buyer } = await latePayment(of, "");
    const shown = await until(show, ({ status }) => status === "refunded");
    expect(shown).toMatchObject({ state: "cancelled", payment: { state: "refunded" } });
    const [refund] = await refunds();
    const made = { requested_by: "service", items: [], amount: eur(total), state: "succeeded", restock: false };
    expect(refund).toMatchObject({ ...made, method: "online", error: null });
    expect(shown.refunds).toEqual([refund]);
    const listed = async () => (await call("GET", `/${of}` as "/reservations", { token: buyer.token })).list;
    const [copy] = await until(listed, ([first]) => first?.status === "refunded");
    expect(copy).toMatchObject({ id, refunds: [refund] });
    expect(await auditOf(id)).toEqual(["refund.succeeded"]);
  });

  test.concurrent("is told to the organiser's webhooks as one that came late, and no sale is", async () => {
    const { sale, webhook, refunds, id } = await latePayment(of, "_refund_pending_3s");
    await until(refunds, ([first]) => first?.state === "pending");
    expect(await owedTo(webhook)).toEqual([]);
    const owed = await until(
      () => owedTo(webhook),
      (rows) => rows.length > 0,
    );
    const [refund] = await refunds();
    const [order_id, reservation_id] = of === "orders" ? [id, null] : [null, id];
    const data = { refund_id: refund?.id, order_id, reservation_id, event_id: sale.eventId, late: true };
    const amount = { amount: total, currency: "EUR" };
    expect(owed.map(({ type, data }) => ({ type, ...JSON.parse(data) }))).toEqual([
      { type: "refund.succeeded", ...data, method: "online", tickets: 0, amount, succeeded_at: refund?.since },
    ]);
  });

  test.concurrent("stays due while the provider has not finished", async () => {
    const { show, refunds } = await latePayment(of, "_refund_pending_3s");
    await until(refunds, ([first]) => first?.state === "pending");
    expect(await show()).toMatchObject({ status: "refunding", payment: { state: "refund_due" } });
    await until(show, ({ status }) => status === "refunded");
    expect(await refunds()).toMatchObject([{ state: "succeeded" }]);
  });

  test.concurrent("that fails is shown to the organiser, and tried again under another id", async () => {
    const { show, refunds, retry, unresolved, id } = await latePayment(of, "_refund_fails_0s");
    const [refund] = await until(refunds, ([first]) => first?.state === "failed");
    expect(await show()).toMatchObject({ status: "refunding", payment: { state: "refund_due" } });
    const rows = of === "orders" ? 2 : 1;
    const listed = await until(unresolved, (all) => all.length === rows);
    for (const one of listed) expect(one).toMatchObject({ state: "refund_failed", amount: total });

    const again = await retry(refund?.id ?? "");
    expect([again.status, again.body]).toMatchObject([202, { id: refund?.id, state: "due" }]);
    await until(show, ({ status }) => status === "refunded");
    await until(unresolved, (all) => all.length === 0);
    const query = "SELECT idempotency_key AS key, amount_minor AS amount FROM sandbox_ledger WHERE reservation_id = ?";
    const { results } = await env.DB.prepare(`${query} AND kind = 'refund' ORDER BY key`).bind(id).all();
    const paymentId = (refund?.id ?? "").replace(/-r1$/, "");
    expect(results).toEqual([
      { key: paymentId, amount: total },
      { key: `${refund?.id}.2`, amount: total },
    ]);
    expect(await auditOf(id)).toEqual(["refund.failed", "refund.retry", "refund.succeeded"]);
  });
});
