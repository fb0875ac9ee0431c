// The object that owns one ticket type. It serialises every decision about it, and needs only its
// own storage to decide.

import { DurableObject } from "cloudflare:workers";
import { type IfMatch, isCurrent } from "../../domain/edition.ts";
import type { StepResult } from "../../domain/order.ts";
import type { ParticipantStep } from "../../domain/participation.ts";
import type { PriceChange } from "../../domain/price.ts";
import { isToRelease, type Reservation, viewOf } from "../../domain/reservation.ts";
import { decide } from "../../domain/reservation-decisions.ts";
import { availabilityCache } from "../../platform/availability/cache.ts";
import { settingsOf, type Variables } from "../../platform/settings.ts";
import type { Part } from "../../platform/totals.ts";
import { runTasks } from "../shared/alarm-tasks.ts";
import { hasTables, migrate } from "../shared/migrate.ts";
import { ALARM_FAULT_DELAY_MS } from "../shared/schedule.ts";
import { auditPage } from "./audit-page.ts";
import { Broadcast } from "./broadcast.ts";
import { Draft, type Plan } from "./draft.ts";
import { paymentFacts, reserveFacts, settlementFacts } from "./facts.ts";
import { GroupCommit } from "./group-commit.ts";
import { Ledger } from "./ledger.ts";
import { useLiveTicket } from "./live-tickets.ts";
import { MIGRATIONS } from "./migrations.ts";
import type { Coordinator, Objects, OrderHold, OrderHoldResult, Participant } from "./order-protocol.ts";
import { announceLosses, askOrders } from "./order-questions.ts";
import { addCodes, changePricesOf, changeTicketType, createTicketType } from "./organising.ts";
import { Outbox } from "./outbox.ts";
import { holdRequests, type OrderedStep, planOrderHolds, planOrderSteps } from "./plan-orders.ts";
import { instructionFor, planPayments, planSettlements } from "./plan-payments.ts";
import { planReleases, planReservations } from "./plan-reservations.ts";
import type {
  AuditPage,
  AuditQuestion,
  CancelResult,
  ChangeResult,
  CodeBatch,
  CodesResult,
  CopiesDigest,
  Edit,
  FindResult,
  PaymentInstruction,
  PaymentMessage,
  PayRequest,
  PayResult,
  PriceChangeResult,
  Republication,
  ReserveRequest,
  ReserveResult,
  RetireResult,
  SaleNews,
  Settlement,
  SettleResult,
  TicketTypeChange,
  TicketTypeConfig,
  TicketTypeState,
} from "./protocol.ts";
import { Retention } from "./retention.ts";
import { reviewPayments } from "./review.ts";
import { isNews, learn } from "./sale-news.ts";
import { parseWatchRequest, type WatchRequest, type WatchResult, writeWatchResult } from "./watch-request.ts";

// How long a reply waits for D1, so that the buyer finds the reservation in the list at once.
const PROJECTION_WAIT_MS = 200;
const REPUBLICATION_WAIT_MS = 2_000;
// Buyers get their turn between two alarms.
const HOLDS_PER_ALARM = 500;

/** What the object needs of its surroundings. */
export interface TicketTypeEnv extends Variables {
  readonly DB: D1Database;
  readonly PAYMENTS: Queue<PaymentMessage>;
  readonly ORDERS: Objects<Coordinator>;
}

