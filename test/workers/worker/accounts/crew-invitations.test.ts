// Invitations to a crew by e-mail: who may invite whom, what the link does, and what ends it.

import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../../src/domain/units.ts";
import { newId } from "../../../../src/platform/ids.ts";
import { eraseAccount } from "../../../../src/worker/accounts/deletion.ts";
import { forgetExpiredInvitations, MAX_INVITATIONS } from "../../../../src/worker/crew/invitations.ts";
import { MAX_CREW } from "../../../../src/worker/crew/queries.ts";
import {
  accept,
  invitationsOf,
  invite,
  invitedToken,
  look,
  takeBack,
  tokenOf,
} from "../../../support/crew-invitations.ts";
import { forgetCounts, LIMITS, limitOf } from "../../../support/limits.ts";
import { mailsAbout, WITH_MAIL } from "../../../support/links.ts";
import { owe } from "../../../support/mail.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, newPerson, type OnSale, type Person, putOnSale } from "../../../support/service.ts";
import { newGuest } from "../../../support/sign-in.ts";

let sale: OnSale;

beforeAll(async () => {
  sale = await putOnSale();
});

afterEach(() => {
  vi.useRealTimers();
});

function later(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
}

/** The invitations to the address were made earlier. */
function age(email: string, ms: number) {
  const earlier = "created_at_ms = created_at_ms - ?1, expires_at_ms = expires_at_ms - ?1";
  return sql(`UPDATE crew_invitations SET ${earlier} WHERE email_key = ?2`, ms, email);
}

function someone(): string {
  return `helper-${newId()}@example.test`;
}

async function crewOf({ organizer, eventId }: OnSale) {
  const { body } = await call("GET", `/events/${eventId}/crew`, { token: organizer.token });
  return body.map(({ account, part }) => `${account} ${part}`);
}

function give({ organizer, eventId }: OnSale, { accountId }: Pick<Person, "accountId">, part: "manager" | "scanner") {
  return call("PUT", `/events/${eventId}/crew/${accountId}`, { token: organizer.token, body: { part } });
}

function change({ organizer, eventId }: OnSale, body: object) {
  return call("PATCH", `/events/${eventId}`, { token: organizer.token, anyBody: body });
}

const problemOf = ({ status, body }: { status: number; body: unknown }) =>
  `${status} ${String((body as { type?: string }).type).replace("/problems/", "")}`;

