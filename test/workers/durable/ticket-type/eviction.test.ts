// The object forgets everything between any two steps, gracefully or not, and nothing changes.

import { abortAllDurableObjects, evictDurableObject, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { alarmOf, putPayment } from "../../../support/objects.ts";
import { call, hold, newPerson, objectOf, pay, putOnSale, until } from "../../../support/service.ts";

const FORGETTING = [
  ["evicted", (ticketId: string) => evictDurableObject(objectOf(ticketId))],
  ["aborted", () => abortAllDurableObjects()],
] as const;

test.each(FORGETTING)(
  "an object that is %s between any two steps sells as if nothing had happened",
  async (_, forget) => {
    const { ticketId } = await putOnSale({ capacity: 3 });
    await forget(ticketId);
    const buyer = await newPerson();
    const { token } = buyer;

    const kept = await hold(buyer, ticketId);
    await forget(ticketId);
    const dropped = await hold(buyer, ticketId);
    await forget(ticketId);
    expect(await objectOf(ticketId).describe()).toMatchObject({ capacity: 3, held: 2, sold: 0 });
    await forget(ticketId);
    expect((await call("DELETE", `/reservations/${dropped.body.id}`, { token })).status).toBe(204);
    await forget(ticketId);
    await pay(buyer, kept.body.id);
    await forget(ticketId);

    const show = () => call("GET", `/reservations/${kept.body.id}`, { token });
    expect((await until(show, ({ body }) => body.state !== "held")).body.state).toBe("confirmed");
    await forget(ticketId);
    expect(await objectOf(ticketId).describe()).toMatchObject({ capacity: 3, held: 0, sold: 1 });
    const { list } = await call("GET", "/reservations", { token });
    expect(list.map(({ state }) => state).sort()).toEqual(["cancelled", "confirmed"]);
  },
  30_000,
);

test("an object that dies between its commit and the message to the queue sends the message when it is back", async () => {
  const { ticketId } = await putOnSale();
  const buyer = await newPerson();
  const { body } = await hold(buyer, ticketId);
  // As a crash leaves it: the payment is committed, and nobody was told.
  await putPayment(body.id, { id: "orphan" }, Date.now());
  await runInDurableObject(objectOf(ticketId), (_, { storage }) => storage.setAlarm(Date.now()));
  await abortAllDurableObjects();
  const show = () => call("GET", `/reservations/${body.id}`, { token: buyer.token });
  expect((await until(show, (answer) => answer.body.state !== "held")).body.state).toBe("confirmed");
}, 30_000);

test("a copy that D1 never acknowledged is made up for by the alarm", async () => {
  const { ticketId } = await putOnSale();
  const buyer = await newPerson();
  const { body } = await hold(buyer, ticketId);
  await env.DB.prepare("DELETE FROM reservations WHERE id = ?").bind(body.id).run();
  await runInDurableObject(objectOf(ticketId), (_, { storage }) => {
    storage.sql.exec("UPDATE reservations SET projected_version = 0");
    return storage.setAlarm(Date.now());
  });
  await abortAllDurableObjects();
  const list = () => call("GET", "/reservations", { token: buyer.token });
  expect((await until(list, (answer) => answer.list.length > 0)).list[0]?.id).toBe(body.id);
});

test("an object that is asked, and owes nobody anything, sets no alarm", async () => {
  const { ticketId } = await putOnSale();
  await runInDurableObject(objectOf(ticketId), async (object, { storage }) => {
    await object.alarm();
    await storage.deleteAlarm();
  });
  await evictDurableObject(objectOf(ticketId));
  await objectOf(ticketId).describe();
  expect(await alarmOf(ticketId)).toBeNull();
});
