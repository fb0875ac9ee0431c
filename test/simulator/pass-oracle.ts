// Promise 12 after every step, from the tables of a ticket type's object alone: a pass goes in
// once, one that was revoked never does, and nobody is kept out for a reason that is none.

import { isSold } from "../../src/domain/stock.ts";
import { type Around, type PassAround, type RecordedScan, UNTOUCHED, wrongMoment, wrongRefusal } from "./refusals.ts";
import { scenesOf } from "./scenes.ts";
import type { Row } from "./sqlite.ts";
import type { Stage } from "./stage.ts";
import type { SimulatedTicketType } from "./ticket-types.ts";

interface MirroredPass extends PassAround {
  readonly reservation_id: string;
  readonly number: number;
}

/** What a scan asked for and got. */
interface MirroredScan extends RecordedScan {
  readonly isOffline: boolean;
  readonly isDisplacing: boolean;
}

export class PassOracle {
  readonly #stage: Stage;
  readonly #ticketType: SimulatedTicketType;
  #passes = new Map<string, MirroredPass>();
  /** All that there ever were: the object forgets them after a month. */
  #scans = new Map<string, MirroredScan>();
  #restoresSeen = 0;
  #doors: Around["doors"][number] | null = null;

  constructor(stage: Stage, ticketType: SimulatedTicketType) {
    this.#stage = stage;
    this.#ticketType = ticketType;
  }

