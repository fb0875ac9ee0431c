// Who may do what: each cell of docs/roles.md is asked for, and there is nothing that is not in it.

import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { newId, newLongId } from "../../../../src/platform/ids.ts";
import { everything, newScene, openSale, REQUESTS, type Scene, send } from "../../../support/role-scene.ts";
import { accessOf, CELLS, type Cell, canBe, IMPOSSIBLE, ROWS, rowOf, wanted } from "../../../support/role-table.ts";
import { REACHABLE_ROUTES, ROUTES } from "../../../support/routes.ts";
import { type Answer, type Body, call, newPerson } from "../../../support/service.ts";

// What a status alone stands for.
const USUAL = ["not-signed-in", "token-invalid", "wrong-role", "not-found", "invalid-request"];
const NOT_FOR = {
  anyone: [],
  session: ["nobody", "was deleted"],
  manager: ["nobody", "was deleted", "guest", "buyer", "scanner", "was organiser"],
  organizer: ["nobody", "was deleted", "guest", "buyer", "scanner", "was organiser"],
  admin: ["nobody", "was deleted", "guest", "buyer", "scanner", "was organiser", "organiser"],
} as const;

/** An answer as the table writes it. */
function written({ status, body }: Answer, isRead: boolean): string {
  if (status >= 400) {
    // A page for people has no problem in it: its status says the same.
    const type = (body?.type as string | undefined)?.replace("/problems/", "") ?? "not-found";
    return USUAL.includes(type) ? `${status}` : `${status} ${type}`;
  }
  if (Array.isArray(body) && body.some(({ status }) => status === "draft")) return `${status} with drafts`;
  type Ticket = Partial<Body<"GET /tickets/{id}">>;
  const read = isRead ? (body as (Ticket & { readonly tickets?: readonly Ticket[] }) | null) : null;
  return (read?.tickets?.[0] ?? read)?.held === undefined ? `${status}` : `${status} in full`;
}

const scenes = new Map<string, Promise<Scene>>();

/** What changes nothing may be asked of the same people about the same things. */
function sharedScene(cell: Cell): Promise<Scene> {
  const needs = ["{order}", "{account}", "{invitation}", "GET /events/{id}/cancellation"].filter((part) =>
    cell.route.includes(part),
  );
  const key = [cell.caller, cell.kind, cell.whose, ...needs].join(" | ");
  const scene = scenes.get(key) ?? newScene(cell);
  scenes.set(key, scene);
  return scene;
}

/** Whether a manager is refused. `POST /reconcile` leaves out what is not the organiser's. */
function isForOrganiser({ route, caller }: Cell): boolean {
  return accessOf(route) === "organizer" && (caller !== "organiser" || route !== "POST /reconcile");
}

describe("the table", () => {
  test("has a row for all that can be reached, and no other", () => {
    expect(ROWS.toSorted()).toEqual([...new Set(CELLS.map(rowOf))].toSorted());
  });

  test("has a cell for everybody, and a dash where there is no such thing, and nowhere else", () => {
    for (const cell of CELLS) {
      const where = `${rowOf(cell)} | ${cell.caller}`;
      if (canBe(cell)) expect(wanted(cell), where).toMatch(/^[2-5]\d\d( [a-z -]+)?$/);
      else expect(wanted(cell), where).toBe(IMPOSSIBLE);
    }
  });

  test("is about the declared routes, the pages about them, and those of Stripe and the sandbox", () => {
    const pages = [
      ...["GET /", "GET /e/{id}", "GET /my", "GET /my/{path+}", "GET /box-office", "GET /box-office/{path+}"],
      ...["GET /door", "GET /door/{path+}", "GET /assets/{asset}"],
      ...["GET /problems", "GET /problems/{type}", "GET /links/{token}", "POST /links/{token}"],
    ];
    const more = [
      ...pages,
      "GET /openapi.json",
      "GET /.well-known/pass-keys.json",
      "GET /docs",
      "GET /docs/{file}",
      "POST /webhooks/stripe",
      "POST /sandbox/authentications",
      "GET /sandbox/movements",
    ];
    expect(REACHABLE_ROUTES).toEqual([...ROUTES.map(({ method, path }) => `${method} ${path}`), ...more]);
    expect(Object.keys(REQUESTS).toSorted()).toEqual(REACHABLE_ROUTES.toSorted());
  });

  test("agrees with what the routes declare: who is not let in at all, and who is", () => {
    for (const cell of CELLS.filter(canBe)) {
      const access = accessOf(cell.route);
      // What a manager may do is not for an organiser alone, and what is, is not for managers.
      const isManagers = cell.whose === "managed" && ["manager", "organizer"].includes(access);
      const isShut = isManagers ? isForOrganiser(cell) : (NOT_FOR[access] as readonly string[]).includes(cell.caller);
      // Whom the crew lets in is no secret to a scanner, who takes nothing back.
      if (cell.route === "POST /check-ins/{pass}/undo" && cell.whose === "scanned") continue;
      const shut = ["nobody", "was deleted"].includes(cell.caller) ? "401" : "403";
      const want = wanted(cell);
      expect(isShut ? want : ["401", "403"].includes(want ?? ""), `${rowOf(cell)} | ${cell.caller}`).toBe(
        isShut ? shut : false,
      );
    }
  });
});

