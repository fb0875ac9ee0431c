// What the built service has mailed, as its local tools keep it.

import { client, must } from "../../scripts/lib/client.ts";
import { pathOfMail, SENT } from "../../scripts/lib/evening/mailbox.ts";
import type { Service } from "../crash/service.ts";

/** For `startService`: mails are sent, and kept. Their links name a host that a test leaves out. */
export const WITH_MAILBOX = {
  variables: { MAIL_FROM: "Penwick Hall <tickets@example.test>", PUBLIC_URL: "https://shop.example" },
  hasLocalTools: true,
} as const;
const TRIES = 150;
const EVERY_MS = 200;

export interface KeptMail {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** The newest mail to the address, once there is one whose subject matches. */
export async function mailTo(service: Service, address: string, subject: RegExp): Promise<KeptMail> {
  const api = client(service.url);
  for (let attempt = 0; attempt < TRIES; attempt++) {
    const { result } = (await must<Kept<Listed[]>>(api, "GET", `${SENT}?per_page=100`)).body;
    const [newest] = result
      .filter((mail) => mail.to.includes(address) && subject.test(mail.subject))
      .sort((one, other) => other.sentAt.localeCompare(one.sentAt));
    if (newest !== undefined) {
      return (await must<Kept<KeptMail>>(api, "GET", pathOfMail(newest.messageId))).body.result;
    }
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
  }
  throw new Error(`no mail to ${address} whose subject matches ${subject}`);
}

/** The mail's only link, as a path with its query. */
export function linkIn({ text }: KeptMail): string {
  const [link, ...others] = text.match(/https:\S+/g) ?? [];
  if (link === undefined || others.length > 0) throw new Error(`not one link in ${text}`);
  const { pathname, search } = new URL(link);
  return pathname + search;
}

interface Kept<Result> {
  readonly result: Result;
}

interface Listed {
  readonly subject: string;
  readonly to: readonly string[];
  readonly sentAt: string;
  readonly messageId: string;
}
