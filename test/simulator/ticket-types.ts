// The simulated ticket types: each with its object, what stands in its tables, and its replies.

import { readPassId } from "../../src/domain/pass.ts";
import type { TicketTypeConfig } from "../../src/durable/ticket-type/protocol.ts";
import { TicketType } from "../../src/durable/ticket-type/ticket-type.ts";
import { orderNameOf } from "../../src/platform/ids.ts";
import type { Env } from "../../src/worker/env.ts";
import { type ObjectClass, ObjectHost } from "./host.ts";
import { Mirror } from "./mirror.ts";
import { ObjectStorage } from "./object-storage.ts";
import { Replies } from "./replies.ts";
import type { Rewrite } from "./sqlite.ts";
import type { Owner } from "./timeline.ts";
import { aboutOrder, type World } from "./world.ts";

export type SimulatedTicketType = ReturnType<TicketTypes["of"]>;

export class TicketTypes {
  readonly all: readonly ReturnType<typeof simulated>[];

  constructor(
    world: World,
    configs: readonly TicketTypeConfig[],
    rewrite: Rewrite | undefined,
    envFor: (owner: Owner) => Env,
  ) {
    const objectClass = classOf(envFor);
    this.all = configs.map((config) => simulated(world, config, new ObjectStorage(rewrite), objectClass));
  }

  of(id: string) {
    const found = this.all.find((ticketType) => ticketType.id === id);
    if (found === undefined) throw new Error(`there is no ticket type ${id}`);
    return found;
  }

  at(index: number) {
    return this.of(this.all[index]?.id ?? "");
  }

  /** How often any of them was put back to an earlier time. */
  restores(): number {
    return this.all.reduce((sum, { storage }) => sum + storage.restores, 0);
  }

  namespaceFor(owner: Owner): Env["TICKET_TYPES"] {
    return { getByName: (id: string) => this.of(id).host.stubFor(owner) } as unknown as Env["TICKET_TYPES"];
  }
}

function simulated(
  world: World,
  config: TicketTypeConfig,
  storage: ObjectStorage,
  objectClass: ObjectClass<TicketType>,
) {
  const id = config.ticketTypeId;
  const mirror = new Mirror();
  world.mirrors.set(id, mirror);
  const replies = new Replies(world, mirror);
  const host = new ObjectHost({
    world,
    name: `ticket type ${id.slice(-1)}`,
    objectClass,
    storage,
    about: () => aboutAll(mirror),
    aboutCall: aboutOf,
    witness: (method, args) => replies.witness(method, args),
  });
  return { id, config, storage, mirror, replies, host };
}

/** Its reservations, and the orders that they are part of. */
export function aboutAll({ reservations }: Mirror): string[] {
  return [...reservations.values()].flatMap(({ id, orderId }) => {
    return orderId === null ? [id] : [id, aboutOrder(orderNameOf(orderId))];
  });
}

function classOf(envFor: (owner: Owner) => Env): ObjectClass<TicketType> {
  return {
    kind: "ticket type",
    start: (state, owner) => new TicketType(state, envFor(owner)),
    faults: {
      crash: "object crashes",
      crashBetweenCommits: "object crashes between commits",
      storage: "storage fails",
      alarmEarly: "alarm early",
      alarmLate: "alarm late",
      alarmTwice: "alarm twice",
      alarmNever: "alarm never",
    },
    partFor: ({ kind }) => (kind === "order" ? "participant" : "object"),
  };
}

/** The reservations, payments or orders that a call concerns. */
function aboutOf(method: string, args: readonly unknown[]): readonly string[] | null {
  const [first] = args as [unknown];
  switch (method) {
    case "find":
    case "cancel":
      return [first as string];
    case "pay":
      return [(first as { reservationId: string }).reservationId];
    case "reserve":
      return (first as { reservationId: string }[]).map(({ reservationId }) => reservationId);
    case "instructions":
      return first as string[];
    case "checkIn":
      return (first as { passId: string }[]).flatMap(({ passId }) => readPassId(passId)?.reservationId ?? []);
    case "passOn":
    case "namePass":
      return [readPassId((first as { passId: string }).passId)?.reservationId ?? ""];
    case "settle":
      return (first as { paymentId: string }[]).map(({ paymentId }) => paymentId);
    case "holdForOrder":
    case "takeOrderSteps":
      return [aboutOrder(orderNameOf(first as string))];
    default:
      return null;
  }
}
