// What must leave an order's object, and the alarm that drives it. It has no table: what is still
// to leave is visible in the order until it has been acknowledged.

import { type Order, stateOf } from "../../domain/order.ts";
import { SECOND_MS } from "../../domain/units.ts";
import { errorFields, log } from "../../platform/log.ts";
import { nudgeMails } from "../../platform/mail-queue.ts";
import type { MailMessage } from "../../platform/mails.ts";
import { timeout } from "../../platform/time.ts";
import { type Message, MessageSender, type NewMessages, type Sender } from "../shared/message-sender.ts";
import { type Published, Publisher } from "../shared/publisher.ts";
import { alarmToSet, earliestOf, FIRST_PROJECTION_DELAY_MS, isAlarmIdle, isMissing } from "../shared/schedule.ts";
import type { Driver } from "./driver.ts";
import type { OrderLedger } from "./ledger.ts";
import { orderCopyOf, projectOrder } from "./projection.ts";
import type { OrderPaymentMessage } from "./protocol.ts";
import { deadlineOf, forgetAtMs, hasStepsToDrive, type OrderWork } from "./schedule.ts";
import { todoOf } from "./store.ts";

// An order changes a dozen times in its life.
const D1_PACE = { burst: 20, pauseMs: 500 };
const WRITE_TIMEOUT_MS = 10 * SECOND_MS;
const MAX_QUEUE_WAIT_MS = SECOND_MS;

export interface OrderTargets {
  readonly db: D1Database;
  readonly queue: Queue<OrderPaymentMessage>;
  readonly mails: Queue<MailMessage>;
}

export class OrderOutbox {
  readonly #storage: DurableObjectStorage;
  readonly #ledger: OrderLedger;
  readonly #driver: Driver;
  readonly #targets: OrderTargets;
  readonly #retentionMs: number;
  readonly #toD1 = new Publisher(() => this.#publish(), logFailure, D1_PACE);
  readonly #messages: MessageSender<OrderPaymentMessage>;
  readonly #refundMessages: MessageSender<OrderPaymentMessage>;
  #alarmAtMs: number | null = null;

  constructor(parts: {
    readonly storage: DurableObjectStorage;
    readonly ledger: OrderLedger;
    readonly driver: Driver;
    readonly targets: OrderTargets;
    readonly retentionMs: number;
  }) {
    this.#storage = parts.storage;
    this.#ledger = parts.ledger;
    this.#driver = parts.driver;
    this.#targets = parts.targets;
    this.#retentionMs = parts.retentionMs;
    // The alarm was planned as if they had been sent.
    const { store } = parts.ledger;
    const onFailure = (nowMs: number) => this.planAlarm(nowMs);
    this.#messages = new MessageSender(store, parts.targets.queue, onFailure);
    this.#refundMessages = new MessageSender(store.refunds, parts.targets.queue, onFailure);
  }

  async open(): Promise<void> {
    this.#alarmAtMs = await this.#storage.getAlarm();
  }

  /** The tables and the alarm are gone. */
  close(): void {
    this.#alarmAtMs = null;
  }

  /**
   * Call it with no await after a commit: the alarm is then written together with it. While there
   * are steps to take, more commits follow: one copy is made after the last one.
   */
  committed({ messages, refundMessages }: NewMessages, nowMs: number): void {
    this.#send(messages, refundMessages);
    const { order } = this.#ledger;
    if (order !== null && !hasStepsToDrive(order)) this.publish();
    this.planAlarm(nowMs);
  }

