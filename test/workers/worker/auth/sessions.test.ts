// Which tokens are a session, and how they may be sent.

import { env } from "cloudflare:workers";
import { decodeJwt, exportJWK, exportSPKI, type JWTPayload, SignJWT, UnsecuredJWT } from "jose";
import { describe, expect, test } from "vitest";
import { newLongId } from "../../../../src/platform/ids.ts";
import { deviceToken } from "../../../../src/worker/auth/devices.ts";
import { signingKey } from "../../../../src/worker/auth/keys.ts";
import { call, hold, newPerson, putOnSale } from "../../../support/service.ts";
import { newSession } from "../../../support/sign-in.ts";

const ISSUER = "ticket-overlord";
const HOUR = 3_600;
const person = await newPerson();
const { ticketId } = await putOnSale();

test("a cookie that another site made the browser send counts for nothing where anyone may call", async () => {
  const headers = { ...asCookie(person.token), "sec-fetch-site": "cross-site" };
  expect((await call("POST", "/register", { headers, anyBody: {} })).status).toBe(422);
});

function now(): number {
  return Math.floor(Date.now() / 1_000);
}

function goodClaims(): JWTPayload {
  return { iss: ISSUER, aud: ISSUER, sub: person.accountId, sid: newLongId(), iat: now(), exp: now() + HOUR };
}

/** A token that is good but for `changes`; what is undefined is left out. */
async function forge(
  changes: Record<string, unknown> = {},
  secret: Parameters<SignJWT["sign"]>[0] = new TextEncoder().encode(env.SESSION_SECRET),
  header: Record<string, unknown> = {},
): Promise<string> {
  const { id: kid } = await signingKey(env);
  const claims: JWTPayload = { ...goodClaims(), ...changes };
  return new SignJWT(claims).setProtectedHeader({ alg: "HS256", kid, typ: "at+jwt", ...header }).sign(secret);
}

function secretOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

const STRANGE_SECRET = "another-secret-0123456789abcdef0123456789abcdef";
/** An attacker's own key pair: the public half is in the token, or where its header points to. */
const pair = crypto.subtle.generateKey(
  { name: "RSASSA-PKCS1-v1_5", modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]), hash: "SHA-256" },
  true,
  ["sign", "verify"],
) as Promise<CryptoKeyPair>;

async function signedByPair(header: Record<string, unknown>): Promise<string> {
  return forge({}, (await pair).privateKey, { alg: "RS256", ...header });
}

/** Signed as HS256 with the text of a public key, which everybody has. */
async function confused(): Promise<string> {
  return forge({}, secretOf(await exportSPKI((await pair).publicKey)));
}

/** With one character of a part replaced: 0 is the header, 1 the payload, 2 the signature. */
function altered(token: string, part: number): string {
  const parts = token.split(".");
  const text = parts[part] ?? "";
  parts[part] = `${text.slice(0, 9)}${text[9] === "A" ? "B" : "A"}${text.slice(10)}`;
  return parts.join(".");
}

function withPayload(token: string, change: Record<string, unknown>): string {
  const [header, , signature] = token.split(".");
  const payload = btoa(JSON.stringify({ ...decodeJwt(token), ...change })).replaceAll("=", "");
  return [header, payload.replaceAll("+", "-").replaceAll("/", "_"), signature].join(".");
}

function me(headers: Record<string, string>) {
  return call("GET", "/me", { headers });
}

function asCookie(token: string): { cookie: string } {
  return { cookie: `__Host-session=${token}` };
}

function expired(): Promise<string> {
  return forge({ iat: now() - 2 * HOUR, exp: now() - 1 });
}

async function signedOut(): Promise<string> {
  const { token } = await newPerson();
  expect((await call("POST", "/api-auth/logout", { token })).status).toBe(204);
  return token;
}

async function keyIdOf(secret: string): Promise<string> {
  return (await signingKey({ SESSION_SECRET: secret })).id;
}

type BadToken = [what: string, make: () => Promise<string> | string];

