// The order as its object keeps it: in memory and in its tables. Every change of it is made here.

import { isOrderDue, type Order, type OrderEvent, type OrderRefusal } from "../../domain/order.ts";
import { decideOrder } from "../../domain/order-decisions.ts";
import { decideOrderRefund, type OrderRefundRefusal } from "../../domain/order-refunds.ts";
import type { RefundEvent } from "../../domain/refund-decisions.ts";
import { log } from "../../platform/log.ts";
import type { NewMessages } from "../shared/message-sender.ts";
import { migrate } from "../shared/migrate.ts";
import type { Settlement } from "../ticket-type/protocol.ts";
import { MIGRATIONS } from "./migrations.ts";
import { newOrder } from "./new-order.ts";
import type { NewOrder } from "./protocol.ts";
import { deadlineOf } from "./schedule.ts";
import { OrderStore, type StoredOrder } from "./store.ts";

/** What a commit changed, and the messages that begin with it. */
export interface Committed extends NewMessages {
  /** Null for a new order. */
  readonly before: Order | null;
  readonly after: Order;
  readonly nowMs: number;
}

export class OrderLedger {
  readonly #storage: DurableObjectStorage;
  readonly store: OrderStore;
  readonly #committed: (committed: Committed) => void;
  /** Null where there is no order. Its storage stays empty until there is one. */
  #stored: StoredOrder | null = null;

  /** `committed` does what a commit left to do. It is called with no await in between. */
  constructor(storage: DurableObjectStorage, committed: (committed: Committed) => void) {
    this.#storage = storage;
    this.store = new OrderStore(storage.sql);
    this.#committed = committed;
  }

  /** Reads the tables, which are there. */
  open(): void {
    this.#storage.transactionSync(() => migrate(this.#storage.sql, MIGRATIONS));
    this.#stored = this.store.read();
  }

  /** The tables are gone. */
  close(): void {
    this.#stored = null;
    this.store.refunds.nextDispatch.invalidate();
  }

  get stored(): StoredOrder | null {
    return this.#stored;
  }

  get order(): Order | null {
    return this.#stored?.order ?? null;
  }

  /** Writes a new order, in the place of one that was refused. */
  insert(request: NewOrder): void {
    const nowMs = Date.now();
    const refused = this.order;
    const stored = newOrder(request, refused, nowMs);
    this.#storage.transactionSync(() => {
      migrate(this.#storage.sql, MIGRATIONS);
      this.store.insert(stored, refused);
    });
    this.#stored = stored;
    this.#committed({ before: null, after: stored.order, messages: [], refundMessages: [], nowMs });
  }

  /** `order`: null where the caller does not see it. */
  decide(order: Order | null, event: OrderEvent): OrderRefusal | null {
    const decision = decideOrder(order, event, Date.now());
    if (decision.type === "refused") return decision.refusal;
    if (decision.type === "changed") this.#commit(decision.order);
    return null;
  }

  /** Records what the provider did for a payment, or for an attempt at a refund. */
  settle(paymentId: string, outcome: Settlement["outcome"]): OrderRefusal | OrderRefundRefusal | null {
    switch (outcome.state) {
      case "refund":
        return this.decideRefund({ type: "settle", attemptId: paymentId, outcome: outcome.refund });
      case "refunded":
        return this.decideRefund({ type: "settle", attemptId: paymentId, outcome: { state: "succeeded" } });
      default:
        return this.decide(this.order, { type: "settle", paymentId, outcome });
    }
  }

  decideRefund(event: RefundEvent): OrderRefundRefusal | null {
    const decision = decideOrderRefund(this.order, event, Date.now());
    if (decision.type === "refused") return decision.refusal;
    if (decision.type === "changed") this.#commit(decision.order);
    return null;
  }

  /** In one commit. What is refused changes nothing. */
  decideAll(events: readonly OrderEvent[]): void {
    const before = this.order;
    const nowMs = Date.now();
    const after = events.reduce((order: Order | null, event) => {
      const decision = decideOrder(order, event, nowMs);
      return decision.type === "changed" ? decision.order : order;
    }, before);
    if (after !== null && after !== before) this.#commit(after);
  }

  /** The deadline decides, whether or not an alarm has run. */
  expire(): void {
    const { order } = this;
    const deadlineMs = order && deadlineOf(order);
    const nowMs = Date.now();
    if (order === null || deadlineMs === null || nowMs < deadlineMs) return;
    this.decide(order, isOrderDue(order, nowMs) ? { type: "due" } : { type: "abandon", notHeld: [] });
  }

  /** Marks payments and refunds that have waited for long. */
  review(): void {
    for (const { id } of this.order?.payments ?? []) {
      const before = this.order;
      this.decide(before, { type: "review", paymentId: id });
      if (this.order !== before) log("error", "payment needs a person", { order: before?.id, payment: id });
    }
    for (const { id } of this.order?.refunds ?? []) {
      const before = this.order;
      this.decideRefund({ type: "review", attemptId: id });
      if (this.order !== before) log("error", "refund needs a person", { order: before?.id, refund: id });
    }
  }

  /** Makes the version higher than both, so that D1 gets the copy again. */
  raiseVersion(aboveVersion: number): void {
    const { order } = this;
    if (order !== null) this.#commit({ ...order, version: Math.max(order.version, aboveVersion) + 1 });
  }

  /**
   * D1 has this version. It is written with the next commit, or by `saveProjected`: if this process
   * ends before, D1 gets the copy once more.
   */
  markProjected(version: number): void {
    const stored = this.#stored;
    if (stored === null || stored.projectedVersion >= version) return;
    this.#stored = { ...stored, projectedVersion: version };
  }

  saveProjected(): void {
    // It may have been deleted meanwhile, and its tables with it.
    if (this.#stored !== null) this.store.markProjected(this.#stored.projectedVersion);
  }

  /**
   * The one way to change an order: a transaction, then what it left to do, with no await in
   * between, so that a crash loses neither.
   */
  #commit(order: Order): void {
    const before = this.#stored;
    if (before === null) throw new Error("there is no order");
    const nowMs = Date.now();
    const stored = { ...before, order };
    const messages = this.#storage.transactionSync(() => this.store.update(before.order, stored, nowMs));
    this.#stored = stored;
    this.#committed({ before: before.order, after: order, ...messages, nowMs });
  }
}
