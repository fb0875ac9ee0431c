// Takes the payment provider's notices. One says no more than "look at this payment now": the
// queue's consumer reads what became of it. They come twice, late, in any order or never.

import { readText } from "../http/body.ts";
import { problem } from "../http/problems.ts";
import type { Endpoint } from "../http/route.ts";
import { paymentProvider } from "../payments/select-provider.ts";

/** Most notices have a few kilobytes. */
const MAX_BYTES = 256 * 1024;

export const receiveStripeNotice: Endpoint = {
  async answer({ request, env }) {
    const provider = paymentProvider(env);
    if (provider?.readNotice === undefined) return problem("not-found");
    const body = await readText(request, MAX_BYTES);
    const notice = await provider.readNotice(body, request.headers.get("stripe-signature") ?? "");
    if (notice === null) return problem("malformed-request", { detail: "The signature is wrong, or too old." });
    // What this service does not know is acknowledged as well, or Stripe would send it for days.
    if (notice.about !== null) await env.PAYMENTS.send(notice.about);
    return Response.json({ received: true });
  },
};
