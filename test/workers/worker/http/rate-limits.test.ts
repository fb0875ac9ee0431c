// The rate limits: what each counts, whom it refuses, and whom it does not affect.

import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import { deviceToken } from "../../../../src/worker/auth/devices.ts";
import { hashPassword } from "../../../../src/worker/auth/passwords.ts";
import { accessToken } from "../../../../src/worker/auth/tokens.ts";
import type { LimitName } from "../../../../src/worker/env.ts";
import { PROBLEMS } from "../../../../src/worker/http/problem-types.ts";
import config from "../../../../wrangler.toml?raw";
import { CONFIGURED, countedKeys, forgetCounts, LIMITS, limitOf, setCount } from "../../../support/limits.ts";
import { boughtPasses, codeOf } from "../../../support/passes.ts";
import {
  type Answer,
  type CallOptions,
  call,
  hold,
  newPerson,
  objectOf,
  type Person,
  putOnSale,
  someAddress,
} from "../../../support/service.ts";

vi.setConfig({ testTimeout: 120_000 });

const PERIOD_SECONDS = PROBLEMS["slow-down"].retryAfterSeconds;
const PASSWORD = "correct horse battery";
/** Valid, and refused before it is hashed. */
const WEAK = { username: "newcomer", email: "newcomer@example.test", password: "password" };
const NAMES = [
  ...["LIMIT_REGISTER", "LIMIT_SIGN_IN", "LIMIT_SIGN_IN_ADDRESS", "LIMIT_SIGN_IN_STRANGERS", "LIMIT_REFRESH"],
  ...["LIMIT_ACCOUNT", "LIMIT_RESERVE", "LIMIT_RESERVE_ADDRESS", "LIMIT_PAY", "LIMIT_PASS_ON"],
  ...["LIMIT_CODE", "LIMIT_CODE_ADDRESS", "LIMIT_LIVE", "LIMIT_MAIL", "LIMIT_MAIL_ADDRESS", "LIMIT_LINK"],
  "LIMIT_SCAN",
] as LimitName[];
const BY_ADDRESS = [
  ...["LIMIT_REGISTER", "LIMIT_SIGN_IN_ADDRESS", "LIMIT_REFRESH", "LIMIT_RESERVE_ADDRESS", "LIMIT_LIVE"],
] as LimitName[];
const passwordHash = await hashPassword(PASSWORD);
/** With the limits as they are in wrangler.toml. */
function limited(method: string, path: string, address: string, options: CallOptions = {}) {
  const headers = { "cf-connecting-ip": address, ...options.headers };
  return call(method, path, { settings: { RATE_LIMITS: "on", ...LIMITS }, ...options, headers });
}

/** Uses a limit up, but for `left`. */
function exhaust(name: LimitName, key: string, left = 0): void {
  setCount(name, key, limitOf(name) - left);
}

beforeEach(forgetCounts);

function expectSlowDown({ status, body, headers }: Answer): void {
  expect([status, body.type]).toEqual([429, "/problems/slow-down"]);
  expect(headers.get("retry-after")).toBe(String(PERIOD_SECONDS));
}

async function withPassword(): Promise<Person> {
  const person = await newPerson();
  await env.DB.prepare("UPDATE accounts SET password_hash = ? WHERE id = ?").bind(passwordHash, person.accountId).run();
  return person;
}

function signIn({ username }: { username: string }, address = someAddress(), cookie?: string, password = PASSWORD) {
  const headers: Record<string, string> = cookie === undefined ? {} : { cookie };
  return limited("POST", "/api-auth/login", address, { body: { username, password }, headers });
}

function guess(username: string, address = someAddress(), cookie?: string) {
  return signIn({ username }, address, cookie, "a guess");
}

/** The cookie of a device that signed in to the account when its password had this hash. */
async function deviceOf({ accountId }: Person, hash = "!", secrets: Parameters<typeof deviceToken>[0] = env) {
  return `__Host-device=${await deviceToken(secrets, { id: accountId, passwordHash: hash })}`;
}

function deviceCookieOf({ headers }: Answer): string {
  return headers.getSetCookie().find((cookie) => cookie.startsWith("__Host-device=")) ?? "";
}

