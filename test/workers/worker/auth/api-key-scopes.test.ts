// What opens to a key for programs: every route, with its scope, with all others, and with a key
// that is good no more. With the scope a key gets what docs/roles.md says of its account.

import { describe, expect, test } from "vitest";
import roles from "../../../../docs/roles.md?raw";
import { SCOPES, type Scope } from "../../../../src/domain/scopes.ts";
import { newKey } from "../../../support/api-keys.ts";
import { sql } from "../../../support/records.ts";
import { everything, newScene, type Scene, send } from "../../../support/role-scene.ts";
import { type Caller, CELLS, type Cell, canBe, wanted } from "../../../support/role-table.ts";
import { ROUTES } from "../../../support/routes.ts";
import type { Answer } from "../../../support/service.ts";

const NAMED = ROUTES.map((route) => ({ ...route, name: `${route.method} ${route.path}` }));
const OPEN = NAMED.filter(({ scope }) => scope !== undefined);
const CLOSED = NAMED.filter(({ scope }) => scope === undefined);
const OF_NO_USE = /unknown|malformed|another's draft/;
const WITH_KEYS: readonly Caller[] = ["buyer", "scanner", "organiser", "admin", "was organiser"];

const scenes = new Map<string, Promise<Scene>>();

/** What only reads may be asked of the same people about the same things. */
function sceneOf(cell: Cell): Promise<Scene> {
  const { route, caller, kind, whose } = cell;
  if (!route.startsWith("GET")) return newScene(cell);
  const needs = ["{order}", "{account}", "GET /events/{id}/cancellation"].filter((part) => route.includes(part));
  const key = [caller, kind, whose, ...needs].join(" | ");
  const scene = scenes.get(key) ?? newScene(cell);
  scenes.set(key, scene);
  return scene;
}

function withKey(scene: Scene, key: string): Scene {
  if (scene.member === null) throw new Error("nobody has no key");
  return { ...scene, member: { ...scene.member, token: key } };
}

/** Somebody who is let in with a session, about their own if there is such a thing. */
async function sceneFor(name: string, caller?: Caller): Promise<Scene> {
  const isLetIn = (cell: Cell) => caller !== undefined || !/^40[13]/.test(wanted(cell) ?? "");
  const all = CELLS.filter((cell) => cell.route === name && canBe(cell) && isLetIn(cell));
  const callers = caller === undefined ? WITH_KEYS : [caller];
  const cells = callers.flatMap((who) => all.filter((cell) => cell.caller === who));
  const cell = cells.find(({ whose }) => whose === "own") ?? cells.find(({ whose }) => whose === "") ?? cells[0];
  if (cell === undefined) throw new Error(`nobody may call ${name}`);
  return newScene(cell);
}

function seen({ status, body }: Answer): string {
  return status >= 400 ? `${status} ${body.type.replace("/problems/", "")}` : `${status}`;
}

/** As `docs/roles.md` writes it, without what depends on the body. */
function statusIn(want: string | undefined): number {
  return Number(want?.slice(0, 3));
}

describe.each(OPEN)("$name, with its scope $scope,", ({ name, scope }) => {
  const isShown = (cell: Cell) => cell.route === name && canBe(cell) && WITH_KEYS.includes(cell.caller);
  const cells = CELLS.filter((cell) => isShown(cell) && !OF_NO_USE.test(cell.whose));

  test.each(cells.map((cell) => ({ cell, ...cell, want: wanted(cell) })))(
    "$whose for a key of a $caller: $want",
    async ({ cell, want }) => {
      const scene = await sceneOf(cell);
      const { key } = await newKey({ accountId: scene.member?.accountId ?? "" }, [scope as Scope]);
      const status = async () => (await send(name, withKey(scene, key))).status;
      // What D1 has to know first is there in a moment.
      if (name.startsWith("GET")) await expect.poll(status).toBe(statusIn(want));
      else expect(await status()).toBe(statusIn(want));
    },
  );
});

