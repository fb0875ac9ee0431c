// Links in mails: proving an address, choosing a new password, and a guest's way back.

import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { linkExpiresAtMs } from "../../../../src/domain/links.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../../src/domain/units.ts";
import { newId } from "../../../../src/platform/ids.ts";
import { eraseAccount } from "../../../../src/worker/accounts/deletion.ts";
import { accountById } from "../../../../src/worker/accounts/queries.ts";
import { hashOf } from "../../../../src/worker/auth/refresh.ts";
import { forgetExpiredLinks } from "../../../../src/worker/links/queries.ts";
import { newKey } from "../../../support/api-keys.ts";
import { mailsAbout, tokenFor, tokensIn, WITH_MAIL } from "../../../support/links.ts";
import { d1With } from "../../../support/recording.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, hold, newPerson, type Person, pay, putOnSale, until } from "../../../support/service.ts";
import {
  CHEAP_HASH,
  type Member,
  newGuest,
  newSession,
  PASSWORD,
  storedHash,
  storeHash,
} from "../../../support/sign-in.ts";

const NEW_PASSWORD = "a staple of another kind";

afterEach(() => {
  vi.useRealTimers();
});

function later(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
}

function emailOf({ accountId }: Pick<Person, "accountId">): string {
  return `${accountId}@example.test`;
}

function register(username = `new-${newId()}`, more: { readonly token?: string; readonly email?: string } = {}) {
  const { token, email = `${username}@example.test` } = more;
  const session = token === undefined ? {} : { token };
  return call("POST", "/register", { ...session, settings: WITH_MAIL, body: { username, email, password: PASSWORD } });
}

function me({ token }: Pick<Person, "token">) {
  return call("GET", "/me", { token });
}

function prove(token: string) {
  return call("POST", "/api-auth/verifications/use", { body: { token } });
}

function choose(token: string, new_password = NEW_PASSWORD) {
  return call("POST", "/api-auth/password-resets/use", { body: { token, new_password } });
}

function signIn(token: string) {
  return call("POST", "/api-auth/links/use", { body: { token } });
}

function askForReset(email: string, settings = WITH_MAIL) {
  return call("POST", "/api-auth/password-resets", { settings, body: { email } });
}

function askForLinks(email: string, settings = WITH_MAIL) {
  return call("POST", "/api-auth/links", { settings, body: { email } });
}

function changeEmail(person: Person, email: string, password: string | null = PASSWORD) {
  return call("POST", "/me/email", { token: person.token, settings: WITH_MAIL, body: { email, password } });
}

async function login(username: string, password = PASSWORD): Promise<number> {
  return (await call("POST", "/api-auth/login", { body: { username, password } })).status;
}

async function newMember(): Promise<Member> {
  const person = await newPerson();
  await storeHash(person, CHEAP_HASH);
  return newSession(person);
}

/** A guest who has bought a ticket, which its D1 copy says. */
async function newBuyingGuest(email?: string): Promise<Member> {
  const { ticketId } = await putOnSale();
  const guest = await newGuest(email);
  await pay(guest, (await hold(guest, ticketId)).body.id);
  await until(
    () => rowsOf("SELECT state FROM reservations WHERE account_id = ?", guest.accountId),
    ([row]) => row?.state === "confirmed",
  );
  return guest;
}

/** D1, which does something else before its first batch. */
function d1Before(meanwhile: () => Promise<unknown>): D1Database {
  let batches = 0;
  const batch: D1Database["batch"] = async (statements) => {
    if (batches++ === 0) await meanwhile();
    return env.DB.batch(statements);
  };
  return d1With({ batch });
}

function isUsed(token: string): Promise<boolean> {
  return rowsOf("SELECT used_at_ms FROM link_tokens WHERE hash = ?", hashOf(token)).then(
    ([row]) => row?.used_at_ms !== null && row !== undefined,
  );
}

