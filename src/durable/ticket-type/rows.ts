// Which column of the object's tables holds which field, and how a row becomes an object.

import { refundsWithLate } from "../../domain/late-refunds.ts";
import type { Payment } from "../../domain/payment.ts";
import { firstPrice, type Price, type PriceRules } from "../../domain/price.ts";
import type { Reservation } from "../../domain/reservation.ts";
import { readRefunds, refundsAsText } from "../../platform/refund-text.ts";
import { actionOf } from "../shared/awaited.ts";
import type { TicketTypeState } from "./protocol.ts";

/** The columns of a reservation's own row. Its payments have rows of their own. */
const RESERVATION = {
  id: "id",
  accountId: "account_id",
  orderId: "order_id",
  quantity: "quantity",
  priceId: "price_id",
  priceName: "price_name",
  code: "code",
  acceptedTerms: "accepted_terms",
  unitPriceMinor: "unit_price_minor",
  currency: "currency",
  state: "state",
  releaseAs: "release_as",
  createdAtMs: "created_at_ms",
  expiresAtMs: "expires_at_ms",
  version: "version",
  givenBack: "given_back",
  restocked: "restocked",
  refunds: "refunds",
} as const satisfies Record<keyof Omit<Reservation, "payments">, string>;

const RESERVATION_FIELDS = Object.keys(RESERVATION) as (keyof typeof RESERVATION)[];
export const RESERVATION_COLUMNS = Object.values(RESERVATION).join(", ");
export const RESERVATION_SELECTED = selected(RESERVATION);
export const RESERVATION_VALUES = jsonValues(RESERVATION_FIELDS.length);

export type ReservationRow = Omit<Reservation, "payments" | "refunds"> & { readonly refunds: string | null };

/** A reservation's fields in the order of `RESERVATION_COLUMNS`. */
export function reservationValues(reservation: Reservation): SqlStorageValue[] {
  const row = { ...reservation, refunds: refundsAsText(reservation.refunds) };
  return RESERVATION_FIELDS.map((field) => row[field]);
}

export function toReservation({ refunds, ...row }: ReservationRow, payments: readonly Payment[]): Reservation {
  const { id: reservationId, quantity, unitPriceMinor } = row;
  const wanted = [{ reservationId, quantity, unitPriceMinor }];
  return { ...row, payments, refunds: refundsWithLate({ payments, refunds: readRefunds(refunds) }, wanted) };
}

export const PAYMENT_COLUMNS =
  "id, reservation_id, key, method, state, failure_code, failure_message, since_ms, needs_person, action, reference, dispatches, dispatch_at_ms";
export const PAYMENT_VALUES = jsonValues(PAYMENT_COLUMNS.split(", ").length);
export const PAYMENT_SELECTED = `reservation_id AS reservationId, id, key, method, state, failure_code AS failureCode,
  failure_message AS failureMessage, since_ms AS sinceMs, needs_person AS needsPerson, action AS actionText,
  reference`;

export type PaymentRow = Omit<Payment, "failure" | "needsPerson" | "action"> & {
  readonly reservationId: string;
  readonly failureCode: string | null;
  readonly failureMessage: string | null;
  readonly needsPerson: number;
  readonly actionText: string | null;
};

export function toPayment({
  reservationId,
  failureCode,
  failureMessage,
  needsPerson,
  actionText,
  ...payment
}: PaymentRow): Payment {
  const failure = failureCode === null ? null : { code: failureCode, message: failureMessage ?? failureCode };
  return { ...payment, failure, needsPerson: needsPerson === 1, action: actionOf(payment.state, actionText) };
}

const TICKET_TYPE = {
  ticketTypeId: "id",
  capacity: "capacity",
  held: "held",
  sold: "sold",
  onSale: "on_sale",
  onSaleVersion: "on_sale_version",
  eventStatus: "event_status",
  eventStartsMs: "event_starts_ms",
  eventEndsMs: "event_ends_ms",
  eventVersion: "event_version",
  termsVersion: "terms_version",
  refundableUntilMs: "refundable_until_ms",
  refunding: "refunding",
  doorsOpenAtMs: "doors_open_at_ms",
  reentry: "reentry",
  priceMinor: "price_minor",
  currency: "currency",
  maxPerBuyer: "max_per_buyer",
  salesStartMs: "sales_start_ms",
  salesEndMs: "sales_end_ms",
  version: "version",
  edition: "edition",
  newTexts: "new_texts",
} as const satisfies Record<keyof Omit<TicketTypeState, "prices">, string>;

