// What the fuzzer's requests are made of: schemas, values that fit them, ids that were given away.

import { describe, expect, test } from "vitest";
import { API } from "../../../src/worker/routes.ts";
import { describeApi } from "../../../src/worker/service/openapi.ts";
import { readDescription } from "../../fuzz/description.ts";
import { Known } from "../../fuzz/known.ts";
import { type Schema, SchemaShape, violations } from "../../fuzz/schema.ts";
import { valid, type Writer } from "../../fuzz/values.ts";
import { Prng } from "../../support/prng.ts";

const description = readDescription(JSON.parse(describeApi(API)));
const TICKET = "3k9w0c1v7m2x8q4d";
const EVENT = "7v2b9d4f6h8j0k3m";
const RESERVATION = `${TICKET}-0f3g6h9j2k5m8n1p4q7r`;
const TICKET_TYPE = { id: TICKET, event: EVENT };
const PASSWORD = "pw_0123456789abcd";

function operation(name: string) {
  const found = description.operations.find((it) => it.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

describe("the schemas", () => {
  test.each<[what: string, schema: object]>([
    ["a keyword", { type: "object", patternProperties: {} }],
    ["a keyword deep inside", { anyOf: [{ type: "array", items: { allOf: [] } }] }],
    ["a format", { type: "string", format: "ipv4" }],
    ["a reference to elsewhere", { $ref: "https://other.test/schema" }],
  ])("are not read where %s is not known", (_what, schema) => {
    expect(SchemaShape.safeParse(schema).success).toBe(false);
  });

  test.each<[schema: Schema, good: readonly unknown[], bad: readonly unknown[]]>([
    [{ type: ["string", "null"] }, ["", null], [0, [], {}, undefined]],
    [{ type: "integer", minimum: 1, maximum: 3 }, [1, 3], [0, 4, 1.5, "1"]],
    [{ type: "string", minLength: 1, maxLength: 2 }, ["a", "éé"], ["", "abc"]],
    [{ type: "string", format: "date-time" }, ["2027-06-12T18:30:00Z"], ["2027-06-12", "2027-13-12T18:30:00Z"]],
    [{ enum: ["a", 1] }, ["a", 1], ["1", null]],
    [{ const: "a" }, ["a"], ["b"]],
    [{ anyOf: [{ type: "null" }, { type: "object", properties: {} }] }, [null, {}], [{ a: 1 }, ""]],
    [{ type: "array", items: { type: "null" }, minItems: 1, maxItems: 2 }, [[null]], [[], [null, null, null], [1]]],
    [{ type: "object", properties: { a: {}, b: {} } }, [{ a: [1] }, { b: 1 }, {}], [{ a: 1, c: 1 }, { toString: 1 }]],
    [{ type: "object", properties: { a: { default: 1 } }, required: ["a"] }, [{ a: 1 }], [{}]],
    [{ type: "object", additionalProperties: { type: "null" } }, [{ a: null }], [{ a: 1 }]],
    [{ type: "object", additionalProperties: {} }, [{ a: 1 }], [[]]],
    [{}, [1, { a: { b: 1 } }], []],
  ])("%j", (schema, good, bad) => {
    for (const value of good) expect(violations(schema, value, {}), JSON.stringify(value)).toEqual([]);
    for (const value of bad) expect(violations(schema, value, {}), JSON.stringify(value)).not.toEqual([]);
  });
});

test("What is written as a schema asks fits the schema, for each body that the service takes", () => {
  const prng = new Prng(4);
  const writer: Writer = {
    prng,
    schemas: description.schemas,
    known: new Known(description),
    name: "buyer1",
    mark: () => `mk_buyer1_${prng.uint32().toString(36).padStart(7, "0")}`,
    password: () => PASSWORD,
  };
  for (const { name, body } of description.operations)
    for (const schema of body?.values() ?? [])
      for (let times = 0; times < 200; times++) {
        const value = valid(schema, "", writer);
        expect(violations(schema, value, description.schemas), `${name} ${JSON.stringify(value)}`).toEqual([]);
      }
});

describe("what is known so far", () => {
  const empty = () => new Known(description);
  const prng = new Prng(5);

  test.each<[name: string, operation: string, body: unknown, pool: string, want: string]>([
    ["an event's id, by the path", "POST /events", { id: EVENT, status: "published" }, "events", EVENT],
    ["a ticket's id, by the last word of the path", "POST /events/{id}/tickets", TICKET_TYPE, "tickets", TICKET],
    ["the event of a ticket, by its field", "GET /tickets/{id}", TICKET_TYPE, "events", EVENT],
    ["tickets in an event", "GET /events/{id}", { id: EVENT, tickets: [TICKET_TYPE] }, "tickets", TICKET],
    ["reservations in a list", "GET /reservations", [{ id: RESERVATION, ticket: TICKET }], "reservations", RESERVATION],
    ["an account, by its schema", "POST /register", { id: EVENT, username: "ada" }, "accounts", EVENT],
    ["a username", "POST /register", { id: EVENT, username: "ada" }, "usernames", "ada"],
    ["the next page, by the reply", "POST /reconcile", { next: TICKET }, "cursor of /reconcile", TICKET],
  ])("has %s", (_name, name, body, pool, want) => {
    const values = empty();
    values.learn(operation(name), "buyer1", body, []);
    expect(values.pick(pool, "buyer1", prng)).toBe(want);
  });

  test("has the next page, by the Link", () => {
    const values = empty();
    values.learn(operation("GET /events"), null, [], [["link", '</events?limit=2&cursor=abc.def>; rel="next"']]);
    expect(values.pick("cursor of /events", null, prng)).toBe("abc.def");
  });

  test("has no words that people wrote, and nothing that is to stay as it is", () => {
    const values = empty();
    values.never(EVENT);
    values.learn(operation("GET /me"), "buyer1", { id: EVENT, email: "ada@x.test", name: "Ada" }, []);
    for (const pool of ["accounts", "emails", "names", "mes"]) expect(values.pick(pool, "buyer1", prng)).toBeNull();
  });
});
