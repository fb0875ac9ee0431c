// What the log shows of an error: its stack, and its message only if that cannot quote a client.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DrizzleQueryError } from "drizzle-orm/errors";
import { describe, expect, test } from "vitest";
import { ConfigurationError, ServiceError } from "../../../src/platform/errors.ts";
import { errorFields } from "../../../src/platform/log.ts";

const CANARY = "canary@leak.test";

function parseError(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (fault) {
    return fault;
  }
}

test.each([
  "D1_ERROR: no such table: accounts: SQLITE_ERROR",
  "D1_ERROR: UNIQUE constraint failed: accounts.username, accounts.email: SQLITE_CONSTRAINT",
  "D1_ERROR: CHECK constraint failed: accounts_role: SQLITE_CONSTRAINT",
  "UNIQUE constraint failed: payments.id: SQLITE_CONSTRAINT",
  "D1_ERROR: internal error; reference = 0a1b2c3d",
  "D1_ERROR: Network connection lost.",
  "Network connection lost.",
  "D1_ERROR: D1 DB is overloaded. Requests queued for too long.",
  "Durable Object reset because its code was updated.",
  "Durable Object is overloaded. Too many requests queued.",
  "Durable Object storage operation exceeded timeout which caused object to be reset.",
  "database is locked",
])("is logged: %s", (message) => {
  expect(errorFields(new Error(message)).error).toBe(`Error: ${message}`);
});

test.each<[message: string, left: string]>([
  [CANARY, "(message left out)"],
  [`D1_ERROR: near "${CANARY}": syntax error at offset 3: SQLITE_ERROR`, "D1_ERROR SQLITE_ERROR (message left out)"],
  [`D1_TYPE_ERROR: Type 'object' not supported for value '${CANARY}'`, "D1_TYPE_ERROR (message left out)"],
  [`Failed query: insert into accounts values (?)\nparams: ${CANARY}`, "(message left out)"],
  [`no such table: accounts\n${CANARY}`, "(message left out)"],
  [`${CANARY}\nno such table: accounts`, "(message left out)"],
  [`no such table: accounts: ${CANARY}`, "(message left out)"],
  [`UNIQUE constraint failed: ${CANARY}`, "(message left out)"],
  [`Durable Object is overloaded. ${CANARY}`, "(message left out)"],
  ["", "(message left out)"],
])("is left out: %j", (message, left) => {
  const fields = errorFields(new TypeError(message));
  expect(fields.error).toBe(`TypeError: ${left}`);
  expect(JSON.stringify(fields)).not.toContain("canary");
  expect(fields.stack).toMatch(/log\.test\.ts:\d+/);
});

test("JSON's messages, which quote the text, are left out", () => {
  const fields = errorFields(parseError(CANARY));
  expect(String(parseError(CANARY))).toContain("canary");
  expect(fields.error).toBe("SyntaxError: (message left out)");
  expect(JSON.stringify(fields)).not.toContain("canary");
});

test("the service's own messages are logged", () => {
  expect(errorFields(new ServiceError("no answer within 5 ms")).error).toBe("Error: no answer within 5 ms");
  expect(errorFields(new ConfigurationError("PAYMENT_PROVIDER names no provider")).error).toContain(
    "names no provider",
  );
});

test("a failed query is logged by its cause, without its text and values", () => {
  const cause = new Error("D1_ERROR: no such table: accounts: SQLITE_ERROR");
  const fields = errorFields(new DrizzleQueryError("select * from accounts where email = ?", [CANARY], cause));
  expect(fields.error).toBe(`Error: ${cause.message}`);
  expect(JSON.stringify(fields)).not.toMatch(/canary|select/);
  expect(errorFields(new DrizzleQueryError("select 1", [CANARY])).error).toBe("Error: query failed");
});

describe("a stack is logged without the message, whatever that looks like", () => {
  test.each([
    `x\n    at ${CANARY} (file.ts:1:1)`,
    `x\n    at ${CANARY} (file.ts:1:1)\nError: x\n    at b (c.ts:1:2)`,
    `    at ${CANARY}`,
  ])("%j", (message) => {
    const { stack = "" } = errorFields(new Error(message));
    expect(stack).not.toContain("canary");
    expect(stack.split("\n").length).toBeGreaterThan(1);
    for (const line of stack.split("\n")) expect(line).toMatch(/^\s+at \S/);
  });

  test("even if the message has changed since", () => {
    const error = new Error(`    at ${CANARY}`);
    error.message = "another";
    expect(JSON.stringify(errorFields(error))).not.toContain("canary");
  });
});

test.each([CANARY, 7, null, undefined, { canary: CANARY }])("what is no error is logged by its type: %j", (thrown) => {
  expect(errorFields(thrown)).toEqual({ error: typeof thrown });
});

test("an invented name is not logged", () => {
  const error = Object.assign(new Error("x"), { name: `${CANARY} and more` });
  expect(JSON.stringify(errorFields(error))).not.toContain("canary");
});

test("the platform writes no line of its own about a request, with its address and headers", () => {
  const settings = readFileSync(join(import.meta.dirname, "..", "..", "..", "wrangler.toml"), "utf8");
  expect(settings).toMatch(/^\[observability\.logs\]\n(?:#.*\n)*invocation_logs = false$/m);
});
