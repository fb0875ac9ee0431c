// The crew at the doors, and holders who pass their passes on. Each reply is compared with what the
// same key got before, and with what the object has on record.

import { ticketTypeIdOf } from "../../src/domain/id-forms.ts";
import { readPassId } from "../../src/domain/pass.ts";
import { isSold } from "../../src/domain/stock.ts";
import type { DoorRequest, DoorResult } from "../../src/durable/ticket-type/pass-protocol.ts";
import type { Callers } from "./callers.ts";
import type { Deed, ScannedPass, SlowMs } from "./deeds.ts";
import type { Stage } from "./stage.ts";
import { EPOCH_MS } from "./timeline.ts";

const REPEATS = 4;

type Scan = Extract<Deed, { type: "scan" }>;

export class Door {
  readonly #stage: Stage;
  readonly #callers: Callers;
  /** What each key got, as the object keeps it, and the object's restores until then. */
  readonly #answers = new Map<string, { readonly answer: string; readonly restores: number }>();

  constructor(stage: Stage, callers: Callers) {
    this.#stage = stage;
    this.#callers = callers;
  }

  scan(deed: Scan, name: string): void {
    for (let gate = 0; gate < deed.gates; gate++) {
      const requests = deed.scans.flatMap((scan, place) => {
        const key = deed.key === null ? `${name} at ${gate}, ${place}` : `key ${deed.key} at ${gate}, ${place}`;
        return this.requestOf(deed.as, scan, `gate ${gate}`, key, deed.slowMs) ?? [];
      });
      this.send(requests, deed.slowMs, `${name} at ${gate}`, () => {});
    }
  }

