// Which passes a reservation has, whose they are, which of them a refund revokes.

import { describe, expect, test } from "vitest";
import {
  givenBackUntil,
  isHolder,
  maySee,
  newPass,
  type Pass,
  type PassClaim,
  passesOf,
  passIdOf,
  passOf,
  passStateOf,
  readPassId,
  revokedBy,
} from "../../../src/domain/pass.ts";
import { MAX_GENERATION, passedOn, renamed } from "../../../src/domain/pass-holders.ts";
import type { ReservationState } from "../../../src/domain/stock.ts";

const CLAIM: PassClaim = {
  ...{ id: "t-r", accountId: "ada", orderId: null, quantity: 3, priceId: null, priceName: "Adult" },
  ...{ state: "confirmed", givenBack: 0 },
};
const admission = { key: "k", atMs: 500, gate: "A" };
const pass = (number: number, fields: Partial<Pass> = {}): Pass => ({ ...newPass("t-r", number), ...fields });

test.each<[ReservationState, number[]]>([
  ["held", []],
  ["cancelled", []],
  ["expired", []],
  ["confirmed", [1, 2, 3]],
  ["refunded", [1, 2, 3]],
])("what is %s has the passes %j", (state, numbers) => {
  const claim = { ...CLAIM, state };
  expect(passesOf(claim, []).map(({ number }) => number)).toEqual(numbers);
  expect(passOf(claim, 3, null)?.number ?? null).toBe(numbers[2] ?? null);
  expect(passOf(claim, 4, null)).toBeNull();
});

test("a pass that has a record is as recorded, and the others are new", () => {
  const named = pass(2, { holderName: "Bea" });
  expect(passesOf(CLAIM, [named])).toEqual([pass(1), named, pass(3)]);
});

test.each<[id: string, name: ReturnType<typeof readPassId>]>([
  ["t-r-1", { reservationId: "t-r", number: 1 }],
  ["t-r-1000", { reservationId: "t-r", number: 1000 }],
  ["t-r-0", null],
  ["t-r-01", null],
  ["t-r-10000", null],
  ["t-r-", null],
  ["t-r", null],
  ["", null],
])("%j names %j", (id, name) => {
  expect(readPassId(id)).toEqual(name);
  if (name !== null) expect(passIdOf(name)).toBe(id);
});

test.each<[Partial<Pass>, string]>([
  [{}, "valid"],
  [{ admission }, "admitted"],
  [{ revokedAtMs: 1 }, "revoked"],
  [{ admission, revokedAtMs: 1 }, "revoked"],
])("%j is %s", (fields, state) => {
  expect(passStateOf(pass(1, fields))).toBe(state);
});

const buyer = { accountId: "ada", emailKey: "ada@" };
const friend = { accountId: "bob", emailKey: "bob@" };
const stranger = { accountId: "eve", emailKey: null };
const given = pass(1, { generation: 1, holderEmail: "Bob@", emailKey: "bob@" });
const erased = pass(1, { generation: 1, holderEmail: "", emailKey: null });

test.each([
  ["the buyer's own", pass(1), [true, false, false], [true, false, false]],
  ["one that was passed on", given, [false, true, false], [true, true, false]],
  ["one whose holder is gone", erased, [false, false, false], [true, false, false]],
] as const)("%s is held and seen by those", (_name, one, holders, seers) => {
  const readers = [buyer, friend, stranger];
  expect(readers.map((reader) => isHolder(one, CLAIM, reader))).toEqual(holders);
  expect(readers.map((reader) => maySee(one, CLAIM, reader))).toEqual(seers);
});

