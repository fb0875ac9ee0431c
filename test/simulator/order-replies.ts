// Compares each result of an order's object with what it should be, by its tables before the call.

import type { OrderItemView } from "../../src/domain/order.ts";
import type {
  CancelOrderResult,
  FindOrderResult,
  NewOrder,
  NewOrderResult,
  OrderRefundResult,
  PayOrderRequest,
  PayOrderResult,
} from "../../src/durable/order/protocol.ts";
import { hasEnded, isVisible, type MirroredOrder, type OrderMirror, totalOf } from "./order-mirror.ts";
import type { Verdict } from "./verdicts.ts";
import type { World } from "./world.ts";

// What a ticket type may say to a payment that begins.
const NOT_BEGUN: readonly Verdict[] = [
  "reservation_expired",
  "already_cancelled",
  "event_cancelled",
  "event_over",
  // The order was cancelled, or its payment gave way to another one, while this call waited.
  "payment_unknown",
  // It is still beginning when the call has waited long enough: its buyer asks again.
  "unavailable",
];

export class OrderReplies {
  readonly #world: World;
  readonly #mirror: OrderMirror;
  /** What a key's first success was, and for which of the orders that the object has been. */
  #success: { readonly result: string; readonly forgotten: number } | null = null;

  constructor(world: World, mirror: OrderMirror) {
    this.#world = world;
    this.#mirror = mirror;
  }

  /** A call arrives at the object. Returns the check of its result. */
  witness(method: string, args: readonly unknown[]): (result: unknown) => void {
    const order = this.#mirror.order;
    const nowMs = this.#world.timeline.wallMs;
    switch (method) {
      case "create":
        return this.#witnessCreate(args[0] as NewOrder, order);
      case "pay": {
        const expected = expectPay(order, args[0] as PayOrderRequest, nowMs);
        return (result) => this.#check("pay order", expected, paid(result as PayOrderResult));
      }
      case "cancel": {
        const expected = expectCancel(order, args[0] as string, nowMs);
        return (result) => this.#check("cancel order", expected, cancelled(result as CancelOrderResult));
      }
      case "giveBack": {
        const expected = expectGiveBack(order, args[0] as string);
        return (result) => this.#check("give back order", expected, givenBack(result as OrderRefundResult));
      }
      case "find": {
        const expected = expectFind(order, args[0] as string, nowMs);
        return (result) => this.#check("find order", [expected], found(result as FindOrderResult));
      }
      default:
        return () => {};
    }
  }

  /** Promise 7: one key makes one order, and each repeat has its first reply. */
  #witnessCreate(request: NewOrder, before: MirroredOrder | null): (result: unknown) => void {
    const isKnown = before !== null && (isVisible(before) || before.phase === "reserving");
    return (returned) => {
      const result = returned as NewOrderResult;
      const got = result.ok ? "ok" : result.refusal.type;
      this.#world.record(`create ${request.orderId} returns: ${got}`);
      if (isKnown && before.request !== request.request) {
        this.#check("create order", ["idempotency_key_reused"], got);
      } else if (before !== null && isVisible(before)) {
        // What is on the counter may still be taken, or could not be.
        const isTaken = (before.counter?.paymentId ?? null) === null || before.phase === "confirmed";
        this.#check("create order", isTaken ? ["ok"] : ["ok", "unavailable", "not_taken"], got);
      }
      if (result.ok) this.#world.later.push(() => this.#checkMade(request, result));
    };
  }

  #checkMade(request: NewOrder, { order: view }: Extract<NewOrderResult, { ok: true }>): void {
    const { order, forgotten } = this.#mirror;
    const isTheirs = order !== null && isVisible(order) && order.request === request.request;
    if (!isTheirs) {
      this.#world.broken(`promise 3: order ${request.orderId} was acknowledged, and is not there`);
      return;
    }
    const fields = ({ reservationId, priceId, code, quantity, unitPriceMinor }: OrderItemView) =>
      [reservationId, priceId, code, quantity, unitPriceMinor].join();
    const isSame =
      view.items.map(fields).join() === order.items.map((item) => fields({ ...item, priceName: "" })).join();
    // What is paid on the counter is confirmed, or not made at all.
    const isPaid = (order.counter?.paymentId ?? null) !== null;
    const state = isPaid ? "confirmed succeeded" : "held undefined";
    const isNew = `${view.state} ${view.payment?.state}` === state && view.expiresAtMs === order.expiresAtMs;
    if (!isSame || !isNew) this.#world.broken(`promise 7: the reply of ${order.id} is not the order that was made`);
    for (const { reservationId } of order.items) {
      if (!this.#world.wasHeld(reservationId)) this.#world.broken(`promise 11: ${reservationId} was never held`);
    }
    const made = JSON.stringify(view);
    if (this.#success?.forgotten !== forgotten.length) this.#success = { result: made, forgotten: forgotten.length };
    else if (this.#success.result !== made) this.#world.broken(`promise 7: one key, two results for ${order.id}`);
  }

  #check(method: string, expected: readonly Verdict[], got: Verdict): void {
    this.#world.record(`${method} returns: ${got}`);
    if (!expected.includes(got))
      this.#world.broken(`${method} returned "${got}" instead of "${expected.join(" or ")}"`);
  }
}

