// The pages that links in mails open: a scanner that follows a link changes nothing, and a person
// needs no script.

import { env } from "cloudflare:workers";
import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import { accountById } from "../../../../src/worker/accounts/queries.ts";
import { EXAMPLES } from "../../../../src/worker/http/examples.ts";
import { mailsAbout, tokenFor, WITH_MAIL } from "../../../support/links.ts";
import { rowsOf } from "../../../support/records.ts";
import { call, hold, newPerson, ORIGIN, type Person, putOnSale, until } from "../../../support/service.ts";
import { CHEAP_HASH, newGuest, storeHash } from "../../../support/sign-in.ts";

const BROWSER = {
  accept: "text/html,application/xhtml+xml,*/*;q=0.8",
  "sec-fetch-site": "same-origin",
  origin: ORIGIN,
};
const NEW_PASSWORD = "a staple of another kind";

function open(token: string, headers: Record<string, string> = BROWSER) {
  return call("GET", `/links/${token}`, { headers });
}

/** As a browser sends the page's form. `call` holds replies of the API alone to the description. */
function send(token: string, fields: Record<string, string> = {}, headers: Record<string, string> = {}) {
  const body = { raw: new URLSearchParams(fields).toString() };
  const type = { "content-type": "application/x-www-form-urlencoded" };
  return call("POST", `/links/${token}`, { ...body, headers: { ...BROWSER, ...type, ...headers } });
}

async function verifyLink(language: "en" | "de" = "en"): Promise<{ readonly person: Person; readonly token: string }> {
  const person = await newPerson();
  await call("PATCH", "/me", { token: person.token, body: { language } });
  await call("POST", "/me/email/verification", { token: person.token, settings: WITH_MAIL });
  return { person, token: await tokenFor(person.accountId, "verify_address") };
}

async function resetLink(): Promise<{ readonly person: Person; readonly token: string }> {
  const person = await newPerson();
  await storeHash(person, CHEAP_HASH);
  const email = `${person.accountId}@example.test`;
  await call("POST", "/api-auth/password-resets", { settings: WITH_MAIL, body: { email } });
  return { person, token: await tokenFor(person.accountId, "reset_password") };
}

async function guestLink(): Promise<{ readonly person: Person; readonly token: string }> {
  const { person, email } = await holdingGuest();
  await call("POST", "/api-auth/links", { settings: WITH_MAIL, body: { email } });
  return { person, token: await tokenFor(person.accountId, "sign_in") };
}

async function holdingGuest() {
  const { ticketId } = await putOnSale();
  const email = `guest-${newId()}@example.test`;
  const person = await newGuest(email);
  const reservation = (await hold(person, ticketId)).body.id;
  await until(
    () => rowsOf("SELECT id FROM reservations WHERE account_id = ?", person.accountId),
    (rows) => rows.length === 1,
  );
  return { person, email, reservation };
}

/** The query of the link that is mailed to who wants to see `about`. */
async function queryOfLink(person: Person, email: string, about: string): Promise<string> {
  expect((await call("POST", "/api-auth/links", { settings: WITH_MAIL, body: { email, about } })).status).toBe(202);
  const [mail] = await mailsAbout(person.accountId, "sign_in");
  const [link = ""] = mail?.text.match(/https:\S+/) ?? [];
  return new URL(link).search;
}

/** All that using a link could change. */
async function state({ accountId }: Person): Promise<unknown> {
  const of = (table: string, column: string) => rowsOf(`SELECT * FROM ${table} WHERE ${column} = ?`, accountId);
  return Promise.all([of("accounts", "id"), of("link_tokens", "account_id"), of("sessions", "account_id")]);
}

describe.each([
  ["an address", verifyLink],
  ["a password", resetLink],
  ["a guest", guestLink],
] as const)("opening the link of %s", (_what, make) => {
  test("shows a form and changes nothing, with GET and HEAD, however often", async () => {
    const { person, token } = await make();
    const before = await state(person);
    for (let time = 0; time < 3; time++) {
      const { status, text, headers } = await open(token);
      expect(status).toBe(200);
      expect(text).toContain('<form method="post">');
      expect(text).not.toContain("<script");
      expect(headers.getSetCookie()).toEqual([]);
      expect((await call("HEAD", `/links/${token}`, { headers: BROWSER })).status).toBe(200);
    }
    expect(await state(person)).toEqual(before);
  });

  test("has a policy that allows one style, and a form to this service only; nothing keeps or passes on the link", async () => {
    const { token } = await make();
    const { text, headers } = await open(token);
    const style = /<style>(.*?)<\/style>/s.exec(text)?.[1] ?? "";
    const hash = createHash("sha256").update(style).digest("base64");
    expect(headers.get("content-security-policy")).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'`,
    );
    expect([headers.get("cache-control"), headers.get("referrer-policy")]).toEqual(["no-store", "no-referrer"]);
    // A form without an action is sent to the page's own address: the token stands nowhere else.
    expect(text).not.toContain(token);
  });

  test("is refused to another site's form, which could sign its visitor in to a stranger's account", async () => {
    const { person, token } = await make();
    const before = await state(person);
    const fields = { new_password: NEW_PASSWORD };
    const refused = await send(token, fields, { "sec-fetch-site": "cross-site", origin: "https://evil.example" });
    expect([refused.status, await state(person)]).toEqual([403, before]);
  });
});

