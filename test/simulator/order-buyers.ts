// Buyers who order several things at once, pay for them, and let go of them.

import type { NewOrder, PayOrderRequest } from "../../src/durable/order/protocol.ts";
import { hashOf, newPaymentId, newReservationId } from "../../src/platform/ids.ts";
import { callOrder, type OrderCalls, orderIdFor } from "../../src/worker/objects/orders.ts";
import { mix } from "../support/prng.ts";
import type { Callers } from "./callers.ts";
import { type Deed, LATEST, type Order } from "./deeds.ts";
import type { MirroredOrder } from "./order-mirror.ts";
import type { Stage } from "./stage.ts";

type DeedOnOrder = Extract<Deed, { type: "pay order" | "cancel order" | "find order" }>;

const REPEATS = 4;
// No order has this id.
const NOBODYS = "0".repeat(20);

export class OrderBuyers {
  readonly #stage: Stage;
  readonly #callers: Callers;
  /** The orders that each buyer may have. */
  readonly #theirs: string[][];

  constructor(stage: Stage, callers: Callers) {
    this.#stage = stage;
    this.#callers = callers;
    this.#theirs = Array.from({ length: stage.plan.buyers }, () => []);
  }

  order({ buyer, items, key, accepts }: Order, index: number): void {
    const accountId = `buyer ${buyer}`;
    const name = `${accountId} in ${index}`;
    const orderId = orderIdFor(
      this.#callers.envOf(name),
      accountId,
      "POST /orders",
      key === null ? null : `key ${key}`,
    );
    const theirs = this.#theirs[buyer] ?? [];
    if (!theirs.includes(orderId)) theirs.push(orderId);
    const acceptedTerms = this.#callers.termsFor(accepts);
    const ask = (): NewOrder => ({
      orderId,
      accountId,
      requestId: newPaymentId(),
      request: hashOf(JSON.stringify([items, acceptedTerms])),
      items: items.map(({ ticket, priceId, code, quantity }) => {
        const { id } = this.#stage.ticketTypes.at(ticket);
        return { reservationId: newReservationId(id), ticketTypeId: id, priceId, code, quantity, acceptedTerms };
      }),
    });
    const first = ask();
    void this.#call(orderId, { name, buyer, immediate: false }, async (object, attempt) => {
      // With a key a repetition is a new request; without one only the Worker itself repeats it.
      const result = await object.create(key === null || attempt === 0 ? first : ask());
      if (!result.ok && result.refusal.type === "unavailable" && key !== null) throw new Error("try again");
    });
  }

  /** Now, or around the deadline of the order. */
  atItsMoment(deed: DeedOnOrder, index: number): void {
    const { world } = this.#stage;
    const orderId = this.#pick(deed.buyer, deed.pick);
    const expiresAtMs = this.#order(orderId)?.expiresAtMs ?? null;
    // Right at the deadline every millisecond counts.
    const isExact = deed.aroundDeadlineMs !== null && Math.abs(deed.aroundDeadlineMs) <= 1;
    const ask = () => this.#ask(deed, index, orderId, isExact && expiresAtMs !== null);
    const atMs = (expiresAtMs ?? 0) + (deed.aroundDeadlineMs ?? 0);
    const isNow = deed.aroundDeadlineMs === null || expiresAtMs === null;
    const afterMs = isNow ? 0 : world.timeline.momentOf(atMs) - world.timeline.nowMs;
    if (isNow) ask();
    else world.timeline.add(afterMs, `action ${index} at its moment`, null, ask);
  }

  crash(pick: number): void {
    const { orders } = this.#stage;
    orders.all.at(-1 - (pick % Math.max(1, Math.min(4, orders.all.length))))?.host.strike();
  }

  #ask(deed: DeedOnOrder, index: number, orderId: string, immediate: boolean): Promise<boolean> {
    const accountId = `buyer ${deed.buyer}`;
    const name = `${accountId} in ${index}`;
    const buyer = null;
    switch (deed.type) {
      case "cancel order":
        return this.#call(orderId, { name, buyer, immediate }, (object) => cancelOrGiveBack(object, accountId));
      case "find order":
        return this.#call(orderId, { name, buyer, immediate }, (object) => object.find(accountId));
      case "pay order": {
        const { key, method } = deed;
        const ask = (): PayOrderRequest => {
          const paymentId = newPaymentId();
          return { accountId, paymentId, key: key === null ? `payment ${paymentId}` : `key ${key}`, method };
        };
        const first = ask();
        return this.#call(orderId, { name, buyer: deed.buyer, immediate }, (object, attempt) =>
          object.pay(key === null || attempt === 0 ? first : ask()),
        );
      }
    }
  }

  /** `buyer`: one who may not do it any more once their account is closed; null for anybody. */
  #call(
    orderId: string,
    { name, buyer, immediate }: { name: string; buyer: number | null; immediate: boolean },
    call: (object: OrderCalls, attempt: number) => Promise<unknown>,
  ): Promise<boolean> {
    const env = this.#callers.envOf(name, immediate);
    return this.#callers.insist(REPEATS, async (attempt) => {
      if (buyer === null || this.#callers.mayBuy(buyer))
        await callOrder(env, orderId, (object) => call(object, attempt));
    });
  }

  /** One of the buyer's own; now and then another's, which must look as if it did not exist. */
  #pick(buyer: number, pick: number): string {
    if (pick === LATEST) return this.#theirs[buyer]?.at(-1) ?? NOBODYS;
    const all = this.#theirs[pick % 20 === 0 ? (buyer + 1) % this.#theirs.length : buyer] ?? [];
    const list = pick % 10 === 1 ? all : all.filter((id) => this.#order(id) !== null);
    return list.at(-1 - (mix(pick, 1) % Math.max(1, Math.min(list.length, 3)))) ?? NOBODYS;
  }

  #order(orderId: string): MirroredOrder | null {
    return this.#stage.orders.find(orderId)?.mirror.order ?? null;
  }
}

/** As the route does: what is confirmed is given back. */
async function cancelOrGiveBack(object: OrderCalls, accountId: string): Promise<unknown> {
  const result = await object.cancel(accountId);
  return "takesBack" in result ? object.giveBack(accountId) : result;
}
