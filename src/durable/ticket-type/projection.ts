// Writes copies of the object's decisions to D1. A newer version always wins.

import { getTableColumns } from "drizzle-orm";
import { passStateOf } from "../../domain/pass.ts";
import { isUnsettled, paidAtMs } from "../../domain/payment.ts";
import { isUnderWay } from "../../domain/refund.ts";
import { type Reservation, viewOf } from "../../domain/reservation.ts";
import { reservations as copies, passes as passCopies } from "../../platform/d1/schema/copies.ts";
import { refundColumns } from "../../platform/refund-text.ts";
import { type MailedSale, mailsOfSale, owedIds, oweMailsOf } from "../shared/mail-news.ts";
import { unresolvedOf } from "../shared/unresolved.ts";
import { mailsOfPass } from "./pass-news.ts";
import type { StoredPass } from "./pass-store.ts";
import type { PassCopy, ReservationCopy, TicketTypeState } from "./protocol.ts";

// Sent in this order, without their names, which would be more than half of the text.
const FIELDS = Object.keys(getTableColumns(copies)) as (keyof ReservationCopy)[];
const COLUMNS = Object.values(getTableColumns(copies)).map(({ name }) => name);

// One parameter carries all rows as JSON: D1 allows 100 parameters a statement.
const UPSERT_RESERVATIONS = `
  INSERT INTO reservations (${COLUMNS})
  SELECT ${COLUMNS.map((_, index) => `value ->> ${index}`)} FROM json_each(?1) WHERE true
  ON CONFLICT (id) DO UPDATE SET ${COLUMNS.slice(1).map((column) => `${column} = excluded.${column}`)}
  WHERE excluded.version > reservations.version`;

const PASS_FIELDS = Object.keys(getTableColumns(passCopies)) as (keyof PassCopy)[];
const PASS_COLUMNS = Object.values(getTableColumns(passCopies)).map(({ name }) => name);

// The first two columns are its key.
const UPSERT_PASSES = `
  INSERT INTO passes (${PASS_COLUMNS})
  SELECT ${PASS_COLUMNS.map((_, index) => `value ->> ${index}`)} FROM json_each(?1) WHERE true
  ON CONFLICT (reservation_id, number) DO UPDATE SET
    ${PASS_COLUMNS.slice(2).map((column) => `${column} = excluded.${column}`)}
  WHERE excluded.version > passes.version`;

// An edition and its texts come at once, and only once: an older Worker writes texts by itself.
const textOf = (column: string) => `iif(edition = ?12, ${column}, IFNULL(?13 ->> '${column}', ${column}))`;

const UPDATE_TICKET_TYPE = `
  UPDATE ticket_types SET capacity = ?2, held = ?3, sold = ?4, on_sale = ?5, price_minor = ?6, currency = ?7,
    max_per_buyer = ?8, sales_start_ms = ?9, sales_end_ms = ?10, version = ?11, edition = ?12,
    name = ${textOf("name")}, description = ${textOf("description")}, hidden = ${textOf("hidden")}, prices = ?14
  WHERE id = ?1 AND version < ?11`;

export function copyOf(reservation: Reservation, ticketTypeId: string): ReservationCopy {
  const { payment, ...fields } = viewOf(reservation, ticketTypeId);
  return {
    ...fields,
    priceId: reservation.priceId,
    priceName: reservation.priceName,
    code: reservation.code,
    orderId: reservation.orderId,
    acceptedTerms: reservation.acceptedTerms,
    cancelRequested: reservation.releaseAs === "cancelled",
    version: reservation.version,
    paymentState: payment?.state ?? null,
    paymentFailureCode: payment?.failure?.code ?? null,
    paymentFailureMessage: payment?.failure?.message ?? null,
    givenBack: reservation.givenBack,
    restocked: reservation.restocked,
    ...refundColumns(reservation.refunds),
    paidAtMs: reservation.orderId === null ? paidAtMs(reservation.payments) : null,
    unsettled: reservation.payments.some(isUnsettled) || reservation.refunds.some(isUnderWay),
    ...unresolvedOf(reservation),
  };
}

export function passCopyOf(stored: StoredPass, ticketTypeId: string): PassCopy {
  const { admission, passedOnBy, ...pass } = stored;
  const admittedAtMs = admission?.atMs ?? null;
  return {
    ...pass,
    passedOnAtMs: pass.passedOnAtMs ?? 0,
    ticketTypeId,
    state: passStateOf({ ...pass, admission }),
    admittedAtMs,
    gate: admission?.gate ?? null,
  };
}

/** None for a part of an order, whose mails the order owes. */
function mailedSaleOf(reservation: Reservation, ticketTypeId: string): MailedSale[] {
  const { id, accountId, orderId, state, expiresAtMs, quantity: tickets, payments, refunds } = reservation;
  if (orderId !== null) return [];
  return [{ id, accountId, ticketTypeId, state, expiresAtMs, tickets, payments, refunds }];
}

/**
 * Resolves once D1 has acknowledged everything, with the mails that are owed from now on; rejects
 * where that is not known.
 */
export async function project(
  db: D1Database,
  ticketType: TicketTypeState,
  reservations: readonly Reservation[],
  passes: readonly StoredPass[],
): Promise<readonly string[]> {
  const rows = reservations.map((reservation) => {
    const copy = copyOf(reservation, ticketType.ticketTypeId);
    return FIELDS.map((field) => copy[field]);
  });
  const passRows = passes.map((pass) => {
    const copy = passCopyOf(pass, ticketType.ticketTypeId);
    return PASS_FIELDS.map((field) => copy[field]);
  });
  const nowMs = Date.now();
  const sales = reservations.flatMap((reservation) => mailedSaleOf(reservation, ticketType.ticketTypeId));
  const news = [
    ...sales.flatMap((sale) => mailsOfSale(sale, nowMs)),
    ...passes.flatMap((pass) => mailsOfPass(pass, ticketType.ticketTypeId, nowMs)),
  ];
  const oweMails = oweMailsOf(db, news, nowMs);
  const results = await db.batch([
    db.prepare(UPSERT_RESERVATIONS).bind(JSON.stringify(rows)),
    ...(passRows.length === 0 ? [] : [db.prepare(UPSERT_PASSES).bind(JSON.stringify(passRows))]),
    db
      .prepare(UPDATE_TICKET_TYPE)
      .bind(
        ticketType.ticketTypeId,
        ticketType.capacity,
        ticketType.held,
        ticketType.sold,
        ticketType.onSale ? 1 : 0,
        ticketType.priceMinor,
        ticketType.currency,
        ticketType.maxPerBuyer,
        ticketType.salesStartMs,
        ticketType.salesEndMs,
        ticketType.version,
        ticketType.edition,
        JSON.stringify(ticketType.newTexts),
        JSON.stringify(ticketType.prices),
      ),
    ...(oweMails === null ? [] : [oweMails]),
  ]);
  return oweMails === null ? [] : owedIds(results.at(-1));
}