  /** In one call for each ticket type, with what the device's clock shows at this moment. */
  send(scans: readonly DoorRequest[], slowMs: SlowMs, name: string, onDecided: (request: DoorRequest) => void): void {
    const requests = scans.map((scan) => this.#timed(scan, slowMs));
    const byTicketType = Map.groupBy(requests, ({ passId }) => ticketTypeIdOf(passId));
    for (const [id, ofType] of byTicketType) {
      const scanned = { immediate: true };
      const call = async (object: { checkIn(requests: DoorRequest[]): Promise<DoorResult[]> }) => {
        const { restores } = this.#stage.ticketTypes.of(id).storage;
        const results = await object.checkIn(ofType);
        for (const [place, request] of ofType.entries()) {
          this.#compare(id, request, results[place], restores);
          onDecided(request);
        }
      };
      void this.#callers.callObject(id, name, REPEATS, call, scanned);
    }
  }

  handOn(deed: Extract<Deed, { type: "pass on" | "name pass" }>, name: string): void {
    const found = this.#find(deed);
    if (found === null) return;
    const buyer = `buyer ${deed.by}`;
    const reader = deed.by === null ? found.holder : { accountId: buyer, emailKey: `${buyer}@example.org` };
    const to = `buyer ${deed.to}@example.org`;
    const { passId } = found;
    void this.#callers.callObject(ticketTypeIdOf(passId), name, REPEATS, (object) => {
      if (deed.type === "name pass") return object.namePass({ passId, reader, name: `friend ${deed.to}` });
      const key = deed.key === null ? name : `key ${deed.key}`;
      return object.passOn({ passId, reader, email: to, emailKey: to, key });
    });
  }

  /** Null where nothing is sold. */
  requestOf(as: Scan["as"], scan: ScannedPass, gate: string, key: string, slowMs: SlowMs): DoorRequest | null {
    const found = this.#find(scan);
    if (found === null) return null;
    const { passId } = found;
    if (as === "undo") return { type: as, passId, key, by: "manager", checkInKey: null };
    const atMs = scan.agoMs === null ? null : this.#clockMs(slowMs) - scan.agoMs;
    const generation = Math.max(0, found.generation + scan.generation);
    return { type: as, passId, key, by: "crew", gate, generation, atMs };
  }

  /** What a device's clock shows. The service's own may jump. */
  #clockMs(slowMs: SlowMs): number {
    const { timeline } = this.#stage.world;
    return slowMs === null ? timeline.wallMs : EPOCH_MS + timeline.nowMs - slowMs;
  }

  /** The Worker compares the clocks. When it truly was, the oracle learns here. */
  #timed(request: DoorRequest, slowMs: SlowMs): DoorRequest {
    if (request.type === "undo" || request.atMs === null) return request;
    const { world } = this.#stage;
    const sentMs = this.#clockMs(slowMs);
    const agoMs = sentMs - request.atMs;
    world.scannedAt(request.key, request.passId, request.atMs, world.timeline.wallMs - agoMs);
    return slowMs === null ? request : { ...request, behindMs: world.timeline.wallMs - sentMs };
  }

  #find({ pick, number: drawn }: { readonly pick: number; readonly number: number }) {
    const { world, ticketTypes } = this.#stage;
    const sold = world.reservations().filter(({ state }) => isSold(state as "held"));
    const reservation = sold.at(pick) ?? sold.at(-1);
    if (reservation === undefined) return null;
    const { storage } = ticketTypes.of(ticketTypeIdOf(reservation.id));
    const number = drawn === 999 ? drawn : 1 + ((drawn - 1) % reservation.quantity);
    const query = "SELECT generation, email_key AS emailKey FROM passes WHERE reservation_id = ? AND number = ?";
    const [row] = storage.sqlite.all(query, [reservation.id, number]);
    const holder = { accountId: reservation.accountId, emailKey: (row?.emailKey ?? null) as string | null };
    return { passId: `${reservation.id}-${number}`, generation: Number(row?.generation ?? 0), holder };
  }

  /** Nothing is asked for before it is sold, and what was sold stays so. */
  #isBought(passId: string): boolean {
    const { reservationId, number } = readPassId(passId) ?? { reservationId: "", number: 0 };
    const { sqlite } = this.#stage.ticketTypes.of(ticketTypeIdOf(passId)).storage;
    const [row] = sqlite.all("SELECT state, quantity FROM reservations WHERE id = ?", [reservationId]);
    return row !== undefined && isSold(row.state as "held") && number <= Number(row.quantity);
  }

  /**
   * Promises 3 and 7: what was said is on record, and is said again. `restores`: the object's when
   * it was asked. What it said before another one it may have forgotten.
   */
  #compare(ticketTypeId: string, { key, passId }: DoorRequest, result: DoorResult | undefined, restores: number): void {
    const { world, ticketTypes } = this.#stage;
    if (result === undefined) {
      world.broken(`promise 7: no answer for ${key}`);
      return;
    }
    const said = result.ok ? { outcome: result.outcome } : { refusal: result.refusal };
    const type = result.ok ? null : result.refusal.type;
    world.record(`${key}: ${result.ok ? result.outcome.type : type}`);
    if (type === "idempotency_key_reused") return;
    const { storage } = ticketTypes.of(ticketTypeId);
    if (storage.restores !== restores) return;
    if (result.pass === null) {
      if (this.#isBought(passId)) world.broken(`promise 12: ${passId} is told to be unknown, and was bought`);
      return;
    }
    const answer = JSON.stringify(said);
    const before = this.#answers.get(`${ticketTypeId} ${key}`);
    if (before !== undefined && before.restores === restores && before.answer !== answer) {
      world.broken(`promise 7: ${key} got ${before.answer}, and then ${answer}`);
    }
    this.#answers.set(`${ticketTypeId} ${key}`, { answer, restores });
    const [row] = storage.sqlite.all("SELECT answer FROM pass_requests WHERE key = ?", [`door ${key}`]);
    if (row?.answer !== answer && restores === 0) {
      world.broken(`promise 3: ${key} was told ${answer}, and on record is ${row?.answer}`);
    }
  }
}
