// Webhooks: an organiser's programs hear of what happens (docs/decisions/0063-webhooks.md).

import { waitUntil } from "cloudflare:workers";
import { newId } from "../../platform/ids.ts";
import { settingsOf } from "../../platform/settings.ts";
import { type AuditEntry, ownAction } from "../audit/queries.ts";
import type { Session } from "../auth/sessions.ts";
import type { Env } from "../env.ts";
import { addressOf } from "../http/address.ts";
import { EXAMPLES } from "../http/examples.ts";
import { Page } from "../http/fields.ts";
import { invalid, problem } from "../http/problems.ts";
import { emptyReply, page, pageReply, reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { nudgeWebhooks } from "./consumer.ts";
import { type DeliveryRow, deliveriesOf, replayFrom } from "./delivery-queries.ts";
import { presentDelivery, presentWebhook } from "./presenters.ts";
import {
  changeWebhook,
  deleteWebhookOf,
  insertWebhook,
  MAX_WEBHOOKS,
  oweTest,
  rotateSecret,
  type WebhookRow,
  webhookOf,
  webhooksOf,
} from "./queries.ts";
import { Delivery, IdPath, MadeWebhook, NewWebhook, Replay, Replayed, Webhook, WebhookPatch } from "./schemas.ts";
import { newSecret } from "./signature.ts";
import { type TargetRefusal, urlRefusal } from "./target.ts";

const COMMON = { access: "organizer", tag: "Organisers" } as const;
const OF_ONE = { ...COMMON, pathParameters: IdPath, examples: { path: { id: EXAMPLES.webhookId } } } as const;

const REFUSALS: Readonly<Record<TargetRefusal, string>> = {
  not_a_url: "must be a URL",
  not_https: "must begin with https://",
  other_port: "must not name a port",
  has_credentials: "must not have a user or a password",
  has_fragment: "must not have a fragment",
  no_public_name: "must have a public name: no address, and no name of a private network or of this service",
};

/**
 * Takes no `Idempotency-Key`: a repeat finds that the URL is subscribed, and its secret is not
 * kept to be shown.
 */
export const createWebhook = route({
  operationId: "createWebhook",
  ...COMMON,
  summary: "Have news of all events that one organises sent to a URL",
  limits: ["LIMIT_ACCOUNT"],
  body: NewWebhook,
  examples: {
    bodies: {
      "What is sold and given back": { url: EXAMPLES.webhookUrl, types: ["order.confirmed", "refund.succeeded"] },
    },
  },
  replies: [
    {
      status: 201,
      description: "The subscription, with the secret that signs",
      schema: MadeWebhook,
      headers: { Location: "/me/webhooks" },
    },
  ],
  problems: ["webhook-exists", "too-many-webhooks"],
  precheck: ({ body, env }) => refusedUrl(env, body.url),
  async handle({ request, body, session, env }) {
    const made = { id: newId(), accountId: session.accountId, ...body, secret: newSecret() };
    const row = await insertWebhook(env.DB, made, entry("webhook.create", session, request, made.id));
    if (row !== null) return reply(201, presentMade(row), { location: "/me/webhooks" });
    const others = await webhooksOf(env.DB, session.accountId);
    return problem(others.some(({ url }) => url === body.url) ? "webhook-exists" : "too-many-webhooks");
  },
});

export const listWebhooks = route({
  operationId: "listWebhooks",
  ...COMMON,
  summary: "List one's webhooks, the oldest first",
  replies: [{ status: 200, description: `All of them, at most ${MAX_WEBHOOKS}`, schema: Webhook.array() }],
  async handle({ session, env }) {
    return reply(200, (await webhooksOf(env.DB, session.accountId)).map(presentWebhook));
  },
});

export const updateWebhook = route({
  operationId: "updateWebhook",
  ...OF_ONE,
  summary: "Change a webhook, pause it, or put it on again",
  body: WebhookPatch,
  examples: { ...OF_ONE.examples, bodies: { Paused: { state: "paused" }, "On again": { state: "active" } } },
  replies: [{ status: 200, description: "What was due meanwhile is sent", schema: Webhook }],
  problems: ["webhook-exists"],
  precheck: ({ body, env }) => (body.url === undefined ? null : refusedUrl(env, body.url)),
  async handle({ request, path, body, session, env }) {
    const { accountId } = session;
    const changed = entry("webhook.change", session, request, path.id);
    const row = await changeWebhook(env.DB, path.id, accountId, body, changed);
    if (row === null) return problem((await webhookOf(env.DB, path.id, accountId)) ? "webhook-exists" : "not-found");
    waitUntil(nudgeWebhooks(env.WEBHOOKS, [row.id]));
    return reply(200, presentWebhook(row));
  },
});

export const deleteWebhook = route({
  operationId: "deleteWebhook",
  ...OF_ONE,
  summary: "Delete a webhook, and what is owed to it",
  replies: [{ status: 204, description: "Deleted", schema: null }],
  async handle({ request, path, session, env }) {
    const deleted = entry("webhook.delete", session, request, path.id);
    return (await deleteWebhookOf(env.DB, path.id, session.accountId, deleted))
      ? emptyReply(204)
      : problem("not-found");
  },
});

export const rotateWebhookSecret = route({
  operationId: "rotateWebhookSecret",
  ...OF_ONE,
  summary: "Give a webhook another secret; for a day both sign",
  limits: ["LIMIT_ACCOUNT"],
  replies: [{ status: 200, description: "With the new secret", schema: MadeWebhook }],
  async handle({ request, path, session, env }) {
    const rotated = entry("webhook.rotate", session, request, path.id);
    const row = await rotateSecret(env.DB, path.id, session.accountId, newSecret(), rotated);
    return row === null ? problem("not-found") : reply(200, presentMade(row));
  },
});

export const testWebhook = route({
  operationId: "testWebhook",
  ...OF_ONE,
  summary: "Send a webhook a delivery of the type `test`",
  limits: ["LIMIT_ACCOUNT"],
  replies: [{ status: 202, description: "It is sent in a moment, unless the webhook is paused", schema: Replayed }],
  async handle({ path, session, env }) {
    if (!(await oweTest(env.DB, path.id, session.accountId))) return problem("not-found");
    waitUntil(nudgeWebhooks(env.WEBHOOKS, [path.id]));
    return reply(202, { deliveries: 1 });
  },
});

export const listWebhookDeliveries = route({
  operationId: "listWebhookDeliveries",
  ...OF_ONE,
  summary: "List what was sent and is to be sent to a webhook, the newest first",
  query: Page,
  replies: [pageReply(Delivery, "/me/webhooks/…/deliveries")],
  async handle({ request, path, query, session, env }) {
    if ((await webhookOf(env.DB, path.id, session.accountId)) === null) return problem("not-found");
    const before = query.cursor === undefined ? null : Number(query.cursor.id) || 0;
    const rows = await deliveriesOf(env.DB, path.id, query.limit + 1, before);
    return page(request, rows, query.limit, presentDelivery, placeOf);
  },
});

export const replayWebhook = route({
  operationId: "replayWebhook",
  ...OF_ONE,
  summary: "Send everything from a number on again, as far as it is kept: 30 days",
  limits: ["LIMIT_ACCOUNT"],
  body: Replay,
  examples: { ...OF_ONE.examples, bodies: { Everything: { from: 1 } } },
  replies: [{ status: 202, description: "How many are due again", schema: Replayed }],
  async handle({ path, body, session, env }) {
    if ((await webhookOf(env.DB, path.id, session.accountId)) === null) return problem("not-found");
    const deliveries = await replayFrom(env.DB, path.id, body.from, Date.now());
    waitUntil(nudgeWebhooks(env.WEBHOOKS, [path.id]));
    return reply(202, { deliveries });
  },
});

const placeOf = ({ createdAtMs, number }: DeliveryRow) => ({ atMs: createdAtMs, id: String(number) });

function presentMade(row: WebhookRow) {
  return { ...presentWebhook(row), secret: row.secret };
}

function refusedUrl(env: Env, url: string): Response | null {
  const refusal = urlRefusal(settingsOf(env), url);
  return refusal === null ? null : invalid("url", REFUSALS[refusal]);
}

function entry(action: AuditEntry["action"], { accountId }: Session, request: Request, id: string): AuditEntry {
  return { ...ownAction(action, accountId, addressOf(request)), details: { webhook: id } };
}