describe.each(OPEN)("$name", ({ name, scope, access }) => {
  test("is closed to a key with all scopes but its own, and nothing changes", async () => {
    const scene = await sceneFor(name);
    const { key } = await newKey(
      { accountId: scene.member?.accountId ?? "" },
      SCOPES.filter((other) => other !== scope),
    );
    const before = await everything(scene);
    const answer = await send(name, withKey(scene, key));
    if (access === "anyone") expect(answer.text).toBe((await send(name, { ...scene, member: null })).text);
    else expect([seen(answer), answer.body]).toMatchObject(["403 scope-missing", { scope }]);
    expect(await everything(scene)).toEqual(before);
  });

  test("is closed to a key that is revoked, expired, mistyped, or of an account that is closed or gone", async () => {
    const scene = await sceneFor(name);
    const person = { accountId: scene.member?.accountId ?? "" };
    const [good, revoked, closed] = [await newKey(person), await newKey(person), await newKey(person)];
    const expired = await newKey(person, SCOPES, Date.now() - 1);
    await sql("DELETE FROM api_keys WHERE id = ?", revoked.id);
    const last = good.key.at(-1) === "0" ? "1" : "0";
    const shouted = `tko_${good.key.slice(4).toUpperCase()}`;
    const asNobody = await send(name, { ...scene, member: null });
    const before = await everything(scene);
    const expectRefused = async (key: string) => {
      const answer = await send(name, withKey(scene, key));
      if (access === "anyone") expect(answer.text).toBe(asNobody.text);
      else expect(seen(answer)).toBe("401 api-key-refused");
    };
    const wrong = [revoked.key, expired.key, good.key.slice(0, -1) + last, shouted, `${good.key}0`];
    for (const key of wrong) await expectRefused(key);
    expect(await everything(scene)).toEqual(before);
    await sql("UPDATE accounts SET closing_since_ms = 1 WHERE id = ?", person.accountId);
    await expectRefused(closed.key);
    await sql("UPDATE api_keys SET account_id = 'nobody' WHERE id = ?", good.id);
    await expectRefused(good.key);
  });
});

describe.each(CLOSED)("$name, which has no scope,", ({ name, access }) => {
  test("is closed to a key with all of them", async () => {
    const scene = await sceneFor(name, access === "anyone" ? "nobody" : undefined);
    if (access === "anyone") {
      const organiser = await sceneFor("POST /events");
      const { key } = await newKey({ accountId: organiser.member?.accountId ?? "" });
      const answer = await send(name, { ...scene, member: { ...organiser.member, token: key } as Scene["member"] });
      // What tries a password or a refresh token tries the organiser's, with whatever header.
      const tries = ["POST /api-auth/login", "POST /api-auth/refresh"].includes(name);
      if (!tries) expect(answer.status).toBe((await send(name, scene)).status);
      return;
    }
    const { key } = await newKey({ accountId: scene.member?.accountId ?? "" });
    const before = await everything(scene);
    const answer = await send(name, withKey(scene, key));
    expect([seen(answer), answer.body]).toMatchObject(["403 scope-missing", { scope: null }]);
    expect(await everything(scene)).toEqual(before);
  });
});

test("accounts, passwords, keys, crews, calling off and what buyers do have no scope", () => {
  const closed =
    /^(\S+ \/(me(?!\/crew)|register|guests|api-auth|accounts|audit|passes|live)\b|POST \/(orders|reservations)$)/;
  for (const { name, scope } of NAMED.filter(({ name }) => closed.test(name)))
    expect([name, scope]).toEqual([name, undefined]);
  const more = ["PUT /events/{id}/crew/{account}", "POST /events/{id}/cancellation", "POST /events/{id}/handover"];
  for (const name of more) expect(CLOSED.map((route) => route.name)).toContain(name);
});

// A code of a price is a secret, and addresses get into logs. The code of a pass lets its bearer
// in: who may only read what was sold is shown none.
const OTHERWISE = [
  "POST /tickets/{id}/code-checks",
  "GET /events/{id}/orders/{order}/passes",
  "GET /events/{id}/orders/{order}/passes/print",
];

test("what reads has a scope that reads, and what changes has one that writes", () => {
  for (const { name, method, scope } of OPEN)
    expect([name, scope?.endsWith(":read")]).toEqual([name, (method === "GET") !== OTHERWISE.includes(name)]);
});

test("docs/roles.md lists what each scope opens", () => {
  for (const scope of SCOPES) {
    const row = roles.split("\n").find((line) => line.startsWith(`| \`${scope}\` |`));
    const named = [...(row?.split("|")[2] ?? "").matchAll(/`([^`]+)`/g)].map(([, name]) => name);
    expect([scope, named.toSorted()]).toEqual([
      scope,
      OPEN.filter((route) => route.scope === scope)
        .map(({ name }) => name)
        .toSorted(),
    ]);
  }
});
