// What must leave the object: messages to the queue, copies to D1 and to the cache, and the alarm
// that drives them. There is no table for it: what is still to leave is visible in the state until
// it has been acknowledged.

import { CircuitOpen } from "../../platform/availability/circuit-breaker.ts";
import { type AvailabilityCache, availabilityOf } from "../../platform/availability/port.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import type { Ledger } from "./ledger.ts";
import type { DueMessage } from "./payment-store.ts";
import { project } from "./projection.ts";
import type { PaymentMessage } from "./protocol.ts";
import { type Published, Publisher } from "./publisher.ts";
import type { Retention } from "./retention.ts";
import { alarmToSet, dispatchDelayMs, earliestOf, FIRST_PROJECTION_DELAY_MS, isMissing } from "./schedule.ts";
import type { Store } from "./store.ts";

const ROWS_PER_WRITE = 500;
// The most that a queue takes in one call.
const MESSAGES_PER_SEND = 100;
// What one commit or one alarm takes from the table. The alarm that follows at once takes the rest.
const DUE_MESSAGES_PER_RUN = 1_000;
// D1 is one database for all ticket types and takes some hundreds of writes a second. In a rush an
// object writes twice a second; otherwise a buyer finds a change in their list at once.
const D1_PACE = { burst: 80, pauseMs: 500 };
const CACHE_PACE = { burst: 1, pauseMs: 250 };
const QUEUE_PACE = { burst: 1, pauseMs: 0 };
// D1 and Redis answer in milliseconds. After this long a write counts as failed. It does no harm if
// it lands all the same: a newer version wins.
const WRITE_TIMEOUT_MS = 10_000;
// Shorter than the time until the message is sent again, so that a call that hangs does not count
// as sent.
const SEND_TIMEOUT_MS = 5_000;
const LONGEST_SEND_WAIT_MS = 1_000;

export interface OutboxTargets {
  readonly db: D1Database;
  readonly queue: Queue<PaymentMessage>;
  readonly cache: AvailabilityCache;
}

/** A message that is recorded as sent and about to be sent; the next attempt is planned. */
interface UnsentMessage extends DueMessage {
  readonly plannedAtMs: number;
}

export class Outbox {
  readonly #storage: DurableObjectStorage;
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #retention: Retention;
  readonly #targets: OutboxTargets;
  readonly #toD1 = new Publisher(() => this.#publishToD1(), logFailure("D1"), D1_PACE);
  readonly #toCache = new Publisher(() => this.#publishToCache(), logFailure("availability cache"), CACHE_PACE);
  readonly #toQueue = new Publisher(() => this.#sendMessages(), logFailure("payments queue"), QUEUE_PACE);
  #unsent: UnsentMessage[] = [];
  #alarmAtMs: number | null = null;
  #cachedVersion = 0;

  constructor(
    storage: DurableObjectStorage,
    store: Store,
    ledger: Ledger,
    retention: Retention,
    targets: OutboxTargets,
  ) {
    this.#storage = storage;
    this.#store = store;
    this.#ledger = ledger;
    this.#retention = retention;
    this.#targets = targets;
  }

  async open(): Promise<void> {
    this.#alarmAtMs = await this.#storage.getAlarm();
  }

