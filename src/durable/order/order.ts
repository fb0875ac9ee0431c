// The object that owns one order: the coordinator of its reservations, which live in the objects of
// their ticket types. It writes down what it wants, then has it done, again and again until each
// has acknowledged it.

import { DurableObject } from "cloudflare:workers";
import {
  isOrderDue,
  type Order as OrderData,
  type OrderEvent,
  type OrderRefusal,
  type OrderStep,
  orderViewOf,
  pendingPayment,
  stateOf,
  totalOf,
} from "../../domain/order.ts";
import { decideOrder } from "../../domain/order-decisions.ts";
import { outcomeFor, stepsOf } from "../../domain/order-steps.ts";
import type { PaymentView, ReservationRefusal } from "../../domain/reservation.ts";
import { SECOND_MS } from "../../domain/units.ts";
import { errorFields, log } from "../../platform/log.ts";
import { settingsOf, type Variables } from "../../platform/settings.ts";
import { timeout } from "../../platform/time.ts";
import { runTasks } from "../shared/alarm-tasks.ts";
import type { Message } from "../shared/message-sender.ts";
import { hasTables, migrate } from "../shared/migrate.ts";
import { ALARM_FAULT_DELAY_MS } from "../shared/schedule.ts";
import type { Coordinator, Objects, OrderQuestion, Participant } from "../ticket-type/order-protocol.ts";
import type { PaymentInstruction, Settlement, SettleResult } from "../ticket-type/protocol.ts";
import { Driver, type RoundResult } from "./driver.ts";
import { instructionFor } from "./instructions.ts";
import { MIGRATIONS } from "./migrations.ts";
import { newOrder } from "./new-order.ts";
import { OrderOutbox } from "./outbox.ts";
import { type Round, takeSteps } from "./participants.ts";
import type {
  CancelOrderResult,
  FindOrderResult,
  NewOrder,
  NewOrderRefusal,
  NewOrderResult,
  OrderPaymentMessage,
  PayOrderRequest,
  PayOrderResult,
} from "./protocol.ts";
import { deadlineOf, hasStepsToDrive, RESERVE_PATIENCE_MS } from "./schedule.ts";
import { OrderStore, type StoredOrder } from "./store.ts";

// How long a reply waits for the copy in D1, and for the ticket types.
const PROJECTION_WAIT_MS = 200;
const ROUNDS_WAIT_MS = 3 * SECOND_MS;

/** What the object needs of its surroundings. */
export interface OrderEnv extends Variables {
  readonly DB: D1Database;
  readonly PAYMENTS: Queue<OrderPaymentMessage>;
  readonly TICKET_TYPES: Objects<Participant>;
}

