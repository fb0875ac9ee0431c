// An order's world: its object and those of two ticket types, each with its own storage, the
// consumer and D1 are real; queue, alarms and clock are the test's.

import { env } from "cloudflare:workers";
import type { Order as OrderData } from "../../../src/domain/order.ts";
import { Order } from "../../../src/durable/order/order.ts";
import type { TicketTypeConfig, TicketTypeState } from "../../../src/durable/ticket-type/protocol.ts";
import { TicketType } from "../../../src/durable/ticket-type/ticket-type.ts";
import { newId, orderIdFrom, orderNameOf } from "../../../src/platform/ids.ts";
import type { Env } from "../../../src/worker/env.ts";
import { callOrder, type OrderCalls } from "../../../src/worker/objects/orders.ts";
import { callTicketType, type TicketTypeCalls } from "../../../src/worker/objects/ticket-types.ts";
import { Actor } from "./actor.ts";
import { readOrder } from "./order-outcome.ts";
import { brokenPromises } from "./outcome.ts";
import { type ActOn, type Alarm, FaultyProcess, FaultyWorld } from "./process.ts";
import { faultyObject } from "./steps.ts";
import { listTicketType, onSale } from "./world.ts";

export type OrderAct = ActOn<OrderProcess>;

/** Ticket types by their names in a flow. */
export type Venue = Readonly<Record<"stalls" | "parking", Partial<TicketTypeConfig>>>;

export const CODE = "PRESS26";
export const CODE_USES = 3;
export const PRESS = "press-price";

export class OrderWorld extends FaultyWorld<OrderProcess> {
  readonly orderId = orderIdFrom(newId(), "");
  readonly stalls = newId();
  readonly parking = newId();
  /** The objects whose alarm's handler has not come to its end: the platform rings it again. */
  readonly ringing = new Set<string>();

  protected async inProcess<T>(work: (process: OrderProcess) => Promise<T>): Promise<{ result: T } | null> {
    const process = new OrderProcess(this);
    const lived = await this.lead(process, work);
    if (lived !== null) await process.stop();
    return lived;
  }
}

export class OrderProcess extends FaultyProcess {
  readonly world: OrderWorld;
  readonly env: Env;
  readonly order: Actor<Order>;
  readonly stalls: Actor<TicketType>;
  readonly parking: Actor<TicketType>;
  #lastOrder: OrderData | null = null;

  constructor(world: OrderWorld) {
    super(world);
    this.world = world;
    const { time } = this;
    const { ringing } = world;
    const ticketType = (name: string, id: string) =>
      new Actor<TicketType>({ name, stub: () => env.TICKET_TYPES.getByName(id) }, time, ringing);
    this.stalls = ticketType("stalls", world.stalls);
    this.parking = ticketType("parking", world.parking);
    const stub = () => env.ORDERS.getByName(orderNameOf(world.orderId));
    this.order = new Actor({ name: "order", stub }, time, ringing);
    this.env = {
      ...env,
      ...this.faultyBindings,
      TICKET_TYPES: { getByName: (id: string) => this.#stub(id === world.stalls ? this.stalls : this.parking) },
      ORDERS: { getByName: () => this.#stub(this.order) },
    } as unknown as Env;
  }

  /** As it was after its last transaction; null before the first. */
  get lastOrder(): OrderData | null {
    return this.#lastOrder;
  }

  readonly #read = (sql: SqlStorage): void => {
    this.#lastOrder = readOrder(sql);
  };

  #stub(actor: Pick<Actor<Order>, "call">): unknown {
    return faultyObject((method, values) => actor.call(method, values), this.world.steps, this.time);
  }

  async start(): Promise<void> {
    const { steps, broken } = this.world;
    const see = (sql: SqlStorage) => {
      for (const promise of brokenPromises(sql)) broken.add(promise);
    };
    await this.order.start(steps, (state) => new Order(state, this.env), this.#read);
    await this.order.read(this.#read);
    for (const actor of [this.stalls, this.parking]) {
      await actor.start(steps, (state) => new TicketType(state, this.env), see);
    }
  }

  async stop(): Promise<void> {
    for (const actor of [this.order, this.stalls, this.parking]) await actor.stop();
  }

  /** As an organiser would. The stalls have a price for those who know a code. */
  async putOnSale({ stalls, parking }: Venue): Promise<void> {
    const { world } = this;
    const adult = rules(world.stalls, "Adult", stalls.priceMinor ?? 4500);
    const press = { ...rules(PRESS, "Press", stalls.priceMinor ?? 1000), requiresCode: true };
    const configs = [
      { actor: this.stalls, config: { ...onSale(world.stalls), ...stalls, prices: [adult, press] } },
      { actor: this.parking, config: { ...onSale(world.parking), priceMinor: 500, ...parking } },
    ];
    for (const { actor, config } of configs) {
      await listTicketType((await actor.call("create", [config])) as TicketTypeState);
    }
    const codes = [{ code: CODE, maxUses: CODE_USES }];
    await this.stalls.call("addCodes", [{ id: newId(), priceId: PRESS, codes }]);
    await this.time.idle();
  }

  callOrder<T>(call: (order: OrderCalls) => Promise<T>): Promise<T> {
    return this.attempt(() => callOrder(this.env, this.world.orderId, call));
  }

  callTicketType<T>(id: string, call: (ticketType: TicketTypeCalls) => Promise<T>): Promise<T> {
    return this.attempt(() => callTicketType(this.env, id, call));
  }

  protected async alarms(): Promise<readonly Alarm[]> {
    return [this.order, this.stalls, this.parking];
  }
}

function rules(id: string, name: string, amountMinor: number) {
  const limits = { capacity: null, salesStartMs: null, salesEndMs: null, minPerOrder: 1, maxPerOrder: null };
  return { id, name, amountMinor, requiresCode: false, isWithdrawn: false, ...limits };
}
