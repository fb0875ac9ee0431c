// Tells the sockets of an event's crew how many went in, as it happens. Nothing here decides.

import { presentDoorCounts } from "../../platform/wire.ts";
import { openSocket, send } from "../shared/sockets.ts";
import type { WatchResult } from "../shared/watch-request.ts";
import type { PassStore } from "./pass-store.ts";
import { Throttle } from "./throttle.ts";

/** What the sockets of the door have as their tag. */
export const DOOR = "door";
/** A device at each of 64 gates, twice over, and the office. */
const MAX_WATCHERS = 200;

export class DoorBroadcast {
  readonly #ctx: DurableObjectState;
  readonly #passes: PassStore;
  #isWatched: boolean;
  readonly #throttle = new Throttle();

  constructor(ctx: DurableObjectState, passes: PassStore) {
    this.#ctx = ctx;
    this.#passes = passes;
    // Sockets outlive the memory of an object that hibernates.
    this.#isWatched = ctx.getWebSockets(DOOR).length > 0;
  }

  /** Opens a socket that gets the counts: first as they are now, then after each change. */
  watch(ticketTypeId: string): WatchResult {
    return openSocket(this.#ctx, [[DOOR, MAX_WATCHERS]], (socket) => {
      this.#isWatched = true;
      send(socket, this.#message(ticketTypeId));
    });
  }

  /** Passes have changed. Throttles as the availability is: at once after a quiet time. */
  committed(ticketTypeId: string): void {
    if (this.#isWatched) this.#throttle.schedule(() => this.#broadcast(ticketTypeId));
  }

  #broadcast(ticketTypeId: string): void {
    const sockets = this.#ctx.getWebSockets(DOOR);
    this.#isWatched = sockets.length > 0;
    this.#throttle.sent(sockets.length, Date.now());
    if (!this.#isWatched) return;
    const message = this.#message(ticketTypeId);
    for (const socket of sockets) send(socket, message);
  }

  #message(ticketTypeId: string): string {
    return JSON.stringify(presentDoorCounts(ticketTypeId, this.#passes.lastVersion(), this.#passes.counts()));
  }
}
