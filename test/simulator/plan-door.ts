// What happens to passes, drawn beside the rest of a plan: a run without it is as it was before.

import { HOUR_MS, MINUTE_MS } from "../../src/domain/units.ts";
import { mix, Prng } from "../support/prng.ts";
import type { Action, Deed, OnPass, ScannedPass, SlowMs } from "./deeds.ts";

// A run in three has no door.
const RUNS_WITH_DOOR = 0.67;
const RUNS_WITH_DEVICES = 0.5;
const WITH_SCANS_AFTER_PASSING_ON = 0.8;

/** At moments between those of `actions`. */
export function drawDoor(seed: number, actions: readonly Action[], buyers: number): Omit<Action, "index">[] {
  const prng = new Prng(mix(seed, 0xd004));
  if (!prng.chance(RUNS_WITH_DOOR)) return [];
  const sales = actions.filter(
    ({ does }) => does.type === "pay" || does.type === "pay order" || does.type === "refund",
  );
  const opens: Deed[] = prng.chance(0.5) ? [drawDoors(prng)] : [];
  const deeds = opens.map((does) => ({ atMs: 60, does }));
  for (let left = prng.between(4, 14); left > 0 && sales.length > 0; left--) {
    const { atMs } = prng.pick(sales);
    let startMs = atMs + prng.pick([-1, 0, 5, 300, 2_500, 6_000, 20_000, MINUTE_MS, MINUTE_MS, 10 * MINUTE_MS]);
    for (let together = prng.pick([1, 2, 3, 4]); together > 0; together--) {
      const does = drawDeed(prng, buyers);
      deeds.push({ atMs: startMs, does });
      if (does.type === "pass on" && prng.chance(WITH_SCANS_AFTER_PASSING_ON)) {
        deeds.push(...drawScansAfter(prng, does, startMs));
      }
      startMs += prng.pick([0, 1, 20, 300, 2_000]);
    }
  }
  return deeds;
}

/** Shifts of devices: each reads, lets people in by that and brings them in, among the rest. */
export function drawDevices(seed: number, actions: readonly Action[]): Omit<Action, "index">[] {
  const prng = new Prng(mix(seed, 0xdec1));
  if (!prng.chance(RUNS_WITH_DEVICES)) return [];
  const moments = actions.filter(({ does }) => ["pay", "pay order", "refund", "scan", "pass on"].includes(does.type));
  const deeds: Omit<Action, "index">[] = [];
  for (let shifts = prng.between(1, 4); shifts > 0 && moments.length > 0; shifts--) {
    const device = prng.below(2);
    const slowMs = slowMsOf(seed, device);
    let atMs = prng.pick(moments).atMs + prng.pick([5, 300, 6_000, MINUTE_MS]);
    for (const does of ["read", "let in", "let in", "read", "let in", "bring", "read"] as const) {
      if (prng.chance(0.2)) continue;
      const generation = prng.chance(0.12) ? -1 : 0;
      deeds.push({ atMs, does: { type: "device", device, does, ...drawPick(prng), generation, slowMs } });
      atMs += prng.pick([0, 1, 300, 2_000, 20_000, MINUTE_MS]);
    }
  }
  return deeds;
}

/** Of a pass that was passed on: its new code and the one before, in any order. */
function drawScansAfter(prng: Prng, { pick, number }: OnPass, atMs: number): Omit<Action, "index">[] {
  let afterMs = prng.pick([20, 300, 300, 2_000, 6_000]);
  return prng.pick([[0], [-1], [0, -1], [-1, 0], [-1, 0]]).map((generation) => {
    const gates = prng.pick([1, 1, 2]);
    const scan = { pick, number, agoMs: prng.pick([null, null, null, 1_000]), generation };
    const slowMs = drawSlowMs(prng);
    const deed = {
      atMs: atMs + afterMs,
      does: { type: "scan", as: "in", gates, key: null, slowMs, scans: [scan] },
    } as const;
    afterMs += prng.pick([0, 20, 300, MINUTE_MS]);
    return deed;
  });
}

/** The same in all shifts: a device's clock is not set while it is on its own. */
function slowMsOf(seed: number, device: number): SlowMs {
  return drawSlowMs(new Prng(mix(seed, 0xc10c, device)));
}

function drawSlowMs(prng: Prng): SlowMs {
  return prng.pick([null, null, 0, 1_500, 3 * MINUTE_MS, 7 * MINUTE_MS, -2_000, -4 * MINUTE_MS, -HOUR_MS]);
}

function drawDeed(prng: Prng, buyers: number): Deed {
  const what = prng.weighted({ scan: 70, offline: 25, out: 12, undo: 10, passOn: 16, name: 4, doors: 6 });
  const key = prng.chance(0.25) ? prng.below(4) : null;
  const gates = prng.pick([1, 1, 2, 4]);
  const slowMs = drawSlowMs(prng);
  switch (what) {
    case "scan":
      return { type: "scan", as: "in", gates, key, slowMs, scans: [drawScan(prng, null)] };
    case "offline": {
      const agoMs = () => prng.pick([-5 * MINUTE_MS, 0, 1_000, 1_000, 30_000, 10 * MINUTE_MS, HOUR_MS]);
      const scans = Array.from({ length: prng.between(1, 5) }, () => drawScan(prng, agoMs()));
      return { type: "scan", as: "in", gates: prng.pick([1, 1, 2]), key, slowMs, scans };
    }
    case "out":
      return { type: "scan", as: "out", gates, key, slowMs, scans: [drawScan(prng, prng.pick([null, null, 60_000]))] };
    case "undo":
      return { type: "scan", as: "undo", gates, key, slowMs, scans: [drawScan(prng, null)] };
    case "passOn":
      return { type: "pass on", ...drawPick(prng), by: drawHolder(prng, buyers), to: prng.below(buyers), key };
    case "name":
      return { type: "name pass", ...drawPick(prng), by: drawHolder(prng, buyers), to: prng.below(buyers) };
    case "doors":
      return drawDoors(prng);
  }
}

function drawDoors(prng: Prng): Deed {
  return {
    type: "doors",
    reentry: prng.chance(0.7),
    openInMs: prng.pick([null, null, null, null, null, -1_000, 2_000, MINUTE_MS, HOUR_MS]),
  };
}

function drawScan(prng: Prng, agoMs: number | null): ScannedPass {
  return { ...drawPick(prng), agoMs, generation: prng.chance(0.12) ? prng.pick([-1, 1]) : 0 };
}

/** Null: who holds the pass. */
function drawHolder(prng: Prng, buyers: number): number | null {
  return prng.chance(0.7) ? null : prng.below(buyers);
}

/** Mostly the same few passes: what meets there is worth more. */
function drawPick(prng: Prng) {
  const pick = prng.pick([-1, -1, -1, -2, -3]) - (prng.chance(0.1) ? 3 : 0);
  return { pick, number: prng.chance(0.05) ? 999 : prng.pick([1, 1, 1, 2, 3]) };
}
