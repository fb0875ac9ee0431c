// What an organiser writes to everybody who holds tickets: once each, a few times a day, as text.

import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { DAY_MS } from "../../../../src/domain/units.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { sellAt } from "../../../support/counter.ts";
import { WITH_MAIL } from "../../../support/links.ts";
import {
  addressesOf,
  callOff,
  change,
  d1Dying,
  emailOf,
  mailingsOf,
  owedOf,
  passAllOn,
  type Sale,
  sentOf,
  soldTo,
  sweepMails,
} from "../../../support/mailings.ts";
import { outcomeOf, payOrder, placeOrder } from "../../../support/orders.ts";
import { boughtPasses } from "../../../support/passes.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, createEvent, newPerson, type Person, pagesOf, putOnSale, until } from "../../../support/service.ts";

const MESSAGE = { subject: "Doors open at 18:00", text: "Come by tram.\n\nThere is nowhere to park." };

function write({ eventId, organizer: { token } }: Sale, body: unknown = MESSAGE, key?: string, settings = WITH_MAIL) {
  const headers = key === undefined ? {} : { "idempotency-key": key };
  return call("POST", `/events/${eventId}/messages`, { token, anyBody: body, settings, headers });
}
const listed = ({ eventId, organizer: { token } }: Sale) => call("GET", `/events/${eventId}/messages`, { token });

