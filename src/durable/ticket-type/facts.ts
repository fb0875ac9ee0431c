// Reads the facts of a whole batch, in the transaction that applies its plan.

import { isDue, isReleased } from "../../domain/reservation.ts";
import { available } from "../../domain/stock.ts";
import type { Ledger } from "./ledger.ts";
import type { PaymentFacts } from "./plan-payments.ts";
import type { ReserveFacts } from "./plan-reservations.ts";
import type { PayRequest, ReserveRequest, Settlement } from "./protocol.ts";
import { KEYS_KEPT_MS } from "./retention.ts";
import type { Store } from "./store.ts";

/** Releases as many due holds as the requests need. */
export function reserveFacts(
  store: Store,
  ledger: Ledger,
  requests: readonly ReserveRequest[],
  holdMs: number,
  nowMs: number,
): ReserveFacts {
  const wanted = requests.reduce((sum, { quantity }) => sum + quantity, 0);
  ledger.releaseDueUntil((stock) => available(stock) >= wanted, nowMs);
  const ticketType = ledger.requireTicketType();
  const keys = store.keyRecords(requests.flatMap(keyUse), nowMs - KEYS_KEPT_MS);
  const ids = [...requests.map(({ reservationId }) => reservationId), ...keys.map((record) => record.reservationId)];
  const accountIds = requests.map(({ accountId }) => accountId);
  return {
    ticketType,
    reservations: store.reservationsWithIds(ids),
    keys,
    ownedByAccount: ticketType.maxPerBuyer === null ? new Map() : store.ownedByAccounts(accountIds, nowMs),
    holdMs,
  };
}

export function paymentFacts(
  store: Store,
  ledger: Ledger,
  requests: readonly PayRequest[],
  nowMs: number,
): PaymentFacts {
  const reservations = ledger.readCurrent(
    requests.map(({ reservationId }) => reservationId),
    nowMs,
  );
  const keys = store.keyRecords(requests.flatMap(keyUse), nowMs - KEYS_KEPT_MS);
  return { ticketType: ledger.requireTicketType(), reservations, keys };
}

/** Releases due holds as far as payments that succeed late need their tickets. */
export function settlementFacts(
  store: Store,
  ledger: Ledger,
  settlements: readonly Settlement[],
  nowMs: number,
): Omit<PaymentFacts, "keys"> {
  const paymentIds = settlements.map(({ paymentId }) => paymentId);
  const reservations = store.reservationsByPayments(paymentIds);
  const succeeded = new Set(
    settlements.filter(({ outcome }) => outcome.state === "succeeded").map(({ paymentId }) => paymentId),
  );
  const wanted = reservations
    .filter((one) => (isReleased(one) || isDue(one, nowMs)) && one.payments.some(({ id }) => succeeded.has(id)))
    .reduce((sum, { quantity }) => sum + quantity, 0);
  if (wanted <= available(ledger.requireTicketType())) {
    return { ticketType: ledger.requireTicketType(), reservations };
  }
  ledger.releaseDueUntil((stock) => available(stock) >= wanted, nowMs);
  // Some of them may have been among the holds that were due.
  return { ticketType: ledger.requireTicketType(), reservations: store.reservationsByPayments(paymentIds) };
}

function keyUse({ accountId, idempotencyKey }: { accountId: string; idempotencyKey?: string | null }) {
  return idempotencyKey === null || idempotencyKey === undefined ? [] : [{ accountId, key: idempotencyKey }];
}
