// How refusals read on the wire.

import { describe, expect, test } from "vitest";
import { refusePass } from "../../../../src/worker/http/pass-problems.ts";
import { problemSchema } from "../../../../src/worker/http/problem-schemas.ts";
import { PROBLEMS, type ProblemType } from "../../../../src/worker/http/problem-types.ts";
import { invalid, problem, type Refusal, refuse } from "../../../../src/worker/http/problems.ts";
import { refuseRefund } from "../../../../src/worker/http/refund-problems.ts";

const TYPES = Object.keys(PROBLEMS) as ProblemType[];
const AT = "2031-05-01T09:00:00.000Z";
const AT_MS = Date.parse(AT);

/** What a refusal says, and how that reads. */
type Reading = readonly [facts: object, type: ProblemType, status: number, detail: string, members?: object];

// By type, so that a refusal that has no row here does not compile.
const READINGS: Readonly<Record<Refusal["type"], readonly [Reading, ...Reading[]]>> = {
  sold_out: [
    [{ available: 0 }, "sold-out", 409, "No tickets are left.", { available: 0 }],
    [{ available: 3 }, "sold-out", 409, "Only 3 left.", { available: 3 }],
  ],
  not_on_sale: [
    notOnSale({ salesStartMs: AT_MS, salesEndMs: null }, { sales_start: AT, sales_end: null }),
    notOnSale(
      { salesStartMs: null, salesEndMs: AT_MS, saleState: "cancelled" },
      { sale_state: "cancelled", sales_start: null, sales_end: AT },
    ),
  ],
  limit_reached: [
    [
      { maxPerBuyer: 4, leftForBuyer: 1 },
      "limit-reached",
      409,
      "A buyer may have at most 4, and you may reserve 1 more.",
      { max_per_buyer: 4, left_for_you: 1 },
    ],
  ],
  already_refunded: [plain("already-refunded", 409)],
  refundable_after_end: [badField("refundable_until", "must not be after ends_at")],
  doors_after_end: [badField("doors_open_at", "must be before ends_at")],
  precondition_failed: [[{}, "precondition-failed", 412, "Another change came in between."]],
  capacity_below_committed: [
    [{ held: 2, sold: 5 }, "capacity-below-committed", 409, "Tickets held: 2, sold: 5.", { held: 2, sold: 5 }],
  ],
  price_capacity_below_committed: [
    [{ held: 2, sold: 5 }, "capacity-below-committed", 409, "Tickets held: 2, sold: 5.", { held: 2, sold: 5 }],
  ],
  price_required: [badField("price", "is required: the ticket type has several prices")],
  price_unknown: [badField("price", "is not a price of the ticket type")],
  terms_not_accepted: [
    [{ version: "2" }, "terms-not-accepted", 409, "Version 2 must be accepted.", { terms_version: "2" }],
  ],
  terms_version_taken: [badField("terms.version", "was used for other terms: give these a version of their own")],
  no_such_price: [plain("not-found", 404)],
  code_refused: [plain("code-refused", 409)],
  code_used_up: [
    [{ usesLeft: 0 }, "code-used-up", 409, "It is used up.", { uses_left: 0 }],
    [{ usesLeft: 2 }, "code-used-up", 409, "It is good for 2 more.", { uses_left: 2 }],
  ],
  quantity_not_allowed: [
    [
      { minPerOrder: 2, maxPerOrder: null },
      "quantity-not-allowed",
      409,
      "At least 2 at this price in one order.",
      { min_per_order: 2, max_per_order: null },
    ],
    [
      { minPerOrder: 2, maxPerOrder: 4 },
      "quantity-not-allowed",
      409,
      "At least 2 and at most 4 at this price in one order.",
      { min_per_order: 2, max_per_order: 4 },
    ],
  ],
  too_many_prices: [plain("too-many-prices", 409)],
  too_many_codes: [plain("too-many-codes", 409)],
  code_exists: [[{ code: "PRESS" }, "code-exists", 409, "PRESS does.", { code: "PRESS" }]],
  price_is_first: [[{}, "price-in-use", 409, "It is the ticket type's first one. Take it off sale instead."]],
  price_has_sales: [[{}, "price-in-use", 409, "Tickets were reserved at it. Take it off sale instead."]],
  price_window_empty: [badField("sales_end", "must be after sales_start")],
  price_window_outside: [
    badField("sales_start", "must lie within the ticket type's own sale", { side: "start" }),
    badField("sales_end", "must lie within the ticket type's own sale", { side: "end" }),
  ],
  price_order_bounds: [badField("max_per_order", "must not be below min_per_order")],
  currency_not_chargeable: [
    badField("price.currency", "is not a currency that the payment provider charges in", { path: "price" }),
  ],
  amount_too_fine: [
    badField("price.amount", "must be a multiple of 10 for the payment provider", { path: "price", stepMinor: 10 }),
  ],
  amount_too_small: [
    badField("prices.1.price.amount", "must be 0 or at least 50 for the payment provider", {
      path: "prices.1.price",
      leastMinor: 50,
    }),
  ],
  amount_too_large: [
    badField("price.amount", "must be at most 99999999 for the payment provider", {
      path: "price",
      mostMinor: 99_999_999,
    }),
  ],
  total_too_large: [
    [
      { mostMinor: 99_999_999, currency: "EUR" },
      "total-too-large",
      409,
      "So much can't be paid at once.",
      { most: { amount: 99_999_999, currency: "EUR", exponent: 2 } },
    ],
  ],
  event_has_sales: [[{ held: 2, sold: 5 }, "event-has-sales", 409, "Tickets held: 2, sold: 5.", { held: 2, sold: 5 }]],
  has_reservations: [
    [{ held: 0, sold: 5 }, "has-reservations", 409, "Tickets held: 0, sold: 5.", { held: 0, sold: 5 }],
  ],
  currency_frozen: [[{ currency: "EUR" }, "currency-frozen", 409, "It is EUR.", { currency: "EUR" }]],
  other_currency: [[{ currency: "EUR" }, "other-currency", 409, "It is EUR.", { currency: "EUR" }]],
  too_many_ticket_types: [plain("too-many-ticket-types", 409)],
  ends_before_start: [badField("ends_at", "must be after starts_at")],
  tickets_incomplete: [badField("tickets", "must name each ticket type of the event")],
  event_unknown: [plain("not-found", 404)],
  event_refunded: [[{}, "already-called-off", 409, "What was sold of it is refunded.", { refund: true }]],
  called_off_otherwise: [
    [
      { refund: false, message: "Rain.", atMs: 1 },
      "already-called-off",
      409,
      "What its buyers know already stays.",
      { refund: false, message: "Rain." },
    ],
  ],
  sales_window_empty: [badField("sales_end", "must be after sales_start")],
  sale_starts_after_event: [badField("sales_start", "must be before the event ends")],
  payment_method_required: [badField("payment_method", "is required: these tickets are not free")],
  ticket_unknown: [plain("not-found", 404)],
  reservation_unknown: [plain("not-found", 404)],
  order_unknown: [plain("not-found", 404)],
  payment_unknown: [plain("not-found", 404)],
  part_of_order: [
    [{ orderId: "7d2k" }, "part-of-order", 409, "The reservation is part of an order.", { order: "7d2k" }],
  ],
  payment_in_progress: [plain("payment-in-progress", 409)],
  already_confirmed: [plain("already-confirmed", 409)],
  already_cancelled: [plain("already-cancelled", 409)],
  event_cancelled: [plain("event-cancelled", 409)],
  event_over: [plain("event-over", 409)],
  reservation_expired: [plain("reservation-expired", 410)],
  idempotency_key_reused: [plain("idempotency-key-reused", 422)],
};

