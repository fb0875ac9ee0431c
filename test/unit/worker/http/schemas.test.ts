// Bodies: what each field may be, what is filled in, and the path of the field that is wrong.

import { describe, expect, test } from "vitest";
import type * as z from "zod";
import { Registration } from "../../../../src/worker/accounts/schemas.ts";
import { NewEvent, NewTicket } from "../../../../src/worker/catalogue/schemas.ts";
import { NewPayment } from "../../../../src/worker/payments/schemas.ts";
import { NewReservation } from "../../../../src/worker/reservations/schemas.ts";
import { badPaths } from "./bad-paths.ts";

type Body = Readonly<Record<string, unknown>>;

const reservation: Body = { ticket: "3k9w0c1v7m2x8q4d", quantity: 2 };
const ticket: Body = { name: "Stalls", price: { amount: 4500, currency: "EUR" }, capacity: 100 };
const event: Body = {
  name: "An evening",
  venue: "The hall",
  timezone: "Europe/Berlin",
  starts_at: "2031-05-01T18:00:00Z",
  ends_at: "2031-05-01T21:00:00Z",
};
const registration: Body = { username: "ada", email: "ada@example.org", password: "correct horse" };
const payment: Body = { payment_method: "pm_card_visa" };

const SCHEMAS: readonly [name: string, schema: z.ZodType, good: Body][] = [
  ["NewReservation", NewReservation, reservation],
  ["NewTicket", NewTicket, ticket],
  ["NewEvent", NewEvent, event],
  ["Registration", Registration, registration],
  ["NewPayment", NewPayment, payment],
];

describe.each(SCHEMAS)("%s", (_name, schema, good) => {
  test("takes a good body as it is", () => {
    expect(schema.parse(good)).toMatchObject(good);
  });

  test.each(Object.keys(good).filter((field) => field !== "payment_method"))("needs %s", (field) => {
    const { [field]: _left, ...rest } = good;
    expect(badPaths(schema, rest)).toEqual([field]);
  });

  test.each(["extra", "id", "__proto__", "constructor", "toString", ""])('knows no field "%s"', (field) => {
    expect(badPaths(schema, JSON.parse(bodyWith(good, field, '{"quantity":1}')))).toEqual([field]);
  });

  test.each(["null", "[]", "7", "true", '"text"'])("is not %s", (text) => {
    expect(badPaths(schema, JSON.parse(text))).toEqual([""]);
  });
});

describe("what is left out is filled in:", () => {
  test.each<[what: string, schema: z.ZodType, given: Body, more: Body]>([
    ["an event is published, with an empty description", NewEvent, event, { description: "", status: "published" }],
    [
      "a ticket type is on sale at all times, 10 to a buyer",
      NewTicket,
      ticket,
      { description: "", max_per_buyer: 10, sales_start: null, sales_end: null },
    ],
    ["a payment needs no method, as the tickets may be free", NewPayment, {}, {}],
  ])("%s", (_what, schema, given, more) => {
    expect(schema.parse(given)).toEqual({ ...given, ...more });
  });

  test("but a null limit stays no limit", () => {
    expect(NewTicket.parse({ ...ticket, max_per_buyer: null }).max_per_buyer).toBeNull();
  });
});

describe.each<[path: string, schema: z.ZodType, around: (number: string) => string, least: number, most: number]>([
  ["quantity", NewReservation, (number) => bodyWith(reservation, "quantity", number), 1, 1_000],
  ["capacity", NewTicket, (number) => bodyWith(ticket, "capacity", number), 0, 10_000_000],
  ["max_per_buyer", NewTicket, (number) => bodyWith(ticket, "max_per_buyer", number), 1, 1_000],
  ["price.amount", NewTicket, (number) => withPrice(`{"amount":${number},"currency":"EUR"}`), 0, 100_000_000_000],
])("%s", (path, schema, around, least, most) => {
  test.each([least, least + 1, most - 1, most])("may be %i", (number) => {
    expect(badPaths(schema, JSON.parse(around(`${number}`)))).toEqual([]);
  });

  const never = ["-1", "1.5", '"1"', "1e308", "1e999", "-1e308", "9007199254740993", "true", "[1]", "{}", '""'];
  test.each([`${least - 1}`, `${most + 1}`, ...never])("may not be %s", (number) => {
    expect(badPaths(schema, JSON.parse(around(number)))).toEqual([path]);
  });
});

