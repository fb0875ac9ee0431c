// An organiser over HTTP, while buyers buy and everything is killed: gives back parts of what was
// bought or all of it, calls events off with refunds or without, and deletes events that nobody
// should have held tickets of, which the first buyer sees at the same moment.

import { setTimeout as sleep } from "node:timers/promises";
import { ticketTypeIdOf } from "../../src/domain/id-forms.ts";
import type { Prng } from "../support/prng.ts";
import { problemOf } from "./attempts.ts";
import { type Body, type Bought, nowMs, type Recorder } from "./record.ts";
import type { Sale, TicketType } from "./sale.ts";

/** With all its repeats it is one change of the event. */
export interface OrganiserChange {
  readonly type: "call_off" | "delete";
  /** Called off so that all that was sold is refunded. */
  readonly isRefunding: boolean;
  readonly ticket: TicketType;
  /** When it was first asked for. */
  readonly startMs: number;
  /** When it got its answer; Infinity where it never did. */
  readonly endMs: number;
  /** `refused`: somebody held a ticket. */
  readonly outcome: "done" | "refused" | "unknown";
}

/** What is to be given back: one ticket, all that are left, or some of the money alone. */
export interface WantedRefund {
  readonly what: "ticket" | "all" | "money";
  readonly restock: boolean;
}

export interface AskedRefund extends Bought {
  readonly wanted: WantedRefund;
  readonly startMs: number;
  readonly endMs: number;
  readonly outcome: "done" | "unknown";
}

/** Nothing is left of it, or it is not sold, or not yet: then it is asked for again. */
export interface RefusedRefund extends Bought {
  readonly wanted: WantedRefund;
  readonly problem: string;
  readonly startMs: number;
  readonly endMs: number;
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
const SHARE_REFUNDING = 0.7;
const MONEY_ALONE_MINOR = 100;
const WANTED: readonly WantedRefund["what"][] = ["ticket", "ticket", "all", "all", "money"];
const CALLED_OFF = { status: "cancelled" };
const WITH_REFUNDS = { refund: true, message: "It rains." };

export class Organiser {
  readonly changes: OrganiserChange[] = [];
  /** By what was bought. */
  readonly refunds = new Map<string, AskedRefund>();
  readonly refused: RefusedRefund[] = [];
  /** What is being deleted: buyers see it from the moment that it is. */
  mistake: TicketType | null = null;
  readonly #office: Office;
  readonly #prng: Prng;
  readonly #mistakes: TicketType[];
  /** By what was bought. */
  readonly #wanted = new Map<string, WantedRefund>();
  readonly #askedFromMs = new Map<string, number>();

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
    if (open.length < 2) return null;
    const sold = open.filter(({ id }) => this.#isPaidFor(id));
    return this.#prng.pick(sold.length > 0 ? sold : open);
  }

  #isPaidFor(ticketTypeId: string): boolean {
    return this.#office.recorder.calls.some(
      ({ request, outcome }) =>
        request.type === "pay" &&
        request.of === "reservations" &&
        outcome === "succeeded" &&
        ticketTypeIdOf(request.id) === ticketTypeId,
    );
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

  /** Its key makes all repeats one request. */
  async #giveBack({ id, items, quantity }: Body): Promise<void> {
    const { sale, recorder, up } = this.#office;
    const of = items === undefined ? "reservations" : "orders";
    const parts = items ?? [{ reservation: id, quantity }];
    const wanted = this.#wantedOf(id);
    const request = { method: "POST", path: `/${of}/${id}/refunds`, body: bodyOf(wanted, parts) };
    const beganMs = nowMs();
    // What got no reply before may have done it.
    const startMs = this.#askedFromMs.get(id) ?? beganMs;
    while (nowMs() - beganMs < ANSWER_WITHIN_MS) {
      await up();
      const triedMs = nowMs();
      const reply = await recorder.send(sale.organiserToken, request, { "idempotency-key": `refund of ${id}` });
      if (reply.outcome === "succeeded") {
        this.refunds.set(id, { of, id, wanted, startMs, endMs: nowMs(), outcome: "done" });
        return;
      }
      if (reply.outcome === "refused") {
        const problem = problemOf(reply.body);
        this.refused.push({ of, id, wanted, problem, startMs: triedMs, endMs: nowMs() });
        return;
      }
      this.#askedFromMs.set(id, startMs);
      await sleep(REPEAT_AFTER_MS);
    }
    this.refunds.set(id, { of, id, wanted, startMs, endMs: nowMs(), outcome: "unknown" });
  }

  /** What is not paid yet may be given back later, in the same way. */
  #wantedOf(id: string): WantedRefund {
    const known = this.#wanted.get(id);
    if (known !== undefined) return known;
    const wanted = { what: this.#prng.pick(WANTED), restock: this.#prng.chance(0.5) };
    this.#wanted.set(id, wanted);
    return wanted;
  }

  async #change(type: OrganiserChange["type"], ticket: TicketType): Promise<void> {
    const isRefunding = type === "call_off" && this.#prng.chance(SHARE_REFUNDING);
    const startMs = nowMs();
    let outcome: OrganiserChange["outcome"] = "unknown";
    for (let tries = 0; outcome === "unknown" && nowMs() - startMs < ANSWER_WITHIN_MS; tries++) {
      if (tries > 0) await sleep(REPEAT_AFTER_MS);
      await this.#office.up();
      outcome = await this.#ask({ type, isRefunding }, ticket, tries > 0);
    }
    this.changes.push({
      type,
      isRefunding,
      ticket,
      startMs,
      endMs: outcome === "unknown" ? Number.POSITIVE_INFINITY : nowMs(),
      outcome,
    });
  }

  async #ask(
    change: Pick<OrganiserChange, "type" | "isRefunding">,
    ticket: TicketType,
    isRepeat: boolean,
  ): Promise<OrganiserChange["outcome"]> {
    const { sale, recorder } = this.#office;
    const reply = await recorder.send(sale.organiserToken, requestFor(change, ticket));
    // One whose reply was lost has deleted it.
    if (reply.outcome === "refused" && reply.status === 404 && isRepeat) return "done";
    return reply.outcome === "succeeded" ? "done" : reply.outcome;
  }
}

function requestFor({ type, isRefunding }: Pick<OrganiserChange, "type" | "isRefunding">, { eventId }: TicketType) {
  const path = `/events/${eventId}`;
  if (type === "delete") return { method: "DELETE", path };
  if (isRefunding) return { method: "POST", path: `${path}/cancellation`, body: WITH_REFUNDS };
  return { method: "PATCH", path, body: CALLED_OFF };
}

/** Where nothing has two tickets, one is all. */
function bodyOf({ what, restock }: WantedRefund, parts: readonly { reservation: string; quantity: number }[]): object {
  const how = { restock, reason: "A part of it" };
  if (what === "money") return { amount: MONEY_ALONE_MINOR, ...how };
  const several = parts.find((part) => part.quantity > 1);
  if (what === "all" || several === undefined) return { all: true, ...how };
  return { items: [{ reservation: several.reservation, quantity: 1 }], ...how };
}