const ROWS = Object.entries(READINGS).flatMap(([type, readings]) =>
  readings.map(([facts, ...reading]) => ({ refusal: { type, ...facts } as Refusal, reading })),
);

describe("a refusal", () => {
  test.each(ROWS)("$refusal reads as $reading", async ({ refusal, reading: [type, status, detail, members] }) => {
    const response = refuse(refusal);
    expect(response.status).toBe(status);
    const { title } = PROBLEMS[type];
    expect(await response.json()).toEqual({ type: `/problems/${type}`, title, status, detail, ...members });
  });

  test("of the unknown is the same, byte for byte, whatever is not there", async () => {
    const unknown = ["ticket_unknown", "reservation_unknown", "payment_unknown"] as const;
    const responses = [problem("not-found"), ...unknown.map((type) => refuse({ type }))];
    const [first, ...others] = await Promise.all(responses.map(wholeOf));
    expect(others).toEqual(others.map(() => first));
  });
});

describe("what a refusal says besides its detail is described:", () => {
  const ofPasses = [
    { type: "pass_revoked", revokedAtMs: 1 },
    { type: "pass_admitted", atMs: 1, gate: "North" },
    { type: "names_closed", closedAtMs: 1 },
    { type: "passed_on_too_often" },
  ] as const;
  const ofRefunds = [
    {
      type: "refund_exceeds",
      leftMinor: 7,
      items: [{ reservationId: `${"0".repeat(16)}-${"0".repeat(20)}`, quantity: 1 }],
    },
    { type: "refund_not_failed", state: "due" },
    { type: "refund_not_by_hand" },
    { type: "not_refundable", refundableUntilMs: 1 },
  ] as const;

  test.each([
    ...ofPasses.map((refusal) => ({ type: refusal.type, response: refusePass(refusal) })),
    ...ofRefunds.map((refusal) => ({ type: refusal.type, response: refuseRefund(refusal, "EUR") })),
  ])("$type", async ({ response }) => {
    const body = (await response.json()) as { type: string };
    const type = body.type.replace("/problems/", "") as ProblemType;
    expect(problemSchema([type]).safeParse(body)).toMatchObject({ success: true });
    expect(problemSchema([type]).safeParse({ ...body, more: 1 })).toMatchObject({ success: false });
  });
});

