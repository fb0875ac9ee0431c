// Consumes the queue `mail-events`: what became of mails after the mail service had accepted them.

import { and, eq, inArray } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import * as z from "zod";
import { mails } from "../../platform/d1/schema/mails.ts";
import { errorFields, log } from "../../platform/log.ts";
import type { MailState } from "../../platform/mails.ts";

/** The notice may come before the mail is recorded as sent. Of another sender's mail: never. */
const RETRY_SECONDS = 60;

/** As Cloudflare's event subscriptions of Email Sending have it. What varies is left open. */
const Notice = z.object({
  type: z.string(),
  payload: z.object({
    messageId: z.string().min(1).max(255),
    delivery: z.object({ smtpEnhancedStatusCode: z.string().optional() }).optional(),
    rejection: z.object({ reason: z.string().optional() }).optional(),
  }),
});
type Notice = z.output<typeof Notice>;

interface Fate {
  readonly state: MailState;
  readonly error: string;
}

/** Acknowledges or retries each message on its own. */
export async function consumeNotices(batch: MessageBatch, d1: D1Database): Promise<void> {
  for (const message of batch.messages) {
    const notice = Notice.safeParse(message.body).data;
    const fate = notice && fateOf(notice);
    try {
      const isDone = !notice || !fate || (await recordFate(d1, notice.payload.messageId, fate, Date.now()));
      if (isDone) message.ack();
      else message.retry({ delaySeconds: RETRY_SECONDS });
    } catch (fault) {
      log("warn", "mail notice not recorded", errorFields(fault));
      message.retry({ delaySeconds: RETRY_SECONDS });
    }
  }
}

/** Null where nothing has to be recorded: it was delivered, or is still being tried. */
function fateOf({ type, payload: { delivery, rejection } }: Notice): Fate | null {
  const code = /^[245]\.\d{1,3}\.\d{1,3}$/.exec(delivery?.smtpEnhancedStatusCode ?? "")?.[0];
  switch (type) {
    case "cf.email.sending.message.bounced":
      return { state: "bounced", error: code ?? "bounced" };
    case "cf.email.sending.message.failed":
      return { state: "bounced", error: code ?? "failed" };
    case "cf.email.sending.message.rejected":
      return { state: rejection?.reason === "suppressed" ? "suppressed" : "refused", error: "rejected" };
    case "cf.email.sending.message.complained":
      return { state: "complained", error: "complained" };
    default:
      return null;
  }
}

/** False where no mail has this id (yet). A complaint comes after a delivery, and is kept. */
async function recordFate(d1: D1Database, messageId: string, { state, error }: Fate, nowMs: number): Promise<boolean> {
  const bare = messageId.replace(/^<|>$/g, "");
  const isIt = inArray(mails.messageId, [bare, `<${bare}>`]);
  const db = drizzle(d1);
  const [found] = await db.batch([
    db.select({ id: mails.id, kind: mails.kind }).from(mails).where(isIt).limit(1),
    db
      .update(mails)
      .set({ state, error, sinceMs: nowMs })
      .where(and(isIt, eq(mails.state, "sent"))),
  ]);
  for (const { id, kind } of found) log("info", "mail notice", { mail: id, kind, result: state, code: error });
  return found.length > 0;
}
