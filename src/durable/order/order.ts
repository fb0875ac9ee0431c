// The object that owns one order: the coordinator of its reservations, which live in the objects of
// their ticket types. It writes down what it wants, then has it done, again and again until each
// has acknowledged it.

import { DurableObject } from "cloudflare:workers";
import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import {
  isPaidAtOnce,
  type Order as OrderData,
  type OrderStep,
  type OrderView,
  orderViewOf,
  stateOf,
} from "../../domain/order.ts";
import { outcomeFor } from "../../domain/order-steps.ts";
import type { PaymentView } from "../../domain/payment.ts";
import type { RefundRequest } from "../../domain/refund.ts";
import { SECOND_MS } from "../../domain/units.ts";
import type { MailMessage } from "../../platform/mails.ts";
import { settingsOf, type Variables } from "../../platform/settings.ts";
import { timeout } from "../../platform/time.ts";
import type { NamesByTicketType } from "../../platform/wire.ts";
import { runTasks } from "../shared/alarm-tasks.ts";
import { useLiveTicket } from "../shared/live-tickets.ts";
import { hasTables } from "../shared/migrate.ts";
import { ALARM_FAULT_DELAY_MS, earliestOf, PROJECTION_WAIT_MS } from "../shared/schedule.ts";
import { answerClose, refuseMessage } from "../shared/sockets.ts";
import { writeWatchResult } from "../shared/watch-request.ts";
import type { Coordinator, Objects, OrderQuestion, Participant } from "../ticket-type/order-protocol.ts";
import type { ActionRequired, PaymentInstruction, Settlement, SettleResult } from "../ticket-type/protocol.ts";
import { OrderBroadcast } from "./broadcast.ts";
import { Creation } from "./creation.ts";
import { Driver } from "./driver.ts";
import { awaitsBuyer, instructionFor } from "./instructions.ts";
import { type Committed, OrderLedger } from "./ledger.ts";
import { OrderOutbox } from "./outbox.ts";
import { orderCopyOf } from "./projection.ts";
import type {
  CancelOrderResult,
  FindOrderResult,
  ForgottenItem,
  NewOrder,
  NewOrderResult,
  OrderAudit,
  OrderPaymentMessage,
  OrderRefundResult,
  PayOrderRequest,
  PayOrderResult,
} from "./protocol.ts";
import { OrderRefunds } from "./refunds.ts";
import { Rounds } from "./rounds.ts";
import { hasStepsToDrive } from "./schedule.ts";
import { parseWatchRequest } from "./watch-request.ts";

const REPUBLICATION_WAIT_MS = 2 * SECOND_MS;
const ASK_TIMEOUT_MS = 2 * SECOND_MS;
// How long a reply waits for the ticket types.
const ROUNDS_WAIT_MS = 3 * SECOND_MS;

/** What the object needs of its surroundings. */
export interface OrderEnv extends Variables {
  readonly DB: D1Database;
  readonly PAYMENTS: Queue<OrderPaymentMessage>;
  readonly MAILS: Queue<MailMessage>;
  readonly TICKET_TYPES: Objects<Participant>;
}

