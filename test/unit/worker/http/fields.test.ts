// Fields with a form of their own: moments, time zones, names, addresses, payment methods.

import { describe, expect, test } from "vitest";
import { Registration } from "../../../../src/worker/accounts/schemas.ts";
import { NewEvent, NewTicket } from "../../../../src/worker/catalogue/schemas.ts";
import { NewPayment } from "../../../../src/worker/payments/schemas.ts";
import { badPaths } from "./bad-paths.ts";

const event = {
  ...{ name: "An evening", venue: "The hall", timezone: "Europe/Berlin" },
  ...{ starts_at: "2031-05-01T18:00:00Z", ends_at: "2031-05-01T21:00:00Z" },
};
const ticket = { name: "Stalls", price: { amount: 4500, currency: "EUR" }, capacity: 100 };
const registration = { username: "ada", email: "ada@example.org", password: "correct horse" };

describe("a moment", () => {
  test.each([
    "2031-05-01T21:00:00Z",
    "2031-05-01T21:00:00.5Z",
    "2031-05-01T21:00:00.123456Z",
    "2031-05-01T21:00:00+02:00",
    "2031-05-01T21:00:00-09:30",
    "2032-02-29T00:00:00Z",
    "9999-12-31T23:59:59Z",
  ])("may be written %s", (moment) => {
    expect(badPaths(NewTicket, { ...ticket, sales_start: moment })).toEqual([]);
    expect(badPaths(NewTicket, { ...ticket, sales_end: moment })).toEqual([]);
    expect(badPaths(NewEvent, { ...event, ends_at: moment })).toEqual([]);
  });

  test.each([
    "",
    "soon",
    "2031-05-01",
    "2031-05-01T21:00:00",
    "2031-05-01 21:00:00Z",
    "2031-05-01T21:00:00+0200",
    "2031-05-01T24:00:00Z",
    "2031-05-01T21:60:00Z",
    "2031-05-01T21:00:60Z",
    "2031-02-29T00:00:00Z",
    "2031-04-31T00:00:00Z",
    "2031-13-01T00:00:00Z",
    "31-05-01T21:00:00Z",
    "+010000-01-01T00:00:00Z",
    "2031-05-01T21:00:00Z\n",
    " 2031-05-01T21:00:00Z",
    `2031-05-01T21:00:00.${"0".repeat(20)}Z`,
    "Thu, 01 May 2031 21:00:00 GMT",
    1_935_435_600_000,
    true,
  ])("may not be written %j", (moment) => {
    expect(badPaths(NewTicket, { ...ticket, sales_start: moment })).toEqual(["sales_start"]);
    expect(badPaths(NewTicket, { ...ticket, sales_end: moment })).toEqual(["sales_end"]);
    expect(badPaths(NewEvent, { ...event, ends_at: moment })).toEqual(["ends_at"]);
  });

  test("of an event can't be left open", () => {
    expect(badPaths(NewEvent, { ...event, ends_at: null })).toEqual(["ends_at"]);
  });
});

describe("what ends, ends after it starts", () => {
  test.each<[name: string, starts: string, ends: string, paths: string[]]>([
    ["a second later", "2031-05-01T18:00:00Z", "2031-05-01T18:00:01Z", []],
    ["at once", "2031-05-01T18:00:00Z", "2031-05-01T18:00:00Z", ["end"]],
    ["before", "2031-05-01T18:00:00Z", "2031-05-01T17:59:59Z", ["end"]],
    ["at the same moment, written otherwise", "2031-05-01T18:00:00Z", "2031-05-01T20:00:00+02:00", ["end"]],
    ["before, though it is written later", "2031-05-01T18:00:00Z", "2031-05-01T19:00:00+02:00", ["end"]],
    ["after, though it is written earlier", "2031-05-01T18:00:00+02:00", "2031-05-01T17:00:00Z", []],
  ])("%s", (_name, starts, ends, paths) => {
    const ofEvent = { ...event, starts_at: starts, ends_at: ends };
    const ofSales = { ...ticket, sales_start: starts, sales_end: ends };
    expect(badPaths(NewEvent, ofEvent)).toEqual(paths.map(() => "ends_at"));
    expect(badPaths(NewTicket, ofSales)).toEqual(paths.map(() => "sales_end"));
  });

  test("and sales open on one side end where they like", () => {
    expect(badPaths(NewTicket, { ...ticket, sales_start: null, sales_end: "2001-01-01T00:00:00Z" })).toEqual([]);
    expect(badPaths(NewTicket, { ...ticket, sales_start: "2999-01-01T00:00:00Z", sales_end: null })).toEqual([]);
  });
});