  check(): void {
    const { mirror, storage } = this.#ticketType;
    if (mirror.ticketType === null) return;
    const wasRestored = storage.restores !== this.#restoresSeen;
    this.#restoresSeen = storage.restores;
    if (wasRestored) this.#scans = new Map();
    const scansBefore = new Set(this.#scans.keys());
    const before = wasRestored ? null : this.#passes;
    const rows = storage.sqlite.all("SELECT * FROM passes") as unknown as MirroredPass[];
    this.#passes = new Map(rows.map((row) => [`${row.reservation_id}-${row.number}`, row]));
    this.#readScans(storage.sqlite.all("SELECT key, request, answer FROM pass_requests WHERE key LIKE 'door %'"));
    for (const [id, pass] of this.#passes) {
      this.#checkPass(id, pass);
      if (before !== null) this.#checkChange(id, before.get(id) ?? null, pass);
    }
    if (before !== null) this.#checkRefusals(before, scansBefore);
    for (const id of before?.keys() ?? []) if (!this.#passes.has(id)) this.#broken(3, `pass ${id} is gone`);
    this.#checkRevoked(before);
    this.#checkOnce();
  }

  #readScans(rows: readonly Row[]): void {
    for (const { key, request, answer } of rows) {
      const [type = "", passId = "", second = "", at = ""] = String(request).split(" ");
      const { outcome = null, refusal = null } = JSON.parse(String(answer));
      const isUndo = type === "undo";
      const isOffline = !isUndo && at !== "now";
      const name = String(key).slice("door ".length);
      this.#scans.set(name, {
        key: name,
        type,
        passId,
        generation: isUndo ? Number.NaN : Number(second),
        shownMs: isOffline ? Number(at) : null,
        moments: isOffline ? this.#stage.world.trueMomentsOf(name, passId, Number(at)) : null,
        checkInKey: isUndo ? String(request).slice(`undo ${passId} `.length) : "",
        outcome,
        refusal,
        isOffline,
        isDisplacing: outcome?.displaced != null,
      });
    }
  }

  /** The scans that are new on record. */
  #checkRefusals(before: ReadonlyMap<string, MirroredPass>, scansBefore: ReadonlySet<string>): void {
    const [row] = this.#ticketType.storage.sqlite.all("SELECT doors_open_at_ms AS openMs, reentry FROM ticket_type");
    const doors = { openMs: row?.openMs == null ? null : Number(row.openMs), reentry: row?.reentry === 1 };
    const around = { wallMs: this.#stage.world.timeline.wallMs, doors: [doors, this.#doors ?? doors] };
    this.#doors = doors;
    const added = [...this.#scans.values()].filter(({ key }) => !scansBefore.has(key));
    for (const [id, together] of Map.groupBy(added, ({ passId }) => passId)) {
      const passes = { before: before.get(id) ?? UNTOUCHED, after: this.#passes.get(id) ?? UNTOUCHED };
      for (const scan of together) {
        const seen = { ...around, ...passes, together };
        const wrong = wrongRefusal(scan, seen) ?? wrongMoment(scan, seen);
        if (wrong !== null) this.#broken(12, wrong);
        for (const scene of scenesOf(scan)) this.#stage.world.coverage.saw(scene);
      }
    }
  }

  #checkPass(id: string, pass: MirroredPass): void {
    const reservation = this.#ticketType.mirror.reservations.get(pass.reservation_id);
    const isThere = reservation !== undefined && isSold(reservation.state as "held");
    if (!isThere || pass.number > reservation.quantity) this.#broken(12, `pass ${id} is of nothing that was sold`);
    if (pass.out_since_ms !== null && pass.check_in_key === null) this.#broken(12, `${id} went out, and never in`);
  }

  #checkChange(id: string, before: MirroredPass | null, after: MirroredPass): void {
    if (before === null || textOf(before) !== textOf(after)) {
      this.#stage.world.record(`pass ${id}: ${before === null ? "new" : textOf(before)} -> ${textOf(after)}`);
    }
    const wasRevoked = before !== null && before.revoked_at_ms !== null;
    if (wasRevoked && after.revoked_at_ms !== before.revoked_at_ms)
      this.#broken(3, `${id} was revoked at another time`);
    if (after.generation < (before?.generation ?? 0)) this.#broken(12, `an older code of ${id} is valid again`);
    if (after.check_in_key === (before?.check_in_key ?? null)) {
      this.#checkWayBack(id, before, after);
      return;
    }
    if (wasRevoked) this.#broken(12, `${id} is revoked, and its admission changed`);
    if (after.check_in_key !== null) this.#checkAdmission(id, before, after, this.#scans.get(after.check_in_key));
  }

  #checkAdmission(id: string, before: MirroredPass | null, after: MirroredPass, scan: MirroredScan | undefined): void {
    const { timeline } = this.#stage.world;
    if (scan?.passId !== id) {
      this.#broken(12, `${id} went in by ${after.check_in_key}, which scanned another`);
      return;
    }
    if (scan.generation !== (before?.generation ?? 0)) this.#broken(12, `${id} went in with an older code`);
    const admittedAtMs = before?.admitted_at_ms ?? null;
    const isEarlier = scan.isOffline && admittedAtMs !== null && (after.admitted_at_ms ?? 0) < admittedAtMs;
    if (admittedAtMs !== null && !isEarlier) this.#broken(12, `${id} went in twice`);
    if ((after.admitted_at_ms ?? 0) > timeline.wallMs) this.#broken(12, `${id} will go in`);
    const [door] = this.#ticketType.storage.sqlite.all("SELECT doors_open_at_ms AS openMs FROM ticket_type");
    const openMs = door?.openMs ?? null;
    if (openMs !== null && timeline.wallMs < Number(openMs)) this.#broken(12, `${id} went in before doors open`);
  }

  /** Nobody goes out where they could not come back. */
  #checkWayBack(id: string, before: MirroredPass | null, after: MirroredPass): void {
    const goesOut = after.out_since_ms !== null && (before?.out_since_ms ?? null) === null;
    const [door] = this.#ticketType.storage.sqlite.all("SELECT reentry FROM ticket_type");
    if (goesOut && door?.reentry !== 1) this.#broken(12, `${id} went out for good`);
  }

  /** As many as were given back, in that commit; no one inside while another's was to spare. */
  #checkRevoked(before: ReadonlyMap<string, MirroredPass> | null): void {
    const of = Map.groupBy(this.#passes.values(), (pass) => pass.reservation_id);
    for (const { id, state, quantity, givenBack } of this.#ticketType.mirror.reservations.values()) {
      if (!isSold(state as "held")) continue;
      const rows = of.get(id) ?? [];
      const revoked = rows.filter((pass) => pass.revoked_at_ms !== null);
      if (revoked.length !== givenBack)
        this.#broken(12, `${givenBack} of ${id} were given back, and ${revoked.length} are revoked`);
      const isNew = ({ number }: MirroredPass) => (before?.get(`${id}-${number}`)?.revoked_at_ms ?? null) === null;
      const wasInside = before !== null && revoked.some((pass) => isNew(pass) && pass.check_in_key !== null);
      const inside = rows.filter((pass) => pass.check_in_key !== null && pass.revoked_at_ms === null).length;
      if (wasInside && quantity - givenBack > inside)
        this.#broken(12, `one of ${id} was revoked that is inside, and another was not`);
    }
  }

  /** By the records alone: each pass went in once more than it was taken back, or as often. */
  #checkOnce(): void {
    if (this.#restoresSeen > 0) return;
    const inside = new Map<string, number>();
    for (const { passId, outcome, isDisplacing } of this.#scans.values()) {
      const by = outcome?.type === "undone" ? -1 : outcome?.type === "admitted" && !isDisplacing ? 1 : 0;
      inside.set(passId, (inside.get(passId) ?? 0) + by);
    }
    for (const [id, times] of inside) {
      const isIn = Number((this.#passes.get(id)?.check_in_key ?? null) !== null);
      if (times !== isIn) this.#broken(12, `${id} went in ${times} times by what was said, and ${isIn} by its record`);
    }
  }

  #broken(promise: number, what: string): void {
    this.#stage.world.broken(`promise ${promise}: ${what}`);
  }
}

function textOf({ generation, revoked_at_ms, check_in_key, admitted_at_ms, out_since_ms }: MirroredPass): string {
  const admission = check_in_key === null ? "" : ` in at ${admitted_at_ms} by ${check_in_key}`;
  const [out, revoked] = [out_since_ms === null ? "" : " out", revoked_at_ms === null ? "" : " revoked"];
  return `${generation}${admission}${out}${revoked}`;
}
