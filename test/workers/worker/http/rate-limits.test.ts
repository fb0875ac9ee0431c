// How often what may be asked: the limits of wrangler.toml, each until it is reached, and who is
// not met by it.

import { env } from "cloudflare:workers";
import { decodeJwt } from "jose";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import { deviceToken } from "../../../../src/worker/auth/devices.ts";
import { hashPassword } from "../../../../src/worker/auth/passwords.ts";
import { accessToken } from "../../../../src/worker/auth/tokens.ts";
import type { LimitName } from "../../../../src/worker/env.ts";
import { PROBLEMS } from "../../../../src/worker/http/problems.ts";
import config from "../../../../wrangler.toml?raw";
import {
  type Answer,
  type CallOptions,
  call,
  hold,
  newPerson,
  type Person,
  putOnSale,
  someAddress,
  until,
} from "../../../support/service.ts";

// Some wait for the next minute of the clock.
vi.setConfig({ testTimeout: 90_000 });
const PERIOD_SECONDS = PROBLEMS["slow-down"].retryAfterSeconds;
const ON = { RATE_LIMITS: "on" };
const PASSWORD = "correct horse battery";
const CONFIGURED = [
  ...config.matchAll(
    /name = "(LIMIT_\w+)"[^\n]*\nnamespace_id = "(\d+)"\nsimple = \{ limit = (\d+), period = (\d+) \}/g,
  ),
];
let passwordHash: string;

beforeAll(async () => {
  passwordHash = await hashPassword(PASSWORD);
});

function limitOf(name: LimitName): number {
  return Number(CONFIGURED.find((match) => match[1] === name)?.[3]);
}

/** With the limits as they are in wrangler.toml. */
function limited(method: string, path: string, address: string, options: CallOptions = {}) {
  return call(method, path, { settings: ON, ...options, headers: { "cf-connecting-ip": address, ...options.headers } });
}

/** Counts begin anew with each minute of the clock: what is asked together is asked in one. */
async function inOneMinute(): Promise<void> {
  const leftMs = PERIOD_SECONDS * 1_000 - (Date.now() % (PERIOD_SECONDS * 1_000));
  if (leftMs < 20_000) await scheduler.wait(leftMs + 100);
}

function expectSlowDown(answer: Answer): void {
  expect(answer.status).toBe(429);
  expect(answer.body.type).toBe("/problems/slow-down");
  expect(answer.headers.get("retry-after")).toBe(String(PERIOD_SECONDS));
}

/** For a device that has signed in to the account, when its password's hash was this one. */
function deviceOf(
  { accountId }: Person,
  hash = "!",
  secrets: Parameters<typeof deviceToken>[0] = env,
): Promise<string> {
  return deviceToken(secrets, { id: accountId, passwordHash: hash });
}

async function withPassword(): Promise<Person> {
  const person = await newPerson();
  await env.DB.prepare("UPDATE accounts SET password_hash = ? WHERE id = ?").bind(passwordHash, person.accountId).run();
  return person;
}

function guess(username: string, address: string, headers: Record<string, string> = {}) {
  return limited("POST", "/api-auth/login", address, { body: { username, password: "a guess" }, headers });
}

/** Uses a limit up without the work behind it, but for `left`. */
async function exhaust(name: LimitName, key: string, left = 0): Promise<void> {
  for (let n = left; n < limitOf(name); n++) expect((await env[name].limit({ key })).success).toBe(true);
  if (left === 0) expect((await env[name].limit({ key })).success).toBe(false);
}

describe("wrangler.toml", () => {
  test("names each limit once, with a namespace of its own and the period that Retry-After promises", () => {
    const names = CONFIGURED.map((match) => match[1]);
    expect(names).toEqual([
      ...["LIMIT_REGISTER", "LIMIT_SIGN_IN", "LIMIT_SIGN_IN_ADDRESS", "LIMIT_SIGN_IN_STRANGERS", "LIMIT_REFRESH"],
      ...["LIMIT_ACCOUNT", "LIMIT_RESERVE", "LIMIT_RESERVE_ADDRESS", "LIMIT_PAY", "LIMIT_LIVE"],
    ]);
    expect(config.match(/\[\[ratelimits\]\]/g)).toHaveLength(names.length);
    expect(new Set(CONFIGURED.map((match) => match[2])).size).toBe(names.length);
    for (const match of CONFIGURED) expect(Number(match[4]), match[1]).toBe(PERIOD_SECONDS);
  });
});

