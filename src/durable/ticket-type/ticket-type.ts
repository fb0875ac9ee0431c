// The object that owns one ticket type: its stock, its reservations, its payments. It serialises every decision about
// them, and needs nothing but its own storage to decide.

import { DurableObject } from "cloudflare:workers";
import { type Decision, decide, type Reservation, type ReservationEvent } from "../../domain/reservation.ts";
import type { ReservationView } from "../../domain/reservation-view.ts";
import { viewOf } from "../../domain/reservation-view.ts";
import { refuseChange } from "../../domain/stock.ts";
import { availabilityCache } from "../../platform/availability/cache.ts";
import { errorFields, log } from "../../platform/log.ts";
import { settingsOf, type Variables } from "../../platform/settings.ts";
import { auditPage } from "./audit-page.ts";
import { Broadcast } from "./broadcast.ts";
import { GroupCommit } from "./group-commit.ts";
import { Answers } from "./key-records.ts";
import { Books, HOLDS_PER_ALARM } from "./ledger.ts";
import { hasTables, migrate } from "./migrations.ts";
import { Outbox } from "./outbox.ts";
import { Paying } from "./plan-payments.ts";
import { Reserving } from "./plan-reservations.ts";
import type {
  AuditPage,
  AuditQuestion,
  CancelResult,
  ChangeResult,
  FindResult,
  PaymentInstruction,
  PaymentMessage,
  PayRequest,
  PayResult,
  Republication,
  ReserveRequest,
  ReserveResult,
  SaleNews,
  Settlement,
  SettleResult,
  TicketTypeChange,
  TicketTypeConfig,
  TicketTypeState,
} from "./protocol.ts";
import { Retention } from "./retention.ts";
import { ALARM_FAULT_DELAY_MS } from "./schedule.ts";
import { Store } from "./store.ts";
import { instruction } from "./views.ts";
import { parseWatchRequest, type WatchRequest, type WatchResult, writeWatchResult } from "./watch-request.ts";

// How long a reply waits for D1, so that the buyer finds the reservation in the list at once.
const PROJECTION_WAIT_MS = 200;
const REPUBLICATION_WAIT_MS = 2_000;

/** What the object needs of its surroundings. */
export interface TicketTypeEnv extends Variables {
  readonly DB: D1Database;
  readonly PAYMENTS: Queue<PaymentMessage>;
}

