// Takes Stripe's notices. One says no more than "look at this payment now": the queue's consumer
// reads what became of it. They come twice, late, in any order or never.

import { settingsOf } from "../../platform/settings.ts";
import { readText } from "../http/body.ts";
import { problem } from "../http/problems.ts";
import type { Endpoint } from "../http/route.ts";
import { messageOf, verifiedEvent } from "../payments/stripe/notices.ts";

/** Most notices have a few kilobytes. */
const MAX_BYTES = 256 * 1024;

export const receiveStripeNotice: Endpoint = {
  async answer({ request, env }) {
    const { paymentProvider, stripe } = settingsOf(env);
    if (paymentProvider !== "stripe" || stripe === null) return problem("not-found");
    const body = await readText(request, MAX_BYTES);
    const event = await verifiedEvent(body, request.headers.get("stripe-signature") ?? "", stripe.webhookSecret);
    if (event === null) return problem("malformed-request", { detail: "The signature is wrong, or too old." });
    const message = messageOf(event);
    // What this service does not know is acknowledged as well, or Stripe would send it for days.
    if (message !== null) await env.PAYMENTS.send(message);
    return Response.json({ received: true });
  },
};
