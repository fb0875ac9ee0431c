// Each field error has a code for programs, and no text of a library's.

import { expect, test } from "vitest";
import type * as z from "zod";
import { Registration } from "../../../../src/worker/accounts/schemas.ts";
import { NewEvent, NewTicket } from "../../../../src/worker/catalogue/schemas.ts";
import { check } from "../../../../src/worker/http/field-errors.ts";
import { Page } from "../../../../src/worker/http/fields.ts";
import { NewReservation } from "../../../../src/worker/reservations/schemas.ts";
import { ROUTES } from "../../../support/routes.ts";

function codeOf(schema: z.ZodType, path: string, value: unknown): string | undefined {
  const [first = "", second] = path.split(".");
  const checked = check(schema, { [first]: second === undefined ? value : { [second]: value } });
  return checked.ok ? undefined : checked.errors.find((error) => error.path === path)?.code;
}

test.each<[code: string, schema: z.ZodType, path: string, value: unknown]>([
  ["required", NewEvent, "name", undefined],
  ["wrong_type", NewEvent, "name", 4],
  ["too_short", NewEvent, "name", "\u200b"],
  ["too_long", NewEvent, "name", "x".repeat(201)],
  ["wrong_format", NewEvent, "name", "a\nb"],
  ["too_long", NewEvent, "description", "x".repeat(4_001)],
  ["wrong_format", NewEvent, "starts_at", "tomorrow"],
  ["wrong_format", NewEvent, "timezone", "Berlin"],
  ["not_allowed", NewEvent, "status", "sold"],
  ["unknown_field", NewEvent, "price", 1],
  ["too_small", NewTicket, "capacity", -1],
  ["too_large", NewTicket, "capacity", 10_000_001],
  ["wrong_format", NewTicket, "price.currency", "euro"],
  ["wrong_type", NewReservation, "quantity", 1.5],
  ["wrong_format", NewReservation, "ticket", "stalls"],
  ["wrong_format", Registration, "email", "nowhere"],
  ["too_short", Registration, "password", "short-1"],
  ["too_long", Registration, "password", "x".repeat(513)],
  ["wrong_format", Registration, "password", "12345678\ud800"],
  ["wrong_format", Page, "cursor", "?"],
  ["wrong_format", Page, "limit", "many"],
  ["too_large", Page, "limit", "101"],
])("%s", (code, schema, path, value) => {
  expect(codeOf(schema, path, value)).toBe(code);
});

test.each([
  [undefined, "is required"],
  [4, "must be of type string"],
  ["tomorrow", "must be an ISO 8601 date and time with `Z` or an offset"],
  ["1969-12-31T23:59:59Z", "must be from 1970 to 9999"],
])("a date and time that is %j %s", (value, message) => {
  const checked = check(NewEvent, { starts_at: value });
  const errors = checked.ok ? [] : checked.errors;
  expect(errors.find(({ path }) => path === "starts_at")?.message).toBe(message);
});

test("what is wrong is said in the service's own words", () => {
  const values = [undefined, null, -1, 1.5, "", "x".repeat(5_000), "\ud800", [], ["a", "a"], {}, true];
  const messages = ROUTES.flatMap(({ body, query }) => [body, query]).flatMap((schema) => {
    const fields = Object.keys((schema as { shape?: object } | null)?.shape ?? {});
    const checked = fields.flatMap((field) => values.map((value) => schema && check(schema, { [field]: value })));
    return checked.flatMap((each) => (each === null || each.ok ? [] : each.errors.map(({ message }) => message)));
  });
  expect(new Set(messages).size).toBeGreaterThan(20);
  const strange = messages.filter((message) => /invalid|expected|received|too (big|small)|regex|zod/i.test(message));
  expect([...new Set(strange)]).toEqual([]);
});