describe("registering", () => {
  test("is limited by address, before anything is read or hashed", async () => {
    await inOneMinute();
    const address = someAddress();
    for (let n = 0; n < limitOf("LIMIT_REGISTER"); n++) {
      expect((await limited("POST", "/register", address, { body: {} })).status).toBe(422);
    }
    expectSlowDown(await limited("POST", "/register", address, { body: {} }));
    expect((await limited("POST", "/register", someAddress(), { body: {} })).status).toBe(422);
  });

  test("is counted for a whole /64, and not by what the client says of itself", async () => {
    await inOneMinute();
    await exhaust("LIMIT_REGISTER", "2001:db8:1:2::/64");
    const forged = { "x-forwarded-for": "198.51.100.7", forwarded: "for=198.51.100.7", "x-real-ip": "198.51.100.7" };
    for (const host of ["::1", "::2", ":ffff:0:0:1"]) {
      expectSlowDown(await limited("POST", "/register", `2001:db8:1:2${host}`, { body: {}, headers: forged }));
    }
    expect((await limited("POST", "/register", "2001:db8:1:3::1", { body: {} })).status).toBe(422);
  });
});

describe("signing in", () => {
  test("is limited for one account at one address, in any spelling", async () => {
    await inOneMinute();
    const { username } = await newPerson();
    await exhaust("LIMIT_SIGN_IN", `192.0.2.31 ${username.toLowerCase()}`, 2);
    for (const spelling of [username, username.toUpperCase()]) {
      expect((await guess(spelling, "192.0.2.31")).status).toBe(401);
    }
    expectSlowDown(await guess(username, "192.0.2.31"));
    expect((await guess(`other-${newId()}`, "192.0.2.31")).status).toBe(401);
  });

  test("of an account goes on for its owner at another address", async () => {
    await inOneMinute();
    const { username } = await withPassword();
    const attacker = "192.0.2.32";
    await exhaust("LIMIT_SIGN_IN", `${attacker} ${username.toLowerCase()}`);
    const body = { username, password: PASSWORD };
    expect((await limited("POST", "/api-auth/login", someAddress(), { body })).status).toBe(200);
    expectSlowDown(await limited("POST", "/api-auth/login", attacker, { body }));
  });

  test("is refused to nobody elsewhere by one address, however often that tries", async () => {
    await inOneMinute();
    const { username } = await withPassword();
    const attacker = someAddress();
    await exhaust("LIMIT_SIGN_IN", `${attacker.replace("::1", "::/64")} ${username.toLowerCase()}`);
    for (let n = 0; n <= limitOf("LIMIT_SIGN_IN_STRANGERS"); n++) expectSlowDown(await guess(username, attacker));
    const body = { username, password: PASSWORD };
    expect((await limited("POST", "/api-auth/login", someAddress(), { body })).status).toBe(200);
    // Nor is the address used up for other accounts.
    expect((await guess(`other-${newId()}`, attacker)).status).toBe(401);
  });

  test("is limited for all accounts together at one address", async () => {
    await inOneMinute();
    const address = someAddress().replace("::1", "");
    await exhaust("LIMIT_SIGN_IN_ADDRESS", `${address}::/64`);
    expectSlowDown(await guess(`nobody-${newId()}`, `${address}::1`));
  });

  test("is limited for one account over all addresses, but not for a device of its owner", async () => {
    await inOneMinute();
    const person = await withPassword();
    const body = { username: person.username, password: PASSWORD };
    const signedIn = await limited("POST", "/api-auth/login", someAddress(), { body });
    const device = signedIn.headers.getSetCookie().find((cookie) => cookie.startsWith("__Host-device="));
    const cookie = device?.split(";")[0] ?? "";
    for (let n = 1; n < limitOf("LIMIT_SIGN_IN_STRANGERS"); n++) {
      await env.LIMIT_SIGN_IN_STRANGERS.limit({ key: person.username.toLowerCase() });
    }
    expectSlowDown(await limited("POST", "/api-auth/login", someAddress(), { body }));
    const known = await limited("POST", "/api-auth/login", someAddress(), { body, headers: { cookie } });
    expect(known.status).toBe(200);
  });

  test("from a known device is limited by itself", async () => {
    await inOneMinute();
    const person = await newPerson();
    const token = await deviceOf(person);
    const headers = { cookie: `__Host-device=${token}` };
    await exhaust("LIMIT_SIGN_IN", `device ${decodeJwt(token).did}`, 1);
    expect((await guess(person.username, someAddress(), headers)).status).toBe(401);
    expectSlowDown(await guess(person.username, someAddress(), headers));
  });

  test("from a known device makes it no new one: it can't be had anew with each sign-in", async () => {
    await inOneMinute();
    const person = await withPassword();
    let cookie = `__Host-device=${await deviceOf(person, passwordHash)}`;
    const body = { username: person.username, password: PASSWORD };
    const address = someAddress();
    for (let n = 0; n < limitOf("LIMIT_SIGN_IN"); n++) {
      const answer = await limited("POST", "/api-auth/login", address, { body, headers: { cookie } });
      expect(answer.status).toBe(200);
      cookie = answer.headers.getSetCookie().find((each) => each.startsWith("__Host-device=")) ?? "";
    }
    expectSlowDown(await limited("POST", "/api-auth/login", address, { body, headers: { cookie } }));
  });

  test.each<[what: string, device: (person: Person) => Promise<string>]>([
    ["another account's device", async () => deviceOf(await newPerson())],
    ["a device that knew another password", (person) => deviceOf(person, "the hash of another one")],
    ["an access token taken for a device", async (person) => person.token],
    ["a device token of another key", (person) => deviceOf(person, "!", { SESSION_SECRET: "x".repeat(32) })],
    ["nonsense", async () => "a.b.c"],
  ])("is a stranger's with %s", async (_what, tokenFor) => {
    await inOneMinute();
    const person = await newPerson();
    await exhaust("LIMIT_SIGN_IN_STRANGERS", person.username.toLowerCase());
    expectSlowDown(await guess(person.username, someAddress(), { cookie: `__Host-device=${await tokenFor(person)}` }));
  });

  test("from many known devices at one address is limited by the address", async () => {
    await inOneMinute();
    await exhaust("LIMIT_SIGN_IN_ADDRESS", "devices 192.0.2.41");
    const person = await newPerson();
    const headers = { cookie: `__Host-device=${await deviceOf(person)}` };
    expectSlowDown(await guess(person.username, "192.0.2.41", headers));
    expect((await guess(person.username, "192.0.2.42", headers)).status).toBe(401);
  });

  test("is counted for names that nobody has as for others", async () => {
    await inOneMinute();
    const username = `nobody-${newId()}`;
    await exhaust("LIMIT_SIGN_IN_STRANGERS", username);
    expectSlowDown(await guess(username, someAddress()));
  });
});

