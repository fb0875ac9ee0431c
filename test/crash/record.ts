// The requests and their replies, recorded by a process that is not killed.

import { performance } from "node:perf_hooks";

export type Request =
  | { readonly type: "reserve"; readonly ticket: string; readonly quantity: number; readonly key: string | null }
  | { readonly type: "pay"; readonly reservation: string; readonly method: string | null; readonly key: string | null }
  | { readonly type: "cancel" | "show"; readonly reservation: string };

/** What the checks look at, of all bodies together. */
export interface Body {
  readonly id: string;
  /** Of a problem: `/problems/sold-out`. */
  readonly type?: string;
  readonly available?: number;
  readonly ticket: string;
  readonly quantity: number;
  readonly unit_price: { readonly amount: number; readonly currency: string };
  readonly state: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly payment: { readonly state: string } | null;
}

export interface Call {
  readonly buyer: number;
  readonly request: Request;
  readonly startMs: number;
  /** Infinity until it is known how it ended, and for ever where that never was. */
  endMs: number;
  outcome: "started" | "succeeded" | "refused" | "unknown";
  /** Null where no answer came. */
  status: number | null;
  body: Body | null;
  /** Why the outcome is unknown. */
  fault: string | null;
}

const TIMEOUT_MS = 10_000;

/** Milliseconds since 1970, by a clock that never goes back. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

export class Recorder {
  readonly calls: Call[] = [];
  /** How many calls are under way that may change something. */
  changing = 0;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async call(buyer: number, token: string, request: Request): Promise<Call> {
    const call: Call = {
      buyer,
      request,
      startMs: nowMs(),
      endMs: Number.POSITIVE_INFINITY,
      outcome: "started",
      status: null,
      body: null,
      fault: null,
    };
    this.calls.push(call);
    const changes = request.type === "show" ? 0 : 1;
    this.changing += changes;
    try {
      const response = await fetch(this.#url + pathOf(request), { ...initOf(request, token), signal: timeout() });
      const text = await response.text();
      call.body = text === "" ? null : JSON.parse(text);
      call.status = response.status;
      // "Try again" says nothing of what became of the request.
      const isAnswer = response.status < 500 && !response.headers.has("retry-after");
      call.outcome = !isAnswer ? "unknown" : response.ok ? "succeeded" : "refused";
      if (isAnswer) call.endMs = nowMs();
      else call.fault = `status ${response.status}`;
    } catch (fault) {
      // Refused, reset, cut off in the middle of the answer, or too late: nobody knows what became
      // of it.
      call.outcome = "unknown";
      call.fault = reasonOf(fault);
    } finally {
      this.changing -= changes;
    }
    return call;
  }
}

function timeout(): AbortSignal {
  return AbortSignal.timeout(TIMEOUT_MS);
}

function pathOf(request: Request): string {
  switch (request.type) {
    case "reserve":
      return "/reservations";
    case "pay":
      return `/reservations/${request.reservation}/payment`;
    case "cancel":
    case "show":
      return `/reservations/${request.reservation}`;
  }
}

function initOf(request: Request, token: string): RequestInit {
  const key = "key" in request && request.key !== null ? { "idempotency-key": request.key } : {};
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}`, ...key };
  switch (request.type) {
    case "reserve":
      return { method: "POST", headers, body: JSON.stringify({ ticket: request.ticket, quantity: request.quantity }) };
    case "pay": {
      const body = request.method === null ? {} : { payment_method: request.method };
      return { method: "POST", headers, body: JSON.stringify(body) };
    }
    case "cancel":
      return { method: "DELETE", headers };
    case "show":
      return { method: "GET", headers };
  }
}

function reasonOf(fault: unknown): string {
  if (!(fault instanceof Error)) return String(fault);
  const cause = fault.cause as { code?: string; message?: string } | undefined;
  return cause?.code ?? cause?.message ?? fault.message;
}
