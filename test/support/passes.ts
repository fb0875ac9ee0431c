// Passes that are paid for, and the codes of them.

import { env } from "cloudflare:workers";
import { newPaymentId, newReservationId } from "../../src/platform/ids.ts";
import { passCode } from "../../src/worker/passes/pass-keys.ts";
import { objectOf } from "./service.ts";

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
