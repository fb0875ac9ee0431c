// What the pages say in German of a field that the service refuses, from its code and its English.

import { expect, test } from "vitest";
import * as z from "zod";
import { germanFieldProblem } from "../../../src/web/ui/german-fields.ts";
import { Email } from "../../../src/worker/accounts/email.ts";
import { check } from "../../../src/worker/http/field-errors.ts";
import { line } from "../../../src/worker/http/fields.ts";

function inGerman(schema: z.ZodType, value: unknown): string[] {
  const checked = check(schema, value);
  return checked.ok ? [] : checked.errors.map(({ code, message }) => germanFieldProblem(code, message));
}

test.each<[schema: z.ZodType, value: unknown, german: string]>([
  [z.int().max(100), 101, "Das darf höchstens 100 sein."],
  [z.int().max(100_000), 100_001, "Das darf höchstens 100.000 sein."],
  [z.int().min(2), 1, "Das muss mindestens 2 sein."],
  [z.string().min(8), "x", "Das ist zu kurz: mindestens 8 Zeichen."],
  [z.string().max(3), "long", "Das ist zu lang: höchstens 3 Zeichen."],
  [line(3), "long", "Das ist zu lang: höchstens 3 Zeichen."],
  [z.array(z.int()).max(1), [1, 2], "Das ist zu lang: höchstens 1 Einträge."],
  [z.int(), undefined, "Das fehlt."],
  [z.int(), "x", "Diese Form stimmt nicht."],
  [z.enum(["a"]), "b", "Das geht hier nicht."],
  [Email, "friend@localhost", "Das ist keine E-Mail-Adresse."],
])("%#: %j is refused in German: %s", (schema, value, german) => {
  expect(inGerman(schema, value)).toEqual([german]);
});

test("what has no bound in it is said without one, and what is not known at all, too", () => {
  expect(germanFieldProblem("too_large", "must be less")).toBe("Das ist zu viel.");
  expect(germanFieldProblem("anything", "must be at most 3")).toBe("Bitte prüfen Sie das.");
});
