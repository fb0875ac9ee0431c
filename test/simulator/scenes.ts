// What happens at doors that no fault brings about, and that runs have to meet all the same.

import type { RecordedScan } from "./refusals.ts";

export const SCENES = [
  "let in by the new code of a pass that was passed on",
  "kept out by the old code of a pass that was passed on",
  "let in by a clock that is slow",
  "let in by a clock that is ahead",
  "the first one after all by a clock that is slow",
  "the first one after all by a clock that is ahead",
] as const;

export type Scene = (typeof SCENES)[number];

export function scenesOf({ generation, outcome, refusal, shownMs, moments }: RecordedScan): Scene[] {
  if (refusal?.type === "revoked" && refusal.revokedAtMs == null) {
    return ["kept out by the old code of a pass that was passed on"];
  }
  if (outcome?.type !== "admitted") return [];
  const scenes: Scene[] = generation > 0 ? ["let in by the new code of a pass that was passed on"] : [];
  const behindMs = (moments?.[0] ?? 0) - (shownMs ?? 0);
  if (behindMs === 0) return scenes;
  const clock = behindMs > 0 ? "a clock that is slow" : "a clock that is ahead";
  scenes.push(`let in by ${clock}`);
  if (outcome.displaced != null) scenes.push(`the first one after all by ${clock}`);
  return scenes;
}
