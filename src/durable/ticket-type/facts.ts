// Reads the facts of a whole batch, in the transaction that applies its plan.

import { isDue, isReleased } from "../../domain/reservation.ts";
import { available, saleStateOf } from "../../domain/stock.ts";
import type { Ledger } from "./ledger.ts";
import type { PaymentFacts } from "./plan-payments.ts";
import type { ReserveFacts } from "./plan-reservations.ts";
import type { PayRequest, ReserveRequest, Settlement } from "./protocol.ts";
import { KEYS_KEPT_MS } from "./retention.ts";

/** Releases as many due holds as the requests need. */
export function reserveFacts(
  ledger: Ledger,
  requests: readonly ReserveRequest[],
  holdMs: number,
  nowMs: number,
): ReserveFacts {
  const { store } = ledger;
  const wanted = isOpen(ledger, nowMs) ? requests.reduce((sum, { quantity }) => sum + quantity, 0) : 0;
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

export function paymentFacts(ledger: Ledger, requests: readonly PayRequest[], nowMs: number): PaymentFacts {
  const ids = requests.map(({ reservationId }) => reservationId);
  const reservations = ledger.readCurrent(ids, nowMs);
  const keys = ledger.store.keyRecords(requests.flatMap(keyUse), nowMs - KEYS_KEPT_MS);
  return { ticketType: ledger.requireTicketType(), reservations, keys };
}

/** Releases due holds as far as payments that succeed late need their tickets. */
export function settlementFacts(
  ledger: Ledger,
  settlements: readonly Settlement[],
  nowMs: number,
): Omit<PaymentFacts, "keys"> {
  const paymentIds = settlements.map(({ paymentId }) => paymentId);
  const reservations = ledger.store.reservationsByPayments(paymentIds);
  const succeeded = settlements.filter(({ outcome }) => outcome.state === "succeeded").map((one) => one.paymentId);
  const wanted = (isOpen(ledger, nowMs) ? reservations : [])
    .filter((one) => (isReleased(one) || isDue(one, nowMs)) && one.payments.some(({ id }) => succeeded.includes(id)))
    .reduce((sum, { quantity }) => sum + quantity, 0);
  const before = ledger.requireTicketType();
  ledger.releaseDueUntil((stock) => available(stock) >= wanted, nowMs);
  const ticketType = ledger.requireTicketType();
  // Some of them may have been among the holds that were due.
  if (ticketType !== before) return { ticketType, reservations: ledger.store.reservationsByPayments(paymentIds) };
  return { ticketType, reservations };
}

/** Nobody takes tickets of a sale that is not open, so none need to be released for them. */
function isOpen(ledger: Ledger, nowMs: number): boolean {
  return saleStateOf(ledger.requireTicketType(), nowMs) === "open";
}

function keyUse({ accountId, idempotencyKey }: { accountId: string; idempotencyKey?: string | null }) {
  return idempotencyKey === null || idempotencyKey === undefined ? [] : [{ accountId, key: idempotencyKey }];
}
