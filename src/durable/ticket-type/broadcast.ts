// Those who watch: each is sent what is true when they come, and then each change. Nothing here decides or writes.

import { isOver, type Reservation } from "../../domain/reservation.ts";
import { viewOf } from "../../domain/reservation-view.ts";
import { available } from "../../domain/stock.ts";
import { errorFields, log } from "../../platform/log.ts";
import { presentAvailability, presentReservation } from "../../platform/wire.ts";
import type { TicketTypeState } from "./protocol.ts";
import { tellingDelayMs } from "./schedule.ts";

// The tag of sockets that watch the ticket type; those that watch a reservation have its id.
const AVAILABILITY = "availability";
/**
 * Of one reservation. They are its owner's own, so that nobody else can be in their way. A page that was left is noticed after
 * 15 s at the latest: there is room for all that are loaded meanwhile.
 */
const SOCKETS_PER_RESERVATION = 50;

export class Live {
  readonly #ctx: DurableObjectState;
  readonly #maxWatchers: number;
  /** All tags that sockets have, and some that they had: what nobody watches costs a commit nothing. */
  readonly #watched: Set<string>;
  #newest: TicketTypeState | null = null;
  /** What all who watch were told last; null where they may have been told different things. */
  #known: string | null = null;
  #toldAtMs = Number.NEGATIVE_INFINITY;
  #told = 0;
  #isWaiting = false;

  constructor(ctx: DurableObjectState, maxWatchers: number) {
    this.#ctx = ctx;
    this.#maxWatchers = maxWatchers;
    // Sockets outlive the memory of an object that hibernates.
    this.#watched = new Set(ctx.getWebSockets().flatMap((socket) => ctx.getTags(socket)));
  }

  /**
   * A socket to watch the ticket type with, or one of its reservations where that is given. Null is what is not there:
   * 404; and where too many watch, 429.
   */
  open(ticketType: TicketTypeState | null, reservation?: Reservation | null): Response {
    if (ticketType === null || reservation === null) return new Response(null, { status: 404 });
    const tag = reservation?.id ?? AVAILABILITY;
    const most = reservation === undefined ? this.#maxWatchers : SOCKETS_PER_RESERVATION;
    if (this.#ctx.getWebSockets(tag).length >= most) return new Response(null, { status: 429 });
    const { 0: theirs, 1: ours } = new WebSocketPair();
    this.#ctx.acceptWebSocket(ours, [tag]);
    // Of what is over already nothing more is told.
    if (!reservation || !isOver(reservation)) this.#watched.add(tag);
    // Answered by the platform, which does not wake the object for it.
    this.#ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
    if (reservation !== undefined) tellReservation([ours], ticketType, reservation);
    else {
      if (newsOf(ticketType) !== this.#known) this.#known = null;
      send(ours, availabilityText(ticketType));
    }
    return new Response(null, { status: 101, webSocket: theirs });
  }

  /**
   * Tells of a commit. A payment may change reservations and nothing that others watch. Never throws: watchers must not be
   * in the way of those who buy.
   */
  committed(ticketType: TicketTypeState, isOther: boolean, changed: readonly Reservation[]): void {
    if (this.#watched.size === 0) return;
    if (isOther) {
      this.#newest = ticketType;
      this.#tellAvailability();
    }
    unharmed(() => {
      for (const reservation of changed) {
        tellReservation(this.#socketsOf(reservation.id), ticketType, reservation);
        if (isOver(reservation)) this.#watched.delete(reservation.id);
      }
    });
  }

  /** At once, or, where the last message was a moment ago, the newest there is when it is time for the next. */
  #tellAvailability(): void {
    if (this.#isWaiting || !this.#watched.has(AVAILABILITY)) return;
    const tell = () => {
      this.#isWaiting = false;
      unharmed(() => this.#tellNewest());
    };
    const delayMs = tellingDelayMs(this.#toldAtMs, this.#told, Date.now());
    this.#isWaiting = delayMs > 0;
    if (this.#isWaiting) setTimeout(tell, delayMs);
    else tell();
  }

  /** Unless all know it: what is paid for was held before, and leaves as many as there were. */
  #tellNewest(): void {
    if (this.#newest === null || newsOf(this.#newest) === this.#known) return;
    const text = availabilityText(this.#newest);
    const sockets = this.#socketsOf(AVAILABILITY);
    this.#known = newsOf(this.#newest);
    this.#toldAtMs = Date.now();
    this.#told = sockets.length;
    for (const socket of sockets) send(socket, text);
  }

  #socketsOf(tag: string): readonly WebSocket[] {
    if (!this.#watched.has(tag)) return [];
    const sockets = this.#ctx.getWebSockets(tag);
    if (sockets.length === 0) this.#watched.delete(tag);
    return sockets;
  }
}

function unharmed(tell: () => void): void {
  try {
    tell();
  } catch (fault) {
    log("warn", "watchers not told", errorFields(fault));
  }
}

/** What of the ticket type watchers are told, but for `seq`. */
function newsOf(ticketType: TicketTypeState): string {
  return `${available(ticketType)} of ${ticketType.capacity}`;
}

function availabilityText(ticketType: TicketTypeState): string {
  return JSON.stringify(presentAvailability(ticketType));
}

/** What its owner sees. The last thing that there is to tell ends the watching. */
function tellReservation(sockets: readonly WebSocket[], ticketType: TicketTypeState, reservation: Reservation): void {
  if (sockets.length === 0) return;
  const text = JSON.stringify(presentReservation(viewOf(reservation, ticketType.ticketTypeId)));
  for (const socket of sockets) send(socket, text, isOver(reservation));
}

/** A socket whose other end has gone is taken away by the platform; until then it throws. */
function send(socket: WebSocket, text: string, isLast = false): void {
  try {
    socket.send(text);
    if (isLast) socket.close(1000, "that was the last of it");
  } catch {
    // Nobody is there to be told.
  }
}
