// Text that would be more than text if it ever met SQL, a header or a shell: through every field of
// every route.

import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { searchedTokens, tokensOf } from "../../../../src/worker/catalogue/tokenize.ts";
import {
  credentialsFor,
  type FieldPath,
  isRecord,
  newWorld,
  pathOf,
  type Route,
  sampleBody,
  stringFields,
  WITH_BODY,
  type World,
  withField,
} from "../../../support/requests.ts";
import { ROUTES } from "../../../support/routes.ts";
import { type Answer, type Body, call, objectOf } from "../../../support/service.ts";

// Each test asks dozens of times.
vi.setConfig({ testTimeout: 60_000 });

const CLASSICS = [
  // What is no SQL any more where it meets some.
  "'",
  "' OR '1'='1",
  "' OR 1=1 --",
  "admin'--",
  '" OR ""="',
  "') OR ('a'='a",
  "1; DROP TABLE accounts; --",
  "'; DROP TABLE reservations; SELECT '",
  "x' UNION SELECT id, username, email, password_hash, role, 0 FROM accounts --",
  "'; UPDATE accounts SET role = 'admin' WHERE '1'='1",
  "' AND (SELECT COUNT(*) FROM sqlite_master) > 0 AND '1'='1",
  "x' || randomblob(100000000) || '",
  "%' ESCAPE '\\' OR 1 LIKE '_",
  "?1 :name @name $1 {1}",
  "\\'; SELECT load_extension('x'); --",
  "'||(SELECT name FROM sqlite_master)||'",
  "<script>alert(1)</script>{{7*7}}",
  "$(id) `id` ; | & %0a id",
  "../../../../etc/passwd",
];
const LINE_ENDS = [
  "a\r\nSet-Cookie: evil=1",
  "a\nX-Injected: 1",
  "a\rX-Injected: 1",
  "a\u0085X-Injected: 1",
  "a\u2028X-Injected: 1",
];
let world: World;
let bystander: World;
let before: unknown;

beforeAll(async () => {
  bystander = await newWorld();
  world = await newWorld();
  before = await untouched();
});

afterEach(async () => {
  expect(await untouched()).toEqual(before);
});

/** The tables that there are, and all that is known of somebody who has no part in this. */
async function untouched(): Promise<unknown> {
  const rows = async (query: string, ...values: string[]) =>
    (
      await env.DB.prepare(query)
        .bind(...values)
        .all()
    ).results;
  const { organizer, buyer, eventId, ticketId, reservationId } = bystander;
  return {
    tables: await rows("SELECT type, name, sql FROM sqlite_master ORDER BY name"),
    accounts: await rows("SELECT * FROM accounts WHERE id IN (?, ?) ORDER BY id", organizer.accountId, buyer.accountId),
    events: await rows("SELECT * FROM events WHERE id = ?", eventId),
    tickets: await rows("SELECT * FROM ticket_types WHERE id = ?", ticketId),
    reservations: await rows("SELECT * FROM reservations WHERE id = ?", reservationId),
    roles: await rows("SELECT DISTINCT role FROM accounts ORDER BY role"),
    object: await objectOf(ticketId).describe(),
  };
}

