// The counter of the event: the organiser sells by hand, takes money, and gives up on transfers.

import { eventById, ticketTypesOf } from "../../src/worker/catalogue/queries.ts";
import { cancelSale, faultInSale, markPaid, sell } from "../../src/worker/counter/sales.ts";
import { mix } from "../support/prng.ts";
import type { Callers } from "./callers.ts";
import { type Deed, LATEST, type Sell } from "./deeds.ts";
import type { MirroredOrder } from "./order-mirror.ts";
import { ACTOR, EVENT_ID, type Stage } from "./stage.ts";

const REPEATS = 4;
// How many of the latest orders are still of interest.
const LATEST_ORDERS = 4;

type DeedOnSale = Extract<Deed, { type: "take money" | "cancel sale" }>;

export class Counter {
  readonly #stage: Stage;
  readonly #callers: Callers;

  constructor(stage: Stage, callers: Callers) {
    this.#stage = stage;
    this.#callers = callers;
  }

  /** As the route does. Without a key nobody repeats it: that would sell once more. */
  sell({ items, method, awaitedMs, key }: Sell, name: string): void {
    const { world, ticketTypes } = this.#stage;
    const env = this.#callers.envOf(name);
    const untilMs = awaitedMs === null ? null : world.timeline.wallMs + awaitedMs;
    const wanted = {
      items: items.map(({ ticket, priceId, code, quantity }) => ({
        ticket: ticketTypes.at(ticket).id,
        quantity,
        price: priceId ?? undefined,
        code: code ?? undefined,
      })),
      method,
      pay_until: untilMs === null ? undefined : new Date(untilMs).toISOString(),
    };
    void this.#callers.insist(key === null ? 0 : REPEATS, async () => {
      const event = await eventById(env.DB, EVENT_ID);
      if (event === null) return;
      const fault = faultInSale(wanted, event, await ticketTypesOf(env.DB, EVENT_ID), Date.now());
      if (fault !== null) world.record(`nothing is sold: ${fault.type}`);
      const keyText = key === null ? null : `sale ${key}`;
      const result = await sell(env, ACTOR, event, keyText, wanted, fault !== null);
      if (!result.ok && result.refusal.type === "unavailable" && key !== null) throw new Error("try again");
    });
  }

  /** Now, or around the deadline of the order. */
  atItsMoment(deed: DeedOnSale, index: number): void {
    const { world } = this.#stage;
    const order = this.#pick(deed.pick);
    if (order === null) return;
    const act = () => this.#act(deed, order.id, `organiser ${index}`);
    if (deed.aroundDeadlineMs === null || order.expiresAtMs === null) {
      act();
      return;
    }
    const atMs = world.timeline.momentOf(order.expiresAtMs + deed.aroundDeadlineMs);
    world.timeline.add(atMs - world.timeline.nowMs, `action ${index} at its moment`, null, act);
  }

  #act(deed: DeedOnSale, orderId: string, name: string): void {
    const env = this.#callers.envOf(name);
    const key = deed.type === "take money" && deed.key !== null ? `payment ${deed.key}` : null;
    void this.#callers.insist(key === null ? 0 : REPEATS, async () => {
      const event = await eventById(env.DB, EVENT_ID);
      if (event === null) return;
      if (deed.type === "cancel sale") await cancelSale(env, ACTOR, event, orderId);
      else await markPaid(env, ACTOR, event, orderId, key, { method: deed.as });
    });
  }

  /** Now and then a buyer's, which is not the counter's business. */
  #pick(pick: number): MirroredOrder | null {
    const orders = this.#stage.orders.all.flatMap(({ mirror }) => mirror.order ?? []);
    const sold = pick !== LATEST && pick % 20 === 0 ? orders : orders.filter(({ counter }) => counter !== null);
    const fromTheEnd = pick === LATEST ? 0 : mix(pick, 1) % Math.max(1, Math.min(sold.length, LATEST_ORDERS));
    return sold.at(-1 - fromTheEnd) ?? null;
  }
}
