// True histories, made by the product's own decisions, which the checker must accept.

import { currentPayment } from "../../../src/domain/payment.ts";
import { hasPendingPayment, type Reservation } from "../../../src/domain/reservation.ts";
import { available } from "../../../src/domain/stock.ts";
import type { Outcome, PaymentState } from "../../crash/hold-model.ts";
import {
  type Answered,
  type CancelAnswer,
  type History,
  isGranting,
  type Operation,
  type PartOfOrder,
  type PayAnswer,
  REFUND_REFUSALS,
} from "../../crash/operations.ts";
import { Prng } from "../../support/prng.ts";
import { BoxOffice } from "../domain/box-office.ts";

const ORDER = "an order";
/** A cap that a third of all requests ask for. */
const CAP = "early";
const DECLINED = { code: "declined", message: "No." };
/** The box office's own. */
const HOLD_MS = 15 * 60_000;
const TOLERANCE_MS = 1_000;
const LONGEST_CALL_MS = 60_000;
const LONGEST_THOUGHT_MS = 5 * 60_000;
const LONGEST_PAYMENT_MS = 20 * 60_000;

export interface Size {
  readonly buyers: number;
  readonly capacity: number;
  readonly callsPerBuyer: number;
  /** How many calls of 1 get no answer. */
  readonly lost: number;
  /** Whether its event is called off in the middle, and whether what was sold is refunded then. */
  readonly isCalledOff?: boolean;
  readonly isRefunding?: boolean;
  /** Whether buyers may give back what is confirmed. */
  readonly isRefundable?: boolean;
}

export function generateHistory(seed: number, size: Size): History {
  return new Generator(new Prng(seed), size).generate();
}

class Generator {
  readonly #prng: Prng;
  readonly #size: Size;
  readonly #office: BoxOffice;
  readonly #operations: Operation[] = [];
  readonly #agenda: { atMs: number; happens: () => void }[] = [];
  /** How far the service's clock is from the clients'. */
  readonly #offsetMs: number;
  /** By buyer: the holds whose reply they got. */
  readonly #known: number[][];
  /** By hold: from when its order had a reason to let go of it. */
  readonly #reasons = new Map<string, number>();
  /** Holds that the cap counts. */
  readonly #capped = new Set<number>();
  #keys = 0;

  constructor(prng: Prng, size: Size) {
    this.#prng = prng;
    this.#size = size;
    this.#office = new BoxOffice(size.capacity, null, 100);
    this.#offsetMs = prng.between(-TOLERANCE_MS / 2, TOLERANCE_MS / 2);
    this.#known = Array.from({ length: size.buyers }, () => []);
  }

