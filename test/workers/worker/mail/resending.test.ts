// A buyer's confirmation once more: to their own address, not often, and nobody else's.

import { describe, expect, test } from "vitest";
import type { Env } from "../../../../src/worker/env.ts";
import { composeMail } from "../../../../src/worker/mail/compose.ts";
import { sendMails } from "../../../../src/worker/mail/sending.ts";
import { type Sale, sellAt } from "../../../support/counter.ts";
import { WITH_MAIL } from "../../../support/links.ts";
import { fakeMailer } from "../../../support/mail.ts";
import { emailOf } from "../../../support/mailings.ts";
import { outcomeOf, payOrder, placeOrder, twoTypes } from "../../../support/orders.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, hold, newPerson, type Person, pay, putOnSale, until, withSettings } from "../../../support/service.ts";

interface Bought {
  readonly path: "orders" | "reservations";
  readonly id: string;
}

function again({ path, id }: Bought, person: Person | null, key?: string, settings = WITH_MAIL) {
  const headers = key === undefined ? {} : { "idempotency-key": key };
  const token = person === null ? {} : { token: person.token };
  return call("POST", `/${path}/${id}/mails`, { ...token, settings, headers });
}

const owedOf = ({ id }: Bought) =>
  rowsOf("SELECT * FROM mails WHERE about = ? AND kind = 'confirmed_again' ORDER BY id", id);
const copyOf = ({ path, id }: Bought) => rowsOf(`SELECT state FROM ${path} WHERE id = ?`, id);

async function boughtAlone(buyer: Person): Promise<Bought> {
  const { id } = (await hold(buyer, (await putOnSale()).ticketId, 2)).body;
  await pay(buyer, id);
  const bought = { path: "reservations", id } as const;
  await until(
    () => copyOf(bought),
    ([row]) => row?.state === "confirmed",
  );
  return bought;
}

async function boughtOrder(buyer: Person): Promise<Bought> {
  const types = await twoTypes();
  const { id } = (await placeOrder(buyer, [types.stalls, 1], [types.parking, 2])).body;
  await payOrder(buyer, id);
  await outcomeOf(buyer, id);
  const bought = { path: "orders", id } as const;
  await until(
    () => copyOf(bought),
    ([row]) => row?.state === "confirmed",
  );
  return bought;
}

async function sentOf(bought: Bought) {
  const ids = (await owedOf(bought)).map(({ id }) => String(id));
  const { mailer, sent } = fakeMailer();
  await sendMails({ env: withSettings(WITH_MAIL), mailer, compose: composeMail }, ids);
  return sent;
}

describe.each([
  ["a reservation", boughtAlone, 2],
  ["an order", boughtOrder, 3],
] as const)("%s", (_what, buy, passes) => {
  test("is confirmed again, with its codes, to the address that the account has now; once in a minute", async () => {
    const buyer = await newPerson();
    const bought = await buy(buyer);
    await sql("UPDATE accounts SET email = ? WHERE id = ?", `moved-${buyer.accountId}@example.test`, buyer.accountId);
    const answers = await Promise.all([again(bought, buyer), again(bought, buyer)]);
    expect(answers.map(({ status, text }) => [status, text])).toEqual(Array(2).fill([202, ""]));
    const owed = await owedOf(bought);
    // The minute may have ended in between.
    expect(owed.length).toBeLessThanOrEqual(2);
    const sent = await sentOf(bought);
    expect(sent[0]?.to).toBe(await emailOf(buyer));
    expect(sent[0]?.subject).toMatch(/^Your tickets: /);
    expect(sent[0]?.images).toHaveLength(passes);
    expect(owed[0]?.event_id).not.toBeNull();
  });

  test("is mailed five times an hour at most; a repeat with its key counts nowhere", async () => {
    const buyer = await newPerson();
    const bought = await buy(buyer);
    for (const key of ["1", "2", "3", "4", "5"]) expect((await again(bought, buyer, key)).status).toBe(202);
    const sixth = await again(bought, buyer, "6");
    expect([sixth.status, sixth.body.type]).toEqual([429, "/problems/slow-down"]);
    const repeat = await again(bought, buyer, "1");
    expect([repeat.status, repeat.headers.get("idempotent-replayed")]).toEqual([202, "true"]);
    expect(await owedOf(bought)).toHaveLength(5);
    // Of all that the account bought.
    const other = await buy(buyer);
    expect((await again(other, buyer)).status).toBe(429);
    await sql("UPDATE mails SET created_at_ms = created_at_ms - 3600000 WHERE about = ?", bought.id);
    expect((await again(other, buyer)).status).toBe(202);
  });

  test("is nobody else's to have mailed", async () => {
    const bought = await buy(await newPerson());
    expect((await again(bought, null)).status).toBe(401);
    for (const stranger of [await newPerson(), await newPerson("organizer"), await newPerson("admin")]) {
      expect((await again(bought, stranger)).status).toBe(404);
    }
    expect(await owedOf(bought)).toEqual([]);
  });

  test("is refused where no mail can be sent", async () => {
    const buyer = await newPerson();
    const bought = await buy(buyer);
    const { status, body } = await again(bought, buyer, undefined, {});
    expect([status, body.type]).toEqual([503, "/problems/mail-unavailable"]);
    expect(await owedOf(bought)).toEqual([]);
  });
});

