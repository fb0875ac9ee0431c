// The checks of what happened to passes: they accept what can be, and no lie about it.

import { expect, test } from "vitest";
import { PASS_LIES } from "../../crash/corrupt-passes.ts";
import type { AskedPass } from "../../crash/gates.ts";
import type { EndOfPasses, GatePass, PassRow } from "../../crash/look-at-doors.ts";
import { type EndedPass, isPossible, type PassAnswer, type PassOperation, UNTOUCHED } from "../../crash/pass-model.ts";
import type { Body, EndState } from "../../crash/record.ts";
import { CHECKS } from "../../crash/verify.ts";
import { untouchedPasses } from "./end-of-passes.ts";

const TEN = "2031-05-01T18:00:10.000Z";
const TWENTY = "2031-05-01T18:00:20.000Z";
const THIRTY = "2031-05-01T18:00:30.000Z";
const NOTHING = { at: null, gate: null, displaced: null };

let keys = 0;
function asked(
  request: Omit<AskedPass["request"], "pass" | "key"> & { readonly key?: string },
  answer: Partial<PassAnswer> & { readonly result: string },
  [startMs, endMs]: readonly [number, number],
  pass = "bought-1",
): AskedPass & PassOperation {
  keys += 1;
  const whole = { pass, key: `key ${keys}`, ...request } as AskedPass["request"];
  const said = { ...NOTHING, ...answer };
  return { request: whole, answer: said, answers: [said], startMs, endMs };
}

type Between = readonly [startMs: number, endMs: number];
const scan = (answer: Parameters<typeof asked>[1], times: Between, more: object = {}) =>
  asked({ type: "in", gate: "North", generation: 0, at: null, clockAheadMs: null, ...more } as never, answer, times);
const admitted = (at: string, times: Between, more: object = {}, displaced: PassAnswer["displaced"] = null) =>
  scan({ result: "admitted", at, gate: "North", displaced }, times, more);
const already = (at: string, times: Between, more: object = {}) =>
  scan({ result: "already_admitted", at, gate: "North" }, times, more);
const undo = (result: string, at: string | null, times: Between, checkIn: string | null = null) =>
  asked({ type: "undo", checkIn } as never, { result, at, gate: at === null ? null : "North" }, times);
const out = (result: string, at: string | null, times: Between) =>
  asked({ type: "out", gate: "North", generation: 0, at: null, clockAheadMs: null } as never, { result, at }, times);
const passOn = (result: string, times: Between) => asked({ type: "pass_on" } as never, { result }, times);
const name = (text: string, result: string, times: Between) =>
  asked({ type: "name", name: text } as never, { result }, times);
const revoke = (at: string, [startMs, endMs]: Between): PassOperation => {
  return { request: { type: "revoke" }, at, startMs, endMs };
};

const IN: EndedPass = { ...UNTOUCHED, state: "admitted", at: TEN, gate: "North" };

