// Requests as they should not be, to every route. Whatever comes, the answer is never that the service is at fault.

import { beforeAll, describe, expect, test } from "vitest";
import { ROUTES, type Route } from "../../../support/routes.ts";
import {
  type Answer,
  type CallOptions,
  call,
  hold,
  newPerson,
  type OnSale,
  objectOf,
  type Person,
  putOnSale,
} from "../../../support/service.ts";

const MAX_BODY_BYTES = 16 * 1024;
const JSON_TYPE = { "content-type": "application/json" };
let sale: OnSale;
let buyer: Person;
let admin: Person;
let reservationId: string;

beforeAll(async () => {
  sale = await putOnSale();
  buyer = await newPerson();
  admin = await newPerson("admin");
  reservationId = (await hold(buyer, sale.ticketId)).body.id;
});

/** A call that also expects what holds for every answer, right or wrong. */
async function ask(method: string, path: string, options: CallOptions = {}) {
  const answer = await call(method, path, options);
  expect(answer.status).toBeLessThan(500);
  expect(answer.headers.get("x-request-id")).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(answer.headers.get("x-content-type-options")).toBe("nosniff");
  return answer;
}

function pathOf({ path }: Route): string {
  const ids = { events: sale.eventId, tickets: sale.ticketId, accounts: buyer.accountId, reservations: reservationId };
  const kind = path.split("/")[1] ?? "";
  const id = Object.hasOwn(ids, kind) ? ids[kind as keyof typeof ids] : "";
  return path.replace("{id}", id);
}

/** To the route, as somebody who may call it, with a body as it is. */
function send(route: Route, raw: BodyInit | undefined, headers: Record<string, string> = JSON_TYPE) {
  const signedIn = {
    ...{ anyone: {}, session: { token: buyer.token } },
    ...{ organizer: { token: sale.organizer.token }, admin: { token: admin.token } },
  };
  return ask(route.method, pathOf(route), {
    ...signedIn[route.access],
    headers,
    ...(raw === undefined ? {} : { raw }),
  });
}

function expectProblem(answer: Answer, status: number, type: string): void {
  expect(answer.status).toBe(status);
  expect(answer.body.type).toBe(`/problems/${type}`);
  expect(answer.body.detail).not.toBe("");
}

function streamOf(bytes: number, chunk = 1_000): ReadableStream<Uint8Array> {
  let left = bytes;
  return new ReadableStream({
    pull(controller) {
      const size = Math.min(chunk, left);
      left -= size;
      if (size > 0) controller.enqueue(new Uint8Array(size).fill(0x20));
      else controller.close();
    },
  });
}

async function stock(): Promise<unknown> {
  return objectOf(sale.ticketId).describe();
}

const WITH_BODY = ROUTES.filter(({ body }) => body !== null);

test("There are routes with a body for these tests to be about", () => {
  expect(WITH_BODY.length).toBeGreaterThanOrEqual(8);
});

