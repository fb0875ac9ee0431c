// What a notice of Stripe's becomes: a message that names a payment and its owner.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type Stripe from "stripe";
import { expect, test } from "vitest";
import { newReservationId } from "../../../../../src/platform/ids.ts";
import { aboutWhat, NOTICE_TYPES } from "../../../../../src/worker/payments/stripe/notices.ts";

const RESERVATION = newReservationId("0123456789abcdef");
const ORDER = "0123456789abcdefghjk";
const PAID = { payment: "p1", bought: RESERVATION };

const OWNED = { ticketTypeId: "0123456789abcdef", paymentId: "p1" };

test.each<[what: string, type: string, object: object, want: object | null]>([
  [
    "a success has the intent's id with it",
    "payment_intent.succeeded",
    { object: "payment_intent", id: "pi_1", client_secret: "pi_1_secret_2", metadata: PAID },
    { ...OWNED, reference: "pi_1" },
  ],
  [
    "of a refund: its attempt",
    "refund.failed",
    { object: "refund", id: "re_1", payment_intent: "pi_1", metadata: { ...PAID, refund: "p1-r1" } },
    { ticketTypeId: "0123456789abcdef", paymentId: "p1-r1" },
  ],
  ["of a dispute: that alone", "charge.dispute.closed", { object: "dispute", id: "du_1" }, { disputeId: "du_1" }],
  [
    "what the endpoint is not to be sent",
    "charge.succeeded",
    { object: "charge", id: "ch_1", payment_intent: "pi_1", metadata: PAID },
    null,
  ],
  [
    "a failure has none",
    "payment_intent.payment_failed",
    { object: "payment_intent", id: "pi_1", metadata: PAID },
    OWNED,
  ],
  ["a cancel has none", "payment_intent.canceled", { object: "payment_intent", id: "pi_1", metadata: PAID }, OWNED],
  [
    "what is under way has none",
    "payment_intent.processing",
    { object: "payment_intent", id: "pi_1", client_secret: "pi_1_secret_2", metadata: PAID },
    OWNED,
  ],
  [
    "an order's goes to the order",
    "payment_intent.succeeded",
    { object: "payment_intent", id: "pi_1", metadata: { payment: "p1", bought: ORDER } },
    { orderId: ORDER, paymentId: "p1", reference: "pi_1" },
  ],
  ["of something else", "payment_intent.succeeded", { object: "payment_intent", id: "pi_1", metadata: {} }, null],
])("%s", (_what, type, object, want) => {
  const message = aboutWhat({ type, data: { object } } as unknown as Stripe.Event);
  expect(message).toEqual(want);
  expect(JSON.stringify(message)).not.toContain("secret");
});

test("operators are told to have all of them sent that are read, and no others", () => {
  const docs = readFileSync(join(import.meta.dirname, "../../../../../docs/operations.md"), "utf8");
  const listed = docs.match(/`(?:payment_intent|refund|charge)\.[a-z_.]+`/g) ?? [];
  expect(listed.map((type) => type.slice(1, -1)).sort()).toEqual([...NOTICE_TYPES].sort());
});
