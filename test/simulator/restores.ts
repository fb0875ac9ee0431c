// D1, or the object, is put back to what it was at a bookmark, as operations.md says.

import type { Snapshot } from "./sqlite.ts";
import type { Stage } from "./stage.ts";
import { aboutAll, type SimulatedTicketType } from "./ticket-types.ts";

// More changes of an event than a run makes.
const NEWER_BY = 1_000;

interface ObjectBookmark {
  readonly snapshot: Snapshot;
  readonly payments: string;
  readonly movements: number;
}

export class Restores {
  readonly #stage: Stage;
  #d1: Snapshot | null = null;
  readonly #objects = new Map<string, ObjectBookmark>();

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  bookmark(what: "D1" | "object", ticketType: SimulatedTicketType): void {
    if (what === "D1") this.#d1 = this.#stage.d1.sqlite.snapshot();
    else if (ticketType.mirror.ticketType !== null) {
      const snapshot = ticketType.storage.sqlite.snapshot();
      this.#objects.set(ticketType.id, { snapshot, ...this.#money(ticketType) });
    }
  }

  restoreD1(): void {
    if (this.#d1 === null) return;
    const { d1, world } = this.#stage;
    world.met("D1 restored", null);
    d1.restore(this.#d1);
    this.#makeNewer();
  }

  /**
   * What was acknowledged since is lost, and the oracle forgets it. Where money was moved or asked
   * for since, the promises can't hold, so that is left out.
   */
  restoreObject(ticketType: SimulatedTicketType): void {
    const { d1, world } = this.#stage;
    const { host, mirror, replies, storage } = ticketType;
    const bookmark = this.#objects.get(ticketType.id);
    const [event] = d1.sqlite.all("SELECT withdrawn_since_ms AS withdrawnSinceMs FROM events");
    const [retiring] = d1.sqlite.all("SELECT 1 FROM retiring_ticket_types");
    // Nor while it is being deleted or taken back: a hold could come in after it said that none is.
    const isBusy = event?.withdrawnSinceMs !== null || retiring !== undefined;
    if (bookmark === undefined || mirror.ticketType === null || isBusy) return;
    const { snapshot, ...before } = bookmark;
    if (JSON.stringify(before) !== JSON.stringify(this.#money(ticketType))) return;
    world.met("object restored", () => aboutAll(mirror));
    host.crash();
    storage.restore(snapshot);
    mirror.goBack(storage.sqlite);
    replies.forgetKeys();
    this.#makeNewer();
  }

  /** An operator's first step after either: what D1 says of events is news for every object. */
  #makeNewer(): void {
    const { d1, ticketTypes } = this.#stage;
    // A bookmark may be from before earlier restores.
    const by = NEWER_BY * 2 ** (d1.restores + ticketTypes.restores());
    d1.sqlite.all("UPDATE events SET status_version = status_version + ?", [by]);
  }

  #money({ id, mirror }: SimulatedTicketType): Omit<ObjectBookmark, "snapshot"> {
    const { provider } = this.#stage;
    const payments = [...mirror.payments.values()].map((payment) => `${payment.id} ${payment.state}`);
    // Of what was bought alone: an order knows what it paid for and gave back.
    const own = provider.movements.filter(({ reservationId }) => reservationId.startsWith(`${id}-`));
    return { payments: payments.join(), movements: own.length };
  }
}
