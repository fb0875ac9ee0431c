// Checks the promises of orders after every step: against their tables, those of their ticket
// types, and the provider's ledger.

import type { CounterSale } from "../../src/domain/counter.ts";
import type { Refund } from "../../src/domain/refund.ts";
import { isSold } from "../../src/domain/stock.ts";
import { hasPending, type MirroredReservation } from "./mirror.ts";
import {
  hasEnded,
  type MirroredOrder,
  type MirroredOrderPayment,
  type OrderChange,
  pendingOf,
  totalOf,
} from "./order-mirror.ts";
import type { SimulatedOrder } from "./orders.ts";
import { refundFaults } from "./refund-oracle.ts";
import type { Stage } from "./stage.ts";

// The phases that may follow each phase in one step, in which several decisions may come.
const PHASES: Readonly<Record<string, readonly string[]>> = {
  reserving: ["reserving", "refused", "held", "cancelled", "expired"],
  refused: ["refused", "reserving"],
  held: ["held", "beginning", "cancelled", "expired"],
  beginning: ["beginning", "held", "charging", "confirmed", "cancelled", "expired"],
  charging: ["charging", "held", "preparing", "cancelled", "expired"],
  preparing: ["preparing", "confirmed", "cancelled"],
  confirmed: ["confirmed"],
  cancelled: ["cancelled"],
  expired: ["expired"],
};
// Cash is on the counter already: its payment begins with the last hold.
const PAID_AT_ONCE = ["beginning", "confirmed"];
const PAYMENTS: Readonly<Record<string, readonly string[]>> = {
  pending: ["pending", "succeeded", "failed", "refund_due"],
  failed: ["failed", "refund_due", "refunded"],
  refund_due: ["refund_due", "refunded"],
  succeeded: ["succeeded"],
  // Its refund fails after all.
  refunded: ["refunded", "refund_due"],
};

export class OrderOracle {
  readonly #stage: Stage;
  readonly #everInD1: ReadonlyMap<string, number>;
  readonly #writesSeen = new Map<SimulatedOrder, number>();

  constructor(stage: Stage, everInD1: ReadonlyMap<string, number>) {
    this.#stage = stage;
    this.#everInD1 = everInD1;
  }

