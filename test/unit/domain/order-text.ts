// Orders as tests write and read them: "charging, items begun, p1 pending, cancel requested".

import type { CounterMethod, CounterSale } from "../../../src/domain/counter.ts";
import { refundsWithLate } from "../../../src/domain/late-refunds.ts";
import type { Order, OrderDecision, OrderEvent, OrderItem, OrderPhase, OrderStep } from "../../../src/domain/order.ts";
import { paymentIdOf } from "../../../src/domain/order.ts";
import { decideOrder } from "../../../src/domain/order-decisions.ts";
import { decideOrderRefund } from "../../../src/domain/order-refunds.ts";
import type { Payment, PaymentState } from "../../../src/domain/payment.ts";
import type { ReservationRefusal } from "../../../src/domain/reservation.ts";
import type { ReservationState } from "../../../src/domain/stock.ts";
import { ACTION, AWAITED, CARD, DEADLINE, DECLINED, SINCE } from "./reservation-text.ts";

export const ITEMS = ["a-1", "b-1"] as const;

/** The order that `text` describes. All of its items are alike. */
export function order(text: string): Order {
  const [phase = "", ...parts] = text.split(", ");
  const payments = parts.filter((part) => /^p\d/.test(part)).map(payment);
  const itemPhase = (parts.find((part) => part.startsWith("items ")) ?? "items held").replace("items ", "");
  const isHeld = phase !== "reserving" && phase !== "refused";
  const frozen = ["beginning", "begun", "prepared", "confirmed"].includes(itemPhase);
  const items = ITEMS.map((reservationId) => ({
    reservationId,
    ticketTypeId: reservationId.slice(0, 1),
    priceId: null,
    code: null,
    acceptedTerms: null,
    quantity: 1,
    priceName: "",
    unitPriceMinor: isHeld ? 4500 : 0,
    phase: itemPhase as OrderItem["phase"],
    paymentId: frozen ? "p1" : null,
    givenBack: 0,
    restocked: 0,
    takenBack: 0,
  }));
  return {
    id: "7d2k9w0c1v3m4x8q5f6g",
    accountId: "ada",
    counter: counter(parts),
    phase: phase as OrderPhase,
    cancelRequested: parts.includes("cancel requested"),
    currency: isHeld ? "EUR" : null,
    createdAtMs: DEADLINE - 900_000,
    expiresAtMs: isHeld ? DEADLINE : null,
    version: 7,
    items,
    leftovers: [],
    payments,
    refunds: refundsWithLate({ payments, refunds: [] }, items),
  };
}

export function textOf({ phase, counter, items, payments, cancelRequested }: Order): string {
  const phases = new Set(items.map((item) => item.phase));
  const taken = counter?.takenAs == null ? "" : ` taken as ${counter.takenAs} by ${counter.takenBy}`;
  return [
    phase,
    ...(counter === null ? [] : [`at the counter for ${counter.method}${taken}`]),
    `items ${[...phases].join(" and ")}`,
    ...payments.map(({ id, state, action }) => `${id} ${state}${action === null ? "" : AWAITED}`),
    ...(cancelRequested ? ["cancel requested"] : []),
    ...(payments.some(({ needsPerson }) => needsPerson) ? ["long"] : []),
  ].join(", ");
}

/** As `decideOrder`. A payment that has no refund of its own is left as it is. */
export function decideAny(
  from: Order,
  event: OrderEvent | { readonly type: "refunded"; readonly paymentId: string },
  nowMs: number,
): OrderDecision {
  if (event.type !== "refunded") return decideOrder(from, event, nowMs);
  const settled = { type: "settle", attemptId: event.paymentId, outcome: { state: "succeeded" } } as const;
  const decision = decideOrderRefund(from, settled, nowMs);
  return decision.type === "refused" ? { type: "unchanged", order: from } : decision;
}

export function outcomeOf(decision: OrderDecision): string {
  if (decision.type === "refused") return `refused: ${decision.refusal}`;
  return decision.type === "unchanged" ? `unchanged: ${textOf(decision.order)}` : textOf(decision.order);
}

/** What both ticket types say to a step, one after the other. */
export function acknowledge(
  from: Order,
  type: OrderStep["type"],
  said: ReservationState | { refusal: ReservationRefusal },
) {
  const result = typeof said === "string" ? ({ ok: true, state: said } as const) : ({ ok: false, ...said } as const);
  return (atMs: number) => {
    let decision: OrderDecision = { type: "unchanged", order: from };
    for (const item of from.items) {
      const current = decision.type === "refused" ? from : decision.order;
      const paymentId = paymentIdOf(from, item);
      const step = {
        type,
        reservationId: item.reservationId,
        paymentId,
        as: "cancelled",
        failure: DECLINED,
      } as OrderStep;
      const next = decideOrder(current, { type: "acknowledged", step, result } satisfies OrderEvent, atMs);
      // Both together are one happening.
      if (next.type === "changed" || decision.type === "unchanged") decision = next;
    }
    return decision;
  };
}

/** "at the counter for transfer taken as cash by bob"; what is paid at once is paid with `p1`. */
function counter(parts: readonly string[]): CounterSale | null {
  const text = parts.find((part) => part.startsWith("at the counter for ")) ?? "";
  const [, method, takenAs = null, takenBy = null] = /for (\w+)(?: taken as (\w+) by (\w+))?$/.exec(text) ?? [];
  if (method === undefined) return null;
  return {
    eventId: "ada",
    method: method as CounterMethod,
    takenAs: takenAs as CounterMethod | null,
    takenBy,
    soldBy: "eve",
    paymentId: method === "transfer" ? null : "p1",
    payUntilMs: method === "transfer" ? DEADLINE : null,
    customerName: null,
    customerEmail: null,
    note: null,
  };
}

function payment(text: string): Payment {
  const [id = "", state = ""] = text.split(" ");
  const failure = state === "failed" ? DECLINED : null;
  return {
    id,
    key: `key of ${id}`,
    method: CARD,
    state: state as PaymentState,
    failure,
    sinceMs: SINCE,
    needsPerson: false,
    action: text.endsWith(AWAITED) ? ACTION : null,
    reference: null,
  };
}
