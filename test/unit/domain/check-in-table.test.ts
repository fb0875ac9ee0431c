// Every situation that a pass can be in, met with everything that can happen to it at a door.

import { describe, expect, test } from "vitest";
import { type DoorEvent, type DoorTerms, decideAtDoor } from "../../../src/domain/check-in.ts";
import { newPass, type Pass } from "../../../src/domain/pass.ts";

const OPEN: DoorTerms = { doorsOpenAtMs: null, reentry: false };
const REENTRY: DoorTerms = { doorsOpenAtMs: null, reentry: true };
const EARLY: DoorTerms = { doorsOpenAtMs: 1_001, reentry: true };
const NOW = 1_000;

// Passed on once: its code has generation 1.
const PASS: Pass = { ...newPass("r", 1), generation: 1 };
const ADMITTED: Pass = { ...PASS, admission: { key: "k1", atMs: 500, gate: "A" } };
const SITUATIONS = {
  "no such pass": null,
  valid: PASS,
  "admitted at 500": ADMITTED,
  "out since 700": { ...ADMITTED, outSinceMs: 700 },
  revoked: { ...PASS, revokedAtMs: 900 },
  "admitted, then revoked": { ...ADMITTED, revokedAtMs: 900 },
} satisfies Record<string, Pass | null>;

const scan = (type: "in" | "out", key: string, atMs: number | null, generation = 1): DoorEvent => {
  return { type, key, gate: "B", generation, atMs };
};
const behind = (event: DoorEvent, behindMs: number): DoorEvent => ({ ...event, behindMs }) as DoorEvent;
const HAPPENINGS = {
  "in, live": [scan("in", "k2", null), OPEN],
  "in at 400, offline": [scan("in", "k2", 400), OPEN],
  "in at 500, offline": [scan("in", "k2", 500), OPEN],
  "in at 600, offline": [scan("in", "k2", 600), OPEN],
  "in at 700, offline": [scan("in", "k2", 700), OPEN],
  "in at 9000, by a clock that is ahead": [scan("in", "k2", 9_000), OPEN],
  "in at 400, by a clock that said that it is 300 behind": [behind(scan("in", "k2", 400), 300), OPEN],
  "in at 900, by a clock that said that it is 500 ahead": [behind(scan("in", "k2", 900), -500), OPEN],
  "in at 900, by a clock that said that it is 500 behind": [behind(scan("in", "k2", 900), 500), OPEN],
  "in with an older code": [scan("in", "k2", null, 0), OPEN],
  "in with a code that nobody has": [scan("in", "k2", null, 2), OPEN],
  "in before doors open": [scan("in", "k2", null), EARLY],
  "in again with its key": [scan("in", "k1", null), OPEN],
  "out, live": [scan("out", "k3", null), REENTRY],
  "out at 300, by a clock that is behind": [scan("out", "k3", 300), REENTRY],
  "out with an older code": [scan("out", "k3", null, 0), REENTRY],
  "out where nobody may come back": [scan("out", "k3", null), OPEN],
  "undo whatever there is": [{ type: "undo", checkInKey: null }, OPEN],
  "undo k1": [{ type: "undo", checkInKey: "k1" }, OPEN],
  "undo another": [{ type: "undo", checkInKey: "k9" }, OPEN],
} satisfies Record<string, readonly [DoorEvent, DoorTerms]>;