describe("inviting", () => {
  test("replies the same whether or not an account has the address, and mails both", async () => {
    const own = await putOnSale();
    const known = await newPerson();
    const answers = await Promise.all(
      [`${known.accountId}@example.test`, someone()].map((email) => invite(own, email)),
    );
    const [ofAccount, ofNobody] = answers.map(({ status, body, headers }) => {
      const { id, email, invited_at, ...same } = body;
      expect(id).toMatch(/^[0-9a-z]{16}$/);
      expect(email).toMatch(/@example\.test$/);
      const names = [...headers.keys()].toSorted();
      return { status, same: { ...same, open_until: typeof same.open_until }, names };
    });
    expect(ofAccount).toEqual(ofNobody);
    expect(ofAccount?.status).toBe(202);
    for (const { body } of answers) expect(await mailsAbout(body.id)).toHaveLength(1);
    expect(await crewOf(own)).toEqual([]);
  });

  test("writes to the address as its key has it, in the language of who invites, under the event's name", async () => {
    const own = await putOnSale();
    await sql("UPDATE accounts SET language = 'de' WHERE id = ?", own.organizer.accountId);
    const { body } = await invite(own, "Ada.Lovelace@BÜCHER.example");
    expect(body.email).toBe("ada.lovelace@xn--bcher-kva.example");
    const [mail] = await mailsAbout(body.id);
    expect(mail).toMatchObject({ to: "ada.lovelace@xn--bcher-kva.example", subject: "Helfen Sie mit? An evening" });
    // The organiser has not proven their address: the name may be anybody's.
    expect(mail?.text).toContain("Der Veranstalter lädt");
    expect(mail?.text).not.toContain(own.organizer.username);
    const [row] = await rowsOf("SELECT * FROM mails WHERE about = ?", body.id);
    expect(row).toMatchObject({ event_id: own.eventId, account_id: own.organizer.accountId, parameters: "{}" });
  });

  test("names the seller, or an organiser whose address is proven", async () => {
    const own = await putOnSale();
    const { accountId, username } = own.organizer;
    await sql("UPDATE accounts SET verified_email_key = email_key WHERE id = ?", accountId);
    expect((await mailsAbout((await invite(own, someone())).body.id))[0]?.text).toContain(`“${username}” invites`);
    await change(own, { seller: { name: "Penwick Hall", address: "1 Hall Lane" } });
    expect((await mailsAbout((await invite(own, someone())).body.id))[0]?.text).toContain("“Penwick Hall” invites");
  });

  test("keeps a hash of the token, which is made when the mail is sent", async () => {
    const { body } = await invite(sale, someone());
    const hashIn = async () => (await rowsOf("SELECT token_hash FROM crew_invitations WHERE id = ?", body.id))[0];
    expect(await hashIn()).toEqual({ token_hash: null });
    const token = await tokenOf(body.id);
    expect(await hashIn()).toEqual({ token_hash: expect.stringMatching(/^[\w-]{43}$/) });
    expect(await hashIn()).not.toEqual({ token_hash: token });
  });

  test("the same address again takes the new part, a new week and a new link; the old one is good no more", async () => {
    const own = await putOnSale();
    const email = someone();
    const first = await invitedToken(own, email, "scanner");
    await age(email, DAY_MS);
    const { body } = await invite(own, email.toUpperCase(), "manager");
    expect(problemOf(await look(first))).toBe("410 link-refused");
    const second = await tokenOf(body.id);
    expect(problemOf(await look(first))).toBe("410 link-refused");
    expect((await look(second)).body).toMatchObject({ part: "manager" });
    const listed = (await invitationsOf(own)).body;
    expect(listed).toMatchObject([{ id: body.id, email, part: "manager", mail: "sent" }]);
    expect(listed[0]?.open_until).toBe(new Date(Date.parse(listed[0]?.invited_at ?? "") + 7 * DAY_MS).toISOString());
  });

  test("twice within a minute is one invitation and one mail, whose link stays good", async () => {
    const own = await putOnSale();
    const email = someone();
    const first = await invite(own, email);
    const token = await tokenOf(first.body.id);
    expect((await invite(own, email)).body).toMatchObject({ id: first.body.id, mail: "sent" });
    expect((await look(token)).status).toBe(200);
    const mailed = "SELECT id FROM mails WHERE event_id = ? AND kind = 'crew_invited'";
    expect(await rowsOf(mailed, own.eventId)).toHaveLength(1);
    // Another part is another wish.
    expect((await invite(own, email, "manager")).body.id).not.toBe(first.body.id);
    expect(await rowsOf(mailed, own.eventId)).toHaveLength(2);
  });

  test.each<[string, object, string]>([
    ["called off", { status: "cancelled" }, "409 event-cancelled"],
    ["over", { starts_at: "2020-01-01T10:00:00Z", ends_at: "2020-01-01T11:00:00Z" }, "409 event-over"],
  ])("to an event that is %s is refused", async (_state, body, wanted) => {
    const own = await putOnSale();
    await change(own, body);
    expect(problemOf(await invite(own, someone()))).toBe(wanted);
    expect((await invitationsOf(own)).body).toEqual([]);
  });

  test("is refused where no mail can be sent, and where the address is none", async () => {
    expect(problemOf(await invite(sale, someone(), "scanner", { settings: {} }))).toBe("503 mail-unavailable");
    expect(problemOf(await invite(sale, "nobody"))).toBe("422 invalid-request");
  });

  test(`has ${MAX_INVITATIONS} open ones at most, of which each can be renewed`, async () => {
    const own = await putOnSale();
    const email = someone();
    await invite(own, email);
    const insert = env.DB.prepare(
      `INSERT INTO crew_invitations (id, event_id, email_key, part, created_at_ms, expires_at_ms, accepted_by)
       SELECT value, ?, value || '@example.test', 'scanner', 0, ?, ? FROM json_each(?)`,
    );
    const ids = (count: number) => JSON.stringify(Array.from({ length: count }, () => newId()));
    await insert.bind(own.eventId, Date.now() + DAY_MS, null, ids(MAX_INVITATIONS - 1)).run();
    // Neither expired ones nor accepted ones take room.
    await insert.bind(own.eventId, Date.now() - 1, null, ids(5)).run();
    await insert.bind(own.eventId, Date.now() + DAY_MS, newId(), ids(5)).run();
    expect(problemOf(await invite(own, someone()))).toBe("409 too-many-invitations");
    expect((await invite(own, email, "manager")).status).toBe(202);
    expect((await invitationsOf(own)).body).toHaveLength(MAX_INVITATIONS);
    await takeBack(own, (await invitationsOf(own)).body[0]?.id ?? "");
    expect((await invite(own, someone())).status).toBe(202);
  });

  test("mails one address five times an hour at most, whoever invites it, and to whichever event", async () => {
    const email = someone();
    for (let count = 0; count < 4; count++) await owe({ kind: "crew_invited", address: email, accountId: "of-nobody" });
    const other = await putOnSale();
    expect((await invite(sale, email)).status).toBe(202);
    const refused = await invite(other, email);
    expect(problemOf(refused)).toBe("429 too-many-mails");
    expect(refused.headers.get("retry-after")).toBe("3600");
    expect((await invitationsOf(other)).body).toEqual([]);
    // A mail too few is no mail at all: the invitation that there is stays as it is.
    await age(email, 2 * MINUTE_MS);
    const before = await rowsOf("SELECT * FROM crew_invitations WHERE email_key = ?", email);
    expect(problemOf(await invite(sale, email, "manager"))).toBe("429 too-many-mails");
    expect(await rowsOf("SELECT * FROM crew_invitations WHERE email_key = ?", email)).toEqual(before);
    await sql("UPDATE mails SET created_at_ms = created_at_ms - ? WHERE address = ?", HOUR_MS, email);
    expect((await invite(other, email)).status).toBe(202);
  });

  test("mails a hundred a day at most for one account, whatever it takes back", async () => {
    const own = await putOnSale();
    const { accountId } = own.organizer;
    const mail = { kind: "crew_invited", address: "elsewhere@example.test", accountId } as const;
    for (let count = 0; count < 99; count++) await owe(mail, Date.now() - 23 * HOUR_MS);
    const last = await invite(own, someone());
    expect(last.status).toBe(202);
    await takeBack(own, last.body.id);
    expect(problemOf(await invite(own, someone()))).toBe("429 too-many-mails");
  });

  test("is limited by the account that invites, and by the address that is written to", async () => {
    const own = await putOnSale();
    const settings = { RATE_LIMITS: "on", ...LIMITS, ...WITH_MAIL } as const;
    const as = (address: string) => ({ settings, headers: { "cf-connecting-ip": address } });
    forgetCounts();
    const email = someone();
    for (let count = 0; count < limitOf("LIMIT_MAIL"); count++) {
      expect((await invite(own, email, "scanner", as(`203.0.113.${count}`))).status).toBe(202);
    }
    expect(problemOf(await invite(own, email, "scanner", as("203.0.113.99")))).toBe("429 slow-down");
    forgetCounts();
    for (let count = 0; count < limitOf("LIMIT_PASS_ON"); count++) {
      expect((await invite(own, someone(), "scanner", as(`203.0.113.${count}`))).status).toBe(202);
    }
    expect(problemOf(await invite(own, someone(), "scanner", as("203.0.113.99")))).toBe("429 slow-down");
    forgetCounts();
  });

  test("is for the organiser and admins; a manager may not choose the crew", async () => {
    const own = await putOnSale();
    const [manager, scanner, admin] = [await newPerson(), await newPerson(), await newPerson("admin")];
    await give(own, manager, "manager");
    await give(own, scanner, "scanner");
    const { id } = (await invite(own, someone())).body;
    for (const [person, status] of [
      [manager, 403],
      [scanner, 403],
      [await newPerson("organizer"), 404],
    ] as const) {
      expect((await invite(own, someone(), "scanner", { by: person })).status).toBe(status);
      expect((await invitationsOf(own, person)).status).toBe(status);
      expect(
        (await call("DELETE", `/events/${own.eventId}/crew-invitations/${id}`, { token: person.token })).status,
      ).toBe(status);
    }
    expect((await invite(own, someone(), "scanner", { by: admin })).status).toBe(202);
    expect((await invitationsOf(own, admin)).body).toHaveLength(2);
  });
});

