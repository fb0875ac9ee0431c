// Sends an order's changes to the sockets of its owner that watch it. Nothing here decides.

import { isOrderOver, type Order, type OrderView, orderViewOf } from "../../domain/order.ts";
import { type NamesByTicketType, presentNamedOrder, reservationMessageId } from "../../platform/wire.ts";
import { logFailure, MAX_WATCHERS_OF_OWN, openSocket, send } from "../shared/sockets.ts";
import type { WatchResult } from "../shared/watch-request.ts";

const ORDER = "order";
// Too much for a socket's attachment, and the same for all of them. A key, because it only adds to
// messages: no version of the tables depends on it.
const NAMES = "names of ticket types";

export class OrderBroadcast {
  readonly #ctx: DurableObjectState;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  /** What messages say that the object does not know. Names that D1 had before stay without it. */
  keepNames(names: NamesByTicketType): void {
    const before = this.#names();
    const found = [...names].filter(([, { event }]) => event !== null);
    const after = new Map([...before, ...found]);
    if (JSON.stringify([...after]) !== JSON.stringify([...before])) this.#ctx.storage.kv.put(NAMES, after);
  }

  /** The event of this ticket type was called off. D1 may have said so after names were read. */
  calledOff(ticketTypeId: string): void {
    const names = this.#names();
    const eventId = names.get(ticketTypeId)?.event?.id;
    const known = [...names].flatMap(([id, one]) => {
      if (one.event === null || one.event.id !== eventId) return [];
      return [[id, { ...one, event: { ...one.event, status: "cancelled" as const } }] as const];
    });
    this.keepNames(new Map(known));
  }

  /**
   * Opens a socket that gets the order: first as it is now, then each change to its end. Refuses if
   * it is over and the client received that as the message with `lastMessageId`.
   */
  watch(order: Order, lastMessageId: string | null): WatchResult {
    const view = orderViewOf(order);
    if (view === null) return { ok: false, refusal: "unknown" };
    const isOver = isOrderOver(order);
    if (isOver && reservationMessageId(view) === lastMessageId) return { ok: false, refusal: "nothing_more" };
    return openSocket(this.#ctx, [[ORDER, MAX_WATCHERS_OF_OWN]], (socket) => this.#send([socket], view, isOver));
  }

  /** Broadcasts a commit, unless nothing changed that others see. Never throws. */
  committed(before: Order | null, after: Order): void {
    logFailure(() => {
      const sockets = this.#ctx.getWebSockets(ORDER);
      if (sockets.length === 0) return;
      const view = orderViewOf(after);
      const isOver = isOrderOver(after);
      if (before !== null && isOrderOver(before) === isOver && isSame(orderViewOf(before), view)) return;
      if (view === null) this.end();
      else this.#send(sockets, view, isOver);
    });
  }

  /** The order is forgotten, or an attempt to hold it is refused: nobody sees it any more. */
  end(): void {
    for (const socket of this.#ctx.getWebSockets(ORDER)) socket.close(1000, "nothing more can change");
  }

  #send(sockets: readonly WebSocket[], view: OrderView, isLast: boolean): void {
    const message = JSON.stringify(presentNamedOrder(view, this.#names(), Date.now()));
    for (const socket of sockets) send(socket, message, isLast);
  }

  #names(): NamesByTicketType {
    return this.#ctx.storage.kv.get(NAMES) ?? new Map();
  }
}

function isSame(one: OrderView | null, other: OrderView | null): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