describe.each(WITH_BODY)("$method $path", (route) => {
  test.each<[what: string, raw: BodyInit]>([
    ["empty", ""],
    ["blank", "  \n"],
    ["cut off", '{"name": "An eve'],
    ["no JSON", "name=An evening"],
    ["JSON with a comma too many", '{"name": "An evening",}'],
    ["JSON with more behind it", "{} {}"],
    ["JSON with a byte order mark", "\ufeff{}"],
    ["no UTF-8", new Uint8Array([0x7b, 0x22, 0xc3, 0x28, 0x22, 0x3a, 0x31, 0x7d])],
    ["cut off within a character", new Uint8Array([0x22, 0xe2, 0x82])],
    ["UTF-16", new Uint8Array([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
    ["brackets down to the limit", "[".repeat(MAX_BODY_BYTES)],
    ["blanks up to the limit", " ".repeat(MAX_BODY_BYTES)],
  ])("can't read a body that is %s", async (_what, raw) => {
    expectProblem(await send(route, raw), 400, "malformed-request");
  });

  test.each<[type: string | undefined]>([
    [undefined],
    ["text/plain"],
    ["text/json"],
    ["multipart/form-data; boundary=x"],
    ["application/json; charset=iso-8859-1"],
    ["application/json; charset=utf-16"],
    ["application/jsonp"],
    ["application/x-www-form-urlencoded; charset=iso-8859-1"],
  ])("takes no content type %s", async (type) => {
    const raw = new TextEncoder().encode("{}");
    expectProblem(
      await send(route, raw, type === undefined ? {} : { "content-type": type }),
      415,
      "unsupported-media-type",
    );
  });

  test.each(["application/json; charset=utf-8", 'Application/JSON;charset="UTF-8"', "application/json;"])(
    "takes content type %s",
    async (type) => {
      expectProblem(await send(route, "[]", { "content-type": type }), 422, "invalid-request");
    },
  );

  test("reads 16 KiB and not a byte more, whether or not it is told how long the body is", async () => {
    const large = [" ".repeat(MAX_BODY_BYTES + 1), streamOf(MAX_BODY_BYTES + 1), streamOf(MAX_BODY_BYTES + 1, 20_000)];
    for (const raw of large) expectProblem(await send(route, raw), 413, "body-too-large");
    expectProblem(await send(route, streamOf(MAX_BODY_BYTES)), 400, "malformed-request");
  });

  test.each(["[]", "[{}]", "null", '"{}"', "1", "true", "-0"])("takes no %s instead of an object", async (raw) => {
    const answer = await send(route, raw);
    expectProblem(answer, 422, "invalid-request");
    expect(answer.body.errors.map(({ path }) => path)).toEqual([""]);
  });

  test.each(["surprise", "__proto__", "constructor", "toString"])(
    "names a field it does not know: %s",
    async (field) => {
      const answer = await send(route, `{"${field}": {"role": "organizer"}}`);
      expectProblem(answer, 422, "invalid-request");
      expect(answer.body.errors).toContainEqual({ path: field, message: "Unknown field" });
    },
  );
});

test.each([
  "-1",
  "0",
  "1.5",
  '"1"',
  "1e308",
  "1e999",
  "-1e999",
  "9007199254740993",
  "1001",
  "true",
  "null",
  "[1]",
  "{}",
  '""',
])("A quantity of %s is refused, and nothing is held", async (quantity) => {
  const before = await stock();
  const raw = `{"ticket": "${sale.ticketId}", "quantity": ${quantity}}`;
  const answer = await ask("POST", "/reservations", { token: buyer.token, headers: JSON_TYPE, raw });
  expectProblem(answer, 422, "invalid-request");
  expect(new Set(answer.body.errors.map(({ path }) => path))).toEqual(new Set(["quantity"]));
  expect(await stock()).toEqual(before);
});

describe("the methods of a path", () => {
  const DECLARED = Map.groupBy(ROUTES, ({ path }) => path);
  const PATHS: [path: string, methods: string[]][] = [
    ...[...DECLARED].map(([path, routes]): [string, string[]] => [path, routes.map(({ method }) => method)]),
    ["/openapi.json", ["GET"]],
    ["/docs", ["GET"]],
    ["/docs/swagger-ui.css", ["GET"]],
  ];

  function allowed(methods: string[]): Set<string> {
    return new Set([...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"]);
  }

  function named(answer: Answer): Set<string> {
    return new Set((answer.headers.get("allow") ?? "").split(", "));
  }

  test.each(PATHS)("%s are %j: others are 405 and say so", async (path, methods) => {
    const url = path.replace("{id}", path.startsWith("/reservations") ? reservationId : sale.eventId);
    for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]) {
      if (allowed(methods).has(method)) continue;
      const answer = await ask(method, url, { token: buyer.token });
      expect(answer.status, method).toBe(405);
      expect(named(answer), method).toEqual(allowed(methods));
      if (method !== "HEAD") expectProblem(answer, 405, "method-not-allowed");
    }
  });

  test.each(PATHS)("%s are %j: OPTIONS says so", async (path, methods) => {
    const answer = await ask("OPTIONS", path.replace("{id}", "any"));
    expect(answer.status).toBe(204);
    expect(answer.text).toBe("");
    expect(named(answer)).toEqual(allowed(methods));
  });
});

test.each([
  "/",
  "/nowhere",
  "/event",
  "/events/a/b",
  "/reservations/a/payment/b",
  "/Me",
  "//me",
  "/me/x",
  "/%6de",
  "/.env",
])("Nothing is at %s, with any method", async (path) => {
  for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    expectProblem(await ask(method, path, { token: buyer.token }), 404, "not-found");
  }
});

test("Every answer has a request id of its own, also where the request brings one", async () => {
  const headers = { "x-request-id": "mine" };
  const answers = await Promise.all([1, 2, 3].map(() => ask("GET", "/events", { headers })));
  expect(new Set(answers.map((answer) => answer.headers.get("x-request-id"))).size).toBe(3);
});