const TICKET_TYPE_FIELDS = Object.keys(TICKET_TYPE) as (keyof typeof TICKET_TYPE)[];
export const TICKET_TYPE_COLUMNS = Object.values(TICKET_TYPE).join(", ");
export const TICKET_TYPE_SELECTED = selected(TICKET_TYPE);
export const TICKET_TYPE_VALUES = TICKET_TYPE_FIELDS.map(() => "?").join(", ");

export type TicketTypeRow = Omit<TicketTypeState, "onSale" | "reentry" | "newTexts" | "prices"> & {
  readonly onSale: number;
  readonly reentry: number;
  readonly newTexts: string;
  readonly priceStock?: string | null;
};

export function toTicketType(
  { priceStock = null, ...row }: TicketTypeRow,
  rules: readonly PriceRules[],
): TicketTypeState {
  const onSale = row.onSale === 1;
  const newTexts: TicketTypeState["newTexts"] = JSON.parse(row.newTexts);
  const stock: PriceStock = priceStock === null ? {} : JSON.parse(priceStock);
  const prices = (rules.length === 0 ? [firstPrice(row.ticketTypeId, row.priceMinor)] : rules).map((price, index) => {
    // A version that does not know prices drops their counters, or leaves them behind: they are
    // counted again, and what may have been held is not deleted. One price has the ticket type's.
    const known = stock[price.id] ?? (rules.length > 1 ? NOT_COUNTED : NEVER_HELD);
    const [held, sold] = rules.length > 1 ? known : [row.held, row.sold];
    // That version changes the first price's amount here alone.
    const amountMinor = index === 0 ? row.priceMinor : price.amountMinor;
    return { ...price, amountMinor, held, sold, wasHeld: known[2] === 1 };
  });
  return {
    ...row,
    onSale,
    reentry: row.reentry === 1,
    newTexts,
    // A version that does not know the column leaves it at its default.
    eventStatus: onSale ? "published" : row.eventStatus,
    prices,
  };
}

export function ticketTypeValues(ticketType: TicketTypeState): SqlStorageValue[] {
  const row: TicketTypeRow = {
    ...ticketType,
    onSale: Number(ticketType.onSale),
    reentry: Number(ticketType.reentry),
    newTexts: JSON.stringify(ticketType.newTexts),
  };
  return TICKET_TYPE_FIELDS.map((field) => row[field]);
}

const PRICE = {
  id: "id",
  name: "name",
  amountMinor: "price_minor",
  capacity: "capacity",
  salesStartMs: "sales_start_ms",
  salesEndMs: "sales_end_ms",
  requiresCode: "requires_code",
  minPerOrder: "min_per_order",
  maxPerOrder: "max_per_order",
  isWithdrawn: "withdrawn",
} as const satisfies Record<keyof PriceRules, string>;

const PRICE_FIELDS = Object.keys(PRICE) as (keyof typeof PRICE)[];
export const PRICE_COLUMNS = Object.values(PRICE).join(", ");
export const PRICE_SELECTED = selected(PRICE);
export const PRICE_VALUES = jsonValues(PRICE_FIELDS.length);

export type PriceRow = Omit<PriceRules, "requiresCode" | "isWithdrawn"> & {
  readonly requiresCode: number;
  readonly isWithdrawn: number;
};

export function toRules(row: PriceRow): PriceRules {
  return { ...row, requiresCode: row.requiresCode === 1, isWithdrawn: row.isWithdrawn === 1 };
}

/** By price: held, sold, and 1 if anybody ever held tickets at it. */
type PriceStock = Readonly<Record<string, readonly [held: number, sold: number, wasHeld: number]>>;

const NOT_COUNTED: PriceStock[string] = [0, 0, 1];
const NEVER_HELD: PriceStock[string] = [0, 0, 0];

export function priceStockOf(prices: readonly Price[]): string {
  const stock: PriceStock = Object.fromEntries(
    prices.map(({ id, held, sold, wasHeld }) => [id, [held, sold, Number(wasHeld)]]),
  );
  return JSON.stringify(stock);
}

/** In the order of `PRICE_COLUMNS`. */
export function priceValues(price: PriceRules): SqlStorageValue[] {
  return PRICE_FIELDS.map((field) => {
    const value = price[field];
    return typeof value === "boolean" ? Number(value) : value;
  });
}

function selected(columns: Readonly<Record<string, string>>): string {
  return Object.entries(columns)
    .map(([field, column]) => `${column} AS ${field}`)
    .join(", ");
}

/** What `json_each` calls the values of a row that is an array. */
function jsonValues(count: number): string {
  return Array.from({ length: count }, (_, index) => `value ->> ${index}`).join(", ");
}
