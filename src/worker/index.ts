// The entry point: requests, queue messages, and the cron trigger.

import { answer } from "./app.ts";
import type { Env } from "./env.ts";
import { composeMail } from "./mail/compose.ts";
import { consumeMails, MAIL_QUEUES } from "./mail/consumer.ts";
import { mailerOf } from "./mail/mailer.ts";
import { consumeNotices } from "./mail/notices.ts";
import { consumeWebhooks, WEBHOOK_QUEUE } from "./outgoing-webhooks/consumer.ts";
import { resolveByHttps } from "./outgoing-webhooks/dns.ts";
import { consumePayments } from "./payments/consumer.ts";
import { paymentProvider } from "./payments/select-provider.ts";
import { sweep } from "./service/sweep.ts";

export { Order } from "../durable/order/order.ts";
export { TicketType } from "../durable/ticket-type/ticket-type.ts";
export { PublicCatalogue } from "./catalogue/public-catalogue.ts";

export default {
  fetch: answer,
  queue: consume,
  scheduled: (_controller, env) => sweep(env),
} satisfies ExportedHandler<Env>;

function consume(batch: MessageBatch, env: Env): Promise<void> {
  if (batch.queue === WEBHOOK_QUEUE) {
    return consumeWebhooks(batch, env, { fetch: (request) => fetch(request), resolve: resolveByHttps });
  }
  if (!Object.values<string>(MAIL_QUEUES).includes(batch.queue)) {
    return consumePayments(batch, env, paymentProvider(env));
  }
  if (batch.queue === MAIL_QUEUES.notices) return consumeNotices(batch, env.DB);
  const mailer = mailerOf(env);
  return consumeMails(batch, mailer && { env, mailer, compose: composeMail });
}
