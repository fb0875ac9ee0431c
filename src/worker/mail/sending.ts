// Sends mails that are due: claim, compose, send, record. Dying between two of these loses none.

import { SECOND_MS } from "../../domain/units.ts";
import { errorFields, type LogLevel, log } from "../../platform/log.ts";
import { sleep, timeout } from "../../platform/time.ts";
import type { Env } from "../env.ts";
import { limitConcurrency } from "../payments/concurrency.ts";
import type { Mail, Mailer } from "./mailer.ts";
import { claimMails, type MailRow, recordEnded, recordLater, recordSent } from "./queries.ts";

/** A Worker has six connections. */
const SENT_AT_ONCE = 5;
const COMPOSE_TIMEOUT_MS = 10 * SECOND_MS;
/** What is not recorded is sent again, so a short failure of D1 is waited for. */
const RECORDED_AGAIN_AFTER_MS = [100, SECOND_MS, 5 * SECOND_MS];

/** Why nothing is sent: nobody or nothing is left to write to or about. */
export type Dropped = "nobody" | "nothing";

export interface Sending {
  readonly env: Env;
  readonly mailer: Mailer;
  /** Reads what the mail says. Rejects where that can't be read now. */
  readonly compose: (env: Env, mail: MailRow) => Promise<Mail | Dropped>;
}

/** Rejects only if none of them was begun. */
export async function sendMails(sending: Sending, ids: readonly string[]): Promise<void> {
  const claimed = await claimMails(sending.env.DB, ids, Date.now());
  const limit = limitConcurrency(SENT_AT_ONCE);
  let limitedBy: string | null = null;
  const sendOne = async (mail: MailRow): Promise<void> => {
    // The others of the batch would only use up their attempts at the same limit.
    if (limitedBy !== null) return putOff(sending, mail, limitedBy, Date.now());
    const result = await sendMail(sending, mail);
    if (result.result === "limited") limitedBy = result.code;
  };
  await Promise.all(claimed.map((mail) => limit(() => sendOne(mail))));
}

/** What an attempt came to. `failed`: it could not be composed. */
type Attempt =
  | { readonly result: "sent"; readonly messageId: string | null }
  | { readonly result: "limited" | "later" | "refused" | "suppressed" | "dropped" | "failed"; readonly code: string };

async function sendMail(sending: Sending, mail: MailRow): Promise<Attempt> {
  const startedAtMs = Date.now();
  const attempt = await attemptMail(sending, mail);
  await recordSafely(mail, () => record(sending, mail, attempt));
  const code = "code" in attempt ? { code: attempt.code } : {};
  logMail(levelOf(attempt), mail, { result: attempt.result, duration_ms: Date.now() - startedAtMs, ...code });
  return attempt;
}

async function attemptMail({ env, mailer, compose }: Sending, mail: MailRow): Promise<Attempt> {
  let composed: Mail | Dropped;
  try {
    composed = await timeout(COMPOSE_TIMEOUT_MS, compose(env, mail));
  } catch (fault) {
    logMail("error", mail, { result: "not_composed", ...errorFields(fault) });
    return { result: "failed", code: "not_composed" };
  }
  if (typeof composed === "string") return { result: "dropped", code: composed };
  return mailer.send(mail.id, composed);
}

function record({ env: { DB } }: Sending, mail: MailRow, attempt: Attempt): Promise<void> {
  const nowMs = Date.now();
  switch (attempt.result) {
    case "sent":
      return recordSent(DB, mail.id, attempt.messageId, nowMs);
    case "limited":
    case "later":
    case "failed":
      return recordLater(DB, mail, attempt.code, nowMs);
    case "refused":
    case "suppressed":
    case "dropped":
      return recordEnded(DB, mail, attempt.result, attempt.code, nowMs);
  }
}

async function putOff({ env: { DB } }: Sending, mail: MailRow, code: string, nowMs: number): Promise<void> {
  await recordSafely(mail, () => recordLater(DB, mail, code, nowMs));
  logMail("info", mail, { result: "put_off", code });
}

/** If even the last try fails, the mail is due again when its claim has ended, and comes twice. */
async function recordSafely(mail: MailRow, work: () => Promise<void>): Promise<void> {
  for (const delayMs of [...RECORDED_AGAIN_AFTER_MS, null]) {
    try {
      return await work();
    } catch (fault) {
      if (delayMs === null) logMail("error", mail, { result: "not_recorded", ...errorFields(fault) });
      else await sleep(delayMs);
    }
  }
}

function levelOf({ result }: Attempt): LogLevel {
  return result === "sent" || result === "dropped" ? "info" : "warn";
}

/** Ids and codes: no address, and nothing of what the mail says. */
function logMail(level: LogLevel, { id, kind, attempts }: MailRow, fields: Record<string, unknown>): void {
  log(level, "mail", { mail: id, kind, attempt: attempts, ...fields });
}
