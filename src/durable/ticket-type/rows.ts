// Which column of the object's tables holds which field, and how a row becomes an object.

import type { Payment } from "../../domain/payment.ts";
import type { Reservation } from "../../domain/reservation.ts";
import type { TicketTypeState } from "./protocol.ts";

/** The columns of a reservation's own row. Its payments have rows of their own. */
const RESERVATION = {
  id: "id",
  accountId: "account_id",
  quantity: "quantity",
  unitPriceMinor: "unit_price_minor",
  currency: "currency",
  state: "state",
  releaseAs: "release_as",
  createdAtMs: "created_at_ms",
  expiresAtMs: "expires_at_ms",
  version: "version",
} as const satisfies Record<keyof Omit<Reservation, "payments">, string>;

const RESERVATION_FIELDS = Object.keys(RESERVATION) as (keyof typeof RESERVATION)[];
export const RESERVATION_COLUMNS = Object.values(RESERVATION).join(", ");
export const RESERVATION_SELECTED = selected(RESERVATION);
export const RESERVATION_VALUES = jsonValues(RESERVATION_FIELDS.length);

export type ReservationRow = Omit<Reservation, "payments">;

/** A reservation's fields in the order of `RESERVATION_COLUMNS`. */
export function reservationValues(reservation: Reservation): SqlStorageValue[] {
  return RESERVATION_FIELDS.map((field) => reservation[field]);
}

export const PAYMENT_COLUMNS =
  "id, reservation_id, key, method, state, failure_code, failure_message, since_ms, needs_person, dispatches, dispatch_at_ms";
export const PAYMENT_VALUES = jsonValues(PAYMENT_COLUMNS.split(", ").length);
export const PAYMENT_SELECTED = `reservation_id AS reservationId, id, key, method, state, failure_code AS failureCode,
  failure_message AS failureMessage, since_ms AS sinceMs, needs_person AS needsPerson`;

export type PaymentRow = Omit<Payment, "failure" | "needsPerson"> & {
  readonly reservationId: string;
  readonly failureCode: string | null;
  readonly failureMessage: string | null;
  readonly needsPerson: number;
};

export function toPayment({
  reservationId,
  failureCode,
  failureMessage,
  needsPerson,
  ...payment
}: PaymentRow): Payment {
  const failure = failureCode === null ? null : { code: failureCode, message: failureMessage ?? failureCode };
  return { ...payment, failure, needsPerson: needsPerson === 1 };
}

const TICKET_TYPE = {
  ticketTypeId: "id",
  capacity: "capacity",
  held: "held",
  sold: "sold",
  onSale: "on_sale",
  onSaleVersion: "on_sale_version",
  eventStatus: "event_status",
  eventEndsMs: "event_ends_ms",
  eventVersion: "event_version",
  priceMinor: "price_minor",
  currency: "currency",
  maxPerBuyer: "max_per_buyer",
  salesStartMs: "sales_start_ms",
  salesEndMs: "sales_end_ms",
  version: "version",
  edition: "edition",
  newTexts: "new_texts",
} as const satisfies Record<keyof TicketTypeState, string>;

const TICKET_TYPE_FIELDS = Object.keys(TICKET_TYPE) as (keyof typeof TICKET_TYPE)[];
export const TICKET_TYPE_COLUMNS = Object.values(TICKET_TYPE).join(", ");
export const TICKET_TYPE_SELECTED = selected(TICKET_TYPE);
export const TICKET_TYPE_VALUES = TICKET_TYPE_FIELDS.map(() => "?").join(", ");

export type TicketTypeRow = Omit<TicketTypeState, "onSale" | "newTexts"> & {
  readonly onSale: number;
  readonly newTexts: string;
};

export function toTicketType(row: TicketTypeRow): TicketTypeState {
  const onSale = row.onSale === 1;
  // A version that does not know the column leaves it at its default.
  const newTexts: TicketTypeState["newTexts"] = JSON.parse(row.newTexts);
  return { ...row, onSale, newTexts, eventStatus: onSale ? "published" : row.eventStatus };
}

export function ticketTypeValues(ticketType: TicketTypeState): SqlStorageValue[] {
  const row: TicketTypeRow = {
    ...ticketType,
    onSale: Number(ticketType.onSale),
    newTexts: JSON.stringify(ticketType.newTexts),
  };
  return TICKET_TYPE_FIELDS.map((field) => row[field]);
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