describe("a session", () => {
  test("is refreshed only so often from one address", async () => {
    await inOneMinute();
    const network = someAddress().replace("::1", "");
    await exhaust("LIMIT_REFRESH", `${network}::/64`);
    const body = { refresh_token: "x" };
    expectSlowDown(await limited("POST", "/api-auth/refresh", `${network}::1`, { body }));
    expect((await limited("POST", "/api-auth/refresh", someAddress(), { body })).status).toBe(401);
  });

  test.each([
    ["POST", "/me/password"],
    ["POST", "/me/deletion"],
    ["GET", "/me/export"],
  ])("can't be used to guess the password or fetch everything in a loop: %s %s", async (method, path) => {
    await inOneMinute();
    const { token, accountId } = await newPerson();
    await exhaust("LIMIT_ACCOUNT", String(decodeJwt(token).sid));
    expectSlowDown(await limited(method, path, someAddress(), { token }));
    // Not in the owner's other session: the one above may be in a thief's hands.
    const another = await accessToken(env, accountId);
    expect((await limited(method, path, someAddress(), { token: another })).status).not.toBe(429);
  });
});

describe("hoarding", () => {
  test("by reserving and cancelling in a loop slows down, for this account only", async () => {
    await inOneMinute();
    const { ticketId } = await putOnSale();
    const [hoarder, buyer] = [await newPerson(), await newPerson()];
    const body = { ticket: ticketId, quantity: 1 };
    for (let n = 0; n < limitOf("LIMIT_RESERVE"); n++) {
      const limits = { settings: ON, headers: { "cf-connecting-ip": someAddress() } };
      const held = await call("POST", "/reservations", { ...limits, token: hoarder.token, body });
      expect(held.status).toBe(201);
      expect((await call("DELETE", `/reservations/${held.body.id}`, { token: hoarder.token })).status).toBe(204);
    }
    expectSlowDown(await limited("POST", "/reservations", someAddress(), { token: hoarder.token, body }));
    expect((await limited("POST", "/reservations", someAddress(), { token: buyer.token, body })).status).toBe(201);
    // After so many changes it is a rush: availability may be some time behind.
    const ticket = await until(
      () => call("GET", `/tickets/${ticketId}`),
      (answer) => answer.body.available === 99,
    );
    expect(ticket.body.available).toBe(99);
  });

  test("by one account uses up nothing of what others at its address may ask for", async () => {
    await inOneMinute();
    const { ticketId } = await putOnSale();
    const [hoarder, buyer] = [await newPerson(), await newPerson()];
    const [address, body] = [someAddress(), { ticket: ticketId, quantity: 1 }];
    await exhaust("LIMIT_RESERVE", hoarder.accountId);
    for (let n = 0; n <= limitOf("LIMIT_RESERVE_ADDRESS"); n++) {
      expectSlowDown(await limited("POST", "/reservations", address, { token: hoarder.token, body }));
    }
    expect((await limited("POST", "/reservations", address, { token: buyer.token, body })).status).toBe(201);
  });

  test("with many accounts at one address is limited by the address", async () => {
    await inOneMinute();
    const { ticketId } = await putOnSale();
    await exhaust("LIMIT_RESERVE_ADDRESS", "192.0.2.77");
    const body = { ticket: ticketId, quantity: 1 };
    for (const _ of [1, 2, 3]) {
      expectSlowDown(await limited("POST", "/reservations", "192.0.2.77", { token: (await newPerson()).token, body }));
    }
    expect((await call("GET", `/tickets/${ticketId}`)).body.available).toBe(100);
  });

  test("beyond the limit per buyer is refused, whatever is in the request", async () => {
    const { ticketId } = await putOnSale({ max_per_buyer: 4 });
    const buyer = await newPerson();
    expect((await hold(buyer, ticketId, 3)).status).toBe(201);
    const answers = await Promise.all([hold(buyer, ticketId, 1), hold(buyer, ticketId, 1), hold(buyer, ticketId, 1)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409]);
  });

  test("by trying cards slows down", async () => {
    await inOneMinute();
    const { token, accountId } = await newPerson();
    await exhaust("LIMIT_PAY", accountId);
    const id = "0000000000000000-00000000000000000000";
    const body = { payment_method: "pm_card_visa" };
    expectSlowDown(await limited("POST", `/reservations/${id}/payment`, someAddress(), { token, body }));
  });
});

