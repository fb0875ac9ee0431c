// Checks the promises after every step, against the objects' tables and the provider's ledger.

import { ticketTypeIdOf } from "../../src/domain/id-forms.ts";
import { isRefundId } from "../../src/domain/refund.ts";
import { CatalogueWatch } from "./catalogue-watch.ts";
import { totalOf } from "./order-mirror.ts";
import { OrderOracle } from "./order-oracle.ts";
import type { Stage } from "./stage.ts";
import { TicketTypeOracle } from "./ticket-type-oracle.ts";

const VERSIONS = `
  SELECT id, version FROM reservations UNION ALL SELECT id, version FROM ticket_types
  UNION ALL SELECT id, version FROM orders`;

export class Oracle {
  readonly #stage: Stage;
  /** What D1 has, and the newest that it ever had. */
  readonly #versionsInD1 = new Map<string, number>();
  readonly #everInD1 = new Map<string, number>();
  readonly #inD1: CatalogueWatch;
  readonly #ticketTypes: readonly TicketTypeOracle[];
  readonly #orders: OrderOracle;
  #d1WritesSeen = 0;
  #d1RestoresSeen = 0;
  #movementsSeen = 0;

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#inD1 = new CatalogueWatch(stage);
    this.#orders = new OrderOracle(stage, this.#everInD1);
    this.#ticketTypes = stage.ticketTypes.all.map((one) => new TicketTypeOracle(stage, one, this.#everInD1));
  }

  afterStep(): void {
    const { provider, d1, world } = this.#stage;
    const changes = this.#ticketTypes.map((ticketType) => ticketType.afterStep());
    this.#orders.afterStep(changes.some((one) => one !== null && one.reservations.length > 0));
    for (const check of world.later.splice(0)) check();
    if (provider.movements.length !== this.#movementsSeen) this.#checkLedger();
    if (d1.writes !== this.#d1WritesSeen) this.#checkD1();
    this.#checkClosedAccounts();
  }

  /** The object said that it has released all holds of an account. */
  #checkClosedAccounts(): void {
    const { ticketTypes, world } = this.#stage;
    for (const id of ticketTypes.all.flatMap(({ replies }) => replies.released.splice(0))) {
      const reservation = world.reservation(id);
      const isHeld = reservation?.state === "held" && reservation.releaseAs === null;
      if (isHeld) this.#broken(10, `${id} is held although its account is closed`);
    }
  }

  /** Promise 4. A movement is judged once, when it is made. */
  #checkLedger(): void {
    const { orders, world, provider } = this.#stage;
    for (const movement of provider.movements.slice(this.#movementsSeen)) {
      const { paymentId, reservationId, kind, amountMinor, refundId } = movement;
      // What goes back of it in parts is judged with the refund.
      if (refundId !== null && isRefundId(refundId)) continue;
      const reservation = world.reservation(reservationId);
      const order = orders.find(reservationId)?.mirror.order ?? null;
      if (order !== null && order.counter !== null) this.#broken(4, `a ${kind} for ${paymentId}, paid at the counter`);
      const total = order === null ? (reservation?.unitPriceMinor ?? 0) * (reservation?.quantity ?? 0) : totalOf(order);
      if (amountMinor !== total) this.#broken(4, `a ${kind} of ${amountMinor} for ${paymentId}, which costs ${total}`);
      const charges = provider.chargesOf(paymentId).length;
      const refunds = provider.refundsOf(paymentId).length;
      if (charges > 1) this.#broken(4, `${paymentId} was charged ${charges} times`);
      if (refunds > 1) this.#broken(4, `${paymentId} was refunded ${refunds} times`);
      if (kind === "refund" && charges === 0) this.#broken(4, `${paymentId} was refunded without a charge`);
    }
    this.#movementsSeen = provider.movements.length;
  }

  /** A copy is never older than it was, never newer than the original, unless one was restored. */
  #checkD1(): void {
    const { d1, ticketTypes } = this.#stage;
    this.#d1WritesSeen = d1.writes;
    const wasRestored = d1.restores !== this.#d1RestoresSeen;
    this.#d1RestoresSeen = d1.restores;
    if (wasRestored) this.#versionsInD1.clear();
    this.#inD1.check(wasRestored);
    for (const row of d1.sqlite.all(VERSIONS)) {
      const id = String(row.id);
      const version = Number(row.version);
      const original = this.#versionOf(id) ?? version;
      const earlier = this.#versionsInD1.get(id) ?? 0;
      if (version < earlier) this.#broken(9, `D1 went back from version ${earlier} of ${id} to ${version}`);
      if (version > original && ticketTypes.restores() === 0)
        this.#broken(9, `D1 has version ${version} of ${id}, which is at ${original}`);
      this.#versionsInD1.set(id, version);
      this.#everInD1.set(id, Math.max(version, this.#everInD1.get(id) ?? 0));
    }
  }

  /** Null for what the object has dropped or lost. */
  #versionOf(id: string): number | null {
    const { orders, ticketTypes } = this.#stage;
    const order = orders.find(id);
    if (order !== null) return order.mirror.order?.version ?? null;
    const { reservations, ticketType, isDeleted } = ticketTypes.of(ticketTypeIdOf(id)).mirror;
    if (id.includes("-") || isDeleted) return reservations.get(id)?.version ?? null;
    return ticketType?.version ?? 0;
  }

  #broken(promise: number, what: string): void {
    this.#stage.world.broken(`promise ${promise}: ${what}`);
  }
}
