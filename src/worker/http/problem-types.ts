// The types of problems, each with its status and title. They are stable.

export interface ProblemKind {
  readonly status: number;
  readonly title: string;
  /** Where the same request may succeed later. */
  readonly retryAfterSeconds?: number;
}

export const PROBLEMS = {
  "malformed-request": { status: 400, title: "The request can't be read" },
  "no-websocket": { status: 400, title: "WebSocket is not supported here" },
  "invalid-idempotency-key": { status: 400, title: "The Idempotency-Key must be 1 to 255 printable ASCII characters" },
  "invalid-if-match": { status: 400, title: "The If-Match must be entity tags or *" },
  "not-signed-in": { status: 401, title: "Sign in first" },
  "token-expired": { status: 401, title: "The access token has expired" },
  "live-ticket-refused": { status: 401, title: "The live ticket is not valid" },
  "token-invalid": { status: 401, title: "The access token is not valid" },
  "wrong-credentials": { status: 401, title: "The name or the password is wrong" },
  "refresh-token-refused": { status: 401, title: "The refresh token is not valid" },
  "wrong-password": { status: 403, title: "The password is wrong" },
  "wrong-role": { status: 403, title: "Your role does not allow this" },
  "cross-site-request": { status: 403, title: "A request from another site can't use the session cookie" },
  "not-found": { status: 404, title: "Not found" },
  "method-not-allowed": { status: 405, title: "Method not allowed" },
  "username-taken": { status: 409, title: "The username or the e-mail address is taken" },
  "already-registered": { status: 409, title: "The guest has registered already" },
  "guest-account": { status: 409, title: "A guest has to register first" },
  "own-role": { status: 409, title: "You can't change your own role" },
  "organises-events": { status: 409, title: "The account organises events" },
  "account-closing": { status: 409, title: "The account is being deleted" },
  "sold-out": { status: 409, title: "Not enough tickets left" },
  "not-on-sale": { status: 409, title: "Not on sale" },
  "limit-reached": { status: 409, title: "The limit per buyer is reached" },
  "code-refused": { status: 409, title: "The code does not open this price" },
  "code-used-up": { status: 409, title: "The code was used too often" },
  "quantity-not-allowed": { status: 409, title: "Not so many tickets at this price in one order" },
  "terms-not-accepted": { status: 409, title: "The event's terms must be accepted" },
  "part-of-order": { status: 409, title: "The reservation is part of an order" },
  "not-of-counter": { status: 409, title: "The order was not made at the counter" },
  "payment-in-progress": { status: 409, title: "A payment is in progress" },
  "already-confirmed": { status: 409, title: "The reservation is confirmed" },
  "already-refunded": { status: 409, title: "The tickets were given back" },
  "nothing-paid": { status: 409, title: "Nothing was bought" },
  "refund-exceeds": { status: 409, title: "Not so much is left to give back" },
  "refund-not-failed": { status: 409, title: "The refund has not failed" },
  "already-cancelled": { status: 409, title: "The reservation was cancelled" },
  "event-cancelled": { status: 409, title: "The event was cancelled" },
  "already-called-off": { status: 409, title: "The event was called off in another way" },
  "event-over": { status: 409, title: "The event is over" },
  "too-many-ticket-types": { status: 409, title: "The event already has the maximum number of ticket types" },
  "too-many-crew": { status: 409, title: "The crew has the maximum number of members" },
  "too-many-prices": { status: 409, title: "The ticket type already has the maximum number of prices" },
  "too-many-codes": { status: 409, title: "The ticket type would have more than the maximum number of codes" },
  "code-exists": { status: 409, title: "A code opens this price already" },
  "price-in-use": { status: 409, title: "The price can't be deleted" },
  "event-has-sales": { status: 409, title: "Tickets of the event are held or sold" },
  "has-reservations": { status: 409, title: "Tickets have been reserved" },
  "currency-frozen": { status: 409, title: "The currency can't change any more" },
  "other-currency": { status: 409, title: "The event has another currency" },
  "capacity-below-committed": { status: 409, title: "The capacity is below the number of tickets held and sold" },
  "reservation-expired": { status: 410, title: "The reservation has expired" },
  "precondition-failed": { status: 412, title: "Another change came in between" },
  "body-too-large": { status: 413, title: "The body is too large" },
  "unsupported-media-type": { status: 415, title: "The content type is not supported" },
  "invalid-request": { status: 422, title: "The request is invalid" },
  "idempotency-key-reused": { status: 422, title: "The Idempotency-Key was used for another request" },
  // The period of the limits in wrangler.toml. The binding does not say how much of it is left.
  "slow-down": { status: 429, title: "Too many requests", retryAfterSeconds: 60 },
  "internal-error": { status: 500, title: "Internal error" },
  // When there will be room is unknown. Until then the client polls.
  "too-many-watchers": { status: 503, title: "Too many watchers", retryAfterSeconds: 60 },
  "payments-unavailable": { status: 503, title: "Payments are unavailable", retryAfterSeconds: 1 },
  unavailable: { status: 503, title: "Temporarily unavailable", retryAfterSeconds: 1 },
} as const satisfies Record<string, ProblemKind>;

export type ProblemType = keyof typeof PROBLEMS;
