// The sweep's part in mails: what is due is sent, whatever became of its message.

import { MINUTE_MS } from "../../domain/units.ts";
import { nudgeMails } from "../../platform/mail-queue.ts";
import type { Env } from "../env.ts";
import { mailerOf } from "./mailer.ts";
import { dropOldMails, dueMails, forgetOldMails } from "./queries.ts";

// The bounds of one sweep. The next one continues.
const MAILS_PER_SWEEP = 500;
const OLD_MAILS_PER_SWEEP = 1_000;
/** The message that was sent after the commit may still be on its way. */
const OVERDUE_AFTER_MS = MINUTE_MS / 2;

export async function sweepMails(env: Env, nowMs: number): Promise<void> {
  await dropOldMails(env.DB, nowMs, OLD_MAILS_PER_SWEEP);
  if (mailerOf(env) === null) return;
  await nudgeMails(env.MAILS, await dueMails(env.DB, nowMs - OVERDUE_AFTER_MS, MAILS_PER_SWEEP));
}

export async function forgetMails(env: Env, nowMs: number): Promise<void> {
  await forgetOldMails(env.DB, nowMs, OLD_MAILS_PER_SWEEP);
}
