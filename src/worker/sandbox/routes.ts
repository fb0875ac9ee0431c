// The bank that the sandbox plays: buyers confirm or refuse there what it asks for. Never in a
// production build.

import * as z from "zod";
import { settingsOf } from "../../platform/settings.ts";
import { MAX_BODY_BYTES, readBody } from "../http/body.ts";
import { problem } from "../http/problems.ts";
import type { Endpoint } from "../http/route.ts";
import { messageAbout } from "../payments/owners.ts";
import { authenticate } from "../payments/sandbox.ts";

const Authentication = z.strictObject({ client_secret: z.string().max(255), passes: z.boolean() });

export const authenticateAtSandbox: Endpoint = {
  async answer({ request, env }) {
    if (settingsOf(env).paymentProvider !== "sandbox") return problem("not-found");
    const parsed = Authentication.safeParse(await readBody(request, false, MAX_BODY_BYTES));
    if (!parsed.success)
      return problem("malformed-request", { detail: "Send client_secret, and passes: true or false." });
    const { client_secret: clientSecret, passes } = parsed.data;
    const row = await authenticate(env.DB, clientSecret, passes);
    if (row === null) return problem("not-found");
    // As Stripe sends a notice.
    const message = messageAbout(row.reservationId, { paymentId: row.idempotencyKey, reference: row.idempotencyKey });
    if (message !== null) await env.PAYMENTS.send(message);
    return new Response(null, { status: 204 });
  },
};
