// Checks the promises after every step, against the object's tables and the provider's ledger.

import { CatalogueWatch } from "./catalogue-watch.ts";
import {
  type Change,
  type Changes,
  hasPending,
  isCalledOff,
  isOpen,
  type MirroredPayment,
  type MirroredReservation,
} from "./mirror.ts";
import type { Stage } from "./stage.ts";

// The states that may follow each state. Any other one undoes what was acknowledged.
const RESERVATION_STEPS: Readonly<Record<string, readonly string[]>> = {
  held: ["held", "confirmed", "cancelled", "expired"],
  cancelled: ["cancelled", "confirmed"],
  expired: ["expired", "confirmed"],
  confirmed: ["confirmed"],
};
const PAYMENT_STEPS: Readonly<Record<string, readonly string[]>> = {
  pending: ["pending", "succeeded", "failed", "refund_due"],
  failed: ["failed", "succeeded", "refund_due"],
  refund_due: ["refund_due", "refunded"],
  succeeded: ["succeeded"],
  refunded: ["refunded"],
};

const VERSIONS = "SELECT id, version FROM reservations UNION ALL SELECT id, version FROM ticket_types";

export class Oracle {
  readonly #stage: Stage;
  /** What D1 has, and the newest that it ever had. */
  readonly #versionsInD1 = new Map<string, number>();
  readonly #everInD1 = new Map<string, number>();
  readonly #inD1: CatalogueWatch;
  #writesSeen = 0;
  #d1WritesSeen = 0;
  #d1RestoresSeen = 0;
  #movementsSeen = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#inD1 = new CatalogueWatch(stage);
  }

  afterStep(): void {
    const { world, storage, provider, d1, replies } = this.#stage;
    if (storage.writes !== this.#writesSeen) {
      this.#writesSeen = storage.writes;
      const changes = world.mirror.refresh(storage.sqlite);
      this.#checkStock();
      for (const change of changes.reservations) this.#checkChange(change);
      for (const change of changes.reservations) this.#checkSale(change);
      this.#checkCalledOff();
      this.#checkDeleted(changes);
      if (replies.refusedInThisStep) this.#checkRefusal(changes);
    }
    if (provider.movements.length !== this.#movementsSeen) this.#checkLedger();
    if (d1.writes !== this.#d1WritesSeen) this.#checkD1();
    this.#checkClosedAccounts();
  }

  /** Promises 1 and 2. */
  #checkStock(): void {
    const { ticketType, reservations } = this.#stage.world.mirror;
    if (ticketType === null) return;
    const sumOf = (wanted: string) =>
      [...reservations.values()].reduce((sum, { state, quantity }) => sum + (state === wanted ? quantity : 0), 0);
    const [held, sold] = [sumOf("held"), sumOf("confirmed")];
    if (held + sold > ticketType.capacity) this.#broken(1, `${held} held + ${sold} sold of ${ticketType.capacity}`);
    if (held !== ticketType.held || sold !== ticketType.sold) {
      this.#broken(2, `the counters say ${ticketType.held}/${ticketType.sold}, the rows ${held}/${sold}`);
    }
  }

  #checkChange({ before, after }: Change): void {
    if (before !== null && after === null) this.#checkDropped(before);
    if (after === null) return;
    const { world } = this.#stage;
    world.record(`${after.id}: ${before === null ? "new" : textOf(before)} -> ${textOf(after)}`);
    if (before !== null) this.#checkStep(before, after);
    // One whose expiry was deferred was due before, whatever the clock says now.
    const expires = after.state === "expired" && before?.state === "held" && before.releaseAs !== "expired";
    if (expires && world.timeline.wallMs < after.expiresAtMs) this.#broken(3, `${after.id} expired too early`);
    const paid = after.payments.filter(({ state }) => state === "succeeded").length;
    if (after.state === "confirmed" && paid !== 1) this.#broken(5, `${after.id} is confirmed with ${paid} payments`);
    if (after.state === "cancelled" || after.state === "expired") this.#checkReleased(after);
    for (const payment of after.payments) this.#checkPayment(payment, after);
  }

  /** Promise 13: what is given or begun is so while the event is on. */
  #checkSale({ before, after }: Change): void {
    const { mirror, timeline } = this.#stage.world;
    if (after === null || mirror.ticketType === null) return;
    const isNew = before === null;
    const isTakenAgain = (before?.state === "cancelled" || before?.state === "expired") && after.state === "confirmed";
    if ((isNew || isTakenAgain) && !isOpen(mirror.ticketType, timeline.wallMs)) {
      this.#broken(13, `${after.id} is ${after.state} while nothing is on sale`);
    }
    if (!isCalledOff(mirror.ticketType)) return;
    if (before?.state !== "confirmed" && after.state === "confirmed") {
      this.#broken(13, `${after.id} is confirmed although the event was called off`);
    }
    if (after.payments.length > (before?.payments.length ?? 0)) {
      this.#broken(13, `a payment of ${after.id} began although the event was called off`);
    }
  }

  /** Promise 13: as few holds as here are released in the commit that takes the news. */
  #checkCalledOff(): void {
    const { ticketType, reservations } = this.#stage.world.mirror;
    if (ticketType === null || !isCalledOff(ticketType)) return;
    for (const { id, state, releaseAs } of reservations.values()) {
      if (state === "held" && releaseAs === null) this.#broken(13, `${id} is held although the event was called off`);
    }
  }

  /** Promise 3: only what nobody ever held is deleted, as far back as the object remembers. */
  #checkDeleted({ ticketTypeBefore, reservations }: Changes): void {
    if (ticketTypeBefore === null || this.#stage.world.mirror.ticketType !== null) return;
    const [held] = reservations;
    if (held !== undefined) this.#broken(3, `the ticket type was deleted, and ${held.before?.id} was held`);
  }

  /** The object said that it has released all holds of an account. */
  #checkClosedAccounts(): void {
    const { replies, world } = this.#stage;
    for (const id of replies.released.splice(0)) {
      const reservation = world.mirror.reservations.get(id);
      const isHeld = reservation?.state === "held" && reservation.releaseAs === null;
      if (isHeld) this.#broken(10, `${id} is held although its account is closed`);
    }
  }

  /** Promise 3: nothing that was committed is lost or undone. */
  #checkStep(before: MirroredReservation, after: MirroredReservation): void {
    if (!RESERVATION_STEPS[before.state]?.includes(after.state)) {
      this.#broken(3, `${after.id} went from ${before.state} to ${after.state}`);
    }
    if (after.version <= before.version) this.#broken(3, `${after.id} changed without a new version`);
    const fixed = ({ accountId, quantity, unitPriceMinor, expiresAtMs, createdAtMs }: MirroredReservation) =>
      [accountId, quantity, unitPriceMinor, expiresAtMs, createdAtMs].join();
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
  #checkPayment(payment: MirroredPayment, { unitPriceMinor }: MirroredReservation): void {
    if (unitPriceMinor === 0) return;
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
    const { mirror, timeline } = this.#stage.world;
    let released = 0;
    for (const { before, after } of reservations) {
      const isDue = before?.state === "held" && timeline.wallMs >= before.expiresAtMs && after !== null;
      const isRelease = isDue && (after.state === "expired" || after.releaseAs === "expired");
      if (!isRelease || before.payments.length !== after.payments.length) {
        this.#broken(10, `a refusal changed ${after?.id ?? before?.id}`);
      } else if (after.state === "expired") released += after.quantity;
    }
    const after = mirror.ticketType;
    const isSame =
      ticketTypeBefore?.capacity === after?.capacity &&
      (ticketTypeBefore?.held ?? 0) - released === (after?.held ?? 0) &&
      ticketTypeBefore?.sold === after?.sold;
    if (!isSame) this.#broken(10, "a refusal changed the stock");
  }

  /** Promise 4. A movement is judged once, when it is made. */
  #checkLedger(): void {
    const { world, provider } = this.#stage;
    for (const { paymentId, reservationId, kind, amountMinor } of provider.movements.slice(this.#movementsSeen)) {
      const reservation = world.mirror.reservations.get(reservationId);
      const total = (reservation?.unitPriceMinor ?? 0) * (reservation?.quantity ?? 0);
      if (amountMinor !== total) this.#broken(4, `a ${kind} of ${amountMinor} for ${paymentId}, which costs ${total}`);
      const charges = provider.chargesOf(paymentId).length;
      const refunds = provider.refundsOf(paymentId).length;
      if (charges > 1) this.#broken(4, `${paymentId} was charged ${charges} times`);
      if (refunds > 1) this.#broken(4, `${paymentId} was refunded ${refunds} times`);
      if (kind === "refund" && charges === 0) this.#broken(4, `${paymentId} was refunded without a charge`);
    }
    this.#movementsSeen = provider.movements.length;
  }

  /** A copy is never older than it was, never newer than the original, unless one was restored. */
  #checkD1(): void {
    const { d1, storage } = this.#stage;
    this.#d1WritesSeen = d1.writes;
    const wasRestored = d1.restores !== this.#d1RestoresSeen;
    this.#d1RestoresSeen = d1.restores;
    if (wasRestored) this.#versionsInD1.clear();
    this.#inD1.check(wasRestored);
    for (const row of d1.sqlite.all(VERSIONS)) {
      const id = String(row.id);
      const version = Number(row.version);
      const original = this.#versionOf(id) ?? version;
      const earlier = this.#versionsInD1.get(id) ?? 0;
      if (version < earlier) this.#broken(9, `D1 went back from version ${earlier} of ${id} to ${version}`);
      if (version > original && storage.restores === 0)
        this.#broken(9, `D1 has version ${version} of ${id}, which is at ${original}`);
      this.#versionsInD1.set(id, version);
      this.#everInD1.set(id, Math.max(version, this.#everInD1.get(id) ?? 0));
    }
  }

  /** Null for what the object has dropped or lost. */
  #versionOf(id: string): number | null {
    const { reservations, ticketType, isDeleted } = this.#stage.world.mirror;
    if (id.includes("-") || isDeleted) return reservations.get(id)?.version ?? null;
    return ticketType?.version ?? 0;
  }

  #broken(promise: number, what: string): void {
    this.#stage.world.broken(`promise ${promise}: ${what}`);
  }
}

function textOf({ state, releaseAs, payments }: MirroredReservation): string {
  const paid = payments.map((payment) => `${payment.id} ${payment.state}`).join(", ");
  return `${state}${releaseAs === null ? "" : ` (then ${releaseAs})`}${paid === "" ? "" : ` [${paid}]`}`;
}
