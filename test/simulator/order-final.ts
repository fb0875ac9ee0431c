// What must hold of orders once nothing goes wrong any more and everything has had its time.

import { isUnderWay } from "../../src/domain/refund.ts";
import type { MirroredReservation } from "./mirror.ts";
import { hasEnded, isVisible, type MirroredItem, type MirroredOrder, totalOf } from "./order-mirror.ts";
import type { SimulatedOrder } from "./orders.ts";
import { isLookOverdue, paymentFault, refundFaultsAtRest, wrongMark } from "./refund-oracle.ts";
import type { Row } from "./sqlite.ts";
import type { Stage } from "./stage.ts";
import type { World } from "./world.ts";

/** What is still to be done, in words; empty where everything is at rest. */
export function unfinishedOrders(stage: Stage): string[] {
  const unfinished = stage.orders.all.flatMap((simulated) => {
    const { order } = simulated.mirror;
    const left =
      order === null || isOutOfReach(stage, simulated, order) ? [] : unfinishedOf(order, stage.world.timeline.wallMs);
    if (simulated.storage.alarmAtMs !== null) left.push(`an alarm of order ${simulated.name} is set`);
    return left;
  });
  // An object may not know that its copy has arrived, nor that a ticket type was restored.
  return [...unfinished, ...wrongOrders(stage), ...forgotten(stage)];
}

function forgotten({ orders, world }: Stage): string[] {
  const items = orders.all.flatMap(({ mirror }) => mirror.order?.items ?? []);
  return items.flatMap((item) => {
    const reservation = world.reservation(item.reservationId);
    const isForgotten = reservation !== undefined && !isTakenBack(item, reservation);
    return isForgotten ? [`${item.reservationId} is not as it was given back`] : [];
  });
}

function unfinishedOf(order: MirroredOrder, nowMs: number): string[] {
  const { id, phase, items, leftovers, payments } = order;
  const left: string[] = [];
  if (phase !== "confirmed" && !hasEnded(order)) left.push(`order ${id} is ${phase}`);
  if (payments.some(({ state }) => state === "pending")) left.push(`order ${id} has a pending payment`);
  const end = phase === "confirmed" ? "confirmed" : "released";
  if (order.refunds.some((refund) => isLookOverdue(refund, nowMs))) left.push(`a refund of order ${id} is unseen`);
  if (order.refunds.some(isUnderWay)) left.push(`order ${id} has a refund under way`);
  if (items.some(({ givenBack, takenBack }) => givenBack !== takenBack)) left.push(`order ${id} is not taken back`);
  if (items.some((item) => item.phase !== end) || leftovers.length > 0) left.push(`order ${id} is not whole`);
  return left;
}

/**
 * Nothing leads to it but its buyer, and it holds nothing: its ticket types have never heard of its
 * reservations, or were put back to before that, or those ended longer ago than sweeps look.
 */
function isOutOfReach({ world }: Stage, { host }: SimulatedOrder, order: MirroredOrder): boolean {
  const ids = [...order.items.map(({ reservationId }) => reservationId), ...order.leftovers];
  const isForgotten = (id: string) => !world.isKnown(id) || hasEndedLongAgo(world, id);
  return host.isAlarmLost && order.payments.length === 0 && ids.every(isForgotten);
}

function hasEndedLongAgo(world: World, id: string): boolean {
  const reservation = world.reservation(id);
  if (reservation === undefined) return true;
  const { state, expiresAtMs } = reservation;
  return (state === "cancelled" || state === "expired") && expiresAtMs <= world.sweepsLookBackToMs;
}

/** Promises 4, 5, 9 and 11, exactly. Returns the ids of all payments. */
export function checkOrdersAtRest(stage: Stage): string[] {
  const { orders, world } = stage;
  const paymentIds: string[] = [];
  for (const { mirror } of orders.all) {
    const all = mirror.order === null ? mirror.forgotten : [mirror.order, ...mirror.forgotten];
    for (const order of all) {
      for (const payment of order.payments) {
        paymentIds.push(payment.id);
        checkPayment(stage, payment, order);
      }
      for (const what of refundFaultsAtRest(stage.provider, order.refunds, world.timeline.wallMs))
        world.broken(`promise 5: ${what}`);
    }
    if (mirror.order !== null) checkItems(stage, mirror.order);
  }
  for (const wrong of wrongOrders(stage)) world.broken(`promise 9: ${wrong}`);
  return paymentIds;
}