  generate(): History {
    const beginsMs = this.#office.nowMs;
    for (let buyer = 0; buyer < this.#size.buyers; buyer++) this.#plan(buyer, this.#size.callsPerBuyer, beginsMs);
    if (this.#size.isCalledOff === true) this.#planCallingOff(beginsMs);
    let nowMs = beginsMs;
    const next = () => this.#agenda.sort((a, b) => b.atMs - a.atMs).pop();
    for (let event = next(); event !== undefined; event = next()) {
      nowMs = event.atMs;
      this.#at(nowMs);
      event.happens();
    }
    this.#lookAtAll(nowMs + 2 * HOLD_MS);
    const operations = this.#operations.map((operation) => this.#withReason(operation));
    const caps = { [CAP]: this.#cap() };
    return { capacity: this.#size.capacity, caps, holdMs: HOLD_MS, clockToleranceMs: TOLERANCE_MS, operations };
  }

  /** A calling-off is a reason for every order. */
  #withReason(operation: Operation): Operation {
    if (!isGranting(operation) || operation.answer.order === null) return operation;
    const { hold, order } = operation.answer;
    const off = this.#operations.find(({ type }) => type === "call_off")?.startMs;
    const cancelledFromMs = Math.min(this.#reasons.get(hold) ?? Number.POSITIVE_INFINITY, off ?? order.cancelledFromMs);
    return { ...operation, answer: { ...operation.answer, order: { ...order, cancelledFromMs } } };
  }

  #cap(): number {
    return Math.ceil(this.#size.capacity / 2);
  }

  /** The service's clock; whatever is due by then is released before anything else is decided. */
  #at(nowMs: number): void {
    this.#office.nowMs = nowMs + this.#offsetMs;
    const type = this.#isCalledOff() ? "called_off" : "due";
    for (const index of this.#office.reservations.keys()) this.#office.tell(index, { type });
  }

  #isCalledOff(): boolean {
    return this.#office.rules.eventStatus === "cancelled";
  }

  #planCallingOff(fromMs: number): void {
    const startMs = fromMs + this.#prng.between(0, (this.#size.callsPerBuyer * LONGEST_THOUGHT_MS) / 2);
    const effectMs = startMs + this.#prng.between(1, LONGEST_CALL_MS);
    const endMs = effectMs + this.#prng.between(1, LONGEST_CALL_MS);
    const happens = () => {
      this.#office.rules = { ...this.#office.rules, eventStatus: "cancelled" };
      this.#at(effectMs);
      if (this.#size.isRefunding === true) this.#refundAll(startMs, effectMs);
    };
    this.#agenda.push({ atMs: effectMs, happens });
    this.#operations.push({ type: "call_off", answer: "done", startMs, endMs });
  }

  /** Of what was bought alone: one by one, and some of it late. */
  #refundAll(startMs: number, fromMs: number): void {
    for (const [index, { id: hold, orderId }] of this.#office.reservations.entries()) {
      if (orderId !== null) continue;
      const happens = () => {
        const decision = this.#office.giveBack(index, { type: "called_off", reservationIds: [hold] });
        if (decision.type !== "changed") return;
        const quantity = decision.reservation.refunds.at(-1)?.items[0]?.quantity ?? 0;
        const refund = { type: "refund", hold, quantity, restocked: 0, isCallingOff: true, answer: "done" } as const;
        this.#operations.push({ ...refund, startMs, endMs: Number.POSITIVE_INFINITY });
      };
      this.#agenda.push({ atMs: fromMs + this.#prng.between(1, HOLD_MS), happens });
    }
  }

  #plan(buyer: number, callsLeft: number, fromMs: number): void {
    if (callsLeft === 0) return;
    const startMs = fromMs + this.#prng.between(0, LONGEST_THOUGHT_MS);
    const effectMs = startMs + this.#prng.between(1, LONGEST_CALL_MS);
    const endMs = effectMs + this.#prng.between(1, LONGEST_CALL_MS);
    const isLost = this.#prng.chance(this.#size.lost);
    const call = this.#choose(buyer, startMs);
    // A call that nobody answered may never happen, and may happen long after.
    const happens = !isLost || this.#prng.chance(0.6);
    const lateMs = isLost ? this.#prng.pick([0, 0, LONGEST_THOUGHT_MS, HOLD_MS]) : 0;
    const record = (answered: Answered | null) => {
      const times = { startMs, endMs: isLost ? Number.POSITIVE_INFINITY : endMs };
      if (answered !== null) this.#operations.push({ ...answered, ...times });
    };
    const perform = () => {
      const [answered, reply = null] = [call.perform()].flat();
      const isHold = answered?.type === "reserve" && answered.answer.type === "granted";
      if (isHold && !isLost) this.#known[buyer]?.push(this.#office.reservations.length - 1);
      // A hold or a refund whose reply was lost is found in the end.
      const isFound = isHold || (answered?.type === "refund" && answered.answer === "done");
      if (isFound || !isLost) record(answered ?? null);
      else record(call.lost);
      if (!isLost) record(reply);
    };
    if (happens) this.#agenda.push({ atMs: effectMs + lateMs, happens: perform });
    else record(call.lost);
    this.#agenda.push({ atMs: endMs, happens: () => this.#plan(buyer, callsLeft - 1, endMs) });
  }

  #choose(buyer: number, startMs: number): Call {
    const known = this.#known[buyer] ?? [];
    const dice = this.#prng.fraction();
    if (known.length === 0 || dice < 0.35) return this.#reserve(this.#prng.between(1, 3), startMs);
    const index = this.#prng.chance(0.7) ? (known.at(-1) as number) : this.#prng.pick(known);
    const isOrdered = this.#reservation(index).orderId !== null;
    if (dice < 0.6) {
      const outcome = this.#prng.pick(["succeeds", "fails"] as const);
      return isOrdered ? this.#payOrder(index, outcome) : this.#pay(index, outcome);
    }
    if (dice < 0.75) return isOrdered ? this.#cancelOrder(index, startMs) : this.#cancel(index);
    if (dice < 0.85 && !isOrdered) return this.#refund(index);
    return { perform: () => this.#show(index), lost: null };
  }

  #reserve(quantity: number, startMs: number): Call {
    const isOrdered = this.#prng.chance(0.4);
    const isCapped = this.#prng.chance(0.3);
    const asked = { type: "reserve", quantity, caps: isCapped ? [CAP] : [] } as const;
    const perform = (): Answered => {
      const left = Math.min(available(this.#office.stock), isCapped ? this.#leftOfCap() : Number.POSITIVE_INFINITY);
      if (this.#isCalledOff()) return { ...asked, answer: { type: "not_on_sale" } };
      if (quantity > left || !this.#office.reserve("anybody", quantity, isOrdered ? ORDER : null)) {
        return { ...asked, answer: { type: "sold_out", available: left } };
      }
      const index = this.#office.reservations.length - 1;
      if (isCapped) this.#capped.add(index);
      const { id, createdAtMs, expiresAtMs } = this.#reservation(index);
      const order = isOrdered ? this.#orderOf(index, startMs) : null;
      return { ...asked, answer: { type: "granted", hold: id, createdAtMs, expiresAtMs, order } };
    };
    return { perform, lost: null };
  }

  #leftOfCap(): number {
    const taken = [...this.#capped].map((index) => this.#reservation(index));
    const isTaken = ({ state }: Reservation) => state !== "cancelled" && state !== "expired";
    return this.#cap() - taken.filter(isTaken).reduce((sum, { quantity, restocked }) => sum + quantity - restocked, 0);
  }

  /** Some orders are refused by another ticket type, or end because of an earlier hold there. */
  #orderOf(index: number, startMs: number): PartOfOrder {
    const { id, expiresAtMs } = this.#reservation(index);
    const deadlineMs = expiresAtMs - this.#prng.pick([0, 0, 1, LONGEST_CALL_MS]);
    if (this.#prng.chance(0.2)) {
      this.#reasons.set(id, startMs);
      this.#releaseAt(index, "cancelled", this.#office.nowMs + this.#prng.between(1, LONGEST_CALL_MS));
    } else if (deadlineMs < expiresAtMs) this.#releaseAt(index, "expired", deadlineMs);
    return { cancelledFromMs: Number.POSITIVE_INFINITY, expiresAtMs: deadlineMs };
  }

  /** By the service's clock. */
  #releaseAt(index: number, as: "cancelled" | "expired", atMs: number): void {
    const { id: reservationId } = this.#reservation(index);
    const happens = () => {
      // Once it may be charged, no deadline ends an order.
      const isKept = as === "expired" && hasPendingPayment(this.#reservation(index));
      if (!isKept) this.#office.takeStep(index, { type: "release", reservationId, as, failure: DECLINED });
    };
    this.#agenda.push({ atMs: atMs - this.#offsetMs, happens });
  }

  #payOrder(index: number, outcome: Outcome): Call {
    const { id: hold } = this.#reservation(index);
    const perform = (): Answered | null => {
      this.#keys += 1;
      const step = { reservationId: hold, paymentId: `order's ${this.#keys}` };
      if (this.#office.takeStep(index, { type: "begin", ...step }).type === "refused") return null;
      const atMs = this.#office.nowMs - this.#offsetMs + this.#prng.between(1, LONGEST_PAYMENT_MS);
      this.#agenda.push({ atMs, happens: () => this.#settleOrder(index, step, outcome) });
      return { type: "pay", hold, outcome, answer: "accepted" };
    };
    return { perform, lost: { type: "pay", hold, outcome, answer: "unknown" } };
  }

  /** What was called off may have been asked before. */
  #settleOrder(
    index: number,
    step: { readonly reservationId: string; readonly paymentId: string },
    outcome: Outcome,
  ): void {
    if (outcome === "fails") this.#office.takeStep(index, { type: "fail", ...step, failure: DECLINED });
    else if (this.#isCalledOff() && this.#prng.chance(0.5)) {
      this.#office.takeStep(index, { type: "release", ...step, as: "cancelled", failure: DECLINED });
    } else this.#office.takeStep(index, { type: "confirm", ...step });
  }

  #cancelOrder(index: number, startMs: number): Call {
    const { id: hold } = this.#reservation(index);
    this.#reasons.set(hold, Math.min(this.#reasons.get(hold) ?? startMs, startMs));
    const perform = (): Answered | null => {
      const release = { type: "release", reservationId: hold, as: "cancelled", failure: DECLINED } as const;
      return this.#office.takeStep(index, release).type === "refused" ? null : { type: "cancel", hold, answer: "done" };
    };
    return { perform, lost: null };
  }