const EXPECTED: Readonly<Record<keyof typeof SITUATIONS, Readonly<Record<keyof typeof HAPPENINGS, string>>>> = {
  "no such pass": everything("unknown"),
  valid: {
    "in, live": "admitted at 1000 by k2",
    "in at 400, offline": "admitted at 400 by k2",
    "in at 500, offline": "admitted at 500 by k2",
    "in at 600, offline": "admitted at 600 by k2",
    "in at 700, offline": "admitted at 700 by k2",
    "in at 9000, by a clock that is ahead": "admitted at 1000 by k2",
    "in at 400, by a clock that said that it is 300 behind": "admitted at 700 by k2",
    "in at 900, by a clock that said that it is 500 ahead": "admitted at 400 by k2",
    "in at 900, by a clock that said that it is 500 behind": "admitted at 1000 by k2",
    "in with an older code": "revoked",
    "in with a code that nobody has": "unknown",
    "in before doors open": "too_early",
    "in again with its key": "admitted at 1000 by k1",
    "out, live": "not_admitted",
    "out at 300, by a clock that is behind": "not_admitted",
    "out with an older code": "revoked",
    "out where nobody may come back": "reentry_not_allowed",
    "undo whatever there is": "not_admitted",
    "undo k1": "not_admitted",
    "undo another": "not_admitted",
  },
  "admitted at 500": {
    "in, live": "already_admitted",
    "in at 400, offline": "admitted at 400 by k2 before k1",
    // Of two at the same moment the one on record stays.
    "in at 500, offline": "already_admitted",
    "in at 600, offline": "already_admitted",
    "in at 700, offline": "already_admitted",
    "in at 9000, by a clock that is ahead": "already_admitted",
    "in at 400, by a clock that said that it is 300 behind": "already_admitted",
    "in at 900, by a clock that said that it is 500 ahead": "admitted at 400 by k2 before k1",
    "in at 900, by a clock that said that it is 500 behind": "already_admitted",
    "in with an older code": "revoked",
    "in with a code that nobody has": "unknown",
    "in before doors open": "too_early",
    "in again with its key": "as before, admitted at 500 by k1",
    "out, live": "out since 1000",
    "out at 300, by a clock that is behind": "out since 500",
    "out with an older code": "revoked",
    "out where nobody may come back": "reentry_not_allowed",
    "undo whatever there is": "valid",
    "undo k1": "valid",
    "undo another": "not_admitted",
  },
  "out since 700": {
    "in, live": "inside again",
    "in at 400, offline": "admitted at 400 by k2 before k1, out since 700",
    "in at 500, offline": "already_admitted",
    "in at 600, offline": "already_admitted",
    "in at 700, offline": "inside again",
    "in at 9000, by a clock that is ahead": "inside again",
    "in at 400, by a clock that said that it is 300 behind": "inside again",
    "in at 900, by a clock that said that it is 500 ahead": "admitted at 400 by k2 before k1, out since 700",
    "in at 900, by a clock that said that it is 500 behind": "inside again",
    "in with an older code": "revoked",
    "in with a code that nobody has": "unknown",
    "in before doors open": "too_early",
    "in again with its key": "as before, admitted at 500 by k1, out since 700",
    "out, live": "already_out",
    "out at 300, by a clock that is behind": "already_out",
    "out with an older code": "revoked",
    "out where nobody may come back": "reentry_not_allowed",
    "undo whatever there is": "valid",
    "undo k1": "valid",
    "undo another": "not_admitted",
  },
  revoked: { ...everything("revoked"), "in with a code that nobody has": "unknown" },
  "admitted, then revoked": {
    ...everything("revoked"),
    "in with a code that nobody has": "unknown",
    // The answer to a lost reply: it went in while it was valid.
    "in again with its key": "as before, admitted at 500 by k1",
  },
};

function everything(what: string): Record<keyof typeof HAPPENINGS, string> {
  const rows = Object.keys(HAPPENINGS).map((name) => [name, what]);
  return Object.fromEntries(rows) as Record<keyof typeof HAPPENINGS, string>;
}

function said(before: Pass | null, event: DoorEvent, terms: DoorTerms): string {
  const decision = decideAtDoor(before, event, terms, NOW);
  if (decision.type === "refused") return decision.refusal.type;
  const { outcome, pass } = decision;
  if (outcome.type === "readmitted") return pass.outSinceMs === null ? "inside again" : "still out";
  if (outcome.type === "went_out") return `out since ${pass.outSinceMs}`;
  if (pass.admission === null) return "valid";
  const { key, atMs } = pass.admission;
  const isBefore = outcome.type === "admitted" && outcome.displaced !== null;
  return [
    `${decision.type === "unchanged" ? "as before, " : ""}admitted at ${atMs} by ${key}`,
    isBefore ? ` before ${outcome.displaced?.key}` : "",
    pass.outSinceMs === null ? "" : `, out since ${pass.outSinceMs}`,
  ].join("");
}

describe.each(Object.entries(SITUATIONS))("%s", (situation, pass) => {
  test.each(Object.entries(HAPPENINGS))("%s", (happening, [event, terms]) => {
    const expected = EXPECTED[situation as keyof typeof SITUATIONS][happening as keyof typeof HAPPENINGS];
    expect(said(pass, event, terms)).toBe(expected);
  });
});

test("what was decided before is never changed by a refusal", () => {
  for (const pass of Object.values(SITUATIONS)) {
    const frozen = JSON.stringify(pass);
    for (const [event, terms] of Object.values(HAPPENINGS)) decideAtDoor(pass, event, terms, NOW);
    expect(JSON.stringify(pass)).toBe(frozen);
  }
});

test("an admission that is taken back leaves the pass as it was, its code too", () => {
  for (const pass of [ADMITTED, SITUATIONS["out since 700"]]) {
    expect(decideAtDoor(pass, { type: "undo", checkInKey: "k1" }, OPEN, NOW)).toMatchObject({ pass: PASS });
  }
});