describe("a link", () => {
  test("shows event, organiser and part to whoever has it, and neither the address nor anything that it changes", async () => {
    const token = await invitedToken(sale, someone(), "manager");
    const before = await rowsOf("SELECT * FROM crew_invitations WHERE event_id = ?", sale.eventId);
    const { status, body, headers } = await look(token);
    expect(status).toBe(200);
    expect(body).toEqual({
      event: {
        ...{ id: sale.eventId, name: "An evening", venue: "The hall", timezone: "Europe/Berlin" },
        ...{ starts_at: "2031-05-01T18:00:00.000Z", ends_at: "2031-05-01T21:00:00.000Z" },
      },
      organizer: sale.organizer.username,
      part: "manager",
      open_until: expect.any(String),
      accepted: false,
    });
    expect(headers.get("cache-control")).toBe("no-store");
    expect(await rowsOf("SELECT * FROM crew_invitations WHERE event_id = ?", sale.eventId)).toEqual(before);
  });

  test("gives its part to the account that accepts it, whichever address that has; once", async () => {
    const own = await putOnSale();
    const [helper, another] = [await newPerson(), await newPerson()];
    const token = await invitedToken(own, someone(), "manager");
    const accepted = await accept(helper, token);
    expect(accepted).toMatchObject({ status: 200, body: { event: { id: own.eventId, sold: 0 }, part: "manager" } });
    expect(await crewOf(own)).toEqual([`${helper.accountId} manager`]);
    expect(await accept(helper, token)).toMatchObject({ status: 200, body: accepted.body });
    expect(problemOf(await accept(another, token))).toBe("410 link-refused");
    expect(await look(token)).toMatchObject({ status: 200, body: { accepted: true } });
    expect((await invitationsOf(own)).body).toEqual([]);
    // It counts at once, with a token from before.
    expect((await call("PATCH", `/events/${own.eventId}`, { token: helper.token, anyBody: {} })).status).toBe(200);
  });

  test("is used by one of two who accept it at the same moment", async () => {
    const own = await putOnSale();
    const people = await Promise.all([newPerson(), newPerson(), newPerson()]);
    const token = await invitedToken(own, someone());
    const statuses = (await Promise.all(people.map((person) => accept(person, token)))).map(({ status }) => status);
    expect(statuses.toSorted()).toEqual([200, 410, 410]);
    expect(await crewOf(own)).toHaveLength(1);
  });

  test("does not bring back whose part was taken away", async () => {
    const own = await putOnSale();
    const helper = await newPerson();
    const token = await invitedToken(own, someone());
    await accept(helper, token);
    await call("DELETE", `/events/${own.eventId}/crew/${helper.accountId}`, { token: own.organizer.token });
    expect(problemOf(await accept(helper, token))).toBe("410 link-refused");
    expect(await crewOf(own)).toEqual([]);
  });

  test("stays open for somebody else where a member or the organiser opens it", async () => {
    const own = await putOnSale();
    const [member, helper] = [await newPerson(), await newPerson()];
    await give(own, member, "scanner");
    const token = await invitedToken(own, someone(), "manager");
    for (const person of [member, own.organizer]) {
      expect(problemOf(await accept(person, token))).toBe("409 already-in-crew");
    }
    expect(await crewOf(own)).toEqual([`${member.accountId} scanner`]);
    expect((await accept(helper, token)).status).toBe(200);
  });

  test("needs an account with a password that is not being deleted", async () => {
    const own = await putOnSale();
    const guest = await newGuest();
    const token = await invitedToken(own, someone());
    expect(problemOf(await accept(guest, token))).toBe("409 guest-account");
    const leaving = await newPerson();
    await sql("UPDATE accounts SET closing_since_ms = 1 WHERE id = ?", leaving.accountId);
    expect(problemOf(await accept(leaving, token))).toBe("409 account-closing");
    expect((await call("POST", "/me/crew", { body: { token } })).status).toBe(401);
    // Registering turns the guest's account into one that can.
    await sql("UPDATE accounts SET guest_due_ms = NULL WHERE id = ?", guest.accountId);
    expect((await accept(guest, token)).status).toBe(200);
  });

  test("is refused where the crew is complete, and good once there is room", async () => {
    const own = await putOnSale();
    const members = Array.from({ length: MAX_CREW }, () => newId());
    const insert = env.DB.prepare("INSERT INTO crew SELECT ?, value, 'scanner', 0 FROM json_each(?)");
    await insert.bind(own.eventId, JSON.stringify(members)).run();
    const helper = await newPerson();
    const token = await invitedToken(own, someone());
    expect(problemOf(await accept(helper, token))).toBe("409 too-many-crew");
    await sql("DELETE FROM crew WHERE account_id = ?", members[0] ?? "");
    expect((await accept(helper, token)).status).toBe(200);
  });
});