describe("sending the form", () => {
  test("proves the address, in the account's language; a second time says the same", async () => {
    const { person, token } = await verifyLink("de");
    expect((await open(token)).text).toContain(`Das Konto „${person.username}“`);
    for (let time = 0; time < 2; time++) {
      const { status, text } = await send(token);
      expect([status, text.includes("Die Adresse ist bestätigt"), text.includes('<html lang="de">')]).toEqual([
        200,
        true,
        true,
      ]);
    }
    expect((await accountById(env.DB, person.accountId))?.verifiedEmailKey).toBe(`${person.accountId}@example.test`);
  });

  test("chooses the password; a weak one shows the form again, and the link stays good", async () => {
    const { person, token } = await resetLink();
    for (const new_password of ["password1", "short", person.username]) {
      const { status, text } = await send(token, { new_password });
      expect([status, text.includes('role="alert"'), text.includes("<form")], new_password).toEqual([422, true, true]);
      expect(text).not.toContain(`value="${new_password}" name="new_password"`);
    }
    expect((await send(token)).status).toBe(422);
    expect((await send(token, { new_password: NEW_PASSWORD })).status).toBe(200);
    const body = { username: person.username, password: NEW_PASSWORD };
    expect((await call("POST", "/api-auth/login", { body })).status).toBe(200);
    const again = await send(token, { new_password: NEW_PASSWORD });
    expect([again.status, again.text.includes("not valid any more")]).toEqual([410, true]);
  });

  test("signs the guest in with cookies, and goes on to what it holds", async () => {
    const { person, token } = await guestLink();
    const { status, headers } = await send(token);
    expect([status, headers.get("location")]).toEqual([303, "/my/orders"]);
    const cookie = headers
      .getSetCookie()
      .map((set) => set.split(";")[0])
      .join("; ");
    const { list } = await call("GET", "/reservations", { headers: { cookie } });
    expect([list.length, (await call("GET", "/me", { headers: { cookie } })).body.id]).toEqual([1, person.accountId]);
  });
});

describe("a link about something that was bought", () => {
  test("leads the account that has it there", async () => {
    const { person, email, reservation } = await holdingGuest();
    expect(await queryOfLink(person, email, reservation)).toBe(`?about=${reservation}`);
  });

  test("leads to all tickets where another account has it, or nobody", async () => {
    const { reservation } = await holdingGuest();
    for (const about of [reservation, EXAMPLES.order, EXAMPLES.reservation]) {
      const other = await holdingGuest();
      expect(await queryOfLink(other.person, other.email, about)).toBe("");
    }
  });

  test.each(["//evil.example", "https://evil.example", "../x", "", `${EXAMPLES.order}/`])(
    "is refused for %j",
    async (about) => {
      const body = { email: "ada@example.test", about };
      expect((await call("POST", "/api-auth/links", { settings: WITH_MAIL, body })).status).toBe(422);
    },
  );

  test.each([
    [EXAMPLES.order, `/my/orders/${EXAMPLES.order}`],
    [EXAMPLES.reservation, `/my/reservations/${EXAMPLES.reservation}`],
    ["//evil.example", "/my/orders"],
    ["https://evil.example", "/my/orders"],
    [`${EXAMPLES.order}/../../..`, "/my/orders"],
    [`${EXAMPLES.order}\r\nx: y`, "/my/orders"],
    ["", "/my/orders"],
  ])("with %j it goes on to %s", async (about, path) => {
    const { token } = await guestLink();
    const { status, headers } = await send(`${token}?${new URLSearchParams({ about })}`);
    expect([status, headers.get("location")]).toEqual([303, path]);
  });
});

test.each(["", "-", "x".repeat(43), "x".repeat(101), "%3Cscript%3E", "a%00b", "' OR 1=1 --"])(
  "a link that ends in %j is not valid: a page for people, a problem for programs",
  async (end) => {
    const token = encodeURIComponent(decodeURIComponent(end));
    const page = await open(token, { ...BROWSER, "accept-language": "de" });
    if (end === "") return expect(page.status).toBe(404);
    expect([page.status, page.text.includes("Dieser Link gilt nicht mehr")]).toEqual([410, true]);
    expect(page.text).not.toContain("<script");
    expect((await open(token, {})).body.type).toBe("/problems/link-refused");
    expect((await send(token)).status).toBe(410);
  },
);
