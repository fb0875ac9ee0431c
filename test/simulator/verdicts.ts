// What each call should return, by the tables before it and without the code under test.

import type { PriceChange } from "../../src/domain/price.ts";
import { isSold } from "../../src/domain/stock.ts";
import type {
  CodeBatch,
  PayRequest,
  ReserveRequest,
  TicketTypeChange,
} from "../../src/durable/ticket-type/protocol.ts";
import {
  endOf,
  hasPending,
  isCalledOff,
  isOpen,
  isOpenAtCounter,
  type Mirror,
  type MirroredPrice,
  type MirroredReservation,
  type MirroredTicketType,
} from "./mirror.ts";

/** `ok`, or the name of the refusal, and what it says besides. */
export type Verdict = string;

/** Each request of a batch meets what those before it have taken. */
export function expectReserve(mirror: Mirror, requests: readonly ReserveRequest[], nowMs: number): Verdict[] {
  const { ticketType } = mirror;
  if (ticketType === null) return requests.map(() => "ticket_unknown");
  const taken = new Taken(mirror, ticketType, nowMs);
  return requests.map((request) => expectHold(ticketType, taken, request, nowMs));
}

/** The counter knows no windows, no bounds for one buyer or order, and no terms. */
function expectHold(ticketType: MirroredTicketType, taken: Taken, request: ReserveRequest, nowMs: number): Verdict {
  const { accountId, quantity, code = null, acceptedTerms = null } = request;
  const isAtCounter = request.counter !== undefined;
  const price = expectPrice(ticketType, request);
  if (typeof price === "string") return price;
  const { minPerOrder, maxPerOrder } = price;
  const isAllowed = quantity >= minPerOrder && (maxPerOrder === null || quantity <= maxPerOrder);
  if (!isAtCounter && !isAllowed) return `quantity_not_allowed ${minPerOrder}-${maxPerOrder}`;
  const left = taken.left(price, code);
  if (quantity > left.uses) return `code_used_up ${left.uses}`;
  if (!(isAtCounter ? isOpenAtCounter : isOpen)(ticketType, price, nowMs)) return "not_on_sale";
  const { maxPerBuyer, termsVersion } = ticketType;
  const theirs = taken.by(accountId);
  if (!isAtCounter && maxPerBuyer !== null && theirs + quantity > maxPerBuyer) {
    return `limit_reached ${Math.max(0, maxPerBuyer - theirs)}`;
  }
  if (quantity > left.tickets) return `sold_out ${left.tickets}`;
  if (!isAtCounter && termsVersion !== null && acceptedTerms !== termsVersion) {
    return `terms_not_accepted ${termsVersion}`;
  }
  taken.add({ accountId, quantity, owned: quantity, priceId: price.id, code });
  return "ok";
}

/** The price that a request names or, by its code or because there is only one, means. */
function expectPrice(
  { prices, codes }: MirroredTicketType,
  { priceId = null, code = null, counter }: ReserveRequest,
): MirroredPrice | Verdict {
  const opened = prices.filter(({ id }) => codes.some((one) => one.code === code && one.priceId === id));
  const meant = priceId === null ? (opened.length > 0 ? opened : prices) : prices.filter(({ id }) => id === priceId);
  const [price, ...others] = meant;
  if (price === undefined || others.length > 0) return priceId === null ? "price_required" : "price_unknown";
  const needsCode = price.requiresCode === 1 && (counter === undefined || code !== null);
  const isRight = needsCode ? opened.includes(price) : code === null;
  return isRight ? price : "code_refused";
}

/** `quantity`: out of sale; `owned` of them are the account's. */
type Share = Pick<MirroredReservation, "accountId" | "quantity" | "priceId" | "code"> & { readonly owned: number };

/** What is held and sold at this moment, whether or not anybody has released what is over. */
class Taken {
  readonly #ticketType: MirroredTicketType;
  readonly #shares: Share[];