describe.each(REACHABLE_ROUTES)("%s", (route) => {
  const cells = CELLS.filter((cell) => cell.route === route && canBe(cell));
  const method = route.split(" ")[0];

  test.each(cells.map((cell) => ({ cell, ...cell, want: wanted(cell) })))(
    "$whose for $caller: $want",
    async ({ cell, want }) => {
      const isRefused = want === undefined || want >= "4";
      const scene = isRefused || method === "GET" ? await sharedScene(cell) : await newScene(cell);
      const before = isRefused ? await everything(scene) : null;
      const answer = await send(route, scene);
      expect(written(answer, method === "GET")).toBe(want);
      if (method === "GET") {
        const head = await send(route, scene, "HEAD");
        expect([head.status, head.text]).toEqual([answer.status, ""]);
      }
      if (isRefused) expect(await everything(scene)).toEqual(before);
    },
  );
});

describe("nothing else is reachable:", () => {
  const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "PURGE", "SEARCH", "LOCK"];
  const byPath = Map.groupBy(REACHABLE_ROUTES, (route) => route.split(" ")[1] ?? "");
  const admin: Cell = { route: "", kind: "", whose: "", caller: "admin" };

  test.each([...byPath])("%s names its own methods, and others are refused to admins too", async (path, routes) => {
    const scene = await sharedScene(admin);
    const before = await everything(scene);
    const methods = routes.map((route) => route.split(" ")[0] ?? "");
    const allowed = new Set([...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"]);
    for (const method of [...METHODS.filter((method) => !allowed.has(method)), "OPTIONS"]) {
      const answer = await call(method, path.replace(/\{\w+\+?\}/g, "x"), { token: scene.member?.token ?? "" });
      expect(new Set(answer.headers.get("allow")?.split(", ")), method).toEqual(allowed);
      expect(answer.status, method).toBe(method === "OPTIONS" ? 204 : 405);
      if (method === "OPTIONS" || method === "HEAD") expect(answer.text).toBe("");
      else expect(answer.body.type).toBe("/problems/method-not-allowed");
    }
    expect(await everything(scene)).toEqual(before);
  });

  test.each("/nowhere /event /events/a/b /reservations/a/payment/b /Me //me /me/x /%256de /.env".split(" "))(
    "%s is nowhere, with any method",
    async (path) => {
      const { member } = await sharedScene(admin);
      for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
        const { status, body } = await call(method, path, { token: member?.token ?? "" });
        expect([status, body.type], method).toEqual([404, "/problems/not-found"]);
      }
    },
  );

  test.each([...byPath.keys()])("%s in other words is nowhere", async (path) => {
    const { member } = await sharedScene(admin);
    const at = path.replace(/\{\w+\+?\}/g, "x");
    for (const other of [`/api${at}`, `/v1${at}`, at.toUpperCase(), `/${at}`, `${at}.json`, `${at}/x/y/z`, `${at};x`]) {
      if ([...byPath.keys()].some((known) => new RegExp(`^${patternOf(known)}/*$`).test(other))) continue;
      for (const method of ["GET", "POST", "PATCH", "DELETE"]) {
        const { status } = await call(method, other, { token: member?.token ?? "" });
        expect(status, `${method} ${other}`).toBe(404);
      }
    }
  });
});

/** `{path+}` is the rest of a path. */
function patternOf(path: string): string {
  return path.replace(/\{\w+\}/g, "[^/]+").replace(/\{\w+\+\}/g, ".+");
}

describe("an account that is gone, before the list of ended sessions has come,", () => {
  test.each(REACHABLE_ROUTES.filter((route) => ["manager", "organizer", "admin"].includes(accessOf(route))))(
    "does not get to %s",
    async (route) => {
      const person = await newPerson("admin");
      await env.DB.prepare("DELETE FROM accounts WHERE id = ?").bind(person.accountId).run();
      const scene = {
        member: { ...person, refresh: "" },
        id: (await openSale()).eventId,
        priceId: newId(),
        ticketId: newId(),
        orderId: newLongId(),
        crewId: newId(),
        invitationId: newId(),
      };
      const before = await everything(scene);
      expect((await send(route, scene)).body.type).toBe("/problems/token-invalid");
      expect(await everything(scene)).toEqual(before);
    },
  );
});
