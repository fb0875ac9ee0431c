// Devices at the doors that decide without a network, by what they have read of the passes, and
// bring in their scans later. What a device has read is compared with the object's own table.

import type { DoorEvent } from "../../src/domain/check-in.ts";
import { ticketTypeIdOf } from "../../src/domain/id-forms.ts";
import type { PassView } from "../../src/domain/pass.ts";
import type { DoorRequest } from "../../src/durable/ticket-type/pass-protocol.ts";
import type { Callers } from "./callers.ts";
import type { Deed } from "./deeds.ts";
import type { Door } from "./door.ts";
import type { Stage } from "./stage.ts";

const REPEATS = 4;

type Deeds = Extract<Deed, { type: "device" }>;
type Scan = Extract<DoorEvent, { type: "in" }>;

/** What a device knows of one ticket type, since the object was last restored. */
interface Known {
  cursor: number;
  readonly passes: Map<string, PassView>;
  restores: number;
}

interface Device {
  /** By ticket type. */
  readonly known: Map<string, Known>;
  /** By their keys: what it let in and has not brought in yet. */
  readonly kept: Map<string, DoorRequest>;
}

export class Devices {
  readonly #stage: Stage;
  readonly #callers: Callers;
  readonly #door: Door;
  readonly #devices = new Map<number, Device>();

  constructor(stage: Stage, callers: Callers, door: Door) {
    this.#stage = stage;
    this.#callers = callers;
    this.#door = door;
  }

  use(deed: Deeds, name: string): void {
    const device = this.#devices.get(deed.device) ?? { known: new Map(), kept: new Map() };
    this.#devices.set(deed.device, device);
    switch (deed.does) {
      case "read":
        for (const { id } of this.#stage.ticketTypes.all) this.#read(device, id, name);
        break;
      case "let in":
        this.#letIn(device, deed, name);
        break;
      case "bring":
        this.#door.send([...device.kept.values()], deed.slowMs, name, ({ key }) => device.kept.delete(key));
    }
  }

  #read(device: Device, id: string, name: string): void {
    const { restores } = this.#stage.ticketTypes.of(id).storage;
    const before = device.known.get(id);
    // Where the object is of another life a device would begin anew, as an operator tells it to.
    const known = before?.restores === restores ? before : { cursor: 0, passes: new Map(), restores };
    device.known.set(id, known);
    const { cursor } = known;
    void this.#callers.callObject(id, name, REPEATS, async (object) => {
      const changes = await object.doorChanges(cursor);
      // Another reply was faster, or the object was restored meanwhile.
      const isOld = known.cursor !== cursor || this.#stage.ticketTypes.of(id).storage.restores !== restores;
      if (changes === null || isOld) return;
      for (const pass of changes.passes) known.passes.set(pass.id, pass);
      known.cursor = changes.cursor;
      this.#compare(id, known);
    });
  }

  /** A device lets in whom its list does not forbid, and whom it has not let in itself. */
  #letIn({ known, kept }: Device, deed: Deeds, name: string): void {
    const { world } = this.#stage;
    const { device, slowMs } = deed;
    const scan = this.#door.requestOf("in", { ...deed, agoMs: 0 }, `device ${device}`, `${name} alone`, slowMs);
    if (scan === null) return;
    const { passId, generation } = scan as DoorRequest & Scan;
    const listed = known.get(ticketTypeIdOf(passId))?.passes.get(passId);
    const isForbidden = listed !== undefined && (listed.state !== "valid" || generation < listed.generation);
    const isIn = [...kept.values()].some((request) => request.passId === passId);
    world.record(`device ${device} ${isForbidden || isIn ? "keeps out" : "lets in"} ${passId}`);
    if (!isForbidden && !isIn) kept.set(scan.key, scan);
  }

  /** Promise 12: what has not changed since is on the device as it is in the object. */
  #compare(id: string, { cursor, passes }: Known): void {
    const { world, ticketTypes } = this.#stage;
    const rows = ticketTypes.of(id).storage.sqlite.all(
      `SELECT reservation_id || '-' || number AS id, generation, revoked_at_ms AS revokedAtMs, check_in_key AS checkInKey,
           out_since_ms AS outSinceMs FROM passes WHERE version <= ?`,
      [cursor],
    );
    for (const row of rows) {
      const pass = passes.get(String(row.id));
      const known = pass && [pass.generation, pass.revokedAtMs, pass.admission?.key ?? null, pass.outSinceMs];
      const text = JSON.stringify([row.generation, row.revokedAtMs, row.checkInKey, row.outSinceMs]);
      if (JSON.stringify(known) !== text) {
        world.broken(`promise 12: a device up to ${cursor} has ${row.id} as ${JSON.stringify(known)}, not ${text}`);
      }
    }
  }
}