describe("an invitation ends", () => {
  const helper = () => newPerson();
  const ends: readonly [name: string, end: (own: OnSale, id: string) => unknown, shown: string, accepted: string][] = [
    ["after seven days", () => later(7 * DAY_MS), "410 link-refused", "410 link-refused"],
    ["when it is taken back", takeBack, "410 link-refused", "410 link-refused"],
    ["when its event is deleted", remove, "410 link-refused", "410 link-refused"],
    [
      "when its event is called off",
      (own) => change(own, { status: "cancelled" }),
      "409 event-cancelled",
      "409 event-cancelled",
    ],
    [
      "when its event is over",
      (own) => change(own, { starts_at: "2020-01-01T10:00:00Z", ends_at: "2020-01-01T11:00:00Z" }),
      "409 event-over",
      "409 event-over",
    ],
  ];

  function remove({ organizer, eventId }: OnSale) {
    return call("DELETE", `/events/${eventId}`, { token: organizer.token });
  }

  test.each(ends)("%s", async (_name, end, shown, accepted) => {
    const own = await putOnSale();
    const { body } = await invite(own, someone());
    const token = await tokenOf(body.id);
    expect((await look(token)).status).toBe(200);
    await end(own, body.id);
    const person = await helper();
    expect(problemOf(await look(token))).toBe(shown);
    expect(problemOf(await accept(person, token))).toBe(accepted);
    expect(await rowsOf("SELECT * FROM crew WHERE account_id = ?", person.accountId)).toEqual([]);
  });

  test.each(ends)("%s: a mail that is due is not sent", async (_name, end) => {
    const own = await putOnSale();
    const { body } = await invite(own, someone());
    await end(own, body.id);
    expect(await mailsAbout(body.id)).toEqual([]);
    const [mail] = await rowsOf("SELECT state, error FROM mails WHERE about = ?", body.id);
    expect(mail).toEqual({ state: "dropped", error: "nothing" });
  });

  test("and its mail is not sent when it was renewed or accepted meanwhile", async () => {
    const own = await putOnSale();
    const email = someone();
    const [first, second] = [await invite(own, email), await invite(own, email, "manager")];
    expect(await mailsAbout(first.body.id)).toEqual([]);
    await sql("UPDATE crew_invitations SET accepted_by = 'somebody' WHERE id = ?", second.body.id);
    expect(await mailsAbout(second.body.id)).toEqual([]);
  });

  test("as a manager when the event is handed over; for the door it stays", async () => {
    const own = await putOnSale();
    const [admin, heir] = [await newPerson("admin"), await newPerson("organizer")];
    const [asManager, atDoor] = [
      await invitedToken(own, someone(), "manager"),
      await invitedToken(own, someone(), "scanner"),
    ];
    const body = { organizer: heir.accountId };
    await call("POST", `/events/${own.eventId}/handover`, { token: admin.token, body });
    expect(problemOf(await look(asManager))).toBe("410 link-refused");
    expect((await look(atDoor)).status).toBe(200);
    expect((await invitationsOf(own, heir)).body).toMatchObject([{ part: "scanner" }]);
  });

  test("for good: taken back twice is gone, an accepted one can't be taken back, and another event's neither", async () => {
    const [own, other] = [await putOnSale(), await putOnSale()];
    const { body } = await invite(own, someone());
    expect((await takeBack(other, body.id)).status).toBe(404);
    expect((await takeBack(own, body.id)).status).toBe(204);
    expect((await takeBack(own, body.id)).status).toBe(404);
    const accepted = await invite(own, someone());
    await accept(await helper(), await tokenOf(accepted.body.id));
    expect((await takeBack(own, accepted.body.id)).status).toBe(404);
  });

  test("and is forgotten an hour later, accepted or not", async () => {
    const own = await putOnSale();
    await invite(own, someone());
    await accept(await helper(), await invitedToken(own, someone()));
    const kept = async () => (await rowsOf("SELECT id FROM crew_invitations WHERE event_id = ?", own.eventId)).length;
    await forgetExpiredInvitations(env.DB, Date.now() + 7 * DAY_MS + HOUR_MS / 2);
    expect(await kept()).toBe(2);
    await forgetExpiredInvitations(env.DB, Date.now() + 7 * DAY_MS + 2 * HOUR_MS);
    expect(await kept()).toBe(0);
  });
});

