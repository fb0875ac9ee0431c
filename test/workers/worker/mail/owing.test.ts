// Which mails sales owe: by the same commit as the copy that says what happened, once, and none for
// what happened before mails were owed, or long ago. They go out through the real queue.

import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Env } from "../../../../src/worker/env.ts";
import { passCode } from "../../../../src/worker/passes/pass-keys.ts";
import { qrGif } from "../../../../src/worker/passes/qr.ts";
import { sellAt } from "../../../support/counter.ts";
import { outcomeOf, payOrder, placeOrder, stockOf, twoTypes } from "../../../support/orders.ts";
import { passOn } from "../../../support/passes.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import {
  addTicket,
  call,
  createEvent,
  hold,
  newPerson,
  objectOf,
  type Person,
  pagesOf,
  pay,
  putOnSale,
  until,
} from "../../../support/service.ts";
import { newGuest } from "../../../support/sign-in.ts";

const send = vi.fn(async (_: EmailMessageBuilder) => ({ messageId: crypto.randomUUID() }));
Object.assign(env, { MAIL_FROM: "tickets@shop.example", PUBLIC_URL: "https://shop.example", EMAIL: { send } });

beforeEach(() => {
  send.mockClear();
});

/** The mails about a sale, oldest first, once none of them is due. */
async function mailsAbout(saleId: string, count = 1) {
  const query = "SELECT * FROM mails WHERE about = ? ORDER BY created_at_ms, id";
  return until(
    () => rowsOf(query, saleId),
    (rows) => rows.length >= count && rows.every(({ state }) => state !== "due"),
  );
}

function sentTo(address: string) {
  return send.mock.calls.map(([mail]) => mail).filter(({ to }) => to === address);
}

async function emailOf({ accountId }: Person) {
  const [row] = await rowsOf("SELECT email FROM accounts WHERE id = ?", accountId);
  return String(row?.email);
}

async function buyAlone(buyer: Person, ticketId: string, quantity = 2, method = "pm_card_visa") {
  const { id } = (await hold(buyer, ticketId, quantity)).body;
  await pay(buyer, id, method);
  const payment = () => call("GET", `/reservations/${id}/payment`, { token: buyer.token });
  await until(payment, ({ body }) => body.state !== "pending");
  return id;
}

async function buyOrder(buyer: Person, ...lines: readonly (readonly [string, number])[]) {
  const { id } = (await placeOrder(buyer, ...lines)).body;
  await payOrder(buyer, id);
  await outcomeOf(buyer, id);
  return id;
}