test.each<[what: string, isPossible: boolean, operations: readonly PassOperation[], end: EndedPass]>([
  ["nothing happened", true, [], UNTOUCHED],
  ["it is inside, and nobody scanned it", false, [], IN],
  ["it went in", true, [admitted(TEN, [0, 1])], IN],
  ["it went in, and is not inside", false, [admitted(TEN, [0, 1])], UNTOUCHED],
  ["it went in twice", false, [admitted(TEN, [0, 1]), admitted(TEN, [2, 3])], IN],
  ["it went in twice at the same moment", false, [admitted(TEN, [0, 3]), admitted(TEN, [1, 2])], IN],
  ["the second gate refused it", true, [admitted(TEN, [0, 3]), already(TEN, [1, 2])], IN],
  ["it was refused before it went in", false, [already(TEN, [0, 1]), admitted(TEN, [2, 3])], IN],
  ["it was refused for an admission that was not", false, [admitted(TEN, [0, 1]), already(TWENTY, [2, 3])], IN],
  [
    "it was taken back, and went in again",
    true,
    [admitted(TWENTY, [0, 1]), undo("undone", TWENTY, [2, 3]), admitted(TEN, [4, 5])],
    IN,
  ],
  [
    "it went in again before it was taken back",
    false,
    [admitted(TWENTY, [0, 1]), admitted(TEN, [2, 3]), undo("undone", TWENTY, [4, 5])],
    IN,
  ],
  ["what was taken back was not there", false, [undo("undone", TEN, [0, 1])], UNTOUCHED],
  [
    "another check-in was to be taken back",
    true,
    [admitted(TEN, [0, 1]), undo("not_admitted", null, [2, 3], "another")],
    IN,
  ],
  [
    "an earlier scan came in later",
    true,
    [admitted(TWENTY, [0, 1]), admitted(TEN, [2, 3], { at: TEN }, { at: TWENTY, gate: "North" })],
    IN,
  ],
  [
    "a later scan displaced",
    false,
    [admitted(TEN, [0, 1]), admitted(TWENTY, [2, 3], { at: TWENTY }, { at: TEN, gate: "North" })],
    { ...IN, at: TWENTY },
  ],
  [
    "it displaced nobody, though somebody was in",
    false,
    [admitted(TWENTY, [0, 1]), admitted(TEN, [2, 3], { at: TEN })],
    IN,
  ],
  ...[true, false].flatMap((says): [string, boolean, PassOperation[], EndedPass][] => {
    const of = says ? "a device that says what its clock shows" : "a device whose clock is right";
    const clockAheadMs = says ? 420_000 : null;
    const device = { at: TEN, clockAheadMs };
    const later = (afterMs: number) => new Date(Date.parse(TEN) + afterMs).toISOString();
    const within = (at: string, isPossible: boolean, what: string): [string, boolean, PassOperation[], EndedPass] => {
      return [`${what}, of ${of}`, isPossible, [admitted(at, [0, 1_000], device)], { ...IN, at }];
    };
    return [
      within(TEN, true, "a scan counts from when it was made"),
      within(later(1_000), says, "a scan counts from later by its request's way"),
      within(later(-1), false, "a scan counts from before it was made"),
      within(later(1_100), false, "a scan counts from later than its request's way"),
      within(later(-420_000), false, "a scan counts as the clock showed it"),
      [
        `a scan on its way meets one of the meantime, of ${of}`,
        says,
        [admitted(later(500), [0, 600]), already(later(500), [700, 1_700], device)],
        { ...IN, at: later(500) },
      ],
      [
        `a scan of long before is refused, of ${of}`,
        false,
        [admitted(TWENTY, [0, 600]), already(TWENTY, [700, 1_700], device)],
        { ...IN, at: TWENTY },
      ],
      [
        `a scan of after they went out is refused, of ${of}`,
        false,
        [
          admitted(later(-2_000), [0, 1]),
          out("went_out", later(-1_000), [2, 3]),
          already(later(-2_000), [4, 1_004], device),
        ],
        { ...IN, at: later(-2_000), outside: true },
      ],
      [
        `a scan of about when they went out is refused, of ${of}`,
        true,
        [
          admitted(later(-2_000), [0, 1]),
          out("went_out", later(500), [2, 3]),
          already(later(-2_000), [4, 1_004], device),
        ],
        { ...IN, at: later(-2_000), outside: true },
      ],
      [
        `a scan of about when they went out is let in, of ${of}`,
        says,
        [
          admitted(later(-2_000), [0, 1]),
          out("went_out", later(500), [2, 3]),
          scan({ result: "readmitted", at: later(500) }, [4, 1_004], device),
        ],
        { ...IN, at: later(-2_000) },
      ],
    ];
  }),
  [
    "it went out and in",
    true,
    [admitted(TEN, [0, 1]), out("went_out", TWENTY, [2, 3]), scan({ result: "readmitted", at: THIRTY }, [4, 5])],
    IN,
  ],
  [
    "it came back without having gone",
    false,
    [admitted(TEN, [0, 1]), scan({ result: "readmitted", at: THIRTY }, [2, 3])],
    IN,
  ],
  [
    "it went out and was not let in again",
    false,
    [admitted(TEN, [0, 1]), out("went_out", TWENTY, [2, 3]), already(TEN, [4, 5])],
    { ...IN, outside: true },
  ],
  [
    "it was revoked and refused",
    true,
    [revoke(TEN, [0, 1]), scan({ result: "revoked", at: TEN }, [2, 3])],
    { ...UNTOUCHED, state: "revoked", revokedAt: TEN },
  ],
  [
    "it was revoked and went in",
    false,
    [revoke(TEN, [0, 1]), admitted(TEN, [2, 3])],
    { ...IN, state: "revoked", revokedAt: TEN },
  ],
  [
    "it went in while it was revoked",
    true,
    [revoke(TEN, [0, 3]), admitted(TEN, [1, 2])],
    { ...IN, state: "revoked", revokedAt: TEN },
  ],
  ["it was refused as revoked, and is not", false, [scan({ result: "revoked", at: TEN }, [0, 1])], UNTOUCHED],
  [
    "its old code was refused",
    true,
    [passOn("done", [0, 1]), scan({ result: "revoked" }, [2, 3])],
    { ...UNTOUCHED, generation: 1 },
  ],
  ["its old code went in", false, [passOn("done", [0, 1]), admitted(TEN, [2, 3])], { ...IN, generation: 1 }],
  [
    "its new code went in before there was one",
    false,
    [admitted(TEN, [0, 1], { generation: 1 }), passOn("pass_admitted", [2, 3])],
    IN,
  ],
  ["who was in was passed on", false, [admitted(TEN, [0, 1]), passOn("done", [2, 3])], { ...IN, generation: 1 }],
  [
    "it was passed on twice by its buyer",
    false,
    [passOn("done", [0, 1]), passOn("done", [2, 3])],
    { ...UNTOUCHED, generation: 2 },
  ],
  [
    "it was named, and passed on",
    true,
    [name("Ada", "done", [0, 1]), passOn("done", [2, 3])],
    { ...UNTOUCHED, generation: 1 },
  ],
  ["its name was forgotten", false, [name("Ada", "done", [0, 1])], UNTOUCHED],
])("%s: %s", (_what, expected, operations, end) => {
  expect(isPossible(operations, end)).toBe(expected);
});

