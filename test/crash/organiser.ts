// An organiser over HTTP, while buyers buy and everything is killed: gives back parts of what was
// bought, calls events off, and deletes events that nobody should have held tickets of, which the
// first buyer sees at the same moment.

import { setTimeout as sleep } from "node:timers/promises";
import type { Prng } from "../support/prng.ts";
import { type Body, type Bought, nowMs, type Recorder } from "./record.ts";
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

/** Part of what was bought is given back: some of its tickets, or some of its money alone. */
export interface AskedRefund extends Bought {
  readonly startMs: number;
  readonly endMs: number;
  /** `refused`: it was not paid. */
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
const BOUGHT_OF_LATE = 12;
const MONEY_ALONE_MINOR = 100;
const CALLED_OFF = { status: "cancelled" };

export class Organiser {
  readonly changes: OrganiserChange[] = [];
  /** By what was bought. */
  readonly refunds = new Map<string, AskedRefund>();
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

  async giveBack(): Promise<void> {
    while (!this.#office.isOver()) {
      await sleep(this.#prng.between(0, SHORTEST_THOUGHT_MS));
      for (const bought of this.#toGiveBack()) await this.#giveBack(bought);
    }
  }

  /** Never the first one, which has room for a whole history, nor all of the others. */
  #toCallOff(): TicketType | null {
    const done = this.changes.map(({ ticket }) => ticket.id);
    const open = this.#office.onSale().filter(({ id }, number) => number > 0 && !done.includes(id));
    return open.length < 2 ? null : this.#prng.pick(open);
  }

  /** What somebody pays for, or has paid for of late. */
  #toGiveBack(): Body[] {
    const { calls } = this.#office.recorder;
    const paid = new Set(calls.flatMap(({ request }) => (request.type === "pay" ? request.id : [])));
    const bought = calls.flatMap(({ request, outcome, body }) => {
      const isNew = (request.type === "reserve" || request.type === "order") && outcome === "succeeded";
      return isNew && body !== null && paid.has(body.id) && !this.refunds.has(body.id) ? [body] : [];
    });
    return bought.slice(-BOUGHT_OF_LATE);
  }

  /** Never all of its tickets. Its key makes all repeats one request. */
  async #giveBack({ id, items, quantity }: Body): Promise<void> {
    const { sale, recorder, up } = this.#office;
    const of = items === undefined ? "reservations" : "orders";
    const parts = items ?? [{ reservation: id, quantity }];
    const several = parts.find((part) => part.quantity > 1);
    const tickets = several && { items: [{ reservation: several.reservation, quantity: 1 }] };
    const body = { ...(tickets ?? { amount: MONEY_ALONE_MINOR }), restock: true, reason: "A part of it" };
    const startMs = nowMs();
    let outcome: AskedRefund["outcome"] = "unknown";
    while (outcome === "unknown" && nowMs() - startMs < ANSWER_WITHIN_MS) {
      await up();
      const request = { method: "POST", path: `/${of}/${id}/refunds`, body };
      const reply = await recorder.send(sale.organiserToken, request, { "idempotency-key": `refund of ${id}` });
      outcome = reply.outcome === "succeeded" ? "done" : reply.outcome;
      if (outcome === "unknown") await sleep(REPEAT_AFTER_MS);
    }
    // What is not paid yet may be given back later.
    if (outcome !== "refused") this.refunds.set(id, { of, id, startMs, endMs: nowMs(), outcome });
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