describe("what was bought", () => {
  test("alone: one mail to its buyer, in the buyer's language", async () => {
    const [sale, buyer] = await Promise.all([putOnSale(), newPerson()]);
    await sql("UPDATE accounts SET language = 'de' WHERE id = ?", buyer.accountId);
    const id = await buyAlone(buyer, sale.ticketId);
    const [mail, ...others] = await mailsAbout(id);
    expect(others).toEqual([]);
    expect(mail).toMatchObject({ kind: "confirmed", state: "sent", attempts: 1, event_id: sale.eventId });
    const sent = sentTo(await emailOf(buyer));
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ subject: "Ihre Tickets: An evening", headers: { "X-Mail-Id": `confirmed.${id}` } });
    expect(sent[0]?.text).toContain("2 × Stalls: 90,00");
    // A picture of each pass's code, which opens the door.
    const attachments = sent[0]?.attachments ?? [];
    expect(attachments.map(({ disposition, contentId }) => `${disposition} ${contentId}`)).toEqual([
      "inline pass-1",
      "inline pass-2",
    ]);
    const codes = await Promise.all([1, 2].map((number) => passCode(env as Env, `${id}-${number}`, 0)));
    expect(attachments.map(({ content }) => content)).toEqual(codes.map((code) => qrGif(code)));
    for (const code of codes) expect(JSON.stringify(mail)).not.toContain(code);
    expect(sent[0]?.text).toContain(`https://shop.example/my/reservations/${id}\n`);
  });

  test("in an order: one mail for all of it, and none for its parts; a guest gets it too", async () => {
    const [types, guest] = await Promise.all([twoTypes(), newGuest()]);
    const id = await buyOrder(guest, [types.stalls, 2], [types.parking, 1]);
    expect(await mailsAbout(id)).toMatchObject([{ kind: "confirmed", state: "sent", event_id: types.eventId }]);
    const parts = await rowsOf("SELECT id FROM reservations WHERE order_id = ? AND state = 'confirmed'", id);
    for (const part of parts) expect(await rowsOf("SELECT * FROM mails WHERE about = ?", part.id)).toEqual([]);
    const [mail, ...others] = sentTo(await emailOf(guest));
    expect(others).toEqual([]);
    expect(mail?.text).toMatch(/2 × Stalls: €90\.00\n1 × Parking: €5\.00/);
    expect(mail?.text).toContain("Total: €95.00");
  });

  test("and partly revoked or passed on: the codes of the rest, should it be mailed later", async () => {
    const [sale, buyer] = await Promise.all([putOnSale(), newPerson()]);
    const id = await buyAlone(buyer, sale.ticketId, 4);
    await mailsAbout(id);
    const row = "INSERT INTO passes (reservation_id, number, ticket_type_id, generation, state, holder_email, version)";
    await sql(`${row} VALUES (?, 2, ?, 1, 'valid', 'eve@example.test', 1)`, id, sale.ticketId);
    await sql(`${row} VALUES (?, 3, ?, 0, 'revoked', NULL, 2)`, id, sale.ticketId);
    await sql(`${row} VALUES (?, 4, ?, 2, 'valid', NULL, 3)`, id, sale.ticketId);
    send.mockClear();
    await sql("UPDATE mails SET state = 'due', due_ms = 0 WHERE about = ?", id);
    await env.MAILS.send({ mailId: `confirmed.${id}` });
    await until(
      async () => sentTo(await emailOf(buyer)),
      (sent) => sent.length === 1,
    );
    const [mail] = sentTo(await emailOf(buyer));
    const codes = await Promise.all([passCode(env as Env, `${id}-1`, 0), passCode(env as Env, `${id}-4`, 2)]);
    expect(mail?.attachments?.map(({ content }) => content)).toEqual(codes.map((code) => qrGif(code)));
  });

  test("at the counter: a mail where the customer left an address, and none where not", async () => {
    const types = await twoTypes();
    const sale = { eventId: types.eventId, organizer: types.organizer };
    const email = `customer-${types.eventId}@example.test`;
    const mailed = (await sellAt(sale, "cash", [[types.stalls, 1]], { customer: { name: "Ada", email } })).body.id;
    const silent = (await sellAt(sale, "cash", [[types.stalls, 1]], { customer: { name: "Bob" } })).body.id;
    expect(await mailsAbout(mailed)).toMatchObject([{ kind: "confirmed", state: "sent", account_id: null }]);
    expect(sentTo(email)).toHaveLength(1);
    expect(sentTo(email)[0]?.text).not.toContain("https:");
    await until(
      () => stockOf(types.stalls),
      ([stock]) => stock?.sold === 2,
    );
    expect(await rowsOf("SELECT * FROM mails WHERE about = ?", silent)).toEqual([]);
  });

  test("is mailed once, however often its copy is written", async () => {
    const [sale, buyer] = await Promise.all([putOnSale(), newPerson()]);
    const id = await buyAlone(buyer, sale.ticketId);
    await mailsAbout(id);
    await objectOf(id).republish({ reservations: [{ id, aboveVersion: 100 }], ticketTypeAboveVersion: 100 });
    const copied = () => rowsOf("SELECT version FROM reservations WHERE id = ?", id);
    await until(copied, ([row]) => Number(row?.version) > 100);
    expect(await mailsAbout(id)).toMatchObject([{ attempts: 1 }]);
    expect(sentTo(await emailOf(buyer))).toHaveLength(1);
  });

  test("before mails were owed is not mailed by a copy that is written again", async () => {
    const [sale, buyer] = await Promise.all([putOnSale(), newPerson()]);
    const [since] = await rowsOf("SELECT since_ms FROM mail_start");
    await sql("UPDATE mail_start SET since_ms = ?", Date.now() + 3_600_000);
    const id = await buyAlone(buyer, sale.ticketId);
    await objectOf(id).republish({ reservations: [{ id, aboveVersion: 100 }], ticketTypeAboveVersion: 100 });
    const copied = () => rowsOf("SELECT version FROM reservations WHERE id = ?", id);
    await until(copied, ([row]) => Number(row?.version) > 100);
    expect(await rowsOf("SELECT * FROM mails WHERE about = ?", id)).toEqual([]);
    await sql("UPDATE mail_start SET since_ms = ?", since?.since_ms);
  });
});

