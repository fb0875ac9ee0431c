// A search from a day until a day has all of the last one, also where clocks change on it.

import { expect, test } from "vitest";
import { searchedTime } from "../../../../src/web/shop/search-days.ts";

test.each([
  ["Europe/Berlin", "2027-06-12", "2027-06-12", "2027-06-11T22:00:00.000Z", "2027-06-12T22:00:00.000Z"],
  ["Europe/Berlin", "2027-03-28", "2027-03-28", "2027-03-27T23:00:00.000Z", "2027-03-28T22:00:00.000Z"],
  ["Europe/Berlin", "2027-10-31", "2027-10-31", "2027-10-30T22:00:00.000Z", "2027-10-31T23:00:00.000Z"],
  ["America/New_York", "2027-03-14", "2027-03-14", "2027-03-14T05:00:00.000Z", "2027-03-15T04:00:00.000Z"],
  ["America/New_York", "2027-11-07", "2027-11-07", "2027-11-07T04:00:00.000Z", "2027-11-08T05:00:00.000Z"],
  ["Australia/Lord_Howe", "2027-04-04", "2027-04-04", "2027-04-03T13:00:00.000Z", "2027-04-04T13:30:00.000Z"],
  ["Australia/Lord_Howe", "2027-10-03", "2027-10-03", "2027-10-02T13:30:00.000Z", "2027-10-03T13:00:00.000Z"],
])("in %s from %s until %s is from %s to %s", (zone, first, last, from, to) => {
  expect(searchedTime(first, last, zone)).toEqual({ from, to });
});

test.each([null, "", "soon", "2027-13-01", "2027-6-1", "2027-06-12T20:00"])("%j is no bound", (date) => {
  expect(searchedTime(date, date, "Europe/Berlin")).toEqual({});
});