describe("proving an address", () => {
  test("is owed by registering, in the commit that makes the account; the link proves it, and again the same", async () => {
    const { body } = await register();
    expect(body.email_verified_at).toBeNull();
    const mails = await mailsAbout(body.id);
    expect(mails.map(({ id, to }) => [id.split(".")[0], to])).toEqual([["verify_address", body.email]]);
    const [token = ""] = tokensIn(mails[0]);
    const proven = await prove(token);
    expect(proven.status).toBe(200);
    expect(await accountById(env.DB, body.id)).toMatchObject({ verifiedEmailKey: body.email, pendingEmail: null });
    // The reply was lost.
    expect((await prove(token)).body).toEqual(proven.body);
    expect(
      (await rowsOf("SELECT action FROM audit_log WHERE object_id = ? AND action = 'email.verify'", body.id)).length,
    ).toBe(1);
  });

  test("is not owed where registering fails, and not where no mail can be sent", async () => {
    const { body } = await register();
    const before = await rowsOf("SELECT id FROM mails");
    expect((await register(body.username ?? "")).status).toBe(409);
    const other = `new-${newId()}`;
    const unsent = await call("POST", "/register", {
      body: { username: other, email: `${other}@example.test`, password: PASSWORD },
    });
    expect(unsent.status).toBe(201);
    expect(await rowsOf("SELECT id FROM mails")).toEqual(before);
  });

  test("is owed by a guest who registers; what it has proven before stays proven with this address only", async () => {
    const [same, other] = [await newBuyingGuest(), await newBuyingGuest()];
    for (const guest of [same, other]) {
      const { email } = (await me(guest)).body;
      await askForLinks(email);
      await signIn(await tokenFor(guest.accountId, "sign_in"));
      expect(await accountById(env.DB, guest.accountId)).toMatchObject({ verifiedEmailKey: email });
    }
    // Their first sessions have ended by that.
    const [first, second] = [await newSession(same), await newSession(other)];
    const { email } = (await me(first)).body;
    const upgraded = await register(undefined, { token: first.token, email });
    expect(upgraded.body.email_verified_at).not.toBeNull();
    expect((await mailsAbout(same.accountId, "verify_address")).length).toBe(0);
    const moved = await register(undefined, { token: second.token });
    expect(moved.body.email_verified_at).toBeNull();
    expect(await accountById(env.DB, other.accountId)).toMatchObject({ verifiedEmailKey: null, guestEmailKey: null });
    expect((await mailsAbout(other.accountId, "verify_address")).length).toBe(1);
  });

  test("can be asked for again, five times an hour; the first link stays good", async () => {
    const person = await newPerson();
    const ask = ({ token }: Pick<Person, "token">) =>
      call("POST", "/me/email/verification", { token, settings: WITH_MAIL });
    const tokens: string[] = [];
    for (let minute = 0; minute < 5; minute++) {
      expect((await ask(person)).status).toBe(202);
      // Twice within a minute is once.
      await ask(person);
      tokens.push(await tokenFor(person.accountId, "verify_address"));
      later(MINUTE_MS);
    }
    expect((await ask(person)).body.type).toBe("/problems/slow-down");
    expect((await prove(tokens[0] ?? "")).status).toBe(200);
    later(HOUR_MS);
    expect((await ask(await newSession(person))).status).toBe(202);
  });

  test("writes to one address five times an hour, however many accounts ask for it", async () => {
    const email = `wanted-${newId()}@example.test`;
    let mails = 0;
    for (let guests = 0; guests < 7; guests++) {
      const guest = await newGuest();
      expect((await changeEmail(guest, email, null)).status).toBe(202);
      mails += (await mailsAbout(guest.accountId)).length;
    }
    expect(mails).toBe(5);
  });

  test.each([
    ["a guest", newGuest],
    ["an account", newMember],
  ] as const)("%s can have its address proven", async (_what, make) => {
    const person = await make();
    await call("POST", "/me/email/verification", { token: person.token, settings: WITH_MAIL });
    expect((await prove(await tokenFor(person.accountId, "verify_address"))).status).toBe(200);
    expect((await me(person)).body.email_verified_at).not.toBeNull();
  });
});

