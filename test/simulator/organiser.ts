// What the organiser does: makes, changes, moves, calls off, takes back and deletes.

import { changeEvent } from "../../src/worker/catalogue/changes.ts";
import { eventById, ticketTypeById } from "../../src/worker/catalogue/queries.ts";
import { deleteEvent, deleteTicketType } from "../../src/worker/catalogue/withdrawal.ts";
import type { Callers } from "./callers.ts";
import { type Deed, TICKET_TYPE_ID } from "./plan.ts";
import { EVENT_ENDS_MS, EVENT_ID, type Stage } from "./stage.ts";

const REPEATS = 4;
const REPEATS_OF_CREATION = 20;
const ACTOR = { accountId: "organiser", address: "192.0.2.1" };
const ROWS = { draft: "back to draft", cancelled: "event called off" } as const;

export class Organiser {
  readonly #stage: Stage;
  readonly #callers: Callers;
  /** Until they know that the ticket type is there, they do not delete it. */
  #hasCreated = false;

  constructor(stage: Stage, callers: Callers) {
    this.#stage = stage;
    this.#callers = callers;
  }

  async create(name: string): Promise<void> {
    const { config } = this.#stage.plan;
    this.#hasCreated = await this.#callers.callObject(name, REPEATS_OF_CREATION, (object) => object.create(config));
  }

  change({ change }: Extract<Deed, { type: "change" }>, name: string): void {
    void this.#callers.callObject(name, REPEATS, (object) => object.change(change));
  }

  /** D1 decides what the event is, and its ticket type's object is told. */
  announce({ status, endsInMs }: Extract<Deed, { type: "announce" }>, name: string): void {
    const { world } = this.#stage;
    const ends_at = new Date(endsInMs === null ? EVENT_ENDS_MS : world.timeline.wallMs + endsInMs).toISOString();
    const env = this.#callers.envOf(name);
    if (status !== "published") world.met(ROWS[status], null);
    void this.#callers.insist(REPEATS, async () => {
      const result = await changeEvent(env, ACTOR, EVENT_ID, { status, ends_at }, null);
      world.record(`the event ${result.ok ? `is ${result.event.status}` : `stays: ${result.refusal.type}`}`);
    });
  }

  delete(what: "event" | "ticket type", name: string): void {
    const { world } = this.#stage;
    if (!this.#hasCreated) return;
    world.met(`${what} deleted`, null);
    const env = this.#callers.envOf(name);
    void this.#callers.insist(REPEATS, async () => {
      const row = what === "event" ? await eventById(env.DB, EVENT_ID) : await ticketTypeById(env.DB, TICKET_TYPE_ID);
      if (row === null) return;
      const result =
        "eventId" in row ? await deleteTicketType(env, ACTOR, row, null) : await deleteEvent(env, ACTOR, row, null);
      world.record(`the ${what} ${result.ok ? "is deleted" : `stays: ${result.refusal.type}`}`);
    });
  }
}
