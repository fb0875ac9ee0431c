// Text that would be more than text to SQL, a header or a shell, in every field of every route.

import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test } from "vitest";
import { searchedTokens, tokensOfEvent } from "../../../../src/worker/catalogue/tokenize.ts";
import { WITH_MAIL } from "../../../support/links.ts";
import {
  credentialsFor,
  type FieldPath,
  isRecord,
  newWorld,
  pathOf,
  sampleBody,
  stringFields,
  WITH_BODY,
  type World,
  withField,
} from "../../../support/requests.ts";
import { ROUTES, type Route } from "../../../support/routes.ts";
import {
  type Answer,
  type Body,
  call,
  createEvent,
  newPerson,
  objectOf,
  replayOf,
  seen,
  until,
} from "../../../support/service.ts";
import { CHEAP_HASH, PASSWORD, storeHash } from "../../../support/sign-in.ts";

const CLASSICS = [
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
const HOSTILE = [...CLASSICS, ...LINE_ENDS, "' --\0"];
const bystander = await newWorld();
const world = await newWorld();
const before = await untouched();
/** Whoever makes keys for programs has a password. */
const programmer = await newPerson();
await storeHash(programmer, CHEAP_HASH);

afterEach(async () => {
  expect(await untouched()).toEqual(before);
});

/** The tables, and everything about a bystander. */
async function untouched(): Promise<unknown> {
  const rows = async (query: string, ...values: string[]) => {
    const { results } = await env.DB.prepare(query)
      .bind(...values)
      .all();
    return results;
  };
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

/** Hashing a password takes a quarter of a second, by design, so few bodies may get that far. */
const MOST_HASHES = 4;

describe.each(FIELDS)("$route.method $route.path: $name", ({ route, at, name }) => {
  const hashes = stringFields(route.body).some((path) => path.at(-1)?.includes("password"));

  test("is text, whatever it contains, and reads back as it was", async () => {
    const all = HOSTILE.map((text) => ({ text, body: withField(sampleBody(route, world), at, text) }));
    const { taken = [], refused = [] } = Object.groupBy(all, ({ body }) =>
      route.body?.safeParse(body).success ? "taken" : "refused",
    );
    const isSignIn = route.path === "/api-auth/login";
    for (const { body } of refused) {
      const got = await call(route.method, pathOf(route, world), { ...(await credentialsFor(route, world)), body });
      expectPlain(got);
      expect([401, 422]).toContain(got.status);
    }
    for (const { text, body } of hashes ? taken.slice(0, MOST_HASHES) : taken) {
      const asked = route.path.endsWith("/cancellation") ? await withAnotherCalledOff() : world;
      if (route.path === "/check-ins") await takeBack();
      // Three a day are allowed.
      if (route.path.endsWith("/messages")) await env.DB.prepare("DELETE FROM event_messages").run();
      const isKey = route.path === "/me/api-keys" && name === "name";
      const proof = isKey ? { token: programmer.token } : await credentialsFor(route, world);
      const sent = isKey ? { ...body, password: PASSWORD } : body;
      const options = { ...proof, ...settingsFor(route), body: sent };
      const got = await call(route.method, pathOf(route, asked), options);
      expectPlain(got);
      if (isSignIn) expect([401, 422]).toContain(got.status);
      if (/^(name|description|venue)$/.test(name) && CLASSICS.includes(text)) expect(got.status).toBeLessThan(300);
      // The gate of the reply is the one where the pass went in.
      if (valueAt(got.body, at) === undefined || route.path.endsWith("/out")) continue;
      expect(valueAt(got.body, at)).toBe(text);
      const id = String(valueAt(got.body, ["id"]));
      // So many changes in a row are a rush, in which D1 has an object's newest state later.
      const again = await until(
        () => readAgain(route, id, asked),
        (body) => valueAt(body, at) === text,
      );
      expect(valueAt(again, at)).toBe(text);
    }
  });
});

/** What was said of an event that is called off stays. */
async function withAnotherCalledOff(): Promise<World> {
  return { ...world, calledOffEventId: await createEvent(world.organizer, { status: "cancelled" }) };
}

/** The pass can be let in again, at another gate. */
async function takeBack(): Promise<void> {
  const { passId, organizer } = world;
  const options = { token: organizer.token, body: { key: crypto.randomUUID() } };
  expect((await call("POST", `/check-ins/${passId}/undo`, options)).status).toBe(200);
}

/** Nothing is asked of an account's address, or written to all, where no mail can be sent. */
function settingsFor({ path }: Route) {
  return path.startsWith("/me/email") || path.endsWith("/messages") ? { settings: WITH_MAIL } : {};
}

/** What a request to the route has made or changed, as who may see it does. */
async function readAgain({ path }: Route, id: string, { calledOffEventId }: World): Promise<unknown> {
  if (path.includes("/prices")) {
    const { body } = await call("GET", `/tickets/${world.ticketId}`);
    return body.prices.find((price) => price.id === id);
  }
  if (path === "/me/api-keys") {
    const { body } = await call("GET", path, { token: programmer.token });
    return body.find((key) => key.id === id);
  }
  if (path.endsWith("/cancellation")) return (await call("GET", `/events/${calledOffEventId}`)).body.cancellation;
  if (path.endsWith("/orders") && path.includes("{id}")) {
    const { token } = world.organizer;
    return (await call("GET", `/events/${world.eventId}/orders/${id}`, { token })).body;
  }
  if (path.endsWith("/messages")) {
    const { token } = world.organizer;
    const { body } = await call("GET", `/events/${world.eventId}/messages`, { token });
    return body.find((message) => message.id === id);
  }
  if (path === "/check-ins") {
    const { token } = world.organizer;
    const { passes } = (await call("GET", `/events/${world.eventId}/door`, { token })).body;
    return passes.find((pass) => pass.id === world.passId);
  }
  const kind = /tickets$|^\/tickets/.test(path) ? "tickets" : path.split("/")[1];
  return (await call("GET", `/${kind}/${id}`)).body;
}

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
  const id = crypto.randomUUID();
  const body = { username: id, email: `o'brien.${id}@example.test`, password: `a passphrase ${id}` };
  const got = await call("POST", "/register", { body });
  expect([got.status, got.body.email]).toEqual([201, body.email]);
});