export class Order extends DurableObject<OrderEnv> implements Coordinator {
  readonly #store = new OrderStore(this.ctx.storage.sql);
  readonly #driver = new Driver(() => this.#round());
  readonly #outbox = new OrderOutbox({
    storage: this.ctx.storage,
    store: this.#store,
    driver: this.#driver,
    targets: { db: this.env.DB, queue: this.env.PAYMENTS },
    retentionMs: settingsOf(this.env).retentionMs,
    current: () => this.#stored,
    onProjected: (version) => this.#markProjected(version),
  });
  /** Null where there is no order. Its storage stays empty until there is one. */
  #stored: StoredOrder | null = null;
  /** The requests that wait for everything to be held share one attempt. */
  #reserving: Promise<NewOrderRefusal | null> | null = null;
  /** Why something could not be held, or a payment not begin: for the request that waits for it. */
  #notHeld: NewOrderRefusal | null = null;
  #notBegun: { readonly paymentId: string; readonly refusal: ReservationRefusal } | null = null;

  constructor(ctx: DurableObjectState, env: OrderEnv) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(() => this.#open());
  }

  /** Holds all items, or none. A request whose key was used gets the order that it made. */
  async create(request: NewOrder): Promise<NewOrderResult> {
    const before = this.#stored;
    const isRefused = before?.order.phase === "refused";
    // A call that the Worker repeats has the ids of its first attempt, which is being let go.
    if (isRefused && before.requestId === request.requestId) {
      return { ok: false, refusal: this.#notHeld ?? { type: "unavailable" } };
    }
    const known = isRefused ? null : before;
    if (known === null) this.#insert(request);
    const refusal = this.#keyReused(request) ?? (await this.#held());
    if (refusal !== null) return { ok: false, refusal };
    await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    const view = this.#stored && orderViewOf(this.#stored.order);
    if (view === null || view === undefined) return { ok: false, refusal: { type: "unavailable" } };
    // Another request with the key may have come while this one was being refused.
    const reused = this.#keyReused(request);
    if (reused !== null) return { ok: false, refusal: reused };
    // A replay gets the first reply again, whatever has become of the order since.
    const born = { ...view, state: "held" as const, cancelRequested: false, payment: null };
    // A call that the Worker repeats after a lost reply is, to the buyer, no replay.
    return { ok: true, order: born, isReplay: known !== null && known.requestId !== request.requestId };
  }

  async find(accountId: string): Promise<FindOrderResult> {
    const order = this.#owned(accountId);
    const view = order && orderViewOf(order);
    return view === null ? { ok: false, refusal: "order_unknown" } : { ok: true, order: view };
  }

  async cancel(accountId: string): Promise<CancelOrderResult> {
    const refusal = this.#decide(this.#owned(accountId), { type: "cancel" });
    if (refusal !== null) return { ok: false, refusal };
    await this.#drive();
    await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    const view = this.#stored && orderViewOf(this.#stored.order);
    if (view === null || view === undefined) return { ok: false, refusal: "order_unknown" };
    return { ok: true, deferred: view.state === "held", order: view };
  }

  /** Begins a payment on every reservation. Once all have it, the provider is to charge. */
  async pay({ accountId, paymentId, key, method }: PayOrderRequest): Promise<PayOrderResult> {
    const refusal = this.#decide(this.#owned(accountId), { type: "pay", paymentId, key, method });
    if (refusal !== null) return { ok: false, refusal };
    const begun = this.#stored?.order.payments.find((payment) => payment.key === key)?.id ?? paymentId;
    const isReplay = begun !== paymentId;
    // A replay, too, waits for whether it begins.
    await this.#drive();
    await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    const order = this.#owned(accountId);
    const view = order && orderViewOf(order);
    if (order === null || view === null) return { ok: false, refusal: "order_unknown" };
    const payment = this.#paymentOf(begun);
    if (payment === null) return { ok: false, refusal: this.#refusalOf(begun) };
    // A replay gets the first reply again: pending, or succeeded if there was nothing to charge.
    const first: PaymentView = { state: totalOf(order) === 0 ? "succeeded" : "pending", failure: null };
    if (isReplay) return { ok: true, order: view, payment: first, isReplay };
    return { ok: true, order: view, payment: { state: payment.state, failure: payment.failure }, isReplay };
  }

  /** What the provider is to do for each payment now, in order. */
  async instructions(paymentIds: readonly string[]): Promise<PaymentInstruction[]> {
    const order = this.#stored?.order ?? null;
    return paymentIds.map((paymentId) => instructionFor(order, paymentId));
  }

  /** Records what the provider did. A repeated settlement changes nothing. */
  async settle(settlements: readonly Settlement[]): Promise<SettleResult[]> {
    const results = settlements.map(({ paymentId, outcome }): SettleResult => {
      const event: OrderEvent =
        outcome.state === "refunded" ? { type: "refunded", paymentId } : { type: "settle", paymentId, outcome };
      const refusal = this.#decide(this.#stored?.order ?? null, event);
      const state = this.#stored && stateOf(this.#stored.order);
      if (refusal !== null || state === null) return { ok: false, refusal: "payment_unknown" };
      return { ok: true, state };
    });
    this.ctx.waitUntil(this.#drive());
    return results;
  }

  /** Called by ticket types whose payments have waited long. */
  async outcomes(questions: readonly OrderQuestion[]): Promise<(OrderStep | null)[]> {
    this.#expire();
    this.ctx.waitUntil(this.#drive());
    const order = this.#stored?.order ?? null;
    return questions.map(({ reservationId, paymentId }) => outcomeFor(order, reservationId, paymentId));
  }

  /** Called by ticket types whose event was called off. */
  async lost(reservationIds: readonly string[]): Promise<void> {
    this.#decideAll(reservationIds.map((reservationId) => ({ type: "lost", reservationId })));
    await this.#drive();
  }

  /** Called by the cron sweep, in case an alarm was lost. */
  async wake(): Promise<void> {
    await this.alarm();
  }

  /** Never throws: the platform gives up for good on an alarm that keeps throwing. */
  override async alarm(): Promise<void> {
    const stored = this.#stored;
    if (stored === null) return;
    const nowMs = Date.now();
    const tasks: readonly (() => unknown)[] = [
      () => this.#expire(),
      () => this.#drive(),
      () => this.#review(),
      () => this.#outbox.sendDueMessages(nowMs),
      () => this.#outbox.runAlarm(nowMs),
      () => this.#forgetIfOld(),
    ];
    const { hasFailed } = await runTasks(tasks, { order: stored.order.id });
    if (hasFailed && this.#stored !== null) this.#outbox.setAlarm(Date.now() + ALARM_FAULT_DELAY_MS);
  }

  /** Reads the tables, if there are any. */
  async #open(): Promise<void> {
    const { storage } = this.ctx;
    if (!hasTables(storage.sql)) return;
    storage.transactionSync(() => migrate(storage.sql, MIGRATIONS));
    this.#stored = this.#store.read();
    await this.#outbox.open();
  }

  #insert(request: NewOrder): void {
    const nowMs = Date.now();
    const stored = newOrder(request, this.#stored?.order ?? null, nowMs);
    this.#notHeld = null;
    this.ctx.storage.transactionSync(() => {
      migrate(this.ctx.storage.sql, MIGRATIONS);
      this.#store.insert(stored);
    });
    this.#stored = stored;
    this.#outbox.committed([], nowMs);
  }

  /** The refusal of a request whose key another one has by now. */
  #keyReused({ request }: NewOrder): NewOrderRefusal | null {
    return this.#stored?.request === request ? null : { type: "idempotency_key_reused" };
  }

  /** Resolves once everything is held, or with the reason why nothing is. */
  #held(): Promise<NewOrderRefusal | null> {
    if (this.#stored?.order.phase !== "reserving") return Promise.resolve(null);
    this.#reserving ??= this.#reserve().finally(() => {
      this.#reserving = null;
    });
    return this.#reserving;
  }

  async #reserve(): Promise<NewOrderRefusal | null> {
    await timeout(RESERVE_PATIENCE_MS, this.#driver.run()).catch(() => {});
    this.#decide(this.#stored?.order ?? null, { type: "abandon", notHeld: [] });
    if (this.#stored !== null && stateOf(this.#stored.order) !== null) return null;
    const refusal = this.#notHeld ?? { type: "unavailable" };
    // The buyer may ask again at once, and finds what was let go.
    await this.#drive();
    return refusal;
  }

  /** One round of calls. Its results are written in one commit. */
  async #round(): Promise<RoundResult> {
    const order = this.#stored?.order ?? null;
    const steps = order === null ? [] : stepsOf(order);
    if (order === null || steps.length === 0) return this.#endRounds();
    const requestId = this.#stored?.requestId;
    const round = await takeSteps(this.env.TICKET_TYPES, order, steps);
    const before = this.#stored?.order ?? null;
    this.#take(round, this.#stored?.requestId === requestId);
    const after = this.#stored?.order ?? null;
    if (after === null || stepsOf(after).length === 0) return this.#endRounds();
    return round.failed || after === before ? "later" : "again";
  }

  /** Never rejects: what can't be deleted now is deleted by an alarm. */
  async #endRounds(): Promise<RoundResult> {
    try {
      await this.#forgetIfOld();
    } catch (fault) {
      log("warn", "an order is not forgotten", { order: this.#stored?.order.id, ...errorFields(fault) });
    }
    // A request may have come in while everything was deleted.
    return this.#stored !== null && stepsOf(this.#stored.order).length > 0 ? "again" : "done";
  }

  /** `isSameAttempt`: otherwise what it held is for one that was refused meanwhile. */
  #take({ held, notHeld, notHeldIds, acknowledged }: Round, isSameAttempt: boolean): void {
    const events: OrderEvent[] = acknowledged.map(({ step, result }) => ({ type: "acknowledged", step, result }));
    if (isSameAttempt && held.length > 0) events.push({ type: "reserved", held });
    if (isSameAttempt && notHeld !== null) events.push({ type: "abandon", notHeld: notHeldIds });
    for (const { step, result } of acknowledged) if (!result.ok) this.#addRefusal(step, result.refusal);
    const isReserving = this.#stored?.order.phase === "reserving";
    this.#decideAll(events);
    if (!isReserving || this.#stored?.order.phase !== "refused") return;
    this.#notHeld = notHeld ?? { type: "other_currencies" };
  }

  #addRefusal(step: OrderStep, refusal: ReservationRefusal): void {
    const order = this.#stored?.order;
    if (step.type === "begin" && refusal !== "payment_in_progress") {
      const paymentId = order && pendingPayment(order)?.id;
      const isOfIt = paymentId !== undefined && step.paymentId.startsWith(`${paymentId}.`);
      if (isOfIt && this.#notBegun?.paymentId !== paymentId) this.#notBegun = { paymentId, refusal };
    }
    // The order was promised that a prepared reservation can be confirmed.
    if (step.type === "confirm") log("error", "an order's reservation is not confirmed", { order: order?.id, refusal });
  }

  #refusalOf(paymentId: string): OrderRefusal {
    const noted = this.#notBegun?.paymentId === paymentId ? this.#notBegun.refusal : null;
    if (noted === null || noted === "reservation_unknown" || noted === "part_of_order") return "reservation_expired";
    return noted;
  }

  /** Starts what is left to do, and waits a bounded time for it. */
  async #drive(): Promise<void> {
    if (this.#stored === null || !hasStepsToDrive(this.#stored.order)) return;
    await timeout(ROUNDS_WAIT_MS, this.#driver.run()).catch(() => {});
    this.#outbox.planAlarm(Date.now());
  }

  /** The deadline decides, whether or not an alarm has run. */
  #expire(): void {
    const order = this.#stored?.order;
    const deadlineMs = order === undefined ? null : deadlineOf(order);
    if (order === undefined || deadlineMs === null || Date.now() < deadlineMs) return;
    this.#decide(order, isOrderDue(order, Date.now()) ? { type: "due" } : { type: "abandon", notHeld: [] });
  }

  #review(): void {
    for (const { id } of this.#stored?.order.payments ?? []) {
      const before = this.#stored?.order;
      this.#decide(before ?? null, { type: "review", paymentId: id });
      if (this.#stored?.order !== before) log("error", "payment needs a person", { order: before?.id, payment: id });
    }
  }

  /** The account's own order, expired if it should be. Others' look like none. */
  #owned(accountId: string): OrderData | null {
    this.#expire();
    this.#outbox.restoreAlarm(Date.now());
    const order = this.#stored?.order ?? null;
    return order?.accountId === accountId ? order : null;
  }

  #paymentOf(paymentId: string) {
    return this.#stored?.order.payments.find(({ id }) => id === paymentId) ?? null;
  }

  #decide(order: OrderData | null, event: OrderEvent): OrderRefusal | null {
    const decision = decideOrder(order, event, Date.now());
    if (decision.type === "refused") return decision.refusal;
    if (decision.type === "changed") this.#commit(decision.order);
    return null;
  }

  /** In one commit. What is refused changes nothing. */
  #decideAll(events: readonly OrderEvent[]): void {
    const before = this.#stored?.order ?? null;
    const nowMs = Date.now();
    const after = events.reduce((order: OrderData | null, event) => {
      const decision = decideOrder(order, event, nowMs);
      return decision.type === "changed" ? decision.order : order;
    }, before);
    if (after !== null && after !== before) this.#commit(after);
  }

  /**
   * The one way to change an order: a transaction, then what it left to do, with no await in
   * between, so that a crash loses neither.
   */
  #commit(order: OrderData): void {
    const before = this.#stored;
    if (before === null) throw new Error("there is no order");
    const nowMs = Date.now();
    const stored = { ...before, order };
    const messages: Message[] = this.ctx.storage.transactionSync(() => this.#store.update(before.order, stored, nowMs));
    this.#stored = stored;
    this.#outbox.committed(messages, nowMs);
  }

  #markProjected(version: number): void {
    const stored = this.#stored;
    // It may have been deleted meanwhile, and its tables with it.
    if (stored === null || stored.projectedVersion >= version) return;
    this.#store.markProjected(version);
    this.#stored = { ...stored, projectedVersion: version };
  }

  /** Deletes everything once nothing is left to do and nobody will ask for it here. */
  async #forgetIfOld(): Promise<void> {
    const atMs = this.#outbox.forgetAtMs();
    if (atMs === null || Date.now() < atMs) return;
    // With no await in between, so that no request comes in.
    const deleted = this.ctx.storage.deleteAll();
    this.#stored = null;
    this.#outbox.close();
    try {
      await deleted;
    } catch (fault) {
      // The tables are still there, and the deletion will be tried again.
      await this.#open();
      throw fault;
    }
  }
}
