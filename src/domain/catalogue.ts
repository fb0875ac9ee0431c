// Why organisers may not change what they offer.

/** Why an event can't be a draft again, or why it or a ticket type can't be deleted. */
export interface WithdrawalRefusal {
  readonly type: "event_has_sales" | "has_reservations";
  readonly held: number;
  readonly sold: number;
}

/** `currency` is what the event's other ticket types have. */
export interface CurrencyRefusal {
  readonly type: "other_currency";
  readonly currency: string;
}

/**
 * `tickets_incomplete`: an order of ticket types must name each of them. `terms_version_taken`: its
 * terms had other contents in this version before.
 */
export type EventRefusal =
  | { readonly type: "event_unknown" | "ends_before_start" | "tickets_incomplete" }
  | { readonly type: "refundable_after_end" | "doors_after_end" }
  | TermsVersionTaken
  | EventRefunded;

/** What was sold of it is refunded, so it stays called off. */
export interface EventRefunded {
  readonly type: "event_refunded";
}

export interface TermsVersionTaken {
  readonly type: "terms_version_taken";
}

export type NewTicketTypeRefusal =
  | { readonly type: "event_unknown" | "too_many_ticket_types" | "sale_starts_after_event" | "idempotency_key_reused" }
  | CurrencyRefusal;