function inUrl(text: string): string[] {
  const bare = encodeURIComponent(text);
  return [...new Set([bare, bare.replaceAll("%20", "+")])];
}

describe.each(ROUTES.filter(({ pathParameters }) => pathParameters !== null))("$method $path: its ids", (route) => {
  const names = [...route.path.matchAll(/\{\w+\}/g)].map(([name]) => name);

  test.each(names)("names nothing where %s is no id", async (name) => {
    const body = route.body === null ? {} : { body: sampleBody(route, world) };
    const credentials = await credentialsFor(route, world);
    const segment = route.path.split("/").indexOf(name);
    const real = pathOf(route, world).split("/")[segment] ?? "";
    for (const text of HOSTILE) {
      for (const id of [encodeURIComponent(text), `${real}${encodeURIComponent(text)}`]) {
        const path = pathOf({ ...route, path: route.path.replace(name, id.replaceAll(".", "%2e")) }, world);
        const got = await call(route.method, path, { ...credentials, ...body });
        expectPlain(got);
        expect(got.status).toBe(404);
      }
    }
  });
});

/** A search finds events by their words, as its own text has them, and by nothing else. */
function hasWords(event: Body<"GET /events">[number], query: string): boolean {
  const words = new Set(tokensOfEvent(event));
  return searchedTokens(new URLSearchParams(`q=${query}`).get("q") ?? "").every((word) => words.has(word));
}

/** A search at the door finds who was named like that, here by a holder or at the counter. */
async function hasName({ holder, order }: Body<"GET /events/{id}/passes">[number], query: string): Promise<boolean> {
  const asked = (new URLSearchParams(`q=${query}`).get("q") ?? "").trim().toLowerCase();
  const customer = await env.DB.prepare("SELECT counter ->> '$.customerName' AS name FROM orders WHERE id = ?")
    .bind(order)
    .first<{ name: string | null }>();
  return [holder, customer?.name].some((name) => name?.toLowerCase().includes(asked));
}

