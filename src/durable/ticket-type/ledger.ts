// The ticket type with its counters, and the reservations that they add up to.

import { type PassClaim, passesOf, revokedBy } from "../../domain/pass.ts";
import { todoFor } from "../../domain/payment.ts";
import type { Price } from "../../domain/price.ts";
import { isToEnd, isToRelease, type Reservation } from "../../domain/reservation.ts";
import { decide } from "../../domain/reservation-decisions.ts";
import type { Message, NewMessages } from "../shared/message-sender.ts";
import { nextDispatchMs } from "../shared/schedule.ts";
import { type Change, type Changes, Draft, type Inventory } from "./draft.ts";
import type { PassChange, PassRecord } from "./plan-passes.ts";
import type { TicketTypeState } from "./protocol.ts";
import { releaseAtMs } from "./schedule.ts";
import { Store } from "./store.ts";

/** Due holds that one step releases. A call that needs more stock takes several steps. */
const HOLDS_PER_STEP = 100;

/** What a commit changed, and the messages that begin with it. */
export interface Committed extends NewMessages {
  readonly ticketTypeChanged: boolean;
  readonly reservations: readonly Reservation[];
  readonly passes: readonly PassChange[];
  /** Of orders: holds that end because their event was called off, or will with their payment. */
  readonly lost: readonly Reservation[];
}

export class Ledger {
  readonly #storage: DurableObjectStorage;
  readonly store: Store;
  readonly #committed: (committed: Committed, nowMs: number) => void;
  /** Null until the object is configured. Its storage stays empty until then. */
  #ticketType: TicketTypeState | null = null;
  // What the transaction in progress changed.
  #changed: Reservation[] = [];
  #changedPasses: PassChange[] = [];
  #lost: Reservation[] = [];
  #newMessages: Message[] = [];
  #newRefundMessages: Message[] = [];

  /** `committed` does what a commit left to do. It is called with no await in between. */
  constructor(storage: DurableObjectStorage, committed: (committed: Committed, nowMs: number) => void) {
    this.#storage = storage;
    this.store = new Store(storage.sql);
    this.#committed = committed;
  }

  open(): void {
    this.#ticketType = this.store.ticketType();
  }

  /** The tables are gone. */
  close(): void {
    this.#ticketType = null;
    this.store.invalidateCaches();
  }

  get ticketType(): TicketTypeState | null {
    return this.#ticketType;
  }

