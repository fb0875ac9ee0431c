// What is recorded by a process that is not killed: requests, replies, and the state in the end.

import { performance } from "node:perf_hooks";
import type { AskedPass } from "./gates.ts";
import type { EndOfPasses } from "./look-at-doors.ts";
import type { AskedRefund, OrganiserChange, RefusedRefund } from "./organiser.ts";
import type { TicketType } from "./sale.ts";

export type Request =
  | ({ readonly type: "reserve"; readonly key: string | null } & Item)
  | { readonly type: "order"; readonly items: readonly Item[]; readonly key: string | null }
  | ({
      readonly type: "pay";
      readonly method: string | null;
      /** What the buyer says where the card's bank asks. */
      readonly passes: boolean;
      readonly key: string | null;
    } & Bought)
  | ({ readonly type: "cancel" | "show" } & Bought);

/** `price` is null where the ticket type has one only. */
export interface Item {
  readonly ticket: string;
  readonly quantity: number;
  readonly price: string | null;
  readonly code: string | null;
}

/** Where it is found: `/orders/{id}`. */
export interface Bought {
  readonly of: "reservations" | "orders";
  readonly id: string;
}

/** What the checks look at, of all bodies together. */
export interface Body extends ItemBody {
  readonly id: string;
  /** Of a problem: `/problems/sold-out`, what is left, and of which of an order's items. */
  readonly type?: string;
  readonly available?: number;
  readonly uses_left?: number;
  readonly item?: number;
  /** Of an order. */
  readonly items?: readonly (ItemBody & { readonly reservation: string })[];
  readonly total: Amount;
  /** Of a reservation: the order that it is part of. */
  readonly order?: string | null;
  readonly state: string;
  readonly created_at: string;
  /** Null once it is confirmed. */
  readonly expires_at: string | null;
  readonly payment: Payment | null;
  /** Of an order: those of its reservations are with its items. */
  readonly refunded_quantity?: number;
  readonly refunds?: readonly GivenBack[];
}

interface Payment {
  readonly state: string;
  readonly next_action?: { readonly client_secret: string } | null;
}

/** A refund, as its buyer sees it. */
export interface GivenBack {
  readonly id: string;
  readonly requested_by: string;
  readonly items: readonly { readonly reservation: string; readonly quantity: number }[];
  readonly amount: Amount;
  readonly restock: boolean;
  readonly reason: string;
  readonly state: string;
}

interface Amount {
  readonly amount: number;
  readonly currency: string;
}

interface ItemBody {
  readonly ticket: string;
  readonly price: string;
  readonly code: string | null;
  readonly quantity: number;
  readonly unit_price: Amount;
}

export interface Call {
  readonly buyer: number;
  readonly request: Request;
  readonly startMs: number;
  /** Infinity where nobody knows how it ended. */
  readonly endMs: number;
  readonly outcome: "succeeded" | "refused" | "unknown";
  /** Null where no answer came. */
  readonly status: number | null;
  readonly body: Body | null;
  /** Why the outcome is unknown. */
  readonly fault: string | null;
}

export interface ReservationRow {
  readonly id: string;
  readonly ticket_type_id: string;
  readonly account_id: string;
  readonly order_id: string | null;
  readonly price_id: string | null;
  readonly code: string | null;
  readonly quantity: number;
  readonly unit_price_minor: number;
  readonly given_back: number;
  readonly restocked: number;
  readonly state: string;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
  readonly payment_state: string | null;
}

export interface OrderRow {
  readonly id: string;
  readonly account_id: string;
  readonly state: string;
  readonly created_at_ms: number;
  readonly expires_at_ms: number;
  readonly payment_state: string | null;
  readonly unfinished: number;
}

export interface LedgerRow {
  readonly idempotency_key: string;
  readonly kind: "charge" | "refund";
  /** Or an order's. */
  readonly reservation_id: string;
  readonly method: string;
  readonly amount_minor: number;
  readonly decline_code: string | null;
}

export interface Counters {
  readonly capacity: number;
  readonly held: number;
  readonly sold: number;
  readonly prices: readonly { readonly id: string; readonly held: number; readonly sold: number }[];
}

/** Everything there is to know in the end. */
export interface EndState extends EndOfSale {
  readonly askedPasses: readonly AskedPass[];
  readonly passes: EndOfPasses;
}

