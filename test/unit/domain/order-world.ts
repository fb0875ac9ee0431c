// An order, two ticket types and a provider, for the property tests: everything between them may be
// delayed, lost or repeated.

import {
  type Order,
  type OrderEvent,
  type OrderStep,
  pendingPayment,
  type StepResult,
} from "../../../src/domain/order.ts";
import { outcomeFor, stepsOf } from "../../../src/domain/order-steps.ts";
import { decideOrderStep } from "../../../src/domain/participation.ts";
import { firstPrice } from "../../../src/domain/price.ts";
import { isToRelease, type Reservation, type ReservationEvent } from "../../../src/domain/reservation.ts";
import { decide, decideReserve } from "../../../src/domain/reservation-decisions.ts";
import { moveStock, type SaleRules, type Stock } from "../../../src/domain/stock.ts";
import { newOrder } from "../../../src/durable/order/new-order.ts";
import { decideAny } from "./order-text.ts";

const START_MS = Date.UTC(2031, 4, 1);
const HOLD_MS = 15 * 60_000;
const DECLINED = { code: "card_declined", message: "The card was declined." };

interface TicketType {
  stock: Stock;
  rules: SaleRules;
  readonly reservations: Map<string, Reservation>;
}

/** `which` picks one of what there is, whatever its number. */
export type Move =
  | { readonly type: "step"; readonly which: number; readonly fate: "done" | "lost" | "no reply" | "late" }
  | { readonly type: "late" | "ask" | "settle" | "wrong failure"; readonly which: number }
  | { readonly type: "abandon" | "pay" | "cancel" | "let go" | "nothing" }
  | { readonly type: "event"; readonly which: number; readonly status: "published" | "cancelled" }
  | { readonly type: "wait"; readonly ms: number };

/** What the provider did for a payment. */
interface Charge {
  readonly succeeded: boolean;
  refunded: boolean;
}

export class OrderWorld {
  readonly sights = new Set<string>();
  readonly #types: readonly TicketType[];
  readonly #charges = new Map<string, Charge>();
  readonly #succeeds: readonly boolean[];
  #late: (() => void)[] = [];
  #order: Order;
  #nowMs = START_MS;
  #payments = 0;