  /** Starts to write a copy, whatever is left to do. While D1 fails the alarm does that. */
  publish(): void {
    if (!this.#toD1.isFailing && this.isDirty()) void this.#toD1.run();
  }

  /** Sets a lost alarm again. Call it with each request: it costs nothing while there is one. */
  restoreAlarm(nowMs: number): void {
    if (isMissing(this.#alarmAtMs, nowMs)) this.planAlarm(nowMs);
  }

  /** Whether D1 has not acknowledged the copy that it should have. */
  isDirty(): boolean {
    const { stored } = this.#ledger;
    return stored !== null && stored.projectedVersion < stored.order.version && stateOf(stored.order) !== null;
  }

  /** Waits until what was committed is in D1, but not while D1 fails. */
  async waitForProjection(maxMs: number): Promise<void> {
    if (this.#toD1.isFailing || !this.isDirty()) return;
    await timeout(maxMs, this.#toD1.scheduled).catch(() => {});
  }

  sendDueMessages(nowMs: number): void {
    const sender = this.#sender();
    if (sender === null) return;
    this.#messages.sendDue(sender, nowMs);
    this.#refundMessages.sendDue(sender, nowMs);
  }

  /** Publishes what is due, waits a bounded time for it, and plans the next alarm. */
  async runAlarm(nowMs: number): Promise<void> {
    // The platform has none set while its handler runs.
    this.#alarmAtMs = null;
    const sending = Promise.all([this.#messages.sending, this.#refundMessages.sending]);
    const writes: Promise<unknown>[] = [timeout(MAX_QUEUE_WAIT_MS, sending).catch(() => {})];
    if (this.isDirty() && nowMs >= this.#toD1.retryAtMs) writes.push(this.#toD1.run());
    await Promise.all(writes);
    this.#ledger.saveProjected();
    this.planAlarm(Date.now());
  }

  setAlarm(atMs: number): void {
    this.#alarmAtMs = atMs;
    void this.#storage.setAlarm(atMs);
  }

  forgetAtMs(): number | null {
    const { order } = this.#ledger;
    return order && forgetAtMs(order, !this.isDirty(), this.#retentionMs);
  }

  planAlarm(nowMs: number): void {
    const { order } = this.#ledger;
    if (order === null) return;
    const atMs = alarmToSet(this.#alarmAtMs, this.#work(order, nowMs), nowMs);
    if (atMs !== null) this.setAlarm(atMs);
  }

  #work(order: Order, nowMs: number): OrderWork {
    // What is being held will have a copy: it needs no alarm of its own then.
    const firstCopyMs = order.phase === "reserving" ? nowMs + FIRST_PROJECTION_DELAY_MS : null;
    const { store } = this.#ledger;
    const isToSend = order.payments.some((payment) => todoOf(order, payment));
    return {
      deadlineMs: deadlineOf(order),
      stepsMs: hasStepsToDrive(order) ? this.#nextRoundMs(nowMs) : null,
      dispatchMs: earliestOf(
        isToSend ? store.nextDispatchMs() : null,
        order.refunds.length > 0 ? store.refunds.nextDispatch.currentMs(nowMs) : null,
      ),
      publishMs: this.isDirty() ? this.#nextPublishMs(nowMs) : firstCopyMs,
      forgetMs: this.forgetAtMs(),
    };
  }

  #send(messages: readonly Message[], refundMessages: readonly Message[]): void {
    const sender = this.#sender();
    if (sender === null) return;
    this.#messages.send(sender, messages);
    this.#refundMessages.send(sender, refundMessages);
  }

  #sender(): Sender<OrderPaymentMessage> | null {
    const orderId = this.#ledger.order?.id;
    if (orderId === undefined) return null;
    return { bodyOf: (paymentId) => ({ orderId, paymentId }), logged: { order: orderId } };
  }

  /** A round that runs may still succeed; the alarm only backs it up. */
  #nextRoundMs(nowMs: number): number {
    const { isRunning, retryAtMs } = this.#driver;
    return isRunning || retryAtMs <= nowMs ? nowMs + FIRST_PROJECTION_DELAY_MS : retryAtMs;
  }

  #nextPublishMs(nowMs: number): number {
    const isWaiting = this.#toD1.isFailing && !this.#toD1.isInFlight;
    return isWaiting ? this.#toD1.retryAtMs : nowMs + FIRST_PROJECTION_DELAY_MS;
  }

  async #publish(): Promise<Published> {
    const { order } = this.#ledger;
    const copy = order && orderCopyOf(order);
    if (order === null || copy === null) return "all";
    const owed = await timeout(WRITE_TIMEOUT_MS, projectOrder(this.#targets.db, copy, order));
    void nudgeMails(this.#targets.mails, owed);
    this.#ledger.markProjected(copy.version);
    this.#moveIdleAlarm();
    return "all";
  }

  /** With no await in between: the new time is written together with what made it right. */
  #moveIdleAlarm(): void {
    const { order } = this.#ledger;
    const work = order && this.#work(order, Date.now());
    if (work === null || !isAlarmIdle(this.#alarmAtMs, work)) return;
    this.#ledger.saveProjected();
    const atMs = earliestOf(...Object.values(work));
    if (atMs !== null) this.setAlarm(atMs);
    else if (this.#alarmAtMs !== null) this.#deleteAlarm();
  }

  #deleteAlarm(): void {
    this.#alarmAtMs = null;
    void this.#storage.deleteAlarm();
  }
}

function logFailure(failures: number, fault: unknown): void {
  log("warn", "publishing failed", { target: "D1", failures, ...errorFields(fault) });
}
