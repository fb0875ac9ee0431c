// What people and accidents do in a run. Each is data, so that any of it can be left out.

import type { CounterMethod } from "../../src/domain/counter.ts";
import type { PriceChange } from "../../src/domain/price.ts";
import type { EventStatus } from "../../src/domain/stock.ts";
import type { CodeBatch, TicketTypeChange } from "../../src/durable/ticket-type/protocol.ts";
import type { Part } from "./faults.ts";
import type { AnySituation } from "./situations.ts";

/** Versions of the terms that the event may require. Each has contents of its own. */
export const TERMS = ["2031-01", "2031-02"] as const;
export type TermsVersion = (typeof TERMS)[number];

export interface Action {
  readonly index: number;
  readonly atMs: number;
  readonly does: Deed;
}

/** `pick` chooses one of what is there when its time comes. */
export type Deed =
  | { readonly type: "sweep" | "crash consumer" | "queue loses all" }
  | (OnTicketType & { readonly type: "create" | "describe" | "crash object" })
  | (OnTicketType & { readonly type: "delete"; readonly what: "event" | "ticket type" })
  | (OnTicketType & { readonly type: "bookmark" | "restore"; readonly what: "D1" | "object" })
  | (OnTicketType & { readonly type: "change"; readonly change: TicketTypeChange })
  | (OnTicketType & { readonly type: "change prices"; readonly change: PriceChange })
  | (OnTicketType & { readonly type: "add codes"; readonly batch: CodeBatch })
  | (ByBuyer & { readonly type: "close account" })
  | Reserve
  | (OnHold & { readonly type: "pay"; readonly key: number | null; readonly method: string | null })
  | (OnHold & { readonly type: "cancel" | "find" })
  | Order
  | (OnHold & { readonly type: "pay order"; readonly key: number | null; readonly method: string | null })
  | (OnHold & { readonly type: "cancel order" | "find order" })
  | Sell
  /** Of a transfer that is awaited: its money has come. */
  | (OnSale & { readonly type: "take money"; readonly as: "cash" | "transfer"; readonly key: number | null })
  | (OnSale & { readonly type: "cancel sale" })
  | { readonly type: "crash order"; readonly pick: number }
  /** Done once anything is in this state. */
  | { readonly type: "when"; readonly situation: AnySituation; readonly does: Deed }
  /** `endsInMs`: from then on; null for long after all of it. */
  | { readonly type: "announce"; readonly status: EventStatus; readonly endsInMs: number | null }
  /** For good, if all that was sold is refunded. */
  | { readonly type: "call off"; readonly refund: boolean }
  /** What buyers have to accept from then on; null for nothing. */
  | { readonly type: "require terms"; readonly version: TermsVersion | null }
  /** For how long buyers may give back from then on; null: not at all. */
  | { readonly type: "allow giving back"; readonly forMs: number | null }
  /** Of what is sold: all that is left (`tickets` null), or so many of its first item. */
  | {
      readonly type: "refund";
      readonly pick: number;
      readonly tickets: number | null;
      readonly amountMinor: number | null;
      readonly restock: boolean;
      readonly key: number | null;
    }
  | { readonly type: "retry refund" | "dispute"; readonly pick: number }
  | { readonly type: "late success"; readonly pick: number }
  /**
   * Each of the gates scans all of these, in one call. The same key is the same scan again.
   * `slowMs` goes for the ones that it has kept.
   */
  | {
      readonly type: "scan";
      readonly as: "in" | "out" | "undo";
      readonly gates: number;
      readonly key: number | null;
      readonly slowMs: SlowMs;
      readonly scans: readonly ScannedPass[];
    }
  /**
   * With a device that has no network in between: it reads what is new of all passes, lets somebody
   * in by that alone, or brings in whom it has let in. `generation`: off the pass's.
   */
  | (OnPass & {
      readonly type: "device";
      readonly device: number;
      readonly does: "read" | "let in" | "bring";
      readonly slowMs: SlowMs;
      readonly generation: number;
    })
  | (OnPass & {
      readonly type: "pass on";
      readonly by: number | null;
      readonly to: number;
      readonly key: number | null;
    })
  | (OnPass & { readonly type: "name pass"; readonly by: number | null; readonly to: number })
  /** From when people are let in, from then on; null: whenever they come. */
  | { readonly type: "doors"; readonly reentry: boolean; readonly openInMs: number | null }
  /** Somebody says that a charge has succeeded, whether it has or not. */
  | { readonly type: "notice"; readonly pick: number }
  | { readonly type: "clock jumps"; readonly byMs: number }
  | { readonly type: "outage"; readonly part: Part; readonly forMs: number };

/**
 * `pick`: below 0, one of what is sold, counted from the last. `number`: of its passes, 999 for one
 * that it does not have. `by`: a buyer, or null for who holds it.
 */
export interface OnPass {
  readonly pick: number;
  readonly number: number;
}

/**
 * How far a device's clock is behind the true time, below 0 if it is ahead. It says what it shows
 * with what it brings in. Null: it shows the service's time, and says nothing.
 */
export type SlowMs = number | null;

/** `agoMs`: so long ago, while the device was offline; null: now. `generation`: off the pass's. */
export interface ScannedPass extends OnPass {
  readonly agoMs: number | null;
  readonly generation: number;
}

export interface Reserve extends ByBuyer, OnTicketType, Accepting {
  readonly type: "reserve";
  readonly quantities: readonly number[];
  readonly key: number | null;
  readonly priceId: string | null;
  readonly code: string | null;
}

export interface Order extends ByBuyer, Accepting {
  readonly type: "order";
  readonly items: readonly OrderedItem[];
  readonly key: number | null;
}

/** At the counter. `awaitedMs`: how long a transfer is awaited; null for as long as is usual. */
export interface Sell {
  readonly type: "sell";
  readonly items: readonly OrderedItem[];
  readonly method: CounterMethod;
  readonly awaitedMs: number | null;
  readonly key: number | null;
}

export interface OrderedItem extends OnTicketType {
  readonly priceId: string | null;
  readonly code: string | null;
  readonly quantity: number;
}

interface ByBuyer {
  readonly buyer: number;
}

interface Accepting {
  readonly accepts: Accepted;
}

/** The terms that a buyer accepts: those that the shop shows, or any. */
export type Accepted = "shown" | "nothing" | TermsVersion;

/** `ticket`: which of the ticket types. */
interface OnTicketType {
  readonly ticket: number;
}

/** A hold, or an order of the counter. */
export interface OnSale {
  readonly pick: number;
  /** So long after its deadline; null for at once. */
  readonly aroundDeadlineMs: number | null;
}

export interface OnHold extends ByBuyer, OnSale {}

/** Instead of a `pick`: the last one. */
export const LATEST = -1;