test("an order over two events is listed with the mails of each, newest first, and goes with its account", async () => {
  const one = await twoTypes();
  const { organizer } = one;
  const other = await createEvent(organizer);
  const late = await addTicket(organizer, other);
  const buyer = await newPerson();
  const before = await buyAlone(buyer, late, 1);
  await mailsAbout(before);
  const id = await buyOrder(buyer, [one.stalls, 1], [one.parking, 1], [late, 1]);
  await mailsAbout(id);
  const listed = async (event: string, query = "") => {
    const { body } = await call("GET", `/events/${event}/mails${query}`, { token: organizer.token });
    return body.map(({ order, reservation }) => order ?? reservation);
  };
  expect(await listed(one.eventId)).toEqual([id]);
  expect(await listed(other)).toEqual([id, before]);
  expect(await listed(other, "?state=due")).toEqual([]);
  expect(await listed(other, "?limit=1")).toEqual([id]);
  await sql("DELETE FROM mails WHERE account_id = ?", buyer.accountId);
  expect([await listed(one.eventId), await listed(other)]).toEqual([[], []]);
  expect(await rowsOf("SELECT * FROM event_mails WHERE mail_id GLOB ?", `*${id}*`)).toEqual([]);
});

describe("a pass that is passed on", () => {
  const codesIn = (mail: EmailMessageBuilder | undefined) => mail?.attachments?.map(({ content }) => content);
  const pictureOf = async (passId: string, generation: number) => qrGif(await passCode(env as Env, passId, generation));
  const mailAgain = async (mailId: string) => {
    await sql("UPDATE mails SET state = 'due', due_ms = 0 WHERE id = ?", mailId);
    await env.MAILS.send({ mailId });
  };

  async function bought() {
    const [sale, buyer, friend] = await Promise.all([putOnSale(), newPerson(), newPerson()]);
    const id = await buyAlone(buyer, sale.ticketId);
    await mailsAbout(id);
    await sql("UPDATE accounts SET language = 'de' WHERE id = ?", buyer.accountId);
    return { sale, buyer, friend, id, passId: `${id}-1` };
  }

  test("is mailed to each new holder once, and the code of the one before opens nothing", async () => {
    const { sale, buyer, friend, id, passId } = await bought();
    const first = `${friend.username}@friend.test`;
    expect((await passOn(buyer, passId, first.toUpperCase())).status).toBe(201);
    const wanted = { id: `pass_received.${passId}.1`, state: "sent", attempts: 1, account_id: buyer.accountId };
    expect(await mailsAbout(passId)).toMatchObject([{ ...wanted, event_id: sale.eventId, address: first }]);
    const [mail, ...more] = sentTo(first);
    expect(more).toEqual([]);
    expect(mail?.subject).toBe("Ein Ticket für Sie: An evening");
    expect(mail?.text).toContain(`Ticket: Stalls\nNummer: ${passId}\n`);
    expect(mail?.text).toContain(`https://shop.example/my/passes/${passId}\n`);
    expect(codesIn(mail)).toEqual([await pictureOf(passId, 1)]);
    // Nobody has proven that the address is the sender's.
    expect(`${mail?.text}${mail?.html}`).not.toContain(buyer.username);

    await sql("UPDATE accounts SET email_key = ?1, verified_email_key = ?1 WHERE id = ?2", first, friend.accountId);
    const second = `another-${friend.username}@friend.test`;
    expect((await passOn(friend, passId, second)).status).toBe(201);
    expect(await mailsAbout(passId, 2)).toMatchObject([{ state: "sent" }, { state: "sent", address: second }]);
    const [next] = sentTo(second);
    expect(next?.text).toContain(`“${friend.username}” has passed a ticket on to you.`);
    expect(codesIn(next)).toEqual([await pictureOf(passId, 2)]);
    expect(sentTo(first)).toHaveLength(1);
    const scan = { type: "in", passId, by: "crew", gate: "A", atMs: null } as const;
    const scans = [1, 2].map((generation) => ({ ...scan, generation, key: `scan-${passId}-${generation}` }));
    expect((await objectOf(id).checkIn(scans)).map(({ ok }) => ok)).toEqual([false, true]);
  });

  test("is mailed once, however often its copy is written, and changes", async () => {
    const { buyer, friend, id, passId } = await bought();
    const address = `${friend.username}@friend.test`;
    await passOn(buyer, passId, address);
    await mailsAbout(passId);
    await sql("UPDATE accounts SET verified_email_key = ? WHERE id = ?", address, friend.accountId);
    await call("PATCH", `/passes/${passId}`, { token: friend.token, body: { holder_name: "A friend" } });
    const passes = [{ passId, aboveVersion: 100 }];
    await objectOf(id).republish({ reservations: [], ticketTypeAboveVersion: null, passes });
    const copied = () => rowsOf("SELECT version, holder_name FROM passes WHERE reservation_id = ?", id);
    await until(copied, ([row]) => Number(row?.version) > 100 && row?.holder_name === "A friend");
    expect(await mailsAbout(passId)).toMatchObject([{ attempts: 1 }]);
    expect(sentTo(address)).toHaveLength(1);
  });

  test("again, or given back, before the mail is sent: the one before gets none", async () => {
    const { sale, buyer, friend, id, passId } = await bought();
    const first = `${friend.username}@friend.test`;
    await passOn(buyer, passId, first);
    await mailsAbout(passId);
    await sql("UPDATE accounts SET verified_email_key = ? WHERE id = ?", first, friend.accountId);
    await passOn(friend, passId, "another@friend.test");
    await mailsAbout(passId, 2);
    send.mockClear();
    await mailAgain(`pass_received.${passId}.1`);
    const dropped = { state: "dropped", error: "nothing" };
    expect(await mailsAbout(passId, 2)).toMatchObject([dropped, { state: "sent" }]);
    const items = [{ reservation: id, quantity: 2 }];
    const body = { items, restock: true, reason: "Ill" };
    const refund = await call("POST", `/reservations/${id}/refunds`, { token: sale.organizer.token, body });
    expect(refund.status).toBe(201);
    await until(
      () => rowsOf("SELECT state FROM passes WHERE reservation_id = ? AND number = 1", id),
      ([row]) => row?.state === "revoked",
    );
    send.mockClear();
    await mailAgain(`pass_received.${passId}.2`);
    expect(await mailsAbout(passId, 2)).toMatchObject([dropped, dropped]);
    expect([...sentTo(first), ...sentTo("another@friend.test")]).toEqual([]);
  });
});