export interface EndOfSale {
  readonly calls: readonly Call[];
  readonly changes: readonly OrganiserChange[];
  readonly refunds: readonly AskedRefund[];
  readonly refusedRefunds: readonly RefusedRefund[];
  /** Those that D1 lists in the end, and those that it does not. */
  readonly tickets: readonly TicketType[];
  readonly deleted: readonly TicketType[];
  /** By id: its buyer, what the object shows them, and what D1 has. */
  readonly buyerOf: ReadonlyMap<string, number>;
  readonly shown: ReadonlyMap<string, Body>;
  readonly rows: ReadonlyMap<string, ReservationRow>;
  /** The same of orders. One that was refused is forgotten, though its reservations name it. */
  readonly shownOrders: ReadonlyMap<string, Body>;
  readonly orderRows: ReadonlyMap<string, OrderRow>;
  /** What the buyers' lists of reservations and of orders hold. */
  readonly listed: readonly Listed[];
  readonly ledger: readonly LedgerRow[];
  /** By ticket type: what the object counts, and what D1 says it counts. */
  readonly counted: ReadonlyMap<string, Counters>;
  readonly projected: ReadonlyMap<string, Counters>;
  /** What the service itself finds where it compares objects with D1 and the ledger. */
  readonly differences: readonly unknown[];
  /** When the objects counted. */
  readonly countedMs: { readonly startMs: number; readonly endMs: number };
}

export interface Listed {
  readonly of: Bought["of"];
  readonly buyer: number;
  readonly body: Body;
}

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: object | undefined;
}

const TIMEOUT_MS = 10_000;

/** Milliseconds since 1970, by a clock that never goes back. */
export function nowMs(): number {
  return performance.timeOrigin + performance.now();
}

export class Recorder {
  /** By their end. */
  readonly calls: Call[] = [];
  /** How many calls are under way that may change something. */
  changing = 0;
  /** How many got a reply. */
  answered = 0;
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  async call(buyer: number, token: string, request: Request): Promise<Call> {
    const changes = request.type === "show" ? 0 : 1;
    this.changing += changes;
    const startMs = nowMs();
    const key = "key" in request && request.key !== null ? { "idempotency-key": request.key } : {};
    const reply = await this.send(token, httpOf(request), key);
    this.changing -= changes;
    if (reply.outcome !== "unknown") this.answered += 1;
    const endMs = reply.outcome === "unknown" ? Number.POSITIVE_INFINITY : nowMs();
    const call = { buyer, request, startMs, endMs, ...reply };
    this.calls.push(call);
    return call;
  }

  /** Records nothing. Kills are aimed at it all the same. */
  async change(...request: Parameters<Recorder["send"]>): ReturnType<Recorder["send"]> {
    this.changing += 1;
    const reply = await this.send(...request);
    this.changing -= 1;
    if (reply.outcome !== "unknown") this.answered += 1;
    return reply;
  }

  /** Records nothing. */
  async send(
    token: string,
    { method, path, body }: HttpRequest,
    more: Readonly<Record<string, string>> = {},
  ): Promise<Pick<Call, "outcome" | "status" | "body" | "fault">> {
    const headers = { "content-type": "application/json", authorization: `Bearer ${token}`, ...more };
    const init = {
      method,
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
    try {
      const response = await fetch(this.#url + path, init);
      const text = await response.text();
      const reply = { status: response.status, body: text === "" ? null : (JSON.parse(text) as Body) };
      // "Try again" says nothing of what became of the request.
      const isAnswer = response.status < 500 && !response.headers.has("retry-after");
      if (!isAnswer) return { outcome: "unknown", ...reply, fault: `status ${response.status}` };
      return { outcome: response.ok ? "succeeded" : "refused", ...reply, fault: null };
    } catch (fault) {
      // Refused, reset, cut off in the middle, or too late: nobody knows what became of it.
      return { outcome: "unknown", status: null, body: null, fault: String((fault as Error).cause ?? fault) };
    }
  }
}

function httpOf(request: Request): HttpRequest {
  switch (request.type) {
    case "reserve":
      return { method: "POST", path: "/reservations", body: bodyOf(request) };
    case "order":
      return { method: "POST", path: "/orders", body: { items: request.items.map(bodyOf) } };
    case "pay": {
      const body = request.method === null ? {} : { payment_method: request.method };
      return { method: "POST", path: `/${request.of}/${request.id}/payment`, body };
    }
    default:
      return { method: request.type === "cancel" ? "DELETE" : "GET", path: `/${request.of}/${request.id}` };
  }
}

function bodyOf({ ticket, quantity, price, code }: Item): object {
  return { ticket, quantity, ...(price === null ? {} : { price }), ...(code === null ? {} : { code }) };
}
