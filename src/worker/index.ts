// The entry point: requests, queue messages, and the cron trigger.

import { answer } from "./app.ts";
import type { Env } from "./env.ts";
import { consumePayments } from "./payments/consumer.ts";
import { paymentProvider } from "./payments/select-provider.ts";
import { sweep } from "./service/sweep.ts";

export { Order } from "../durable/order/order.ts";
export { TicketType } from "../durable/ticket-type/ticket-type.ts";
export { PublicCatalogue } from "./catalogue/public-catalogue.ts";

export default {
  fetch: answer,
  queue: (batch, env) => consumePayments(batch, env, paymentProvider(env)),
  scheduled: (_controller, env) => sweep(env),
} satisfies ExportedHandler<Env>;