test("the organiser sees what became of the event's mails, and the whole address only of what did not reach it", async () => {
  const [sale, buyer, other] = await Promise.all([putOnSale(), newPerson(), putOnSale()]);
  const id = await buyAlone(buyer, sale.ticketId);
  const again = await buyAlone(buyer, sale.ticketId, 1);
  await Promise.all([mailsAbout(id), mailsAbout(again)]);
  await sql("UPDATE mails SET state = 'bounced', error = '5.1.1' WHERE about = ?", id);
  const { token } = sale.organizer;
  const { body } = await call("GET", `/events/${sale.eventId}/mails`, { token });
  expect(body.map(({ reservation, state }) => [reservation, state])).toEqual([
    [again, "sent"],
    [id, "bounced"],
  ]);
  const pages = await pagesOf(`/events/${sale.eventId}/mails?limit=1`, { token });
  expect(pages.map((page) => page.body)).toEqual(body.map((mail) => [mail]));
  const masked = `${buyer.accountId[0]}…@example.test`;
  const whole = await emailOf(buyer);
  for (const [state, to] of [
    ["bounced", whole],
    ["refused", whole],
    ["suppressed", whole],
    ["complained", masked],
    ["dropped", masked],
    ["sent", masked],
    ["due", masked],
  ]) {
    await sql("UPDATE mails SET state = ? WHERE about = ?", state, id);
    const found = await call("GET", `/events/${sale.eventId}/mails?state=${state}`, { token });
    expect(found.body.filter(({ reservation }) => reservation === id)).toMatchObject([
      { kind: "confirmed", state, error: "5.1.1", order: null, to },
    ]);
  }
  expect((await call("GET", `/events/${other.eventId}/mails`, { token })).status).toBe(404);
});

