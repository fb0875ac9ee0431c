// To whom a mail goes. Read when it is sent: an account may have another address by then, or none.

import { eq, sql } from "drizzle-orm";
import { drizzle } from "drizzle-orm/d1";
import { accounts } from "../../platform/d1/schema/accounts.ts";
import { events } from "../../platform/d1/schema/catalogue.ts";
import { orders } from "../../platform/d1/schema/copies.ts";
import { LANGUAGES, type Language } from "../../platform/mails.ts";
import type { MailRow } from "./queries.ts";

export interface Recipient {
  readonly address: string;
  readonly language: Language;
}

/** Null: there is nobody to write to (any more). */
export async function recipientOf(d1: D1Database, mail: MailRow): Promise<Recipient | null> {
  const { accountId, address, parameters } = mail;
  if (address !== null) return { address, language: knownLanguage(parameters.language) };
  return accountId === null ? customerOf(d1, mail.about) : addressOf(d1, accountId);
}

async function addressOf(d1: D1Database, accountId: string): Promise<Recipient | null> {
  const { email, language } = accounts;
  const row = await drizzle(d1).select({ email, language }).from(accounts).where(eq(accounts.id, accountId)).get();
  return row === undefined ? null : { address: row.email, language: knownLanguage(row.language) };
}

/** Who bought at a counter, and left an address. In the language of the event's organiser. */
async function customerOf(d1: D1Database, orderId: string): Promise<Recipient | null> {
  const row = await drizzle(d1)
    .select({ email: sql<string | null>`${orders.counter} ->> '$.customerEmail'`, language: accounts.language })
    .from(orders)
    .leftJoin(events, eq(events.id, orders.accountId))
    .leftJoin(accounts, eq(accounts.id, events.organizerId))
    .where(eq(orders.id, orderId))
    .get();
  return row === undefined || row.email === null ? null : { address: row.email, language: knownLanguage(row.language) };
}

/** English for what is none of ours. */
function knownLanguage(text: unknown): Language {
  return LANGUAGES.find((language) => language === text) ?? "en";
}