describe("another address", () => {
  test("takes effect once it is proven: the account signs in with it, and the old one hears of it", async () => {
    const person = await newMember();
    const [old, email] = [emailOf(person), `New.${newId()}@Example.test`];
    expect((await changeEmail(person, email)).body).toMatchObject({ email: old, pending_email: email });
    expect(await login(email.toLowerCase())).toBe(401);
    const [mail] = await mailsAbout(person.accountId);
    expect(mail?.to).toBe(email.toLowerCase());
    expect((await prove(tokensIn(mail)[0] ?? "")).body).toMatchObject({ email });
    expect((await me(person)).body).toMatchObject({ email, pending_email: null });
    expect([await login(email.toLowerCase()), await login(old)]).toEqual([200, 401]);
    expect((await mailsAbout(person.accountId)).map(({ to }) => to)).toEqual([old]);
  });

  test("asks for the password again, and a guest for none", async () => {
    const [person, guest] = [await newMember(), await newGuest()];
    expect((await changeEmail(person, `${newId()}@example.test`, "wrong one")).status).toBe(403);
    expect((await changeEmail(person, `${newId()}@example.test`, null)).status).toBe(422);
    const email = `${newId()}@example.test`;
    expect((await changeEmail(guest, email, null)).status).toBe(202);
    await prove(await tokenFor(guest.accountId, "verify_address"));
    expect(await accountById(env.DB, guest.accountId)).toMatchObject({ email, guestEmailKey: email, emailKey: null });
  });

  test("the one asked for last counts; the account's own gives up what was asked for", async () => {
    const person = await newMember();
    await changeEmail(person, `first-${newId()}@example.test`);
    const first = await tokenFor(person.accountId, "verify_address");
    await changeEmail(person, `second-${newId()}@example.test`);
    const second = await tokenFor(person.accountId, "verify_address");
    expect((await prove(first)).body.type).toBe("/problems/link-refused");
    await changeEmail(person, emailOf(person).toUpperCase());
    expect((await me(person)).body.pending_email).toBeNull();
    expect((await prove(second)).body.type).toBe("/problems/link-refused");
    expect([await isUsed(first), await isUsed(second)]).toEqual([false, false]);
  });

  test("of another account gets the same reply; only its owner hears of it, once a day, and no link goes out", async () => {
    const [owner, person] = [await newMember(), await newMember()];
    await sql("UPDATE accounts SET created_at_ms = created_at_ms - ? WHERE id = ?", HOUR_MS, owner.accountId);
    for (let time = 0; time < 2; time++) {
      expect((await changeEmail(person, emailOf(owner))).status).toBe(202);
      expect(await mailsAbout(person.accountId)).toEqual([]);
    }
    const mails = await mailsAbout(owner.accountId);
    expect(mails.map(({ to, text }) => [to, text.includes("/links/")])).toEqual([[emailOf(owner), false]]);
  });

  test("that another account has got meanwhile is refused to who has proven it, and the link stays unused", async () => {
    const person = await newMember();
    const username = `new-${newId()}`;
    await changeEmail(person, `${username}@example.test`);
    const token = await tokenFor(person.accountId, "verify_address");
    await register(username);
    expect((await prove(token)).body.type).toBe("/problems/address-taken");
    expect([await isUsed(token), (await me(person)).body.email]).toEqual([false, emailOf(person)]);
    // In the very moment, too.
    const late = `new-${newId()}`;
    await changeEmail(person, `${late}@example.test`);
    const other = await tokenFor(person.accountId, "verify_address");
    const DB = d1Before(() => register(late));
    const settings = { ...WITH_MAIL, DB };
    const refused = await call("POST", "/api-auth/verifications/use", { settings, body: { token: other } });
    expect(refused.body.type).toBe("/problems/address-taken");
  });

  test("is not given to an account that is being deleted", async () => {
    const person = await newMember();
    await sql("UPDATE accounts SET closing_since_ms = 1 WHERE id = ?", person.accountId);
    expect((await changeEmail(person, `${newId()}@example.test`)).body.type).toBe("/problems/account-closing");
  });
});

