// A device's store in memory: each method is one step, as a transaction is.

import type { PassFacts } from "../../src/web/door/core/decide.ts";
import { type KnownPass, learned } from "../../src/web/door/core/known-pass.ts";
import type { PassPlan } from "../../src/web/door/core/plans.ts";
import { isWaiting, type OwnScan } from "../../src/web/door/core/scan.ts";
import type { DoorList, DoorStore, ListPage } from "../../src/web/door/core/store.ts";
import type { ClockOffset } from "../../src/web/ui/clock-offset.ts";

export class MemoryStore implements DoorStore {
  readonly scans = new Map<string, OwnScan>();
  readonly #known = new Map<string, KnownPass>();
  readonly #lists = new Map<string, DoorList>();
  #clock: ClockOffset | null = null;
  #count = 0;

  async change<T>(eventId: string, passId: string, plan: (facts: PassFacts) => PassPlan<T>): Promise<T> {
    const scans = [...this.scans.values()].filter((scan) => scan.eventId === eventId && scan.passId === passId);
    const known = this.#known.get(`${eventId} ${passId}`) ?? null;
    const planned = plan(structuredClone({ known, scans, count: ++this.#count }));
    for (const scan of planned.scans) this.scans.set(scan.key, structuredClone(scan));
    if (planned.known !== null) this.#known.set(`${eventId} ${passId}`, planned.known);
    return planned.next;
  }

  async count(): Promise<number> {
    return ++this.#count;
  }

  async list(eventId: string): Promise<DoorList | null> {
    return this.#lists.get(eventId) ?? null;
  }

  async addPage(eventId: string, page: ListPage, startedAt: number, completeAtMs: number | null): Promise<boolean> {
    const count = ++this.#count;
    let isWhole = true;
    for (const { id, ...news } of page.passes) {
      const name = `${eventId} ${id}`;
      const known = learned(this.#known.get(name) ?? null, news, startedAt, count);
      if (known === null) isWhole = false;
      else this.#known.set(name, known);
    }
    const before = this.#lists.get(eventId);
    const place = isWhole
      ? { completeAtMs }
      : { cursor: before?.cursor ?? "", completeAtMs: before?.completeAtMs ?? null };
    this.#lists.set(eventId, { ...page.list, ...place } as DoorList);
    return isWhole;
  }

  async waiting(): Promise<OwnScan[]> {
    return [...this.scans.values()].filter(isWaiting).sort((one, other) => one.atMs - other.atMs);
  }

  async clock(): Promise<ClockOffset | null> {
    return this.#clock;
  }

  async setClock(offset: ClockOffset): Promise<void> {
    this.#clock = offset;
  }
}