  /** `haveReservationsChanged`: in any ticket type. */
  afterStep(haveReservationsChanged: boolean): void {
    let hasAnyChanged = haveReservationsChanged;
    for (const simulated of this.#stage.orders.all) {
      const { mirror, storage } = simulated;
      if (storage.writes === (this.#writesSeen.get(simulated) ?? 0)) continue;
      this.#writesSeen.set(simulated, storage.writes);
      hasAnyChanged = true;
      this.#checkChange(mirror.refresh(storage.sqlite));
    }
    if (!hasAnyChanged) return;
    for (const { mirror } of this.#stage.orders.all) if (mirror.order !== null) this.#checkWhole(mirror.order);
    this.#checkStrangers();
  }

  /** Promise 3: nothing that was committed is lost or undone. */
  #checkChange({ before, after }: OrderChange): void {
    const { world } = this.#stage;
    if (after === null) {
      if (before !== null) this.#checkForgotten(before);
      return;
    }
    world.record(`${after.id}: ${before === null ? "new" : textOf(before)} -> ${textOf(after)}`);
    for (const payment of after.payments) this.#checkPayment(payment, after);
    if (after.counter !== null) this.#checkCounter(after, after.counter);
    this.#checkGivenBack(before?.refunds ?? [], after);
    const wrong = refundFaults(this.#stage.provider, before?.refunds ?? [], after.refunds, totalOf(after));
    for (const what of wrong) this.#broken(4, `order ${after.id}: ${what}`);
    for (const { reservationId, quantity, givenBack, restocked } of after.items) {
      const isRight = restocked <= givenBack && givenBack <= quantity;
      if (!isRight) this.#broken(2, `${givenBack} of ${quantity} tickets of ${reservationId} were given back`);
    }
    if (before === null || before.requestId !== after.requestId) return;
    const fixed = ({ id, accountId, request, counter, items }: MirroredOrder) => {
      const soldAt = [counter?.eventId, counter?.method, counter?.soldBy, counter?.paymentId, counter?.payUntilMs];
      return [id, accountId, request, ...soldAt, ...items.map((item) => item.reservationId)].join();
    };
    if (fixed(before) !== fixed(after)) this.#broken(3, `${after.id} is not what was ordered`);
    const isPaidAtOnce = before.phase === "reserving" && (after.counter?.paymentId ?? null) !== null;
    const phases = [...(PHASES[before.phase] ?? []), ...(isPaidAtOnce ? PAID_AT_ONCE : [])];
    if (!phases.includes(after.phase)) {
      this.#broken(3, `${after.id} went from ${before.phase} to ${after.phase}`);
    }
    const isSame = before.phase === after.phase && textOf(before) === textOf(after);
    if (!isSame && after.version <= before.version) this.#broken(3, `${after.id} changed without a new version`);
    for (const { id, state } of before.payments) {
      const now = after.payments.find((payment) => payment.id === id);
      // One that never began everywhere leaves no trace.
      const hasGone = now === undefined && before.phase === "beginning" && state === "pending";
      const isDeclined = this.#stage.provider.movements.some((it) => it.paymentId === id && it.wasDeclined);
      if (before.phase === "charging" && state === "pending" && now?.state === "failed" && !isDeclined) {
        this.#broken(5, `payment ${id} is failed, but the provider never declined it`);
      }
      if (!hasGone && !PAYMENTS[state]?.includes(now?.state ?? "")) {
        this.#broken(3, `payment ${id} went from ${state} to ${now?.state}`);
      }
    }
    const isPrepared = after.items.every(({ phase }) => phase === "prepared" || phase === "confirmed");
    if (before.phase === "preparing" && after.phase === "confirmed" && !isPrepared) {
      this.#broken(11, `${after.id} is confirmed before each ticket type said that it can be: ${textOf(after)}`);
    }
    if (after.phase === "expired" && before.phase !== "expired") this.#checkExpiry(after);
  }

  /** Promise 5: somebody has taken the money for what is sold, and nobody for what is not. */
  #checkCounter({ id, phase, items, expiresAtMs }: MirroredOrder, counter: CounterSale): void {
    const { takenAs, takenBy, method, payUntilMs } = counter;
    const isTaken = takenAs !== null && takenBy !== null;
    if (phase === "confirmed" && !isTaken) this.#broken(5, `order ${id} is sold, and nobody has taken the money`);
    const isFree = items.every(({ unitPriceMinor }) => unitPriceMinor === 0);
    if (method === "free" && !isFree) this.#broken(5, `order ${id} is free, and costs something`);
    if (payUntilMs !== null && expiresAtMs !== null && expiresAtMs !== payUntilMs) {
      this.#broken(3, `order ${id} is held until ${expiresAtMs}, not ${payUntilMs}`);
    }
  }

  /** What a buyer gives back is all that is left, and while it may be. */
  #checkGivenBack(before: readonly Refund[], { id, items, refunds }: MirroredOrder): void {
    const { world } = this.#stage;
    const isNew = (refund: Refund) => refund.requestedBy === "buyer" && !before.some((one) => one.id === refund.id);
    if (!refunds.some(isNew)) return;
    const isAll = items.every(({ quantity, givenBack }) => quantity === givenBack);
    if (!isAll) this.#broken(5, `order ${id} is given back, and not all of it`);
    const untilMs = items.map(({ ticketTypeId }) => world.mirrors.get(ticketTypeId)?.everRefundableUntilMs ?? 0);
    if (world.timeline.wallMs >= Math.min(...untilMs)) this.#broken(10, `order ${id} is given back too late`);
  }

  /** Its own deadline or that of one of its reservations, which a clock that went back has met. */
  #checkExpiry(order: MirroredOrder): void {
    const { world } = this.#stage;
    const isDue = order.expiresAtMs !== null && world.timeline.wallMs >= order.expiresAtMs;
    const hasExpired = order.items.some(({ reservationId }) => {
      const reservation = world.reservation(reservationId);
      return reservation === undefined || reservation.state === "expired";
    });
    if (!isDue && !hasExpired) this.#broken(3, `${order.id} expired too early`);
  }

  /** A refused one at once, an ended one once D1 has it: nothing of either is held. */
  #checkForgotten(before: MirroredOrder): void {
    const isOpen = before.payments.some(({ state }) => state === "pending" || state === "refund_due");
    // It may be refused in the same step.
    const isUnseen = before.phase === "refused" || before.phase === "reserving";
    const isCopied = isUnseen || (this.#everInD1.get(before.id) ?? 0) >= before.version;
    const isWhole = isUnseen || before.items.every(({ phase }) => phase === "released");
    if (!isWhole) this.#broken(11, `${before.id} is gone before all was let go: ${textOf(before)}`);
    if (!(isUnseen || hasEnded(before)) || isOpen || !isCopied)
      this.#broken(3, `${before.id} is gone: ${textOf(before)}`);
  }