describe("a new password", () => {
  test("is chosen once: it ends all sessions and keys, proves the address, and signs in", async () => {
    const person = await newMember();
    expect((await askForReset(` ${emailOf(person)}`.trim().toUpperCase())).status).toBe(202);
    const token = await tokenFor(person.accountId, "reset_password");
    const { key } = await newKey(person);
    const byKey = () => call("GET", "/me/crew", { token: key });
    expect((await byKey()).status).toBe(200);
    const { body } = await choose(token);
    expect(body).toEqual({ username: person.username });
    expect((await byKey()).status).toBe(401);
    expect((await me(person)).status).toBe(401);
    expect((await call("POST", "/api-auth/refresh", { body: { refresh_token: person.refresh } })).status).toBe(401);
    expect([await login(person.username), await login(person.username, NEW_PASSWORD)]).toEqual([401, 200]);
    expect(await accountById(env.DB, person.accountId)).toMatchObject({ verifiedEmailKey: emailOf(person) });
    expect((await choose(token)).body.type).toBe("/problems/link-refused");
  });

  test("of two uses at once one wins, and one session list ends", async () => {
    const person = await newMember();
    await askForReset(emailOf(person));
    const token = await tokenFor(person.accountId, "reset_password");
    const passwords = ["the first of the two", "the second of the two", "the third of the two"];
    const replies = await Promise.all(passwords.map((password) => choose(token, password)));
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 410, 410]);
    const won = passwords[replies.findIndex(({ status }) => status === 200)];
    expect(await login(person.username, won)).toBe(200);
  });

  test("that is too easy to guess, or the account's own name, is refused, and the link stays good", async () => {
    const person = await newMember();
    await askForReset(emailOf(person));
    const token = await tokenFor(person.accountId, "reset_password");
    for (const weak of ["password1", "short", person.username, emailOf(person)]) {
      expect((await choose(token, weak)).status, weak).toBe(422);
    }
    expect((await choose(token)).status).toBe(200);
  });

  test("makes older links worth nothing, and an address that was asked for before", async () => {
    const person = await newMember();
    await askForReset(emailOf(person));
    const first = await tokenFor(person.accountId, "reset_password");
    later(MINUTE_MS);
    await askForReset(emailOf(person));
    const second = await tokenFor(person.accountId, "reset_password");
    await changeEmail(person, `thief-${newId()}@example.test`);
    const thiefs = await tokenFor(person.accountId, "verify_address");
    expect((await choose(second)).status).toBe(200);
    expect((await choose(first)).status).toBe(410);
    expect((await prove(thiefs)).status).toBe(410);
    expect((await accountById(env.DB, person.accountId))?.pendingEmail).toBeNull();
  });

  test("chosen with the old one does the same to links and addresses", async () => {
    const person = await newMember();
    await askForReset(emailOf(person));
    const token = await tokenFor(person.accountId, "reset_password");
    await changeEmail(person, `thief-${newId()}@example.test`);
    const thiefs = await tokenFor(person.accountId, "verify_address");
    const body = { current_password: PASSWORD, new_password: NEW_PASSWORD };
    await call("POST", "/me/password", { token: person.token, body });
    expect([(await choose(token)).status, (await prove(thiefs)).status]).toEqual([410, 410]);
  });

  test("is chosen although a sign-in raises the cost of the old hash meanwhile", async () => {
    const person = await newMember();
    await askForReset(emailOf(person));
    const token = await tokenFor(person.accountId, "reset_password");
    const DB = d1Before(() =>
      sql("UPDATE accounts SET password_hash = ? WHERE id = ?", `${CHEAP_HASH} `, person.accountId),
    );
    const body = { token, new_password: NEW_PASSWORD };
    expect((await call("POST", "/api-auth/password-resets/use", { settings: { DB }, body })).status).toBe(200);
  });

  test("dies with its transaction: a link that did nothing is still good", async () => {
    const person = await newMember();
    await askForReset(emailOf(person));
    const token = await tokenFor(person.accountId, "reset_password");
    const DB = d1With({ batch: () => Promise.reject(new Error("D1_ERROR: Network connection lost.")) });
    const body = { token, new_password: NEW_PASSWORD };
    expect((await call("POST", "/api-auth/password-resets/use", { settings: { DB }, body })).status).toBe(503);
    expect([await isUsed(token), await login(person.username)]).toEqual([false, 200]);
    expect((await choose(token)).status).toBe(200);
  });
});

