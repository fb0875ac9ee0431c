// Records that tests compare, and what damages them: reservations, rows in D1, the ledger.

import { env } from "cloudflare:workers";
import { call, hold, newPerson, type OnSale, pay, until } from "./service.ts";

/** A copy in D1: id, ticket type, state, created at, expires at, the payment's state. */
export const STRAY = `INSERT INTO reservations (id, ticket_type_id, account_id, quantity, unit_price_minor, currency, state,
  created_at_ms, expires_at_ms, version, payment_state, unsettled) VALUES (?, ?, 'eve', 1, 4500, 'EUR', ?, ?, ?, 1, ?, 0)`;
/** A movement of money: payment, kind, reservation, amount. */
export const MOVEMENT = `INSERT INTO sandbox_ledger (idempotency_key, kind, reservation_id, method, amount_minor, currency,
  created_at_ms, completes_at_ms) VALUES (?, ?, ?, 'pm_card_visa', ?, 'EUR', 0, 0)`;

/** In D1. */
export function sql(statement: string, ...bindings: unknown[]): Promise<D1Result> {
  return env.DB.prepare(statement)
    .bind(...bindings)
    .run();
}

/** A reservation of two tickets whose payment is settled, in the object and in D1. */
export async function paid(sale: OnSale, method = "pm_card_visa") {
  const buyer = await newPerson();
  const { body } = await hold(buyer, sale.ticketId, 2);
  await pay(buyer, body.id, method);
  const show = () => call("GET", `/reservations/${body.id}`, { token: buyer.token });
  await until(show, (answer) => answer.body.payment?.state !== "pending");
  const row = () => env.DB.prepare("SELECT * FROM reservations WHERE id = ?").bind(body.id).first();
  await until(row, (copy) => copy?.payment_state !== "pending");
  return { buyer, id: body.id, row, show };
}
