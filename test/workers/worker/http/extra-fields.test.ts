// Fields that a request has no business to set are refused by name, and stored nowhere.

import { describe, expect, test } from "vitest";
import * as z from "zod";
import { everything, newScene, pathIn, REQUESTS, type Scene } from "../../../support/role-scene.ts";
import { accessOf, CELLS, canBe } from "../../../support/role-table.ts";
import { ROUTES, type Route } from "../../../support/routes.ts";
import { type Answer, call } from "../../../support/service.ts";

const FIELDS = [
  ...["account_id", "accountId", "id", "state", "price", "role", "organizer", "organizer_id", "held", "sold"],
  ...["version", "status_version", "created_at", "password_hash", "available", "payment", "event_id", "on_sale"],
  ...["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "__defineGetter__"],
];
const VALUES = ['"admin"', '{"role": "admin", "state": "confirmed", "isAdmin": true}', "null"];

function nameOf({ method, path }: Route): string {
  return `${method} ${path}`;
}

/** Somebody who may call the route, about what is their own, or what there is for all to name. */
async function sceneFor(route: Route): Promise<Scene> {
  // Who gives back is not who bought: an admin may for all.
  const access = route.path.endsWith("/refunds") && route.method === "POST" ? "admin" : accessOf(nameOf(route));
  const caller = access === "admin" ? "admin" : isOrganisers(route, access) ? "organiser" : "buyer";
  const mine = CELLS.filter((cell) => cell.route === nameOf(route) && cell.caller === caller && canBe(cell));
  const ownsSome = nameOf(route) !== "POST /reservations" && access !== "admin" && access !== "anyone";
  const cell = mine.find(({ whose }) => whose === (ownsSome ? "own" : "another's")) ?? mine[0];
  if (cell === undefined) throw new Error(`nobody may call ${nameOf(route)}`);
  return newScene(cell);
}

/** An organiser works at the door of their own event, too. */
function isOrganisers({ tag }: Route, access: ReturnType<typeof accessOf>): boolean {
  return access === "organizer" || access === "manager" || tag === "Door";
}

function pathOf(route: Route, scene: Scene): string {
  return pathIn(route.path, scene) + (REQUESTS[nameOf(route)]?.(scene).query ?? "");
}

/** The request's own text, so that `__proto__` is a field like any other. */
function withField(body: Record<string, unknown>, field: string, value: string): string {
  const own = JSON.stringify(body).slice(1, -1);
  return `{${own}${own === "" ? "" : ","}${JSON.stringify(field)}: ${value}}`;
}

function isField(schema: z.ZodType | null, field: string): boolean {
  return schema instanceof z.ZodObject && Object.hasOwn(schema.shape, field);
}

function expectNamed(answer: Answer, path: string, code = "unknown_field", message = "Unknown field"): void {
  expect(answer.status, path).toBe(422);
  expect(answer.body.type).toBe("/problems/invalid-request");
  expect(answer.body.errors, path).toEqual([{ path, code, message }]);
}

function send(route: Route, scene: Scene, raw: string) {
  const options = { token: scene.member?.token ?? "", headers: { "content-type": "application/json" }, raw };
  const { settings } = REQUESTS[nameOf(route)]?.(scene) ?? {};
  return call(route.method, pathOf(route, scene), settings === undefined ? options : { ...options, settings });
}

/** A scene has no token of a mail, no refund and no code: where all is right, that is refused. */
function expectTaken(route: Route, { status, body }: Answer): void {
  if (/^\/(api-auth\/.*\/use|me\/crew)$/.test(route.path)) expect(body.type).toBe("/problems/link-refused");
  else if (route.path.endsWith("/refunds/{refund}")) expect(body.type).toBe("/problems/not-found");
  else if (route.path.endsWith("/code-checks")) expect(body.type).toBe("/problems/code-refused");
  else expect(status).toBeLessThan(300);
}

const WITH_BODY = ROUTES.filter(({ body }) => body !== null);

describe.each(WITH_BODY.map((route) => ({ route, name: nameOf(route) })))("$name", ({ route, name }) => {
  test("refuses each field that is not its own, in a request that is right without it, and stores nothing", async () => {
    const scene = await sceneFor(route);
    const body = REQUESTS[name]?.(scene).body ?? {};
    const before = await everything(scene);
    for (const field of FIELDS.filter((field) => !isField(route.body, field))) {
      for (const value of VALUES) expectNamed(await send(route, scene, withField(body, field, value)), field);
    }
    for (const field of Object.keys(body)) {
      const raw = withField({ ...body, [field]: undefined }, field, '{"__proto__": {"role": "admin"}, "x": 1}');
      expect((await send(route, scene, raw)).body.type, field).toBe("/problems/invalid-request");
    }
    expect(Reflect.get({}, "role")).toBeUndefined();
    expect(await everything(scene)).toEqual(before);
    // It is the field alone that was refused.
    expectTaken(route, await send(route, scene, JSON.stringify(body)));
  });
});

describe.each(["POST /events/{id}/tickets", "PATCH /tickets/{id}"])("the price in %s", (name) => {
  test("takes an amount and a currency, and nothing else", async () => {
    const route = ROUTES.find((candidate) => nameOf(candidate) === name);
    if (route === undefined) throw new Error(`no ${name}`);
    const scene = await sceneFor(route);
    const before = await everything(scene);
    for (const field of ["extra", ...FIELDS]) {
      const price = withField({ amount: 4500, currency: "EUR" }, field, '{"amount": 0}');
      const { price: _, ...body } = REQUESTS[name]?.(scene).body ?? {};
      expectNamed(await send(route, scene, withField(body, "price", price)), `price.${field}`);
    }
    expect(await everything(scene)).toEqual(before);
  });
});

describe.each(ROUTES.map((route) => ({ route, name: nameOf(route) })))("the query of $name", ({ route, name }) => {
  // Others append parameters of their own to the links of public pages.
  const isPublicPage = route.method === "GET" && accessOf(name) === "anyone";

  test(`has none of them, which are ${isPublicPage ? "ignored" : "refused"}, and changes nothing by them`, async () => {
    const scene = await sceneFor(route);
    const { body, query = "" } = REQUESTS[name]?.(scene) ?? {};
    const before = await everything(scene);
    for (const field of FIELDS.filter((field) => !isField(route.query, field))) {
      const path = `${pathOf(route, scene)}${query === "" ? "?" : "&"}${field}=admin`;
      const request = { token: scene.member?.token ?? "", ...(body === undefined ? {} : { body }) };
      const answer = await call(route.method, path, request);
      if (isPublicPage) expect(answer.status, field).toBe(route.path.includes("{token}") ? 410 : 200);
      else expectNamed(answer, field);
    }
    expect(await everything(scene)).toEqual(before);
  });
});

test("The form at sign-in has its two fields and no other, and signs nobody in with more", async () => {
  const route = ROUTES.find((candidate) => nameOf(candidate) === "POST /api-auth/login");
  if (route === undefined) throw new Error("no sign-in");
  const scene = await sceneFor(route);
  const fields = REQUESTS["POST /api-auth/login"]?.(scene).body as Record<string, string>;
  const headers = { "content-type": "application/x-www-form-urlencoded" };
  const before = await everything(scene);
  for (const field of FIELDS) {
    const raw = `${new URLSearchParams(fields)}&${field}=admin`;
    expectNamed(await call("POST", route.path, { headers, raw }), field);
  }
  for (const field of Object.keys(fields)) {
    const raw = `${new URLSearchParams(fields)}&${field}=twice`;
    expect((await call("POST", route.path, { headers, raw })).body.errors.map(({ path }) => path)).toEqual([field]);
  }
  expect(await everything(scene)).toEqual(before);
  const answer = await call("POST", route.path, { headers, raw: `${new URLSearchParams(fields)}` });
  expect(answer.status).toBe(303);
});
