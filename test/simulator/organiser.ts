// What the organiser does: makes, changes, moves, calls off, takes back and deletes.

import { ticketTypeIdOf } from "../../src/domain/id-forms.ts";
import type { Refund, RefundRequest } from "../../src/domain/refund.ts";
import { isSold } from "../../src/domain/stock.ts";
import { timeout } from "../../src/platform/time.ts";
import { entry } from "../../src/worker/catalogue/actors.ts";
import { callOff, changeEvent } from "../../src/worker/catalogue/changes.ts";
import { eventById, insertTicketType, ticketTypeById } from "../../src/worker/catalogue/queries.ts";
import { deleteEvent, deleteTicketType } from "../../src/worker/catalogue/withdrawal.ts";
import { callOrder } from "../../src/worker/objects/orders.ts";
import { callTicketType, type TicketTypeCalls } from "../../src/worker/objects/ticket-types.ts";
import type { Callers } from "./callers.ts";
import { type Deed, LATEST, type TermsVersion } from "./deeds.ts";
import { ACTOR, EVENT_ENDS_MS, EVENT_ID, type Stage } from "./stage.ts";

const REPEATS = 4;
// Who waits so long for a reply asks again.
const PATIENCE_MS = 30_000;
const ROWS = { draft: "back to draft", cancelled: "event called off" } as const;

type ChangeOfTicketType = Extract<Deed, { type: "change" | "change prices" | "add codes" }>;

interface Bought {
  readonly orderId: string | null;
  readonly items: readonly string[];
  readonly refunds: readonly Refund[];
  readonly isSold: boolean;
}

type FailedRefund = Pick<Bought, "orderId" | "items"> & { readonly refundId: string };

export class Organiser {
  readonly #stage: Stage;
  readonly #callers: Callers;
  /** How many ticket types are there and listed. */
  created = 0;

  constructor(stage: Stage, callers: Callers) {
    this.#stage = stage;
    this.#callers = callers;
  }

  /** As the Worker does: the object comes first, and the event is announced to it by and by. */
  async create(ticket: number, name: string): Promise<void> {
    const { id, config } = this.#stage.ticketTypes.at(ticket);
    const env = this.#callers.envOf(name);
    const make = async () => {
      const state = await callTicketType(env, id, (object) => object.create(config));
      const row = { id, eventId: EVENT_ID, name: "Stalls", description: "", hidden: false, requestHash: null };
      const object = { type: "ticket", id } as const;
      await insertTicketType(env.DB, row, state, entry(ACTOR, "ticket.add", object, EVENT_ID, {}));
    };
    await this.#callers.insist(Number.POSITIVE_INFINITY, () => timeout(PATIENCE_MS, make()));
    this.created += 1;
  }

  change(deed: ChangeOfTicketType, name: string): void {
    const { id } = this.#stage.ticketTypes.at(deed.ticket);
    const call = (object: TicketTypeCalls): Promise<unknown> => {
      switch (deed.type) {
        case "change":
          return object.change(deed.change);
        case "change prices":
          return object.changePrices(deed.change);
        case "add codes":
          return object.addCodes(deed.batch);
      }
    };
    void this.#callers.callObject(id, name, REPEATS, call);
  }

  announce({ status, endsInMs }: Extract<Deed, { type: "announce" }>, name: string): void {
    const { world } = this.#stage;
    const ends_at = new Date(endsInMs === null ? EVENT_ENDS_MS : world.timeline.wallMs + endsInMs).toISOString();
    if (status !== "published") world.met(ROWS[status], null);
    // Nothing can be given back after the event, so one that is moved forbids it.
    this.#changeEvent({ status, ends_at, ...(endsInMs === null ? {} : { refundable_until: null }) }, name);
  }