describe("a guest's way back", () => {
  test("signs in to what was bought, and proves the address; sessions that began before the proof end", async () => {
    const guest = await newBuyingGuest();
    await askForLinks((await me(guest)).body.email);
    const token = await tokenFor(guest.accountId, "sign_in");
    const { status, body, headers } = await signIn(token);
    expect(status).toBe(200);
    expect(headers.getSetCookie().map((cookie) => cookie.split("=")[0])).toEqual(["__Host-session", "__Host-refresh"]);
    const back = { token: body["auth-token"] };
    const reservations = await call("GET", "/reservations", { ...back });
    expect(reservations.list.length).toBe(1);
    expect((await me(back)).body.email_verified_at).not.toBeNull();
    expect((await me(guest)).status).toBe(401);
    // From now on whoever signs in has the mailbox.
    later(MINUTE_MS);
    await askForLinks((await me(back)).body.email);
    expect((await signIn(await tokenFor(guest.accountId, "sign_in"))).status).toBe(200);
    expect((await me(back)).status).toBe(200);
  });

  test("of two uses at once one wins, and there is one session", async () => {
    const guest = await newBuyingGuest();
    await askForLinks((await me(guest)).body.email);
    const token = await tokenFor(guest.accountId, "sign_in");
    const replies = await Promise.all([signIn(token), signIn(token), signIn(token)]);
    expect(replies.map(({ status }) => status).toSorted()).toEqual([200, 410, 410]);
    const open = await rowsOf("SELECT id FROM sessions WHERE account_id = ? AND ended_at_ms IS NULL", guest.accountId);
    expect(open.length).toBe(1);
  });

  test("has a link for each account of the address that bought something, in one mail, and moves nothing", async () => {
    const email = `often-${newId()}@example.test`;
    const [first, second] = [await newBuyingGuest(email), await newBuyingGuest(email.toUpperCase())];
    await newGuest(email);
    await newBuyingGuest();
    await askForLinks(email);
    const mails = [...(await mailsAbout(first.accountId)), ...(await mailsAbout(second.accountId))];
    expect(mails.map(({ to }) => to)).toEqual([email]);
    const owners: unknown[] = [];
    for (const token of tokensIn(mails[0]))
      owners.push((await me({ token: (await signIn(token)).body["auth-token"] })).body.id);
    expect(owners.toSorted()).toEqual([first.accountId, second.accountId].toSorted());
  });

  test("leads nowhere once the guest has registered, in the same moment, too", async () => {
    const guest = await newBuyingGuest();
    await askForLinks((await me(guest)).body.email);
    const token = await tokenFor(guest.accountId, "sign_in");
    const settings = { DB: d1Before(() => register(undefined, { token: guest.token })) };
    expect((await call("POST", "/api-auth/links/use", { settings, body: { token } })).status).toBe(410);
    expect((await signIn(token)).status).toBe(410);
  });

  test("says so where the address has an account with a password; a guest without a purchase gets no mail", async () => {
    const [person, guest] = [await newMember(), await newGuest()];
    await askForLinks(emailOf(person));
    const [mail] = await mailsAbout(person.accountId);
    expect([mail?.to, tokensIn(mail)]).toEqual([emailOf(person), []]);
    await askForLinks((await me(guest)).body.email);
    expect(await mailsAbout(guest.accountId)).toEqual([]);
  });
});

