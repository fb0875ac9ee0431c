// Reads the facts of a whole batch, in the transaction that applies its plan.

import { type Choice, leftAt } from "../../domain/price.ts";
import { isDue, isReleased } from "../../domain/reservation.ts";
import { available, saleStateOf, withoutWindow } from "../../domain/stock.ts";
import { sumOf } from "../../domain/sums.ts";
import type { Ledger } from "./ledger.ts";
import type { PaymentFacts, SettlementFacts } from "./plan-payments.ts";
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
  releaseFor(ledger, requests, nowMs);
  const ticketType = ledger.requireTicketType();
  const keys = store.keys.records(requests.flatMap(keyUse), nowMs - KEYS_KEPT_MS);
  const ids = [...requests.map(({ reservationId }) => reservationId), ...keys.map((record) => record.reservationId)];
  // The counter has no limit, and may have sold most of the tickets.
  const accountIds = requests.flatMap(({ accountId, counter }) => (counter === undefined ? [accountId] : []));
  return {
    ticketType,
    reservations: store.reservationsWithIds(ids),
    keys,
    codes: store.prices.codesReading(requests.flatMap(({ code }) => code ?? [])),
    ownedByAccount: ticketType.maxPerBuyer === null ? new Map() : store.ownedByAccounts(accountIds, nowMs),
    holdMs,
  };
}

export function paymentFacts(ledger: Ledger, requests: readonly PayRequest[], nowMs: number): PaymentFacts {
  const ids = requests.map(({ reservationId }) => reservationId);
  const reservations = ledger.readCurrent(ids, nowMs);
  const keys = ledger.store.keys.records(requests.flatMap(keyUse), nowMs - KEYS_KEPT_MS);
  return { ticketType: ledger.requireTicketType(), reservations, keys };
}

/** Releases due holds as far as payments that succeed late need their tickets. */
export function settlementFacts(ledger: Ledger, settlements: readonly Settlement[], nowMs: number): SettlementFacts {
  const paymentIds = settlements.map(({ paymentId }) => paymentId);
  const reservations = ledger.store.reservationsOf(paymentIds);
  const succeeded = settlements.filter(({ outcome }) => outcome.state === "succeeded").map((one) => one.paymentId);
  const wanted = reservations.filter(
    (one) => (isReleased(one) || isDue(one, nowMs)) && one.payments.some(({ id }) => succeeded.includes(id)),
  );
  const before = ledger.requireTicketType();
  releaseFor(ledger, wanted, nowMs);
  const ticketType = ledger.requireTicketType();
  const codes = ledger.store.prices.codesReading(wanted.flatMap(({ code }) => code ?? []));
  // Some of them may have been among the holds that were due.
  if (ticketType === before) return { ticketType, reservations, codes };
  return { ticketType, reservations: ledger.store.reservationsOf(paymentIds), codes };
}

/** Releases as many due holds as these need. For a code all: what is left of it is in a table. */
function releaseFor(
  ledger: Ledger,
  wanted: readonly (Partial<Choice> & Pick<ReserveRequest, "quantity" | "counter">)[],
  nowMs: number,
): void {
  const isAtCounter = wanted.some(({ counter }) => counter !== undefined);
  if (!isOpen(ledger, isAtCounter, nowMs)) return;
  const needsAll = wanted.some(({ code = null }) => code !== null);
  const total = sumOf(wanted, "quantity");
  const [first] = ledger.requireTicketType().prices;
  const byPrice = [...Map.groupBy(wanted, ({ priceId = null }) => priceId ?? first?.id ?? null)].map(
    ([priceId, requests]) => [priceId, sumOf(requests, "quantity")] as const,
  );
  ledger.releaseDueUntil((ticketType) => {
    if (needsAll || available(ticketType) < total) return false;
    return byPrice.every(([priceId, quantity]) => leftAt(ticketType, priceId) >= quantity);
  }, nowMs);
}

/** Nobody takes tickets of a sale that is not open, so none need to be released for them. */
function isOpen(ledger: Ledger, isAtCounter: boolean, nowMs: number): boolean {
  const ticketType = ledger.requireTicketType();
  return saleStateOf(isAtCounter ? withoutWindow(ticketType) : ticketType, nowMs) === "open";
}

function keyUse({ accountId, idempotencyKey }: { accountId: string; idempotencyKey?: string | null }) {
  return idempotencyKey === null || idempotencyKey === undefined ? [] : [{ accountId, key: idempotencyKey }];
}
