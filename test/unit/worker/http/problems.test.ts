// How refusals read on the wire.

import { describe, expect, test } from "vitest";
import {
  invalid,
  PROBLEMS,
  type ProblemType,
  problem,
  type Refusal,
  refuse,
} from "../../../../src/worker/http/problems.ts";

const TYPES = Object.keys(PROBLEMS) as ProblemType[];
const AT = "2031-05-01T09:00:00.000Z";

interface Reading {
  readonly refusal: Refusal;
  readonly type: ProblemType;
  readonly status: number;
  readonly detail: string;
  readonly members?: Readonly<Record<string, unknown>>;
}

// By type, so that a refusal that has no row here does not compile.
const READINGS: Readonly<Record<Refusal["type"], readonly Reading[]>> = {
  sold_out: [
    {
      refusal: { type: "sold_out", available: 0 },
      type: "sold-out",
      status: 409,
      detail: "No tickets are left.",
      members: { available: 0 },
    },
    {
      refusal: { type: "sold_out", available: 3 },
      type: "sold-out",
      status: 409,
      detail: "Only 3 left.",
      members: { available: 3 },
    },
  ],
  not_on_sale: [
    {
      refusal: { type: "not_on_sale", salesStartMs: Date.parse(AT), salesEndMs: null },
      type: "not-on-sale",
      status: 409,
      detail: "Not on sale.",
      members: { sales_start: AT, sales_end: null },
    },
    {
      refusal: { type: "not_on_sale", salesStartMs: null, salesEndMs: 0 },
      type: "not-on-sale",
      status: 409,
      detail: "Not on sale.",
      members: { sales_start: null, sales_end: "1970-01-01T00:00:00.000Z" },
    },
  ],
  limit_reached: [
    {
      refusal: { type: "limit_reached", maxPerBuyer: 4, leftForBuyer: 1 },
      type: "limit-reached",
      status: 409,
      detail: "A buyer may have at most 4, and you may reserve 1 more.",
      members: { max_per_buyer: 4, left_for_you: 1 },
    },
  ],
  capacity_below_committed: [
    {
      refusal: { type: "capacity_below_committed", held: 2, sold: 5 },
      type: "capacity-below-committed",
      status: 409,
      detail: "Tickets held: 2, sold: 5.",
      members: { held: 2, sold: 5 },
    },
  ],
  sales_window_empty: [badField("sales_window_empty", "sales_end", "must be after sales_start")],
  payment_method_required: [
    badField("payment_method_required", "payment_method", "is required: these tickets are not free"),
  ],
  ticket_unknown: [plain("ticket_unknown", "not-found", 404)],
  reservation_unknown: [plain("reservation_unknown", "not-found", 404)],
  payment_unknown: [plain("payment_unknown", "not-found", 404)],
  payment_in_progress: [plain("payment_in_progress", "payment-in-progress", 409)],
  already_confirmed: [plain("already_confirmed", "already-confirmed", 409)],
  already_cancelled: [plain("already_cancelled", "already-cancelled", 409)],
  reservation_expired: [plain("reservation_expired", "reservation-expired", 410)],
  idempotency_key_reused: [plain("idempotency_key_reused", "idempotency-key-reused", 422)],
};

describe("a refusal", () => {
  test.each(Object.values(READINGS).flat())("$refusal reads as $status $type", async (reading) => {
    const { refusal, type, status, detail, members } = reading;
    const response = refuse(refusal);
    expect(response.status).toBe(status);
    expect(await response.json()).toEqual({
      type: `/problems/${type}`,
      title: PROBLEMS[type].title,
      status,
      detail,
      ...members,
    });
  });

  test.each(Object.entries(READINGS))("%s is told by a row of its own", (type, readings) => {
    expect(readings.map((reading) => reading.refusal.type)).toEqual(readings.map(() => type));
  });

  test("of the unknown is the same, byte for byte, whatever is not there", async () => {
    const unknown: Refusal["type"][] = ["ticket_unknown", "reservation_unknown", "payment_unknown"];
    const responses = [problem("not-found"), ...unknown.flatMap((type) => READINGS[type].map(asResponse))];
    const [first, ...others] = await Promise.all(responses.map(wholeOf));
    expect(others).toEqual(others.map(() => first));
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
      unavailable: "1",
    };
    expect(problem(type).headers.get("retry-after")).toBe(seconds[type] ?? null);
    expect(type in seconds).toBe([429, 503].includes(PROBLEMS[type].status));
  });

  test.each(TYPES)("%s says how to sign in, if and only if it is a 401", (type) => {
    expect(problem(type).headers.get("www-authenticate")).toBe(PROBLEMS[type].status === 401 ? "Bearer" : null);
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
      errors: [{ path: "price.amount", message: "too big" }],
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
      errors: [{ path: "price.amount", message: "too big" }],
    });
  });

  test("of one bad field names it", async () => {
    const response = invalid("ends_at", "must be after starts_at");
    expect(response.status).toBe(422);
    expect(await response.json()).toMatchObject({ errors: [{ path: "ends_at", message: "must be after starts_at" }] });
  });
});

function plain(refusal: Exclude<Refusal["type"], MemberedType>, type: ProblemType, status: number): Reading {
  return { refusal: { type: refusal }, type, status, detail: `${PROBLEMS[type].title}.` };
}

type MemberedType = "sold_out" | "not_on_sale" | "limit_reached" | "capacity_below_committed";

function badField(refusal: Exclude<Refusal["type"], MemberedType>, path: string, message: string): Reading {
  const members = { errors: [{ path, message }] };
  return { ...plain(refusal, "invalid-request", 422), detail: "See errors for each field.", members };
}

function asResponse({ refusal }: Reading): Response {
  return refuse(refusal);
}

async function wholeOf(response: Response): Promise<string> {
  return JSON.stringify([response.status, response.statusText, [...response.headers], await response.text()]);
}
