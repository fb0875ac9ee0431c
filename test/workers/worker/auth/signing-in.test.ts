// Signing in, with JSON and with an HTML form, and signing out.

import { decodeJwt } from "jose";
import { describe, expect, test } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import { sql } from "../../../support/records.ts";
import { type Answer, call, newPerson, ORIGIN, seen } from "../../../support/service.ts";
import { CHEAP_HASH, PASSWORD, storeHash } from "../../../support/sign-in.ts";

const LOGIN = "/api-auth/login";
const LOGOUT = "/api-auth/logout";
const FORM_TYPE = { "content-type": "application/x-www-form-urlencoded" };
const username = `Ada-${newId()}`;

const email = `${username}@münchen.de`;

await call("POST", "/register", { body: { username, email, password: PASSWORD } });

function login(changes: Record<string, unknown> = {}, headers: Record<string, string> = {}) {
  return call("POST", LOGIN, { body: { username, password: PASSWORD, ...changes }, headers });
}

function submitForm(fields: Record<string, string>, headers: Record<string, string> = {}) {
  const raw = new URLSearchParams(fields).toString();
  return call("POST", LOGIN, { raw, headers: { ...FORM_TYPE, ...headers } });
}

/** Each `Set-Cookie` taken apart: its value, and its attributes in no order. */
function cookiesOf(answer: Answer): Record<string, { value: string; attributes: Set<string> }> {
  const cookies = answer.headers.getSetCookie().map((cookie) => {
    const [pair = "", ...attributes] = cookie.split("; ");
    const [name = "", value = ""] = pair.split("=");
    return [name, { value, attributes: new Set(attributes) }] as const;
  });
  return Object.fromEntries(cookies);
}

function attributes(seconds: number, sameSite: "Lax" | "Strict"): Set<string> {
  return new Set(["Path=/", `Max-Age=${seconds}`, "HttpOnly", "Secure", `SameSite=${sameSite}`]);
}

const DAY = 24 * 60 * 60;

describe("signing in", () => {
  test.each([
    ["the username", username],
    ["the username in capitals", username.toUpperCase()],
    ["the username between blanks", ` ${username}\n`],
    ["the e-mail address", email],
    ["the e-mail address in capitals", email.toUpperCase()],
    ["the e-mail address between blanks", `\t${email} `],
    ["the e-mail address in ASCII", email.replace("münchen", "xn--mnchen-3ya")],
    ["the e-mail address as it may be composed", email.normalize("NFD")],
  ])("goes by %s", async (_what, name) => {
    const { status, body } = await login({ username: name });
    expect(status).toBe(200);
    expect((await call("GET", "/me", { token: body["auth-token"] })).body.username).toBe(username);
  });

  test("goes by a username that another account has as its address: it was there first", async () => {
    const address = `old-${newId()}@example.test`;
    const old = await newPerson();
    await storeHash(old, CHEAP_HASH);
    await sql("UPDATE accounts SET username = ? WHERE id = ?", address, old.accountId);
    const body = { username: `new-${newId()}`, email: address, password: "another one than the old one's" };
    expect((await call("POST", "/register", { body })).status).toBe(201);
    expect((await login({ username: address })).status).toBe(200);
    expect((await login({ username: address, password: body.password })).status).toBe(401);
    expect((await login({ username: body.username, password: body.password })).status).toBe(200);
  });
});

describe("signing in with JSON", () => {
  test("returns a token, where to go, and a cookie that holds the token", async () => {
    const answer = await login();
    expect(answer.status).toBe(200);
    expect(answer.headers.get("location")).toBe("/reservations/");
    expect(Object.keys(answer.body)).toEqual(["auth-token", "refresh_token", "expires_at"]);
    const token = answer.body["auth-token"];
    expect((await call("GET", "/me", { token })).body.username).toBe(username);
    expect((await call("GET", "/reservations/", { token })).status).toBe(200);
    expect(cookiesOf(answer)).toEqual({
      "__Host-session": { value: token, attributes: attributes(20 * 60, "Lax") },
      "__Host-refresh": { value: answer.body.refresh_token, attributes: attributes(30 * DAY, "Strict") },
      "__Host-device": { value: expect.stringMatching(/^[\w.-]+$/), attributes: attributes(400 * DAY, "Lax") },
    });
    expect(answer.headers.get("cache-control")).toBe("no-store");
    // The account's id is all that the token has about the person.
    const claims = decodeJwt(token);
    expect(Object.keys(claims).sort()).toEqual(["aud", "exp", "iat", "iss", "sid", "sub"]);
    expect(Number(claims.exp) - Number(claims.iat)).toBe(20 * 60);
  });

  test.each([
    ["small letters", username.toLowerCase()],
    ["capitals", username.toUpperCase()],
  ])("knows the username in %s", async (_how, spelling) => {
    const token = (await login({ username: spelling })).body["auth-token"];
    expect((await call("GET", "/me", { token })).body.username).toBe(username);
  });

  test("refuses a wrong password and an unknown username alike", async () => {
    const wrong = await login({ password: PASSWORD.toUpperCase() });
    expect(wrong.status).toBe(401);
    expect(wrong.body.type).toBe("/problems/wrong-credentials");
    expect(wrong.headers.get("set-cookie")).toBeNull();
    for (const unknown of [`nobody-${newId()}`, "' OR '1'='1' --"]) {
      expect(seen(await login({ username: unknown }))).toEqual(seen(wrong));
    }
  });

  test.each<[field: string, value: unknown]>([
    ["username", undefined],
    ["username", ""],
    ["username", "a".repeat(301)],
    ["username", { $ne: null }],
    ["password", undefined],
    ["password", ""],
    ["username", "half a pair \ud800"],
    ["password", "p".repeat(2_049)],
    ["password", "half a pair \ud800"],
    ["password", true],
  ])("refuses a %s that is %j", async (field, value) => {
    const answer = await login({ [field]: value });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map(({ path }) => path)).toEqual([field]);
  });

  test("gives each sign-in a session of its own", async () => {
    const [first, second] = [(await login()).body["auth-token"], (await login()).body["auth-token"]];
    expect((await call("POST", LOGOUT, { token: first })).status).toBe(204);
    expect((await call("GET", "/me", { token: first })).status).toBe(401);
    expect((await call("GET", "/me", { token: second })).status).toBe(200);
  });
});