const BAD_TOKENS: BadToken[] = [
  ["garbage", () => "garbage"],
  ["three parts of garbage", () => "a.b.c"],
  ["without a signature", async () => `${(await forge()).split(".").slice(0, 2).join(".")}.`],
  ["expired, and signed with another key", () => forge({ exp: now() - 1 }, secretOf(STRANGE_SECRET))],
  ["expired, and of another type", () => forge({ exp: now() - 1 }, undefined, { typ: "JWT" })],
  ["expired, and not valid yet", () => forge({ exp: now() - 1, nbf: now() + HOUR })],
  ["not valid yet", () => forge({ nbf: now() + HOUR })],
  ["with another payload", async () => withPayload(await forge(), { sub: (await newPerson()).accountId })],
  ["with a later expiry", async () => withPayload(await forge({ exp: now() - 1 }), { exp: now() + HOUR })],
  ["with an altered header", async () => altered(await forge(), 0)],
  ["with an altered payload", async () => altered(await forge(), 1)],
  ["with an altered signature", async () => altered(await forge(), 2)],
  ["signed with another key", () => forge({}, secretOf(STRANGE_SECRET))],
  ["signed with another algorithm", () => forge({}, undefined, { alg: "HS512" })],
  ["signed with an attacker's RSA key", () => signedByPair({})],
  ["signed with a public key taken for a secret", confused],
  ["with the key in its header", async () => signedByPair({ jwk: await exportJWK((await pair).publicKey) })],
  ["with the address of the key in its header", () => signedByPair({ jku: "https://evil.test/keys.json" })],
  ["with the address of a certificate in its header", () => signedByPair({ x5u: "https://evil.test/key.pem" })],
  ["that is good, but for a jwk", async () => forge({}, undefined, { jwk: await exportJWK((await pair).publicKey) })],
  ["that is good, but for a jku", () => forge({}, undefined, { jku: "https://evil.test/keys.json" })],
  ["that is good, but for an x5u", () => forge({}, undefined, { x5u: "https://evil.test/key.pem" })],
  ["without a kid", () => forge({}, undefined, { kid: undefined })],
  ["with an empty kid", () => forge({}, undefined, { kid: "" })],
  ["with a kid that is a path", () => forge({}, undefined, { kid: "../../dev/null" })],
  ["with a kid that is SQL", () => forge({}, undefined, { kid: "' UNION SELECT 'key' --" })],
  ["with a kid that objects inherit", () => forge({}, undefined, { kid: "__proto__" })],
  ["with a kid that is no string", () => forge({}, undefined, { kid: 1 })],
  ["with the kid of another secret", async () => forge({}, undefined, { kid: await keyIdOf(STRANGE_SECRET) })],
  ["of another type", () => forge({}, undefined, { typ: "JWT" })],
  ["without a type", () => forge({}, undefined, { typ: undefined })],
  ["that names a device", () => deviceToken(env, { id: person.accountId, passwordHash: "!" })],
  ["that is a refresh token", async () => (await newSession(person)).refresh],
  ["with algorithm none", () => new UnsecuredJWT(goodClaims()).encode()],
  ...["exp", "iat", "sub", "sid", "iss", "aud"].map(
    (claim): BadToken => [`without ${claim}`, () => forge({ [claim]: undefined })],
  ),
  ["with a sid that is no string", () => forge({ sid: 1 })],
  ["of another issuer", () => forge({ iss: "somebody-else" })],
  ["for another audience", () => forge({ aud: "somebody-else" })],
];

describe("a token", () => {
  test("that these tests make is good, so what they change is what is refused", async () => {
    const answer = await call("GET", "/me", { token: await forge() });
    expect(answer.status).toBe(200);
    expect(answer.body.id).toBe(person.accountId);
  });

  test.each(BAD_TOKENS)("%s is no session, and simply anonymous on a public route", async (_what, make) => {
    const token = await make();
    const garbage = await me({ authorization: "Bearer garbage" });
    for (const answer of [await me({ authorization: `Bearer ${token}` }), await me(asCookie(token))]) {
      expect([answer.status, answer.body.type]).toEqual([401, "/problems/token-invalid"]);
      expect(answer.text).toBe(garbage.text);
    }
    const anonymous = await call("GET", `/tickets/${ticketId}`);
    const answer = await call("GET", `/tickets/${ticketId}`, { token });
    expect([anonymous.status, answer.status]).toEqual([200, 200]);
    expect(answer.text).toBe(anonymous.text);
  });

  test.each<[what: string, headersOf: () => Promise<Record<string, string>>, type: string]>([
    ["nothing", async () => ({}), "not-signed-in"],
    ["another scheme", async () => ({ authorization: "Basic YTpi" }), "not-signed-in"],
    ["an expired token", async () => ({ authorization: `Bearer ${await expired()}` }), "token-expired"],
    ["an expired cookie", async () => asCookie(await expired()), "token-expired"],
    ["a refresh cookie alone", async () => ({ cookie: "__Host-refresh=x" }), "token-expired"],
    ["a garbled token", async () => ({ authorization: "Bearer a b" }), "token-invalid"],
    ["a signed-out token", async () => ({ authorization: `Bearer ${await signedOut()}` }), "token-invalid"],
  ])("%s says whether signing in or a refresh helps", async (_what, headersOf, type) => {
    const { status, body, headers } = await me(await headersOf());
    expect([status, body.type]).toEqual([401, `/problems/${type}`]);
    const challenge = headers.get("www-authenticate") ?? "";
    expect(challenge.startsWith("Bearer")).toBe(true);
    expect(challenge.includes('error="invalid_token"')).toBe(type !== "not-signed-in");
  });

  test.each([
    ["the scheme in small letters", (token: string) => ({ authorization: `bearer ${token}` }), 200],
    ["another scheme", (token: string) => ({ authorization: `Basic ${token}` }), 401],
    ["no scheme", (token: string) => ({ authorization: token }), 401],
    ["an empty bearer", () => ({ authorization: "Bearer " }), 401],
    ["a cookie among others", (token: string) => ({ cookie: `theme=dark; __Host-session=${token}; a=b` }), 200],
    ["a cookie of another name", (token: string) => ({ cookie: `session=${token}` }), 401],
  ])("sent with %s", async (_how, headersOf, status) => {
    expect((await me(headersOf(await forge()))).status).toBe(status);
  });

  test("in Authorization alone counts: a bad one there is not made good by a good cookie", async () => {
    const good = await forge();
    expect((await me({ authorization: "Bearer bad.bad.bad", ...asCookie(good) })).status).toBe(401);
    const other = await newPerson();
    const both = await me({ authorization: `Bearer ${other.token}`, ...asCookie(good) });
    expect(both.body.id).toBe(other.accountId);
  });
});

