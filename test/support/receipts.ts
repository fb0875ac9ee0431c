// Sales as D1 has copies of them, and the receipts that they get.

import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { Receipt } from "../../src/domain/receipt.ts";
import type { Refund, RefundState } from "../../src/domain/refund.ts";
import { sumOf } from "../../src/domain/sums.ts";
import { newId, newReservationId, orderIdFrom } from "../../src/platform/ids.ts";
import { receiptsOrWhyNot } from "../../src/worker/receipts/issuing.ts";
import { salesWithIds } from "../../src/worker/receipts/queries.ts";
import { d1With } from "./recording.ts";
import { insertRow, rowsOf, sql } from "./records.ts";

export const COMMON = { account_id: "ada", currency: "EUR", created_at_ms: 1, expires_at_ms: 1, version: 1 };

/** A copy as its object writes it, at first held, and then paid. */
export async function paidAlone(ticketTypeId: string): Promise<string> {
  const id = newReservationId(ticketTypeId);
  const row = { id, ticket_type_id: ticketTypeId, quantity: 1, unit_price_minor: 4500, unsettled: 0 };
  await insertRow("reservations", { ...COMMON, ...row, state: "held" });
  await sql("UPDATE reservations SET state = 'confirmed', version = 2 WHERE id = ?", id);
  return id;
}

/** A copy that D1 gets only once the order is paid. */
export async function paidOrder(...ticketTypeIds: readonly string[]): Promise<string> {
  const id = orderIdFrom(newId(), "");
  const items = ticketTypeIds.map((ticketTypeId) => {
    const reservationId = newReservationId(ticketTypeId);
    return { reservationId, ticketTypeId, priceId: null, priceName: "", code: null, quantity: 1, unitPriceMinor: 500 };
  });
  const rest = { items: JSON.stringify(items), state: "confirmed", cancel_requested: 0, unfinished: 0 };
  await insertRow("orders", { ...COMMON, id, ...rest });
  return id;
}

export async function ask(d1: D1Database, saleId: string): Promise<void> {
  const [sale] = await salesWithIds(d1, [saleId]);
  if (sale !== undefined) await receiptsOrWhyNot(d1, sale);
}

export interface Issued extends Record<string, unknown> {
  readonly series: string;
  readonly number: number;
  readonly sale_id: string;
  readonly receipt: string;
}

/** The receipts of these sales. Throws unless the numbers of each of their series are 1, 2, 3 … */
export async function issuedFor(saleIds: readonly string[]): Promise<Issued[]> {
  const query = `SELECT series, number, sale_id, receipt FROM receipts WHERE series IN (
    SELECT series FROM receipts WHERE sale_id IN (SELECT value FROM json_each(?))) ORDER BY series, number`;
  const rows = (await rowsOf(query, JSON.stringify(saleIds))) as Issued[];
  for (const [series, ofSeries] of Map.groupBy(rows, (row) => row.series)) {
    expect([series, ofSeries.map(({ number }) => number)]).toEqual([series, ofSeries.map((_row, index) => index + 1)]);
  }
  return rows.filter(({ sale_id }) => saleIds.includes(sale_id));
}

/** Fails at the `at`-th call that D1 gets, before or after it is carried out. */
export function dyingD1(at: number, isCarriedOut: boolean): D1Database {
  let calls = 0;
  const guard = async <T>(work: () => Promise<T>): Promise<T> => {
    calls += 1;
    if (calls !== at) return work();
    if (isCarriedOut) await work();
    throw new Error("D1_ERROR: Network connection lost.");
  };
  const statement = (real: D1PreparedStatement): D1PreparedStatement =>
    new Proxy(real, {
      get(target, name) {
        const value = Reflect.get(target, name, target);
        if (typeof value !== "function") return value;
        if (name === "bind") return (...values: unknown[]) => statement(target.bind(...values));
        return (...values: unknown[]) => guard(async () => Reflect.apply(value, target, values));
      },
    });
  const real = new WeakMap<D1PreparedStatement, D1PreparedStatement>();
  const wrapped = (one: D1PreparedStatement): D1PreparedStatement => {
    const proxy = statement(one);
    real.set(proxy, one);
    return proxy;
  };
  return d1With({
    prepare: (text: string) => {
      const prepared = env.DB.prepare(text);
      return new Proxy(wrapped(prepared), {
        get(target, name) {
          if (name === "bind") {
            return (...values: unknown[]) => wrapped(prepared.bind(...values));
          }
          return Reflect.get(target, name, target);
        },
      });
    },
    batch: <T>(statements: D1PreparedStatement[]) =>
      guard(() => env.DB.batch<T>(statements.map((one) => real.get(one) ?? one))),
  });
}

/** A refund of money alone, as the copy has it: so much of the sale's payment, in this state. */
export function refundOf(number: number, amountMinor: number, state: RefundState): Refund {
  return {
    ...{ id: `r${number}`, key: `${number}`, request: "", requestedBy: "organizer", items: [], amountMinor },
    ...{ isAtProvider: true, restock: false, reason: "", state, failure: null, createdAtMs: 1, sinceMs: 1 },
    ...{ attempt: 1, retryKey: null, looks: 0, needsPerson: false },
  };
}

/** The copy of a sale gets these refunds, as its object writes it. Their ids are the sale's. */
export async function giveBack(saleId: string, refunds: readonly Refund[]): Promise<void> {
  const table = saleId.includes("-") ? "reservations" : "orders";
  const own = JSON.stringify(refunds.map((refund) => ({ ...refund, id: `${saleId}-${refund.id}` })));
  await sql(`UPDATE ${table} SET refunds = ?, version = version + 1 WHERE id = ?`, own, saleId);
}

/** What these sales have beside their receipts, in order: `credit_note r1 100`. */
export async function correctionsOf(...saleIds: readonly string[]): Promise<string[]> {
  return (await issuedFor(saleIds)).flatMap((row) => {
    const { kind, corrects, lines }: Receipt = JSON.parse(row.receipt);
    if (corrects === undefined) return [];
    return `${kind} ${corrects.refundId.split("-").at(-1)} ${sumOf(lines, "grossMinor")}`;
  });
}