describe("what went back", () => {
  test("a part and the rest: a mail for each refund, with what it was", async () => {
    const [types, buyer] = await Promise.all([twoTypes(), newPerson()]);
    const id = await buyOrder(buyer, [types.stalls, 2]);
    await mailsAbout(id);
    const { token } = types.organizer;
    const [part] = await rowsOf("SELECT id FROM reservations WHERE order_id = ?", id);
    const items = [{ reservation: String(part?.id), quantity: 1 }];
    const refund = { reason: "Ill", restock: false };
    await call("POST", `/orders/${id}/refunds`, { token, body: { ...refund, items } });
    await mailsAbout(id, 2);
    await call("POST", `/orders/${id}/refunds`, { token, body: { ...refund, items } });
    const mails = await mailsAbout(id, 3);
    expect(mails.map(({ kind, state }) => [kind, state])).toEqual([
      ["confirmed", "sent"],
      ["refunded", "sent"],
      ["refunded", "sent"],
    ]);
    const [, first, second] = sentTo(await emailOf(buyer));
    expect(first?.text).toContain("One ticket has been given back and can no longer be used. One ticket stays yours.");
    expect(first?.text).toContain("Refund: €45.00");
    expect(second?.text).toContain("Your tickets have been given back and are no longer valid.");
  });
});

test("a payment that its buyer saw fail owes no mail", async () => {
  const [sale, buyer] = await Promise.all([putOnSale(), newPerson()]);
  const id = await buyAlone(buyer, sale.ticketId, 1, "pm_card_visa_chargeDeclined");
  const copied = () => rowsOf("SELECT payment_state FROM reservations WHERE id = ?", id);
  await until(copied, ([row]) => row?.payment_state === "failed");
  expect(await rowsOf("SELECT * FROM mails WHERE about = ?", id)).toEqual([]);
});

test("a mail service that hangs, and a queue that fails, hold up no purchase", async () => {
  const [sale, buyer] = await Promise.all([putOnSale(), newPerson()]);
  const failing = vi.spyOn(env.MAILS, "sendBatch").mockRejectedValue(new Error("no queue"));
  send.mockImplementation(() => new Promise(() => {}));
  try {
    const id = await buyAlone(buyer, sale.ticketId);
    const { body } = await call("GET", `/reservations/${id}`, { token: buyer.token });
    expect(body.state).toBe("confirmed");
    await until(
      () => rowsOf("SELECT state FROM mails WHERE about = ?", id),
      ([row]) => row?.state === "due",
    );
  } finally {
    failing.mockRestore();
    send.mockImplementation(async () => ({ messageId: crypto.randomUUID() }));
  }
});

test("the copy and the mail are one batch: neither is written without the other", async () => {
  const [sale, buyer] = await Promise.all([putOnSale(), newPerson()]);
  await sql("ALTER TABLE mail_start RENAME TO no_mail_start");
  const id = await buyAlone(buyer, sale.ticketId);
  const states = () => rowsOf("SELECT state FROM reservations WHERE id = ?", id);
  // Its statement fails, so the copy stays as it was.
  expect(await states()).toEqual([{ state: "held" }]);
  await sql("ALTER TABLE no_mail_start RENAME TO mail_start");
  expect(await mailsAbout(id)).toMatchObject([{ kind: "confirmed", state: "sent" }]);
  expect(await states()).toEqual([{ state: "confirmed" }]);
});