describe("a refund revokes", () => {
  const numbers = (passes: readonly Pass[], count: number, named: readonly number[] = []) =>
    revokedBy(passes, count, named, 9).map(({ number }) => number);

  test.each<[string, Partial<Pass>[], count: number, named: number[], revoked: number[]]>([
    ["nothing for none", [{}, {}, {}], 0, [], []],
    ["nothing for less than none", [{}, {}, {}], -1, [], []],
    ["the highest number first", [{}, {}, {}], 1, [], [3]],
    ["as many as were given back", [{}, {}, {}], 2, [], [3, 2]],
    ["those that nobody went in with first", [{}, {}, { admission }], 1, [], [2]],
    ["the others after them", [{}, { admission }, { admission }], 2, [], [1, 3]],
    ["no pass again", [{}, {}, { revokedAtMs: 1 }], 1, [], [2]],
    ["no more than there are", [{}, { revokedAtMs: 1 }, {}], 5, [], [3, 1]],
    ["what it names", [{}, {}, {}], 1, [1], [1]],
    ["what it names, also if somebody went in", [{ admission }, {}, {}], 1, [1], [1]],
    ["others for what is revoked already", [{ revokedAtMs: 1 }, {}, {}], 1, [1], [3]],
  ])("%s", (_name, fields, count, named, revoked) => {
    const passes = fields.map((one, index) => pass(index + 1, one));
    expect(numbers(passes, count, named)).toEqual(revoked);
  });

  test("with the admission left on record", () => {
    expect(revokedBy([pass(1, { admission })], 1, [], 9)).toEqual([pass(1, { admission, revokedAtMs: 9 })]);
  });
});

describe("until when a buyer may give back", () => {
  test.each<[string, number | null, Partial<Pass>[], want: number | null, nowMs?: number]>([
    ["not at all", null, [{}], null],
    ["not at all, whoever went in", null, [{ admission }], null],
    ["as the event says", 900, [{}, {}], 900],
    ["until the first of them goes in", 900, [{}, { admission }, { admission: { ...admission, atMs: 400 } }], 400],
    ["not longer for somebody who went in later", 300, [{ admission }], 300],
    ["not again, where the clock was set back since", 900, [{ admission }], 200, 200],
    ["as the event says, whatever the clock shows", 900, [{}], 900, 200],
    ["the others, once the one that went in was refunded", 900, [{ admission, revokedAtMs: 600 }, {}], 900],
  ])("%s", (_name, eventUntilMs, fields, want, nowMs = 1_000) => {
    const passes = fields.map((one, index) => pass(index + 1, one));
    expect(givenBackUntil(eventUntilMs, passes, nowMs)).toBe(want);
  });
});

describe("who goes in with it", () => {
  test.each<[string, Partial<Pass>, untilMs: number | null, string | null]>([
    ["can be said", {}, null, null],
    ["until doors open", {}, 1_001, null],
    ["and not from then on", {}, 1_000, "names_closed"],
    ["not of a revoked one", { revokedAtMs: 1 }, null, "pass_revoked"],
    ["not of one that went in", { admission }, null, "pass_admitted"],
  ])("%s", (_name, fields, untilMs, refusal) => {
    const after = renamed(pass(1, fields), "Bea", untilMs, 1_000);
    if (refusal === null) expect(after).toEqual(pass(1, { ...fields, holderName: "Bea" }));
    else expect(after).toMatchObject({ type: refusal });
  });

  test("the same again changes nothing, whenever", () => {
    const named = pass(1, { holderName: "Bea", admission });
    expect(renamed(named, "Bea", 1, 1_000)).toBe(named);
  });
});

describe("passing one on", () => {
  const BOB = { email: "Bob@", emailKey: "bob@", by: "ada" };

  test("gives it a new code, another address, and no name", () => {
    const after = passedOn(pass(1, { holderName: "Ada" }), BOB, 5);
    const passed = { passedOnAtMs: 5, passedOnBy: "ada" };
    expect(after).toEqual(pass(1, { generation: 1, holderEmail: "Bob@", emailKey: "bob@", ...passed }));
  });

  test.each<[string, Partial<Pass>]>([
    ["pass_revoked", { revokedAtMs: 1 }],
    ["pass_admitted", { admission }],
    ["passed_on_too_often", { generation: MAX_GENERATION }],
  ])("is refused: %s", (type, fields) => {
    expect(passedOn(pass(1, fields), BOB, 5)).toMatchObject({ type });
  });

  test("works as often as a code can tell", () => {
    expect(passedOn(pass(1, { generation: MAX_GENERATION - 1 }), BOB, 5)).toMatchObject({
      generation: MAX_GENERATION,
    });
  });
});
