// Paths and methods: what is there, what is not, and what a reply always has.

import { beforeAll, describe, expect, test } from "vitest";
import { API, ROUTES } from "../../../../src/worker/routes.ts";
import { newWorld, type World } from "../../../support/requests.ts";
import { type CallOptions, call } from "../../../support/service.ts";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
let world: World;

beforeAll(async () => {
  world = await newWorld();
});

async function ask(method: string, path: string, options: CallOptions = {}) {
  const reply = await call(method, path, { token: world.buyer.token, ...options });
  expect(reply.status).toBeLessThan(500);
  expect(reply.headers.get("x-request-id")).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  return reply;
}

const BY_PATH = Map.groupBy(Object.keys(ROUTES), (operation) => operation.split(" ")[1] ?? "");
const PATHS = [...BY_PATH].map(([path, operations]) => ({
  path,
  methods: operations.map((operation) => operation.split(" ")[0] ?? ""),
}));

test("there are the described paths and three more", () => {
  expect(PATHS).toHaveLength(new Set(Object.keys(API).map((operation) => operation.split(" ")[1])).size + 3);
});

describe.each(PATHS)("$path has $methods", ({ path, methods }) => {
  const url = () => {
    const id = path.startsWith("/reservations") ? world.reservationId : world.eventId;
    return path.replace("{id}", id).replace("{file}", "swagger-ui.css");
  };
  const allowed = new Set([...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"]);
  const named = (headers: Headers) => new Set((headers.get("allow") ?? "").split(", "));

  test("and refuses others with 405 and the list", async () => {
    for (const method of METHODS.filter((method) => !allowed.has(method))) {
      const { status, headers, body } = await ask(method, url());
      expect(status, method).toBe(405);
      expect(named(headers), method).toEqual(allowed);
      if (method !== "HEAD") expect(body.type).toBe("/problems/method-not-allowed");
    }
  });

  test("and OPTIONS lists them", async () => {
    const { status, text, headers } = await ask("OPTIONS", url());
    expect([status, text]).toEqual([204, ""]);
    expect(named(headers)).toEqual(allowed);
  });
});

test.each("/ /nowhere /event /events/a/b /reservations/a/payment/b /Me //me /me/x /%6de /.env".split(" "))(
  "nothing is at %s, with any method",
  async (path) => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
      const { status, body } = await ask(method, path);
      expect([status, body.type], method).toEqual([404, "/problems/not-found"]);
      expect(body.detail).not.toBe("");
    }
  },
);

test("every reply has a request id of its own, even if the request brings one", async () => {
  const headers = { "x-request-id": "mine" };
  const replies = await Promise.all([1, 2, 3].map(() => ask("GET", "/events", { headers })));
  expect(new Set(replies.map((reply) => reply.headers.get("x-request-id"))).size).toBe(3);
});