  #pay(index: number, outcome: Outcome): Call {
    const hold = this.#reservation(index).id;
    const perform = (): Answered => {
      this.#keys += 1;
      const { decision } = this.#office.pay(index, `key ${this.#keys}`);
      if (decision.type === "refused") return { type: "pay", hold, outcome, answer: decision.refusal as PayAnswer };
      const paymentId = decision.reservation.payments.at(-1)?.id ?? "";
      const atMs = this.#office.nowMs - this.#offsetMs + this.#prng.between(1, LONGEST_PAYMENT_MS);
      const happens = () => void this.#office.settle(index, paymentId, outcome === "succeeds");
      this.#agenda.push({ atMs, happens });
      return { type: "pay", hold, outcome, answer: "accepted" };
    };
    return { perform, lost: { type: "pay", hold, outcome, answer: "unknown" } };
  }

  #cancel(index: number): Call {
    const hold = this.#reservation(index).id;
    const perform = (): Answered | Answered[] => {
      const { decision } = this.#office.tell(index, { type: "cancel" });
      if (decision.type === "refused") {
        const isSold = decision.refusal === "already_confirmed" || decision.refusal === "already_refunded";
        if (isSold && this.#size.isRefundable === true) return this.#giveBack(index);
        return { type: "cancel", hold, answer: decision.refusal as CancelAnswer };
      }
      return { type: "cancel", hold, answer: decision.reservation.state === "held" ? "deferred" : "done" };
    };
    return { perform, lost: { type: "cancel", hold, answer: "unknown" } };
  }

  /** By its buyer: all that is left, once. */
  #giveBack(index: number): Answered[] {
    const { id: hold } = this.#reservation(index);
    const decision = this.#office.giveBack(index, { type: "give_back", refundableUntilMs: Number.MAX_SAFE_INTEGER });
    if (decision.type === "refused") return [{ type: "cancel", hold, answer: "already_refunded" }];
    const said = { type: "cancel", hold, answer: "given_back" } as const;
    if (decision.type === "unchanged") return [said];
    const quantity = decision.reservation.refunds.at(-1)?.items[0]?.quantity ?? 0;
    const refund = {
      type: "refund",
      hold,
      quantity,
      restocked: quantity,
      isCallingOff: false,
      answer: "done",
    } as const;
    return [refund, said];
  }

  /** By the organiser. */
  #refund(index: number): Call {
    const hold = this.#reservation(index).id;
    const [what, restock] = [this.#prng.pick([1, 1, "all"] as const), this.#prng.chance(0.5)];
    const perform = (): Answered | null => {
      const decision = this.#office.refund(index, what, restock);
      const asked = { type: "refund", hold, isCallingOff: false } as const;
      if (decision.type === "refused") {
        const answer = REFUND_REFUSALS.find((known) => known === decision.refusal.type);
        return answer === undefined ? null : { ...asked, quantity: 0, restocked: 0, answer };
      }
      const quantity = decision.reservation.refunds.at(-1)?.items[0]?.quantity ?? 0;
      return { ...asked, quantity, restocked: restock ? quantity : 0, answer: "done" };
    };
    return { perform, lost: null };
  }

  #show(index: number): Answered {
    const { id, state, quantity, givenBack, expiresAtMs, payments } = this.#reservation(index);
    const current = currentPayment(payments)?.state ?? null;
    const payment = (current === "refund_due" ? "refunded" : current) as PaymentState | null;
    return { type: "show", hold: id, answer: { state, payment, quantity, givenBack, expiresAtMs } };
  }

  #lookAtAll(nowMs: number): void {
    this.#at(nowMs);
    const times = { startMs: nowMs, endMs: nowMs + LONGEST_CALL_MS };
    for (const index of this.#office.reservations.keys()) this.#operations.push({ ...this.#show(index), ...times });
    const { held, sold } = this.#office.stock;
    // After all looks: by then every payment is seen to be settled.
    const afterMs = times.endMs + 1;
    this.#operations.push({ type: "taken", answer: held + sold, startMs: afterMs, endMs: afterMs });
  }

  #reservation(index: number): Reservation {
    const reservation = this.#office.reservations[index];
    if (reservation === undefined) throw new Error(`there is no reservation ${index}`);
    return reservation;
  }
}

interface Call {
  /** Null where the reply says nothing of the tickets. */
  readonly perform: () => Answered | readonly Answered[] | null;
  /** What is on record where nobody answered; null where that says nothing. */
  readonly lost: Answered | null;
}
