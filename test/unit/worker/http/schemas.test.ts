// Bodies: what is taken, with what is filled in, and what is refused, with the path of the field
// that is wrong.

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
  ...{ name: "An evening", venue: "The hall", timezone: "Europe/Berlin" },
  ...{ starts_at: "2031-05-01T18:00:00Z", ends_at: "2031-05-01T21:00:00Z" },
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
    // From text, as it is sent: a literal's __proto__ would not be a field.
    const body = JSON.parse(`{${JSON.stringify(good).slice(1, -1)},${JSON.stringify(field)}:{"quantity":1}}`);
    expect(badPaths(schema, body)).toEqual([field]);
  });

  test.each(["null", "[]", "7", "true", '"text"'])("is not %s", (text) => {
    expect(badPaths(schema, JSON.parse(text))).toEqual([""]);
  });
});

describe("what is left out is filled in", () => {
  test("an event is published, and is described by nothing", () => {
    expect(NewEvent.parse(event)).toEqual({ ...event, description: "", status: "published" });
  });

  test("a ticket type is on sale at all times, 10 to a buyer", () => {
    const wanted = { ...ticket, description: "", max_per_buyer: 10, sales_start: null, sales_end: null };
    expect(NewTicket.parse(ticket)).toEqual(wanted);
  });

  test("but not what is said to be without limit", () => {
    expect(NewTicket.parse({ ...ticket, max_per_buyer: null }).max_per_buyer).toBeNull();
  });

  test("a payment needs no method: the tickets may be free", () => {
    expect(NewPayment.parse({})).toEqual({});
  });
});

describe("numbers", () => {
  const fields: readonly [
    path: string,
    schema: z.ZodType,
    around: (number: string) => string,
    least: number,
    most: number,
  ][] = [
    ["quantity", NewReservation, (number) => bodyWith(reservation, "quantity", number), 1, 1_000],
    ["capacity", NewTicket, (number) => bodyWith(ticket, "capacity", number), 0, 10_000_000],
    ["max_per_buyer", NewTicket, (number) => bodyWith(ticket, "max_per_buyer", number), 1, 1_000],
    [
      "price.amount",
      NewTicket,
      (number) => bodyWith(ticket, "price", `{"amount":${number},"currency":"EUR"}`),
      0,
      100_000_000_000,
    ],
  ];

  describe.each(fields)("%s", (path, schema, around, least, most) => {
    test.each([least, least + 1, most - 1, most])("may be %i", (number) => {
      expect(badPaths(schema, JSON.parse(around(`${number}`)))).toEqual([]);
    });

    const never = ["-1", "1.5", '"1"', "1e308", "1e999", "-1e308", "9007199254740993", "true", "[1]", "{}", '""'];
    test.each([`${least - 1}`, `${most + 1}`, ...never])("may not be %s", (number) => {
      expect(badPaths(schema, JSON.parse(around(number)))).toEqual([path]);
    });
  });

  test.each([
    ["quantity", NewReservation, bodyWith(reservation, "quantity", "null")],
    ["capacity", NewTicket, bodyWith(ticket, "capacity", "null")],
    ["price", NewTicket, bodyWith(ticket, "price", "null")],
    ["price", NewTicket, bodyWith(ticket, "price", "4500")],
    ["price.currency", NewTicket, bodyWith(ticket, "price", '{"amount":4500}')],
    ["price.amount", NewTicket, bodyWith(ticket, "price", '{"currency":"EUR"}')],
    ["price.extra", NewTicket, bodyWith(ticket, "price", '{"amount":1,"currency":"EUR","extra":1}')],
    ["price.__proto__", NewTicket, bodyWith(ticket, "price", '{"amount":1,"currency":"EUR","__proto__":1}')],
  ])("%s is refused in %s%s", (path, schema, text) => {
    expect(badPaths(schema, JSON.parse(text))).toEqual([path]);
  });
});

describe("currencies", () => {
  test.each([
    ["EUR", 4500],
    ["JPY", 4500],
    ["KWD", 4_500_000],
    ["USD", 0],
  ])("%s is taken as it is, in its own minor unit", (currency, amount) => {
    expect(NewTicket.parse({ ...ticket, price: { amount, currency } }).price).toEqual({ amount, currency });
  });

  test.each(["eur", "Eur", "EU", "EURO", "ZZZ", "", " EUR", "EUR\n", "€", "ЕUR", "toString", 978, null, ["EUR"]])(
    "%j is none",
    (currency) => {
      expect(badPaths(NewTicket, { ...ticket, price: { amount: 1, currency } })).toEqual(["price.currency"]);
    },
  );
});

describe("text", () => {
  const required: readonly [path: string, schema: z.ZodType, good: Body][] = [
    ["name", NewEvent, event],
    ["venue", NewEvent, event],
    ["name", NewTicket, ticket],
  ];
  const optional: readonly [path: string, schema: z.ZodType, good: Body][] = [
    ["description", NewEvent, event],
    ["description", NewTicket, ticket],
  ];

  describe.each([...required, ...optional])("in %s", (path, schema, good) => {
    test.each([
      "x",
      "Zoë & 東京 👩‍👩‍👧",
      "a\nb\r\n\tc",
      "  within blanks ",
      "'; DROP TABLE events; --",
      "<b>",
      "x".repeat(200),
    ])("may be %j", (text) => {
      expect(schema.parse({ ...good, [path]: text })).toMatchObject({ [path]: text });
    });

    test.each([
      ["a NUL", "a\u0000b"],
      ["a bell", "\u0007"],
      ["an escape", "a\u001b[31mb"],
      ["a delete", "a\u007f"],
      ["a control of the upper half", "a\u0085b"],
      ["half a surrogate pair", "a\ud800"],
      ["the other half", "\udc00b"],
      ["two halves the wrong way round", "\udc00\ud800"],
      ["a number", 42],
      ["nothing", null],
      ["a list", ["x"]],
    ])("may not be %s", (_name, text) => {
      expect(badPaths(schema, { ...good, [path]: text })).toEqual([path]);
    });
  });

  test.each(required)("in %s may not be blank, nor longer than 200", (path, schema, good) => {
    for (const text of ["", " ", "\n\t ", "\u00a0\u3000", "x".repeat(201)]) {
      expect(badPaths(schema, { ...good, [path]: text }), JSON.stringify(text)).toEqual([path]);
    }
  });

  test.each(optional)("in %s may be blank, and 4,000 long, not longer", (path, schema, good) => {
    for (const text of ["", " ", "x".repeat(4_000)]) expect(badPaths(schema, { ...good, [path]: text })).toEqual([]);
    expect(badPaths(schema, { ...good, [path]: "x".repeat(4_001) })).toEqual([path]);
  });
});

function bodyWith(good: Body, field: string, json: string): string {
  const { [field]: _replaced, ...rest } = good;
  return `{${JSON.stringify(rest).slice(1, -1)},${JSON.stringify(field)}:${json}}`;
}