/** How many calls a limit lets through, and of one more. Null where a period ended meanwhile. */
async function countThrough(name: LimitName): Promise<{ within: number; beyond: number } | null> {
  const period = () => Math.floor(Date.now() / (PERIOD_SECONDS * 1_000));
  const key = newId();
  const before = period();
  const within = await Promise.all(Array.from({ length: limitOf(name) }, () => env[name].limit({ key })));
  const beyond = await env[name].limit({ key });
  if (period() !== before) return null;
  return { within: within.filter(({ success }) => success).length, beyond: Number(beyond.success) };
}

describe("wrangler.toml", () => {
  test("has each limit once, with a namespace of its own and the period that Retry-After promises", () => {
    expect(CONFIGURED.map(({ name }) => name)).toEqual(NAMES);
    expect(config.match(/\[\[ratelimits\]\]/g)).toHaveLength(NAMES.length);
    expect(new Set(CONFIGURED.map(({ namespace }) => namespace)).size).toBe(NAMES.length);
    for (const { name, period } of CONFIGURED) expect(period, name).toBe(PERIOD_SECONDS);
  });

  test("lets at least ten times as many through from one address as from one account", () => {
    const widest = Math.max(limitOf("LIMIT_SIGN_IN"), limitOf("LIMIT_SIGN_IN_STRANGERS"), limitOf("LIMIT_RESERVE"));
    for (const name of BY_ADDRESS) expect(limitOf(name), name).toBeGreaterThanOrEqual(10 * widest);
    expect(limitOf("LIMIT_CODE_ADDRESS")).toBeGreaterThanOrEqual(10 * limitOf("LIMIT_CODE"));
  });

  test("has limits that the platform enforces", async () => {
    for (const name of NAMES) {
      // Counts begin anew with each period: what is counted in two of them says nothing.
      let counted = await countThrough(name);
      while (counted === null) counted = await countThrough(name);
      expect(counted, name).toEqual({ within: limitOf(name), beyond: 0 });
    }
  });
});

describe("registering", () => {
  test("is limited by address, before a password is looked at or hashed", async () => {
    const address = someAddress();
    for (let n = 0; n < limitOf("LIMIT_REGISTER"); n++) {
      expect((await limited("POST", "/register", address, { body: WEAK })).status).toBe(422);
    }
    expectSlowDown(await limited("POST", "/register", address, { body: WEAK }));
    expect((await limited("POST", "/register", someAddress(), { body: WEAK })).status).toBe(422);
  });

  test("is counted for a whole /64, whatever the client says of itself", async () => {
    exhaust("LIMIT_REGISTER", "2001:db8:1:2::/64");
    const headers = { "x-forwarded-for": "198.51.100.7", forwarded: "for=198.51.100.7", "x-real-ip": "198.51.100.7" };
    for (const host of ["::1", "::2", ":ffff:0:0:1"]) {
      expectSlowDown(await limited("POST", "/register", `2001:db8:1:2${host}`, { body: WEAK, headers }));
    }
    expect((await limited("POST", "/register", "2001:db8:1:3::1", { body: WEAK })).status).toBe(422);
  });
});