/** What an organiser finds was sold to somebody of that name, or is for somebody of it. */
async function isOfName(reservationIds: readonly string[], query: string): Promise<boolean> {
  const asked = (new URLSearchParams(`q=${query}`).get("q") ?? "").trim().toLowerCase();
  const { results } = await env.DB.prepare(
    `SELECT holder_name AS name FROM passes WHERE reservation_id IN (SELECT value FROM json_each(?1))
     UNION ALL SELECT counter ->> '$.customerName' FROM orders WHERE id IN (
       SELECT order_id FROM reservations WHERE id IN (SELECT value FROM json_each(?1)))`,
  )
    .bind(JSON.stringify(reservationIds))
    .all<{ name: string | null }>();
  return results.some(({ name }) => name?.toLowerCase().includes(asked));
}

const PARAMETERS = ROUTES.flatMap((route) => stringFields(route.query).map((at) => ({ route, name: at.join(".") })));

describe.each(PARAMETERS)("$route.method $route.path?$name=", ({ route, name }) => {
  // The ticket of a stream stands for a token.
  const refusedTicket = name === "ticket" ? 401 : 422;

  test("is refused, or finds nothing, where it is not what the parameter takes", async () => {
    const credentials = await credentialsFor(route, world);
    const usual = await call(route.method, pathOf(route, world), credentials);
    for (const value of HOSTILE.flatMap(inUrl)) {
      const got = await call(route.method, `${pathOf(route, world)}?${name}=${value}`, credentials);
      expectPlain(got);
      expect([200, 404, 422, refusedTicket]).toContain(got.status);
      if (got.status !== 200) expect(got.text).not.toBe(usual.text);
      else if (route.path.endsWith("/passes")) {
        for (const pass of got.list as Body<"GET /events/{id}/passes">) expect(await hasName(pass, value)).toBe(true);
      } else if (route.path.endsWith("/orders") && name === "q") {
        for (const { items } of got.list as Body<"GET /events/{id}/orders">) {
          expect(
            await isOfName(
              items.map(({ reservation }) => reservation),
              value,
            ),
          ).toBe(true);
        }
      } else if (route.path.endsWith("/attendees") && name === "q") {
        for (const { reservation } of got.list as Body<"GET /events/{id}/attendees">) {
          expect(await isOfName([reservation], value)).toBe(true);
        }
      } else if (name === "q")
        for (const event of got.list as Body<"GET /events">) expect(hasWords(event, value)).toBe(true);
      else expect(got.list).toEqual([]);
    }
  });

  const answerTo = async (query: string) =>
    call(route.method, `${pathOf(route, world)}?${query}`, await credentialsFor(route, world));

  test("is refused twice", async () => {
    for (const query of [`${name}=1&${name}=1`, `${name}=&${name}=1`]) {
      expect((await answerTo(query)).status, query).toBe(refusedTicket);
    }
  });

  test("leaves names that the route does not know to be refused, or to be ignored on a public page", async () => {
    const usual = await answerTo("");
    for (const query of ["__proto__=1", "constructor=1", `${name}[$gt]=`, `${name}[]=1`]) {
      const { status, text } = await answerTo(query);
      if (route.access === "anyone") expect([status, text], query).toEqual([usual.status, usual.text]);
      else expect(status, query).toBe(422);
    }
  });
});

test("headers that identify someone or something are text", async () => {
  const { buyer, ticketId } = await newWorld();
  for (const text of CLASSICS) {
    for (const [path, header, value, status] of [
      ["/me", "authorization", `Bearer ${text}`, 401],
      ["/me", "cookie", `__Host-session=${text}`, 401],
      ["/events", "cf-connecting-ip", text, 200],
      ["/events", "user-agent", text, 200],
    ] as const) {
      const got = await call("GET", path, { headers: { [header]: value } });
      expectPlain(got);
      expect(got.status).toBe(status);
    }
    const request = {
      token: buyer.token,
      body: { ticket: ticketId, quantity: 1 },
      headers: { "idempotency-key": text },
    };
    const first = await call("POST", "/reservations", request);
    expectPlain(first);
    expect(first.status).toBe(201);
    expect(seen(await call("POST", "/reservations", request))).toEqual(replayOf(first));
  }
});