describe("signing in with an HTML form", () => {
  test("redirects to the reservations with the session's cookie", async () => {
    const answer = await submitForm({ username, password: PASSWORD }, { origin: ORIGIN });
    expect(answer.status).toBe(303);
    expect(answer.headers.get("location")).toBe("/reservations/");
    expect(answer.text).toBe("");
    const session = cookiesOf(answer)["__Host-session"];
    expect(session?.attributes).toEqual(attributes(20 * 60, "Lax"));
    const headers = { cookie: `__Host-session=${session?.value}` };
    expect((await call("GET", "/reservations/", { headers })).status).toBe(200);
    expect((await call("GET", "/me", { headers })).body.username).toBe(username);
  });

  test("takes a form that names UTF-8 as its charset", async () => {
    const headers = { "content-type": "application/x-www-form-urlencoded; charset=UTF-8" };
    expect((await submitForm({ username, password: PASSWORD }, headers)).status).toBe(303);
  });

  test.each<[from: string, headers: Record<string, string>]>([
    ["another site", { "sec-fetch-site": "cross-site", origin: "https://evil.test" }],
    ["another host of the same site", { "sec-fetch-site": "same-site", origin: "https://evil.tickets.test" }],
    ["another site, by an old browser", { origin: "https://evil.test" }],
    ["a page that hides where it is from", { origin: "null" }],
    ["the same host without TLS", { origin: ORIGIN.replace("https", "http") }],
  ])("refuses a form of %s", async (_from, headers) => {
    const answer = await submitForm({ username, password: PASSWORD }, headers);
    expect(answer.status).toBe(403);
    expect(answer.body.type).toBe("/problems/cross-site-request");
    expect(answer.headers.get("set-cookie")).toBeNull();
  });

  test("refuses wrong credentials without a redirect", async () => {
    const answer = await submitForm({ username, password: "incorrect horse" });
    expect(answer.status).toBe(401);
    expect(answer.headers.get("location")).toBeNull();
  });

  test.each([
    ["an unknown field", `username=${username}&password=x&next=https%3A%2F%2Fevil.test`, ["next"]],
    ["a prototype twice", `username=${username}&password=x&__proto__=1&__proto__=2`, ["__proto__"]],
    ["no fields", "", ["password", "username"]],
  ])("refuses a form with %s", async (_what, raw, paths) => {
    const answer = await call("POST", LOGIN, { raw, headers: FORM_TYPE });
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map(({ path }) => path).sort()).toEqual(paths);
  });

  test.each(["", " ", "\n\t"])("refuses JSON sent as a form (after %j), and does not repeat it", async (space) => {
    const raw = space + JSON.stringify({ username, password: PASSWORD });
    const answer = await call("POST", LOGIN, { raw, headers: FORM_TYPE });
    expect(answer.status).toBe(400);
    expect(answer.body.detail).toBe("The body looks like JSON: send it as application/json.");
    expect(answer.text).not.toContain(PASSWORD);
  });
});

describe("signing out", () => {
  test("ends the session at once, however its token is sent, and clears the cookie", async () => {
    const { token } = await newPerson();
    const headers = { cookie: `__Host-session=${token}` };
    expect((await call("GET", "/me", { headers })).status).toBe(200);
    const answer = await call("POST", LOGOUT, { token });
    expect(answer.status).toBe(204);
    expect(answer.text).toBe("");
    expect(cookiesOf(answer)).toEqual({
      "__Host-session": { value: "", attributes: attributes(0, "Lax") },
      "__Host-refresh": { value: "", attributes: attributes(0, "Strict") },
    });
    expect((await call("GET", "/me", { token })).status).toBe(401);
    expect((await call("GET", "/me", { headers })).status).toBe(401);
    // There is no session any more.
    expect((await call("POST", LOGOUT, { token })).status).toBe(401);
  });

  test("works with the cookie alone", async () => {
    const { token } = await newPerson();
    const headers = { cookie: `__Host-session=${token}`, "sec-fetch-site": "same-origin" };
    expect((await call("POST", LOGOUT, { headers })).status).toBe(204);
    expect((await call("GET", "/me", { token })).status).toBe(401);
  });
});
