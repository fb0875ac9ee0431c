// What must leave the object: messages to the queue, copies to D1 and to the cache, and the alarm that sees to it.
// There is no table for it. What is still to leave is visible in the state until it was acknowledged.

import { type AvailabilityCache, availabilityOf } from "../../platform/availability/cache.ts";
import { CircuitOpen } from "../../platform/availability/circuit-breaker.ts";
import { ServiceError } from "../../platform/errors.ts";
import { errorFields, log } from "../../platform/log.ts";
import { within } from "../../platform/time.ts";
import type { Books } from "./ledger.ts";
import { project } from "./projection.ts";
import type { PaymentMessage } from "./protocol.ts";
import { Carrier, Destination, type Trip } from "./publisher.ts";
import type { Retention } from "./retention.ts";
import { alarmToSet, dispatchDelayMs, earliest, earliestOf, FIRST_PROJECTION_DELAY_MS, isMissing } from "./schedule.ts";
import type { DueMessage, Store } from "./store.ts";

const ROWS_PER_PROJECTION = 500;
// The most that a queue takes in one call.
const MESSAGES_PER_SEND = 100;
// What one commit or one alarm sends at most, in calls; the rest is sent by the alarm that follows at once.
const SENDS_AT_ONCE = 10;
// What becomes due while messages are on their way goes together after them: one call is as dear as one for a hundred.
const TO_QUEUE = { pauseMs: 0, burst: 1, restPerTrip: 0, longestPauseMs: 0 };
// A call that takes longer is not waited for by those after it.
const LONGEST_HOLD_UP_MS = 1_000;
// Many changes in a short time make one write to the cache.
const TO_CACHE = { pauseMs: 250, burst: 1, restPerTrip: 1, longestPauseMs: 250 };
// D1 is one database for all ticket types, and takes some hundreds of writes a second. So in a rush an object writes twice
// a second, all that changed, or less often where D1 is slow; without one a buyer finds their change in the list at once.
// After a rest there may be eighty more; or four, of writes that take 100 ms longer than the quickest one, because D1 is busy.
const TO_D1 = { pauseMs: 500, burst: 80, restPerTrip: 100, longestPauseMs: 2_000 };
// One for all objects of the isolate: one that never saw D1 at rest learns from the others that it is busy.
const D1 = new Destination();
// D1 and the queue take milliseconds. After this long an attempt counts as failed. If it lands all the same: D1 is
// protected by the version, and the consumer does nothing twice.
const TIMEOUT_MS = 10_000;
// Before the next sending is due, so that a call to the queue that hangs does not count as one that was sent.
const SEND_TIMEOUT_MS = 5_000;

export interface OutboxTargets {
  readonly db: D1Database;
  readonly queue: Queue<PaymentMessage>;
  readonly cache: AvailabilityCache;
}

/** Recorded as sent, and about to be; its next sending is planned. */
interface TakenMessage extends DueMessage {
  readonly takenAtMs: number;
  readonly plannedAtMs: number;
}

export class Outbox {
  readonly #storage: DurableObjectStorage;
  readonly #store: Store;
  readonly #books: Books;
  readonly #retention: Retention;
  readonly #targets: OutboxTargets;
  readonly #toD1 = new Carrier(() => this.#copyToD1(), this.#copyFailed("D1"), TO_D1, D1);
  readonly #toQueue = new Carrier(() => this.#sendMessages(), this.#copyFailed("payments queue"), TO_QUEUE);
  readonly #toCache = new Carrier(() => this.#copyToCache(), this.#copyFailed("availability cache"), TO_CACHE);
  #unsent: TakenMessage[] = [];
  #alarmAtMs: number | null = null;
  // Not known before the first look.
  #hasWork = true;
  #cachedVersion = 0;

  constructor(storage: DurableObjectStorage, store: Store, books: Books, retention: Retention, targets: OutboxTargets) {
    this.#storage = storage;
    this.#store = store;
    this.#books = books;
    this.#retention = retention;
    this.#targets = targets;
  }

  async start(): Promise<void> {
    this.#alarmAtMs = await this.#storage.getAlarm();
  }

