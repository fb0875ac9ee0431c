// A device at the doors that reads what is new between the kills, and decides by that while it has
// no network. In the end it must know what one that comes new to the door reads.

import type { GatePass } from "./look-at-doors.ts";

/** What a reply of the door has for a device. */
export interface DoorPage {
  readonly passes: readonly GatePass[];
  readonly cursor: string;
  readonly more: boolean;
}

/** Null where no reply came. */
export type ReadDoor = (eventId: string, query: string) => Promise<DoorPage | null>;

interface Known {
  cursor: string;
  readonly passes: Map<string, GatePass>;
}

export class Device {
  /** By event. */
  readonly #known = new Map<string, Known>();

  /** False where a reply did not come: the next reading goes on from there. */
  async read(eventId: string, door: ReadDoor): Promise<boolean> {
    const known = this.#known.get(eventId) ?? { cursor: "", passes: new Map() };
    this.#known.set(eventId, known);
    for (let hasMore = true; hasMore; ) {
      const { cursor } = known;
      const page = await door(eventId, cursor === "" ? "" : `?after=${cursor}`);
      if (page === null) return false;
      // Several of the crew use it: another reading was faster.
      if (known.cursor !== cursor) return true;
      for (const pass of page.passes) known.passes.set(pass.id, pass);
      known.cursor = page.cursor;
      hasMore = page.more;
    }
    return true;
  }

  keepsOut(eventId: string, passId: string, generation: number): boolean {
    const listed = this.#known.get(eventId)?.passes.get(passId);
    return listed !== undefined && (listed.state !== "valid" || generation < listed.generation);
  }

  /** Of all events. */
  passes(): Map<string, GatePass> {
    return new Map([...this.#known.values()].flatMap(({ passes }) => [...passes]));
  }
}
