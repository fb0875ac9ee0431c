// What people and accidents do in a run. Each is data, so that any of it can be left out.

import type { PriceChange } from "../../src/domain/price.ts";
import type { EventStatus } from "../../src/domain/stock.ts";
import type { CodeBatch, TicketTypeChange } from "../../src/durable/ticket-type/protocol.ts";
import type { Part } from "./faults.ts";
import type { AnySituation } from "./situations.ts";

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
  | (ByBuyer & { readonly type: "order"; readonly items: readonly OrderedItem[]; readonly key: number | null })
  | (OnHold & { readonly type: "pay order"; readonly key: number | null; readonly method: string | null })
  | (OnHold & { readonly type: "cancel order" | "find order" })
  | { readonly type: "crash order"; readonly pick: number }
  /** Done once anything is in this state. */
  | { readonly type: "when"; readonly situation: AnySituation; readonly does: Deed }
  /** `endsInMs`: from then on; null for long after all of it. */
  | { readonly type: "announce"; readonly status: EventStatus; readonly endsInMs: number | null }
  /** Of what is sold: all that is left (`tickets` null), or so many of its first item. */
  | {
      readonly type: "refund";
      readonly pick: number;
      readonly tickets: number | null;
      readonly amountMinor: number | null;
      readonly restock: boolean;
      readonly key: number | null;
    }
  | { readonly type: "retry refund"; readonly pick: number }
  | { readonly type: "late success"; readonly pick: number }
  | { readonly type: "clock jumps"; readonly byMs: number }
  | { readonly type: "outage"; readonly part: Part; readonly forMs: number };

export interface Reserve extends ByBuyer, OnTicketType {
  readonly type: "reserve";
  readonly quantities: readonly number[];
  readonly key: number | null;
  readonly priceId: string | null;
  readonly code: string | null;
}

export interface OrderedItem extends OnTicketType {
  readonly priceId: string | null;
  readonly code: string | null;
  readonly quantity: number;
}

interface ByBuyer {
  readonly buyer: number;
}

/** `ticket`: which of the ticket types. */
interface OnTicketType {
  readonly ticket: number;
}

export interface OnHold extends ByBuyer {
  readonly pick: number;
  /** So long after the hold's deadline; null for at once. */
  readonly aroundDeadlineMs: number | null;
}

/** Instead of a `pick`: the last one. */
export const LATEST = -1;
