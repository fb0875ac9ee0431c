// An event that was sold to many, and the mails to all of them.

import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { Env } from "../../src/worker/env.ts";
import { composeMail } from "../../src/worker/mail/compose.ts";
import { SETTLING_MS, sweepMailings } from "../../src/worker/mail/mailings.ts";
import { sendMails } from "../../src/worker/mail/sending.ts";
import { fakeMailer, type SentMail } from "./mail.ts";
import { passOn } from "./passes.ts";
import { d1With } from "./recording.ts";
import { rowsOf, sql } from "./records.ts";
import { call, type Person, type putOnSale, until, withSettings } from "./service.ts";

export type Sale = Awaited<ReturnType<typeof putOnSale>>;

/** Of a service that can send mails; tests look at them, and send none. */
const SETTINGS = { MAIL_FROM: "Tickets <tickets@shop.example>", PUBLIC_URL: "https://shop.example" };

export const change = ({ eventId, organizer }: Sale, body: Record<string, unknown>) =>
  call("PATCH", `/events/${eventId}`, { token: organizer.token, body });
export const callOff = ({ eventId, organizer }: Sale, body: { refund: boolean; message?: string }) =>
  call("POST", `/events/${eventId}/cancellation`, { token: organizer.token, body });
export const mailingsOf = ({ eventId }: Sale) => rowsOf("SELECT * FROM mailings WHERE event_id = ?", eventId);
export const owedOf = ({ eventId }: Sale) =>
  rowsOf("SELECT * FROM mails WHERE event_id = ? AND kind LIKE 'event_%' ORDER BY id", eventId);
/** Half a minute from now. */
export const sweepMails = (at = env as Env) => sweepMailings(at, Date.now() + SETTLING_MS);
/** The addresses that a sweep has mailed. */
export const addressesOf = (mails: readonly SentMail[]) => mails.map(({ to }) => to).sort();

/** `count` buyers, each with one confirmed reservation, or `each` of them. */
export async function soldTo(sale: Sale, count: number, each = 1, state = "confirmed") {
  const many = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?1)";
  await sql(
    `${many} INSERT INTO accounts (id, username, email, password_hash, created_at_ms)
     SELECT ?2 || '-' || n, ?2 || '-' || n, ?2 || '-' || n || '@example.test', '', 0 FROM n`,
    ...[count, `${state}-${sale.eventId}`],
  );
  await sql(
    `${many} INSERT INTO reservations (id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state,
       created_at_ms, expires_at_ms, version, unsettled)
     SELECT ?3 || printf('-%020d', n) || ?4, ?3, ?2 || '-' || (CAST(n - 1 AS INTEGER) / CAST(?5 AS INTEGER) + 1), 1, 0, 'EUR', ?4, 0, 0, 1, 0 FROM n`,
    ...[count * each, `${state}-${sale.eventId}`, sale.ticketId, state, each],
  );
}

/** Passed on through the API, as soon as D1 knows it. */
export async function passAllOn(sale: Sale, buyer: Person, passIds: readonly string[], email: string) {
  for (const passId of passIds) {
    expect((await passOn(buyer, passId, email)).status).toBe(201);
  }
  await until(
    () => rowsOf("SELECT 1 FROM passes WHERE ticket_type_id = ? AND email_key = ?", sale.ticketId, email),
    ({ length }) => length === passIds.length,
  );
}

export async function emailOf({ accountId }: Person): Promise<string> {
  return String((await rowsOf("SELECT email FROM accounts WHERE id = ?", accountId))[0]?.email);
}

/** What would be sent, without sending it. */
export async function sentOf(sale: Sale) {
  const ids = (await owedOf(sale)).map(({ id }) => String(id));
  await sql("UPDATE mails SET state = 'due', due_ms = 0 WHERE event_id = ?", sale.eventId);
  const { mailer, sent } = fakeMailer();
  await sendMails({ env: withSettings(SETTINGS), mailer, compose: composeMail }, ids);
  return sent;
}

/** Each batch dies, before or after it is done. */
export function d1Dying(isDone: boolean): D1Database {
  const batch = async (statements: D1PreparedStatement[]): Promise<never> => {
    if (isDone) await env.DB.batch(statements);
    throw new Error("died");
  };
  return d1With({ batch });
}