export class TicketType extends DurableObject<TicketTypeEnv> implements Participant {
  readonly #ledger = new Ledger(this.ctx.storage);
  readonly #store = this.#ledger.store;
  readonly #retention = new Retention(this.#store, settingsOf(this.env).retentionMs);
  readonly #broadcast = new Broadcast(this.ctx, settingsOf(this.env).maxWatchers);
  readonly #outbox = new Outbox(this.ctx.storage, this.#ledger, this.#retention, {
    db: this.env.DB,
    queue: this.env.PAYMENTS,
    cache: availabilityCache(this.env),
  });
  readonly #durable = () => this.ctx.storage.sync();
  readonly #reserving = new GroupCommit(
    (requests: readonly ReserveRequest[]) => this.#reserve(requests),
    this.#durable,
  );
  readonly #paying = new GroupCommit((requests: readonly PayRequest[]) => this.#pay(requests), this.#durable);

  constructor(ctx: DurableObjectState, env: TicketTypeEnv) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(() => this.#open());
  }

  /** Configures the ticket type. A repeated call changes nothing and returns what is there. */
  async create(config: TicketTypeConfig): Promise<TicketTypeState> {
    if (this.#ledger.ticketType !== null) return this.#ledger.ticketType;
    this.#commit(Date.now(), () => {
      migrate(this.ctx.storage.sql, MIGRATIONS);
      createTicketType(this.#ledger, config);
    });
    return this.#ledger.requireTicketType();
  }

  /** All of the given fields, or none. Capacity never goes below what is held and sold. */
  async change(change: TicketTypeChange, edit?: Edit): Promise<ChangeResult> {
    if (this.#ledger.ticketType === null) return { ok: false, refusal: { type: "ticket_unknown" } };
    const nowMs = Date.now();
    const refusal = this.#commit(nowMs, () => changeTicketType(this.#ledger, change, edit, nowMs));
    if (refusal !== null) return { ok: false, refusal };
    return this.#changed();
  }

  /** Adds, changes or deletes a price. Its cap never goes below what is held and sold at it. */
  async changePrices(change: PriceChange): Promise<PriceChangeResult> {
    if (this.#ledger.ticketType === null) return { ok: false, refusal: { type: "ticket_unknown" } };
    const nowMs = Date.now();
    const refusal = this.#commit(nowMs, () => changePricesOf(this.#ledger, change, nowMs));
    if (refusal !== null) return { ok: false, refusal };
    return this.#changed();
  }

  /** Makes codes that open a price: all of them or none. */
  async addCodes(batch: CodeBatch): Promise<CodesResult> {
    if (this.#ledger.ticketType === null) return { ok: false, refusal: { type: "ticket_unknown" } };
    return this.#commit(Date.now(), () => addCodes(this.#ledger, batch));
  }

  /** Codes of a price in the order in which they were made, after the one with `afterSeq`. */
  async codesOf(priceId: string, afterSeq: number, limit: number): Promise<CodesResult> {
    const { ticketType } = this.#ledger;
    if (ticketType === null) return { ok: false, refusal: { type: "ticket_unknown" } };
    if (!ticketType.prices.some(({ id }) => id === priceId)) return { ok: false, refusal: { type: "no_such_price" } };
    this.#releaseDue(Date.now());
    return { ok: true, codes: this.#store.prices.codesOfPrice(priceId, afterSeq, limit) };
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
   * of the event that is known then, to a Worker that says what the event's status is.
   */
  async announce(news: SaleNews): Promise<number | undefined> {
    const { ticketType } = this.#ledger;
    if (ticketType !== null && isNews(ticketType, news)) this.#learn(news, Date.now());
    if (news.eventStatus === undefined) return undefined;
    return this.#ledger.ticketType?.eventVersion ?? 0;
  }

  /** The ticket type and its counters at this moment, or null where there is none. */
  async describe(): Promise<TicketTypeState | null> {
    this.#releaseDue(Date.now());
    return this.#ledger.ticketType;
  }

  /** Decides each request on its own, in order. Calls that wait share one commit. */
  async reserve(requests: readonly ReserveRequest[]): Promise<ReserveResult[]> {
    const results = await this.#reserving.run(requests);
    // A refusal does not wait for the copies of other buyers' reservations.
    if (results.some(({ ok }) => ok)) await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    return results;
  }

  /** Holds all of an order's items, or none. A repeated call finds what the first one held. */
  async holdForOrder(orderId: string, holds: readonly OrderHold[]): Promise<OrderHoldResult> {
    const result = this.#holdForOrder(holdRequests(orderId, holds));
    if (result.ok) await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    return result;
  }

  /** Takes an order's steps, each on its own, in one commit. Repeated ones change nothing. */
  async takeOrderSteps(orderId: string, steps: readonly ParticipantStep[]): Promise<StepResult[]> {
    const results = this.#takeOrderSteps(steps.map((step) => ({ orderId, step })));
    // A buyer who let go finds it so in the list at once.
    if (steps.some(({ type }) => type === "release")) await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    return results;
  }

  async find(reservationId: string, accountId: string): Promise<FindResult> {
    const reservation = this.#findOwned(reservationId, accountId, Date.now());
    if (reservation === null) return { ok: false, refusal: "reservation_unknown" };
    return { ok: true, reservation: viewOf(reservation, this.#ledger.requireTicketType().ticketTypeId) };
  }

  async cancel(reservationId: string, accountId: string): Promise<CancelResult> {
    const nowMs = Date.now();
    const reservation = this.#findOwned(reservationId, accountId, nowMs);
    if (reservation === null) return { ok: false, refusal: "reservation_unknown" };
    const decision = decide(reservation, { type: "cancel" }, nowMs);
    if (decision.type === "refused") return { ok: false, refusal: decision.refusal };
    if (decision.type === "changed") {
      this.#commit(nowMs, () => {
        const draft = new Draft(this.#ledger.requireTicketType(), [reservation]);
        draft.accept(decision);
        this.#ledger.apply(draft.changes(), nowMs);
      });
      await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    }
    const { ticketTypeId } = this.#ledger.requireTicketType();
    const view = viewOf(decision.reservation, ticketTypeId);
    return { ok: true, deferred: view.state === "held", reservation: view };
  }

  /** Cancels all that the account holds. What waits for a payment is cancelled if that fails. */
  async releaseHoldsOf(accountId: string): Promise<void> {
    if (this.#ledger.ticketType === null) return;
    this.#carryOut((nowMs) => planReleases(this.#ledger.requireTicketType(), this.#store.heldBy(accountId), nowMs));
    await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
  }

  /** Begins a payment and returns at once. Free tickets are confirmed at once. */
  async pay(request: PayRequest): Promise<PayResult> {
    const [result] = await this.#paying.run([request]);
    if (result === undefined) throw new Error("the commit gave no result");
    if (result.ok) await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    return result;
  }

  /** What the provider is to do for each payment now, in order. */
  async instructions(paymentIds: readonly string[]): Promise<PaymentInstruction[]> {
    if (this.#ledger.ticketType === null) return paymentIds.map(() => ({ todo: "unknown" }));
    const reservations = this.#store.reservationsByPayments(paymentIds);
    return paymentIds.map((paymentId) => instructionFor(paymentId, reservations));
  }

  /** Records what the provider did. A repeated settlement changes nothing. */
  async settle(settlements: readonly Settlement[]): Promise<SettleResult[]> {
    if (this.#ledger.ticketType === null) return settlements.map(() => ({ ok: false, refusal: "payment_unknown" }));
    return this.#carryOut((nowMs) =>
      planSettlements(settlementFacts(this.#ledger, settlements, nowMs), settlements, nowMs),
    );
  }

  /** A part of the ledger at this moment; null where there is no such ticket type. */
  async audit(question: AuditQuestion): Promise<AuditPage | null> {
    this.#releaseDue(Date.now());
    const { ticketType } = this.#ledger;
    return ticketType === null ? null : auditPage(this.#store, ticketType, question);
  }

  /** What D1 should have by now; null where nothing is there, or where copies are under way. */
  async digest(part: Part): Promise<CopiesDigest | null> {
    this.#releaseDue(Date.now());
    const { ticketType } = this.#ledger;
    if (ticketType === null || this.#store.isDirty()) return null;
    return { ticketType, totals: this.#store.totals(part) };
  }

  /** Publishes copies again that are wrong although their version is not old. */
  async republish({ reservations, ticketTypeAboveVersion }: Republication): Promise<void> {
    if (this.#ledger.ticketType === null) return;
    this.#commit(Date.now(), () => {
      for (const { id, aboveVersion } of reservations) this.#store.raiseVersion(id, aboveVersion);
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

  /** Watchers only listen: a client that could make the object work could slow buyers down. */
  override async webSocketMessage(socket: WebSocket): Promise<void> {
    socket.close(1008, "this socket takes no messages");
  }

  /** Answers the Close frame: the platform does not, and clients wait for it. */
  override async webSocketClose(socket: WebSocket, code: number): Promise<void> {
    // No frame has these codes: they stand for one without a code, and for a lost connection.
    if (code === 1005 || code === 1006) socket.close();
    else socket.close(code);
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
      () => this.#commit(nowMs, () => this.#ledger.releaseDue(nowMs, HOLDS_PER_ALARM)),
      () => this.#commit(nowMs, () => reviewPayments(this.#ledger, nowMs)),
      () => this.#commit(nowMs, () => this.#retention.run(nowMs)),
      async () => this.#takeOrderSteps(await askOrders(this.#store, this.env.ORDERS, nowMs)),
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
    if (this.#store.arePricesBehind()) this.#commit(Date.now(), () => this.#ledger.recountPrices());
  }

  #reserve(requests: readonly ReserveRequest[]): ReserveResult[] {
    if (this.#ledger.ticketType === null) {
      return requests.map(() => ({ ok: false, refusal: { type: "ticket_unknown" } }));
    }
    return this.#carryOut((nowMs) => {
      const facts = reserveFacts(this.#ledger, requests, settingsOf(this.env).holdMs, nowMs);
      return planReservations(facts, requests, nowMs);
    });
  }

  #holdForOrder(requests: readonly ReserveRequest[]): OrderHoldResult {
    const [first] = requests;
    if (this.#ledger.ticketType === null || first === undefined) {
      const reservationId = first?.reservationId ?? "";
      return { ok: false, refusal: { reservationId, because: { type: "ticket_unknown" } } };
    }
    const [result] = this.#carryOut((nowMs) => {
      const facts = reserveFacts(this.#ledger, requests, settingsOf(this.env).holdMs, nowMs);
      return planOrderHolds(facts, requests, nowMs);
    });
    if (result === undefined) throw new Error("the plan gave no result");
    return result;
  }

  #takeOrderSteps(steps: readonly OrderedStep[]): StepResult[] {
    if (steps.length === 0) return [];
    if (this.#ledger.ticketType === null) return steps.map(() => ({ ok: false, refusal: "reservation_unknown" }));
    const ids = steps.map(({ step }) => step.reservationId);
    return this.#carryOut((nowMs) => {
      const reservations = this.#ledger.readCurrent(ids, nowMs);
      return planOrderSteps(this.#ledger.requireTicketType(), reservations, steps, nowMs);
    });
  }

  #pay(requests: readonly PayRequest[]): PayResult[] {
    if (this.#ledger.ticketType === null) return requests.map(() => ({ ok: false, refusal: "reservation_unknown" }));
    return this.#carryOut((nowMs) => planPayments(paymentFacts(this.#ledger, requests, nowMs), requests, nowMs));
  }

  async #changed(): Promise<{ readonly ok: true; readonly ticketType: TicketTypeState }> {
    const ticketType = this.#ledger.requireTicketType();
    await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    return { ok: true, ticketType };
  }

  #learn(news: SaleNews, nowMs: number): void {
    this.#commit(nowMs, () => {
      const known = this.#ledger.requireTicketType();
      const event = learn(known, news);
      const isOnAgain = known.eventStatus === "cancelled" && event.eventStatus !== "cancelled";
      // No hold outlives its event's being called off, even if that is taken back at once.
      if (isOnAgain) this.#ledger.releaseDueUntil(() => false, nowMs);
      this.#ledger.saveTicketType({ ...this.#ledger.requireTicketType(), ...event });
      this.#ledger.releaseDue(nowMs);
    });
  }

  /** Read, plan, apply: one transaction for a batch. */
  #carryOut<Result>(plan: (nowMs: number) => Plan<Result>): Result[] {
    const nowMs = Date.now();
    return this.#commit(nowMs, () => {
      this.#ledger.releaseDue(nowMs);
      const { results, changes } = plan(nowMs);
      this.#ledger.apply(changes, nowMs);
      return [...results];
    });
  }

  #watch({ reservation, network }: WatchRequest, nowMs: number): WatchResult {
    this.#releaseDue(nowMs);
    const { ticketType } = this.#ledger;
    if (ticketType === null) return { ok: false, refusal: "unknown" };
    if (reservation === null) return this.#broadcast.watchAvailability(ticketType, network);
    const owned = this.#findOwned(reservation.id, reservation.accountId, nowMs);
    if (owned === null) return { ok: false, refusal: "unknown" };
    return this.#broadcast.watchReservation(this.#ledger.requireTicketType(), owned, reservation);
  }

  /**
   * The one way to change anything: a transaction, then what it left to do, with no await in
   * between, so that a crash loses neither.
   */
  #commit<Result>(nowMs: number, work: () => Result): Result {
    const before = this.#ledger.ticketType;
    const { result, changed, messages } = this.#ledger.transaction(work);
    this.#outbox.committed(messages, nowMs);
    const { ticketType } = this.#ledger;
    if (ticketType?.eventStatus === "cancelled") announceLosses(this.env.ORDERS, changed);
    if (ticketType !== null) this.#broadcast.committed(ticketType, ticketType !== before, changed);
    return result;
  }

  /** Releases holds that are due, a bounded number, before a call looks at anything. */
  #releaseDue(nowMs: number): void {
    if (this.#ledger.ticketType === null) return;
    if (this.#ledger.isReleaseDue(nowMs)) this.#commit(nowMs, () => this.#ledger.releaseDue(nowMs));
    else this.#outbox.restoreAlarm(nowMs);
  }

  /** The account's own reservation, released if it should be. Others' look like none. */
  #findOwned(reservationId: string, accountId: string, nowMs: number): Reservation | null {
    if (this.#ledger.ticketType === null) return null;
    this.#releaseDue(nowMs);
    const stored = this.#store.reservation(reservationId);
    if (stored?.accountId !== accountId) return null;
    const [reservation] = isToRelease(stored, this.#ledger.requireTicketType(), nowMs)
      ? this.#commit(nowMs, () => this.#ledger.readCurrent([reservationId], nowMs))
      : [stored];
    return reservation ?? null;
  }
}
