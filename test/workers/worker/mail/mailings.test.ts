// Everybody who holds tickets of an event is mailed that it was called off, or has changed: once
// each, in steps of a few hundred, of which any may die.

import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import type { Env } from "../../../../src/worker/env.ts";
import { sweepMailings } from "../../../../src/worker/mail/mailings.ts";
import { sellAt } from "../../../support/counter.ts";
import {
  addressesOf,
  callOff,
  change,
  d1Dying,
  emailOf,
  mailingsOf,
  owedOf,
  passAllOn,
  sentOf,
  soldTo,
  sweepMails as sweep,
} from "../../../support/mailings.ts";
import { boughtPasses } from "../../../support/passes.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, newPerson, objectOf, putOnSale, until } from "../../../support/service.ts";

describe("an event that changes", () => {
  test("is mailed to 1,000 buyers once each, in steps; also if any of them dies", async () => {
    const sale = await putOnSale();
    await soldTo(sale, 1_000);
    expect((await change(sale, { venue: "Another hall" })).status).toBe(200);
    expect(await mailingsOf(sale)).toMatchObject([{ after_id: "", venue: expect.not.stringContaining("Another") }]);
    expect(await owedOf(sale)).toEqual([]);
    // Each write dies before it is done, then one after it: a step is done whole, or not at all.
    for (const isDone of [false, true, false]) {
      const before = (await owedOf(sale)).length;
      const dying = { ...env, DB: d1Dying(isDone) } as Env;
      await expect(sweep(dying)).rejects.toThrow("died");
      expect((await owedOf(sale)).length).toBe(before + (isDone ? 300 : 0));
    }
    await sweep();
    const owed = await owedOf(sale);
    expect(new Set(owed.map(({ account_id }) => account_id)).size).toBe(1_000);
    expect(owed).toHaveLength(1_000);
    expect(await mailingsOf(sale)).toEqual([]);
    await sweep();
    expect(await owedOf(sale)).toHaveLength(1_000);
  });

  test("is mailed once to an account with several reservations, to new holders, and to nobody else", async () => {
    const sale = await putOnSale();
    await soldTo(sale, 2, 200);
    await soldTo(sale, 3, 1, "expired");
    const buyer = await newPerson();
    const friend = `friend-${sale.eventId}@friend.test`;
    const [first = "", second = "", third = ""] = await boughtPasses(sale.ticketId, 3, buyer.accountId);
    await passAllOn(sale, buyer, [first, second], friend);
    // Another buyer, at an address that is proven.
    const other = `confirmed-${sale.eventId}-1`;
    await sql("UPDATE accounts SET verified_email_key = email WHERE id = ?", other);
    await passAllOn(sale, buyer, [third], `${other}@example.test`);
    await change(sale, { name: "A night", starts_at: "2031-05-01T17:00:00Z" });
    await sweep();
    const sent = await sentOf(sale);
    const buyers = [1, 2].map((number) => `confirmed-${sale.eventId}-${number}@example.test`);
    expect(addressesOf(sent)).toEqual([...buyers, friend, await emailOf(buyer)].sort());
    expect(sent[0]).toMatchObject({ subject: "Changed: A night" });
    expect(sent[0]?.text).toContain("Before: Name: An evening");
    for (const { id } of sent) expect(id).not.toContain("@");
  });

  test("is mailed to customers of the counter who left an address, and not to who buys afterwards", async () => {
    const sale = await putOnSale();
    const email = `customer-${sale.eventId}@example.test`;
    const customer = { name: "Ada", email };
    expect((await sellAt(sale, "cash", [[sale.ticketId, 2]], { customer })).status).toBe(201);
    expect((await sellAt(sale, "cash", [[sale.ticketId, 1]], { customer: { name: "Bob" } })).status).toBe(201);
    await change(sale, { venue: "Another hall" });
    await new Promise((resolve) => setTimeout(resolve, 2));
    const late = await newPerson();
    await boughtPasses(sale.ticketId, 1, late.accountId);
    await until(
      () => rowsOf("SELECT 1 FROM reservations WHERE ticket_type_id = ? AND state = 'confirmed'", sale.ticketId),
      ({ length }) => length === 3,
    );
    await sweep();
    expect(addressesOf(await sentOf(sale))).toEqual([email]);
  });

  test("is mailed to nobody for half a minute: until then it can be undone", async () => {
    const sale = await putOnSale();
    await soldTo(sale, 1);
    await change(sale, { name: "A nihgt" });
    await sweepMailings(env as Env, Date.now());
    expect(await owedOf(sale)).toEqual([]);
    await change(sale, { name: "An evening" });
    expect(await mailingsOf(sale)).toEqual([]);
  });

  test("and is undone when some have been mailed: all hear how it is now", async () => {
    const sale = await putOnSale();
    // 400 reservations of four accounts, the fourth of which the second step comes to.
    await soldTo(sale, 4, 100);
    await change(sale, { name: "A nihgt" });
    // The second step dies.
    await expect(sweep({ ...env, DB: d1Dying(true) } as Env)).rejects.toThrow("died");
    expect(await owedOf(sale)).toHaveLength(3);
    await change(sale, { name: "An evening" });
    await sweep();
    const sent = await sentOf(sale);
    // What the first change would say is no news any more.
    expect(sent).toHaveLength(4);
    expect(sent[0]?.text).toContain("As it is now");
    expect(sent[0]?.text).not.toContain("nihgt");
  });

  test("again, before all have heard of it: they hear of the second change alone", async () => {
    const sale = await putOnSale();
    await soldTo(sale, 2);
    await change(sale, { name: "First" });
    await change(sale, { venue: "Elsewhere" });
    expect(await mailingsOf(sale)).toMatchObject([{ name: "An evening" }]);
    await sweep();
    const sent = await sentOf(sale);
    expect(sent).toHaveLength(2);
    expect(sent[0]?.text).toMatch(/Where: Elsewhere[\s\S]*Before: Name: An evening/);
    await change(sale, { name: "Third" });
    await sweep();
    expect(await owedOf(sale)).toHaveLength(4);
  });

  test("in other ways, or not at all, is mailed to nobody", async () => {
    const sale = await putOnSale();
    await soldTo(sale, 1);
    const { body } = await call("GET", `/events/${sale.eventId}`);
    await change(sale, { description: "Another text", ends_at: "2031-12-31T00:00:00Z" });
    await change(sale, { name: body.name, venue: body.venue, status: "published" });
    const stale = { token: sale.organizer.token, headers: { "if-match": '"0"' }, body: { name: "Never" } };
    expect((await call("PATCH", `/events/${sale.eventId}`, stale)).status).toBe(412);
    expect(await mailingsOf(sale)).toEqual([]);
    const unsold = await putOnSale();
    await change(unsold, { name: "Nobody hears of it" });
    await change(unsold, { status: "draft", name: "A draft" });
    await sweep();
    expect(await mailingsOf(unsold)).toEqual([]);
    expect([...(await owedOf(sale)), ...(await owedOf(unsold))]).toEqual([]);
  });
});