  /**
   * Call right after a commit, with no await in between: the alarm is then written together with
   * it, so that what the commit left to do is done even if this process dies here.
   */
  committed(nowMs: number): void {
    this.#dispatch(nowMs);
    if (!this.#toD1.isFailing && this.#store.isDirty()) void this.#toD1.run();
    if (!this.#toCache.isFailing && this.#isCacheBehind()) void this.#toCache.run();
    this.#planAlarm(nowMs);
  }

  /**
   * Sets an alarm again that was lost. Call it with each request; it costs nothing while there is
   * an alarm.
   */
  checkAlarm(nowMs: number): void {
    if (isMissing(this.#alarmAtMs, nowMs)) this.#planAlarm(nowMs);
  }

  /**
   * Waits until what was committed before is in D1, at most `limitMs`. It does not wait in a rush,
   * nor while D1 fails: then the copy comes later.
   */
  async projected(limitMs: number): Promise<void> {
    if (this.#toD1.isFailing || this.#toD1.isBusy || !this.#store.isDirty()) return;
    await timeout(limitMs, this.#toD1.scheduled).catch(() => {});
  }

  /** Sends and publishes what is due, and plans the next alarm. */
  async runAlarm(nowMs: number): Promise<void> {
    this.#alarmAtMs = null;
    this.#dispatch(nowMs);
    const writes = [this.#toQueue.run()];
    if (nowMs >= this.#toD1.retryAtMs) writes.push(this.#toD1.run());
    if (nowMs >= this.#toCache.retryAtMs) writes.push(this.#toCache.run());
    // Where more is due already, the next alarm does not wait for these writes.
    if (!this.#store.nextDeadline.isDue(nowMs) && !this.#store.payments.nextDispatch.isDue(nowMs)) {
      await Promise.all(writes);
    }
    this.#planAlarm(Date.now());
  }

  setAlarm(atMs: number): void {
    this.#alarmAtMs = atMs;
    void this.#storage.setAlarm(atMs);
  }

  #planAlarm(nowMs: number): void {
    const work = {
      firstDeadlineMs: this.#store.nextDeadline.currentMs(nowMs),
      firstDispatchMs: this.#store.payments.nextDispatch.currentMs(nowMs),
      nextProjectionMs: earliestOf(
        this.#store.isDirty() ? retryAtMs(this.#toD1, nowMs) : null,
        this.#isCacheBehind() ? retryAtMs(this.#toCache, nowMs) : null,
      ),
      nextRetentionMs: this.#retention.dueAtMs(),
    };
    const atMs = alarmToSet(this.#alarmAtMs, work, nowMs);
    if (atMs !== null) this.setAlarm(atMs);
  }

  /** Takes the messages that are due and starts to send them. */
  #dispatch(nowMs: number): void {
    for (const message of this.#ledger.takeNewMessages()) this.#unsent.push({ ...message, dispatches: 0 });
    if (this.#store.payments.nextDispatch.isDue(nowMs)) {
      for (const message of this.#store.payments.dueMessages(nowMs, DUE_MESSAGES_PER_RUN)) {
        // The next attempt is planned before this one: a crash in between costs a delay, never a
        // payment.
        const { paymentId, dispatches } = message;
        const plannedAtMs = nowMs + dispatchDelayMs(dispatches + 1);
        this.#store.payments.recordDispatch(paymentId, dispatches + 1, plannedAtMs);
        this.#unsent.push({ paymentId, dispatches, plannedAtMs });
      }
    }
    if (this.#unsent.length > 0) void this.#toQueue.run();
  }

  async #sendMessages(): Promise<Published> {
    const messages = this.#unsent.splice(0, MESSAGES_PER_SEND);
    // The messages behind a call that hangs do not wait for it.
    if (messages.length > 0) await timeout(LONGEST_SEND_WAIT_MS, this.#send(messages)).catch(() => {});
    return this.#unsent.length === 0 ? "all" : "more";
  }

  /**
   * Never rejects: a message that could not be sent is due again soon, as if it had not been tried.
   */
  async #send(messages: readonly UnsentMessage[]): Promise<void> {
    const { ticketTypeId } = this.#ledger.requireTicketType();
    const bodies = messages.map(({ paymentId }) => ({ body: { ticketTypeId, paymentId } }));
    try {
      await timeout(SEND_TIMEOUT_MS, this.#targets.queue.sendBatch(bodies));
    } catch (fault) {
      log("warn", "payments queue unreachable", { ticket: ticketTypeId, ...errorFields(fault) });
      const nowMs = Date.now();
      for (const message of messages) {
        this.#store.payments.undoDispatch(message, message.plannedAtMs, nowMs + dispatchDelayMs(1));
      }
      // The alarm was planned as if they had been sent.
      this.#planAlarm(nowMs);
    }
  }

  async #publishToD1(): Promise<Published> {
    if (!this.#store.isDirty()) return "all";
    const ticketType = this.#ledger.requireTicketType();
    const reservations = this.#store.dirtyReservations(ROWS_PER_WRITE);
    await timeout(WRITE_TIMEOUT_MS, project(this.#targets.db, ticketType, reservations));
    this.#store.markProjected(reservations, ticketType.version);
    return reservations.length < ROWS_PER_WRITE ? "all" : "more";
  }

  async #publishToCache(): Promise<Published> {
    if (!this.#isCacheBehind()) return "all";
    const ticketType = this.#ledger.requireTicketType();
    await timeout(WRITE_TIMEOUT_MS, this.#targets.cache.write([availabilityOf(ticketType)]));
    this.#cachedVersion = ticketType.version;
    return "all";
  }

  #isCacheBehind(): boolean {
    return this.#targets.cache.keeps && this.#cachedVersion < (this.#ledger.ticketType?.version ?? 0);
  }
}

/** A write that is in flight may do the work yet: there is no hurry to try again. */
function retryAtMs(publisher: Publisher, nowMs: number): number {
  return publisher.isFailing && !publisher.isInFlight ? publisher.retryAtMs : nowMs + FIRST_PROJECTION_DELAY_MS;
}

function logFailure(target: string): (failures: number, fault: unknown) => void {
  return (failures, fault) => {
    // The circuit breaker has logged why.
    if (fault instanceof CircuitOpen) return;
    log("warn", "publishing failed", { target, failures, ...errorFields(fault) });
  };
}
