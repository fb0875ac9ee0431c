// What a local service has sent: Wrangler keeps it.

import type { Caller } from "./caller.ts";
import { addressIn } from "./people.ts";

/** Where the local tools list what was sent: Wrangler's, and not documented. */
export const SENT = "/cdn-cgi/local/explorer/api/local/email/sending";

/** Where one of them is, with its text. */
export function pathOfMail(messageId: string): string {
  return `${SENT}?email_id=${encodeURIComponent(messageId)}`;
}

export interface KeptMail {
  /** The same each time that one mail is sent. */
  readonly id: string;
  readonly kind: string;
  readonly to: string;
  /** Where its text is. */
  readonly messageId: string;
}

interface Listed {
  readonly to: readonly string[];
  readonly messageId: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Page {
  readonly result: readonly Listed[];
  readonly result_info: { readonly has_more: boolean; readonly cursor?: string };
}

/** To people of this evening: each mail, however often it was sent. */
export async function keptMails(caller: Caller, tag: string): Promise<KeptMail[]> {
  const mails: KeptMail[] = [];
  for (let cursor: string | undefined = ""; cursor !== undefined; ) {
    const more: string = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const page: Page = await caller.must<Page>("GET", `${SENT}?per_page=100${more}`);
    for (const { to, messageId, headers = {} } of page.result) {
      const id = Object.entries(headers).find(([name]) => name.toLowerCase() === "x-mail-id")?.[1] ?? "";
      mails.push({ id, kind: id.split(".")[0] ?? "", to: to[0] ?? "", messageId });
    }
    cursor = page.result_info.has_more ? page.result_info.cursor : undefined;
  }
  return mails.filter(({ to }) => to.endsWith(addressIn(tag, "")));
}

/** What stands at the end of the mail's link. */
export async function tokenIn(caller: Caller, { messageId, to, kind }: KeptMail): Promise<string> {
  const { text } = (await caller.must<{ result: { text: string } }>("GET", pathOfMail(messageId))).result;
  const [, token] = /\/links\/([\w-]+)/.exec(text) ?? [];
  if (token === undefined) throw new Error(`the ${kind} to ${to} has no link`);
  return token;
}