describe("a time zone", () => {
  test.each(["Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kathmandu", "UTC"])("may be %s", (timezone) => {
    expect(badPaths(NewEvent, { ...event, timezone })).toEqual([]);
  });

  test.each([
    "",
    "Mars/Olympus",
    "Europe",
    "Berlin",
    "GMT+1",
    "Europe/Berlin ",
    "Europe/Berlin\u0000",
    "x".repeat(65),
    2,
    null,
  ])("may not be %j", (timezone) => {
    expect(badPaths(NewEvent, { ...event, timezone })).toEqual(["timezone"]);
  });
});

describe("an event's status", () => {
  test.each(["draft", "published", "cancelled"])("may be %s", (status) => {
    expect(NewEvent.parse({ ...event, status }).status).toBe(status);
  });

  test.each(["Draft", "sold_out", "", null, 1])("may not be %j", (status) => {
    expect(badPaths(NewEvent, { ...event, status })).toEqual(["status"]);
  });
});

describe("a username", () => {
  test.each(["ada", "Ada.Lovelace+1@x_y-z", "x".repeat(64)])("may be %s", (username) => {
    expect(badPaths(Registration, { ...registration, username })).toEqual([]);
  });

  test.each(["", "ad", "x".repeat(65), "ada l", "аda", "adé", "ada\n", "ada\u0000", "a/d", "<ada>", 123, null])(
    "may not be %j",
    (username) => {
      expect(badPaths(Registration, { ...registration, username })).toEqual(["username"]);
    },
  );
});

describe("an e-mail address", () => {
  test.each(["a@b.co", "ada.lovelace+tickets@mail.example.org"])("may be %s", (email) => {
    expect(badPaths(Registration, { ...registration, email })).toEqual([]);
  });

  test.each([
    "",
    "ada",
    "ada@",
    "@example.org",
    "ada@example",
    "a b@example.org",
    "ada@example.org\n",
    "a@b@example.org",
  ])("may not be %j", (email) => {
    expect(badPaths(Registration, { ...registration, email })).toEqual(["email"]);
  });

  test("may be 254 long, not longer", () => {
    const host = `${Array.from({ length: 4 }, () => "h".repeat(46)).join(".")}.org`;
    const ofLength = (length: number) => `${"a".repeat(length - host.length - 1)}@${host}`;
    expect(badPaths(Registration, { ...registration, email: ofLength(254) })).toEqual([]);
    expect(badPaths(Registration, { ...registration, email: ofLength(255) })).toEqual(["email"]);
  });
});

describe("a payment method", () => {
  test.each(["pm_card_visa", "tok-1", "x", "x".repeat(255)])("may be %s", (method) => {
    expect(badPaths(NewPayment, { payment_method: method })).toEqual([]);
  });

  test.each([
    "",
    "pm card",
    "pm_card\n",
    "../refunds",
    "pm?x=1",
    "ключ",
    "x".repeat(256),
    4242,
    null,
    ["pm_card_visa"],
  ])("may not be %j", (method) => {
    expect(badPaths(NewPayment, { payment_method: method })).toEqual(["payment_method"]);
  });
});