describe("erasing an account", () => {
  const left = (emailKey: string) => rowsOf("SELECT id FROM crew_invitations WHERE email_key = ?", emailKey);

  async function erase({ accountId }: Pick<Person, "accountId">): Promise<void> {
    await sql("UPDATE accounts SET closing_since_ms = 0 WHERE id = ?", accountId);
    expect(await eraseAccount(env, accountId, Date.now())).toBe(true);
  }

  test("takes what it has accepted, and invitations to the address that it has proven", async () => {
    const [person, prover] = [await newPerson(), await newPerson()];
    const [accepted, proven] = [someone(), `${prover.accountId}@example.test`];
    await accept(person, await invitedToken(sale, accepted));
    await invite(sale, proven);
    await sql("UPDATE accounts SET verified_email_key = email_key WHERE id = ?", prover.accountId);
    await erase(person);
    expect(await left(accepted)).toEqual([]);
    expect(await left(proven)).toHaveLength(1);
    await erase(prover);
    expect(await left(proven)).toEqual([]);
    expect(await rowsOf("SELECT id FROM mails WHERE address = ?", proven)).toEqual([]);
  });

  test("leaves those to an address that it has not proven, or that another account has proven, too", async () => {
    const [stranger, one, two] = [await newPerson(), await newPerson(), await newPerson()];
    const unproven = `${stranger.accountId}@example.test`;
    const shared = someone();
    await invite(sale, unproven);
    await invite(sale, shared);
    for (const { accountId } of [one, two])
      await sql("UPDATE accounts SET verified_email_key = ? WHERE id = ?", shared, accountId);
    await erase(stranger);
    await erase(one);
    expect([await left(unproven), await left(shared)].map(({ length }) => length)).toEqual([1, 1]);
  });
});

test("inviting, taking back and accepting are on record, without the address", async () => {
  const own = await putOnSale();
  const helper = await newPerson();
  const email = someone();
  const first = await invite(own, email, "scanner");
  await invite(own, email, "scanner");
  await takeBack(own, first.body.id);
  await takeBack(own, first.body.id);
  const second = await invite(own, email, "manager");
  const token = await tokenOf(second.body.id);
  await accept(helper, token);
  await accept(helper, token);
  const { body } = await call("GET", `/events/${own.eventId}/audit`, { token: own.organizer.token });
  const lines = body.filter(({ action }) => action.startsWith("crew."));
  expect(lines.map(({ action, actor, object, details }) => [action, actor, object.id, details])).toEqual([
    ["crew.accept", helper.accountId, helper.accountId, { invitation: second.body.id, part: "manager" }],
    ["crew.invite", own.organizer.accountId, own.eventId, { invitation: second.body.id, part: "manager" }],
    ["crew.take-back", own.organizer.accountId, own.eventId, { invitation: first.body.id }],
    ["crew.invite", own.organizer.accountId, own.eventId, { invitation: first.body.id, part: "scanner" }],
  ]);
  expect(JSON.stringify(body)).not.toContain(email.split("@")[0]);
});