export class Order extends DurableObject<OrderEnv> implements Coordinator {
  readonly #ledger = new OrderLedger(this.ctx.storage, (committed) => this.#committed(committed));
  readonly #rounds = new Rounds(this.#ledger, this.env.TICKET_TYPES, () => this.#forgetIfOld());
  readonly #driver = new Driver(() => this.#rounds.run());
  readonly #outbox = new OrderOutbox({
    storage: this.ctx.storage,
    ledger: this.#ledger,
    driver: this.#driver,
    targets: { db: this.env.DB, queue: this.env.PAYMENTS, mails: this.env.MAILS },
    retentionMs: settingsOf(this.env).retentionMs,
  });
  readonly #broadcast = new OrderBroadcast(this.ctx);
  readonly #creation = new Creation({
    ledger: this.#ledger,
    rounds: this.#rounds,
    driver: this.#driver,
    outbox: this.#outbox,
    drive: () => this.#drive(),
  });

  readonly #refunds = new OrderRefunds({
    ledger: this.#ledger,
    outbox: this.#outbox,
    ticketTypes: this.env.TICKET_TYPES,
    drive: () => this.#drive(),
  });

  constructor(ctx: DurableObjectState, env: OrderEnv) {
    super(ctx, env);
    // Without tables it has nothing to read, so that a new order need not wait for it.
    if (hasTables(ctx.storage.sql)) ctx.blockConcurrencyWhile(() => this.#open());
  }

  /** Holds all items, or none. A request whose key was used gets the order that it made. */
  async create(request: NewOrder): Promise<NewOrderResult> {
    return this.#creation.create(request);
  }

  async find(accountId: string): Promise<FindOrderResult> {
    const view = viewOf(this.#owned(accountId));
    return view === null ? { ok: false, refusal: "order_unknown" } : { ok: true, order: view };
  }

  async cancel(accountId: string): Promise<CancelOrderResult> {
    const refusal = this.#ledger.decide(this.#owned(accountId), { type: "cancel" });
    if (refusal === "already_confirmed" || refusal === "already_refunded") {
      return { ok: false, refusal, takesBack: true };
    }
    if (refusal !== null) return { ok: false, refusal };
    await this.#drive();
    await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    const view = viewOf(this.#ledger.order);
    if (view === null) return { ok: false, refusal: "order_unknown" };
    return { ok: true, deferred: view.state === "held", order: view };
  }

  /**
   * Erases who the counter's customer was. Asked again, it publishes its copy again, with a version
   * above the caller's.
   */
  async eraseCustomer(accountId: string, aboveVersion: number): Promise<FindOrderResult> {
    const order = this.#owned(accountId);
    this.#ledger.decide(order, { type: "erase_customer" });
    if (order !== null && this.#ledger.order === order) this.#ledger.raiseVersion(aboveVersion);
    await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    return this.find(accountId);
  }

  /** Begins a payment on every reservation. Once all have it, the provider is to charge. */
  async pay({ accountId, paymentId, key, method, taken }: PayOrderRequest): Promise<PayOrderResult> {
    const refusal = this.#ledger.decide(this.#owned(accountId), { type: "pay", paymentId, key, method, taken });
    if (refusal !== null) return { ok: false, refusal };
    const begun = this.#ledger.order?.payments.find((payment) => payment.key === key)?.id ?? paymentId;
    const isReplay = begun !== paymentId;
    // A replay, too, waits for whether it begins.
    await this.#drive();
    await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    const order = this.#owned(accountId);
    const view = viewOf(order);
    if (order === null || view === null) return { ok: false, refusal: "order_unknown" };
    const payment = order.payments.find(({ id }) => id === begun);
    if (payment === undefined) return { ok: false, refusal: this.#rounds.notBegun(begun) };
    // A ticket type may still refuse, and then the payment leaves no trace: nothing is promised.
    const { state, failure } = payment;
    if (order.phase === "beginning" && state === "pending") return { ok: false, refusal: "unavailable" };
    // A replay gets the first reply again: pending, or succeeded if there was nothing to charge.
    const first: PaymentView = { state: isPaidAtOnce(order) ? "succeeded" : "pending", failure: null };
    return { ok: true, order: view, payment: isReplay ? first : { state, failure }, isReplay };
  }

  /** Gives back what an organiser wants to: at once here, and in the ticket types by steps. */
  async refund(request: RefundRequest): Promise<OrderRefundResult> {
    return this.#refunds.refund(request);
  }

  /** One that names passes. An older object does not know it: others would be revoked. */
  async refundPasses(request: RefundRequest): Promise<OrderRefundResult> {
    return this.#refunds.refundPasses(request);
  }

  /** Its buyer gives back all that is left, while every event allows it. */
  async giveBack(accountId: string): Promise<OrderRefundResult> {
    return this.#owned(accountId) === null
      ? { ok: false, refusal: { type: "order_unknown" } }
      : this.#refunds.giveBack();
  }

  /** Tries a failed refund again, as a new one to the provider. */
  async retryRefund(refundId: string, key: string): Promise<OrderRefundResult> {
    return this.#refunds.retry(refundId, key);
  }

  /** Whether a refund was given back by hand, as the account `by` says. */
  async markRefundByHand(refundId: string, isGiven: boolean, by: string): Promise<OrderRefundResult> {
    return this.#refunds.markByHand(refundId, isGiven, by);
  }

  /** The order for its organiser; null where nobody sees it. */
  async show(): Promise<OrderView | null> {
    this.#ledger.expire();
    return viewOf(this.#ledger.order);
  }

  /** What the provider is to do for each payment now, in order. */
  async instructions(paymentIds: readonly string[]): Promise<PaymentInstruction[]> {
    const eventEndsMs = awaitsBuyer(this.#ledger.order, paymentIds) ? await this.#eventEndsMs() : null;
    const nowMs = Date.now();
    return paymentIds.map((paymentId) => instructionFor(this.#ledger.order, paymentId, eventEndsMs, nowMs));
  }

  /** Records what the provider did. A repeated settlement changes nothing. */
  async settle(settlements: readonly Settlement[]): Promise<SettleResult[]> {
    const results = settlements.map(({ paymentId, outcome }) => {
      return this.#recorded(this.#ledger.settle(paymentId, outcome));
    });
    this.ctx.waitUntil(this.#drive());
    return results;
  }

  /** Records that charges wait for their buyers. The same again changes nothing. */
  async awaitActions(required: readonly ActionRequired[]): Promise<SettleResult[]> {
    const eventEndsMs = await this.#eventEndsMs();
    return required.map((one) =>
      this.#recorded(this.#ledger.decide(this.#ledger.order, { type: "action_required", ...one, eventEndsMs })),
    );
  }

  /** Called by ticket types whose payments have waited long. */
  async outcomes(questions: readonly OrderQuestion[]): Promise<(OrderStep | null)[]> {
    this.#ledger.expire();
    // Nobody but a ticket type may call again: its buyer has paid.
    this.#outbox.restoreAlarm(Date.now());
    this.ctx.waitUntil(this.#drive());
    return questions.map(({ reservationId, paymentId }) => outcomeFor(this.#ledger.order, reservationId, paymentId));
  }

  /** Called by ticket types whose event was called off. */
  async lost(reservationIds: readonly string[]): Promise<void> {
    for (const reservationId of reservationIds) this.#broadcast.calledOff(ticketTypeIdOf(reservationId));
    this.#ledger.decideAll(reservationIds.map((reservationId) => ({ type: "lost", reservationId })));
    await this.#drive();
  }

  /** Called by each ticket type of an event that was called off with refunds, again and again. */
  async calledOff(ticketTypeIds: readonly string[]): Promise<void> {
    this.#refunds.callOff(ticketTypeIds);
    this.#outbox.restoreAlarm(Date.now());
    this.ctx.waitUntil(this.#drive());
  }

  /** Called where ticket types have forgotten what was given back: they hear of it once more. */
  async forgotten(items: readonly ForgottenItem[]): Promise<void> {
    this.#ledger.decideAll(items.map((item) => ({ type: "forgotten", ...item })));
    await this.#drive();
  }

  /** The order at this moment; null where there is none. */
  async audit(): Promise<OrderAudit | null> {
    this.#ledger.expire();
    this.#outbox.restoreAlarm(Date.now());
    const { order } = this.#ledger;
    // Nobody who reconciles needs what buyers confirm payments with.
    const payments = order?.payments.map((payment) => ({ ...payment, action: null })) ?? [];
    return order && { order: { ...order, payments }, copy: orderCopyOf(order), isCopied: !this.#outbox.isDirty() };
  }

  /** Publishes a copy again that is wrong although its version is not old. */
  async republish(aboveVersion: number): Promise<void> {
    this.#ledger.raiseVersion(aboveVersion);
    await this.#outbox.waitForProjection(REPUBLICATION_WAIT_MS);
  }

  /** What its sockets say of its ticket types, as D1 has it. */
  async keepNames(names: NamesByTicketType): Promise<void> {
    if (this.#ledger.order !== null) this.#broadcast.keepNames(names);
  }

  /** Whether this is the first use of a live ticket, which the Worker has verified. */
  async useLiveTicket(id: string, expiresAtMs: number): Promise<boolean> {
    return this.#ledger.order !== null && useLiveTicket(this.ctx.storage.kv, id, expiresAtMs, Date.now());
  }

  /** Opens a socket. Only the Worker reaches an object, after it has checked the session. */
  override async fetch(request: Request): Promise<Response> {
    const { accountId, lastMessageId } = parseWatchRequest(request);
    const order = this.#owned(accountId);
    if (order === null) return writeWatchResult({ ok: false, refusal: "unknown" });
    return writeWatchResult(this.#broadcast.watch(order, lastMessageId));
  }

  override async webSocketMessage(socket: WebSocket): Promise<void> {
    refuseMessage(socket);
  }

  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    answerClose(socket, code);
  }

  /** Called by the cron sweep, in case an alarm was lost. */
  async wake(): Promise<void> {
    await this.alarm();
  }

  /** Never throws: the platform gives up for good on an alarm that keeps throwing. */
  override async alarm(): Promise<void> {
    const { order } = this.#ledger;
    if (order === null) return;
    const nowMs = Date.now();
    const tasks: readonly (() => unknown)[] = [
      () => this.#ledger.expire(),
      () => this.#drive(),
      () => this.#ledger.review(),
      () => this.#outbox.sendDueMessages(nowMs),
      () => this.#outbox.runAlarm(nowMs),
      () => this.#forgetIfOld(),
    ];
    const { hasFailed } = await runTasks(tasks, { order: order.id });
    if (hasFailed && this.#ledger.order !== null) this.#outbox.setAlarm(Date.now() + ALARM_FAULT_DELAY_MS);
  }

  /** Reads the tables, which are there. */
  async #open(): Promise<void> {
    this.#ledger.open();
    await this.#outbox.open();
  }

  /** When the first of its events ends, as far as its ticket types say. */
  async #eventEndsMs(): Promise<number | null> {
    const ids = new Set(this.#ledger.order?.items.map(({ ticketTypeId }) => ticketTypeId));
    const asked = [...ids].map((id) => timeout(ASK_TIMEOUT_MS, this.env.TICKET_TYPES.getByName(id).eventEndsMs()));
    const each = await Promise.all(asked.map((end) => end.catch(() => null)));
    return earliestOf(...each);
  }

  /** What the provider said of a payment or a refund, by why it was refused. */
  #recorded(refusal: ReturnType<OrderLedger["settle"]>): SettleResult {
    const { order } = this.#ledger;
    const state = order && stateOf(order);
    return refusal !== null || state === null ? { ok: false, refusal: "payment_unknown" } : { ok: true, state };
  }

  #committed({ before, after, nowMs, ...begun }: Committed): void {
    this.#outbox.committed(begun, nowMs);
    this.#broadcast.committed(before, after);
  }

  /** Starts what is left to do, and waits a bounded time for it. */
  async #drive(): Promise<void> {
    if (!this.#hasStepsToDrive()) return;
    await timeout(ROUNDS_WAIT_MS, this.#driver.run()).catch(() => {});
    if (this.#hasStepsToDrive()) this.#outbox.publish();
    this.#outbox.planAlarm(Date.now());
  }

  #hasStepsToDrive(): boolean {
    const { order } = this.#ledger;
    return order !== null && hasStepsToDrive(order);
  }

  /** The account's own order, expired if it should be. Others' look like none. */
  #owned(accountId: string): OrderData | null {
    this.#ledger.expire();
    this.#outbox.restoreAlarm(Date.now());
    const { order } = this.#ledger;
    return order?.accountId === accountId ? order : null;
  }

  /** Deletes everything once nothing is left to do and nobody will ask for it here. */
  async #forgetIfOld(): Promise<void> {
    const atMs = this.#outbox.forgetAtMs();
    if (atMs === null || Date.now() < atMs) return;
    // With no await in between, so that no request comes in.
    const deleted = this.ctx.storage.deleteAll();
    this.#ledger.close();
    this.#outbox.close();
    this.#broadcast.end();
    try {
      await deleted;
    } catch (fault) {
      // The tables are still there, and the deletion will be tried again.
      await this.#open();
      throw fault;
    }
  }
}

function viewOf(order: OrderData | null): OrderView | null {
  return order && orderViewOf(order);
}
