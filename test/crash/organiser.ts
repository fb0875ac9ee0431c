// An organiser over HTTP, while buyers buy and everything is killed: calls events off, and deletes
// events that nobody should have held tickets of, which the first buyer sees at the same moment.

import { setTimeout as sleep } from "node:timers/promises";
import type { Prng } from "../support/prng.ts";
import { nowMs, type Recorder } from "./record.ts";
import type { Sale, TicketType } from "./sale.ts";

/** With all its repeats it is one change of the event. */
export interface OrganiserChange {
  readonly type: "call_off" | "delete";
  readonly ticket: TicketType;
  /** When it was first asked for. */
  readonly startMs: number;
  /** When it got its answer; Infinity where it never did. */
  readonly endMs: number;
  /** `refused`: somebody held a ticket. */
  readonly outcome: "done" | "refused" | "unknown";
}

interface Office {
  readonly sale: Sale;
  readonly recorder: Recorder;
  readonly up: () => Promise<void>;
  readonly isOver: () => boolean;
  readonly onSale: () => readonly TicketType[];
}

const SHORTEST_THOUGHT_MS = 300;
const LONGEST_THOUGHT_MS = 2_000;
const SEEN_FOR_MS = 300;
const REPEAT_AFTER_MS = 50;
// What is asked for last must have its answer, which the checks need.
const ANSWER_WITHIN_MS = 30_000;
const CALLED_OFF = { status: "cancelled" };

export class Organiser {
  readonly changes: OrganiserChange[] = [];
  /** What is being deleted: buyers see it from the moment that it is. */
  mistake: TicketType | null = null;
  readonly #office: Office;
  readonly #prng: Prng;
  readonly #mistakes: TicketType[];

  constructor(office: Office, prng: Prng) {
    this.#office = office;
    this.#prng = prng;
    this.#mistakes = [...office.sale.mistakes];
  }

  async work(): Promise<void> {
    for (;;) {
      await sleep(this.#prng.between(SHORTEST_THOUGHT_MS, LONGEST_THOUGHT_MS));
      if (this.#office.isOver()) return;
      const off = this.#prng.chance(0.5) ? this.#toCallOff() : null;
      const mistake = off === null ? this.#mistakes.pop() : undefined;
      if (off !== null) await this.#change("call_off", off);
      if (mistake === undefined) continue;
      this.mistake = mistake;
      await sleep(this.#prng.between(0, SEEN_FOR_MS));
      await this.#change("delete", mistake);
    }
  }

  /** Never the first one, which has room for a whole history, nor all of the others. */
  #toCallOff(): TicketType | null {
    const done = this.changes.map(({ ticket }) => ticket.id);
    const open = this.#office.onSale().filter(({ id }, number) => number > 0 && !done.includes(id));
    return open.length < 2 ? null : this.#prng.pick(open);
  }

  async #change(type: OrganiserChange["type"], ticket: TicketType): Promise<void> {
    const startMs = nowMs();
    let outcome: OrganiserChange["outcome"] = "unknown";
    for (let tries = 0; outcome === "unknown" && nowMs() - startMs < ANSWER_WITHIN_MS; tries++) {
      if (tries > 0) await sleep(REPEAT_AFTER_MS);
      await this.#office.up();
      outcome = await this.#ask(type, ticket, tries > 0);
    }
    this.changes.push({
      type,
      ticket,
      startMs,
      endMs: outcome === "unknown" ? Number.POSITIVE_INFINITY : nowMs(),
      outcome,
    });
  }

  async #ask(
    type: OrganiserChange["type"],
    { eventId }: TicketType,
    isRepeat: boolean,
  ): Promise<OrganiserChange["outcome"]> {
    const { sale, recorder } = this.#office;
    const method = type === "delete" ? "DELETE" : "PATCH";
    const body = type === "delete" ? undefined : CALLED_OFF;
    const reply = await recorder.send(sale.organiserToken, { method, path: `/events/${eventId}`, body });
    // One whose reply was lost has deleted it.
    if (reply.outcome === "refused" && reply.status === 404 && isRepeat) return "done";
    return reply.outcome === "succeeded" ? "done" : reply.outcome;
  }
}