export class TicketType extends DurableObject<TicketTypeEnv> {
  readonly #store = new Store(this.ctx.storage.sql);
  readonly #broadcast = new Broadcast(this.ctx, settingsOf(this.env).maxWatchers);
  readonly #books = new Books(this.ctx.storage, this.#store, (ticketType, isOther, changed) =>
    this.#broadcast.committed(ticketType, isOther, changed),
  );
  readonly #answers = new Answers(this.#store);
  readonly #paying = new Paying(this.#books, this.#store, this.#answers);
  readonly #retention = new Retention(this.#store, settingsOf(this.env).retentionMs);
  readonly #outbox = new Outbox(this.ctx.storage, this.#store, this.#books, this.#retention, {
    db: this.env.DB,
    queue: this.env.PAYMENTS,
    cache: availabilityCache(this.env),
  });
  readonly #reservations = new GroupCommit<ReserveRequest, ReserveResult>(
    (requests) => this.#reserve(requests),
    () => this.ctx.storage.sync(),
  );
  readonly #payments = new GroupCommit<PayRequest, PayResult>(
    (requests) => this.#pay(requests),
    () => this.ctx.storage.sync(),
  );

  constructor(ctx: DurableObjectState, env: TicketTypeEnv) {
    super(ctx, env);
    ctx.blockConcurrencyWhile(async () => {
      if (!hasTables(ctx.storage.sql)) return;
      ctx.storage.transactionSync(() => migrate(ctx.storage.sql));
      this.#books.open();
      await this.#outbox.start();
    });
  }

  /** Puts the ticket type on record. Asked again, it changes nothing and answers what is there. */
  async create(config: TicketTypeConfig): Promise<TicketTypeState> {
    if (this.#books.ticketType !== null) return this.#books.ticketType;
    const ticketType = this.#books.transaction(() => {
      migrate(this.ctx.storage.sql);
      this.#books.saveConfig({ ...config, held: 0, sold: 0, version: 0 });
      return this.#books.known();
    });
    this.#outbox.committed(Date.now());
    return ticketType;
  }

  /** Changes the given fields together, or none. Capacity never goes below what is held and sold. */
  async change(change: TicketTypeChange): Promise<ChangeResult> {
    if (this.#books.ticketType === null) return { ok: false, refusal: { type: "ticket_unknown" } };
    const nowMs = Date.now();
    const refusal = this.#books.transaction(() => {
      const wanted = () => ({ ...this.#books.known(), ...change });
      const refusal = this.#books.afterDueHolds(nowMs, () => refuseChange(wanted(), wanted()));
      if (refusal === null) this.#books.saveConfig(wanted());
      return refusal;
    });
    this.#outbox.committed(nowMs);
    if (refusal !== null) return { ok: false, refusal };
    await this.#outbox.projected(PROJECTION_WAIT_MS);
    return { ok: true, ticketType: this.#books.known() };
  }

  /** Puts the ticket type on sale, or takes it off. News that is older than what is known changes nothing. */
  async announce({ onSale, onSaleVersion }: SaleNews): Promise<void> {
    if (this.#books.ticketType === null || onSaleVersion <= this.#books.ticketType.onSaleVersion) return;
    this.#books.transaction(() => this.#books.saveConfig({ ...this.#books.known(), onSale, onSaleVersion }));
    this.#outbox.committed(Date.now());
  }

  /** The ticket type and its counters as they are at this moment, or null where there is none. */
  async describe(): Promise<TicketTypeState | null> {
    this.#attend(Date.now());
    return this.#books.ticketType;
  }

  /** Decides each request on its own, in order, all in one commit; and with them those of other calls that are waiting. */
  async reserve(requests: readonly ReserveRequest[]): Promise<ReserveResult[]> {
    if (this.#books.ticketType === null)
      return requests.map(() => ({ ok: false, refusal: { type: "ticket_unknown" } }));
    const results = await this.#reservations.run(requests);
    // A call of which all were refused does not wait for other people's copies.
    if (results.some(({ ok }) => ok)) await this.#outbox.projected(PROJECTION_WAIT_MS);
    return results;
  }

  async find(reservationId: string, accountId: string): Promise<FindResult> {
    this.#attend(Date.now(), reservationId);
    const reservation = this.#owned(reservationId, accountId);
    if (reservation === null) return { ok: false, refusal: "reservation_unknown" };
    return { ok: true, reservation: this.#view(reservation) };
  }

  async cancel(reservationId: string, accountId: string): Promise<CancelResult> {
    const nowMs = Date.now();
    this.#attend(nowMs, reservationId);
    const reservation = this.#owned(reservationId, accountId);
    if (reservation === null) return { ok: false, refusal: "reservation_unknown" };
    const decision = this.#decide(reservation, { type: "cancel" }, nowMs);
    if (decision.type === "refused") return { ok: false, refusal: decision.refusal };
    if (decision.type === "changed") await this.#outbox.projected(PROJECTION_WAIT_MS);
    const { state } = decision.reservation;
    return { ok: true, deferred: state === "held", reservation: this.#view(decision.reservation) };
  }

  /** Begins a payment and answers at once; free tickets are confirmed at once. Those that come together share a commit. */
  async pay(request: PayRequest): Promise<PayResult> {
    if (this.#books.ticketType === null) return { ok: false, refusal: "reservation_unknown" };
    const [result] = await this.#payments.run([request]);
    if (result === undefined) throw new Error("no result");
    if (result.ok) await this.#outbox.projected(PROJECTION_WAIT_MS);
    return result;
  }

  /** What the provider is to do for each payment now, in order. */
  async instructions(paymentIds: readonly string[]): Promise<PaymentInstruction[]> {
    if (this.#books.ticketType === null) return paymentIds.map(() => ({ todo: "unknown" }));
    const reservations = this.#paying.reservationsOf(paymentIds);
    return paymentIds.map((paymentId) => instruction(reservations.get(paymentId) ?? null, paymentId));
  }

  /** Records what the provider did, each on its own, in order. The same again changes nothing. */
  async settle(settlements: readonly Settlement[]): Promise<SettleResult[]> {
    if (this.#books.ticketType === null) return settlements.map(() => ({ ok: false, refusal: "payment_unknown" }));
    const nowMs = Date.now();
    this.#attend(nowMs);
    const results = this.#books.transaction(() => this.#paying.settle(settlements, nowMs));
    this.#outbox.committed(nowMs);
    return results;
  }

  /** A part of the books, as they are at this moment; null where there is no such ticket type. */
  async audit(question: AuditQuestion): Promise<AuditPage | null> {
    if (this.#books.ticketType === null) return null;
    this.#attend(Date.now());
    return auditPage(this.#store, this.#books.known(), question);
  }

  /** Makes copies anew that are wrong, though not by their version. */
  async republish({ reservations, ticketTypeAboveVersion }: Republication): Promise<void> {
    if (this.#books.ticketType === null) return;
    this.#books.transaction(() => {
      for (const { id, aboveVersion } of reservations) this.#store.raiseVersion(id, aboveVersion);
      if (ticketTypeAboveVersion === null) return;
      const ticketType = this.#books.known();
      this.#books.saveConfig({ ...ticketType, version: Math.max(ticketType.version, ticketTypeAboveVersion) });
    });
    this.#outbox.committed(Date.now());
    await this.#outbox.projected(REPUBLICATION_WAIT_MS);
  }

  /** Opens a socket. Only the Worker can reach an object: it writes the request, after it has checked the session. */
  override async fetch(request: Request): Promise<Response> {
    const wanted = parseWatchRequest(request);
    this.#attend(Date.now(), ...(wanted.reservation === null ? [] : [wanted.reservation.id]));
    return writeWatchResult(this.#watch(wanted));
  }

  /** Watchers only listen: a client that could make the object work could slow buyers down. */
  override async webSocketMessage(socket: WebSocket): Promise<void> {
    socket.close(1008, "this socket takes no messages");
  }

  /** Asked by the cron sweep, in case an alarm was lost. */
  async wake(): Promise<void> {
    await this.alarm();
  }

  /** Never throws: the platform gives up on an alarm that keeps throwing, for good. */
  override async alarm(): Promise<void> {
    if (this.#books.ticketType === null) return;
    const nowMs = Date.now();
    // The tables are asked what there is to do, whatever is in memory.
    this.#store.forget();
    let failed = false;
    // None is kept from being done by another that fails.
    for (const task of [
      () => this.#books.transaction(() => this.#books.releaseSome(nowMs, HOLDS_PER_ALARM)),
      () => this.#books.transaction(() => this.#books.reviewPayments(nowMs)),
      () => this.#books.transaction(() => this.#retention.run(nowMs)),
      () => this.#outbox.alarm(nowMs),
    ]) {
      try {
        await task();
      } catch (fault) {
        failed = true;
        log("error", "alarm failed", { ticket: this.#books.ticketType.ticketTypeId, ...errorFields(fault) });
      }
    }
    if (failed) this.#outbox.wakeAt(Date.now() + ALARM_FAULT_DELAY_MS);
  }

  #reserve(requests: readonly ReserveRequest[]): ReserveResult[] {
    const nowMs = Date.now();
    this.#attend(nowMs);
    const before = this.#books.ticketType;
    const reserving = new Reserving(this.#books, this.#store, this.#answers, settingsOf(this.env).holdMs);
    const results = this.#books.transaction(() => reserving.all(requests, nowMs));
    const hasKeys = requests.some(({ idempotencyKey }) => idempotencyKey !== null);
    if (hasKeys || this.#books.ticketType !== before) this.#outbox.committed(nowMs);
    return results;
  }

  #pay(requests: readonly PayRequest[]): PayResult[] {
    const nowMs = Date.now();
    this.#attend(nowMs, ...requests.map(({ reservationId }) => reservationId));
    const results = this.#books.transaction(() => this.#paying.begin(requests, nowMs));
    this.#outbox.committed(nowMs);
    return results;
  }

  /** One event on one reservation, in a commit of its own. */
  #decide(reservation: Reservation, event: ReservationEvent, nowMs: number): Decision {
    const decision = decide(reservation, event, nowMs);
    if (decision.type === "changed") {
      this.#books.transaction(() => this.#books.save(reservation, decision, nowMs));
      this.#outbox.committed(nowMs);
    }
    return decision;
  }

  /** What each call begins with: what is due is given back, and an alarm that was lost is set again. */
  #attend(nowMs: number, ...alsoIds: readonly string[]): void {
    if (this.#books.ticketType === null) return;
    if (this.#store.deadline.isDue(nowMs)) this.#releaseDue(nowMs, alsoIds);
    this.#outbox.attend(nowMs);
  }

  /** Gives back what is due, a bounded number of holds, and of `alsoIds` what is due, however long the queue. */
  #releaseDue(nowMs: number, alsoIds: readonly string[]): void {
    this.#books.transaction(() => {
      this.#books.releaseSome(nowMs);
      if (alsoIds.length > 0) this.#books.releaseDue(this.#store.reservationsWithIds(alsoIds), nowMs);
    });
    this.#outbox.committed(nowMs);
  }

  #watch({ reservation }: WatchRequest): WatchResult {
    const ticketType = this.#books.ticketType;
    if (ticketType === null) return { ok: false, refusal: "unknown" };
    if (reservation === null) return this.#broadcast.watchAvailability(ticketType);
    const owned = this.#owned(reservation.id, reservation.accountId);
    return owned === null ? { ok: false, refusal: "unknown" } : this.#broadcast.watchReservation(ticketType, owned);
  }

  /** The reservation if it is the account's own. Another's and none at all look the same. */
  #owned(reservationId: string, accountId: string): Reservation | null {
    if (this.#books.ticketType === null) return null;
    const reservation = this.#store.reservation(reservationId);
    return reservation?.accountId === accountId ? reservation : null;
  }

  #view(reservation: Reservation): ReservationView {
    return viewOf(reservation, this.#books.known().ticketTypeId);
  }
}
