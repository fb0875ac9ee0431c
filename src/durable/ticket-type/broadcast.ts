// Broadcasts each commit to the sockets that watch it. Nothing here decides or writes.

import { isOver, type Reservation, viewOf } from "../../domain/reservation.ts";
import {
  NAMELESS,
  type PresentedNames,
  presentAvailability,
  presentReservation,
  reservationMessageId,
} from "../../platform/wire.ts";
import { logFailure, MAX_WATCHERS_OF_OWN, openSocket, send, type Tag } from "../shared/sockets.ts";
import type { WatchResult } from "../shared/watch-request.ts";
import { DOOR } from "./door-broadcast.ts";
import type { TicketTypeState } from "./protocol.ts";
import { Throttle } from "./throttle.ts";
import type { WatchedReservation } from "./watch-request.ts";

// Each socket has a tag for what it watches: this one, or a reservation's id.
const AVAILABILITY = "availability";
// One that watches the availability has a second tag, for its client's network.
const NETWORK = "network ";
/** Enough for the pages of a household, and few enough that no network takes all places. */
const MAX_WATCHERS_PER_NETWORK = 10;

export class Broadcast {
  readonly #ctx: DurableObjectState;
  readonly #maxWatchers: number;
  /** The tags of all open sockets, and perhaps of some that have closed since. */
  readonly #watchedTags: Set<string>;
  /** As of the newest commit that changed it; null until the first since this object started. */
  #ticketType: TicketTypeState | null = null;
  /** What every watcher was sent last; null where they may have been sent different things. */
  #lastSent: string | null = null;
  readonly #throttle = new Throttle();

  constructor(ctx: DurableObjectState, maxWatchers: number) {
    this.#ctx = ctx;
    this.#maxWatchers = maxWatchers;
    // Sockets outlive the memory of an object that hibernates.
    const tags = ctx.getWebSockets().flatMap((socket) => ctx.getTags(socket));
    this.#watchedTags = new Set(tags.filter((tag) => !tag.startsWith(NETWORK)));
  }

  /**
   * Opens a socket that gets the availability: first as it is now, then each change. Refuses if the
   * client's network has as many open as one may have; `network` is null where it may have any.
   */
  watchAvailability(ticketType: TicketTypeState, network: string | null): WatchResult {
    const tags: Tag[] = [[AVAILABILITY, this.#maxWatchers]];
    if (network !== null) tags.push([NETWORK + network, MAX_WATCHERS_PER_NETWORK]);
    return openSocket(this.#ctx, tags, (socket) => {
      this.#watchedTags.add(AVAILABILITY);
      const first = presentAvailability(ticketType, Date.now());
      if (summaryOf(first) !== this.#lastSent) this.#lastSent = null;
      send(socket, JSON.stringify(first));
    });
  }

  /**
   * Opens a socket that gets the reservation: first as it is now, then each change to its end.
   * Refuses if it is over and the client received that as the message with `lastMessageId`.
   */
  watchReservation(
    ticketType: TicketTypeState,
    reservation: Reservation,
    { lastMessageId, names }: Pick<WatchedReservation, "lastMessageId" | "names">,
  ): WatchResult {
    const hasLast = reservationMessageId(viewOf(reservation, ticketType.ticketTypeId)) === lastMessageId;
    if (isOver(reservation) && hasLast) return { ok: false, refusal: "nothing_more" };
    return openSocket(this.#ctx, [[reservation.id, MAX_WATCHERS_OF_OWN]], (socket) => {
      // A reservation that is over gets no more messages.
      if (!isOver(reservation)) this.#watchedTags.add(reservation.id);
      // Kept with the socket while the object hibernates.
      socket.serializeAttachment(names);
      sendReservation([socket], ticketType, reservation);
    });
  }

  /** Says that nothing is left of a ticket type that was deleted, and closes all sockets. */
  end(ticketType: TicketTypeState): void {
    const nowMs = Date.now();
    const deleted = { ...ticketType, version: ticketType.version + 1, capacity: 0, salesEndMs: nowMs };
    const message = JSON.stringify(presentAvailability(deleted, nowMs));
    for (const socket of this.#ctx.getWebSockets()) {
      // What the crew watches ends as well, without this message.
      if (this.#ctx.getTags(socket).includes(DOOR)) socket.close(1000, "nothing more can change");
      else send(socket, message, true);
    }
    this.#watchedTags.clear();
  }

  /** Broadcasts a commit. Never throws: watchers must not get in the way of buyers. */
  committed(ticketType: TicketTypeState, ticketTypeChanged: boolean, reservations: readonly Reservation[]): void {
    if (this.#watchedTags.size === 0) return;
    // A payment that begins or fails changes its reservation only.
    if (ticketTypeChanged) {
      this.#ticketType = ticketType;
      if (this.#watchedTags.has(AVAILABILITY)) this.#throttle.schedule(() => this.#broadcastAvailability());
    }
    logFailure(() => {
      for (const reservation of reservations) {
        sendReservation(this.#socketsOf(reservation.id), ticketType, reservation);
        if (isOver(reservation)) this.#watchedTags.delete(reservation.id);
      }
    });
  }

  /** Sends nothing that all watchers have: paying for a held ticket leaves as many available. */
  #broadcastAvailability(): void {
    if (this.#ticketType === null) return;
    const nowMs = Date.now();
    const availability = presentAvailability(this.#ticketType, nowMs);
    if (summaryOf(availability) === this.#lastSent) return;
    const sockets = this.#socketsOf(AVAILABILITY);
    this.#lastSent = summaryOf(availability);
    this.#throttle.sent(sockets.length, nowMs);
    const message = JSON.stringify(availability);
    for (const socket of sockets) send(socket, message);
  }

  #socketsOf(tag: string): readonly WebSocket[] {
    if (!this.#watchedTags.has(tag)) return [];
    const sockets = this.#ctx.getWebSockets(tag);
    if (sockets.length === 0) this.#watchedTags.delete(tag);
    return sockets;
  }
}

/** Everything in an availability message but `seq`, which changes with every commit. */
function summaryOf(availability: ReturnType<typeof presentAvailability>): string {
  return JSON.stringify({ ...availability, seq: null });
}

/** Sends what its owner may see, and closes the sockets if nothing more can happen to it. */
function sendReservation(sockets: readonly WebSocket[], ticketType: TicketTypeState, reservation: Reservation): void {
  const view = viewOf(reservation, ticketType.ticketTypeId);
  for (const socket of sockets) {
    const message = presentReservation(view, namesFor(socket, ticketType), Date.now());
    send(socket, JSON.stringify(message), isOver(reservation));
  }
}

/** As D1 had them when the socket was opened, but for the event's status: the object's is newer. */
function namesFor(socket: WebSocket, { eventStatus, eventVersion }: TicketTypeState): PresentedNames {
  const names: PresentedNames = socket.deserializeAttachment() ?? NAMELESS;
  if (names.event === null || eventVersion === 0) return names;
  return { ...names, event: { ...names.event, status: eventStatus } };
}