test.each<[path: string, schema: z.ZodType, text: string]>([
  ["quantity", NewReservation, bodyWith(reservation, "quantity", "null")],
  ["capacity", NewTicket, bodyWith(ticket, "capacity", "null")],
  ["price", NewTicket, withPrice("null")],
  ["price", NewTicket, withPrice("4500")],
  ["price.currency", NewTicket, withPrice('{"amount":4500}')],
  ["price.amount", NewTicket, withPrice('{"currency":"EUR"}')],
  ["price.extra", NewTicket, withPrice('{"amount":1,"currency":"EUR","extra":1}')],
  ["price.__proto__", NewTicket, withPrice('{"amount":1,"currency":"EUR","__proto__":1}')],
])("%s is refused in %s%s", (path, schema, text) => {
  expect(badPaths(schema, JSON.parse(text))).toEqual([path]);
});

test.each([
  ["EUR", 4500],
  ["JPY", 4500],
  ["KWD", 4_500_000],
  ["USD", 0],
])("%s is taken as it is, in its own minor unit", (currency, amount) => {
  expect(NewTicket.parse({ ...ticket, price: { amount, currency } }).price).toEqual({ amount, currency });
});

test.each(["eur", "Eur", "EU", "EURO", "ZZZ", "", " EUR", "EUR\n", "€", "ЕUR", "toString", 978, null, ["EUR"]])(
  "%j is no currency",
  (currency) => {
    expect(badPaths(NewTicket, { ...ticket, price: { amount: 1, currency } })).toEqual(["price.currency"]);
  },
);

const MOMENTS = [
  ...["2031-05-01T21:00:00Z", "2031-05-01T21:00:00.5Z", "2031-05-01T21:00:00.123456Z", "2032-02-29T00:00:00Z"],
  ...["2031-05-01T21:00:00+02:00", "2031-05-01T21:00:00-09:30", "9999-12-31T23:59:59Z"],
];
const NO_MOMENTS = [
  ...["", "soon", "2031-05-01", "2031-05-01T21:00:00", "2031-05-01 21:00:00Z", "2031-05-01T21:00:00+0200"],
  ...["2031-05-01T24:00:00Z", "2031-05-01T21:60:00Z", "2031-05-01T21:00:60Z", "2031-02-29T00:00:00Z"],
  ...["2031-04-31T00:00:00Z", "2031-13-01T00:00:00Z", "31-05-01T21:00:00Z", "+010000-01-01T00:00:00Z"],
  ...["2031-05-01T21:00:00Z\n", " 2031-05-01T21:00:00Z", `2031-05-01T21:00:00.${"0".repeat(20)}Z`],
  ...["Thu, 01 May 2031 21:00:00 GMT", 1_935_435_600_000, true],
];
const TEXTS = [
  ...["x", "Zoë & 東京 👩‍👩‍👧", "a\nb\r\n\tc", "  within blanks ", "'; DROP TABLE events; --", "<b>", "x".repeat(200)],
];
const NO_TEXTS = [
  // Control characters: NUL, bell, escape, delete, and one of the upper half.
  ...["a\u0000b", "\u0007", "a\u001b[31mb", "a\u007f", "a\u0085b"],
  // Halves of surrogate pairs: each of them, and both the wrong way round.
  ...["a\ud800", "\udc00b", "\udc00\ud800"],
  ...[42, null, ["x"]],
];
const LINES = ["x", "Zoë & 東京 👩‍👩‍👧", "שָלוֹם‏!", "'; DROP TABLE events; --", "<b>", "x".repeat(200), "😀".repeat(200)];
const NO_LINES = [
  ...[...NO_TEXTS, "a\nb", "a\rb", "a\tb", "a\u2028b", "a\u2029b"],
  // Embeddings, overrides and isolates of direction.
  ...["a\u202eb", "\u202aa", "a\u202c", "a\u2066b\u2069", "x".repeat(201), "😀".repeat(201)],
];
const BLANKS = ["", " ", "\n\t ", "\u00a0\u3000"];
const HOST = `${Array.from({ length: 4 }, () => "h".repeat(46)).join(".")}.org`;
const emailOf = (length: number) => `${"a".repeat(length - HOST.length - 1)}@${HOST}`;
const NO_EMAILS = "ada ada@ @example.org ada@example a@b@example.org".split(" ");
const NO_METHODS = ["", "pm card", "pm_card\n", "../refunds", "pm?x=1", "ключ", "x".repeat(256), 4242, ["pm"]];
const NO_NAMES = ["", "ad", "x".repeat(65), "ada l", "аda", "adé", "ada\n", "ada\u0000", "a/d", "<ada>", 123, null];
const NO_ZONES = ["", "Mars/Olympus", "Europe", "Berlin", "GMT+1", "Europe/Berlin ", "Europe/Berlin\0", "x".repeat(65)];

