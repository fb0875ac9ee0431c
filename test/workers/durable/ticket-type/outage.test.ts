// D1 is away: the object goes on deciding, answers at once, and D1 catches up by itself.

import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { sweep } from "../../../../src/worker/service/sweep.ts";
import { copyInD1 } from "../../../support/objects.ts";
import { call, hold, newPerson, objectOf, putOnSale, until } from "../../../support/service.ts";

async function away<T>(table: string, work: () => Promise<T>): Promise<T> {
  await env.DB.prepare(`ALTER TABLE ${table} RENAME TO ${table}_away`).run();
  try {
    return await work();
  } finally {
    await env.DB.prepare(`ALTER TABLE ${table}_away RENAME TO ${table}`).run();
  }
}

test("while D1 takes no copies buyers reserve, cancel and see their own; then D1 has all of it, in its newest state", async () => {
  const { ticketId } = await putOnSale({ capacity: 10 });
  const buyer = await newPerson();
  const { token } = buyer;
  const ids = await away("reservations", async () => {
    const held = [];
    for (let bought = 0; bought < 5; bought++) held.push(await hold(buyer, ticketId));
    expect(held.map(({ status }) => status)).toEqual([201, 201, 201, 201, 201]);
    const [first] = held;
    expect((await call("DELETE", `/reservations/${first?.body.id}`, { token })).status).toBe(204);
    expect((await call("GET", `/reservations/${first?.body.id}`, { token })).body.state).toBe("cancelled");
    return held.map(({ body }) => body.id);
  });

  const list = () => call("GET", "/reservations", { token });
  const { list: caughtUp } = await until(list, (answer) => answer.list.length === 5);

  expect(new Map(caughtUp.map(({ id, state }) => [id, state]))).toEqual(
    new Map(ids.map((id, index) => [id, index === 0 ? "cancelled" : "held"])),
  );
  expect((await call("GET", `/tickets/${ticketId}`)).body.available).toBe(6);
}, 30_000);

test("an older copy never replaces a newer one in D1", async () => {
  const { ticketId } = await putOnSale({ capacity: 10 });
  const buyer = await newPerson();
  const { body } = await hold(buyer, ticketId);
  await env.DB.prepare("UPDATE reservations SET state = 'confirmed', version = 1000 WHERE id = ?").bind(body.id).run();
  await env.DB.prepare("UPDATE ticket_types SET held = 7, version = 1000 WHERE id = ?").bind(ticketId).run();
  await call("DELETE", `/reservations/${body.id}`, { token: buyer.token });
  await hold(buyer, ticketId);
  expect(await copyInD1(body.id)).toEqual({ state: "confirmed" });
  const type = await env.DB.prepare("SELECT held FROM ticket_types WHERE id = ?").bind(ticketId).first();
  expect(type).toEqual({ held: 7 });
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 1 });
});

test("the cron sweep wakes an object whose alarm was lost", async () => {
  const { ticketId } = await putOnSale({ capacity: 1 });
  const { body } = await hold(await newPerson(), ticketId);
  const longAgoMs = Date.now() - 3_600_000;
  await runInDurableObject(objectOf(ticketId), async (_, { storage }) => {
    storage.sql.exec("UPDATE reservations SET expires_at_ms = ?", longAgoMs);
    await storage.deleteAlarm();
  });
  await env.DB.prepare("UPDATE reservations SET expires_at_ms = ? WHERE id = ?").bind(longAgoMs, body.id).run();

  await sweep(env);

  expect(
    await until(
      () => copyInD1(body.id),
      (row) => row?.state === "expired",
    ),
  ).toEqual({ state: "expired" });
});

test("the cron sweep tells ticket types what became of their event, and forgets sessions that are over", async () => {
  const { ticketId, eventId } = await putOnSale();
  await env.DB.prepare("UPDATE events SET status = 'cancelled', status_version = 2 WHERE id = ?").bind(eventId).run();
  await env.DB.prepare("INSERT INTO revoked_sessions (id, expires_at_ms) VALUES ('old', 1), ('new', ?)")
    .bind(Date.now() + 60_000)
    .run();

  await sweep(env);

  expect((await hold(await newPerson(), ticketId)).body.type).toBe("/problems/not-on-sale");
  const event = await env.DB.prepare("SELECT announced_version FROM events WHERE id = ?").bind(eventId).first();
  expect(event).toEqual({ announced_version: 2 });
  expect((await env.DB.prepare("SELECT id FROM revoked_sessions").all()).results).toEqual([{ id: "new" }]);
});