describe("a message", () => {
  test("is mailed once to each buyer, customer and holder, also if a step dies; as text, marked as the organiser's", async () => {
    const sale = await putOnSale();
    await soldTo(sale, 4, 100);
    const buyer = await newPerson();
    const friend = `friend-${sale.eventId}@friend.test`;
    const [, given = ""] = await boughtPasses(sale.ticketId, 2, buyer.accountId);
    await passAllOn(sale, buyer, [given], friend);
    const customer = { email: `customer-${sale.eventId}@example.test` };
    await sellAt(sale, "cash", [[sale.ticketId, 1]], { customer });
    await until(
      () => rowsOf("SELECT 1 FROM reservations WHERE ticket_type_id = ? AND state = 'confirmed'", sale.ticketId),
      ({ length }) => length === 402,
    );
    const text = "<a href='https://evil.test'>Click</a>\r\nYour password: &amp;";
    expect((await write(sale, { subject: "<b>News</b>", text })).status).toBe(202);
    for (const isDone of [false, true]) {
      await expect(sweepMails({ ...env, DB: d1Dying(isDone) } as Env)).rejects.toThrow("died");
    }
    await sweepMails();
    await sweepMails();
    expect(await mailingsOf(sale)).toEqual([]);
    const sent = await sentOf(sale);
    const buyers = Array.from({ length: 4 }, (_, n) => `confirmed-${sale.eventId}-${n + 1}@example.test`);
    expect(addressesOf(sent)).toEqual([...buyers, await emailOf(buyer), friend, customer.email].sort());
    for (const mail of sent) {
      expect(mail.subject).toBe("An evening: <b>News</b>");
      expect(mail.text).toContain("> <a href='https://evil.test'>Click</a>\n> Your password: &amp;");
      expect(mail.html).toContain("&lt;a href=&#39;https://evil.test&#39;&gt;Click&lt;/a&gt;");
      expect(mail.html).not.toMatch(/<(a|b)[ >]/);
    }
  });

  test("is listed with what each reader bought last of the event, so that its organiser finds whom it did not reach", async () => {
    const sale = await putOnSale();
    const [alone, ordering, former, holding] = await Promise.all([newPerson(), newPerson(), newPerson(), newPerson()]);
    const reservationOf = async (buyer: Person, ticket: string) =>
      ((await boughtPasses(ticket, 1, buyer.accountId))[0] ?? "").slice(0, -2);
    await reservationOf(alone, sale.ticketId);
    const latest = await reservationOf(alone, sale.ticketId);
    await reservationOf(alone, (await putOnSale()).ticketId);
    const order = (await placeOrder(ordering, [sale.ticketId, 1])).body.id;
    await payOrder(ordering, order);
    await outcomeOf(ordering, order);
    const givenBack = await reservationOf(former, sale.ticketId);
    const passedOn = await reservationOf(holding, sale.ticketId);
    await passAllOn(sale, holding, [`${passedOn}-1`], "friend@friend.test");
    const customer = { email: `customer-${sale.eventId}@example.test` };
    const sold = (await sellAt(sale, "cash", [[sale.ticketId, 1]], { customer })).body.id;
    await until(
      () => rowsOf("SELECT 1 FROM reservations WHERE ticket_type_id = ? AND state = 'confirmed'", sale.ticketId),
      ({ length }) => length === 6,
    );
    await write(sale);
    await sweepMails();
    // After the mail.
    const { token } = sale.organizer;
    const body = { all: true, restock: false, reason: "asked" } as const;
    await call("POST", `/reservations/${givenBack}/refunds`, { token, body });
    const found = () => call("GET", `/events/${sale.eventId}/mails?limit=100`, { token });
    await until(found, ({ body: mails }) => mails.some(({ kind }) => kind === "refunded"));
    const about = (await found()).body
      .filter(({ kind }) => kind === "event_message")
      .map((mail) => mail.order ?? mail.reservation);
    expect(about.sort()).toEqual([latest, order, givenBack, passedOn, passedOn, sold].sort());
  });

  test("of an event that was called off reaches those whose tickets were refunded", async () => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    await boughtPasses(sale.ticketId, 1, buyer.accountId);
    await callOff(sale, { refund: true });
    await until(
      () => rowsOf("SELECT 1 FROM reservations WHERE ticket_type_id = ? AND state = 'refunded'", sale.ticketId),
      ({ length }) => length === 1,
    );
    await write(sale);
    await sweepMails();
    expect((await owedOf(sale)).map(({ kind }) => kind).sort()).toEqual(["event_called_off", "event_message"]);
  });

  test("and a change of the event at the same time are two mails", async () => {
    const sale = await putOnSale();
    await soldTo(sale, 1);
    await write(sale);
    await change(sale, { venue: "Another hall" });
    await write(sale);
    await change(sale, { name: "Another night" });
    await sweepMails();
    const kinds = (await owedOf(sale)).map(({ kind }) => kind).sort();
    expect(kinds).toEqual(["event_changed", "event_message", "event_message"]);
  });

  test("repeated with its key is the same one, and counts once; with another text it is refused", async () => {
    const sale = await putOnSale();
    await soldTo(sale, 1);
    const first = await write(sale, MESSAGE, "k");
    expect([first.status, first.headers.get("location")]).toEqual([202, `/events/${sale.eventId}/messages`]);
    for (let repeat = 0; repeat < 3; repeat++) {
      const again = await write(sale, MESSAGE, "k");
      expect([again.status, again.headers.get("idempotent-replayed")]).toEqual([202, "true"]);
      expect(again.body.id).toBe(first.body.id);
    }
    const other = await write(sale, { ...MESSAGE, text: "Otherwise" }, "k");
    expect([other.status, other.body.type]).toEqual([422, "/problems/idempotency-key-reused"]);
    expect(await mailingsOf(sale)).toHaveLength(1);
    await sweepMails();
    expect(await owedOf(sale)).toHaveLength(1);
    // Each other's keys are their own, and so are other events'.
    const elsewhere = { ...sale, eventId: await createEvent(sale.organizer) };
    expect((await write(elsewhere, MESSAGE, "k")).headers.get("idempotent-replayed")).toBeNull();
  });

  test("is refused where three were sent in a day, also at once; a replay is not", async () => {
    const sale = await putOnSale();
    const keys = ["a", "b", "c", "d", "e"];
    const answers = await Promise.all(keys.map((key) => write(sale, MESSAGE, key)));
    const refused = answers.filter(({ status }) => status !== 202);
    expect(refused.map(({ status, body }) => [status, body.type])).toEqual(
      Array(2).fill([429, "/problems/too-many-messages"]),
    );
    const seconds = Number(refused[0]?.headers.get("retry-after"));
    expect(seconds).toBeGreaterThan(DAY_MS / 1_000 - 60);
    expect(seconds).toBeLessThanOrEqual(DAY_MS / 1_000);
    const accepted = keys[answers.findIndex(({ status }) => status === 202)];
    expect((await write(sale, MESSAGE, accepted)).status).toBe(202);
    expect((await write(await putOnSale())).status).toBe(202);
    const audited = await rowsOf(
      "SELECT details FROM audit_log WHERE action = 'event.message' AND event_id = ?",
      sale.eventId,
    );
    expect(audited).toHaveLength(3);
    await sql("UPDATE event_messages SET created_at_ms = created_at_ms - ? WHERE event_id = ?", DAY_MS, sale.eventId);
    expect((await write(sale)).status).toBe(202);
  });

  test("is on record in the audit log, without its text", async () => {
    const sale = await putOnSale();
    const { id } = (await write(sale)).body;
    const [audited] = await rowsOf(
      "SELECT * FROM audit_log WHERE action = 'event.message' AND event_id = ?",
      sale.eventId,
    );
    expect(audited).toMatchObject({
      actor_id: sale.organizer.accountId,
      object_type: "event",
      object_id: sale.eventId,
    });
    expect(JSON.parse(String(audited?.details))).toEqual({ message: id, subject: MESSAGE.subject });
  });

  test.each<[what: string, body: unknown, path: string]>([
    ["without a subject", { text: "Hello" }, "subject"],
    ["with a blank subject", { subject: " \u200b ", text: "Hello" }, "subject"],
    ["with a subject of two lines", { subject: "News\nBcc: eve@example.test", text: "Hello" }, "subject"],
    ["with a long subject", { subject: "x".repeat(101), text: "Hello" }, "subject"],
    ["with a blank text", { subject: "News", text: " \n " }, "text"],
    ["with a long text", { subject: "News", text: "x".repeat(5_001) }, "text"],
    ["with what it does not have", { ...MESSAGE, html: "<b>" }, "html"],
  ])("%s is refused", async (_what, body, path) => {
    const answer = await write(await putOnSale(), body);
    expect([answer.status, answer.body.type]).toEqual([422, "/problems/invalid-request"]);
    expect(JSON.parse(answer.text).errors.map((error: { path: string }) => error.path)).toEqual([path]);
  });

  test("is refused where no mail can be sent, and long after the event", async () => {
    const sale = await putOnSale();
    const unsent = await write(sale, MESSAGE, undefined, {});
    expect([unsent.status, unsent.body.type]).toEqual([503, "/problems/mail-unavailable"]);
    const endAt = (ms: number) =>
      sql("UPDATE events SET starts_at_ms = 1, ends_at_ms = ? WHERE id = ?", ms, sale.eventId);
    await endAt(Date.now() - 30 * DAY_MS);
    const late = await write(sale);
    expect([late.status, late.body.type]).toEqual([409, "/problems/event-over"]);
    expect(await mailingsOf(sale)).toEqual([]);
    await endAt(Date.now() - 29 * DAY_MS);
    await soldTo(sale, 1);
    expect((await write(sale)).status).toBe(202);
    await sweepMails();
    expect(await sentOf(sale)).toHaveLength(1);
  });

  test("goes with its event when that is deleted", async () => {
    const organizer = await newPerson("organizer");
    const eventId = await createEvent(organizer);
    const sale = { eventId, organizer, ticketId: "" } as Sale;
    expect((await write(sale)).status).toBe(202);
    expect((await call("DELETE", `/events/${eventId}`, { token: organizer.token })).status).toBe(204);
    expect(await mailingsOf(sale)).toEqual([]);
    expect(await rowsOf("SELECT 1 FROM event_messages WHERE event_id = ?", eventId)).toEqual([]);
  });
});