describe("signing in", () => {
  test("is limited for one account at one address, in any spelling, and not for another account", async () => {
    const { username } = await newPerson();
    exhaust("LIMIT_SIGN_IN", `192.0.2.31 ${username.toLowerCase()}`, 2);
    for (const spelling of [username, username.toUpperCase()]) {
      expect((await guess(spelling, "192.0.2.31")).status).toBe(401);
    }
    expectSlowDown(await guess(username, "192.0.2.31"));
    expect((await guess(`other-${newId()}`, "192.0.2.31")).status).toBe(401);
  });

  test("is limited for an e-mail address in any spelling, and its account's username is counted apart", async () => {
    const { username, accountId } = await newPerson();
    exhaust("LIMIT_SIGN_IN", `192.0.2.32 ${accountId}@xn--mnchen-3ya.de`);
    for (const spelling of ["münchen.de", "MÜNCHEN.DE", "xn--mnchen-3ya.de"]) {
      expectSlowDown(await guess(`${accountId}@${spelling}`, "192.0.2.32"));
    }
    expect((await guess(username, "192.0.2.32")).status).toBe(401);
  });

  test("goes on elsewhere for the owner of an account, however often one address tries", async () => {
    const person = await withPassword();
    const attacker = someAddress();
    exhaust("LIMIT_SIGN_IN", `${attacker.replace("::1", "::/64")} ${person.username.toLowerCase()}`);
    for (let n = 0; n <= limitOf("LIMIT_SIGN_IN_STRANGERS"); n++)
      expectSlowDown(await guess(person.username, attacker));
    expect((await signIn(person)).status).toBe(200);
    expectSlowDown(await signIn(person, attacker));
    // What was refused has used up nothing of the address for other accounts.
    expect((await guess(`other-${newId()}`, attacker)).status).toBe(401);
  });

  test("is limited for all accounts together at one address", async () => {
    const address = someAddress().replace("::1", "");
    exhaust("LIMIT_SIGN_IN_ADDRESS", `${address}::/64`);
    expectSlowDown(await guess(`nobody-${newId()}`, `${address}::1`));
  });

  test("is limited for one account over all addresses, but not for a device of its owner", async () => {
    const person = await withPassword();
    const cookie = deviceCookieOf(await signIn(person)).split(";")[0];
    exhaust("LIMIT_SIGN_IN_STRANGERS", person.username.toLowerCase());
    expectSlowDown(await signIn(person));
    expect((await signIn(person, someAddress(), cookie)).status).toBe(200);
  });

  test("is limited for one known device, which gets no new count by signing in", async () => {
    const person = await withPassword();
    let cookie = await deviceOf(person, passwordHash);
    exhaust("LIMIT_SIGN_IN", `device ${decodeJwt(cookie.replace("__Host-device=", "")).did}`, 2);
    for (let n = 0; n < 2; n++) {
      const reply = await signIn(person, someAddress(), cookie);
      expect(reply.status).toBe(200);
      cookie = deviceCookieOf(reply);
    }
    expectSlowDown(await signIn(person, someAddress(), cookie));
    expectSlowDown(await guess(person.username, someAddress(), cookie));
  });

  test.each<[what: string, cookie: (person: Person) => Promise<string>]>([
    ["another account's device", async () => deviceOf(await newPerson())],
    ["a device that knew another password", (person) => deviceOf(person, "the hash of another one")],
    ["an access token in place of a device's", async ({ token }) => `__Host-device=${token}`],
    ["a device token of another key", (person) => deviceOf(person, "!", { SESSION_SECRET: "x".repeat(32) })],
    ["nonsense", async () => "__Host-device=a.b.c"],
  ])("counts as a stranger's with %s", async (_what, cookieFor) => {
    const person = await newPerson();
    exhaust("LIMIT_SIGN_IN_STRANGERS", person.username.toLowerCase());
    expectSlowDown(await guess(person.username, someAddress(), await cookieFor(person)));
  });

  test("from many known devices at one address is limited by the address", async () => {
    exhaust("LIMIT_SIGN_IN_ADDRESS", "devices 192.0.2.41");
    const person = await newPerson();
    const cookie = await deviceOf(person);
    expectSlowDown(await guess(person.username, "192.0.2.41", cookie));
    expect((await guess(person.username, "192.0.2.42", cookie)).status).toBe(401);
  });

  test("is counted for unknown names too", async () => {
    const username = `nobody-${newId()}`;
    exhaust("LIMIT_SIGN_IN_STRANGERS", username);
    expectSlowDown(await guess(username));
  });
});

describe("a session", () => {
  test("is refreshed only so often from one address", async () => {
    const network = someAddress().replace("::1", "");
    exhaust("LIMIT_REFRESH", `${network}::/64`);
    const body = { refresh_token: "x" };
    expectSlowDown(await limited("POST", "/api-auth/refresh", `${network}::1`, { body }));
    expect((await limited("POST", "/api-auth/refresh", someAddress(), { body })).status).toBe(401);
  });

  test.each<[method: string, path: string, anyBody?: unknown]>([
    ["POST", "/me/password", { current_password: "a guess", new_password: PASSWORD }],
    ["POST", "/me/deletion", { password: "a guess" }],
    ["GET", "/me/export"],
  ])("can't be used to guess the password or to fetch everything in a loop: %s %s", async (method, path, anyBody) => {
    const { token, accountId } = await newPerson();
    exhaust("LIMIT_ACCOUNT", String(decodeJwt(token).sid));
    expectSlowDown(await limited(method, path, someAddress(), { token, anyBody }));
    // The owner's other session is not affected: a thief may have the first.
    const another = await accessToken(env, accountId);
    expect((await limited(method, path, someAddress(), { token: another, anyBody })).status).not.toBe(429);
  });
});

