// What each operation of the API takes and returns. Made from /openapi.json by `npm run api-types`;
// a test says when it is out of date.

export type Registration = { username: string; email: string; password: string; language?: "en" | "de" };

export type NewGuest = { email: string; language?: "en" | "de" };

export type Credentials = { username: string; password: string };

export type Refresh = { refresh_token?: string | null };

export type AddressNamed = { email: string };

export type PasswordReset = { token: LinkToken; new_password: string };

export type LinkToken = string;

export type SignInLinkAsked = { email: string; about?: OrderId | ReservationId };

export type OrderId = string;

export type ReservationId = string;

export type LinkUse = { token: LinkToken };

export type AccountChange = { language?: "en" | "de" };

export type EmailChange = { email: string; password: string | null };

export type PasswordChange = { current_password: string; new_password: string };

export type AccountDeletion = { password: string | null };

export type NewApiKey = { name: string; scopes: Array<Scope>; expires_at?: Instant | null; password: string };

export type Scope =
  | "events:read"
  | "events:write"
  | "orders:read"
  | "orders:write"
  | "refunds:write"
  | "check-ins:read"
  | "check-ins:write";

export type Instant = string;

export type Id = string;

export type NewWebhook = { url: string; types: Array<WebhookType> };

export type WebhookType =
  | "order.confirmed"
  | "order.cancelled"
  | "order.refunded"
  | "reservation.confirmed"
  | "reservation.refunded"
  | "refund.succeeded"
  | "event.changed"
  | "event.cancelled"
  | "dispute.opened"
  | "dispute.closed";

export type WebhookPatch = { url?: string; types?: Array<WebhookType>; state?: "active" | "paused" };

export type WebhookReplay = { from: number };

export type NewEvent = {
  name: string;
  description?: string;
  venue: string;
  starts_at: Instant;
  ends_at: Instant;
  timezone: string;
  status?: "draft" | "published" | "cancelled";
  refundable_until?: Instant | null;
  doors_open_at?: Instant | null;
  reentry?: boolean;
  terms?: Terms | null;
  seller?: Seller | null;
  vat_rate?: VatRate | null;
};

export type Terms = {
  version: string;
  terms_text?: string | null;
  terms_url?: string | null;
  privacy_text?: string | null;
  privacy_url?: string | null;
  imprint_url?: string | null;
};

export type Seller = { name: string; address: string; vat_id?: string | null };

export type VatRate = number;

export type EventChange = {
  name?: string;
  description?: string;
  venue?: string;
  starts_at?: Instant;
  ends_at?: Instant;
  timezone?: string;
  status?: "draft" | "published" | "cancelled";
  refundable_until?: Instant | null;
  doors_open_at?: Instant | null;
  reentry?: boolean;
  terms?: Terms | null;
  seller?: Seller | null;
  vat_rate?: VatRate | null;
  tickets?: Array<Id>;
};

export type TicketChange = {
  name?: string;
  description?: string;
  price?: Price;
  capacity?: number;
  max_per_buyer?: number | null;
  sales_start?: Instant | null;
  sales_end?: Instant | null;
  hidden?: boolean;
};

export type Price = { amount: number; currency: Currency; exponent?: number };

export type Currency = string;

export type CodeCheck = { code: string };

export type NewCancellation = { refund: boolean; message?: string };

export type NewTicket = {
  name: string;
  description?: string;
  price?: Price;
  capacity: number;
  max_per_buyer?: number | null;
  sales_start?: Instant | null;
  sales_end?: Instant | null;
  hidden?: boolean;
  prices?: Array<NewPrice>;
};

export type NewPrice = {
  name: string;
  price: Price;
  capacity?: number | null;
  sales_start?: Instant | null;
  sales_end?: Instant | null;
  requires_code?: boolean;
  min_per_order?: number;
  max_per_order?: number | null;
};

export type PriceChange = {
  name?: string;
  price?: Price;
  capacity?: number | null;
  sales_start?: Instant | null;
  sales_end?: Instant | null;
  requires_code?: boolean;
  min_per_order?: number;
  max_per_order?: number | null;
  withdrawn?: boolean;
};

export type NewCodes = { codes?: Array<string>; count?: number; uses?: number | null };

export type NewMessage = { subject: string; text: string };

export type NewCrewMember = { part: CrewPart };

export type CrewPart = "manager" | "scanner";

export type NewCrewInvitation = { email: string; part: CrewPart };

export type NewCheckIn = {
  event: Id;
  code?: string;
  gate: string;
  at?: Instant;
  key: ScanKey;
  direction?: "in" | "out";
  pass?: PassId;
};

export type ScanKey = string;

export type PassId = string;

export type NewCheckIns = {
  event: Id;
  sent_at?: Instant;
  scans: Array<{ code: string; gate: string; at?: Instant; key: ScanKey; direction?: "in" | "out" }>;
};

export type Undoing = { key: ScanKey; check_in?: ScanKey };

export type GoingOut = { gate: string; at?: Instant; key: ScanKey };

export type SaleMethod = "online" | "cash" | "transfer" | "free";

export type Day = string;

export type NewEventOrder = {
  items: Array<NewReservation>;
  method: CounterMethod;
  pay_until?: Instant;
  customer?: { name?: string; email?: string };
  note?: string;
};

export type NewReservation = { ticket: Id; quantity: number; price?: Id; code?: string; accepted_terms?: string };

export type CounterMethod = "cash" | "transfer" | "free";

export type SaleId = OrderId | ReservationId;

export type NewEventPayment = { method: "cash" | "transfer" };

export type NewPayment = { payment_method?: string | null };

export type NewRefund = {
  items?: Array<{ reservation: ReservationId; quantity?: number; passes?: Array<PassId> }>;
  all?: true;
  amount?: number;
  restock: boolean;
  reason: string;
};

export type RefundId = string;

export type NewOrder = { items: Array<NewReservation>; accepted_terms?: string };

export type RefundChange = { given_by_hand: boolean };

export type PassChange = { holder_name: string | null };

export type PassingOn = { email: string };

export type RoleChange = { role: "buyer" | "organizer" | "scanner" | "admin" };

export type Handover = { organizer: Id };

export type SaleState = "draft" | "upcoming" | "open" | "ended" | "cancelled";

export type ReservedTicket = { id: Id; name: string };

export type ReservedEvent = {
  id: Id;
  name: string;
  starts_at: Instant;
  ends_at: Instant;
  timezone: string;
  venue: string;
  status: "draft" | "published" | "cancelled";
};

export type AcceptedTerms = { version: string; accepted_at: Instant };

export type Money = { amount: number; currency: Currency; exponent: number };

export type ReservationStatus =
  | "held"
  | "awaiting_payment"
  | "confirmed"
  | "cancelled"
  | "expired"
  | "refunding"
  | "refunded";

export type Payment = {
  state: "pending" | "succeeded" | "failed" | "refund_due" | "refunded";
  amount: number | null;
  currency: string | null;
  total: Money;
  error: { code: string; message: string } | null;
  pending_since: Instant | null;
  next_action: NextAction | null;
};

export type NextAction = { type: "authenticate"; client_secret: string; expires_at: Instant };

export type Refund = {
  id: RefundId;
  requested_by: "organizer" | "buyer" | "service";
  items: Array<{ reservation: ReservationId; quantity: number; passes: Array<PassId> }>;
  amount: Money;
  method: SaleMethod;
  restock: boolean;
  reason: string;
  state: "due" | "pending" | "succeeded" | "failed";
  error: { code: string; message: string } | null;
  created_at: Instant;
  since: Instant;
  given_by_hand_at: Instant | null;
};

export type OrderItem = {
  reservation: ReservationId;
  ticket: Id;
  ticket_type: ReservedTicket | null;
  event: ReservedEvent | null;
  price: Id;
  price_name: string;
  code: string | null;
  terms: AcceptedTerms | null;
  quantity: number;
  refunded_quantity: number;
  unit_price: Money;
  total: Money;
};

export type Account = {
  id: Id;
  username: string | null;
  email: string;
  email_verified_at: Instant | null;
  pending_email: string | null;
  language: "en" | "de";
  guest: boolean;
  role: "buyer" | "organizer" | "scanner" | "admin";
  created_at: Instant;
  deletion_requested_at: Instant | null;
};

