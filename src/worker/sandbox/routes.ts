// What the sandbox has besides the port: the bank at which buyers confirm or refuse what it asks
// for, and the record of all money that moved. Never in a production build.

import * as z from "zod";
import { settingsOf } from "../../platform/settings.ts";
import { MAX_BODY_BYTES, readBody } from "../http/body.ts";
import { problem } from "../http/problems.ts";
import { reply } from "../http/replies.ts";
import type { Endpoint } from "../http/route.ts";
import { messageAbout } from "../payments/owners.ts";
import { authenticate, sandboxMovements } from "../payments/sandbox.ts";

/** Movements in one reply. */
const MOVEMENTS_A_PAGE = 500;

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

/** What a real provider's dashboard shows. `?after=` with the last `next` has the next page. */
export const listSandboxMovements: Endpoint = {
  async answer({ request, env }) {
    if (settingsOf(env).paymentProvider !== "sandbox") return problem("not-found");
    const after = new URL(request.url).searchParams.get("after") ?? "";
    const { movements, next } = await sandboxMovements(env.DB, after, MOVEMENTS_A_PAGE);
    const shown = movements.map(({ id, kind, paymentId, reservationId, amountMinor, currency, state, dispute }) => {
      return { id, kind, payment: paymentId, bought: reservationId, amount: amountMinor, currency, state, dispute };
    });
    return reply(200, { movements: shown, next });
  },
};
