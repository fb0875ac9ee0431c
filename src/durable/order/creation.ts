// How an order comes to be: all of its items are held for the request that made it, or none is.

import { orderViewOf, stateOf } from "../../domain/order.ts";
import { timeout } from "../../platform/time.ts";
import { PROJECTION_WAIT_MS } from "../shared/schedule.ts";
import { atBirth, isPaidOnCreation, whyNotTaken } from "./counter.ts";
import type { Driver } from "./driver.ts";
import type { OrderLedger } from "./ledger.ts";
import type { OrderOutbox } from "./outbox.ts";
import type { NewOrder, NewOrderRefusal, NewOrderResult } from "./protocol.ts";
import type { Rounds } from "./rounds.ts";
import { RESERVE_PATIENCE_MS } from "./schedule.ts";

export class Creation {
  readonly #ledger: OrderLedger;
  readonly #rounds: Rounds;
  readonly #driver: Driver;
  readonly #outbox: OrderOutbox;
  readonly #drive: () => Promise<void>;
  /** The requests that wait for everything to be held share one attempt. */
  #reserving: Promise<NewOrderRefusal | null> | null = null;

  /** `drive` starts what is left to do, and waits a bounded time for it. */
  constructor(parts: {
    readonly ledger: OrderLedger;
    readonly rounds: Rounds;
    readonly driver: Driver;
    readonly outbox: OrderOutbox;
    readonly drive: () => Promise<void>;
  }) {
    this.#ledger = parts.ledger;
    this.#rounds = parts.rounds;
    this.#driver = parts.driver;
    this.#outbox = parts.outbox;
    this.#drive = parts.drive;
  }

  /** Holds all items, or none. A request whose key was used gets the order that it made. */
  async create(request: NewOrder): Promise<NewOrderResult> {
    await this.#earlierLetGo(request);
    const before = this.#ledger.stored;
    const isRefused = before?.order.phase === "refused";
    // A call that the Worker repeats has the ids of its first attempt, which is being let go.
    if (isRefused && before.requestId === request.requestId) {
      return { ok: false, refusal: this.#rounds.notHeld };
    }
    const known = isRefused ? null : before;
    if (known === null) {
      if (request.onlyAsReplay === true) return { ok: false, refusal: { type: "nothing_to_replay" } };
      this.#rounds.restart();
      this.#ledger.insert(request);
    }
    const refusal = this.#keyReused(request) ?? (await this.#held()) ?? (await this.#notTaken());
    if (refusal !== null) return { ok: false, refusal };
    await this.#outbox.waitForProjection(PROJECTION_WAIT_MS);
    const { order } = this.#ledger;
    const view = order && orderViewOf(order);
    if (view === null) return { ok: false, refusal: { type: "unavailable" } };
    // Another request with the key may have come while this one was being refused.
    const reused = this.#keyReused(request);
    if (reused !== null) return { ok: false, refusal: reused };
    // A call that the Worker repeats after a lost reply is, to the buyer, no replay.
    return { ok: true, order: atBirth(view), isReplay: known !== null && known.requestId !== request.requestId };
  }

  /** Lets go of what a refused request with the key still holds: this one would miss it. */
  async #earlierLetGo({ requestId }: NewOrder): Promise<void> {
    const earlier = this.#ledger.stored;
    if (earlier?.order.phase !== "refused" || earlier.requestId === requestId) return;
    await (this.#reserving ?? this.#drive());
  }

  /** The refusal of a request whose key another one has by now. */
  #keyReused({ request }: NewOrder): NewOrderRefusal | null {
    return this.#ledger.stored?.request === request ? null : { type: "idempotency_key_reused" };
  }

  /** Resolves once everything is held, or with the reason why nothing is. */
  #held(): Promise<NewOrderRefusal | null> {
    if (this.#ledger.order?.phase !== "reserving") return Promise.resolve(null);
    this.#reserving ??= this.#reserve().finally(() => {
      this.#reserving = null;
    });
    return this.#reserving;
  }

  /** Money on the counter is taken once everything is held: waits for that. */
  async #notTaken(): Promise<NewOrderRefusal | null> {
    if (!isPaidOnCreation(this.#ledger.order)) return null;
    await this.#drive();
    return whyNotTaken(this.#ledger.order, (paymentId) => this.#rounds.notBegun(paymentId));
  }

  async #reserve(): Promise<NewOrderRefusal | null> {
    await timeout(RESERVE_PATIENCE_MS, this.#driver.run()).catch(() => {});
    this.#ledger.decide(this.#ledger.order, { type: "abandon", notHeld: [] });
    const { order } = this.#ledger;
    if (order !== null && stateOf(order) !== null) return null;
    const refusal = this.#rounds.notHeld;
    // The buyer may ask again at once, and finds what was let go.
    await this.#drive();
    return refusal;
  }
}
