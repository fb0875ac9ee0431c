// What a notice of Stripe's becomes: a message that names a payment and its owner.

import type Stripe from "stripe";
import { expect, test } from "vitest";
import { newReservationId } from "../../../../../src/platform/ids.ts";
import { messageOf } from "../../../../../src/worker/payments/stripe/notices.ts";

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
    "and so has that of a charge",
    "charge.succeeded",
    { object: "charge", id: "ch_1", payment_intent: "pi_1", metadata: PAID },
    { ...OWNED, reference: "pi_1" },
  ],
  [
    "a failure has none",
    "payment_intent.payment_failed",
    { object: "payment_intent", id: "pi_1", metadata: PAID },
    OWNED,
  ],
  ["a cancel has none", "payment_intent.canceled", { object: "payment_intent", id: "pi_1", metadata: PAID }, OWNED],
  [
    "what waits has none",
    "payment_intent.requires_action",
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
  const message = messageOf({ type, data: { object } } as unknown as Stripe.Event);
  expect(message).toEqual(want);
  expect(JSON.stringify(message)).not.toContain("secret");
});