/** Another's order and none at all look the same. */
function owned(order: MirroredOrder | null, accountId: string): MirroredOrder | null {
  return order?.accountId === accountId ? order : null;
}

function isDue({ phase, expiresAtMs }: MirroredOrder, nowMs: number): boolean {
  return (phase === "held" || phase === "beginning") && expiresAtMs !== null && nowMs >= expiresAtMs;
}

function expectPay(found: MirroredOrder | null, request: PayOrderRequest, nowMs: number): readonly Verdict[] {
  const order = owned(found, request.accountId);
  if (order === null || !isVisible(order)) return ["order_unknown"];
  const isFree = totalOf(order) === 0;
  const method = isFree ? null : request.method;
  const same = order.payments.find(({ key }) => key === request.key);
  // One that has not begun may still be refused. Once it is over, its key may be used again.
  const isUnder = order.phase === "beginning" && same?.state === "pending";
  if (isUnder && isDue(order, nowMs)) return same?.method === method ? ["ok"] : ["idempotency_key_reused"];
  if (same !== undefined && same.method !== method) return ["idempotency_key_reused"];
  if (same !== undefined) return isUnder ? ["ok", ...NOT_BEGUN] : ["ok"];
  if (isDue(order, nowMs)) return ["reservation_expired"];
  switch (order.phase) {
    case "confirmed":
      return [`already_${endOf(order)}`];
    case "cancelled":
      return ["already_cancelled"];
    case "expired":
      return ["reservation_expired"];
    case "held":
      return !isFree && method === null ? ["payment_method_required"] : ["ok", ...NOT_BEGUN];
    default:
      return ["payment_in_progress"];
  }
}

function expectCancel(found: MirroredOrder | null, accountId: string, nowMs: number): readonly Verdict[] {
  const order = owned(found, accountId);
  if (order === null || !isVisible(order)) return ["order_unknown"];
  if (isDue(order, nowMs)) return ["reservation_expired"];
  switch (order.phase) {
    case "confirmed":
      return [`already_${endOf(order)}`];
    case "expired":
      return ["reservation_expired"];
    case "charging":
    case "preparing":
      // Its outcome may come while the call waits.
      return ["ok deferred", "ok cancelled", "ok confirmed", "ok expired"];
    default:
      return ["ok cancelled"];
  }
}

/** Its ticket types say whether it may be, while the call waits: one may be out of reach. */
function expectGiveBack(found: MirroredOrder | null, accountId: string): readonly Verdict[] {
  const order = owned(found, accountId);
  if (order === null) return ["order_unknown"];
  if (order.refunds.some(({ requestedBy }) => requestedBy === "buyer")) return ["ok", "unavailable"];
  if (order.phase !== "confirmed") return ["nothing_paid", "not_refundable", "unavailable"];
  const left = endOf(order) === "refunded" ? ["already_refunded"] : ["ok", "not_refundable"];
  return [...left, "already_refunded", "unavailable"];
}

function expectFind(found: MirroredOrder | null, accountId: string, nowMs: number): Verdict {
  const order = owned(found, accountId);
  if (order === null || !isVisible(order)) return "order_unknown";
  if (isDue(order, nowMs)) return "ok expired";
  return `ok ${order.phase === "confirmed" ? endOf(order) : hasEnded(order) ? order.phase : "held"}`;
}

function paid(result: PayOrderResult): Verdict {
  return result.ok ? "ok" : result.refusal;
}

function cancelled(result: CancelOrderResult): Verdict {
  if (!result.ok) return result.refusal;
  return `ok ${result.deferred ? "deferred" : result.order.state}`;
}

function givenBack(result: OrderRefundResult): Verdict {
  return result.ok ? "ok" : result.refusal.type;
}

function found(result: FindOrderResult): Verdict {
  return result.ok ? `ok ${result.order.state}` : result.refusal;
}

/** Of one that was confirmed: what it is once all of it was given back, too. */
function endOf({ items }: MirroredOrder): "confirmed" | "refunded" {
  return items.every(({ quantity, givenBack }) => givenBack === quantity) ? "refunded" : "confirmed";
}