describe("hoarding", () => {
  test("by reserving and cancelling in a loop slows down, for this account only", async () => {
    const { ticketId } = await putOnSale();
    const [hoarder, buyer] = [await newPerson(), await newPerson()];
    const body = { ticket: ticketId, quantity: 1 };
    const reserve = ({ token }: Person) => limited("POST", "/reservations", someAddress(), { token, body });
    for (let n = 0; n < limitOf("LIMIT_RESERVE"); n++) {
      const held = await reserve(hoarder);
      expect(held.status).toBe(201);
      const path = held.headers.get("location") ?? "";
      expect((await call("DELETE", path, { token: hoarder.token })).status).toBe(204);
    }
    expectSlowDown(await reserve(hoarder));
    expect((await reserve(buyer)).status).toBe(201);
  });

  test("by one account uses up nothing of what others at its address may reserve", async () => {
    const { ticketId } = await putOnSale();
    const [hoarder, buyer] = [await newPerson(), await newPerson()];
    const [address, body] = [someAddress(), { ticket: ticketId, quantity: 1 }];
    exhaust("LIMIT_RESERVE", hoarder.accountId);
    for (let n = 0; n <= limitOf("LIMIT_RESERVE_ADDRESS"); n++) {
      expectSlowDown(await limited("POST", "/reservations", address, { token: hoarder.token, body }));
    }
    expect((await limited("POST", "/reservations", address, { token: buyer.token, body })).status).toBe(201);
  });

  test("with many accounts at one address is limited by the address", async () => {
    const { ticketId } = await putOnSale();
    exhaust("LIMIT_RESERVE_ADDRESS", "192.0.2.77");
    const body = { ticket: ticketId, quantity: 1 };
    for (const { token } of [await newPerson(), await newPerson()]) {
      expectSlowDown(await limited("POST", "/reservations", "192.0.2.77", { token, body }));
    }
    expect((await call("GET", `/tickets/${ticketId}`)).body.available).toBe(100);
  });

  test("by trying cards slows down", async () => {
    const { token, accountId } = await newPerson();
    exhaust("LIMIT_PAY", accountId);
    const path = "/reservations/0000000000000000-00000000000000000000/payment";
    const body = { payment_method: "pm_card_visa" };
    expectSlowDown(await limited("POST", path, someAddress(), { token, body }));
  });
});

describe("at the door", () => {
  const scansOf = (eventId: string, count: number) => {
    const scans = Array.from({ length: count }, () => ({ code: "no code", gate: "North", key: crypto.randomUUID() }));
    return { event: eventId, scans };
  };

  test("an account's scans are limited, with what it takes back and looks for; another's go on", async () => {
    const { organizer, eventId, ticketId } = await putOnSale();
    const other = await newPerson();
    await call("PUT", `/events/${eventId}/crew/${other.accountId}`, {
      token: organizer.token,
      body: { part: "scanner" },
    });
    const [pass = ""] = await boughtPasses(ticketId);
    const key = () => crypto.randomUUID();
    const asked: [method: string, path: string, body?: object][] = [
      ["POST", "/check-ins", { event: eventId, code: "no code", gate: "North", key: key() }],
      ["POST", "/check-ins/batch", scansOf(eventId, 1)],
      ["POST", `/check-ins/${pass}/out`, { gate: "North", key: key() }],
      ["POST", `/check-ins/${pass}/undo`, { key: key() }],
      ["GET", `/events/${eventId}/passes?q=somebody`],
    ];
    exhaust("LIMIT_SCAN", organizer.accountId, asked.length);
    const ask = ({ token }: Person, [method, path, body]: (typeof asked)[number]) =>
      limited(method, path, someAddress(), { token, ...(body === undefined ? {} : { anyBody: body }) });
    for (const each of asked) expect((await ask(organizer, each)).status, each[1]).toBe(200);
    for (const each of asked) expectSlowDown(await ask(organizer, each));
    expect((await ask(other, asked[0] as (typeof asked)[number])).status).toBe(200);
  });

  test("a batch counts once for every fifty of its scans, and nothing of it is decided beyond the limit", async () => {
    const { organizer, eventId, ticketId } = await putOnSale();
    const { token, accountId } = organizer;
    const [pass = ""] = await boughtPasses(ticketId);
    const bring = (count: number, more: object[] = []) => {
      const body = scansOf(eventId, count);
      return limited("POST", "/check-ins/batch", someAddress(), {
        token,
        anyBody: { ...body, scans: [...body.scans, ...more] },
      });
    };
    exhaust("LIMIT_SCAN", accountId, 4);
    expect((await bring(50)).status).toBe(200);
    expect((await bring(51)).status).toBe(200);
    const good = { code: await codeOf(pass), gate: "North", key: crypto.randomUUID() };
    expectSlowDown(await bring(50, [good]));
    expect(await objectOf(ticketId).doorChanges(0)).toMatchObject({ passes: [] });
  });
});