describe("asking for a link", () => {
  test.each([
    ["a password", askForReset],
    ["what a guest bought", askForLinks],
  ] as const)("to %s gets one reply and does one commit, whoever has the address", async (_what, ask) => {
    const [person, guest] = [await newMember(), await newBuyingGuest()];
    const emails = [emailOf(person), (await me(guest)).body.email, `nobody-${newId()}@example.test`];
    const seen: unknown[] = [];
    for (const email of emails) {
      const work: string[] = [];
      const prepare = (query: string) => {
        work.push(query.slice(0, 30));
        return env.DB.prepare(query);
      };
      const DB = d1With({ prepare });
      const { status, text, headers } = await ask(email, { ...WITH_MAIL, DB });
      const named = [...headers].filter(([name]) => name !== "x-request-id" && name !== "date");
      seen.push({ status, text, named, work });
      const audited = await rowsOf(
        "SELECT count(*) AS entries FROM audit_log WHERE action IN ('password.reset-asked', 'link.asked')",
      );
      expect(audited[0]?.entries).toBeGreaterThan(0);
    }
    expect(new Set(seen.map((one) => JSON.stringify(one))).size).toBe(1);
    expect(seen[0]).toMatchObject({ status: 202, text: "" });
  });

  test("writes no more than five times an hour, and replies as ever", async () => {
    const person = await newMember();
    let mails = 0;
    for (let minute = 0; minute < 8; minute++) {
      expect((await askForReset(emailOf(person))).status).toBe(202);
      mails += (await mailsAbout(person.accountId)).length;
      later(MINUTE_MS);
    }
    expect(mails).toBe(5);
  });

  test("is refused where no mail can be sent, whoever has the address, before anything is looked up", async () => {
    const person = await newMember();
    for (const email of [emailOf(person), `nobody-${newId()}@example.test`]) {
      for (const path of ["/api-auth/password-resets", "/api-auth/links"] as const) {
        const { status, body } = await call("POST", path, { body: { email } });
        expect([status, body.type]).toEqual([503, "/problems/mail-unavailable"]);
      }
    }
    const { token } = person;
    const asked = await call("POST", "/me/email/verification", { token });
    const changed = await call("POST", "/me/email", { token, body: { email: "a@example.test", password: PASSWORD } });
    expect([asked, changed].map(({ body }) => body.type)).toEqual(Array(2).fill("/problems/mail-unavailable"));
  });

  test("too late or for somebody who is gone sends nothing", async () => {
    const [person, gone] = [await newMember(), await newMember()];
    await askForReset(emailOf(person));
    await askForReset(emailOf(gone));
    await sql("DELETE FROM accounts WHERE id = ?", gone.accountId);
    expect(await mailsAbout(gone.accountId)).toEqual([]);
    later(HOUR_MS);
    expect(await mailsAbout(person.accountId)).toEqual([]);
  });
});

describe("a link", () => {
  test.each([
    ["proves an address for a day", "verify", DAY_MS],
    ["chooses a password for half an hour", "reset", 30 * MINUTE_MS],
  ] as const)("%s", async (_name, purpose, ms) => {
    const person = await newMember();
    const isReset = purpose === "reset";
    if (isReset) await askForReset(emailOf(person));
    else await call("POST", "/me/email/verification", { token: person.token, settings: WITH_MAIL });
    const token = await tokenFor(person.accountId, isReset ? "reset_password" : "verify_address");
    later(ms);
    expect((isReset ? await choose(token) : await prove(token)).status).toBe(410);
    expect(linkExpiresAtMs(purpose, 0)).toBe(ms);
  });

  test("of one purpose is refused for each other, and stays good for its own", async () => {
    const [person, guest] = [await newMember(), await newBuyingGuest()];
    await askForReset(emailOf(person));
    await call("POST", "/me/email/verification", { token: person.token, settings: WITH_MAIL });
    await askForLinks((await me(guest)).body.email);
    const reset = await tokenFor(person.accountId, "reset_password");
    const verify = await tokenFor(person.accountId, "verify_address");
    const back = await tokenFor(guest.accountId, "sign_in");
    for (const token of [verify, back, "x".repeat(43)]) expect((await choose(token)).status).toBe(410);
    for (const token of [reset, back, "x".repeat(43)]) expect((await prove(token)).status).toBe(410);
    for (const token of [reset, verify, "x".repeat(43)]) expect((await signIn(token)).status).toBe(410);
    expect([(await choose(reset)).status, (await prove(verify)).status, (await signIn(back)).status]).toEqual([
      200, 200, 200,
    ]);
  });

  test("goes with its account; the sweep forgets it an hour after its time", async () => {
    const [person, other] = [await newMember(), await newMember()];
    for (const one of [person, other]) await askForReset(emailOf(one));
    const token = await tokenFor(person.accountId, "reset_password");
    const kept = await tokenFor(other.accountId, "reset_password");
    await sql("UPDATE accounts SET closing_since_ms = 1 WHERE id = ?", person.accountId);
    expect(await eraseAccount(env as never, person.accountId, Date.now())).toBe(true);
    expect((await choose(token)).status).toBe(410);
    expect(await rowsOf("SELECT hash FROM link_tokens WHERE account_id = ?", person.accountId)).toEqual([]);
    const found = () => rowsOf("SELECT hash FROM link_tokens WHERE hash = ?", hashOf(kept));
    await forgetExpiredLinks(env.DB, Date.now() + 30 * MINUTE_MS + HOUR_MS - MINUTE_MS);
    expect((await found()).length).toBe(1);
    await forgetExpiredLinks(env.DB, Date.now() + 30 * MINUTE_MS + HOUR_MS + MINUTE_MS);
    expect(await found()).toEqual([]);
  });

  test("is in no row, no line of the log and no export", async () => {
    const lines: unknown[] = [];
    const spies = (["log", "info", "warn", "error", "debug"] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation((...line) => void lines.push(line)),
    );
    const person = await newMember();
    await askForReset(emailOf(person));
    const token = await tokenFor(person.accountId, "reset_password");
    await call("GET", `/links/${token}`);
    await call("POST", `/links/${token}`, {
      raw: "new_password=short",
      headers: { "content-type": "application/x-www-form-urlencoded", accept: "text/html" },
    });
    await prove(token);
    const { text } = await call("GET", "/me/export", { token: person.token });
    await choose(token);
    const tables = await rowsOf(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name NOT LIKE 'sqlite%'",
    );
    const rows = await Promise.all(tables.map(({ name }) => rowsOf(`SELECT * FROM "${name}" LIMIT 10000`)));
    for (const spy of spies) spy.mockRestore();
    expect(JSON.stringify(lines)).toContain("/links/:token");
    for (const place of [JSON.stringify(lines), JSON.stringify(rows), text]) expect(place).not.toContain(token);
    expect(JSON.stringify(rows)).toContain(hashOf(token));
  });
});

