// The entry: requests, queue messages, the clock.

import { sweep } from "./cron.ts";
import type { Env } from "./env.ts";
import { answer } from "./http/answer.ts";
import { consumePayments } from "./payments/consumer.ts";

export { IdempotencyKeys } from "../durable/idempotency-keys.ts";
export { TicketType } from "../durable/ticket-type.ts";
export { PublicCatalogue } from "./public-catalogue.ts";

export default {
  fetch: answer,
  queue: (batch, env) => consumePayments(batch, env),
  scheduled: (_controller, env) => sweep(env),
} satisfies ExportedHandler<Env>;