/** Four were bought: one is in, one was passed on, one was taken back, and one was given back. */
function trueEnd(): EndState {
  const given = { id: "p-r1", requested_by: "organizer", items: [{ reservation: "bought", quantity: 1 }], reason: "" };
  const sold = { id: "bought", ticket: "stalls", quantity: 4, state: "confirmed", order: null };
  const body = { ...sold, refunded_quantity: 1, refunds: [given] };
  const second = (it: AskedPass): AskedPass => ({ ...it, request: { ...it.request, pass: "bought-2" } });
  const third = (it: AskedPass): AskedPass => ({ ...it, request: { ...it.request, pass: "bought-3" } });
  const fourth = (it: AskedPass): AskedPass => ({ ...it, request: { ...it.request, pass: "bought-4" } });
  const askedPasses = [
    admitted(TEN, [0, 1], { at: TEN, clockAheadMs: 420_000 }),
    already(TEN, [2, 3]),
    second(passOn("done", [0, 1])),
    second(scan({ result: "revoked" }, [2, 3])),
    third(admitted(TEN, [0, 1])),
    third(undo("undone", TEN, [2, 3])),
    fourth(scan({ result: "revoked", at: TWENTY }, [12, 13])),
  ];
  const passes = untouchedPasses([body]);
  const atGate = (number: number, more: Partial<GatePass>): [string, GatePass] => {
    const untouched = { state: "valid", generation: 0, outside: false, at: null, gate: null };
    return [`bought-${number}`, { id: `bought-${number}`, ...untouched, ...more }];
  };
  const row = (number: number, more: Partial<PassRow>): [string, PassRow] => {
    const untouched = { generation: 0, state: "valid", holder_name: null, revoked_at_ms: null };
    const outside = { admitted_at_ms: null, gate: null, out_since_ms: null };
    return [`bought-${number}`, { reservation_id: "bought", number, ...untouched, ...outside, ...more }];
  };
  const ofBuyer = passes.ofBuyers.get("bought")?.map((pass) => {
    if (pass.id === "bought-1") return { ...pass, state: "admitted", admitted_at: TEN };
    return pass.id === "bought-4" ? { ...pass, state: "revoked", revoked_at: TWENTY } : pass;
  });
  const atGates = new Map([
    atGate(1, { state: "admitted", at: TEN, gate: "North" }),
    atGate(2, { generation: 1 }),
    atGate(3, {}),
    atGate(4, { state: "revoked" }),
  ]);
  const ended: EndOfPasses = {
    atGates,
    onDevice: new Map(atGates),
    rows: new Map([
      row(1, { state: "admitted", admitted_at_ms: Date.parse(TEN), gate: "North" }),
      row(2, { generation: 1 }),
      row(3, {}),
      row(4, { state: "revoked", revoked_at_ms: Date.parse(TWENTY) }),
    ]),
    counted: new Map([
      ["stalls", { ticket: "stalls", admitted: 1, inside: 1, gates: [{ gate: "North", admitted: 1 }] }],
    ]),
    ofBuyers: new Map([["bought", ofBuyer ?? []]]),
  };
  const wanted = { what: "ticket", restock: true } as const;
  const asked = { of: "reservations", id: "bought", wanted, startMs: 10, endMs: 11, outcome: "done" } as const;
  const refunds = [asked];
  return {
    shown: new Map([["bought", body as unknown as Body]]),
    refunds,
    countedMs: { startMs: 20, endMs: 21 },
    askedPasses,
    passes: ended,
  } as unknown as EndState;
}

const OF_PASSES = [...new Set(Object.values(PASS_LIES).map(({ check }) => check))];

test("what may happen to passes is accepted", () => {
  const end = trueEnd();
  expect(OF_PASSES.flatMap((name) => CHECKS[name]?.(end) ?? [`no ${name}`])).toEqual([]);
});

test.each(Object.entries(PASS_LIES))("an end is rejected where %s", (_kind, { check, tell }) => {
  const lies = tell(trueEnd());
  expect(lies.length).toBeGreaterThan(0);
  expect(lies.filter((lie) => CHECKS[check]?.(lie).length === 0)).toEqual([]);
});