describe("somebody who registers with a taken address", () => {
  test("gets the refusal of a taken username; the address's owner hears of it once a day, without any link", async () => {
    const owner = await newMember();
    await sql("UPDATE accounts SET created_at_ms = created_at_ms - ? WHERE id = ?", HOUR_MS, owner.accountId);
    for (let time = 0; time < 2; time++) {
      expect((await register(undefined, { email: emailOf(owner).toUpperCase() })).body.type).toBe(
        "/problems/username-taken",
      );
    }
    const owed = () => rowsOf("SELECT id FROM mails WHERE about = ?", owner.accountId);
    await until(owed, (rows) => rows.length === 1);
    const [mail] = await mailsAbout(owner.accountId);
    expect([mail?.to, mail?.text.includes("/links/"), mail?.text.includes(owner.username)]).toEqual([
      emailOf(owner),
      false,
      false,
    ]);
    const guest = await newGuest();
    expect((await register(undefined, { token: guest.token, email: emailOf(owner) })).status).toBe(409);
    expect((await owed()).length).toBe(1);
    expect(await storedHash(owner)).toBe(CHEAP_HASH);
  });
});

describe("the language of mails", () => {
  const GERMAN = { "accept-language": "de-AT,de;q=0.9,en;q=0.5" };

  test.each<[name: string, headers: Record<string, string>, chosen: "en" | "de" | undefined, language: string]>([
    ["English", {}, undefined, "en"],
    ["what the browser prefers", GERMAN, undefined, "de"],
    ["what is chosen, whatever the browser prefers", GERMAN, "en", "en"],
  ])("is %s", async (_name, headers, language, wanted) => {
    const username = `new-${newId()}`;
    const email = `${username}@example.test`;
    const chosen = language === undefined ? {} : { language };
    const body = { username, email, password: PASSWORD, ...chosen };
    expect((await call("POST", "/register", { headers, body })).body.language).toBe(wanted);
    const guest = await call("POST", "/guests", { headers, body: { email, ...chosen } });
    const token = guest.body["auth-token"];
    expect((await me({ token })).body.language).toBe(wanted);
    // Registering keeps a guest's, unless it names another.
    const upgraded = { ...body, username: `${username}-2`, email: `2-${email}`, language: undefined };
    expect((await call("POST", "/register", { token, body: upgraded })).body.language).toBe(wanted);
  });

  test("can be changed, to one that there is, and counts when a mail is sent", async () => {
    const person = await newMember();
    await askForReset(emailOf(person));
    const { body } = await call("PATCH", "/me", { token: person.token, body: { language: "de" } });
    expect([body.language, (await call("PATCH", "/me", { token: person.token, body: {} })).body]).toEqual(["de", body]);
    expect((await call("PATCH", "/me", { token: person.token, anyBody: { language: "fr" } })).status).toBe(422);
    expect((await mailsAbout(person.accountId))[0]?.subject).toBe("Wählen Sie ein neues Passwort");
  });
});