function expectPlain({ status, text, headers }: Answer): void {
  expect(status, text).toBeLessThan(500);
  expect(text).not.toMatch(/SQLITE|D1_ERROR|syntax error|scrypt|CREATE TABLE|password_hash["']?:/);
  expect(JSON.stringify([...headers])).not.toMatch(/evil=1|x-injected/i);
}

/** What `value` has at `at`, or undefined. */
function valueAt(value: unknown, at: FieldPath): unknown {
  const [name, ...rest] = at;
  if (name === undefined) return value;
  return isRecord(value) ? valueAt(value[name], rest) : undefined;
}

const FIELDS = WITH_BODY.flatMap((route) => stringFields(route.body).map((at) => ({ route, at, name: at.join(".") })));

test("there are fields for this to be about", () => {
  expect(FIELDS.length).toBeGreaterThanOrEqual(20);
});

/**
 * To hash a password takes a quarter of a second, by design: of what gets that far a few will do.
 */
const MOST_HASHES = 4;

describe.each(FIELDS)("$route.method $route.path: $name", ({ route, at, name }) => {
  const hashes = stringFields(route.body).some((path) => path.at(-1)?.includes("password"));

  /** What of it the schema takes, and what it does not. */
  function bodies(): { text: string; body: Record<string, unknown>; isTaken: boolean }[] {
    const all = [...CLASSICS, ...LINE_ENDS].map((text) => {
      const body = withField(sampleBody(route, world), at, text);
      return { text, body, isTaken: route.body?.safeParse(body).success === true };
    });
    const taken = all.filter(({ isTaken }) => isTaken);
    return [...all.filter(({ isTaken }) => !isTaken), ...(hashes ? taken.slice(0, MOST_HASHES) : taken)];
  }

  test("is text, whatever is in it, and reads back as it was", async () => {
    for (const { text, body, isTaken } of bodies()) {
      const got = await call(route.method, pathOf(route, world), { ...(await credentialsFor(route, world)), body });
      expectPlain(got);
      if (!isTaken) expect([401, 422]).toContain(got.status);
      if (/^(name|description|venue)$/.test(name) && CLASSICS.includes(text)) expect(got.status).toBeLessThan(300);
      if (route.path === "/api-auth/login") expect([401, 422]).toContain(got.status);
      if (!isTaken || valueAt(got.body, at) === undefined) continue;
      expect(valueAt(got.body, at)).toBe(text);
      const kind = /tickets$|^\/tickets/.test(route.path) ? "tickets" : route.path.split("/")[1];
      expect(valueAt((await call("GET", `/${kind}/${valueAt(got.body, ["id"])}`)).body, at)).toBe(text);
    }
  });
});

test("the right password signs nobody in under a name that only SQL would take for theirs", async () => {
  const [username, password] = [`quoted-${crypto.randomUUID().slice(0, 8)}`, "a passphrase of theirs"];
  const body = { username, email: `${username}@example.test`, password };
  expect((await call("POST", "/register", { body })).status).toBe(201);
  expect((await call("POST", "/api-auth/login", { body: { username, password } })).status).toBe(200);
  for (const tail of ["'--", "' --", "' AND '1'='1", "' OR 'a'='b", "'/*", "';--", "\0", "%", "' COLLATE NOCASE --"]) {
    const got = await call("POST", "/api-auth/login", { body: { username: username + tail, password } });
    expectPlain(got);
    expect(got.status, tail).toBe(401);
  }
});

test("an e-mail address may have an apostrophe, and keeps it", async () => {
  const register = WITH_BODY.find(({ path }) => path === "/register");
  if (register === undefined) throw new Error("nobody can register");
  const email = `o'brien.${crypto.randomUUID()}@example.test`;
  const got = await call("POST", "/register", { anyBody: { ...sampleBody(register, world), email } });
  expect(got.status).toBe(201);
  expect(got.body.email).toBe(email);
});

function hostile(text: string): string[] {
  const bare = encodeURIComponent(text);
  return [bare, bare.replaceAll("%20", "+"), `${bare}%00`];
}

describe.each(ROUTES.filter(({ pathParameters }) => pathParameters !== null))("$method $path: its id", (route) => {
  test("names nothing where it is no id", async () => {
    const body = route.body === null ? {} : { body: sampleBody(route, world) };
    for (const text of [...CLASSICS, ...LINE_ENDS]) {
      const real = pathOf(route, world).split("/")[2] ?? "";
      for (const id of [...hostile(text), `${real}${encodeURIComponent(text)}`]) {
        const credentials = await sameCredentials(route);
        const got = await call(route.method, route.path.replace("{id}", id.replaceAll(".", "%2e")), {
          ...credentials,
          ...body,
        });
        expectPlain(got);
        expect(got.status).toBe(404);
      }
    }
  });
});

let known: Record<string, Awaited<ReturnType<typeof credentialsFor>>> = {};

/** The same person for all of a route's tries. */
async function sameCredentials(route: Route): Promise<Awaited<ReturnType<typeof credentialsFor>>> {
  const key = `${route.method} ${route.path}`;
  known = { ...known, [key]: known[key] ?? (await credentialsFor(route, world)) };
  return known[key] ?? {};
}

/**
 * The words of a search may be found, by those who wrote them into an event: as words, and nothing
 * more.
 */
function hasWords(event: Body<"GET /events">[number], query: string): boolean {
  const words = new Set(tokensOf(`${event.name} ${event.venue} ${event.description}`));
  return searchedTokens(new URLSearchParams(`q=${query}`).get("q") ?? "").every((word) => words.has(word));
}

describe.each(ROUTES.flatMap((route) => stringFields(route.query).map((at) => ({ route, name: at.join(".") }))))(
  "$route.method $route.path?$name=",
  ({ route, name }) => {
    test("is refused, or finds nothing, where it is no such thing", async () => {
      const usual = await call(route.method, pathOf(route, world), await sameCredentials(route));
      for (const text of [...CLASSICS, ...LINE_ENDS]) {
        for (const value of hostile(text)) {
          const got = await call(
            route.method,
            `${pathOf(route, world)}?${name}=${value}`,
            await sameCredentials(route),
          );
          expectPlain(got);
          expect([200, 404, 422]).toContain(got.status);
          if (got.status === 200)
            expect(
              got.list.filter((found) => name !== "q" || !hasWords(found as Body<"GET /events">[number], value)),
            ).toEqual([]);
          else expect(got.text).not.toBe(usual.text);
        }
      }
    });

    test("is refused with its name twice, and with a name that it does not know", async () => {
      for (const query of [
        `${name}=1&${name}=1`,
        `${name}=&${name}=1`,
        "__proto__=1",
        "constructor=1",
        `${name}[$gt]=`,
        `${name}[]=1`,
      ]) {
        const got = await call(route.method, `${pathOf(route, world)}?${query}`, await sameCredentials(route));
        expect(got.status, query).toBe(422);
      }
    });
  },
);

describe("headers", () => {
  test("that identify someone or something are no SQL either", async () => {
    const { buyer, ticketId } = await newWorld();
    for (const text of CLASSICS) {
      for (const [method, path, header, value] of [
        ["GET", "/me", "authorization", `Bearer ${text}`],
        ["GET", "/me", "cookie", `__Host-session=${text}`],
        ["GET", "/events", "cf-connecting-ip", text],
        ["GET", "/events", "user-agent", text],
      ] as const) {
        const got = await call(method, path, { headers: { [header]: value } });
        expectPlain(got);
        expect(got.status).toBe(path === "/me" ? 401 : 200);
      }
      const { token } = buyer;
      const body = { ticket: ticketId, quantity: 1 };
      const headers = { "idempotency-key": text };
      const first = await call("POST", "/reservations", { token, body, headers });
      expectPlain(first);
      expect(first.status).toBe(201);
      expect((await call("POST", "/reservations", { token, body, headers })).text).toBe(first.text);
    }
  });
});