describe("the list of messages", () => {
  test("shows how far each is: none owed, owed, sent", async () => {
    const sale = await putOnSale();
    await soldTo(sale, 3);
    const { id, created_at } = (await write(sale)).body;
    const shown = { id, ...MESSAGE, created_at };
    expect((await listed(sale)).body).toEqual([{ ...shown, mails: [], finished_at: null }]);
    await sweepMails();
    expect((await listed(sale)).body).toEqual([{ ...shown, mails: [{ state: "due", mails: 3 }], finished_at: null }]);
    const [first] = await owedOf(sale);
    await sentOf(sale);
    await sql("UPDATE mails SET state = 'bounced' WHERE id = ?", first?.id);
    const mails = [
      { state: "bounced", mails: 1 },
      { state: "sent", mails: 2 },
    ];
    expect((await listed(sale)).body).toEqual([{ ...shown, mails, finished_at: expect.stringMatching(/Z$/) }]);
  });

  test("is paged, newest first, and of this event alone", async () => {
    const [sale, other] = await Promise.all([putOnSale(), putOnSale()]);
    await write(other);
    const ids: string[] = [];
    for (const subject of ["One", "Two", "Three"]) {
      ids.unshift((await write(sale, { ...MESSAGE, subject })).body.id);
      await sql("UPDATE event_messages SET created_at_ms = created_at_ms - 1000 WHERE event_id = ?", sale.eventId);
    }
    const { token } = sale.organizer;
    const pages = await pagesOf(`/events/${sale.eventId}/messages?limit=2`, { token });
    expect(pages.map(({ body }) => body.map(({ id }) => id))).toEqual([ids.slice(0, 2), ids.slice(2)]);
  });
});