  /** The ticket type, for callers that know it is configured. */
  requireTicketType(): TicketTypeState {
    if (this.#ticketType === null) throw new Error("the ticket type is not configured");
    return this.#ticketType;
  }

  /**
   * The one way to change anything: a transaction, then what it left to do, with no await in
   * between, so that a crash loses neither. If `work` throws, memory is rolled back too.
   */
  commit<Result>(nowMs: number, work: () => Result): Result {
    const before = this.#ticketType;
    this.#changed = [];
    this.#changedPasses = [];
    this.#lost = [];
    this.#newMessages = [];
    this.#newRefundMessages = [];
    let result: Result;
    try {
      result = this.#storage.transactionSync(work);
    } catch (fault) {
      this.#ticketType = before;
      this.store.invalidateCaches();
      throw fault;
    }
    const ticketTypeChanged = this.#ticketType !== before;
    const messages = { messages: this.#newMessages, refundMessages: this.#newRefundMessages };
    const committed = { reservations: this.#changed, passes: this.#changedPasses, lost: this.#lost, ...messages };
    this.#committed({ ticketTypeChanged, ...committed }, nowMs);
    return result;
  }

  /** Writes the ticket type and its prices with the next version. In a transaction. */
  saveTicketType(wanted: TicketTypeState): void {
    const { prices } = wanted;
    if (prices !== this.#ticketType?.prices) this.store.prices.replaceAll(prices);
    this.#ticketType = {
      ...wanted,
      priceMinor: prices[0]?.amountMinor ?? wanted.priceMinor,
      version: wanted.version + 1,
    };
    this.store.saveTicketType(this.#ticketType);
  }

  /** Writes what a batch was planned to change. In a transaction. */
  apply({ reservations, keys, inventory, codeUses, named }: Changes, nowMs: number): void {
    const inserted = reservations.filter(({ before }) => before === null);
    const updated = Map.groupBy(
      reservations.filter(({ before }) => before !== null),
      ({ before, after }) =>
        before?.state !== after.state ||
        before.releaseAs !== after.releaseAs ||
        before.refunds !== after.refunds ||
        before.givenBack !== after.givenBack,
    );
    this.store.insertReservations(inserted.map(({ after }) => after));
    this.store.updateReservations((updated.get(true) ?? []).map(({ after }) => after));
    this.store.updateVersions((updated.get(false) ?? []).map(({ after }) => after));
    this.#savePayments(reservations, nowMs);
    this.#saveRefunds(reservations, nowMs);
    this.store.keys.save(keys, nowMs);
    this.#saveStock(inventory);
    this.store.prices.takeUses(codeUses);
    this.#changed.push(...reservations.map(({ after }) => after));
    this.#revokePasses(
      reservations.filter(({ before, after }) => after.givenBack > (before?.givenBack ?? 0)).map(({ after }) => after),
      named,
      nowMs,
    );
  }

  /** Writes what happened to passes, with the records of the requests. In a transaction. */
  applyPasses(changes: readonly PassChange[], records: readonly PassRecord[], nowMs: number): void {
    this.store.savePasses(changes, nowMs);
    this.store.passes.saveRecords(records, nowMs);
    this.#changedPasses.push(...changes);
  }

  /** As many passes are revoked as tickets were given back, in the commit that takes them back. */
  #revokePasses(refunded: readonly PassClaim[], named: Changes["named"], nowMs: number): void {
    if (refunded.length === 0) return;
    const { passes } = this.store;
    const ids = refunded.map(({ id }) => id);
    const recorded = Map.groupBy(passes.ofReservations(ids), ({ reservationId }) => reservationId);
    const changes = refunded.flatMap((claim) => {
      const before = recorded.get(claim.id) ?? [];
      const revoked = before.filter(({ revokedAtMs }) => revokedAtMs !== null).length;
      const wanted = named.get(claim.id) ?? [];
      return revokedBy(passesOf(claim, before), claim.givenBack - revoked, wanted, nowMs).map((after) => {
        return { before: before.find(({ number }) => number === after.number) ?? null, after };
      });
    });
    this.applyPasses(changes, [], nowMs);
  }

  /** After a version that does not know passes has given tickets back. In a transaction. */
  revokeOwedPasses(reservationIds: readonly string[], nowMs: number): void {
    this.#revokePasses([...this.store.passes.claims(reservationIds).values()], new Map(), nowMs);
  }

  /** Reads reservations. Those of them that should be released are released first. */
  readCurrent(ids: readonly string[], nowMs: number): Reservation[] {
    const reservations = this.store.reservationsWithIds(ids);
    const period = this.requireTicketType();
    if (!reservations.some((reservation) => isToRelease(reservation, period, nowMs))) return reservations;
    return this.#release(reservations, nowMs);
  }

  /** When the next hold is released; null where none stands. */
  nextReleaseMs(nowMs: number): number | null {
    return releaseAtMs(this.store.nextDeadline.currentMs(this.#dueByMs(nowMs)), this.#isCalledOff(), nowMs);
  }

  isReleaseDue(nowMs: number): boolean {
    return this.store.nextDeadline.isDue(this.#dueByMs(nowMs));
  }

  /** Releases holds that should not stand, at most `limit`. Returns how many. In a transaction. */
  releaseDue(nowMs: number, limit = HOLDS_PER_STEP): number {
    if (!this.isReleaseDue(nowMs)) return 0;
    const due = this.store.dueReservations(this.#dueByMs(nowMs), limit);
    this.#release(due, nowMs);
    return due.length;
  }

  /** A hold's tickets are available at its deadline: expires due holds until `isEnough`. */
  releaseDueUntil(isEnough: (ticketType: TicketTypeState) => boolean, nowMs: number): void {
    while (!isEnough(this.requireTicketType()) && this.releaseDue(nowMs) > 0);
  }

  #isCalledOff(): boolean {
    return this.#ticketType?.eventStatus === "cancelled";
  }

  /** Holds with a deadline until then are released: all of them, once the event is called off. */
  #dueByMs(nowMs: number): number {
    return this.#isCalledOff() ? Number.MAX_SAFE_INTEGER : nowMs;
  }

  #release(reservations: readonly Reservation[], nowMs: number): Reservation[] {
    const type = this.#isCalledOff() ? "called_off" : "due";
    const draft = new Draft(this.requireTicketType(), reservations);
    for (const reservation of reservations) {
      const decision = decide(reservation, { type }, nowMs);
      if (decision.type !== "refused") draft.accept(decision);
    }
    this.apply(draft.changes(), nowMs);
    const released = reservations.map((reservation) => draft.find(reservation.id) ?? reservation);
    const isLost = ({ orderId, state, releaseAs }: Reservation) =>
      orderId !== null && (state === "cancelled" || releaseAs === "cancelled");
    this.#lost.push(...released.filter((after, index) => after !== reservations[index] && isLost(after)));
    return released;
  }

  /** Their order takes steps about these: it hears of their loss by the reply. In a transaction. */
  omitLosses(reservationIds: readonly string[]): void {
    this.#lost = this.#lost.filter(({ id }) => !reservationIds.includes(id));
  }

  /** A message is recorded as sent before it is sent: a crash in between costs only a delay. */
  #savePayments(changes: readonly Change[], nowMs: number): void {
    const saved = changes.flatMap(({ before, after }) => {
      const changed = after.payments.filter((payment) => {
        return !before?.payments.includes(payment) || isToEnd(before, payment) !== isToEnd(after, payment);
      });
      return changed.map((payment) => {
        const todo = todoFor(payment, isToEnd(after, payment));
        const isSent = todo !== null && todo !== "wait";
        const plannedAtMs = nextDispatchMs(1, payment.action?.untilMs ?? null, nowMs);
        const dispatchAtMs = todo === null ? null : plannedAtMs;
        // One without a method is an order's, which charges for all of its reservations at once.
        if (isSent && payment.method !== null) {
          this.#newMessages.push({ paymentId: payment.id, dispatches: 0, plannedAtMs });
        }
        return { reservationId: after.id, payment, dispatches: Number(isSent), dispatchAtMs };
      });
    });
    this.store.payments.save(saved);
  }

  #saveRefunds(changes: readonly Change[], nowMs: number): void {
    for (const { before, after } of changes) {
      this.#newRefundMessages.push(...this.store.refunds.save(after.id, before?.refunds ?? [], after.refunds, nowMs));
    }
  }

  #saveStock(inventory: Inventory): void {
    const ticketType = this.requireTicketType();
    const { held, sold, prices } = inventory;
    if (prices.every((price, index) => hasSameStock(price, ticketType.prices[index]))) return;
    this.#ticketType = { ...ticketType, held, sold, prices, version: ticketType.version + 1 };
    this.store.saveStock(inventory, this.#ticketType.version);
  }

  /** After a version that does not know prices has moved their stock. In a transaction. */
  recountPrices(): void {
    const ticketType = this.requireTicketType();
    const counted = this.store.prices.counted();
    const prices = ticketType.prices.map((price, index) => {
      const { held, sold } = counted.get(index === 0 ? null : price.id) ?? { held: 0, sold: 0 };
      return { ...price, held, sold };
    });
    this.store.prices.recountUses(ticketType.ticketTypeId);
    this.saveTicketType({ ...ticketType, prices });
  }
}

/** A batch may take tickets and give them back. */
function hasSameStock({ held, sold, wasHeld }: Price, before: Price | undefined): boolean {
  return before?.held === held && before.sold === sold && before.wasHeld === wasHeld;
}
