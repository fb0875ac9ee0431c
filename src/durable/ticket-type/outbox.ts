// What must leave the object, and the alarm that drives it. It has no table: what is still to leave
// is visible in the state until it has been acknowledged.

import { SECOND_MS } from "../../domain/units.ts";
import { CircuitOpen } from "../../platform/availability/circuit-breaker.ts";
import { type AvailabilityCache, availabilityOf } from "../../platform/availability/port.ts";
import { errorFields, log } from "../../platform/log.ts";
import { nudgeMails } from "../../platform/mail-queue.ts";
import type { MailMessage } from "../../platform/mails.ts";
import { timeout } from "../../platform/time.ts";
import { MessageSender, type NewMessages, type Sender } from "../shared/message-sender.ts";
import { type Published, Publisher } from "../shared/publisher.ts";
import { alarmToSet, earliestOf, FIRST_PROJECTION_DELAY_MS, isMissing } from "../shared/schedule.ts";
import type { CallingOff } from "./calling-off.ts";
import type { Ledger } from "./ledger.ts";
import { project } from "./projection.ts";
import type { PaymentMessage } from "./protocol.ts";
import type { Retention } from "./retention.ts";
import type { Store } from "./store.ts";

// Bounds one write to about ten milliseconds of the thread.
const ROWS_PER_WRITE = 500;
// D1, one database for all, takes some hundreds of writes a second: in a rush an object makes two.
// The burst is more than buyers make in a quiet minute: they find a change in their list at once.
const D1_PACE = { burst: 80, pauseMs: 500 };
// The cache takes at most four writes a second from an object; no reply waits for it.
const CACHE_PACE = { burst: 1, pauseMs: 250 };
// D1 and Redis answer in milliseconds. A write that lands later does no harm.
const WRITE_TIMEOUT_MS = 10 * SECOND_MS;
// An alarm that waited longer for the queue would delay the next one.
const MAX_QUEUE_WAIT_MS = SECOND_MS;

export interface OutboxTargets {
  readonly db: D1Database;
  readonly queue: Queue<PaymentMessage>;
  readonly mails: Queue<MailMessage>;
  readonly cache: AvailabilityCache;
}

export class Outbox {
  readonly #storage: DurableObjectStorage;
  readonly #store: Store;
  readonly #ledger: Ledger;
  readonly #retention: Retention;
  readonly #callingOff: CallingOff;
  readonly #targets: OutboxTargets;
  readonly #toD1 = new Publisher(() => this.#publishToD1(), logFailure("D1"), D1_PACE);
  readonly #toCache = new Publisher(() => this.#publishToCache(), logFailure("availability cache"), CACHE_PACE);
  readonly #messages: MessageSender<PaymentMessage>;
  readonly #refundMessages: MessageSender<PaymentMessage>;
  #alarmAtMs: number | null = null;
  #cachedVersion = 0;

  constructor(parts: {
    readonly storage: DurableObjectStorage;
    readonly ledger: Ledger;
    readonly retention: Retention;
    readonly callingOff: CallingOff;
    readonly targets: OutboxTargets;
  }) {
    const { targets } = parts;
    this.#storage = parts.storage;
    this.#store = parts.ledger.store;
    this.#ledger = parts.ledger;
    this.#retention = parts.retention;
    this.#callingOff = parts.callingOff;
    this.#targets = targets;
    // The alarm was planned as if they had been sent.
    const onFailure = (nowMs: number) => this.#planAlarm(nowMs);
    this.#messages = new MessageSender(this.#store.payments, targets.queue, onFailure);
    this.#refundMessages = new MessageSender(this.#store.refunds, targets.queue, onFailure);
  }

  async open(): Promise<void> {
    this.#alarmAtMs = await this.#storage.getAlarm();
  }

  /** The tables and the alarm are gone. */
  close(): void {
    this.#alarmAtMs = null;
    this.#cachedVersion = 0;
  }