describe.each<[field: string, schema: z.ZodType, good: Body, may: unknown[], mayNot: unknown[]]>([
  ["name", NewEvent, event, LINES, [...NO_LINES, ...BLANKS]],
  ["venue", NewEvent, event, LINES, [...NO_LINES, ...BLANKS]],
  ["name", NewTicket, ticket, LINES, [...NO_LINES, ...BLANKS]],
  ["description", NewEvent, event, [...TEXTS, "", " ", "😀".repeat(4_000)], [...NO_TEXTS, "😀".repeat(4_001)]],
  ["description", NewTicket, ticket, [...TEXTS, "", " ", "x".repeat(4_000)], [...NO_TEXTS, "x".repeat(4_001)]],
  ["ends_at", NewEvent, event, MOMENTS, [...NO_MOMENTS, null]],
  ["sales_start", NewTicket, ticket, [...MOMENTS, null], NO_MOMENTS],
  ["sales_end", NewTicket, ticket, [...MOMENTS, null], NO_MOMENTS],
  [
    "timezone",
    NewEvent,
    event,
    ["Europe/Berlin", "America/Argentina/Buenos_Aires", "Asia/Kathmandu", "UTC"],
    [...NO_ZONES, 2, null],
  ],
  ["status", NewEvent, event, ["draft", "published", "cancelled"], ["Draft", "sold_out", "", null, 1]],
  ["username", Registration, registration, ["ada", "Ada.Lovelace+1@x_y-z", "x".repeat(64)], NO_NAMES],
  [
    "email",
    Registration,
    registration,
    ["a@b.co", "ada.lovelace+tickets@mail.example.org", emailOf(254)],
    [...NO_EMAILS, "", "a b@example.org", "ada@example.org\n", emailOf(255)],
  ],
  ["payment_method", NewPayment, payment, ["pm_card_visa", "tok-1", "x", "x".repeat(255), null], NO_METHODS],
])("%s", (field, schema, good, may, mayNot) => {
  test.each(may.map((value) => ({ value })))("may be $value", ({ value }) => {
    expect(schema.parse({ ...good, [field]: value })).toMatchObject({ [field]: value });
  });

  test.each(mayNot.map((value) => ({ value })))("may not be $value", ({ value }) => {
    expect(badPaths(schema, { ...good, [field]: value })).toEqual([field]);
  });
});

test("blanks at the ends of a name are dropped", () => {
  expect(NewEvent.parse({ ...event, name: "\u00a0 An evening\n", venue: " The hall\u3000" })).toMatchObject(event);
});

describe("what ends, ends after it starts", () => {
  test.each<[name: string, starts: string, ends: string, isRight: boolean]>([
    ["a second later", "2031-05-01T18:00:00Z", "2031-05-01T18:00:01Z", true],
    ["at once", "2031-05-01T18:00:00Z", "2031-05-01T18:00:00Z", false],
    ["before", "2031-05-01T18:00:00Z", "2031-05-01T17:59:59Z", false],
    ["at the same moment, written otherwise", "2031-05-01T18:00:00Z", "2031-05-01T20:00:00+02:00", false],
    ["before, though it is written later", "2031-05-01T18:00:00Z", "2031-05-01T19:00:00+02:00", false],
    ["after, though it is written earlier", "2031-05-01T18:00:00+02:00", "2031-05-01T17:00:00Z", true],
  ])("%s", (_name, starts, ends, isRight) => {
    expect(badPaths(NewEvent, { ...event, starts_at: starts, ends_at: ends })).toEqual(isRight ? [] : ["ends_at"]);
    const sales = { ...ticket, sales_start: starts, sales_end: ends };
    expect(badPaths(NewTicket, sales)).toEqual(isRight ? [] : ["sales_end"]);
  });

  test("and sales that are open on one side end at any time", () => {
    expect(badPaths(NewTicket, { ...ticket, sales_start: null, sales_end: "2001-01-01T00:00:00Z" })).toEqual([]);
    expect(badPaths(NewTicket, { ...ticket, sales_start: "2999-01-01T00:00:00Z", sales_end: null })).toEqual([]);
  });
});

function withPrice(json: string): string {
  return bodyWith(ticket, "price", json);
}

/** As text, so that `__proto__` is a field like any other. */
function bodyWith(good: Body, field: string, json: string): string {
  const { [field]: _replaced, ...rest } = good;
  return `{${JSON.stringify(rest).slice(1, -1)},${JSON.stringify(field)}:${json}}`;
}