describe("an event that is called off", () => {
  test("is mailed with what its organiser says, once, and not about what it was before", async () => {
    const sale = await putOnSale();
    await soldTo(sale, 2);
    await sql("UPDATE accounts SET language = 'de' WHERE id = ?", `confirmed-${sale.eventId}-1`);
    await change(sale, { name: "Renamed" });
    expect((await callOff(sale, { refund: false, message: "The singer\nis <b>ill</b>." })).status).toBe(202);
    await sweep();
    await callOff(sale, { refund: true });
    await sweep();
    const sent = await sentOf(sale);
    expect(sent.map(({ subject }) => subject).sort()).toEqual(["Abgesagt: Renamed", "Called off: Renamed"]);
    for (const { text, html } of sent) {
      expect(text).toContain("> The singer\n> is <b>ill</b>.");
      expect(html).not.toContain("<b>");
    }
    expect(await mailingsOf(sale)).toEqual([]);
  });

  test("is mailed also to those whose tickets were refunded before the sweep came, but not to those who gave theirs back before", async () => {
    const sale = await putOnSale();
    const [buyer, former] = await Promise.all([newPerson(), newPerson()]);
    const friend = `friend-${sale.eventId}@friend.test`;
    const customer = { email: `customer-${sale.eventId}@example.test` };
    const [kept = "", given = ""] = await boughtPasses(sale.ticketId, 2, buyer.accountId);
    const [back = ""] = await boughtPasses(sale.ticketId, 1, former.accountId);
    await passAllOn(sale, buyer, [given], friend);
    await sellAt(sale, "cash", [[sale.ticketId, 1]], { customer });
    const { token } = sale.organizer;
    const reservationId = back.slice(0, -2);
    const body = { all: true, restock: false, reason: "asked" } as const;
    expect((await call("POST", `/reservations/${reservationId}/refunds`, { token, body })).status).toBe(201);
    const inState = (state: string) =>
      rowsOf("SELECT id FROM reservations WHERE ticket_type_id = ? AND state = ?", sale.ticketId, state);
    await until(
      () => inState("refunded"),
      ({ length }) => length === 1,
    );
    await callOff(sale, { refund: true, message: "The singer is ill." });
    await until(
      () => inState("refunded"),
      ({ length }) => length === 3,
    );
    await sweep();
    const sent = await sentOf(sale);
    expect(addressesOf(sent)).toEqual([friend, customer.email, await emailOf(buyer)].sort());
    expect(kept).not.toBe("");
    const toCustomer = sent.find(({ to }) => to === customer.email);
    expect(toCustomer?.text).toContain("If you paid in cash");
    expect(sent.filter(({ text }) => text.includes("You need do nothing"))).toHaveLength(2);
  });

  test.each([
    ["with refunds", true, "Your tickets are no longer valid.", "revoked"],
    ["without refunds", false, "Keep your tickets until the organiser says what becomes of them.", "admitted"],
  ])("%s: its mail says of the tickets what the door does", async (_how, refund, says, atDoor) => {
    const sale = await putOnSale();
    const buyer = await newPerson();
    const [passId = ""] = await boughtPasses(sale.ticketId, 1, buyer.accountId);
    await callOff(sale, { refund });
    await until(
      () => rowsOf("SELECT state FROM reservations WHERE ticket_type_id = ?", sale.ticketId),
      ([row]) => row?.state === (refund ? "refunded" : "confirmed"),
    );
    await sweep();
    expect((await sentOf(sale)).map(({ text }) => text)).toEqual([expect.stringContaining(says)]);
    const scan = {
      type: "in",
      passId,
      by: "crew",
      gate: "A",
      atMs: null,
      generation: 0,
      key: `scan-${passId}`,
    } as const;
    const [result] = await objectOf(passId).checkIn([scan]);
    expect(result?.ok === true ? "admitted" : result?.refusal.type).toBe(atDoor);
  });

  test("and is on again: everybody is mailed that it takes place", async () => {
    const sale = await putOnSale();
    // 400 reservations of four accounts, the fourth of which the second step comes to.
    await soldTo(sale, 4, 100);
    await callOff(sale, { refund: false });
    await expect(sweep({ ...env, DB: d1Dying(true) } as Env)).rejects.toThrow("died");
    await change(sale, { status: "published" });
    await sweep();
    const sent = await sentOf(sale);
    // Nobody is mailed any more that it is called off: three of these mails were due.
    expect(sent).toHaveLength(4);
    expect(sent.every(({ text }) => text.includes("takes place after all"))).toBe(true);
  });

  test("and is on again before anybody was mailed: nobody is", async () => {
    const sale = await putOnSale();
    await soldTo(sale, 1);
    await callOff(sale, { refund: false });
    await change(sale, { status: "published" });
    await sweep();
    expect(await owedOf(sale)).toEqual([]);
  });

  test("and is over by then is mailed to nobody", async () => {
    const sale = await putOnSale();
    await soldTo(sale, 1);
    await callOff(sale, { refund: false });
    await sweep();
    await sql("UPDATE events SET ends_at_ms = 1 WHERE id = ?", sale.eventId);
    expect(await sentOf(sale)).toEqual([]);
  });
});