describe("the session cookie", () => {
  const FOREIGN: [from: string, headers: Record<string, string>][] = [
    ["another site", { "sec-fetch-site": "cross-site" }],
    ["another site that claims our origin", { "sec-fetch-site": "cross-site", origin: "https://tickets.test" }],
    ["another host of the same site", { "sec-fetch-site": "same-site" }],
    ["a foreign Origin", { origin: "https://evil.test" }],
    ["an Origin that looks alike", { origin: "https://tickets.test.evil.test" }],
    ["our host at another port", { origin: "https://tickets.test:8443" }],
    ["the opaque Origin", { origin: "null" }],
  ];

  test.each(FOREIGN)("can't be used to change anything by %s", async (_from, foreign) => {
    const buyer = await newPerson();
    const own = (await hold(buyer, ticketId)).body.id;
    const before = await call("GET", "/reservations", { token: buyer.token });
    const headers = { ...asCookie(buyer.token), ...foreign };
    const refused = [
      await call("POST", "/reservations", { headers, body: { ticket: ticketId, quantity: 1 } }),
      await call("POST", `/reservations/${own}/payment`, { headers, body: { payment_method: "pm_card_visa" } }),
      await call("DELETE", `/reservations/${own}`, { headers }),
      await call("POST", "/api-auth/logout", { headers }),
    ];
    for (const answer of refused) {
      expect(answer.status).toBe(403);
      expect(answer.body.type).toBe("/problems/cross-site-request");
    }
    expect((await call("GET", "/reservations", { token: buyer.token })).text).toBe(before.text);
    expect((await call("GET", `/reservations/${own}`, { token: buyer.token })).body.state).toBe("held");
  });

  test.each(FOREIGN)("reads for %s: browsers keep the answer from the page", async (_from, foreign) => {
    expect((await me({ ...asCookie(person.token), ...foreign })).status).toBe(200);
  });

  test.each<[from: string, headers: Record<string, string>]>([
    ["a page of our own", { "sec-fetch-site": "same-origin", origin: "https://tickets.test" }],
    ["the address bar", { "sec-fetch-site": "none" }],
    ["our Origin, by an old browser", { origin: "https://tickets.test" }],
    ["a client that is no browser", {}],
  ])("changes things for %s", async (_from, headers) => {
    const body = { ticket: ticketId, quantity: 1 };
    const buyer = await newPerson();
    const answer = await call("POST", "/reservations", { headers: { ...asCookie(buyer.token), ...headers }, body });
    expect(answer.status).toBe(201);
  });

  // PortSwigger, "Cookie Chaos", 2025: the browser takes these for plain cookies, which
  // evil.tickets.test may set.
  test.each(["\u2000", "\u00a0", "\u3000", "\ufeff", "\v", "\f", "$", '"'])(
    "is not one whose name only looks like it: with %j before it",
    async (prefix) => {
      expect((await me({ cookie: ` ${prefix}__Host-session=${person.token}` })).status).toBe(401);
      expect((await me({ cookie: `a=b; ${prefix}__Host-session=${person.token}; c=d` })).status).toBe(401);
      expect((await me({ cookie: `a=b; __Host-session=${person.token} ; c=d` })).status).toBe(200);
    },
  );

  test("is not what a bearer token is: that one no other site can make a browser send", async () => {
    const options = { token: person.token, headers: { "sec-fetch-site": "cross-site", origin: "https://shop.test" } };
    const answer = await call("POST", "/reservations", { ...options, body: { ticket: ticketId, quantity: 1 } });
    expect(answer.status).toBe(201);
  });
});