test("watching is begun only so often from one address", async () => {
  await inOneMinute();
  const { ticketId, eventId } = await putOnSale();
  const buyer = await newPerson();
  const { id } = (await hold(buyer, ticketId)).body;
  await exhaust("LIMIT_LIVE", "192.0.2.91");
  for (const path of [`/tickets/${ticketId}/live`, `/events/${eventId}/live`, `/reservations/${id}/live`]) {
    expectSlowDown(await limited("GET", path, "192.0.2.91", { token: buyer.token }));
    expect((await limited("GET", path, "192.0.2.92", { token: buyer.token })).status).toBe(200);
  }
});

describe("a limit", () => {
  test("that can't be counted stops nobody", async () => {
    const broken = { limit: () => Promise.reject(new Error("no answer")) };
    const settings = { ...ON, LIMIT_RESERVE: broken, LIMIT_RESERVE_ADDRESS: broken };
    const { ticketId } = await putOnSale();
    const body = { ticket: ticketId, quantity: 1 };
    expect((await call("POST", "/reservations", { token: (await newPerson()).token, body, settings })).status).toBe(
      201,
    );
  });

  test.each(["on", "", "OFF", "false", "0"])("is not switched off by RATE_LIMITS=%s", async (value) => {
    await inOneMinute();
    const address = `198.51.100.${crypto.getRandomValues(new Uint8Array(1))[0]}-${newId()}`;
    await exhaust("LIMIT_REGISTER", address);
    const settings = { RATE_LIMITS: value };
    expectSlowDown(
      await call("POST", "/register", { anyBody: {}, settings, headers: { "cf-connecting-ip": address } }),
    );
  });

  test("is switched off by RATE_LIMITS=off, for load tests", async () => {
    await inOneMinute();
    await exhaust("LIMIT_REGISTER", "192.0.2.200");
    const headers = { "cf-connecting-ip": "192.0.2.200" };
    const settings = { RATE_LIMITS: "off" };
    expect((await call("POST", "/register", { anyBody: {}, settings, headers })).status).toBe(422);
  });
});