export type MalformedRequestProblem = {
  type: "/problems/malformed-request";
  title: string;
  status: 400;
  detail: ProblemDetail;
};

export type ProblemDetail = string;

export type TokenExpiredProblem = {
  type: "/problems/token-expired";
  title: string;
  status: 401;
  detail: ProblemDetail;
};

export type TokenInvalidProblem = {
  type: "/problems/token-invalid";
  title: string;
  status: 401;
  detail: ProblemDetail;
};

export type UsernameTakenProblem = {
  type: "/problems/username-taken";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type AlreadyRegisteredProblem = {
  type: "/problems/already-registered";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type BodyTooLargeProblem = {
  type: "/problems/body-too-large";
  title: string;
  status: 413;
  detail: ProblemDetail;
};

export type UnsupportedMediaTypeProblem = {
  type: "/problems/unsupported-media-type";
  title: string;
  status: 415;
  detail: ProblemDetail;
};

export type InvalidRequestProblem = {
  type: "/problems/invalid-request";
  title: string;
  status: 422;
  detail: ProblemDetail;
  errors: Array<FieldError>;
};

export type FieldError = {
  path: string;
  code:
    | "required"
    | "wrong_type"
    | "unknown_field"
    | "too_small"
    | "too_large"
    | "too_short"
    | "too_long"
    | "wrong_format"
    | "not_allowed"
    | "invalid";
  message: string;
};

export type SlowDownProblem = { type: "/problems/slow-down"; title: string; status: 429; detail: ProblemDetail };

export type InternalErrorProblem = {
  type: "/problems/internal-error";
  title: string;
  status: 500;
  detail: ProblemDetail;
};

export type UnavailableProblem = { type: "/problems/unavailable"; title: string; status: 503; detail: ProblemDetail };

export type AuthToken = { "auth-token": string; refresh_token: string; expires_at: Instant };

export type WrongCredentialsProblem = {
  type: "/problems/wrong-credentials";
  title: string;
  status: 401;
  detail: ProblemDetail;
};

export type CrossSiteRequestProblem = {
  type: "/problems/cross-site-request";
  title: string;
  status: 403;
  detail: ProblemDetail;
};

export type RefreshTokenRefusedProblem = {
  type: "/problems/refresh-token-refused";
  title: string;
  status: 401;
  detail: ProblemDetail;
};

export type MailUnavailableProblem = {
  type: "/problems/mail-unavailable";
  title: string;
  status: 503;
  detail: ProblemDetail;
};

export type PasswordResetDone = { username: string };

export type LinkRefusedProblem = { type: "/problems/link-refused"; title: string; status: 410; detail: ProblemDetail };

export type AddressProof = { email: string; email_verified_at: Instant };

export type AddressTakenProblem = {
  type: "/problems/address-taken";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type NotSignedInProblem = { type: "/problems/not-signed-in"; title: string; status: 401; detail: ProblemDetail };

export type ApiKeyRefusedProblem = {
  type: "/problems/api-key-refused";
  title: string;
  status: 401;
  detail: ProblemDetail;
};

export type ScopeMissingProblem = {
  type: "/problems/scope-missing";
  title: string;
  status: 403;
  detail: ProblemDetail;
  scope: Scope | null;
};

export type WrongPasswordProblem = {
  type: "/problems/wrong-password";
  title: string;
  status: 403;
  detail: ProblemDetail;
};

export type AccountClosingProblem = {
  type: "/problems/account-closing";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type GuestAccountProblem = {
  type: "/problems/guest-account";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type AccountExport = {
  account: Account;
  sessions: Array<{ started_at: Instant; expires_at: Instant; ended_at: Instant | null }>;
  api_keys: Array<ApiKey>;
  webhooks: Array<Webhook>;
  crew: Array<OwnPart>;
  reservations: Array<Reservation>;
  orders: Array<Order>;
  passes: Array<{
    id: PassId;
    reservation: ReservationId;
    ticket: Id;
    bought: boolean;
    holder_name: string | null;
    state: "valid" | "admitted" | "revoked";
    admitted_at: Instant | null;
    gate: string | null;
    revoked_at: Instant | null;
    passed_on_to: string | null;
    passed_on_at: Instant | null;
  }>;
  passed_on: Array<{ pass: PassId; to: string; at: Instant }>;
  receipts: Array<Receipt>;
  mails: Array<{
    kind: string;
    state: "due" | "sent" | "refused" | "suppressed" | "bounced" | "complained" | "dropped";
    since: Instant;
    reservation: ReservationId | null;
    order: OrderId | null;
    created_at: Instant;
    event: Id | null;
  }>;
  audit: Array<AuditEntry>;
};

export type ApiKey = {
  id: Id;
  name: string;
  scopes: Array<Scope>;
  ending: string;
  created_at: Instant;
  expires_at: Instant | null;
  last_used_at: Instant | null;
};

export type Webhook = {
  id: Id;
  url: string;
  types: Array<WebhookType>;
  state: "active" | "paused" | "disabled";
  created_at: Instant;
  last_number: number;
  failing_since: Instant | null;
  previous_secret_until: Instant | null;
};

export type OwnPart = {
  event: {
    id: Id;
    name: string;
    venue: string;
    starts_at: Instant;
    ends_at: Instant;
    timezone: string;
    doors_open_at: Instant | null;
    status: "draft" | "published" | "cancelled";
    capacity: number | null;
    sold: number | null;
  };
  part: CrewPart;
  since: Instant;
};

export type Receipt = {
  order: OrderId | null;
  reservation: ReservationId | null;
  number: string;
  kind: "receipt" | "credit_note" | "reversal";
  corrects: string | null;
  refund: RefundId | null;
  issued_at: Instant;
  seller: SellerOutput;
  lines: Array<ReceiptLine>;
  by_rate: Array<RateSums>;
  net: Money;
  vat: Money;
  total: Money;
};

export type ReceiptLine = {
  reservation: ReservationId;
  event: { id: Id; name: string; starts_at: Instant; timezone: string; venue: string };
  ticket_type: string;
  price_name: string;
  quantity: number;
  unit_price: Money;
  total: Money;
  vat_rate: VatRate | null;
  vat: Money;
};

export type RateSums = { vat_rate: VatRate | null; net: Money; vat: Money; total: Money };

export type AuditEntry = {
  id: string;
  at: Instant;
  action: string;
  actor: Id | null;
  api_key: { id: Id; name: string | null } | null;
  object: { type: string; id: string | null };
  event: Id | null;
  address: string | null;
  details: unknown;
};

export type AccountClosing = {
  deletion_requested_at: Instant;
  erase_at: Instant;
  kept: Array<{ reservation: ReservationId; ticket: Id; state: "held" | "confirmed"; until: Instant }>;
};

export type OrganisesEventsProblem = {
  type: "/problems/organises-events";
  title: string;
  status: 409;
  detail: ProblemDetail;
  events: Array<Id>;
};

export type MadeApiKey = {
  id: Id;
  name: string;
  scopes: Array<Scope>;
  ending: string;
  created_at: Instant;
  expires_at: Instant | null;
  last_used_at: Instant | null;
  api_key: string;
};

export type ApiKeyExistsProblem = {
  type: "/problems/api-key-exists";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type TooManyApiKeysProblem = {
  type: "/problems/too-many-api-keys";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type NotFoundProblem = {
  type: "/problems/not-found";
  title: string;
  status: 404;
  detail: ProblemDetail;
  item?: number;
};

export type WrongRoleProblem = { type: "/problems/wrong-role"; title: string; status: 403; detail: ProblemDetail };

export type MadeWebhook = {
  id: Id;
  url: string;
  types: Array<WebhookType>;
  state: "active" | "paused" | "disabled";
  created_at: Instant;
  last_number: number;
  failing_since: Instant | null;
  previous_secret_until: Instant | null;
  secret: string;
};

export type WebhookExistsProblem = {
  type: "/problems/webhook-exists";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type TooManyWebhooksProblem = {
  type: "/problems/too-many-webhooks";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type WebhookReplayed = { deliveries: number };

export type WebhookDelivery = {
  number: number;
  type:
    | "order.confirmed"
    | "order.cancelled"
    | "order.refunded"
    | "reservation.confirmed"
    | "reservation.refunded"
    | "refund.succeeded"
    | "event.changed"
    | "event.cancelled"
    | "dispute.opened"
    | "dispute.closed"
    | "test";
  state: "due" | "delivered" | "failed";
  created_at: Instant;
  attempts: number;
  next_attempt_at: Instant | null;
  last_attempt_at: Instant | null;
  last_status: number | null;
  last_error:
    | "refused"
    | "redirected"
    | "timeout"
    | "not_reached"
    | "url_not_allowed"
    | "name_not_found"
    | "name_not_resolved"
    | "address_not_public"
    | null;
  body: string;
};

export type EventCancelledProblem = {
  type: "/problems/event-cancelled";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type EventOverProblem = { type: "/problems/event-over"; title: string; status: 409; detail: ProblemDetail };

export type AlreadyInCrewProblem = {
  type: "/problems/already-in-crew";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type TooManyCrewProblem = { type: "/problems/too-many-crew"; title: string; status: 409; detail: ProblemDetail };

export type OpenedCrewInvitation = {
  event: { id: Id; name: string; venue: string; starts_at: Instant; ends_at: Instant; timezone: string };
  organizer: string;
  part: CrewPart;
  open_until: Instant;
  accepted: boolean;
};

export type EventSummary = {
  id: Id;
  organizer: Id;
  name: string;
  description: string;
  venue: string;
  starts_at: Instant;
  ends_at: Instant;
  timezone: string;
  status: "draft" | "published" | "cancelled";
  refundable_until: Instant | null;
  doors_open_at: Instant | null;
  reentry: boolean;
  sale_state: SaleState;
  from_price: Money | null;
  available: number;
  tickets: Array<Id> | Array<Ticket>;
  capacity?: number;
  held?: number;
  sold?: number;
};

export type Ticket = {
  id: Id;
  event: Id;
  name: string;
  description: string;
  price: Money;
  capacity: number;
  max_per_buyer: number | null;
  sales_start: Instant | null;
  sales_end: Instant | null;
  prices: Array<TicketPrice>;
  sale_state: SaleState;
  sale_ends_at: Instant | null;
  available: number;
  held?: number;
  sold?: number;
  hidden?: boolean;
  etag?: string;
};

export type TicketPrice = {
  name: string;
  price: Money;
  capacity: number | null;
  sales_start: Instant | null;
  sales_end: Instant | null;
  requires_code: boolean;
  min_per_order: number;
  max_per_order: number | null;
  id: Id;
  available: number;
  sale_state: SaleState;
  sale_ends_at: Instant | null;
  held?: number;
  sold?: number;
  withdrawn?: boolean;
};

export type EventDetail = {
  id: Id;
  organizer: Id;
  name: string;
  description: string;
  venue: string;
  starts_at: Instant;
  ends_at: Instant;
  timezone: string;
  status: "draft" | "published" | "cancelled";
  refundable_until: Instant | null;
  doors_open_at: Instant | null;
  reentry: boolean;
  sale_state: SaleState;
  from_price: Money | null;
  available: number;
  terms: TermsOutput | null;
  seller: SellerOutput | null;
  vat_rate: VatRate | null;
  cancellation: Cancellation | null;
  tickets: Array<Ticket>;
};

export type Cancellation = { refund: boolean; message: string; called_off_at: Instant | null };

export type InvalidIdempotencyKeyProblem = {
  type: "/problems/invalid-idempotency-key";
  title: string;
  status: 400;
  detail: ProblemDetail;
};

export type IdempotencyKeyReusedProblem = {
  type: "/problems/idempotency-key-reused";
  title: string;
  status: 422;
  detail: ProblemDetail;
};

export type InvalidIfMatchProblem = {
  type: "/problems/invalid-if-match";
  title: string;
  status: 400;
  detail: ProblemDetail;
};

export type EventHasSalesProblem = {
  type: "/problems/event-has-sales";
  title: string;
  status: 409;
  detail: ProblemDetail;
  held: number;
  sold: number;
};

export type AlreadyCalledOffProblem = {
  type: "/problems/already-called-off";
  title: string;
  status: 409;
  detail: ProblemDetail;
  refund: boolean;
  message?: string;
};

export type PreconditionFailedProblem = {
  type: "/problems/precondition-failed";
  title: string;
  status: 412;
  detail: ProblemDetail;
};

export type HasReservationsProblem = {
  type: "/problems/has-reservations";
  title: string;
  status: 409;
  detail: ProblemDetail;
  held: number;
  sold: number;
};

export type TermsOnRecord = {
  version: string;
  terms_text: string | null;
  terms_url: string | null;
  privacy_text: string | null;
  privacy_url: string | null;
  imprint_url: string | null;
  since: Instant;
};

export type CapacityBelowCommittedProblem = {
  type: "/problems/capacity-below-committed";
  title: string;
  status: 409;
  detail: ProblemDetail;
  held: number;
  sold: number;
};

export type CurrencyFrozenProblem = {
  type: "/problems/currency-frozen";
  title: string;
  status: 409;
  detail: ProblemDetail;
  currency: Currency;
};

export type OtherCurrencyProblem = {
  type: "/problems/other-currency";
  title: string;
  status: 409;
  detail: ProblemDetail;
  currency: Currency;
};

export type OpenedPrices = { prices: Array<Id> };

export type CodeRefusedProblem = {
  type: "/problems/code-refused";
  title: string;
  status: 409;
  detail: ProblemDetail;
  item?: number;
};

export type CodeUsedUpProblem = {
  type: "/problems/code-used-up";
  title: string;
  status: 409;
  detail: ProblemDetail;
  uses_left: number;
  item?: number;
};

export type NoWebsocketProblem = { type: "/problems/no-websocket"; title: string; status: 400; detail: ProblemDetail };

export type TooManyWatchersProblem = {
  type: "/problems/too-many-watchers";
  title: string;
  status: 503;
  detail: ProblemDetail;
  poll: string;
};

export type CancellationProgress = {
  refund: boolean;
  message: string;
  called_off_at: Instant | null;
  tickets: Array<{ ticket: Id; name: string; sold: number; held: number; to_refund: number }>;
  refunds: Array<{ state: "due" | "pending" | "succeeded" | "failed"; refunds: number; amount: Money }>;
  by_hand: Array<{ method: SaleMethod; refunds: number; amount: Money; open: { refunds: number; amount: Money } }>;
  failed: Array<{
    refund: RefundId;
    reservation: ReservationId | null;
    order: OrderId | null;
    amount: Money;
    error: { code: string; message: string } | null;
  }>;
  finished_at: Instant | null;
};

export type TooManyTicketTypesProblem = {
  type: "/problems/too-many-ticket-types";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type TooManyPricesProblem = {
  type: "/problems/too-many-prices";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type PriceInUseProblem = { type: "/problems/price-in-use"; title: string; status: 409; detail: ProblemDetail };

export type Code = { code: string; max_uses: number | null; uses: number };

export type TooManyCodesProblem = {
  type: "/problems/too-many-codes";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type CodeExistsProblem = {
  type: "/problems/code-exists";
  title: string;
  status: 409;
  detail: ProblemDetail;
  code: string;
};

export type UnresolvedPayment = {
  payment: string;
  reservation: ReservationId;
  order: OrderId | null;
  ticket: Id;
  state: "pending" | "refund_due" | "refund_failed";
  amount: number;
  currency: string;
  total: Money;
  terms: AcceptedTerms | null;
  since: Instant;
};

export type EventMail = {
  kind: string;
  state: "due" | "sent" | "refused" | "suppressed" | "bounced" | "complained" | "dropped";
  since: Instant;
  reservation: ReservationId | null;
  order: OrderId | null;
  to: string | null;
  error: string | null;
};

export type Message = {
  id: Id;
  subject: string;
  text: string;
  created_at: Instant;
  mails: Array<{
    state: "due" | "sent" | "refused" | "suppressed" | "bounced" | "complained" | "dropped";
    mails: number;
  }>;
  finished_at: Instant | null;
};

export type TooManyMessagesProblem = {
  type: "/problems/too-many-messages";
  title: string;
  status: 429;
  detail: ProblemDetail;
};

export type Dispute = {
  dispute: string;
  payment: string;
  reservation: ReservationId | null;
  order: OrderId | null;
  state: "open" | "won" | "lost";
  reason: string;
  total: Money;
  opened_at: Instant;
  respond_by: Instant | null;
};

export type CrewMember = { account: Id; username: string; part: CrewPart; since: Instant };

export type CrewInvitation = {
  id: Id;
  email: string;
  part: CrewPart;
  invited_at: Instant;
  open_until: Instant;
  mail: "due" | "sent" | "refused" | "suppressed" | "bounced" | "complained" | "dropped" | null;
};

export type TooManyInvitationsProblem = {
  type: "/problems/too-many-invitations";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type TooManyMailsProblem = {
  type: "/problems/too-many-mails";
  title: string;
  status: 429;
  detail: ProblemDetail;
};

export type DoorBundle = {
  event: {
    id: Id;
    name: string;
    timezone: string;
    starts_at: Instant;
    ends_at: Instant;
    doors_open_at: Instant | null;
    reentry: boolean;
    status: "draft" | "published" | "cancelled";
  };
  keys: Array<{ kty: "OKP"; crv: "Ed25519"; x: string; alg: string; use: string; kid: string }>;
  tickets: Array<{ id: Id; name: string; sold: number }>;
  passes: Array<{
    id: PassId;
    state: "valid" | "admitted" | "revoked";
    generation: number;
    outside: boolean;
    at: Instant | null;
    gate: string | null;
  }>;
  disputed: Array<ReservationId>;
  may_undo: boolean;
  cursor: string;
  more: boolean;
};

export type FoundPass = {
  id: PassId;
  state: "valid" | "admitted" | "revoked";
  outside: boolean;
  holder: string | null;
  passed_on_to: string | null;
  ticket: { id: Id; name: string };
  price: { id: Id | null; name: string };
  reservation: ReservationId;
  order: OrderId | null;
  disputed: boolean;
  bought_by: string | null;
};

export type CheckIn = {
  result:
    | "admitted"
    | "readmitted"
    | "went_out"
    | "undone"
    | "already_admitted"
    | "revoked"
    | "wrong_event"
    | "unknown"
    | "too_early"
    | "not_admitted"
    | "already_out"
    | "reentry_not_allowed";
  key: string;
  pass: DoorPass | null;
  at: Instant | null;
  gate: string | null;
  displaced: { at: Instant; gate: string } | null;
  doors_open_at: Instant | null;
};

export type DoorPass = {
  id: PassId;
  state: "valid" | "admitted" | "revoked";
  outside: boolean;
  holder: string | null;
  passed_on_to: string | null;
  ticket: { id: Id; name: string };
  price: { id: Id | null; name: string };
  reservation: ReservationId;
  order: OrderId | null;
  disputed: boolean;
};

export type CheckIns = { results: Array<CheckInOfBatch> };

export type CheckInOfBatch = {
  result:
    | "admitted"
    | "readmitted"
    | "went_out"
    | "undone"
    | "already_admitted"
    | "revoked"
    | "wrong_event"
    | "unknown"
    | "too_early"
    | "not_admitted"
    | "already_out"
    | "reentry_not_allowed"
    | "key_reused";
  key: string;
  pass: DoorPass | null;
  at: Instant | null;
  gate: string | null;
  displaced: { at: Instant; gate: string } | null;
  doors_open_at: Instant | null;
};

export type Attendee = {
  pass: PassId;
  reservation: ReservationId;
  order: OrderId | null;
  name: string | null;
  email: string | null;
  ticket: Id;
  ticket_name: string;
  price: Id;
  price_name: string;
  unit_price: Money;
  code: string | null;
  bought_at: Instant;
  state: "valid" | "admitted" | "revoked";
  admitted_at: Instant | null;
  gate: string | null;
  disputed: boolean;
};

export type EventOrder = {
  id: SaleId;
  items: Array<OrderItem>;
  total: Money;
  state: "held" | "confirmed" | "cancelled" | "expired" | "refunded";
  status: ReservationStatus;
  expires_at: Instant | null;
  expires_in: number | null;
  cancel_requested: boolean;
  created_at: Instant;
  payment: Payment | null;
  refunds: Array<Refund>;
  kind: "order" | "reservation";
  method: SaleMethod;
  buyer: { email: string; guest: boolean } | null;
  sold_by: Id | null;
  taken_by: Id | null;
  customer: { name: string | null; email: string | null } | null;
  note: string | null;
  disputed: boolean;
};

export type SoldOutProblem = {
  type: "/problems/sold-out";
  title: string;
  status: 409;
  detail: ProblemDetail;
  available: number;
  item?: number;
};

export type NotOnSaleProblem = {
  type: "/problems/not-on-sale";
  title: string;
  status: 409;
  detail: ProblemDetail;
  sale_state?: SaleState;
  sales_start: Instant | null;
  sales_end: Instant | null;
  item?: number;
};

export type AlreadyCancelledProblem = {
  type: "/problems/already-cancelled";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type ReservationExpiredProblem = {
  type: "/problems/reservation-expired";
  title: string;
  status: 410;
  detail: ProblemDetail;
};

export type NotOfCounterProblem = {
  type: "/problems/not-of-counter";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type AlreadyConfirmedProblem = {
  type: "/problems/already-confirmed";
  title: string;
  status: 409;
  detail: ProblemDetail;
  refundable_until?: Instant | null;
};

export type AlreadyRefundedProblem = {
  type: "/problems/already-refunded";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type SaleMoment = {
  at: Instant;
  what:
    | "held"
    | "paid"
    | "expired"
    | "refund"
    | "refund_settled"
    | "passed_on"
    | "admitted"
    | "revoked"
    | "mail"
    | "dispute"
    | "audit";
  amount: Money | null;
  tickets: number | null;
  by: string | null;
  reason: string | null;
  state: string | null;
  pass: string | null;
  gate: string | null;
  mail: string | null;
  action: string | null;
  details: unknown;
};

export type Pass = {
  id: PassId;
  reservation: ReservationId;
  number: number;
  order: OrderId | null;
  ticket: Id;
  ticket_type: ReservedTicket | null;
  event: ReservedEvent | null;
  price: Id;
  price_name: string;
  holder_name: string | null;
  state: "valid" | "admitted" | "revoked";
  admitted_at: Instant | null;
  revoked_at: Instant | null;
  passed_on_to: string | null;
  disputed: boolean | null;
  code: string | null;
  google_wallet: boolean;
};

export type NoAddressProblem = { type: "/problems/no-address"; title: string; status: 409; detail: ProblemDetail };

export type NothingPaidProblem = { type: "/problems/nothing-paid"; title: string; status: 409; detail: ProblemDetail };

export type PaymentInProgressProblem = {
  type: "/problems/payment-in-progress";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type EventReport = {
  day: Day;
  timezone: string;
  from: Instant;
  until: Instant;
  totals: Array<{
    method: SaleMethod;
    orders: number;
    tickets: number;
    taken: Money;
    refunds: number;
    refunded_tickets: number;
    given_back: Money;
    net: NetAmount;
  }>;
  by: Array<{
    method: SaleMethod;
    orders: number;
    tickets: number;
    taken: Money;
    refunds: number;
    refunded_tickets: number;
    given_back: Money;
    net: NetAmount;
    account: Id | null;
  }>;
};

export type NetAmount = { amount: number; currency: Currency; exponent: number };

export type EventSales = {
  timezone: string;
  interval: "quarter-hour" | "hour" | "day";
  from: Instant;
  to: Instant;
  first_sale_at: Instant | null;
  totals: Array<{ tickets: number; refunded_tickets: number; taken: Money; given_back: Money; refunding: Money }>;
  ticket_types: Array<{
    ticket: Id;
    name: string;
    capacity: number;
    held: number;
    available: number;
    prices: Array<{
      price: Id;
      price_name: string;
      tickets: number;
      refunded_tickets: number;
      taken: Money;
      given_back: Money;
      refunding: Money;
    }>;
  }>;
  series: Array<{
    from: Instant;
    to: Instant;
    prices: Array<{
      ticket: Id;
      price: Id;
      price_name: string;
      tickets: number;
      refunded_tickets: number;
      taken: Money;
      given_back: Money;
    }>;
  }>;
};

export type EventTakings = {
  totals: Array<{ taken: Money; given_back: Money; refunding: Money; disputed: Money; lost: Money; net: Money }>;
  by: Array<{
    method: SaleMethod;
    taken: Money;
    given_back: Money;
    refunding: Money;
    disputed: Money;
    lost: Money;
    net: Money;
  }>;
};

export type Reconciliation = {
  checked: { tickets: number; reservations: number; orders: number };
  differences: Array<{
    kind:
      | "ticket_unreachable"
      | "order_unreachable"
      | "counters"
      | "ticket_not_known"
      | "ticket_copy"
      | "reservation_copy"
      | "reservation_not_copied"
      | "reservation_not_known"
      | "pass_copy"
      | "pass_not_copied"
      | "pass_not_known"
      | "order_copy"
      | "order_not_copied"
      | "order_not_known"
      | "order_reservation"
      | "order_payment_part"
      | "order_payment"
      | "reservation_of_no_order"
      | "charge_unrecorded"
      | "charge_missing"
      | "charge_not_known"
      | "charge_amount"
      | "refund_unrecorded"
      | "refund_state"
      | "dispute_unrecorded"
      | "dispute_copy"
      | "dispute_not_known"
      | "refund_missing";
    meaning: string;
    ticket: Id;
    reservation: ReservationId | null;
    order: OrderId | null;
    payment: string | null;
    pass: string | null;
    object: unknown;
    elsewhere: unknown;
    repaired: boolean;
  }>;
  money: Array<{ here: MoneySums; at_provider: MoneySums }>;
  next: string | null;
};

export type MoneySums = { taken: Money; given_back: Money; disputed: Money };

export type LimitReachedProblem = {
  type: "/problems/limit-reached";
  title: string;
  status: 409;
  detail: ProblemDetail;
  max_per_buyer: number;
  left_for_you: number;
  item?: number;
};

export type QuantityNotAllowedProblem = {
  type: "/problems/quantity-not-allowed";
  title: string;
  status: 409;
  detail: ProblemDetail;
  min_per_order: number;
  max_per_order: number | null;
  item?: number;
};

export type TotalTooLargeProblem = {
  type: "/problems/total-too-large";
  title: string;
  status: 409;
  detail: ProblemDetail;
  most: Money;
};

export type TermsNotAcceptedProblem = {
  type: "/problems/terms-not-accepted";
  title: string;
  status: 409;
  detail: ProblemDetail;
  terms_version: string;
  item?: number;
};

export type PartOfOrderProblem = {
  type: "/problems/part-of-order";
  title: string;
  status: 409;
  detail: ProblemDetail;
  order: OrderId | null;
};

export type RefundExceedsProblem = {
  type: "/problems/refund-exceeds";
  title: string;
  status: 409;
  detail: ProblemDetail;
  left: Money;
  items: Array<{ reservation: ReservationId; quantity: number }>;
};

export type LiveTicketRefusedProblem = {
  type: "/problems/live-ticket-refused";
  title: string;
  status: 401;
  detail: ProblemDetail;
};

export type LiveTicket = { ticket: string; expires_at: Instant; url: string };

export type PaymentsUnavailableProblem = {
  type: "/problems/payments-unavailable";
  title: string;
  status: 503;
  detail: ProblemDetail;
};

export type PassRevokedProblem = {
  type: "/problems/pass-revoked";
  title: string;
  status: 409;
  detail: ProblemDetail;
  pass?: PassId;
  revoked_at: Instant;
};

export type RefundNotFailedProblem = {
  type: "/problems/refund-not-failed";
  title: string;
  status: 409;
  detail: ProblemDetail;
  state: "due" | "pending" | "succeeded" | "failed";
};

export type RefundReceipts = {
  order: OrderId | null;
  reservation: ReservationId | null;
  refund: RefundId;
  amount: Money;
  receipts: Array<Receipt>;
  none_because: "not_given_back" | "free" | "no_seller" | null;
};

export type Receipts = {
  order: OrderId | null;
  reservation: ReservationId | null;
  receipts: Array<Receipt>;
  none_because: "not_paid" | "free" | "no_seller" | null;
  paid: Money;
  given_back: Money;
};

export type PaymentConfig = { provider: string | null; publishable_key: string | null };

export type RefundNotByHandProblem = {
  type: "/problems/refund-not-by-hand";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type PassAdmittedProblem = {
  type: "/problems/pass-admitted";
  title: string;
  status: 409;
  detail: ProblemDetail;
  admitted_at: Instant;
  gate: string;
};

export type NamesClosedProblem = {
  type: "/problems/names-closed";
  title: string;
  status: 409;
  detail: ProblemDetail;
  closed_at: Instant;
};

export type PassedOnTooOftenProblem = {
  type: "/problems/passed-on-too-often";
  title: string;
  status: 409;
  detail: ProblemDetail;
};

export type WalletLink = { url: string };

export type WalletUnavailableProblem = {
  type: "/problems/wallet-unavailable";
  title: string;
  status: 503;
  detail: ProblemDetail;
};

export type OwnRoleProblem = { type: "/problems/own-role"; title: string; status: 409; detail: ProblemDetail };

export type Health = {
  status: "alive";
  reaches: {
    database: "ok" | "unreachable" | "not_configured" | "not_migrated";
    objects: "ok" | "unreachable" | "not_configured";
    cache: "ok" | "unreachable" | "not_configured";
    payments: "ok" | "unreachable" | "not_configured";
    mail: "ok" | "not_configured";
    keys: "ok" | "not_configured";
  };
};

export type Reservation = {
  id: ReservationId;
  order: OrderId | null;
  ticket: Id;
  ticket_type: ReservedTicket | null;
  event: ReservedEvent | null;
  price: Id;
  price_name: string;
  code: string | null;
  terms: AcceptedTerms | null;
  quantity: number;
  unit_price: Money;
  total: Money;
  state: "held" | "confirmed" | "cancelled" | "expired" | "refunded";
  status: ReservationStatus;
  expires_at: Instant | null;
  expires_in: number | null;
  cancel_requested: boolean;
  created_at: Instant;
  payment: Payment | null;
  refunded_quantity: number;
  refunds: Array<Refund>;
};

export type Order = {
  id: OrderId;
  items: Array<OrderItem>;
  total: Money;
  state: "held" | "confirmed" | "cancelled" | "expired" | "refunded";
  status: ReservationStatus;
  expires_at: Instant | null;
  expires_in: number | null;
  cancel_requested: boolean;
  created_at: Instant;
  payment: Payment | null;
  refunds: Array<Refund>;
};

export type SellerOutput = { name: string; address: string; vat_id: string | null };

export type TermsOutput = {
  version: string;
  terms_text: string | null;
  terms_url: string | null;
  privacy_text: string | null;
  privacy_url: string | null;
  imprint_url: string | null;
};

export type Availability = {
  ticket: Id;
  seq: number;
  capacity: number;
  sale_state: SaleState;
  sales_start: Instant | null;
  sale_ends_at: Instant | null;
  available: number;
  prices: Array<{
    id: Id;
    available: number;
    sale_state: SaleState;
    sale_ends_at: Instant | null;
    sales_start: Instant | null;
  }>;
};

export type DoorCounts = {
  ticket: Id;
  seq: number;
  admitted: number;
  inside: number;
  gates: Array<{ gate: string; admitted: number }>;
};

/** The types of problems, without `/problems/`. */
export type ProblemType =
  | "malformed-request"
  | "token-expired"
  | "token-invalid"
  | "username-taken"
  | "already-registered"
  | "body-too-large"
  | "unsupported-media-type"
  | "invalid-request"
  | "slow-down"
  | "internal-error"
  | "unavailable"
  | "wrong-credentials"
  | "cross-site-request"
  | "refresh-token-refused"
  | "mail-unavailable"
  | "link-refused"
  | "address-taken"
  | "not-signed-in"
  | "api-key-refused"
  | "scope-missing"
  | "wrong-password"
  | "account-closing"
  | "guest-account"
  | "organises-events"
  | "api-key-exists"
  | "too-many-api-keys"
  | "not-found"
  | "wrong-role"
  | "webhook-exists"
  | "too-many-webhooks"
  | "event-cancelled"
  | "event-over"
  | "already-in-crew"
  | "too-many-crew"
  | "invalid-idempotency-key"
  | "idempotency-key-reused"
  | "invalid-if-match"
  | "event-has-sales"
  | "already-called-off"
  | "precondition-failed"
  | "has-reservations"
  | "capacity-below-committed"
  | "currency-frozen"
  | "other-currency"
  | "code-refused"
  | "code-used-up"
  | "no-websocket"
  | "too-many-watchers"
  | "too-many-ticket-types"
  | "too-many-prices"
  | "price-in-use"
  | "too-many-codes"
  | "code-exists"
  | "too-many-messages"
  | "too-many-invitations"
  | "too-many-mails"
  | "sold-out"
  | "not-on-sale"
  | "already-cancelled"
  | "reservation-expired"
  | "not-of-counter"
  | "already-confirmed"
  | "already-refunded"
  | "no-address"
  | "nothing-paid"
  | "payment-in-progress"
  | "limit-reached"
  | "quantity-not-allowed"
  | "total-too-large"
  | "terms-not-accepted"
  | "part-of-order"
  | "refund-exceeds"
  | "live-ticket-refused"
  | "payments-unavailable"
  | "pass-revoked"
  | "refund-not-failed"
  | "refund-not-by-hand"
  | "pass-admitted"
  | "names-closed"
  | "passed-on-too-often"
  | "wallet-unavailable"
  | "own-role";

export interface Operations {
  "POST /register": {
    path: never;
    query: never;
    body: Registration;
    reply: Account;
    event: never;
  };
  "POST /guests": {
    path: never;
    query: never;
    body: NewGuest;
    reply: AuthToken;
    event: never;
  };
  "POST /api-auth/login": {
    path: never;
    query: never;
    body: Credentials;
    reply: AuthToken;
    event: never;
  };
  "POST /api-auth/refresh": {
    path: never;
    query: never;
    body: Refresh;
    reply: AuthToken;
    event: never;
  };
  "POST /api-auth/password-resets": {
    path: never;
    query: never;
    body: AddressNamed;
    reply: undefined;
    event: never;
  };
  "POST /api-auth/password-resets/use": {
    path: never;
    query: never;
    body: PasswordReset;
    reply: PasswordResetDone;
    event: never;
  };
  "POST /api-auth/links": {
    path: never;
    query: never;
    body: SignInLinkAsked;
    reply: undefined;
    event: never;
  };
  "POST /api-auth/links/use": {
    path: never;
    query: never;
    body: LinkUse;
    reply: AuthToken;
    event: never;
  };
  "POST /api-auth/verifications/use": {
    path: never;
    query: never;
    body: LinkUse;
    reply: AddressProof;
    event: never;
  };
  "POST /api-auth/logout": {
    path: never;
    query: never;
    body: never;
    reply: undefined;
    event: never;
  };
  "POST /api-auth/logout-everywhere": {
    path: never;
    query: never;
    body: never;
    reply: undefined;
    event: never;
  };
  "GET /me": {
    path: never;
    query: never;
    body: never;
    reply: Account;
    event: never;
  };
  "PATCH /me": {
    path: never;
    query: never;
    body: AccountChange;
    reply: Account;
    event: never;
  };
  "POST /me/email": {
    path: never;
    query: never;
    body: EmailChange;
    reply: Account;
    event: never;
  };
  "POST /me/email/verification": {
    path: never;
    query: never;
    body: never;
    reply: Account;
    event: never;
  };
  "POST /me/password": {
    path: never;
    query: never;
    body: PasswordChange;
    reply: undefined;
    event: never;
  };
  "GET /me/export": {
    path: never;
    query: never;
    body: never;
    reply: AccountExport;
    event: never;
  };
  "POST /me/deletion": {
    path: never;
    query: never;
    body: AccountDeletion;
    reply: AccountClosing;
    event: never;
  };
  "GET /me/api-keys": {
    path: never;
    query: never;
    body: never;
    reply: Array<ApiKey>;
    event: never;
  };
  "POST /me/api-keys": {
    path: never;
    query: never;
    body: NewApiKey;
    reply: MadeApiKey;
    event: never;
  };
  "DELETE /me/api-keys/{id}": {
    path: { id: Id };
    query: never;
    body: never;
    reply: undefined;
    event: never;
  };
  "GET /me/webhooks": {
    path: never;
    query: never;
    body: never;
    reply: Array<Webhook>;
    event: never;
  };
  "POST /me/webhooks": {
    path: never;
    query: never;
    body: NewWebhook;
    reply: MadeWebhook;
    event: never;
  };
  "PATCH /me/webhooks/{id}": {
    path: { id: Id };
    query: never;
    body: WebhookPatch;
    reply: Webhook;
    event: never;
  };
  "DELETE /me/webhooks/{id}": {
    path: { id: Id };
    query: never;
    body: never;
    reply: undefined;
    event: never;
  };
  "POST /me/webhooks/{id}/secret": {
    path: { id: Id };
    query: never;
    body: never;
    reply: MadeWebhook;
    event: never;
  };
  "POST /me/webhooks/{id}/test": {
    path: { id: Id };
    query: never;
    body: never;
    reply: WebhookReplayed;
    event: never;
  };
  "GET /me/webhooks/{id}/deliveries": {
    path: { id: Id };
    query: { limit?: number; cursor?: string };
    body: never;
    reply: Array<WebhookDelivery>;
    event: never;
  };
  "POST /me/webhooks/{id}/replay": {
    path: { id: Id };
    query: never;
    body: WebhookReplay;
    reply: WebhookReplayed;
    event: never;
  };
  "GET /me/crew": {
    path: never;
    query: { limit?: number; cursor?: string };
    body: never;
    reply: Array<OwnPart>;
    event: never;
  };
  "POST /me/crew": {
    path: never;
    query: never;
    body: LinkUse;
    reply: OwnPart;
    event: never;
  };
  "GET /crew-invitations/{token}": {
    path: { token: LinkToken };
    query: never;
    body: never;
    reply: OpenedCrewInvitation;
    event: never;
  };
  "GET /events": {
    path: never;
    query: {
      limit?: number;
      cursor?: string;
      from?: Instant;
      to?: Instant;
      past?: "true";
      q?: string;
      available?: "true";
      organizer?: Id;
      expand?: "tickets";
    };
    body: never;
    reply: Array<EventSummary>;
    event: never;
  };
  "POST /events": {
    path: never;
    query: never;
    body: NewEvent;
    reply: EventDetail;
    event: never;
  };
  "GET /events/{id}": {
    path: { id: Id };
    query: never;
    body: never;
    reply: EventDetail;
    event: never;
  };
  "PATCH /events/{id}": {
    path: { id: Id };
    query: never;
    body: EventChange;
    reply: EventDetail;
    event: never;
  };
  "DELETE /events/{id}": {
    path: { id: Id };
    query: never;
    body: never;
    reply: undefined;
    event: never;
  };
  "GET /events/{id}/calendar.ics": {
    path: { id: Id };
    query: never;
    body: never;
    reply: string;
    event: never;
  };
  "GET /events/{id}/terms": {
    path: { id: Id };
    query: { limit?: number; cursor?: string };
    body: never;
    reply: Array<TermsOnRecord>;
    event: never;
  };
  "GET /tickets/{id}": {
    path: { id: Id };
    query: never;
    body: never;
    reply: Ticket;
    event: never;
  };
  "PATCH /tickets/{id}": {
    path: { id: Id };
    query: never;
    body: TicketChange;
    reply: Ticket;
    event: never;
  };
  "DELETE /tickets/{id}": {
    path: { id: Id };
    query: never;
    body: never;
    reply: undefined;
    event: never;
  };
  "POST /tickets/{id}/code-checks": {
    path: { id: Id };
    query: never;
    body: CodeCheck;
    reply: OpenedPrices;
    event: never;
  };
  "GET /live": {
    path: never;
    query: { events: string };
    body: never;
    reply: string;
    event: Availability;
  };
  "GET /events/{id}/live": {
    path: { id: Id };
    query: never;
    body: never;
    reply: string;
    event: Availability;
  };
  "GET /tickets/{id}/live": {
    path: { id: Id };
    query: never;
    body: never;
    reply: string;
    event: Availability;
  };
  "POST /events/{id}/cancellation": {
    path: { id: Id };
    query: never;
    body: NewCancellation;
    reply: Cancellation;
    event: never;
  };
  "GET /events/{id}/cancellation": {
    path: { id: Id };
    query: never;
    body: never;
    reply: CancellationProgress;
    event: never;
  };
  "POST /events/{id}/tickets": {
    path: { id: Id };
    query: never;
    body: NewTicket;
    reply: Ticket;
    event: never;
  };
  "POST /tickets/{id}/prices": {
    path: { id: Id };
    query: never;
    body: NewPrice;
    reply: TicketPrice;
    event: never;
  };
  "PATCH /tickets/{id}/prices/{price}": {
    path: { id: Id; price: Id };
    query: never;
    body: PriceChange;
    reply: TicketPrice;
    event: never;
  };
  "DELETE /tickets/{id}/prices/{price}": {
    path: { id: Id; price: Id };
    query: never;
    body: never;
    reply: undefined;
    event: never;
  };
  "POST /tickets/{id}/prices/{price}/codes": {
    path: { id: Id; price: Id };
    query: never;
    body: NewCodes;
    reply: Array<Code>;
    event: never;
  };
  "GET /tickets/{id}/prices/{price}/codes": {
    path: { id: Id; price: Id };
    query: { limit?: number; cursor?: string };
    body: never;
    reply: Array<Code>;
    event: never;
  };
  "GET /events/{id}/unresolved-payments": {
    path: { id: Id };
    query: { limit?: number; cursor?: string };
    body: never;
    reply: Array<UnresolvedPayment>;
    event: never;
  };
  "GET /events/{id}/mails": {
    path: { id: Id };
    query: {
      limit?: number;
      cursor?: string;
      state?: "due" | "sent" | "refused" | "suppressed" | "bounced" | "complained" | "dropped";
    };
    body: never;
    reply: Array<EventMail>;
    event: never;
  };
  "POST /events/{id}/messages": {
    path: { id: Id };
    query: never;
    body: NewMessage;
    reply: Message;
    event: never;
  };
  "GET /events/{id}/messages": {
    path: { id: Id };
    query: { limit?: number; cursor?: string };
    body: never;
    reply: Array<Message>;
    event: never;
  };
  "GET /events/{id}/disputes": {
    path: { id: Id };
    query: { limit?: number; cursor?: string };
    body: never;
    reply: Array<Dispute>;
    event: never;
  };
  "GET /events/{id}/audit": {
    path: { id: Id };
    query: { limit?: number; cursor?: string };
    body: never;
    reply: Array<AuditEntry>;
    event: never;
  };
  "GET /events/{id}/crew": {
    path: { id: Id };
    query: never;
    body: never;
    reply: Array<CrewMember>;
    event: never;
  };
  "PUT /events/{id}/crew/{account}": {
    path: { id: Id; account: Id };
    query: never;
    body: NewCrewMember;
    reply: CrewMember;
    event: never;
  };
  "DELETE /events/{id}/crew/{account}": {
    path: { id: Id; account: Id };
    query: never;
    body: never;
    reply: undefined;
    event: never;
  };
  "GET /events/{id}/crew-invitations": {
    path: { id: Id };
    query: never;
    body: never;
    reply: Array<CrewInvitation>;
    event: never;
  };
  "POST /events/{id}/crew-invitations": {
    path: { id: Id };
    query: never;
    body: NewCrewInvitation;
    reply: CrewInvitation;
    event: never;
  };
  "DELETE /events/{id}/crew-invitations/{invitation}": {
    path: { id: Id; invitation: Id };
    query: never;
    body: never;
    reply: undefined;
    event: never;
  };
  "GET /events/{id}/door": {
    path: { id: Id };
    query: { after?: string };
    body: never;
    reply: DoorBundle;
    event: never;
  };
  "GET /events/{id}/door/live": {
    path: { id: Id };
    query: never;
    body: never;
    reply: string;
    event: DoorCounts;
  };
  "GET /events/{id}/passes": {
    path: { id: Id };
    query: { q: string };
    body: never;
    reply: Array<FoundPass>;
    event: never;
  };
  "POST /check-ins": {
    path: never;
    query: never;
    body: NewCheckIn;
    reply: CheckIn;
    event: never;
  };
  "POST /check-ins/batch": {
    path: never;
    query: never;
    body: NewCheckIns;
    reply: CheckIns;
    event: never;
  };
  "POST /check-ins/{pass}/undo": {
    path: { pass: PassId };
    query: never;
    body: Undoing;
    reply: CheckIn;
    event: never;
  };
  "POST /check-ins/{pass}/out": {
    path: { pass: PassId };
    query: never;
    body: GoingOut;
    reply: CheckIn;
    event: never;
  };
  "GET /events/{id}/attendees": {
    path: { id: Id };
    query: { limit?: number; cursor?: string; q?: string };
    body: never;
    reply: Array<Attendee>;
    event: never;
  };
  "GET /events/{id}/attendees.csv": {
    path: { id: Id };
    query: { separator?: "comma" | "semicolon" };
    body: never;
    reply: string;
    event: never;
  };
  "GET /events/{id}/orders": {
    path: { id: Id };
    query: {
      limit?: number;
      cursor?: string;
      q?: string;
      method?: SaleMethod;
      state?: "held" | "confirmed" | "cancelled" | "expired" | "refunded";
      day?: Day;
    };
    body: never;
    reply: Array<EventOrder>;
    event: never;
  };
  "POST /events/{id}/orders": {
    path: { id: Id };
    query: never;
    body: NewEventOrder;
    reply: EventOrder;
    event: never;
  };
  "GET /events/{id}/orders.csv": {
    path: { id: Id };
    query: {
      separator?: "comma" | "semicolon";
      method?: SaleMethod;
      state?: "held" | "confirmed" | "cancelled" | "expired" | "refunded";
    };
    body: never;
    reply: string;
    event: never;
  };
  "GET /events/{id}/orders/{order}": {
    path: { id: Id; order: SaleId };
    query: never;
    body: never;
    reply: EventOrder;
    event: never;
  };
  "DELETE /events/{id}/orders/{order}": {
    path: { id: Id; order: OrderId };
    query: never;
    body: never;
    reply: undefined;
    event: never;
  };
  "GET /events/{id}/orders/{order}/history": {
    path: { id: Id; order: SaleId };
    query: never;
    body: never;
    reply: Array<SaleMoment>;
    event: never;
  };
  "GET /events/{id}/orders/{order}/passes": {
    path: { id: Id; order: SaleId };
    query: { limit?: number; cursor?: string };
    body: never;
    reply: Array<Pass>;
    event: never;
  };
  "GET /events/{id}/orders/{order}/passes/print": {
    path: { id: Id; order: SaleId };
    query: { cursor?: string; language?: "en" | "de" };
    body: never;
    reply: string;
    event: never;
  };
  "POST /events/{id}/orders/{order}/mails": {
    path: { id: Id; order: SaleId };
    query: never;
    body: never;
    reply: undefined;
    event: never;
  };
  "DELETE /events/{id}/orders/{order}/customer": {
    path: { id: Id; order: OrderId };
    query: never;
    body: never;
    reply: undefined;
    event: never;
  };
  "POST /events/{id}/orders/{order}/payment": {
    path: { id: Id; order: OrderId };
    query: never;
    body: NewEventPayment;
    reply: Payment;
    event: never;
  };
  "GET /events/{id}/report": {
    path: { id: Id };
    query: { day?: Day };
    body: never;
    reply: EventReport;
    event: never;
  };
  "GET /events/{id}/sales": {
    path: { id: Id };
    query: { from?: Instant; to?: Instant; interval?: "quarter-hour" | "hour" | "day" };
    body: never;
    reply: EventSales;
    event: never;
  };
  "GET /events/{id}/takings": {
    path: { id: Id };
    query: never;
    body: never;
    reply: EventTakings;
    event: never;
  };
  "GET /receipts": {
    path: never;
    query: { limit?: number; cursor?: string; series?: string; from?: Instant; to?: Instant };
    body: never;
    reply: Array<Receipt>;
    event: never;
  };
  "POST /reconcile": {
    path: never;
    query: { cursor?: Id | ReservationId };
    body: never;
    reply: Reconciliation;
    event: never;
  };
  "GET /reservations": {
    path: never;
    query: {
      limit?: number;
      cursor?: string;
      state?: "held" | "confirmed" | "cancelled" | "expired" | "refunded";
      event?: Id;
    };
    body: never;
    reply: Array<Reservation>;
    event: never;
  };
  "POST /reservations": {
    path: never;
    query: never;
    body: NewReservation;
    reply: Reservation;
    event: never;
  };
  "GET /reservations/{id}": {
    path: { id: ReservationId };
    query: never;
    body: never;
    reply: Reservation;
    event: never;
  };
  "DELETE /reservations/{id}": {
    path: { id: ReservationId };
    query: never;
    body: never;
    reply: Refund | Reservation | undefined;
    event: never;
  };
  "GET /reservations/{id}/live": {
    path: { id: ReservationId };
    query: { ticket?: string };
    body: never;
    reply: string | undefined;
    event: Reservation;
  };
  "POST /reservations/{id}/live-ticket": {
    path: { id: ReservationId };
    query: never;
    body: never;
    reply: LiveTicket;
    event: never;
  };
  "POST /reservations/{id}/payment": {
    path: { id: ReservationId };
    query: never;
    body: NewPayment;
    reply: Payment;
    event: never;
  };
  "GET /reservations/{id}/payment": {
    path: { id: ReservationId };
    query: never;
    body: never;
    reply: Payment;
    event: never;
  };
  "POST /reservations/{id}/refunds": {
    path: { id: ReservationId };
    query: never;
    body: NewRefund;
    reply: Refund;
    event: never;
  };
  "GET /reservations/{id}/refunds": {
    path: { id: ReservationId };
    query: never;
    body: never;
    reply: Array<Refund>;
    event: never;
  };
  "POST /reservations/{id}/refunds/{refund}/retry": {
    path: { id: ReservationId; refund: RefundId };
    query: never;
    body: never;
    reply: Refund;
    event: never;
  };
  "GET /reservations/{id}/refunds/{refund}/receipt": {
    path: { id: ReservationId; refund: RefundId };
    query: { language?: "en" | "de" };
    body: never;
    reply: RefundReceipts;
    event: never;
  };
  "GET /reservations/{id}/receipt": {
    path: { id: ReservationId };
    query: { language?: "en" | "de" };
    body: never;
    reply: Receipts;
    event: never;
  };
  "GET /payments/config": {
    path: never;
    query: never;
    body: never;
    reply: PaymentConfig;
    event: never;
  };
  "GET /orders": {
    path: never;
    query: { limit?: number; cursor?: string; state?: "held" | "confirmed" | "cancelled" | "expired" | "refunded" };
    body: never;
    reply: Array<Order>;
    event: never;
  };
  "POST /orders": {
    path: never;
    query: never;
    body: NewOrder;
    reply: Order;
    event: never;
  };
  "GET /orders/{id}": {
    path: { id: OrderId };
    query: never;
    body: never;
    reply: Order;
    event: never;
  };
  "DELETE /orders/{id}": {
    path: { id: OrderId };
    query: never;
    body: never;
    reply: Refund | Order | undefined;
    event: never;
  };
  "POST /orders/{id}/payment": {
    path: { id: OrderId };
    query: never;
    body: NewPayment;
    reply: Payment;
    event: never;
  };
  "GET /orders/{id}/payment": {
    path: { id: OrderId };
    query: never;
    body: never;
    reply: Payment;
    event: never;
  };
  "POST /orders/{id}/refunds": {
    path: { id: OrderId };
    query: never;
    body: NewRefund;
    reply: Refund;
    event: never;
  };
  "GET /orders/{id}/refunds": {
    path: { id: OrderId };
    query: never;
    body: never;
    reply: Array<Refund>;
    event: never;
  };
  "POST /orders/{id}/refunds/{refund}/retry": {
    path: { id: OrderId; refund: RefundId };
    query: never;
    body: never;
    reply: Refund;
    event: never;
  };
  "PATCH /orders/{id}/refunds/{refund}": {
    path: { id: OrderId; refund: RefundId };
    query: never;
    body: RefundChange;
    reply: Refund;
    event: never;
  };
  "GET /orders/{id}/refunds/{refund}/receipt": {
    path: { id: OrderId; refund: RefundId };
    query: { language?: "en" | "de" };
    body: never;
    reply: RefundReceipts;
    event: never;
  };
  "GET /orders/{id}/receipt": {
    path: { id: OrderId };
    query: { language?: "en" | "de" };
    body: never;
    reply: Receipts;
    event: never;
  };
  "GET /orders/{id}/calendar.ics": {
    path: { id: OrderId };
    query: never;
    body: never;
    reply: string;
    event: never;
  };
  "GET /reservations/{id}/passes": {
    path: { id: ReservationId };
    query: { limit?: number; cursor?: string };
    body: never;
    reply: Array<Pass>;
    event: never;
  };
  "GET /reservations/{id}/passes/print": {
    path: { id: ReservationId };
    query: { cursor?: string; language?: "en" | "de" };
    body: never;
    reply: string;
    event: never;
  };
  "GET /orders/{id}/passes": {
    path: { id: OrderId };
    query: { limit?: number; cursor?: string };
    body: never;
    reply: Array<Pass>;
    event: never;
  };
  "GET /orders/{id}/passes/print": {
    path: { id: OrderId };
    query: { cursor?: string; language?: "en" | "de" };
    body: never;
    reply: string;
    event: never;
  };
  "POST /reservations/{id}/mails": {
    path: { id: ReservationId };
    query: never;
    body: never;
    reply: undefined;
    event: never;
  };
  "POST /orders/{id}/mails": {
    path: { id: OrderId };
    query: never;
    body: never;
    reply: undefined;
    event: never;
  };
  "GET /passes": {
    path: never;
    query: { limit?: number; cursor?: string };
    body: never;
    reply: Array<Pass>;
    event: never;
  };
  "GET /passes/{id}": {
    path: { id: PassId };
    query: never;
    body: never;
    reply: Pass;
    event: never;
  };
  "PATCH /passes/{id}": {
    path: { id: PassId };
    query: never;
    body: PassChange;
    reply: Pass;
    event: never;
  };
  "POST /passes/{id}/transfer": {
    path: { id: PassId };
    query: never;
    body: PassingOn;
    reply: Pass;
    event: never;
  };
  "GET /passes/{id}/code.svg": {
    path: { id: PassId };
    query: never;
    body: never;
    reply: string;
    event: never;
  };
  "GET /passes/{id}/code.gif": {
    path: { id: PassId };
    query: never;
    body: never;
    reply: string;
    event: never;
  };
  "GET /passes/{id}/google-wallet": {
    path: { id: PassId };
    query: never;
    body: never;
    reply: WalletLink;
    event: never;
  };
  "GET /orders/{id}/live": {
    path: { id: OrderId };
    query: { ticket?: string };
    body: never;
    reply: string | undefined;
    event: Order;
  };
  "POST /orders/{id}/live-ticket": {
    path: { id: OrderId };
    query: never;
    body: never;
    reply: LiveTicket;
    event: never;
  };
  "GET /accounts": {
    path: never;
    query: { username: string };
    body: never;
    reply: Array<Account>;
    event: never;
  };
  "PATCH /accounts/{id}": {
    path: { id: Id };
    query: never;
    body: RoleChange;
    reply: Account;
    event: never;
  };
  "POST /events/{id}/handover": {
    path: { id: Id };
    query: never;
    body: Handover;
    reply: EventDetail;
    event: never;
  };
  "GET /audit": {
    path: never;
    query: { limit?: number; cursor?: string };
    body: never;
    reply: Array<AuditEntry>;
    event: never;
  };
  "GET /health": {
    path: never;
    query: never;
    body: never;
    reply: Health;
    event: never;
  };
}
