// A device at a gate without a network: the door page's own code, with its list and its scans in
// memory. It brings its scans in once it has a network again.

import { randomUUID } from "node:crypto";
import { bringIn } from "../../../src/web/door/core/bring-in.ts";
import { type DeviceParts, type Post, readList, scanCode, type Verdict } from "../../../src/web/door/core/device.ts";
import type { Outcome } from "../../../src/web/door/core/outcome.ts";
import type { DoorService } from "../../../src/web/door/core/service.ts";
import { verifyCode } from "../../../src/web/door/device/verify.ts";
import { bodyOf, outcomeOf, pageOf } from "../../../src/web/door/device/wire.ts";
import type { CheckInOfBatch, DoorBundle } from "../../../src/web/ui/api-types.ts";
import { MemoryStore } from "../../../test/support/memory-store.ts";
import type { Caller } from "./caller.ts";

export class Device {
  readonly #store = new MemoryStore();
  readonly #service: DoorService;
  readonly #parts: DeviceParts;
  readonly #post: Post;

  private constructor(crew: Caller, post: Post) {
    this.#post = post;
    this.#service = serviceFor(crew);
    this.#parts = {
      store: this.#store,
      service: this.#service,
      verify: verifyCode,
      newKey: randomUUID,
      nowMs: Date.now,
      isOnline: () => false,
      onFailure: ({ type }) => {
        throw new Error(`a device without a network has asked: ${type}`);
      },
    };
  }

  /** Reads all that a device needs to decide by itself. */
  static async prepare(crew: Caller, eventId: string, gate: string): Promise<Device> {
    const device = new Device(crew, { eventId, gate });
    const failure = await readList(device.#parts, eventId);
    if (failure !== null) throw new Error(`the device of ${gate} could not read its list: ${failure.type}`);
    return device;
  }

  scan(code: string): Promise<Verdict> {
    return scanCode(this.#parts, this.#post, code, "in");
  }

  /** What the service says of those it has let in, by the keys of their scans. */
  async bring(): Promise<ReadonlyMap<string, Outcome>> {
    const [hindrance] = (await bringIn(this.#store, this.#service)).values();
    if (hindrance !== undefined) throw new Error(`${this.#post.gate} can't bring its scans in: ${hindrance.type}`);
    return new Map(
      [...this.#store.scans.values()].flatMap(({ key, answer }) => (answer === null ? [] : [[key, answer]])),
    );
  }
}

/** A caller asks until there is a reply. */
function serviceFor(crew: Caller): DoorService {
  return {
    checkIn: () => Promise.reject(new Error("it has no network")),
    async checkIns(event, scans) {
      const body = { event, scans: scans.map(bodyOf) };
      const { results } = await crew.must<{ results: CheckInOfBatch[] }>("POST", "/check-ins/batch", body);
      return { ok: true, value: results.map(outcomeOf) };
    },
    async door(eventId, after) {
      return { ok: true, value: pageOf(await readPage(crew, eventId, after ?? "")) };
    },
  };
}

function readPage(crew: Caller, eventId: string, after: string): Promise<DoorBundle> {
  return crew.must<DoorBundle>("GET", `/events/${eventId}/door${after === "" ? "" : `?after=${after}`}`);
}

/** All that the door has to say, page by page. */
export async function doorPages(crew: Caller, eventId: string): Promise<readonly DoorBundle[]> {
  const pages: DoorBundle[] = [];
  for (let after: string | null = ""; after !== null; ) {
    const page: DoorBundle = await readPage(crew, eventId, after);
    pages.push(page);
    after = page.more ? page.cursor : null;
  }
  return pages;
}
