// An event whose start is moved: its other times go along, and no half-typed date spoils them.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type EventValues, hasOtherTimes, valuesOf, withStart } from "../../../../src/web/box-office/event-fields.ts";

const ZONE = "Europe/Berlin";
const NEW = valuesOf(null, ZONE);
const PLANNED: EventValues = {
  ...NEW,
  ...{ starts: "2027-05-14T20:00", ends: "2027-05-15T01:30", doors: "2027-05-14T19:00", refunds: "2027-05-01T12:00" },
};
const timesOf = ({ starts, ends, doors, refunds }: EventValues) => [starts, ends, doors, refunds];

describe("a start that is moved", () => {
  test.each<[what: string, values: EventValues, starts: string, times: readonly string[]]>([
    ["later", PLANNED, "2027-05-21T20:00", ["2027-05-22T01:30", "2027-05-21T19:00", "2027-05-08T12:00"]],
    ["earlier", PLANNED, "2027-05-07T19:30", ["2027-05-08T01:00", "2027-05-07T18:30", "2027-04-24T11:30"]],
    [
      "over the night of the clocks",
      PLANNED,
      "2027-10-30T20:00",
      ["2027-10-31T01:30", "2027-10-30T19:00", "2027-10-17T12:00"],
    ],
    ["to nothing", PLANNED, "", ["2027-05-15T01:30", "2027-05-14T19:00", "2027-05-01T12:00"]],
    [
      "without doors and refunds",
      { ...PLANNED, doors: "", refunds: "" },
      "2027-05-21T20:00",
      ["2027-05-22T01:30", "", ""],
    ],
    ["of a new event", NEW, "2027-05-14T20:00", ["2027-05-14T23:00", "", ""]],
    [
      "of a new event whose end is there",
      { ...NEW, ends: "2027-05-16T12:00" },
      "2027-05-14T20:00",
      ["2027-05-16T12:00", "", ""],
    ],
    [
      "of a new event, past the end that is there",
      { ...NEW, ends: "2027-05-16T12:00" },
      "2027-05-17T20:00",
      ["2027-05-17T23:00", "", ""],
    ],
  ])("%s", (_what, values, starts, times) => {
    expect(timesOf(withStart(values, values, starts, ZONE))).toEqual([starts, ...times]);
  });

  test("typed digit by digit, from whatever it passes through, takes them where it ends", () => {
    const minute = fc.integer({ min: Date.parse("0002-01-02"), max: Date.parse("9990-01-01") });
    const local = minute.map((ms) => new Date(ms).toISOString().slice(0, 16));
    fc.assert(
      fc.property(fc.array(fc.oneof(local, fc.constant(""))), (typed) => {
        let values = PLANNED;
        for (const starts of [...typed, "2027-05-21T20:00"]) values = withStart(values, PLANNED, starts, ZONE);
        expect(timesOf(values)).toEqual(timesOf(withStart(PLANNED, PLANNED, "2027-05-21T20:00", ZONE)));
      }),
    );
  });
});

test.each<[name: "name" | "starts" | "ends" | "doors" | "refunds", isOther: boolean]>([
  ["name", false],
  ["starts", false],
  ["ends", true],
  ["doors", true],
  ["refunds", true],
])("another %s is another of its times: %s", (name, isOther) => {
  expect(hasOtherTimes({ ...PLANNED, [name]: "2027-05-15T02:00" }, PLANNED)).toBe(isOther);
});
