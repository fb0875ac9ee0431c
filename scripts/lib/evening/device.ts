// A device at a gate without a network: it decides by what `GET /events/{id}/door` gave it, and
// keeps its scans until it has a network again.

import { randomUUID } from "node:crypto";
import { ticketTypeIdOf } from "../../../src/domain/id-forms.ts";
import { readPassCode } from "../../../src/domain/pass-code.ts";
import type { DoorKey } from "../../../src/web/door/core/store.ts";
import { verifyCode } from "../../../src/web/door/device/verify.ts";
import type { Caller } from "./caller.ts";

/** What the device knows of an event. */
export interface DoorBundle {
  readonly keys: readonly { readonly kid: string; readonly x: string }[];
  readonly tickets: readonly { readonly id: string }[];
  readonly passes: readonly KnownPass[];
  readonly cursor: string;
  readonly more: boolean;
}

interface KnownPass {
  readonly id: string;
  readonly state: string;
  readonly generation: number;
  readonly at: string | null;
  readonly gate: string | null;
}

export interface KeptScan {
  readonly code: string;
  readonly gate: string;
  readonly at: string;
  readonly key: string;
}

export type Decision = "admitted" | "already_admitted" | "revoked" | "wrong_event" | "unknown";

export interface BatchResult {
  readonly key: string;
  readonly result: string;
  readonly at: string | null;
  readonly gate: string | null;
  readonly pass: { readonly id: string } | null;
}

export class Device {
  readonly kept: KeptScan[] = [];
  readonly #gate: string;
  readonly #keys: readonly DoorKey[];
  readonly #tickets: ReadonlySet<string>;
  readonly #passes: Map<string, KnownPass>;

  private constructor(gate: string, pages: readonly DoorBundle[]) {
    this.#gate = gate;
    this.#keys = (pages[0]?.keys ?? []).map(({ kid, x }) => ({ number: Number(kid), x }));
    this.#tickets = new Set(pages.flatMap(({ tickets }) => tickets.map(({ id }) => id)));
    this.#passes = new Map(pages.flatMap(({ passes }) => passes.map((pass) => [pass.id, pass])));
  }

  static async prepare(crew: Caller, eventId: string, gate: string): Promise<Device> {
    return new Device(gate, await doorPages(crew, eventId));
  }

  /** The decision, and the pass that the code is of, as far as the device can tell. */
  async scan(code: string, atMs: number): Promise<{ readonly decision: Decision; readonly pass: string | null }> {
    const read = readPassCode(code);
    if (read === null || (await verifyCode(code, this.#keys)) !== "genuine") return { decision: "unknown", pass: null };
    const { passId: id, generation } = read;
    const decision = this.#decide(id, generation);
    const at = new Date(atMs).toISOString();
    this.kept.push({ code, gate: this.#gate, at, key: randomUUID() });
    if (decision === "admitted") this.#passes.set(id, { id, state: "admitted", generation, at, gate: this.#gate });
    return { decision, pass: id };
  }

  /** Brings all scans in one call. */
  async bring(crew: Caller, eventId: string): Promise<readonly BatchResult[]> {
    if (this.kept.length === 0) return [];
    const batch = { event: eventId, scans: this.kept };
    return (await crew.must<{ results: BatchResult[] }>("POST", "/check-ins/batch", batch)).results;
  }

  #decide(id: string, generation: number): Decision {
    if (!this.#tickets.has(ticketTypeIdOf(id))) return "wrong_event";
    const known = this.#passes.get(id);
    if (known === undefined) return "admitted";
    if (known.state === "revoked" || generation < known.generation) return "revoked";
    return known.state === "admitted" ? "already_admitted" : "admitted";
  }
}

/** All that the door has to say, page by page. */
export async function doorPages(crew: Caller, eventId: string): Promise<readonly DoorBundle[]> {
  const pages: DoorBundle[] = [];
  for (let after: string | null = ""; after !== null; ) {
    const query: string = after === "" ? "" : `?after=${after}`;
    const page: DoorBundle = await crew.must<DoorBundle>("GET", `/events/${eventId}/door${query}`);
    pages.push(page);
    after = page.more ? page.cursor : null;
  }
  return pages;
}
