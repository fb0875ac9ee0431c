// Errors as Stripe's API sends them.

export interface ErrorBody {
  readonly type: "card_error" | "invalid_request_error" | "idempotency_error" | "api_error";
  readonly code?: string;
  readonly decline_code?: string;
  readonly message: string;
  readonly param?: string;
  readonly payment_intent?: unknown;
}

export class StripeFault extends Error {
  readonly status: number;
  readonly body: ErrorBody;
  /** Whether the reply is kept with the request's key: not if nothing was carried out. */
  readonly isKept: boolean;

  constructor(status: number, body: ErrorBody, isKept: boolean) {
    super(body.message);
    this.status = status;
    this.body = body;
    this.isKept = isKept;
  }

  static invalid(code: string, message: string, param: string | null, intent?: unknown): StripeFault {
    const body = { type: "invalid_request_error", code, message, ...(param === null ? {} : { param }) } as const;
    return new StripeFault(400, intent === undefined ? body : { ...body, payment_intent: intent }, true);
  }

  static missing(what: string, id: string): StripeFault {
    const body = {
      type: "invalid_request_error",
      code: "resource_missing",
      message: `No such ${what}: '${id}'`,
    } as const;
    return new StripeFault(404, body, true);
  }
}

export const TOO_MANY = new StripeFault(
  429,
  { type: "invalid_request_error", code: "rate_limit", message: "Request rate limit exceeded." },
  false,
);
export const NO_KEY = new StripeFault(
  401,
  { type: "invalid_request_error", message: "Invalid API Key provided" },
  false,
);
export const KEY_IN_USE = new StripeFault(
  409,
  {
    type: "idempotency_error",
    code: "idempotency_key_in_use",
    message: "Another request with this key is in progress.",
  },
  false,
);
export const KEY_REUSED = new StripeFault(
  400,
  { type: "idempotency_error", message: "Keys for idempotent requests can only be used with the same parameters." },
  false,
);
export const BROKEN = new StripeFault(500, { type: "api_error", message: "Something went wrong on our end." }, true);
