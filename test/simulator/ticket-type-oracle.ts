// Checks the promises of one ticket type after every step, against its object's tables.

import type { CounterSale } from "../../src/domain/counter.ts";
import {
  type Change,
  type Changes,
  hasPending,
  isCalledOff,
  isOpen,
  isOpenAtCounter,
  type MirroredPayment,
  type MirroredReservation,
  type MirroredTicketType,
  priceOf,
} from "./mirror.ts";
import { PassOracle } from "./pass-oracle.ts";
import { refundFaults } from "./refund-oracle.ts";
import type { Stage } from "./stage.ts";
import type { SimulatedTicketType } from "./ticket-types.ts";
import { mayGiveBack } from "./verdicts.ts";

// The states that may follow each state. Any other one undoes what was acknowledged.
const RESERVATION_STEPS: Readonly<Record<string, readonly string[]>> = {
  held: ["held", "confirmed", "cancelled", "expired"],
  cancelled: ["cancelled", "confirmed"],
  expired: ["expired", "confirmed"],
  confirmed: ["confirmed", "refunded"],
  // Its refund fails after all.
  refunded: ["refunded", "refund_due"],
};
const PAYMENT_STEPS: Readonly<Record<string, readonly string[]>> = {
  pending: ["pending", "succeeded", "failed", "refund_due"],
  failed: ["failed", "succeeded", "refund_due"],
  refund_due: ["refund_due", "refunded"],
  succeeded: ["succeeded"],
  // Its refund fails after all.
  refunded: ["refunded", "refund_due"],
};

export class TicketTypeOracle {
  readonly #stage: Stage;
  readonly #ticketType: SimulatedTicketType;
  /** The newest version of each reservation that D1 ever had. */
  readonly #everInD1: ReadonlyMap<string, number>;
  readonly #passes: PassOracle;
  #writesSeen = 0;

  constructor(stage: Stage, ticketType: SimulatedTicketType, everInD1: ReadonlyMap<string, number>) {
    this.#stage = stage;
    this.#ticketType = ticketType;
    this.#everInD1 = everInD1;
    this.#passes = new PassOracle(stage, ticketType);
  }

  /** What has changed since the last step; null where nothing was written. */
  afterStep(): Changes | null {
    const { storage, mirror, replies } = this.#ticketType;
    if (storage.writes === this.#writesSeen) return null;
    this.#writesSeen = storage.writes;
    const changes = mirror.refresh(storage.sqlite);
    if (mirror.ticketType !== null) this.#checkStock(mirror.ticketType);
    for (const change of changes.reservations) this.#checkChange(change);
    for (const change of changes.reservations) this.#checkSale(change);
    this.#passes.check();
    this.#checkCalledOff();
    this.#checkDeleted(changes);
    if (replies.refusedInThisStep) this.#checkRefusal(changes);
    return changes;
  }

  /** Promises 1 and 2, of the ticket type and of each of its prices and codes. */
  #checkStock(ticketType: MirroredTicketType): void {
    const { capacity, held, sold, prices, codes } = ticketType;
    const shares = new Map<string, [held: number, sold: number]>();
    const count = (name: string, { state, quantity, restocked }: MirroredReservation) => {
      const share = shares.get(name) ?? [0, 0];
      shares.set(name, share);
      if (state === "held") share[0] += quantity;
      // What was given back and is not on sale again stays out of sale.
      if (state === "confirmed" || state === "refunded") share[1] += quantity - restocked;
    };
    for (const reservation of this.#ticketType.mirror.reservations.values()) {
      const price = priceOf(ticketType, reservation.priceId)?.id;
      count("", reservation);
      count(`${price}`, reservation);
      if (reservation.code !== null) count(`${price} ${reservation.code}`, reservation);
    }
    this.#compare("the ticket type", capacity, [held, sold], shares.get("") ?? [0, 0]);
    for (const price of prices) {
      this.#compare(`price ${price.id}`, price.capacity, [price.held, price.sold], shares.get(price.id) ?? [0, 0]);
    }
    for (const { priceId, code, maxUses, uses } of codes) {
      const [held, sold] = shares.get(`${priceId} ${code}`) ?? [0, 0];
      this.#compare(`code ${code} of ${priceId}`, maxUses, [uses, 0], [held + sold, 0]);
    }
    const known = new Set([
      "",
      ...prices.map(({ id }) => id),
      ...codes.map(({ priceId, code }) => `${priceId} ${code}`),
    ]);
    for (const name of shares.keys()) if (!known.has(name)) this.#broken(3, `${name} is gone, and has reservations`);
  }

