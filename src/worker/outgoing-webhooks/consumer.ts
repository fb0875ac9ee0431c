// Consumes the `webhooks` queue. A message says that a subscription may have something due; the
// deliveries' rows say what, so messages may come twice, late or never.

import * as z from "zod";
import { SECOND_MS } from "../../domain/units.ts";
import type { WebhookMessage } from "../../domain/webhooks.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import type { Env } from "../env.ts";
import { limitConcurrency } from "../payments/concurrency.ts";
import { retrySeconds } from "../payments/delivery.ts";
import { deliverTo, type Network } from "./delivering.ts";
import { failOldDeliveries, forgetOldDeliveries, webhooksWithDue } from "./delivery-queries.ts";

export const WEBHOOK_QUEUE = "webhooks";

const Body = z.object({ webhookId: z.string().min(1).max(40) });
/** A Worker has six connections, and looking up a name takes two. */
const RECEIVERS_AT_ONCE = 3;
const SEND_TIMEOUT_MS = 5 * SECOND_MS;
// The bounds of one sweep. The next one continues.
const WEBHOOKS_PER_SWEEP = 100;
const DELIVERIES_PER_SWEEP = 1_000;

/** A receiver that is slow holds up its own deliveries alone. */
export async function consumeWebhooks(batch: MessageBatch, env: Env, network: Network): Promise<void> {
  const limit = limitConcurrency(RECEIVERS_AT_ONCE);
  await Promise.all(
    batch.messages.map((message) =>
      limit(async () => {
        const webhookId = Body.safeParse(message.body).data?.webhookId;
        if (webhookId === undefined) return message.ack();
        try {
          const isMore = await deliverTo(env, webhookId, network);
          message.ack();
          if (isMore) await nudgeWebhooks(env.WEBHOOKS, [webhookId]);
        } catch (fault) {
          log("warn", "webhooks not delivered", { webhook: webhookId, ...errorFields(fault) });
          message.retry({ delaySeconds: retrySeconds(message.attempts) });
        }
      }),
    ),
  );
}

/** Never rejects: the sweep sends what is left. */
export async function nudgeWebhooks(queue: Queue<WebhookMessage>, webhookIds: readonly string[]): Promise<void> {
  if (webhookIds.length === 0) return;
  try {
    await timeout(SEND_TIMEOUT_MS, queue.sendBatch(webhookIds.map((webhookId) => ({ body: { webhookId } }))));
  } catch (fault) {
    log("warn", "sending to the webhooks queue failed", errorFields(fault));
  }
}

/** The sweep's part: what is due is sent within a minute or two of its copy in D1. */
export async function sweepWebhooks(env: Env, nowMs: number): Promise<void> {
  await failOldDeliveries(env.DB, nowMs, DELIVERIES_PER_SWEEP);
  await forgetOldDeliveries(env.DB, nowMs, DELIVERIES_PER_SWEEP);
  await nudgeWebhooks(env.WEBHOOKS, await webhooksWithDue(env.DB, nowMs, WEBHOOKS_PER_SWEEP));
}