  callOff(refund: boolean, name: string): void {
    const { world } = this.#stage;
    world.met(refund ? "event called off with refunds" : "event called off", null);
    const env = this.#callers.envOf(name);
    void this.#callers.insist(REPEATS, async () => {
      const result = await callOff(env, ACTOR, EVENT_ID, { refund });
      world.record(`the calling-off ${result.ok ? "is on record" : `stays: ${result.refusal.type}`}`);
    });
  }

  requireTerms(version: TermsVersion | null, name: string): void {
    this.#stage.world.met("terms changed", null);
    const nothing = { terms_url: null, privacy_text: null, privacy_url: null, imprint_url: null };
    const terms = version && { ...nothing, version, terms_text: `The terms of ${version}` };
    this.#changeEvent({ terms }, name);
  }

  allowGivingBack(forMs: number | null, name: string): void {
    const { world } = this.#stage;
    world.met("giving back changed", null);
    const untilMs = forMs === null ? null : world.timeline.wallMs + forMs;
    this.#changeEvent({ refundable_until: untilMs === null ? null : new Date(untilMs).toISOString() }, name);
  }

  openDoors({ reentry, openInMs }: Extract<Deed, { type: "doors" }>, name: string): void {
    const { world } = this.#stage;
    const doors_open_at = openInMs === null ? null : new Date(world.timeline.wallMs + openInMs).toISOString();
    this.#changeEvent({ reentry, doors_open_at }, name);
  }

  /** D1 decides what the event is, and its ticket types' objects are told. */
  #changeEvent(change: Parameters<typeof changeEvent>[3], name: string): void {
    const { world } = this.#stage;
    const env = this.#callers.envOf(name);
    void this.#callers.insist(REPEATS, async () => {
      const result = await changeEvent(env, ACTOR, EVENT_ID, change, null);
      world.record(`the event ${result.ok ? `is ${result.event.status}` : `stays: ${result.refusal.type}`}`);
    });
  }

  /** As the routes do: of a reservation that was bought alone, or of an order. */
  refund({ pick, tickets, amountMinor, restock, key }: Extract<Deed, { type: "refund" }>, name: string): void {
    const sold = this.#sold();
    const chosen = pick === LATEST ? sold.at(-1) : sold[pick % Math.max(1, sold.length)];
    if (chosen === undefined) return;
    const [first = ""] = chosen.items;
    const items = tickets === null ? "all" : tickets === 0 ? [] : [{ reservationId: first, quantity: tickets }];
    const request: RefundRequest = {
      key: key === null ? `${name} once` : `key ${key}`,
      request: JSON.stringify([items, amountMinor, restock]),
      requestedBy: "organizer",
      ...{ items, amountMinor, restock, reason: "" },
    };
    const env = this.#callers.envOf(name);
    void this.#callers.insist(REPEATS, () =>
      chosen.orderId === null
        ? callTicketType(env, ticketTypeIdOf(first), (object) => object.refund({ reservationId: first, request }))
        : callOrder(env, chosen.orderId, (object) => object.refund(request)),
    );
  }

  retryRefund(pick: number, name: string): void {
    const failed = this.#failedRefunds();
    const chosen = failed[pick % Math.max(1, failed.length)];
    if (chosen !== undefined) this.#retry(chosen, name);
  }

  /** Once nothing goes wrong any more: then all of them succeed. */
  retryAllRefunds(): number {
    const failed = this.#failedRefunds();
    for (const [index, one] of failed.entries()) this.#retry(one, `organiser at rest ${index}`);
    return failed.length;
  }

  #retry({ orderId, items: [first = ""], refundId }: FailedRefund, name: string): void {
    const env = this.#callers.envOf(name);
    void this.#callers.insist(REPEATS, () =>
      orderId === null
        ? callTicketType(env, ticketTypeIdOf(first), (object) => object.retryRefund(first, refundId, name))
        : callOrder(env, orderId, (object) => object.retryRefund(refundId, name)),
    );
  }

  /** Also of what was never sold: the money of late payments. */
  #failedRefunds(): FailedRefund[] {
    return this.#bought().flatMap(({ orderId, items, refunds }) =>
      refunds.filter(({ state }) => state === "failed").map(({ id }) => ({ orderId, items, refundId: id })),
    );
  }

  #sold(): Bought[] {
    return this.#bought().filter(({ isSold }) => isSold);
  }

  #bought(): Bought[] {
    const { world, orders } = this.#stage;
    const alone = world.reservations().flatMap(({ id, orderId, state, refunds }) => {
      return orderId === null ? [{ orderId: null, items: [id], refunds, isSold: isSold(state) }] : [];
    });
    const ordered = orders.all.flatMap(({ mirror: { order } }) => {
      if (order === null) return [];
      const items = order.items.map(({ reservationId }) => reservationId);
      return [{ orderId: order.id, items, refunds: order.refunds, isSold: order.phase === "confirmed" }];
    });
    return [...alone, ...ordered];
  }

  delete({ what, ticket }: Extract<Deed, { type: "delete" }>, name: string): void {
    const { world, ticketTypes } = this.#stage;
    const { id } = ticketTypes.at(ticket);
    world.met(`${what} deleted`, null);
    const env = this.#callers.envOf(name);
    void this.#callers.insist(REPEATS, async () => {
      const row = what === "event" ? await eventById(env.DB, EVENT_ID) : await ticketTypeById(env.DB, id);
      if (row === null) return;
      const result =
        "eventId" in row ? await deleteTicketType(env, ACTOR, row, null) : await deleteEvent(env, ACTOR, row, null);
      world.record(`the ${what} ${result.ok ? "is deleted" : `stays: ${result.refusal.type}`}`);
    });
  }
}