test("what is held, was given back, or is part of an order is not confirmed again", async () => {
  const buyer = await newPerson();
  const sale = await putOnSale();
  const held = { path: "reservations", id: (await hold(buyer, sale.ticketId)).body.id } as const;
  expect((await again(held, buyer)).body.type).toBe("/problems/nothing-paid");
  const types = await twoTypes();
  const order = (await placeOrder(buyer, [types.stalls, 1])).body;
  expect((await again({ path: "orders", id: order.id }, buyer)).body.type).toBe("/problems/nothing-paid");
  const part = await again({ path: "reservations", id: order.items[0]?.reservation ?? "" }, buyer);
  expect([part.status, part.body.type]).toEqual([409, "/problems/part-of-order"]);
  expect(JSON.parse(part.text).order).toBe(order.id);
  const bought = await boughtAlone(buyer);
  const admin = await newPerson("admin");
  const body = { all: true, restock: false, reason: "asked" } as const;
  expect((await call("POST", `/reservations/${bought.id}/refunds`, { token: admin.token, body })).status).toBe(201);
  const refunded = await until(
    () => again(bought, buyer),
    ({ status }) => status === 409,
  );
  expect(refunded.body.type).toBe("/problems/already-refunded");
});

test("a request counts among those to write to its address, and a repeat with its key does not", async () => {
  const buyer = await newPerson();
  const bought = await boughtAlone(buyer);
  const keys: string[] = [];
  const limit = (success: boolean): Partial<Env> => {
    const counter: RateLimit = {
      limit: async ({ key }) => {
        keys.push(key);
        return { success };
      },
    };
    return { ...WITH_MAIL, RATE_LIMITS: "on", LIMIT_MAIL: counter, LIMIT_MAIL_ADDRESS: counter };
  };
  expect((await again(bought, buyer, "k", limit(true))).status).toBe(202);
  expect(keys).toContain(await emailOf(buyer));
  expect((await again(bought, buyer, "k", limit(false))).status).toBe(202);
  const refused = await again(bought, buyer, "other", limit(false));
  expect([refused.status, refused.body.type]).toEqual([429, "/problems/slow-down"]);
  expect(await owedOf(bought)).toHaveLength(1);
});

describe("who manages the event", () => {
  function againAt({ eventId, organizer }: Sale, id: string, key?: string, token = organizer.token) {
    const path = `/events/${eventId}/orders/${id}/mails` as "/events/{id}/orders/{order}/mails";
    return call("POST", path, {
      token,
      settings: WITH_MAIL,
      headers: key === undefined ? {} : { "idempotency-key": key },
    });
  }
  const auditedOf = (id: string) =>
    rowsOf("SELECT actor_id, event_id FROM audit_log WHERE object_id = ? AND action = 'order.mail'", id);

  test("has a buyer's confirmation mailed to the buyer, and the log says so, once", async () => {
    const buyer = await newPerson();
    const bought = await boughtAlone(buyer);
    const [row] = await rowsOf(
      "SELECT event_id FROM ticket_types JOIN reservations ON ticket_type_id = ticket_types.id WHERE reservations.id = ?",
      bought.id,
    );
    const manager = await newPerson("admin");
    const sale = { eventId: String(row?.event_id), organizer: manager };
    expect((await againAt(sale, bought.id, "1")).status).toBe(202);
    const repeat = await againAt(sale, bought.id, "1");
    expect([repeat.status, repeat.headers.get("idempotent-replayed")]).toEqual([202, "true"]);
    expect(await auditedOf(bought.id)).toEqual([{ actor_id: manager.accountId, event_id: sale.eventId }]);
    const sent = await sentOf(bought);
    expect(sent.map(({ to, images }) => [to, images?.length])).toEqual([[await emailOf(buyer), 2]]);
    // It counts with what the buyer asks for: it is one address.
    for (const key of ["2", "3", "4", "5"]) expect((await again(bought, buyer, key)).status).toBe(202);
    expect((await againAt(sale, bought.id, "6")).status).toBe(429);
    expect(await auditedOf(bought.id)).toHaveLength(1);
  });

  test("has it mailed to the counter's customer, five times an hour at most, while there is an address", async () => {
    const sale = await putOnSale();
    const customer = { name: "Ada", email: "customer@example.test" };
    const { id } = (await sellAt(sale, "cash", [[sale.ticketId, 2]], { customer })).body;
    const bought = { path: "orders", id } as const;
    await until(
      () => copyOf(bought),
      ([row]) => row?.state === "confirmed",
    );
    expect((await again(bought, sale.organizer)).status).toBe(404);
    for (const key of ["1", "2", "3", "4", "5"]) expect((await againAt(sale, id, key)).status).toBe(202);
    expect((await againAt(sale, id, "6")).status).toBe(429);
    const [first] = await sentOf(bought);
    expect([first?.to, first?.images?.length]).toEqual(["customer@example.test", 2]);
    const other = (await sellAt(sale, "cash", [[sale.ticketId, 1]], { customer })).body.id;
    expect((await againAt(sale, other)).status).toBe(202);
    await call("DELETE", `/events/${sale.eventId}/orders/${other}/customer`, { token: sale.organizer.token });
    const erased = await againAt(sale, other, "new");
    expect([erased.status, erased.body.type]).toEqual([409, "/problems/no-address"]);
  });

  test("has nothing mailed of what is not paid, has no address, or is another event's", async () => {
    const sale = await putOnSale();
    const email = "customer@example.test";
    const held = (await sellAt(sale, "transfer", [[sale.ticketId, 1]], { customer: { email } })).body.id;
    expect((await againAt(sale, held)).body.type).toBe("/problems/nothing-paid");
    const nameless = (await sellAt(sale, "cash", [[sale.ticketId, 1]])).body.id;
    expect((await againAt(sale, nameless)).body.type).toBe("/problems/no-address");
    const other = await putOnSale();
    expect((await againAt(other, nameless)).status).toBe(404);
    expect(
      await rowsOf("SELECT id FROM mails WHERE about IN (?, ?) AND kind = 'confirmed_again'", held, nameless),
    ).toEqual([]);
  });
});