test("a client may begin to watch only so often from one address", async () => {
  const { ticketId, eventId } = await putOnSale();
  const { token, ...buyer } = await newPerson();
  const { id } = (await hold({ token, ...buyer }, ticketId)).body;
  exhaust("LIMIT_LIVE", "192.0.2.91");
  const items = [{ ticket: ticketId, quantity: 1 }];
  const order = (await call("POST", "/orders", { token, body: { items } })).body.id;
  const own = [`/reservations/${id}/live`, `/orders/${order}/live`];
  for (const path of [`/tickets/${ticketId}/live`, `/events/${eventId}/live`, ...own]) {
    expectSlowDown(await limited("GET", path, "192.0.2.91", { token }));
    expect((await limited("GET", path, "192.0.2.92", { token })).status).toBe(200);
  }
});

describe("what is refused unread uses up no limit:", () => {
  const HOLD = `${"0".repeat(16)}-${"0".repeat(20)}`;
  const PAY = `/reservations/${HOLD}/payment`;
  const JSON_TYPE = { "content-type": "application/json" };

  test.each<[method: string, path: string, options: CallOptions]>([
    ["POST", PAY, { raw: "{", headers: JSON_TYPE }],
    ["POST", PAY, { raw: "x".repeat(20_000), headers: JSON_TYPE }],
    ["POST", PAY, { raw: "a=b", headers: { "content-type": "text/plain" } }],
    ["POST", PAY, { anyBody: { payment_method: 5 } }],
    ["POST", PAY, { anyBody: { payment_method: "pm_card_gold" } }],
    ["POST", PAY, { anyBody: { card: "4242" } }],
    ["POST", PAY, { anyBody: {}, headers: { "idempotency-key": "" } }],
    ["POST", `${PAY}?now=1`, { anyBody: {} }],
    ["POST", "/reservations/x/payment", { anyBody: {} }],
    ["POST", "/reservations", { anyBody: { ticket: "x", quantity: 0 } }],
    ["POST", "/register", { anyBody: {} }],
    ["POST", "/api-auth/refresh", { anyBody: { refresh_token: 1 } }],
    ["POST", "/me/password", { anyBody: {} }],
    ["POST", "/me/deletion", { anyBody: {} }],
    ["GET", "/me/export?all=1", {}],
    ["GET", "/tickets/x/live", {}],
    ["GET", "/events/x/live", {}],
    ["GET", "/reservations/x/live", {}],
    ["GET", "/orders/x/live", {}],
  ])("%s %s (%#)", async (method, path, options) => {
    const { token } = await newPerson();
    const { status } = await limited(method, path, someAddress(), { token, ...options });
    expect([status >= 400 && status < 500, countedKeys()]).toEqual([true, []]);
  });

  test("a link on another site to the visitor's export", async () => {
    const headers = { cookie: `__Host-session=${(await newPerson()).token}`, "sec-fetch-site": "cross-site" };
    const { status } = await limited("GET", "/me/export", someAddress(), { headers });
    expect([status, countedKeys()]).toEqual([403, []]);
  });
});

describe("a limit", () => {
  test("refuses nobody while the counter is down", async () => {
    const broken = { limit: () => Promise.reject(new Error("no answer")) };
    const settings = { RATE_LIMITS: "on", LIMIT_RESERVE: broken, LIMIT_RESERVE_ADDRESS: broken };
    const { token } = await newPerson();
    const body = { ticket: (await putOnSale()).ticketId, quantity: 1 };
    expect((await call("POST", "/reservations", { token, body, settings })).status).toBe(201);
  });

  test.each(["on", "", "OFF", "false", "0", "off"])("counts, unless RATE_LIMITS is off: %s", async (value) => {
    exhaust("LIMIT_REGISTER", "192.0.2.200");
    const options = { anyBody: WEAK, settings: { ...LIMITS, RATE_LIMITS: value } };
    const { status } = await limited("POST", "/register", "192.0.2.200", options);
    expect(status).toBe(value === "off" ? 422 : 429);
  });
});
