// Which mails a sale owes its buyer: an order, or a reservation that was bought alone.

import { isLate } from "../../domain/late-refunds.ts";
import { type Payment, paidAtMs } from "../../domain/payment.ts";
import { attemptIdOf, type Refund } from "../../domain/refund.ts";
import type { ReservationState } from "../../domain/stock.ts";
import { MINUTE_MS } from "../../domain/units.ts";
import { startMsOf } from "../../platform/ids.ts";
import { type MailKind, mailIdOf, NEWS_MS } from "../../platform/mails.ts";

/** After so long nobody watches how a payment ends. */
export const LEFT_AFTER_MS = 5 * MINUTE_MS;

export interface MailedSale {
  readonly id: string;
  /** Null for a customer of the counter, whose address the sale has. */
  readonly accountId: string | null;
  /** The first that it has tickets of: of its event is the mail. */
  readonly ticketTypeId: string;
  readonly state: ReservationState;
  readonly expiresAtMs: number | null;
  readonly tickets: number;
  readonly payments: readonly Payment[];
  readonly refunds: readonly Refund[];
}

/** What the mail of a refund says besides what the sale does. */
export interface RefundNews {
  readonly amountMinor: number;
  /** How many tickets were given back by it, and how many are left. */
  readonly tickets: number;
  readonly left: number;
  /** The money came when the tickets were gone: nothing was sold. */
  readonly isLate: boolean;
  /** An attempt before this one failed, maybe after it was mailed. Left out by earlier versions. */
  readonly isAgain?: boolean;
}

export interface News {
  readonly kind: MailKind;
  readonly version: string;
  readonly atMs: number;
  readonly parameters: RefundNews | Readonly<Record<string, never>>;
}

/**
 * What has happened to the sale lately that its buyer gets a mail about. A mail's id says what it
 * is about, so the same news may come any number of times.
 */
export function newsOf(sale: MailedSale, nowMs: number): News[] {
  const news = [...confirmationOf(sale), ...failureOf(sale), ...refundsOf(sale)];
  return news.filter(({ atMs }) => atMs > nowMs - NEWS_MS);
}

function confirmationOf({ state, payments }: MailedSale): News[] {
  const atMs = state === "confirmed" ? paidAtMs(payments) : null;
  return atMs === null ? [] : [{ kind: "confirmed", version: "", atMs, parameters: {} }];
}

/**
 * A payment that failed after its buyer had left: at the hold's deadline or later, or long after it
 * began. A buyer who cancelled wants no tickets, and one who pays again has another payment.
 */
function failureOf({ state, expiresAtMs, payments }: MailedSale): News[] {
  const last = payments.at(-1);
  if (last?.state !== "failed" || (state !== "held" && state !== "expired")) return [];
  const { id, sinceMs: atMs } = last;
  const hasEnded = expiresAtMs !== null && atMs >= expiresAtMs;
  if (!hasEnded && atMs < startMsOf(id) + LEFT_AFTER_MS) return [];
  return [{ kind: "payment_failed", version: id, atMs, parameters: {} }];
}

function refundsOf({ tickets, refunds }: MailedSale): News[] {
  const given = refunds.filter(({ state }) => state !== "failed");
  const left = tickets - given.reduce((sum, refund) => sum + ticketsOf(refund), 0);
  const news = (atMs: number, version: string, parameters: RefundNews): News => {
    return { kind: "refunded", version, atMs, parameters };
  };
  return refunds
    .filter(({ state }) => state === "succeeded")
    .map((refund) => {
      const { amountMinor, sinceMs, attempt } = refund;
      const given = { amountMinor, tickets: ticketsOf(refund), left, isLate: isLate(refund) };
      return news(sinceMs, attemptIdOf(refund), attempt === 1 ? given : { ...given, isAgain: true });
    });
}

function ticketsOf({ items }: Refund): number {
  return items.reduce((sum, { quantity }) => sum + quantity, 0);
}

/** A mail that is owed for what happened at `atMs`. */
export interface OwedNews {
  readonly kind: MailKind;
  /** The id of what it is about. */
  readonly about: string;
  /** Of news that comes several times about the same. */
  readonly version: string;
  readonly accountId: string | null;
  /** Where it goes; null: where the account or the sale says. */
  readonly address: string | null;
  readonly ticketTypeId: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly atMs: number;
}

/** The mails that the sale owes, as `newsOf` it. */
export function mailsOfSale(sale: MailedSale, nowMs: number): OwedNews[] {
  const { id: about, accountId, ticketTypeId } = sale;
  return newsOf(sale, nowMs).map(({ kind, version, atMs, parameters }) => {
    return { kind, about, version, accountId, address: null, ticketTypeId, parameters: { ...parameters }, atMs };
  });
}

// One parameter carries all rows as JSON. What happened before mails were owed is no news.
const OWE_MAILS = `
  INSERT INTO mails (id, kind, about, account_id, address, event_id, parameters, due_ms, created_at_ms, since_ms)
  SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4,
    (SELECT event_id FROM ticket_types WHERE ticket_types.id = value ->> 5), value ->> 6, ?2, ?2, ?2
  FROM json_each(?1) WHERE value ->> 7 >= (SELECT since_ms FROM mail_start)
  ON CONFLICT (id) DO NOTHING RETURNING id`;

/**
 * The statement that makes the mails owed, for the batch that copies what they are about; null
 * where there is no news. It returns the ids of the mails that were not owed before.
 */
export function oweMailsOf(db: D1Database, news: readonly OwedNews[], nowMs: number): D1PreparedStatement | null {
  const rows = news.map(({ kind, about, version, accountId, address, ticketTypeId, parameters, atMs }) => {
    const id = mailIdOf(kind, about, version);
    return [id, kind, about, accountId, address, ticketTypeId, JSON.stringify(parameters), atMs];
  });
  return rows.length === 0 ? null : db.prepare(OWE_MAILS).bind(JSON.stringify(rows), nowMs);
}

/** The ids that the statement returned. */
export function owedIds(result: D1Result | undefined): string[] {
  return (result?.results ?? []).map((row) => String((row as { readonly id: unknown }).id));
}