  constructor(priceMinor: number, capacities: readonly number[], succeeds: readonly boolean[]) {
    this.#succeeds = succeeds;
    const rules: SaleRules = {
      eventStatus: "published",
      eventEndsMs: null,
      salesStartMs: null,
      salesEndMs: null,
      priceMinor,
      currency: "EUR",
      maxPerBuyer: null,
    };
    this.#types = capacities.map((capacity) => ({
      stock: { capacity, held: 0, sold: 0 },
      rules,
      reservations: new Map(),
    }));
    // Two items of the first ticket type, one of the other.
    const items = ["a-1", "b-1", "a-2"].map((reservationId) => {
      return { reservationId, ticketTypeId: reservationId.slice(0, 1), priceId: null, code: null, quantity: 1 };
    });
    const request = { orderId: "order", accountId: "ada", requestId: "r", request: "", items };
    this.#order = newOrder(request, null, this.#nowMs).order;
  }

  play(move: Move): void {
    switch (move.type) {
      case "step": {
        const step = pick(stepsOf(this.#order), move.which);
        if (step !== undefined) this.#deliver(step, move.fate);
        return;
      }
      case "late": {
        const call = pick(this.#late, move.which);
        this.#late = this.#late.filter((one) => one !== call);
        if (call !== undefined) this.sights.add("a call that came late");
        call?.();
        return;
      }
      case "ask":
        this.#ask(move.which);
        return;
      case "settle":
        this.#charge();
        return;
      case "wrong failure":
        this.#giveUp();
        return;
      case "abandon":
      case "cancel":
        this.#happen(move.type === "cancel" ? { type: "cancel" } : { type: "abandon", notHeld: [] });
        return;
      case "pay":
        this.#pay();
        return;
      case "nothing":
        return;
      case "let go":
        this.#all({ type: "let_go" });
        return;
      case "event": {
        const type = this.#types[move.which % this.#types.length];
        if (type === undefined) return;
        const isNews = move.status === "cancelled" && type.rules.eventStatus !== "cancelled";
        if (isNews && this.#order.phase === "preparing") this.sights.add("called off between charge and confirmation");
        type.rules = { ...type.rules, eventStatus: move.status };
        this.#releaseDue();
        return;
      }
      case "wait":
        this.#nowMs += move.ms;
        this.#happen({ type: "due" });
        return;
    }
  }

  /** The provider answers, every call arrives, and time passes: nothing may stay unfinished. */
  finish(): void {
    for (const call of this.#late.splice(0)) call();
    for (let round = 0; round < 12; round++) {
      for (const step of stepsOf(this.#order)) this.#deliver(step, "done");
      for (let which = 0; which < 3; which++) this.#ask(which);
      this.#charge();
      this.#nowMs += 5 * 60_000;
      if (this.#order.phase === "reserving") this.#happen({ type: "abandon", notHeld: [] });
      this.#happen({ type: "due" });
      this.#releaseDue();
    }
  }

  expectPromises(): void {
    for (const { stock, reservations } of this.#types) {
      const all = [...reservations.values()];
      const count = (state: string) => all.filter((one) => one.state === state).length;
      require(stock.held === count("held") && stock.sold === count("confirmed"), "the counters are the sums");
      require(stock.held + stock.sold <= stock.capacity, "nothing is oversold");
    }
    const states = this.#reservations().map(({ state }) => state);
    const { phase, payments } = this.#order;
    const isKept = phase === "charging" || phase === "preparing" || phase === "confirmed";
    const isWhole = states.every((state) => state === "held" || state === "confirmed");
    require(!isKept || isWhole, "nothing is freed that may be paid, or was promised");
    require(phase === "confirmed" || !states.includes("confirmed"), "nothing is confirmed alone");
    const countPayments = (state: string) => payments.filter((one) => one.state === state).length;
    require(countPayments("succeeded") === Number(phase === "confirmed"), "one payment pays");
    require(countPayments("pending") <= 1, "one payment at a time");
  }

  /** How it ended, which is all or nothing. */
  expectEnd(): string {
    const { phase, payments, leftovers } = this.#order;
    require(stepsOf(this.#order).length + leftovers.length === 0, "nothing is left to do");
    require(["confirmed", "cancelled", "expired", "refused"].includes(phase), "it has ended");
    const states = this.#reservations().map(({ state }) => state);
    const confirmed = states.filter((state) => state === "confirmed").length;
    require(confirmed === (phase === "confirmed" ? 3 : 0) && !states.includes("held"), "all or nothing");
    const theirs = this.#reservations().flatMap((reservation) => reservation.payments);
    require(!theirs.some(({ state }) => state === "pending"), "nothing waits for it");
    // One charge pays for what is confirmed, and every other one has gone back.
    const kept = [...this.#charges.values()].filter((charge) => charge.succeeded && !charge.refunded);
    const isPaid = phase === "confirmed" && this.#types[0]?.rules.priceMinor !== 0;
    require(kept.length === Number(isPaid), "tickets or the money back");
    if (payments.length > 1) this.sights.add("a second payment");
    if (payments.some(({ state }) => state === "refunded")) this.sights.add("refunded");
    return phase;
  }

  #reservations(): Reservation[] {
    return this.#types.flatMap(({ reservations }) => [...reservations.values()]);
  }

  #happen(event: Parameters<typeof decideAny>[1]): void {
    const decision = decideAny(this.#order, event, this.#nowMs);
    if (decision.type === "changed") this.#order = decision.order;
  }

  #deliver(step: OrderStep, fate: "done" | "lost" | "no reply" | "late"): void {
    if (fate === "lost") return;
    if (fate === "late") {
      this.#late.push(() => void this.#take(step));
      return;
    }
    const reply = this.#take(step);
    if (fate === "done") this.#happen(reply);
  }

  /** What the ticket type does, and what it replies. */
  #take(step: OrderStep): OrderEvent {
    if (step.type === "reserve") return this.#reserve(step.reservationId);
    const type = this.#typeOf(step.reservationId);
    this.#releaseDue();
    const reservation = type.reservations.get(step.reservationId) ?? null;
    const decision = decideOrderStep(reservation, "order", step, type.rules, this.#nowMs);
    const result: StepResult =
      decision.type === "refused"
        ? { ok: false, refusal: decision.refusal }
        : { ok: true, state: this.#save(type, decision.reservation).state };
    return { type: "acknowledged", step, result };
  }

  #reserve(reservationId: string): OrderEvent {
    const type = this.#typeOf(reservationId);
    const offer = { ...type.rules, ...type.stock, prices: [firstPrice("t", type.rules.priceMinor)] };
    const choice = { quantity: 1, priceId: null, code: null, codes: [], requiredTerms: "1", acceptedTerms: "1" };
    const buyer = { accountId: "ada", orderId: "order", ownedByBuyer: 0, holdMs: HOLD_MS };
    const event = { reservationId, ...buyer, ...choice, offer };
    const decision = decideReserve(type.reservations.get(reservationId) ?? null, event, this.#nowMs);
    if (decision.type === "refused") return { type: "abandon", notHeld: [reservationId] };
    const { priceId, priceName, code, acceptedTerms, ...price } = this.#save(type, decision.reservation);
    const { unitPriceMinor, currency, expiresAtMs } = price;
    return {
      type: "reserved",
      held: [{ reservationId, priceId, priceName, code, acceptedTerms, unitPriceMinor, currency, expiresAtMs }],
    };
  }

  /** A ticket type whose payment has waited long asks the order. */
  #ask(which: number): void {
    const waiting = this.#reservations().flatMap(({ id, payments }) =>
      payments.filter(({ state }) => state === "pending").map((payment) => ({ id, paymentId: payment.id })),
    );
    const question = pick(waiting, which);
    if (question === undefined) return;
    const step = outcomeFor(this.#order, question.id, question.paymentId);
    if (step !== null) this.#take(step);
  }

  #pay(): void {
    this.#payments += 1;
    const paymentId = `p${this.#payments}`;
    const method = this.#types[0]?.rules.priceMinor === 0 ? null : "pm_card_visa";
    this.#happen({ type: "pay", paymentId, key: paymentId, method });
  }

  /** The provider charges once for each payment, whatever it is asked; then refunds. */
  #charge(): void {
    const payment = pendingPayment(this.#order);
    if (payment !== null && this.#order.phase === "charging") {
      const charge = this.#charges.get(payment.id) ?? {
        succeeded: this.#succeeds[this.#charges.size] ?? true,
        refunded: false,
      };
      this.#charges.set(payment.id, charge);
      const outcome = charge.succeeded
        ? ({ state: "succeeded" } as const)
        : ({ state: "failed", failure: DECLINED } as const);
      this.#happen({ type: "settle", paymentId: payment.id, outcome });
    }
    for (const { id, state } of this.#order.payments) {
      const charge = this.#charges.get(id);
      if (charge?.succeeded === true && state === "failed") {
        this.#happen({ type: "settle", paymentId: id, outcome: { state: "succeeded" } });
      }
      if (state !== "refund_due" || charge === undefined) continue;
      charge.refunded = true;
      this.#happen({ type: "refunded", paymentId: id });
    }
  }

  /** Somebody gives up on a charge that goes through after all. */
  #giveUp(): void {
    const payment = pendingPayment(this.#order);
    if (payment === null || this.#order.phase !== "charging") return;
    this.#charges.set(payment.id, { succeeded: true, refunded: false });
    this.#happen({ type: "settle", paymentId: payment.id, outcome: { state: "failed", failure: DECLINED } });
  }

  #releaseDue(): void {
    for (const type of this.#types) {
      const event = type.rules.eventStatus === "cancelled" ? ("called_off" as const) : ("due" as const);
      for (const reservation of type.reservations.values()) {
        if (!isToRelease(reservation, type.rules, this.#nowMs)) continue;
        this.#apply(type, reservation, { type: event });
        // Half of the news is lost.
        const isLost = type.reservations.get(reservation.id)?.state === "cancelled";
        if (isLost && this.#payments % 2 === 0) this.#happen({ type: "lost", reservationId: reservation.id });
      }
    }
  }

  #all(event: ReservationEvent): void {
    for (const type of this.#types) for (const one of type.reservations.values()) this.#apply(type, one, event);
  }

  #apply(type: TicketType, reservation: Reservation, event: ReservationEvent): void {
    const decision = decide(reservation, event, this.#nowMs);
    if (decision.type === "changed") this.#save(type, decision.reservation);
  }

  #save(type: TicketType, reservation: Reservation): Reservation {
    const before = type.reservations.get(reservation.id)?.state ?? null;
    type.stock = moveStock(type.stock, reservation.quantity, before, reservation.state);
    type.reservations.set(reservation.id, reservation);
    return reservation;
  }

  #typeOf(reservationId: string): TicketType {
    const type = this.#types[reservationId.startsWith("a") ? 0 : 1];
    if (type === undefined) throw new Error("there are two");
    return type;
  }
}

function pick<T>(all: readonly T[], which: number): T | undefined {
  return all[which % Math.max(1, all.length)];
}

/** Thousands a second: Vitest's own are far slower. */
function require(isSo: boolean, promise: string): void {
  if (!isSo) throw new Error(`not so: ${promise}`);
}