  constructor(mirror: Mirror, ticketType: MirroredTicketType, nowMs: number) {
    this.#ticketType = ticketType;
    this.#shares = [...mirror.reservations.values()]
      .filter((reservation) => holdsStock(mirror, reservation, nowMs))
      .map(({ accountId, code, quantity, restocked, givenBack, priceId }) => {
        const taken = { quantity: quantity - restocked, owned: quantity - givenBack };
        return { accountId, code, ...taken, priceId: priceId ?? ticketType.prices[0]?.id ?? null };
      });
  }

  add(share: Share): void {
    this.#shares.push(share);
  }

  by(accountId: string): number {
    const theirs = this.#shares.filter((share) => share.accountId === accountId);
    return theirs.reduce((sum, { owned }) => sum + owned, 0);
  }

  all(): number {
    return sumOf(this.#shares);
  }

  at(price: MirroredPrice): number {
    return sumOf(this.#shares.filter(({ priceId }) => priceId === price.id));
  }

  left(price: MirroredPrice, code: string | null): { readonly tickets: number; readonly uses: number } {
    const { capacity, codes } = this.#ticketType;
    const known = codes.find((one) => one.priceId === price.id && one.code === code);
    const uses = sumOf(this.#shares.filter((share) => share.priceId === price.id && share.code === code));
    const usesLeft = (known?.maxUses ?? Number.POSITIVE_INFINITY) - uses;
    const leftAtPrice = (price.capacity ?? Number.POSITIVE_INFINITY) - this.at(price);
    return { tickets: Math.min(capacity - this.all(), leftAtPrice, usesLeft), uses: usesLeft };
  }
}

export function expectPay(mirror: Mirror, request: PayRequest, nowMs: number): Verdict {
  const reservation = owned(mirror, request.reservationId, request.accountId);
  if (reservation === null) return "reservation_unknown";
  const free = reservation.unitPriceMinor === 0;
  const method = free ? null : request.method;
  const same = reservation.payments.find(({ key }) => key === request.key);
  if (same !== undefined) return same.method === method ? "ok" : "idempotency_key_reused";
  if (reservation.orderId !== null) return "part_of_order";
  if (isSold(reservation.state)) return `already_${reservation.state}`;
  if (mirror.ticketType !== null && isCalledOff(mirror.ticketType)) return "event_cancelled";
  if (reservation.state === "cancelled") return "already_cancelled";
  if (reservation.state === "expired") return "reservation_expired";
  if (hasPending(reservation)) return "payment_in_progress";
  if (nowMs >= reservation.expiresAtMs) return "reservation_expired";
  if (nowMs >= (mirror.ticketType?.eventEndsMs ?? Number.POSITIVE_INFINITY)) return "event_over";
  return !free && method === null ? "payment_method_required" : "ok";
}

export function expectCancel(mirror: Mirror, reservationId: string, accountId: string, nowMs: number): Verdict {
  const reservation = owned(mirror, reservationId, accountId);
  if (reservation === null) return "reservation_unknown";
  if (reservation.orderId !== null) return "part_of_order";
  if (reservation.state === "cancelled") return "ok cancelled";
  if (isSold(reservation.state)) return `already_${reservation.state}`;
  if (reservation.state === "expired" || endOf(reservation, mirror.ticketType, nowMs) === "expired")
    return "reservation_expired";
  return hasPending(reservation) ? "ok deferred" : "ok cancelled";
}

/** What is confirmed, by its buyer, all that is left of it. */
export function expectGiveBack(mirror: Mirror, reservationId: string, accountId: string, nowMs: number): Verdict {
  const reservation = owned(mirror, reservationId, accountId);
  if (reservation === null) return "reservation_unknown";
  if (reservation.orderId !== null) return "part_of_order";
  const { state, refunds } = reservation;
  if (refunds.some(({ requestedBy }) => requestedBy === "buyer")) return "ok";
  if (state === "refunded") return "already_refunded";
  const isOpen = mayGiveBack(mirror.ticketType?.refundableUntilMs ?? null, nowMs);
  if (!isOpen || mirror.used.has(reservationId)) return "not_refundable";
  return state === "confirmed" ? "ok" : "nothing_paid";
}

export function mayGiveBack(refundableUntilMs: number | null, nowMs: number): boolean {
  return refundableUntilMs !== null && nowMs < refundableUntilMs;
}

export function expectFind(mirror: Mirror, reservationId: string, accountId: string, nowMs: number): Verdict {
  const reservation = owned(mirror, reservationId, accountId);
  if (reservation === null) return "reservation_unknown";
  return `ok ${endOf(reservation, mirror.ticketType, nowMs) ?? reservation.state}`;
}

export function expectChange(mirror: Mirror, change: TicketTypeChange, nowMs: number): Verdict {
  const { ticketType } = mirror;
  if (ticketType === null) return "ticket_unknown";
  const { capacity, salesStartMs, salesEndMs } = { ...ticketType, ...change };
  if (capacity < new Taken(mirror, ticketType, nowMs).all()) return "capacity_below_committed";
  return isEmpty(salesStartMs, salesEndMs) ? "sales_window_empty" : "ok";
}

export function expectPriceChange(mirror: Mirror, change: PriceChange, nowMs: number): Verdict {
  const { ticketType } = mirror;
  if (ticketType === null) return "ticket_unknown";
  const { prices } = ticketType;
  const id = change.type === "add" ? change.rules.id : change.id;
  const price = prices.find((one) => one.id === id);
  if (change.type === "add") return price === undefined ? expectRules(change.rules, 0) : "ok";
  if (price === undefined) return "no_such_price";
  if (change.type === "change") {
    return expectRules({ ...price, ...change.rules }, new Taken(mirror, ticketType, nowMs).at(price));
  }
  if (price === prices[0]) return "price_is_first";
  return price.wasHeld ? "price_has_sales" : "ok";
}

/** The ticket types of a run have no window of their own. */
function expectRules(
  rules: Pick<MirroredPrice, "capacity" | "minPerOrder" | "maxPerOrder" | "salesStartMs" | "salesEndMs">,
  taken: number,
): Verdict {
  const { capacity, minPerOrder, maxPerOrder, salesStartMs, salesEndMs } = rules;
  if (capacity !== null && capacity < taken) return "price_capacity_below_committed";
  if (maxPerOrder !== null && maxPerOrder < minPerOrder) return "price_order_bounds";
  return isEmpty(salesStartMs, salesEndMs) ? "price_window_empty" : "ok";
}

export function expectCodes({ ticketType }: Mirror, { id, priceId, codes }: CodeBatch): Verdict {
  if (ticketType === null) return "ticket_unknown";
  if (ticketType.codes.some(({ batch }) => batch === id)) return "ok";
  if (!ticketType.prices.some((price) => price.id === priceId)) return "no_such_price";
  const known = ticketType.codes.filter((code) => code.priceId === priceId).map(({ code }) => code);
  return codes.some(({ code }) => known.includes(code)) ? "code_exists" : "ok";
}

function isEmpty(startMs: number | null, endMs: number | null): boolean {
  return startMs !== null && endMs !== null && startMs >= endMs;
}

function sumOf(shares: readonly Pick<Share, "quantity">[]): number {
  return shares.reduce((sum, { quantity }) => sum + quantity, 0);
}

function holdsStock({ ticketType }: Mirror, reservation: MirroredReservation, nowMs: number): boolean {
  const isHeld = reservation.state === "held" && endOf(reservation, ticketType, nowMs) === null;
  return isSold(reservation.state) || isHeld;
}

/** Another's reservation and none at all look the same. */
function owned(mirror: Mirror, reservationId: string, accountId: string): MirroredReservation | null {
  const reservation = mirror.reservations.get(reservationId);
  return reservation?.accountId === accountId ? reservation : null;
}
