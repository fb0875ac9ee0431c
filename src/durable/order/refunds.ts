// What organisers and buyers give back of an order.

import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import { type OrderItem, orderViewOf } from "../../domain/order.ts";
import { purchaseOfOrder } from "../../domain/order-refunds.ts";
import { type PassName, passIdOf } from "../../domain/pass.ts";
import { asMade, BUYERS_KEY, type RefundRequest, refundViewOf } from "../../domain/refund.ts";
import type { RefundEvent } from "../../domain/refund-decisions.ts";
import { type NamedPass, namedIn } from "../../domain/refund-passes.ts";
import { SECOND_MS } from "../../domain/units.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import { PROJECTION_WAIT_MS } from "../shared/schedule.ts";
import type { Objects, Participant } from "../ticket-type/order-protocol.ts";
import type { OrderLedger } from "./ledger.ts";
import type { OrderOutbox } from "./outbox.ts";
import type { OrderRefundResult } from "./protocol.ts";

const CALL_TIMEOUT_MS = 5 * SECOND_MS;
const UNAVAILABLE: OrderRefundResult = { ok: false, refusal: { type: "unavailable" } };

export class OrderRefunds {
  readonly #ledger: OrderLedger;
  readonly #outbox: OrderOutbox;
  readonly #ticketTypes: Objects<Participant>;
  readonly #drive: () => Promise<void>;

  /** `drive` starts what is left to do, and waits a bounded time for it. */
  constructor(parts: {
    readonly ledger: OrderLedger;
    readonly outbox: OrderOutbox;
    readonly ticketTypes: Objects<Participant>;
    readonly drive: () => Promise<void>;
  }) {
    this.#ledger = parts.ledger;
    this.#outbox = parts.outbox;
    this.#ticketTypes = parts.ticketTypes;
    this.#drive = parts.drive;
  }

  refund(request: RefundRequest): Promise<OrderRefundResult> {
    return this.#carryOut({ type: "refund", request, passes: [] }, request.key);
  }

  /** The ticket types say first which of the passes can be revoked. */
  async refundPasses(request: RefundRequest): Promise<OrderRefundResult> {
    const { order } = this.#ledger;
    const isReplay = order?.refunds.some(({ key }) => key === request.key) ?? false;
    if (isReplay || order === null || purchaseOfOrder(order) === null) return this.refund(request);
    const names = namedIn(request.items);
    if (!this.#itemsOf(names).every(isTakenBack)) await this.#drive();
    const before = this.#itemsOf(names);
    // Until they have taken back all that is given back, they may still revoke any.
    const passes = before.every(isTakenBack) ? await this.#asked(() => this.#namedPasses(before, names)) : null;
    // Another refund may have come in between.
    const isSame = this.#itemsOf(names).every(({ givenBack }, index) => givenBack === before[index]?.givenBack);
    if (passes === null || !isSame) return UNAVAILABLE;
    return this.#carryOut({ type: "refund", request, passes }, request.key);
  }

  async giveBack(): Promise<OrderRefundResult> {
    const found = await this.#asked(async () => ({ refundableUntilMs: await this.#refundableUntil() }));
    return found === null ? UNAVAILABLE : this.#carryOut({ type: "give_back", ...found }, BUYERS_KEY);
  }

  /** Refunds what is left of these ticket types, in one refund. They take it back by steps. */
  callOff(ticketTypeIds: readonly string[]): void {
    const { order } = this.#ledger;
    const items = order?.items.filter(({ ticketTypeId }) => ticketTypeIds.includes(ticketTypeId)) ?? [];
    const reservationIds = items.map(({ reservationId }) => reservationId);
    const refusal = this.#ledger.decideRefund({ type: "called_off", reservationIds });
    if (refusal === null || refusal.type === "already_refunded") return;
    log("error", "not given back", { order: order?.id, ...refusal });
  }

  async retry(refundId: string, key: string): Promise<OrderRefundResult> {
    const keyOf = this.#ledger.order?.refunds.find(({ id }) => id === refundId)?.key ?? "";
    const result = await this.#carryOut({ type: "retry", refundId, key }, keyOf);
    return result.ok ? { ...result, refund: { ...result.refund, state: "due", failure: null } } : result;
  }

  async markByHand(refundId: string, isGiven: boolean, by: string): Promise<OrderRefundResult> {
    const refusal = this.#ledger.decideRefund({ type: "by_hand", refundId, isGiven, by });
    if (refusal !== null) return { ok: false, refusal };
    await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    const { order } = this.#ledger;
    const refund = order?.refunds.find(({ id }) => id === refundId);
    const view = order && orderViewOf(order);
    if (view === null || refund === undefined) throw new Error("the decision has no refund");
    return { ok: true, order: view, refund: refundViewOf(refund), isReplay: false };
  }

  /** The earliest of all its items: an order is given back whole. */
  async #refundableUntil(): Promise<number | null> {
    const items = Map.groupBy(this.#ledger.order?.items ?? [], ({ ticketTypeId }) => ticketTypeId);
    const each = await Promise.all(
      [...items].map(([ticketTypeId, those]) => {
        return this.#ticketTypes.getByName(ticketTypeId).refundableUntil(those.map((item) => item.reservationId));
      }),
    );
    const known = each.filter((atMs) => atMs !== null);
    return known.length < each.length ? null : Math.min(...known);
  }

  #itemsOf(names: readonly PassName[]): OrderItem[] {
    const ids = new Set(names.map(({ reservationId }) => reservationId));
    return this.#ledger.order?.items.filter(({ reservationId }) => ids.has(reservationId)) ?? [];
  }

  /** Of these passes the ones that there are. */
  async #namedPasses(items: readonly OrderItem[], names: readonly PassName[]): Promise<NamedPass[]> {
    const known = names.filter((name) => items.some(({ reservationId }) => reservationId === name.reservationId));
    const byTicketType = [...Map.groupBy(known.map(passIdOf), ticketTypeIdOf)];
    const found = await Promise.all(
      byTicketType.map(([ticketTypeId, ids]) => this.#ticketTypes.getByName(ticketTypeId).refundedPasses(ids)),
    );
    return found.flat();
  }

  /** What ticket types say; null where one does not answer. */
  async #asked<Reply>(ask: () => Promise<Reply>): Promise<Reply | null> {
    try {
      return await timeout(CALL_TIMEOUT_MS, ask());
    } catch (fault) {
      log("warn", "an order is not given back", { order: this.#ledger.order?.id, ...errorFields(fault) });
      return null;
    }
  }

  /** `key`: of the refund that it is about. */
  async #carryOut(event: RefundEvent, key: string): Promise<OrderRefundResult> {
    const before = this.#ledger.order;
    const refusal = this.#ledger.decideRefund(event);
    if (refusal !== null) return { ok: false, refusal };
    const isReplay = this.#ledger.order === before;
    const refund = this.#ledger.order?.refunds.find((one) => one.key === key);
    // A replay, too, waits until its tickets are where they should be.
    await this.#drive();
    await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    const { order } = this.#ledger;
    const view = order && orderViewOf(order);
    if (view === null || refund === undefined) throw new Error("the decision has no refund");
    return { ok: true, order: view, refund: isReplay ? asMade(refundViewOf(refund)) : refundViewOf(refund), isReplay };
  }
}

/** Its ticket type has revoked as many of its passes as were given back. */
function isTakenBack({ phase, givenBack, takenBack }: OrderItem): boolean {
  return phase === "confirmed" && givenBack === takenBack;
}
