// Webhooks: subscribing, and what was sent.

import * as z from "zod";
import { ATTEMPT_ERRORS, TEST_TYPE, WEBHOOK_TYPES } from "../../domain/webhooks.ts";
import { EXAMPLES } from "../http/examples.ts";
import { Id, IdPath, Instant } from "../http/fields.ts";

export { IdPath };

const Type = z
  .enum(WEBHOOK_TYPES)
  .meta({ id: "WebhookType", description: "What happened: docs/api.md says what each has" });
const Types = z
  .array(Type)
  .min(1)
  .max(WEBHOOK_TYPES.length)
  .transform((named) => WEBHOOK_TYPES.filter((type) => named.includes(type)))
  .meta({ examples: [["order.confirmed", "refund.succeeded"]] });
const Url = z
  .string()
  .max(2_000)
  .meta({
    examples: [EXAMPLES.webhookUrl],
    description:
      "https, at the usual port, with a public name: no address, no user, no fragment. No redirect is followed",
  });
const State = z.enum(["active", "paused", "disabled"]);
const SHOWN = {
  id: Id,
  url: z.string(),
  types: z.array(Type),
  state: State.meta({
    description: "`disabled`: nothing was accepted for three days, or the receiver replied with 410",
  }),
  created_at: Instant,
  last_number: z.int().min(0).meta({ description: "Of the newest delivery. They are numbered from 1, without gaps" }),
  failing_since: Instant.nullable().meta({
    description: "Since when nothing was accepted; null: the last attempt was",
  }),
  previous_secret_until: Instant.nullable().meta({
    description: "Until when the secret before the last rotation signs, too",
  }),
};

export const NewWebhook = z.strictObject({ url: Url, types: Types }).meta({ id: "NewWebhook" });
export const WebhookPatch = z
  .strictObject({
    url: Url.optional(),
    types: Types.optional(),
    state: z.enum(["active", "paused"]).optional().meta({ description: "`active` also puts a disabled one on again" }),
  })
  .meta({ id: "WebhookPatch" });
export const Webhook = z.strictObject(SHOWN).meta({ id: "Webhook" });
export const MadeWebhook = z
  .strictObject({
    ...SHOWN,
    secret: z.string().meta({ description: "`whsec_…`, for verifying signatures. It is not shown again" }),
  })
  .meta({ id: "MadeWebhook" });
export const Delivery = z
  .strictObject({
    number: z.int().min(1),
    type: z.enum([...WEBHOOK_TYPES, TEST_TYPE]),
    state: z
      .enum(["due", "delivered", "failed"])
      .meta({ description: "`failed`: tried for three days. A replay sends it again" }),
    created_at: Instant,
    attempts: z.int().min(0),
    next_attempt_at: Instant.nullable(),
    last_attempt_at: Instant.nullable(),
    last_status: z.int().nullable().meta({ description: "The HTTP status of the last reply; null: there was none" }),
    last_error: z.enum(ATTEMPT_ERRORS).nullable().meta({
      description: "Why the last attempt was not accepted; null: it was, or there was none",
    }),
    body: z.string().meta({
      description: "The text that is sent, the same each time: JSON",
      examples: ['{"type":"test","timestamp":"2027-08-14T19:31:07.000Z","number":1,"data":{}}'],
    }),
  })
  .meta({ id: "WebhookDelivery" });
export const Replay = z
  .strictObject({
    from: z.int().min(1).max(Number.MAX_SAFE_INTEGER).meta({ description: "The first number to send again" }),
  })
  .meta({ id: "WebhookReplay" });
export const Replayed = z.strictObject({ deliveries: z.int().min(0) }).meta({ id: "WebhookReplayed" });
