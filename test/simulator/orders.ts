// The simulated orders: an object for each that anybody has called, made by its first call.

import { Order } from "../../src/durable/order/order.ts";
import { orderNameOf } from "../../src/platform/ids.ts";
import type { Env } from "../../src/worker/env.ts";
import { type ObjectClass, ObjectHost } from "./host.ts";
import { ObjectStorage } from "./object-storage.ts";
import { OrderMirror } from "./order-mirror.ts";
import { OrderReplies } from "./order-replies.ts";
import type { Rewrite } from "./sqlite.ts";
import type { Owner } from "./timeline.ts";
import { aboutOrder, type World } from "./world.ts";

export interface SimulatedOrder {
  readonly name: string;
  readonly storage: ObjectStorage;
  readonly mirror: OrderMirror;
  readonly replies: OrderReplies;
  readonly host: ObjectHost<Order>;
}

export class Orders {
  readonly #byName = new Map<string, SimulatedOrder>();
  readonly #world: World;
  readonly #rewrite: Rewrite | undefined;
  readonly #class: ObjectClass<Order>;

  constructor(world: World, rewrite: Rewrite | undefined, envFor: (owner: Owner) => Env) {
    this.#world = world;
    this.#rewrite = rewrite;
    this.#class = {
      kind: "order",
      start: (state, owner) => new Order(state, envFor(owner)),
      faults: {
        crash: "order crashes",
        crashBetweenCommits: "order crashes between commits",
        storage: "order's storage fails",
        alarmEarly: "order's alarm early",
        alarmLate: "order's alarm late",
        alarmTwice: "order's alarm twice",
        alarmNever: "order's alarm never",
      },
      // Ticket types ask it, others call it.
      partFor: ({ kind }) => (kind === "ticket type" ? "question" : "order"),
    };
  }

  get all(): readonly SimulatedOrder[] {
    return [...this.#byName.values()];
  }

  find(orderId: string): SimulatedOrder | null {
    return this.#byName.get(orderNameOf(orderId)) ?? null;
  }

  namespaceFor(owner: Owner): Env["ORDERS"] {
    return { getByName: (name: string) => this.#get(name).host.stubFor(owner) } as unknown as Env["ORDERS"];
  }

  #get(name: string): SimulatedOrder {
    const known = this.#byName.get(name);
    if (known !== undefined) return known;
    const storage = new ObjectStorage(this.#rewrite);
    const mirror = new OrderMirror();
    const replies = new OrderReplies(this.#world, mirror);
    const host = new ObjectHost({
      world: this.#world,
      name: `order ${this.#byName.size + 1}`,
      objectClass: this.#class,
      storage,
      about: [aboutOrder(name)],
      aboutCall: () => [aboutOrder(name)],
      witness: (method, args) => replies.witness(method, args),
    });
    const order = { name, storage, mirror, replies, host };
    this.#byName.set(name, order);
    this.#world.orders.set(name, mirror);
    return order;
  }
}