  /**
   * Call right after a commit, with no await in between: the alarm is then written together with it, so that what the
   * commit owes the world is seen to even if this process dies here.
   */
  committed(nowMs: number): void {
    void this.#dispatch(nowMs);
    if (!this.#toD1.failing && this.#store.isDirty()) void this.#toD1.run();
    if (!this.#toCache.failing && this.#cacheIsBehind()) void this.#toCache.run();
    this.#planAlarm(nowMs);
  }

  /** Call with each request: an alarm that was lost is set again. Costs nothing where there is one, or nothing to do. */
  attend(nowMs: number): void {
    if (this.#hasWork && isMissing(this.#alarmAtMs, nowMs)) this.#planAlarm(nowMs);
  }

  /**
   * Waits until what was committed before is in D1, at most `withinMs`; not at all while D1 does not answer, or in a rush,
   * when it is told later.
   */
  async projected(withinMs: number): Promise<void> {
    if (this.#toD1.failing || this.#toD1.rushed || !this.#store.isDirty()) return;
    await within(withinMs, this.#toD1.run());
  }

  /** Does what an alarm is for, and plans the next one. */
  async alarm(nowMs: number): Promise<void> {
    this.#alarmAtMs = null;
    const trips = [this.#dispatch(nowMs)];
    if (nowMs >= this.#toD1.retryAtMs) trips.push(this.#toD1.run());
    if (nowMs >= this.#toCache.retryAtMs) trips.push(this.#toCache.run());
    // Where more is due, the alarm that sees to it does not wait for copies: those may have to wait for their turn.
    if (!this.#store.deadline.isDue(nowMs) && !this.#store.dispatch.isDue(nowMs)) await Promise.all(trips);
    this.#planAlarm(Date.now());
  }

  wakeAt(atMs: number): void {
    this.#alarmAtMs = atMs;
    void this.#storage.setAlarm(atMs);
  }

  #planAlarm(nowMs: number): void {
    // A trip that is under way may do it yet: there is no hurry to try once more.
    const retryAtMs = (carrier: Carrier) =>
      carrier.failing && !carrier.underWay ? carrier.retryAtMs : nowMs + FIRST_PROJECTION_DELAY_MS;
    const work = {
      firstDeadlineMs: this.#store.deadline.atMs(nowMs),
      firstDispatchMs: this.#store.dispatch.atMs(nowMs),
      nextProjectionMs: earliestOf(
        this.#store.isDirty() ? retryAtMs(this.#toD1) : null,
        this.#cacheIsBehind() ? retryAtMs(this.#toCache) : null,
      ),
      nextRetentionMs: this.#retention.dueAtMs(),
    };
    this.#hasWork = earliest(work) !== null;
    const atMs = alarmToSet(this.#alarmAtMs, work, nowMs);
    if (atMs !== null) this.wakeAt(atMs);
  }

  /** Takes what is due, at once. Resolves when it was sent, or has taken too long. */
  async #dispatch(nowMs: number): Promise<void> {
    const isNew = { dispatches: 0, takenAtMs: nowMs };
    for (const message of this.#books.takeMessages()) this.#unsent.push({ ...message, ...isNew });
    for (let calls = 0; calls < SENDS_AT_ONCE && this.#store.dispatch.isDue(nowMs); calls++) {
      const due = this.#store.paymentsToDispatch(nowMs, MESSAGES_PER_SEND);
      // The next sending is planned before this one: a crash in between costs a delay, never a payment.
      for (const message of due) {
        const { paymentId, dispatches } = message;
        const plannedAtMs = nowMs + dispatchDelayMs(dispatches + 1);
        this.#store.recordDispatch(paymentId, dispatches + 1, plannedAtMs);
        this.#unsent.push({ ...message, takenAtMs: nowMs, plannedAtMs });
      }
    }
    if (this.#unsent.length > 0) await this.#toQueue.run();
  }

  async #sendMessages(): Promise<Trip> {
    const sends: Promise<void>[] = [];
    while (sends.length < SENDS_AT_ONCE && this.#unsent.length > 0) {
      sends.push(this.#send(this.#unsent.splice(0, MESSAGES_PER_SEND)));
    }
    if (sends.length === 0) return "nothing";
    await within(LONGEST_HOLD_UP_MS, Promise.all(sends));
    return this.#unsent.length === 0 ? "done" : "changed";
  }

  /** Never rejects: what could not be sent is due again soon, as if it had not been tried. */
  async #send(messages: readonly TakenMessage[]): Promise<void> {
    const { ticketTypeId } = this.#books.known();
    try {
      await inTime(
        this.#targets.queue.sendBatch(messages.map(({ paymentId }) => ({ body: { ticketTypeId, paymentId } }))),
        SEND_TIMEOUT_MS,
      );
    } catch (fault) {
      log("warn", "payments queue unreachable", { ticket: ticketTypeId, ...errorFields(fault) });
      for (const message of messages) {
        const againAtMs = Math.max(message.takenAtMs, Date.now()) + dispatchDelayMs(1);
        this.#store.undoDispatch(message, message.plannedAtMs, againAtMs);
      }
      // The alarm stands where it was to be had they been sent.
      this.#planAlarm(Date.now());
    }
  }

  async #copyToD1(): Promise<Trip> {
    const { ticketType } = this.#books;
    if (ticketType === null || !this.#store.isDirty()) return "nothing";
    const reservations = this.#store.dirtyReservations(ROWS_PER_PROJECTION);
    await inTime(project(this.#targets.db, ticketType, reservations));
    this.#store.markProjected(reservations, ticketType.version);
    if (!this.#store.isDirty()) return "done";
    return reservations.length === ROWS_PER_PROJECTION ? "more" : "changed";
  }

  async #copyToCache(): Promise<Trip> {
    const { ticketType } = this.#books;
    if (ticketType === null || !this.#cacheIsBehind()) return "nothing";
    await inTime(this.#targets.cache.write([availabilityOf(ticketType)]));
    this.#cachedVersion = ticketType.version;
    return this.#cacheIsBehind() ? "changed" : "done";
  }

  #cacheIsBehind(): boolean {
    return this.#targets.cache.keeps && this.#cachedVersion < (this.#books.ticketType?.version ?? 0);
  }

  #copyFailed(where: string): (failures: number, fault: unknown) => void {
    return (failures, fault) => {
      if (fault instanceof CircuitOpen) return;
      log("warn", "projection failed", { where, failures, ...errorFields(fault) });
    };
  }
}

/** Rejects where `work` does, or takes longer than `ms`. */
async function inTime(work: Promise<unknown>, ms = TIMEOUT_MS): Promise<void> {
  const settled = await within(
    ms,
    work.then(() => true),
  );
  if (settled !== true) throw new ServiceError(`no answer within ${ms} ms`);
}