  /** `cap`: null for none. `said` are the counters, and `real` what the rows add up to. */
  #compare(of: string, cap: number | null, said: [number, number], real: [number, number]): void {
    if (cap !== null && real[0] + real[1] > cap) this.#broken(1, `${of}: ${real.join(" held + ")} sold of ${cap}`);
    if (said.join() !== real.join())
      this.#broken(2, `${of}: the counters say ${said.join("/")}, the rows ${real.join("/")}`);
  }

  #checkChange({ before, after }: Change): void {
    if (before !== null && after === null) this.#checkDropped(before);
    if (after === null) return;
    const { orders, world } = this.#stage;
    world.record(`${after.id}: ${before === null ? "new" : textOf(before)} -> ${textOf(after)}`);
    if (before !== null) this.#checkStep(before, after);
    // One whose expiry was deferred was due before, whatever the clock says now.
    const expires = after.state === "expired" && before?.state === "held" && before.releaseAs !== "expired";
    // An order expires as a whole, at the earliest deadline of its reservations.
    const isOfExpired = after.orderId !== null && orders.find(after.orderId)?.mirror.order?.phase === "expired";
    if (expires && !isOfExpired && world.timeline.wallMs < after.expiresAtMs)
      this.#broken(3, `${after.id} expired too early`);
    const paid = after.payments.filter(({ state }) => state === "succeeded").length;
    if ((after.state === "confirmed" || after.state === "refunded") && paid !== 1)
      this.#broken(5, `${after.id} is confirmed with ${paid} payments`);
    if (after.state === "cancelled" || after.state === "expired") this.#checkReleased(after);
    for (const payment of after.payments) this.#checkPayment(payment, after);
    this.#checkGivenBack(before, after);
  }

  /** Promises 2 and 4: never more tickets or money than there were, and each refund once. */
  #checkGivenBack(before: MirroredReservation | null, after: MirroredReservation): void {
    const { id, state, quantity, givenBack, restocked, refunds, unitPriceMinor } = after;
    const isRight = restocked <= givenBack && givenBack <= quantity && givenBack >= (before?.givenBack ?? 0);
    if (!isRight || (state === "refunded") !== (givenBack === quantity)) {
      this.#broken(2, `${id} is ${state}: ${givenBack} of ${quantity} given back, ${restocked} on sale again`);
    }
    const isBuyers = refunds.length > (before?.refunds.length ?? 0) && refunds.at(-1)?.requestedBy === "buyer";
    if (isBuyers && state !== "refunded") this.#broken(5, `${id} is given back, and not all of it`);
    const { provider, world } = this.#stage;
    const mayBe = mayGiveBack(this.#ticketType.mirror.ticketType?.refundableUntilMs ?? null, world.timeline.wallMs);
    if (isBuyers && !mayBe) this.#broken(10, `${id} is given back too late`);
    // A restored object does not know what it gave back, and numbers its refunds again.
    if (this.#ticketType.storage.restores > 0) return;
    for (const what of refundFaults(provider, before?.refunds ?? [], refunds, unitPriceMinor * quantity)) {
      this.#broken(4, `${id}: ${what}`);
    }
  }

  /** Promise 13: what is given or begun is so while the event is on. */
  #checkSale({ before, after }: Change): void {
    const { timeline } = this.#stage.world;
    const { ticketType } = this.#ticketType.mirror;
    if (after === null || ticketType === null) return;
    const price = priceOf(ticketType, after.priceId) ?? null;
    const isNew = before === null;
    const isTakenAgain = (before?.state === "cancelled" || before?.state === "expired") && after.state === "confirmed";
    const counter = this.#counterOf(after);
    const isOnSale = (counter === null ? isOpen : isOpenAtCounter)(ticketType, price, timeline.wallMs);
    if ((isNew || isTakenAgain) && !isOnSale) {
      this.#broken(13, `${after.id} is ${after.state} while nothing is on sale`);
    }
    if (isNew) this.#checkTerms(after, counter, ticketType);
    const costs = counter?.method === "free" ? 0 : price?.amountMinor;
    if (isNew && after.unitPriceMinor !== costs) {
      this.#broken(3, `${after.id} costs ${after.unitPriceMinor}, not ${costs}`);
    }
    if (!isCalledOff(ticketType)) return;
    // An order that was paid before that has been sold: it asked each of its ticket types.
    if (before?.state !== "confirmed" && after.state === "confirmed" && after.orderId === null) {
      this.#broken(13, `${after.id} is confirmed although the event was called off`);
    }
    if (after.payments.length > (before?.payments.length ?? 0)) {
      this.#broken(13, `a payment of ${after.id} began although the event was called off`);
    }
  }

  /** What was in force is what it is held under. At the counter people talk. */
  #checkTerms(after: MirroredReservation, counter: CounterSale | null, { termsVersion }: MirroredTicketType): void {
    const required = counter === null ? termsVersion : null;
    if (after.acceptedTerms === required) return;
    this.#broken(3, `${after.id} is held under ${after.acceptedTerms}, and ${required} is required`);
  }

  /** Null for what a buyer holds. An order is on record before its first call, or is forgotten. */
  #counterOf({ orderId }: MirroredReservation): CounterSale | null {
    const mirror = orderId === null ? undefined : this.#stage.orders.find(orderId)?.mirror;
    return (mirror?.order ?? mirror?.forgotten.at(-1))?.counter ?? null;
  }

  /** Promise 13: as few holds as here are released in the commit that takes the news. */
  #checkCalledOff(): void {
    const { ticketType, reservations } = this.#ticketType.mirror;
    if (ticketType === null || !isCalledOff(ticketType)) return;
    for (const { id, state, releaseAs } of reservations.values()) {
      if (state === "held" && releaseAs === null) this.#broken(13, `${id} is held although the event was called off`);
    }
  }

  /** Promise 3: only what nobody ever held is deleted, as far back as the object remembers. */
  #checkDeleted({ ticketTypeBefore, reservations }: Changes): void {
    if (ticketTypeBefore === null || this.#ticketType.mirror.ticketType !== null) return;
    const [held] = reservations;
    if (held !== undefined) this.#broken(3, `the ticket type was deleted, and ${held.before?.id} was held`);
  }

  /** Promise 3: nothing that was committed is lost or undone. */
  #checkStep(before: MirroredReservation, after: MirroredReservation): void {
    if (!RESERVATION_STEPS[before.state]?.includes(after.state)) {
      this.#broken(3, `${after.id} went from ${before.state} to ${after.state}`);
    }
    if (after.version <= before.version) this.#broken(3, `${after.id} changed without a new version`);
    const fixed = (it: MirroredReservation) =>
      [
        it.accountId,
        it.orderId,
        it.quantity,
        it.priceId,
        it.code,
        it.acceptedTerms,
        it.unitPriceMinor,
        it.expiresAtMs,
        it.createdAtMs,
      ].join();
    if (fixed(before) !== fixed(after)) this.#broken(3, `${after.id} is not what was reserved`);
    for (const payment of before.payments) {
      const now = after.payments.find(({ id }) => id === payment.id);
      if (now === undefined || !PAYMENT_STEPS[payment.state]?.includes(now.state)) {
        this.#broken(3, `payment ${payment.id} went from ${payment.state} to ${now?.state}`);
      }
    }
  }

  /** The object may delete an ended reservation once D1 has it. */
  #checkDropped(before: MirroredReservation): void {
    const hasEnded = before.state === "cancelled" || before.state === "expired";
    const isOpen = before.payments.some(({ state }) => state === "pending" || state === "refund_due");
    const inD1 = this.#everInD1.get(before.id) ?? 0;
    if (!hasEnded || isOpen || inD1 < before.version) this.#broken(3, `${before.id} is gone: ${textOf(before)}`);
  }

  /** Promises 5 and 6: no money is kept without tickets; no stock is free that may be paid. */
  #checkReleased(reservation: MirroredReservation): void {
    if (hasPending(reservation)) this.#broken(6, `${reservation.id} was released while a payment is pending`);
    for (const { id, state } of reservation.payments) {
      if (state === "succeeded") this.#broken(5, `${reservation.id} was released although it is paid`);
      const { provider } = this.#stage;
      if (provider.chargesOf(id).some((charge) => provider.isProcessing(charge))) {
        this.#broken(6, `${reservation.id} was released while the provider works on ${id}`);
      }
    }
  }

  /** Promise 5: the object's state of a payment is what the provider did. */
  #checkPayment(payment: MirroredPayment, { unitPriceMinor, orderId }: MirroredReservation): void {
    // An order charges for all of its reservations at once.
    if (unitPriceMinor === 0 || orderId !== null) return;
    const { provider } = this.#stage;
    const charges = provider.chargesOf(payment.id).filter((charge) => !provider.isProcessing(charge));
    const refunds = provider.refundsOf(payment.id);
    const wasDeclined = provider.movements.some((it) => it.paymentId === payment.id && it.wasDeclined);
    const says = `payment ${payment.id} is ${payment.state}`;
    if (["succeeded", "refund_due", "refunded"].includes(payment.state) && charges.length === 0) {
      this.#broken(5, `${says}, but nothing was charged`);
    }
    if (payment.state === "failed" && !wasDeclined) this.#broken(5, `${says}, but the provider never declined it`);
    if (payment.state === "succeeded" && refunds.length > 0) this.#broken(5, `${says}, but it was refunded`);
    if (payment.state === "refunded" && refunds.length === 0) this.#broken(5, `${says}, but no money went back`);
  }

  /** Promise 10. Holds that were due may be released on the way. */
  #checkRefusal({ ticketTypeBefore, reservations }: Changes): void {
    const { timeline } = this.#stage.world;
    let released = 0;
    for (const { before, after } of reservations) {
      const isDue = before?.state === "held" && timeline.wallMs >= before.expiresAtMs && after !== null;
      const isRelease = isDue && (after.state === "expired" || after.releaseAs === "expired");
      if (!isRelease || before.payments.length !== after.payments.length) {
        this.#broken(10, `a refusal changed ${after?.id ?? before?.id}`);
      } else if (after.state === "expired") released += after.quantity;
    }
    const after = this.#ticketType.mirror.ticketType;
    const isSame =
      ticketTypeBefore?.capacity === after?.capacity &&
      (ticketTypeBefore?.held ?? 0) - released === (after?.held ?? 0) &&
      ticketTypeBefore?.sold === after?.sold;
    if (!isSame) this.#broken(10, "a refusal changed the stock");
  }

  #broken(promise: number, what: string): void {
    this.#stage.world.broken(`promise ${promise}: ${what}`);
  }
}

function textOf({ state, releaseAs, payments, givenBack, refunds }: MirroredReservation): string {
  const back = givenBack === 0 && refunds.length === 0 ? "" : ` -${givenBack}`;
  const money = refunds.map((refund) => ` ${refund.id} ${refund.state}`).join("");
  const paid = payments.map((payment) => `${payment.id} ${payment.state}`).join(", ");
  return `${state}${releaseAs === null ? "" : ` (then ${releaseAs})`}${paid === "" ? "" : ` [${paid}]`}${back}${money}`;
}