describe("every problem", () => {
  test.each(TYPES)("%s has the status, the title and the type that it promises", async (type) => {
    const { status, title } = PROBLEMS[type];
    const response = problem(type);
    expect(status).toSatisfy((code: number) => Number.isInteger(code) && code >= 400 && code <= 599);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(await response.json()).toEqual({ type: `/problems/${type}`, title, status, detail: `${title}.` });
  });

  test.each(TYPES)("%s says when to try again, if and only if it may pass by itself", (type) => {
    const seconds: Partial<Record<ProblemType, string>> = {
      "slow-down": "60",
      "too-many-watchers": "60",
      "payments-unavailable": "1",
      "too-many-messages": "3600",
      "too-many-mails": "3600",
      "wallet-unavailable": "60",
      "mail-unavailable": "60",
      unavailable: "1",
    };
    expect(problem(type).headers.get("retry-after")).toBe(seconds[type] ?? null);
    expect(type in seconds).toBe([429, 503].includes(PROBLEMS[type].status));
  });

  test.each(TYPES)("%s says how to sign in, if and only if it is a 401", (type) => {
    const challenges: Partial<Record<ProblemType, string>> = {
      "token-expired": 'Bearer error="invalid_token", error_description="The access token has expired"',
      "token-invalid": 'Bearer error="invalid_token", error_description="The access token is not valid"',
      "api-key-refused": 'Bearer error="invalid_token", error_description="The API key is not valid"',
    };
    const plain = PROBLEMS[type].status === 401 ? "Bearer" : null;
    expect(problem(type).headers.get("www-authenticate")).toBe(challenges[type] ?? plain);
  });

  test("has a type that can stand in a URL", () => {
    for (const type of TYPES) expect(type).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  test("that is not found is of one type, so that none tells what it did not find", () => {
    expect(TYPES.filter((type) => PROBLEMS[type].status === 404)).toEqual(["not-found"]);
  });
});

describe("a problem", () => {
  test("carries its detail, its members, its errors and its headers", async () => {
    const response = problem("invalid-request", {
      detail: "See errors.",
      members: { hint: 7 },
      errors: [{ path: "price.amount", code: "too_large", message: "too big" }],
      headers: { allow: "GET", "cache-control": "private" },
    });
    expect(response.headers.get("allow")).toBe("GET");
    expect(response.headers.get("cache-control")).toBe("private");
    expect(await response.json()).toEqual({
      type: "/problems/invalid-request",
      title: "The request is invalid",
      status: 422,
      detail: "See errors.",
      hint: 7,
      errors: [{ path: "price.amount", code: "too_large", message: "too big" }],
    });
  });

  test("of one bad field names it", async () => {
    const response = invalid("ends_at", "must be after starts_at");
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({
      errors: [{ path: "ends_at", code: "invalid", message: "must be after starts_at" }],
    });
  });
});

function plain(type: ProblemType, status: number): Reading {
  return [{}, type, status, `${PROBLEMS[type].title}.`];
}

function notOnSale(facts: object, members: object): Reading {
  return [facts, "not-on-sale", 409, "Not on sale.", members];
}

function badField(path: string, message: string, facts = {}): Reading {
  return [
    facts,
    "invalid-request",
    422,
    "See errors for each field.",
    { errors: [{ path, code: "invalid", message }] },
  ];
}

async function wholeOf(response: Response): Promise<string> {
  return JSON.stringify([response.status, response.statusText, [...response.headers], await response.text()]);
}
