// The object that owns one ticket type. It serialises every decision about it, and needs only its
// own storage to decide.

import { DurableObject } from "cloudflare:workers";
import { type IfMatch, isCurrent } from "../../domain/edition.ts";
import type { StepResult } from "../../domain/order.ts";
import type { ParticipantStep } from "../../domain/participation.ts";
import { givenBackUntil, type PassReader } from "../../domain/pass.ts";
import { type PriceChange, pricesOpenedBy } from "../../domain/price.ts";
import type { NamedPass } from "../../domain/refund-passes.ts";
import type { ReservationView } from "../../domain/reservation.ts";
import { availabilityCache } from "../../platform/availability/cache.ts";
import type { MailMessage } from "../../platform/mails.ts";
import { settingsOf, type Variables } from "../../platform/settings.ts";
import type { Part } from "../../platform/totals.ts";
import { runTasks } from "../shared/alarm-tasks.ts";
import { useLiveTicket } from "../shared/live-tickets.ts";
import { hasTables, migrate } from "../shared/migrate.ts";
import { ALARM_FAULT_DELAY_MS, PROJECTION_WAIT_MS } from "../shared/schedule.ts";
import { answerClose, refuseMessage } from "../shared/sockets.ts";
import { type WatchResult, writeWatchResult } from "../shared/watch-request.ts";
import { auditPage } from "./audit-page.ts";
import { Broadcast } from "./broadcast.ts";
import { CallingOff } from "./calling-off.ts";
import { DoorBroadcast } from "./door-broadcast.ts";
import { type Committed, Ledger } from "./ledger.ts";
import { MIGRATIONS } from "./migrations.ts";
import type { Coordinator, Objects, OrderHold, OrderHoldResult, Participant } from "./order-protocol.ts";
import { announceLosses, askOrders } from "./order-questions.ts";
import { addCodes, changePricesOf, changeTicketType, codesOf, createTicketType, takeNews } from "./organising.ts";
import { Outbox } from "./outbox.ts";
import type {
  DoorChanges,
  DoorRequest,
  DoorResult,
  HolderToErase,
  NameRequest,
  PassOnRequest,
  PassQuestion,
  PassResult,
  ReadPass,
} from "./pass-protocol.ts";
import { Passes } from "./passes.ts";
import type {
  ActionRequired,
  AuditPage,
  AuditQuestion,
  CancelResult,
  ChangeResult,
  CodeBatch,
  CodesResult,
  CopiesDigest,
  Edit,
  FindResult,
  LeftOfCallingOff,
  OpenedResult,
  PaymentInstruction,
  PaymentMessage,
  PayRequest,
  PayResult,
  PriceChangeResult,
  RefundCall,
  RefundResult,
  Republication,
  ReserveRequest,
  ReserveResult,
  Result,
  RetireResult,
  SaleNews,
  Settlement,
  SettleResult,
  TicketTypeChange,
  TicketTypeConfig,
  TicketTypeState,
} from "./protocol.ts";
import { Refunds } from "./refunds.ts";
import { Retention } from "./retention.ts";
import { reviewPayments, reviewRefunds } from "./review.ts";
import { isNews } from "./sale-news.ts";
import { Sales } from "./sales.ts";
import { parseWatchRequest, type WatchRequest } from "./watch-request.ts";

const REPUBLICATION_WAIT_MS = 2_000;
// Buyers get their turn between two alarms.
const HOLDS_PER_ALARM = 500;

/** What the object needs of its surroundings. */
export interface TicketTypeEnv extends Variables {
  readonly DB: D1Database;
  readonly PAYMENTS: Queue<PaymentMessage>;
  readonly MAILS: Queue<MailMessage>;
  readonly ORDERS: Objects<Coordinator>;
}

