// The door of one event, decided by the object's own code, for devices in tests without HTTP.

import { newPass, type Pass, type PassClaim, passIdOf, passStateOf } from "../../../../src/domain/pass.ts";
import { bytesToSign, readPassCode, writePassCode } from "../../../../src/domain/pass-code.ts";
import type { DoorRequest, DoorResult } from "../../../../src/durable/ticket-type/pass-protocol.ts";
import { type PassRecord, planDoor } from "../../../../src/durable/ticket-type/plan-passes.ts";
import type { Verify } from "../../../../src/web/door/core/device.ts";
import { type Outcome, outcome } from "../../../../src/web/door/core/outcome.ts";
import type { OwnScan } from "../../../../src/web/door/core/scan.ts";
import type { ListPage } from "../../../../src/web/door/core/store.ts";

export const EVENT = "eeeeeeeeeeeeeee0";
export const TICKET = "ttttttttttttttt0";
const RESERVATION = `${TICKET}-${"1".repeat(9)}${"r".repeat(20)}`;

export function passIdAt(number: number): string {
  return passIdOf({ reservationId: RESERVATION, number });
}

export function codeOf(passId: string, generation = 0, isForged = false): string {
  return writePassCode(bytesToSign({ passId, generation }, 1), new Uint8Array(64).fill(isForged ? 1 : 0));
}

export const verify: Verify = async (code, keys) => {
  if (keys.length === 0) return "unverifiable";
  return readPassCode(code)?.signature[0] === 0 ? "genuine" : "forged";
};

export class ModelService {
  doorsOpenAtMs: number | null = null;
  reentry = false;
  readonly passes = new Map<string, Pass>();
  readonly records = new Map<string, PassRecord>();
  readonly #versions = new Map<string, number>();
  readonly #nowMs: () => number;
  readonly #claim: PassClaim;

  constructor(quantity: number, nowMs: () => number) {
    this.#nowMs = nowMs;
    const buyer = { accountId: "aaaaaaaaaaaaaaa0", orderId: null, priceId: null, priceName: "Adult" };
    this.#claim = { id: RESERVATION, ...buyer, quantity, state: "confirmed", givenBack: null } as unknown as PassClaim;
  }

  passAt(number: number): Pass {
    return this.passes.get(passIdAt(number)) ?? newPass(RESERVATION, number);
  }

  set(pass: Pass): void {
    this.passes.set(passIdOf(pass), pass);
    this.#versions.set(passIdOf(pass), Math.max(0, ...this.#versions.values()) + 1);
  }

  checkIns(scans: readonly { readonly scan: OwnScan; readonly isTimed: boolean }[]): Outcome[] {
    return this.decide(
      scans.map(({ scan, isTimed }) => {
        const { direction, passId, generation, gate, key, code, atMs } = scan;
        const newest = code === null ? (this.passes.get(passId)?.generation ?? 0) : generation;
        return { type: direction, passId, generation: newest, gate, key, atMs: isTimed ? atMs : null, by: "crew" };
      }),
    );
  }

  decide(requests: readonly DoorRequest[]): Outcome[] {
    const facts = {
      ticketTypeId: TICKET,
      terms: { doorsOpenAtMs: this.doorsOpenAtMs, reentry: this.reentry, eventStartsMs: 0 },
      claims: new Map([[RESERVATION, this.#claim]]),
      passes: [...this.passes.values()],
      records: [...this.records.values()],
    };
    const { results, changes, records } = planDoor(facts, requests, this.#nowMs());
    for (const { after } of changes) this.set(after);
    for (const record of records) this.records.set(record.key, record);
    return results.map(outcomeOf);
  }

  door(after: string | null, most: number): ListPage {
    const from = Number(after ?? "0");
    const changed = [...this.#versions]
      .filter(([, version]) => version > from)
      .sort(([, one], [, other]) => one - other);
    const some = changed.slice(0, most);
    const passes = some.map(([id]) => {
      const pass = this.passes.get(id) as Pass;
      const { atMs = null, gate = null } = pass.admission ?? {};
      const { generation, outSinceMs } = pass;
      return { id, state: passStateOf(pass), generation, outside: outSinceMs !== null, atMs, gate };
    });
    const times = { timezone: "Europe/Berlin", startsAtMs: 0, endsAtMs: 0, doorsOpenAtMs: this.doorsOpenAtMs };
    const event = {
      id: EVENT,
      name: "Concert",
      ...times,
      reentry: this.reentry,
      status: "published" as const,
      mayUndo: true,
    };
    const list = { event, keys: [{ number: 1, x: "" }], tickets: [{ id: TICKET, name: "Stalls" }] };
    const cursor = `${some.at(-1)?.[1] ?? from}`;
    return { list: { ...list, cursor }, passes, more: changed.length > some.length };
  }
}

function outcomeOf(result: DoorResult): Outcome {
  const { pass } = result;
  const seen = pass && { id: pass.id, state: pass.state, outside: pass.outSinceMs !== null, holder: null };
  const known = { pass: seen && { ...seen, ticket: "Stalls", price: "Adult", isDisputed: false } };
  if (result.ok) {
    const { outcome: happened } = result;
    if (happened.type === "readmitted" || happened.type === "went_out") {
      return outcome(happened.type, { ...known, atMs: happened.atMs });
    }
    const { atMs, gate } = happened.admission;
    const displaced = happened.type === "admitted" ? happened.displaced : null;
    return outcome(happened.type, { ...known, atMs, gate, displaced });
  }
  const { refusal } = result;
  if (refusal.type === "idempotency_key_reused") return outcome("key_reused");
  if (refusal.type === "already_admitted")
    return outcome(refusal.type, { ...known, atMs: refusal.atMs, gate: refusal.gate });
  if (refusal.type === "too_early") return outcome(refusal.type, { ...known, doorsOpenAtMs: refusal.doorsOpenAtMs });
  return outcome(refusal.type, known);
}
