// Consumes the `mails` queue. A message says that a mail may be due; the mail's row says what is to
// be done, so messages may come twice, late or never.

import * as z from "zod";
import { errorFields, log } from "../../platform/log.ts";
import { retrySeconds } from "../payments/delivery.ts";
import { type Sending, sendMails } from "./sending.ts";

export const MAIL_QUEUES = { usual: "mails", deadLetters: "mails-dlq", notices: "mail-events" } as const;

const Body = z.object({ mailId: z.string().min(1).max(200) });

/**
 * Null: no mailer is configured, and the mails stay due. Each message is acknowledged or retried on
 * its own; a dead letter is acknowledged, because the sweep sends what is due.
 */
export async function consumeMails(batch: MessageBatch, sending: Sending | null): Promise<void> {
  const named = batch.messages.flatMap((message) => Body.safeParse(message.body).data?.mailId ?? []);
  try {
    if (sending !== null && named.length > 0) await sendMails(sending, [...new Set(named)]);
    batch.ackAll();
  } catch (fault) {
    const isDead = batch.queue === MAIL_QUEUES.deadLetters;
    log("warn", "mails not sent", { queue: batch.queue, mails: named.length, ...errorFields(fault) });
    if (isDead) batch.ackAll();
    else for (const message of batch.messages) message.retry({ delaySeconds: retrySeconds(message.attempts) });
  }
}