function checkPayment(
  { world, provider }: Stage,
  payment: MirroredOrder["payments"][number],
  order: MirroredOrder,
): void {
  const { id, state, dispatchAtMs } = payment;
  if (dispatchAtMs !== null) world.broken(`payment ${id} is ${state} and still to be sent`);
  // What the counter takes, the provider never hears of.
  if (totalOf(order) === 0 || order.counter !== null) return;
  const wrong = paymentFault(provider, payment, order.refunds);
  if (wrong !== null) world.broken(`promise 4: of order ${order.id}, ${wrong}`);
}

function checkItems({ world, ticketTypes }: Stage, order: MirroredOrder): void {
  for (const item of order.items) {
    const { reservationId, unitPriceMinor, quantity, givenBack } = item;
    const isBack = givenBack === quantity;
    const end = order.phase === "confirmed" ? [isBack ? "refunded" : "confirmed"] : ["cancelled", "expired"];
    const reservation = world.reservation(reservationId);
    const { storage } = ticketTypes.of(reservationId.slice(0, 16));
    // A restored ticket type may have forgotten it.
    if (reservation === undefined) {
      if (order.phase === "confirmed" && storage.restores === 0) world.broken(`promise 11: ${reservationId} is gone`);
      continue;
    }
    if (!end.includes(reservation.state)) {
      world.broken(`promise 11: order ${order.id} is ${order.phase}, and ${reservationId} ${reservation.state}`);
    }
    const isSame = reservation.unitPriceMinor === unitPriceMinor && reservation.quantity === quantity;
    if (order.phase === "confirmed" && !isTakenBack(item, reservation))
      world.broken(`promise 2: ${reservationId} is not what was given back`);
    if (order.phase === "confirmed" && !isSame) world.broken(`promise 5: ${reservationId} is not what was paid for`);
  }
}

function isTakenBack(item: MirroredItem, { givenBack, restocked }: MirroredReservation): boolean {
  return item.givenBack === givenBack && item.restocked === restocked;
}

/** D1 has each order as its object has it, or as it was when its object forgot it. */
function wrongOrders(stage: Stage): string[] {
  const { orders, d1 } = stage;
  const copies = new Map(d1.sqlite.all("SELECT * FROM orders").map((row) => [String(row.id), row]));
  const wrong: string[] = [];
  for (const simulated of orders.all) {
    const { mirror } = simulated;
    const order = mirror.order ?? mirror.forgotten.findLast(isVisible) ?? null;
    if (order === null || !isVisible(order)) continue;
    const copy = copies.get(order.id);
    copies.delete(order.id);
    // What an object has forgotten, a restored D1 does not get again.
    if (mirror.order === null && d1.restores > 0) continue;
    if (copy === undefined && isOutOfReach(stage, simulated, order)) continue;
    const found = copy === undefined ? "is missing" : wrongOrder(order, copy);
    if (found !== null) wrong.push(`order ${order.id} in D1 ${found}`);
  }
  for (const id of copies.keys()) wrong.push(`order ${id} is in D1 alone`);
  return wrong;
}

function wrongOrder(order: MirroredOrder, copy: Row): string | null {
  if (copy.version !== order.version) return `has version ${copy.version} instead of ${order.version}`;
  const isBack = order.phase === "confirmed" && order.items.every((item) => item.givenBack === item.quantity);
  const state = isBack ? "refunded" : order.phase;
  if (copy.state !== state) return `is ${copy.state} instead of ${state}`;
  // What could not be given back waits for a person.
  const isOwed = order.payments.some(({ state: of }) => of === "refund_due");
  if ((copy.unfinished !== 0) !== isOwed) return "is unfinished";
  const items = (JSON.parse(String(copy.items)) as MirroredOrder["items"]).map(itemOf);
  if (items.join() !== order.items.map(itemOf).join()) return "has other items";
  if (copy.counter !== (order.counter && JSON.stringify(order.counter))) return `was sold as ${copy.counter}`;
  const isPaid = order.payments.some(({ state }) => state === "succeeded");
  if (isPaid && copy.payment_state !== "succeeded") return "is not paid";
  return wrongMark(order.refunds, copy);
}

function itemOf({ reservationId, priceId, code, quantity, unitPriceMinor }: MirroredOrder["items"][number]): string {
  return [reservationId, priceId, code, quantity, unitPriceMinor].join();
}