test("what needs D1 answers 503 while D1 is away, says when to ask again, and logs nothing that a person typed", async () => {
  const lines: string[] = [];
  const spies = [vi.spyOn(console, "log"), vi.spyOn(console, "error")];
  for (const spy of spies) spy.mockImplementation((line) => lines.push(String(line)));
  const account = { username: "typed-by-a-person", email: "person@example.test", password: "typed-secret-word" };
  const answers = await away("accounts", () =>
    Promise.all([
      call("POST", "/register", { body: account }),
      call("POST", "/api-auth/login", { body: { username: account.username, password: account.password } }),
    ]),
  );
  for (const spy of spies) spy.mockRestore();

  expect(answers.map(({ status, headers }) => [status, headers.get("retry-after")])).toEqual([
    [503, "1"],
    [503, "1"],
  ]);
  const log = lines.join("\n");
  expect(log).toContain("D1_ERROR");
  for (const typed of Object.values(account)) expect(log).not.toContain(typed);
  expect(log).not.toContain("$scrypt");
});

test("news of an event that arrives in the wrong order leaves its ticket types as the newest says", async () => {
  const { ticketId } = await putOnSale();
  const object = objectOf(ticketId);
  await object.announce({ onSale: true, onSaleVersion: 3 });
  await object.announce({ onSale: false, onSaleVersion: 2 });
  expect(await object.describe()).toMatchObject({ onSale: true });
  await object.announce({ onSale: false, onSaleVersion: 4 });
  expect((await hold(await newPerson(), ticketId)).body.type).toBe("/problems/not-on-sale");
});

test("an event that is called off and published at once ends as D1 says, for all of its ticket types", async () => {
  const { ticketId, eventId, organizer } = await putOnSale();
  const { token } = organizer;
  const set = (status: "draft" | "published" | "cancelled") =>
    call("PATCH", `/events/${eventId}`, { token, body: { status } });
  for (let round = 0; round < 5; round++) await Promise.all([set("cancelled"), set("published"), set("draft")]);
  const { body } = await call("GET", `/events/${eventId}`, { token });
  await sweep(env);
  expect(await objectOf(ticketId).describe()).toMatchObject({ onSale: body.status === "published" });
});

test.each<[who: string, come: (ticketId: string) => Promise<unknown>]>([
  ["the next who only looks", async (ticketId) => objectOf(ticketId).describe()],
  ["the next who asks for a reservation", async (ticketId) => objectOf(ticketId).find("nobody's", "x")],
  ["the cron's round of all ticket types", () => sweep(env)],
])(
  "an alarm that was lost before D1 heard of anything is made up for by %s",
  async (_who, come) => {
    const { ticketId } = await putOnSale();
    const { body } = await away("reservations", async () => hold(await newPerson(), ticketId));
    await runInDurableObject(objectOf(ticketId), (_, { storage }) => storage.deleteAlarm());
    await evictDurableObject(objectOf(ticketId));
    expect(await copyInD1(body.id)).toBeNull();
    const comeAndLook = async () => {
      await come(ticketId);
      return copyInD1(body.id);
    };
    expect(await until(comeAndLook, (row) => row !== null)).toEqual({ state: "held" });
  },
  20_000,
);

test("a deletion that its storage fails leaves the ticket type as it was, on sale", async () => {
  const { ticketId } = await putOnSale({ capacity: 3 });
  await runInDurableObject(objectOf(ticketId), async (object, { storage }) => {
    const failing = vi.spyOn(storage, "deleteAll").mockRejectedValueOnce(new Error("the disk is full"));
    await expect(object.retire()).rejects.toThrow("the disk is full");
    failing.mockRestore();
    expect(await object.describe()).toMatchObject({ capacity: 3, held: 0 });
  });
  expect(await hold(await newPerson(), ticketId)).toMatchObject({ status: 201 });
  expect(await objectOf(ticketId).retire()).toMatchObject({ ok: false });
});