  /** Promise 5: the order's state of a payment is what the provider did. */
  #checkPayment(payment: MirroredOrderPayment, order: MirroredOrder): void {
    const says = `payment ${payment.id} is ${payment.state}`;
    if (payment.state === "succeeded" && order.phase !== "confirmed") {
      this.#broken(5, `${says}, and its order ${order.phase}`);
    }
    if (totalOf(order) === 0 || order.counter !== null) return;
    const { provider } = this.#stage;
    const charges = provider.chargesOf(payment.id).filter((charge) => !provider.isProcessing(charge));
    const refunds = provider.refundsOf(payment.id);
    if (["succeeded", "refund_due", "refunded"].includes(payment.state) && charges.length === 0) {
      this.#broken(5, `${says}, but nothing was charged`);
    }
    if (payment.state === "succeeded" && refunds.length > 0) this.#broken(5, `${says}, but it was refunded`);
    if (payment.state === "refunded" && refunds.length === 0) this.#broken(5, `${says}, but no money went back`);
  }

  /** Promises 5, 6 and 11: all of its reservations are confirmed, or none. */
  #checkWhole(order: MirroredOrder): void {
    const { world, provider, ticketTypes } = this.#stage;
    const paid = order.payments.filter(({ state }) => state === "succeeded").length;
    if ((order.phase === "confirmed") !== (paid === 1)) this.#broken(5, `${order.id} is ${order.phase}, ${paid} paid`);
    const pending = pendingOf(order) ?? order.payments.find(({ state }) => state === "succeeded");
    const isFrozen = order.phase === "charging" || order.phase === "preparing";
    for (const [index, item] of order.items.entries()) {
      const reservation = world.reservation(item.reservationId);
      const isConfirmed = reservation !== undefined && isSold(reservation.state);
      if (isConfirmed && order.phase !== "confirmed") {
        this.#broken(11, `${item.reservationId} is confirmed, and its order ${order.phase}`);
      }
      const isKept = isConfirmed || isFrozenBy(reservation, `${pending?.id}.${index}`);
      if ((isFrozen || order.phase === "confirmed") && !isKept) {
        this.#broken(11, `${order.id} is ${order.phase}, and ${item.reservationId} is ${reservation?.state ?? "gone"}`);
      }
      // What a late call holds for a refused one ends at its deadline: nothing is paid for it.
      const mayBeHeld = order.phase === "refused" || ticketTypes.of(item.ticketTypeId).storage.restores > 0;
      if (item.phase === "released" && reservation?.state === "held" && !mayBeHeld) {
        this.#broken(2, `${item.reservationId} is held, and its order takes it for released`);
      }
    }
    for (const { id, state } of order.payments) {
      const isUnderWay = provider.chargesOf(id).some((charge) => provider.isProcessing(charge));
      if (hasEnded(order) && isUnderWay) this.#broken(6, `${order.id} ended while the provider works on ${id}`);
      if (state === "pending" && hasEnded(order)) this.#broken(6, `${order.id} ended while ${id} is pending`);
    }
  }

  /** Promise 11: nothing is confirmed that no order has, or for an order that is not there. */
  #checkStrangers(): void {
    const { orders, world } = this.#stage;
    for (const { id, orderId, state } of world.reservations()) {
      if (orderId === null || !isSold(state)) continue;
      const items = orders.find(orderId)?.mirror.order?.items ?? [];
      if (!items.some((item) => item.reservationId === id)) this.#broken(11, `${id} is confirmed, and no order has it`);
    }
  }

  #broken(promise: number, what: string): void {
    this.#stage.world.broken(`promise ${promise}: ${what}`);
  }
}

function isFrozenBy(reservation: MirroredReservation | undefined, paymentId: string): boolean {
  if (reservation === undefined || reservation.state !== "held" || !hasPending(reservation)) return false;
  return reservation.payments.some(({ id, state }) => id === paymentId && state === "pending");
}

function textOf({ phase, cancelRequested, items, payments, leftovers, refunds }: MirroredOrder): string {
  const each = items.map((item) => `${item.phase}${item.givenBack === 0 ? "" : ` -${item.takenBack}`}`).join(" ");
  const paid = payments.map((payment) => `${payment.id} ${payment.state}`).join(", ");
  const back = refunds.map(({ id, state }) => ` ${id} ${state}`).join("");
  const rest = leftovers.length === 0 ? "" : `, ${leftovers.length} left over`;
  return `${phase}${cancelRequested === 1 ? " (then cancelled)" : ""} (${each}${rest})${paid === "" ? "" : ` [${paid}]`}${back}`;
}