  /**
   * Call it with no await after a commit: the alarm is then written together with it, and what is
   * left to do is done even if this process dies here.
   */
  committed({ messages, refundMessages }: NewMessages, nowMs: number): void {
    this.#messages.send(this.#sender(), messages);
    this.#refundMessages.send(this.#sender(), refundMessages);
    if (!this.#toD1.isFailing && this.#store.isDirty()) void this.#toD1.run();
    if (!this.#toCache.isFailing && this.#isCacheBehind()) void this.#toCache.run();
    this.#planAlarm(nowMs);
  }

  /** Sets a lost alarm again. Call it with each request: it costs nothing while there is one. */
  restoreAlarm(nowMs: number): void {
    if (isMissing(this.#alarmAtMs, nowMs)) this.#planAlarm(nowMs);
  }

  /** Waits until what was committed is in D1, but not in a rush nor while D1 fails. */
  async waitForProjection(maxMs: number): Promise<void> {
    if (this.#toD1.isFailing || this.#toD1.isBusy || !this.#store.isDirty()) return;
    await timeout(maxMs, this.#toD1.scheduled).catch(() => {});
  }

  sendDueMessages(nowMs: number): void {
    this.#messages.sendDue(this.#sender(), nowMs);
    this.#refundMessages.sendDue(this.#sender(), nowMs);
  }

  /** Publishes what is due, waits a bounded time for it, and plans the next alarm. */
  async runAlarm(nowMs: number): Promise<void> {
    // The platform has none set while its handler runs.
    this.#alarmAtMs = null;
    const sending = Promise.all([this.#messages.sending, this.#refundMessages.sending]);
    const writes: Promise<unknown>[] = [timeout(MAX_QUEUE_WAIT_MS, sending).catch(() => {})];
    if (nowMs >= this.#toD1.retryAtMs) writes.push(this.#toD1.run());
    if (nowMs >= this.#toCache.retryAtMs) writes.push(this.#toCache.run());
    // Where more is due already, the next alarm does not wait for these writes.
    if (!this.#ledger.isReleaseDue(nowMs) && !this.#store.payments.nextDispatch.isDue(nowMs)) {
      await Promise.all(writes);
    }
    this.#planAlarm(Date.now());
  }

  setAlarm(atMs: number): void {
    this.#alarmAtMs = atMs;
    void this.#storage.setAlarm(atMs);
  }

  #planAlarm(nowMs: number): void {
    if (this.#ledger.ticketType === null) return;
    const work = {
      nextReleaseMs: this.#ledger.nextReleaseMs(nowMs),
      firstDispatchMs: earliestOf(
        this.#store.payments.nextDispatch.currentMs(nowMs),
        this.#store.refunds.nextDispatch.currentMs(nowMs),
      ),
      nextPublishMs: earliestOf(
        this.#store.isDirty() ? nextAttemptAtMs(this.#toD1, nowMs) : null,
        this.#isCacheBehind() ? nextAttemptAtMs(this.#toCache, nowMs) : null,
      ),
      nextRetentionMs: this.#retention.dueAtMs(),
      nextCallingOffMs: this.#callingOff.dueAtMs(nowMs),
    };
    const atMs = alarmToSet(this.#alarmAtMs, work, nowMs);
    if (atMs !== null) this.setAlarm(atMs);
  }

  #sender(): Sender<PaymentMessage> {
    const { ticketTypeId } = this.#ledger.requireTicketType();
    return { bodyOf: (paymentId) => ({ ticketTypeId, paymentId }), logged: { ticket: ticketTypeId } };
  }

  async #publishToD1(): Promise<Published> {
    const { ticketType } = this.#ledger;
    if (ticketType === null || !this.#store.isDirty()) return "all";
    const reservations = this.#store.dirtyReservations(ROWS_PER_WRITE);
    const passes = this.#store.passes.dirty(ROWS_PER_WRITE);
    const owed = await timeout(WRITE_TIMEOUT_MS, project(this.#targets.db, ticketType, reservations, passes));
    void nudgeMails(this.#targets.mails, owed);
    // It may have been deleted meanwhile, and its tables with it.
    if (this.#ledger.ticketType === null) return "all";
    this.#store.markProjected(reservations, passes, ticketType.version);
    return Math.max(reservations.length, passes.length) < ROWS_PER_WRITE ? "all" : "more";
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

/** A write in flight may still succeed; the alarm only backs it up. */
function nextAttemptAtMs(publisher: Publisher, nowMs: number): number {
  return publisher.isFailing && !publisher.isInFlight ? publisher.retryAtMs : nowMs + FIRST_PROJECTION_DELAY_MS;
}

function logFailure(target: string): (failures: number, fault: unknown) => void {
  return (failures, fault) => {
    // The circuit breaker has logged why.
    if (fault instanceof CircuitOpen) return;
    log("warn", "publishing failed", { target, failures, ...errorFields(fault) });
  };
}