export class TicketType extends DurableObject<TicketTypeEnv> implements Participant {
  readonly #ledger = new Ledger(this.ctx.storage, (committed, nowMs) => this.#committed(committed, nowMs));
  readonly #store = this.#ledger.store;
  readonly #retention = new Retention(this.#store, settingsOf(this.env).retentionMs);
  readonly #broadcast = new Broadcast(this.ctx, settingsOf(this.env).maxWatchers);
  readonly #doorBroadcast = new DoorBroadcast(this.ctx, this.#store.passes);
  readonly #callingOff = new CallingOff(this.#ledger, this.env.ORDERS);
  readonly #outbox = new Outbox({
    storage: this.ctx.storage,
    ledger: this.#ledger,
    retention: this.#retention,
    callingOff: this.#callingOff,
    targets: {
      db: this.env.DB,
      queue: this.env.PAYMENTS,
      mails: this.env.MAILS,
      cache: availabilityCache(this.env),
    },
  });
  readonly #sales = new Sales(this.#ledger, this.#outbox, settingsOf(this.env).holdMs, () => this.ctx.storage.sync());
  readonly #passes = new Passes(this.#ledger, this.#outbox, () => this.ctx.storage.sync());
  readonly #refunds = new Refunds(this.#ledger, this.#sales, this.#passes, this.#outbox);

  constructor(ctx: DurableObjectState, env: TicketTypeEnv) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(() => this.#open());
  }

  /** Configures the ticket type. A repeated call changes nothing and returns what is there. */
  async create(config: TicketTypeConfig): Promise<TicketTypeState> {
    if (this.#ledger.ticketType !== null) return this.#ledger.ticketType;
    this.#ledger.commit(Date.now(), () => {
      migrate(this.ctx.storage.sql, MIGRATIONS);
      createTicketType(this.#ledger, config);
    });
    return this.#ledger.requireTicketType();
  }

  /** All of the given fields, or none. Capacity never goes below what is held and sold. */
  async change(change: TicketTypeChange, edit?: Edit): Promise<ChangeResult> {
    return this.#change((nowMs) => changeTicketType(this.#ledger, change, edit, nowMs));
  }

  /** Adds, changes or deletes a price. Its cap never goes below what is held and sold at it. */
  async changePrices(change: PriceChange): Promise<PriceChangeResult> {
    return this.#change((nowMs) => changePricesOf(this.#ledger, change, nowMs));
  }

  /** Makes codes that open a price: all of them or none. */
  async addCodes(batch: CodeBatch): Promise<CodesResult> {
    if (this.#ledger.ticketType === null) return { ok: false, refusal: { type: "ticket_unknown" } };
    return this.#ledger.commit(Date.now(), () => addCodes(this.#ledger, batch));
  }

  /** Codes of a price in the order in which they were made, after the one with `afterSeq`. */
  async codesOf(priceId: string, afterSeq: number, limit: number): Promise<CodesResult> {
    if (this.#ledger.ticketType === null) return { ok: false, refusal: { type: "ticket_unknown" } };
    this.#sales.releaseDue(Date.now());
    return codesOf(this.#ledger, priceId, afterSeq, limit);
  }

  /** Which prices a buyer's folded code opens now. Nobody hears of what is a draft. */
  async pricesOpenedBy(code: string): Promise<OpenedResult> {
    const { ticketType, store } = this.#ledger;
    if (ticketType === null || ticketType.eventStatus === "draft") {
      return { ok: false, refusal: { type: "ticket_unknown" } };
    }
    const opened = pricesOpenedBy(ticketType.prices, store.prices.codesReading([code]));
    return "type" in opened ? { ok: false, refusal: opened } : { ok: true, priceIds: opened };
  }

  /** Deletes everything, unless it has reservations on record. A repeated call changes nothing. */
  async retire(ifMatch?: IfMatch): Promise<RetireResult> {
    const { ticketType } = this.#ledger;
    if (ticketType !== null && !isCurrent(ticketType.edition, ifMatch ?? null)) {
      return { ok: false, refusal: { type: "precondition_failed" } };
    }
    if (ticketType !== null && this.#store.hasReservations()) {
      return { ok: false, refusal: { type: "has_reservations", held: ticketType.held, sold: ticketType.sold } };
    }
    // With no await in between, so that no hold comes in.
    const deleted = this.ctx.storage.deleteAll();
    this.#ledger.close();
    this.#outbox.close();
    if (ticketType !== null) this.#broadcast.end(ticketType);
    try {
      await deleted;
    } catch (fault) {
      // The tables are still there, and the deletion will be tried again.
      await this.#open();
      throw fault;
    }
    return { ok: true };
  }

  /**
   * Takes news of the event, and releases the first holds if it was called off. Returns the version
   * of the event that is known then, to a Worker that says what the event's status is. Where there
   * is no ticket type nothing is sold, and nothing is left to know.
   */
  async announce(news: SaleNews): Promise<number | undefined> {
    const { ticketType } = this.#ledger;
    const nowMs = Date.now();
    if (ticketType !== null && isNews(ticketType, news)) {
      this.#ledger.commit(nowMs, () => takeNews(this.#ledger, news, nowMs));
    }
    // What a calling-off left to do has no other caller.
    this.#outbox.restoreAlarm(nowMs);
    if (news.eventStatus === undefined) return undefined;
    return this.#ledger.ticketType?.eventVersion ?? news.onSaleVersion;
  }

  /** The ticket type and its counters at this moment, or null where there is none. */
  async describe(): Promise<TicketTypeState | null> {
    this.#sales.releaseDue(Date.now());
    return this.#ledger.ticketType;
  }

  // What buyers and orders do is explained where it is done, in `Sales`.

  async reserve(requests: readonly ReserveRequest[]): Promise<ReserveResult[]> {
    return this.#sales.reserve(requests);
  }

  async holdForOrder(orderId: string, holds: readonly OrderHold[]): Promise<OrderHoldResult> {
    return this.#sales.holdForOrder(orderId, holds);
  }

  async takeOrderSteps(orderId: string, steps: readonly ParticipantStep[]): Promise<StepResult[]> {
    return this.#sales.takeOrderSteps(orderId, steps);
  }

  async find(reservationId: string, accountId: string): Promise<FindResult> {
    return this.#sales.find(reservationId, accountId);
  }

  async cancel(reservationId: string, accountId: string): Promise<CancelResult> {
    return this.#sales.cancel(reservationId, accountId);
  }

  async releaseHoldsOf(accountId: string): Promise<void> {
    await this.#sales.releaseHoldsOf(accountId);
  }

  async pay(request: PayRequest): Promise<PayResult> {
    return this.#sales.pay(request);
  }

  async refund(call: RefundCall): Promise<RefundResult> {
    return this.#refunds.refund(call);
  }

  /** One that names passes. An older object does not know it: it would revoke others. */
  async refundPasses(call: RefundCall): Promise<RefundResult> {
    return this.#refunds.refund(call);
  }

  async giveBack(reservationId: string, accountId: string): Promise<RefundResult> {
    return this.#refunds.giveBack(reservationId, accountId);
  }

  async retryRefund(reservationId: string, refundId: string, key: string): Promise<RefundResult> {
    return this.#refunds.retry(reservationId, refundId, key);
  }

  /** What is left to do of a calling-off; null where there is no ticket type. */
  async leftOfCallingOff(): Promise<LeftOfCallingOff | null> {
    this.#sales.releaseDue(Date.now());
    const { ticketType } = this.#ledger;
    return ticketType && { held: ticketType.held, sold: ticketType.sold, toRefund: this.#store.countSold() };
  }

  /** Orders of an earlier version name no reservations. */
  async refundableUntil(reservationIds: readonly string[] = []): Promise<number | null> {
    const { ticketType } = this.#ledger;
    const passes = this.#store.passes.ofReservations(reservationIds);
    return ticketType && givenBackUntil(ticketType.refundableUntilMs, passes, Date.now());
  }

  /** An order asks, because what its buyer does at the bank has to be done by then. */
  async eventEndsMs(): Promise<number | null> {
    return this.#ledger.ticketType?.eventEndsMs ?? null;
  }

  /** A reservation for its organiser; null where there is none. */
  async show(reservationId: string): Promise<ReservationView | null> {
    return this.#refunds.show(reservationId);
  }

  // What holders and doors do is explained where it is done, in `Passes`.

  async passes(question: PassQuestion, reader: PassReader | null): Promise<ReadPass[]> {
    return this.#passes.read(question, reader);
  }

  /** Of these the ones that there are, for an order that names them in a refund. */
  async refundedPasses(passIds: readonly string[]): Promise<NamedPass[]> {
    return this.#passes.named(passIds);
  }

  async namePass(request: NameRequest): Promise<PassResult> {
    return this.#passes.name(request);
  }

  async passOn(request: PassOnRequest): Promise<PassResult> {
    return this.#passes.passOn(request);
  }

  async eraseHolders(wanted: readonly HolderToErase[]): Promise<string[]> {
    return this.#passes.eraseHolders(wanted);
  }

  async checkIn(requests: readonly DoorRequest[]): Promise<DoorResult[]> {
    return this.#passes.checkIn(requests);
  }

  async doorChanges(cursor: number): Promise<DoorChanges | null> {
    return this.#passes.changes(cursor);
  }

  async instructions(paymentIds: readonly string[]): Promise<PaymentInstruction[]> {
    return this.#sales.instructions(paymentIds);
  }

  async settle(settlements: readonly Settlement[]): Promise<SettleResult[]> {
    return this.#sales.settle(settlements);
  }

  async awaitActions(required: readonly ActionRequired[]): Promise<SettleResult[]> {
    return this.#sales.awaitActions(required);
  }

  /** A part of the ledger at this moment; null where there is no such ticket type. */
  async audit(question: AuditQuestion): Promise<AuditPage | null> {
    this.#sales.releaseDue(Date.now());
    const { ticketType } = this.#ledger;
    return ticketType === null ? null : auditPage(this.#store, ticketType, question);
  }

  /** What D1 should have by now; null where nothing is there, or where copies are under way. */
  async digest(part: Part): Promise<CopiesDigest | null> {
    this.#sales.releaseDue(Date.now());
    const { ticketType } = this.#ledger;
    if (ticketType === null || this.#store.isDirty()) return null;
    return { ticketType, totals: this.#store.totals(part), passes: this.#store.passes.total(part) };
  }

  /** Publishes copies again that are wrong although their version is not old. */
  async republish({ reservations, ticketTypeAboveVersion, passes = [] }: Republication): Promise<void> {
    if (this.#ledger.ticketType === null) return;
    this.#ledger.commit(Date.now(), () => {
      for (const { id, aboveVersion } of reservations) this.#store.raiseVersion(id, aboveVersion);
      for (const { passId, aboveVersion } of passes) this.#store.raisePassVersion(passId, aboveVersion);
      if (ticketTypeAboveVersion === null) return;
      const ticketType = this.#ledger.requireTicketType();
      this.#ledger.saveTicketType({ ...ticketType, version: Math.max(ticketType.version, ticketTypeAboveVersion) });
    });
    await this.#outbox.waitForProjection(REPUBLICATION_WAIT_MS);
  }

  /** Whether this is the first use of a live ticket, which the Worker has verified. */
  async useLiveTicket(id: string, expiresAtMs: number): Promise<boolean> {
    return this.#ledger.ticketType !== null && useLiveTicket(this.ctx.storage.kv, id, expiresAtMs, Date.now());
  }

  /** Opens a socket. Only the Worker reaches an object, after it has checked the session. */
  override async fetch(request: Request): Promise<Response> {
    return writeWatchResult(this.#watch(parseWatchRequest(request), Date.now()));
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
    if (this.#ledger.ticketType === null) return;
    const nowMs = Date.now();
    // The tables say what there is to do, whatever is cached.
    this.#store.invalidateCaches();
    const { ticketTypeId } = this.#ledger.ticketType;
    const tasks: readonly (() => unknown)[] = [
      () => this.#ledger.commit(nowMs, () => this.#ledger.releaseDue(nowMs, HOLDS_PER_ALARM)),
      () => this.#ledger.commit(nowMs, () => reviewPayments(this.#ledger, nowMs)),
      () => this.#ledger.commit(nowMs, () => reviewRefunds(this.#ledger, nowMs)),
      () => this.#ledger.commit(nowMs, () => this.#retention.run(nowMs)),
      async () => this.#sales.takeSteps(await askOrders(this.#store, this.env.ORDERS, nowMs)),
      () => this.#callingOff.run(nowMs),
      () => this.#outbox.sendDueMessages(nowMs),
      () => this.#outbox.runAlarm(nowMs),
    ];
    const { hasFailed } = await runTasks(tasks, { ticket: ticketTypeId });
    if (hasFailed) this.#outbox.setAlarm(Date.now() + ALARM_FAULT_DELAY_MS);
  }

  /** Reads the tables, if there are any. */
  async #open(): Promise<void> {
    const { storage } = this.ctx;
    if (!hasTables(storage.sql)) return;
    storage.transactionSync(() => migrate(storage.sql, MIGRATIONS));
    this.#ledger.open();
    await this.#outbox.open();
    const nowMs = Date.now();
    if (this.#store.arePricesBehind()) this.#ledger.commit(nowMs, () => this.#ledger.recountPrices());
    const owed = this.#store.passes.withRevocationsOwed();
    if (owed.length > 0) this.#ledger.commit(nowMs, () => this.#ledger.revokeOwedPasses(owed, nowMs));
  }

  async #change<Refusal>(
    change: (nowMs: number) => Refusal | null,
  ): Promise<Result<{ readonly ticketType: TicketTypeState }, Refusal | { readonly type: "ticket_unknown" }>> {
    if (this.#ledger.ticketType === null) return { ok: false, refusal: { type: "ticket_unknown" } };
    const nowMs = Date.now();
    const refusal = this.#ledger.commit(nowMs, () => change(nowMs));
    if (refusal !== null) return { ok: false, refusal };
    const ticketType = this.#ledger.requireTicketType();
    await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    return { ok: true, ticketType };
  }

  #watch({ isDoor = false, reservation, network }: WatchRequest, nowMs: number): WatchResult {
    this.#sales.releaseDue(nowMs);
    const { ticketType } = this.#ledger;
    if (ticketType === null) return { ok: false, refusal: "unknown" };
    if (isDoor) return this.#doorBroadcast.watch(ticketType.ticketTypeId);
    if (reservation === null) return this.#broadcast.watchAvailability(ticketType, network);
    const owned = this.#sales.findOwned(reservation.id, reservation.accountId, nowMs);
    if (owned === null) return { ok: false, refusal: "unknown" };
    return this.#broadcast.watchReservation(this.#ledger.requireTicketType(), owned, reservation);
  }

  #committed({ ticketTypeChanged, reservations, passes, lost, ...begun }: Committed, nowMs: number): void {
    this.#outbox.committed(begun, nowMs);
    const { ticketType } = this.#ledger;
    announceLosses(this.env.ORDERS, lost);
    if (ticketType === null) return;
    this.#broadcast.committed(ticketType, ticketTypeChanged, reservations);
    if (passes.length > 0) this.#doorBroadcast.committed(ticketType.ticketTypeId);
  }
}
