// Which mails passes owe: to who has got one that was passed on. Pure.

import { type Pass, passIdOf, passStateOf } from "../../domain/pass.ts";
import { NEWS_MS } from "../../platform/mails.ts";
import type { OwedNews } from "../shared/mail-news.ts";

/** What the mail says besides what the pass does. */
export interface PassNews {
  readonly generation: number;
}

/**
 * One mail each time that the pass is passed on, however often its copy is written. It goes to the
 * address as its key writes it: whose mailbox that is can prove that the pass is theirs.
 */
export function mailsOfPass(pass: Pass, ticketTypeId: string, nowMs: number): OwedNews[] {
  const { generation, emailKey: address, passedOnAtMs: atMs, passedOnBy: accountId } = pass;
  if (address === null || atMs === null || atMs <= nowMs - NEWS_MS || passStateOf(pass) !== "valid") return [];
  const parameters = { generation } satisfies PassNews;
  const about = passIdOf(pass);
  return [
    { kind: "pass_received", about, version: String(generation), accountId, address, ticketTypeId, parameters, atMs },
  ];
}
