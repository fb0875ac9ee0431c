// Who sends mails: a port, and Cloudflare's mail service behind it.

import { SECOND_MS } from "../../domain/units.ts";
import { type MailAddress, settingsOf } from "../../platform/settings.ts";
import { timeout } from "../../platform/time.ts";
import type { Env } from "../env.ts";

/** An image that the HTML shows as `cid:` and its content id. */
export interface InlineImage {
  readonly contentId: string;
  readonly filename: string;
  readonly type: "image/gif";
  readonly content: Uint8Array;
}

export interface Mail {
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
  readonly images?: readonly InlineImage[];
}

/** `limited`: nothing else is taken now either. `later`: this one may be taken another time. */
export type SendOutcome =
  | { readonly result: "sent"; readonly messageId: string | null }
  | { readonly result: "limited" | "later" | "refused" | "suppressed"; readonly code: string };

export interface Mailer {
  /** Never rejects. `id`: the mail's own. A repeated mail has the same one. */
  send(id: string, mail: Mail): Promise<SendOutcome>;
}

const SEND_TIMEOUT_MS = 30 * SECOND_MS;
/** What another attempt can't change. Any other fault may pass. */
const HOPELESS =
  /^E_(VALIDATION_ERROR|FIELD_MISSING|TOO_MANY_RECIPIENTS|RECIPIENT_NOT_ALLOWED|CONTENT_TOO_LARGE|HEADERS?_\w+)$/;
const LIMITED = /^E_(RATE|DAILY)_LIMIT_EXCEEDED$/;

/** Null: none is configured, and mails wait. */
export function mailerOf(env: Env): Mailer | null {
  const { mailFrom, publicUrl } = settingsOf(env);
  if (env.EMAIL === undefined || mailFrom === null || publicUrl === null) return null;
  return cloudflareMailer(env.EMAIL, mailFrom);
}

function cloudflareMailer(binding: SendEmail, from: MailAddress): Mailer {
  return {
    async send(id, { to, subject, text, html, images = [] }) {
      const attachments = images.map((image) => ({ ...image, disposition: "inline" as const }));
      const message = { to, from: asSender(from), subject, text, html, headers: headersOf(id, from), attachments };
      try {
        const { messageId } = await timeout(SEND_TIMEOUT_MS, binding.send(message));
        return { result: "sent", messageId: messageId || null };
      } catch (fault) {
        return outcomeOf(fault);
      }
    },
  };
}

/**
 * Cloudflare makes the Message-ID itself, so a repeated mail has another one. Both refer to the
 * same invented mail, which puts them into one conversation, and have one id in a header of ours.
 */
function headersOf(id: string, { email }: MailAddress): Record<string, string> {
  const thread = `<${id}@${email.slice(email.lastIndexOf("@") + 1)}>`;
  return { "X-Mail-Id": id, References: thread, "Auto-Submitted": "auto-generated" };
}

function asSender({ name, email }: MailAddress): string | EmailAddress {
  return name === null ? email : { name, email };
}

/** The message of an error may quote an address: only its code is kept. */
function outcomeOf(fault: unknown): SendOutcome {
  const code = codeOf(fault);
  if (code === "E_RECIPIENT_SUPPRESSED") return { result: "suppressed", code };
  if (LIMITED.test(code)) return { result: "limited", code };
  return { result: HOPELESS.test(code) ? "refused" : "later", code };
}

function codeOf(fault: unknown): string {
  const code = fault instanceof Error && "code" in fault ? String(fault.code) : "";
  if (/^E_[A-Z_]{1,60}$/.test(code)) return code;
  return fault instanceof Error && /^\w{1,40}$/.test(fault.constructor.name) ? fault.constructor.name : "unknown";
}
