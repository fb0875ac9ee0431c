// Passes that are paid for, and the codes of them.

import { env } from "cloudflare:workers";
import { newPaymentId, newReservationId } from "../../src/platform/ids.ts";
import { passCode } from "../../src/worker/passes/pass-keys.ts";
import { sql } from "./records.ts";
import { call, newPerson, objectOf, type Person } from "./service.ts";

/** As their object has them: `quantity` of one reservation, at the first price. */
export async function boughtPasses(ticketId: string, quantity = 1, accountId = "ada"): Promise<string[]> {
  const object = objectOf(ticketId);
  const reservationId = newReservationId(ticketId);
  const paymentId = newPaymentId();
  await object.reserve([{ reservationId, accountId, quantity, idempotencyKey: null, priceId: ticketId }]);
  await object.pay({ reservationId, accountId, paymentId, key: "k", method: "pm_card_visa" });
  await object.settle([{ paymentId, outcome: { state: "succeeded" } }]);
  return Array.from({ length: quantity }, (_, index) => `${reservationId}-${index + 1}`);
}

export function codeOf(passId: string, generation = 0): Promise<string> {
  return passCode(env, passId, generation);
}

/** Somebody who has proven an address. */
export async function provenPerson(address?: string): Promise<Person & { readonly address: string }> {
  const person = await newPerson();
  const proved = address ?? `${person.accountId}@friend.test`;
  await sql("UPDATE accounts SET verified_email_key = ? WHERE id = ?", proved, person.accountId);
  return { ...person, address: proved };
}

export function passOn({ token }: Person, passId: string, email: string) {
  return call("POST", `/passes/${passId}/transfer`, { token, body: { email } });
}
