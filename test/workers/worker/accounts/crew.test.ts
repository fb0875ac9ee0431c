// An event's crew: who gets a part, what it is good for, and when it is gone.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import { MAX_CREW } from "../../../../src/worker/crew/queries.ts";
import { sql } from "../../../support/records.ts";
import { call, hold, newPerson, type OnSale, type Person, pay, putOnSale, until } from "../../../support/service.ts";
import { newGuest } from "../../../support/sign-in.ts";

let sale: OnSale;

beforeAll(async () => {
  sale = await putOnSale({ price: { amount: 0, currency: "EUR" } });
});

type Part = "manager" | "scanner";

function give({ organizer, eventId }: OnSale, { accountId }: Pick<Person, "accountId">, part: Part) {
  return call("PUT", `/events/${eventId}/crew/${accountId}`, { token: organizer.token, body: { part } });
}

function take({ organizer, eventId }: OnSale, { accountId }: Person) {
  return call("DELETE", `/events/${eventId}/crew/${accountId}`, { token: organizer.token });
}

function rename({ eventId }: OnSale, { token }: Person, change: object = { name: "Another evening" }) {
  return call("PATCH", `/events/${eventId}`, { token, anyBody: change });
}

async function crewOf({ organizer, eventId }: OnSale) {
  const { body } = await call("GET", `/events/${eventId}/crew`, { token: organizer.token });
  return body.map(({ account, part }) => `${account} ${part}`);
}

describe("a crew", () => {
  test("is listed with names and parts, and each member sees in which ones they are", async () => {
    const own = await putOnSale();
    const [manager, scanner] = [await newPerson(), await newPerson()];
    const given = await give(own, manager, "scanner");
    expect(given).toMatchObject({ status: 200, body: { account: manager.accountId, part: "scanner" } });
    await give(own, scanner, "scanner");
    expect(await give(own, manager, "manager")).toMatchObject({ status: 200, body: { part: "manager" } });
    expect((await crewOf(own)).toSorted()).toEqual(
      [`${manager.accountId} manager`, `${scanner.accountId} scanner`].toSorted(),
    );
    const seen = await call("GET", "/me/crew", { token: manager.token });
    const stock = { capacity: 100, sold: 0 };
    expect(seen).toMatchObject({ status: 200, body: [{ event: { id: own.eventId, ...stock }, part: "manager" }] });
    const atDoor = await call("GET", "/me/crew", { token: scanner.token });
    expect(atDoor.body).toMatchObject([{ event: { id: own.eventId, capacity: null, sold: null } }]);
    expect((await take(own, manager)).status).toBe(204);
    expect((await take(own, manager)).status).toBe(404);
    expect(await crewOf(own)).toEqual([`${scanner.accountId} scanner`]);
    expect((await call("GET", "/me/crew", { token: manager.token })).body).toEqual([]);
  });

  test("has neither guests nor accounts that are unknown or being deleted", async () => {
    const own = await putOnSale();
    const leaving = await newPerson();
    await sql("UPDATE accounts SET closing_since_ms = 1 WHERE id = ?", leaving.accountId);
    for (const account of [await newGuest(), leaving, { accountId: newId() }]) {
      expect(await give(own, account, "scanner")).toMatchObject({ status: 404 });
    }
    expect(await crewOf(own)).toEqual([]);
  });

  test(`has at most ${MAX_CREW} members, whose parts can still change`, async () => {
    const own = await putOnSale();
    const member = await newPerson();
    await give(own, member, "scanner");
    const members = Array.from({ length: MAX_CREW - 1 }, () => newId());
    const insert = env.DB.prepare("INSERT INTO crew SELECT ?, value, 'scanner', 0 FROM json_each(?)");
    await insert.bind(own.eventId, JSON.stringify(members)).run();
    const late = await give(own, await newPerson(), "scanner");
    expect(late).toMatchObject({ status: 409, body: { type: "/problems/too-many-crew" } });
    expect(await give(own, member, "manager")).toMatchObject({ status: 200 });
  });
});

describe("a manager", () => {
  test("may change the event with a token from before, until the part is taken away", async () => {
    const manager = await newPerson();
    expect((await rename(sale, manager)).status).toBe(403);
    await give(sale, manager, "manager");
    expect((await rename(sale, manager)).status).toBe(200);
    const event = await call("GET", `/events/${sale.eventId}`, { token: manager.token });
    expect(event.body.tickets[0]).toMatchObject({ held: 0 });
    await give(sale, manager, "scanner");
    expect((await rename(sale, manager)).status).toBe(403);
    await give(sale, manager, "manager");
    await take(sale, manager);
    expect((await rename(sale, manager)).status).toBe(403);
  });

  test("can neither call the event off nor put it on again", async () => {
    const own = await putOnSale();
    const manager = await newPerson();
    await give(own, manager, "manager");
    expect(await rename(own, manager, { status: "cancelled" })).toMatchObject({
      ...{ status: 403, body: { type: "/problems/wrong-role" } },
    });
    expect((await rename(own, manager, { status: "draft" })).status).toBe(200);
    expect((await rename(own, manager, { status: "published" })).status).toBe(200);
    expect((await rename(own, own.organizer, { status: "cancelled" })).status).toBe(200);
    expect((await rename(own, manager, { status: "published" })).status).toBe(403);
    expect((await rename(own, manager, { status: "cancelled", name: "Off" })).status).toBe(200);
  });

  test("gives back what was bought, and reads refunds and receipts of it", async () => {
    const [buyer, manager, scanner] = [await newPerson(), await newPerson(), await newPerson()];
    await give(sale, manager, "manager");
    await give(sale, scanner, "scanner");
    const { id } = (await hold(buyer, sale.ticketId)).body;
    await pay(buyer, id);
    await until(
      () => call("GET", `/reservations/${id}`, { token: buyer.token }),
      ({ body }) => body.state === "confirmed",
    );
    const refund = { all: true, restock: true, reason: "" } as const;
    const refunded = (path: string, { token }: Person) => call("POST", path, { token, anyBody: refund });
    expect((await refunded(`/reservations/${id}/refunds`, scanner)).status).toBe(403);
    expect((await refunded(`/reservations/${id}/refunds`, manager)).status).toBe(201);
    const read = ({ token }: Person) => call("GET", `/reservations/${id}/refunds`, { token });
    expect([(await read(manager)).status, (await read(scanner)).status]).toEqual([200, 404]);
  });

  test("of one event has no more of another", async () => {
    const [own, other] = [await putOnSale(), await putOnSale()];
    const manager = await newPerson();
    await give(own, manager, "manager");
    expect((await rename(other, manager)).status).toBe(404);
    expect((await call("POST", "/events", { token: manager.token, anyBody: {} })).status).toBe(403);
  });
});

describe("a part", () => {
  test("ends when the owner of the account asks for its deletion, and is in the export until then", async () => {
    const person = await newGuest();
    await sql("UPDATE accounts SET guest_due_ms = NULL WHERE id = ?", person.accountId);
    await give(sale, person, "manager");
    const { body } = await call("GET", "/me/export", { token: person.token });
    expect(body.crew).toMatchObject([{ event: { id: sale.eventId }, part: "manager" }]);
    expect(body.audit.map(({ action }) => action)).toContain("crew.put");
    await sql("UPDATE accounts SET guest_due_ms = 9e15 WHERE id = ?", person.accountId);
    expect((await call("POST", "/me/deletion", { token: person.token, body: { password: null } })).status).toBe(202);
    expect(await crewOf(sale)).not.toContain(`${person.accountId} manager`);
  });

  test("goes with its event", async () => {
    const own = await putOnSale();
    const person = await newPerson();
    await give(own, person, "scanner");
    const gone = await call("DELETE", `/events/${own.eventId}`, { token: own.organizer.token });
    expect(gone.status).toBe(204);
    expect((await call("GET", "/me/crew", { token: person.token })).body).toEqual([]);
  });

  test("as a manager ends when the event is handed over; scanners stay, but for the new organiser", async () => {
    const own = await putOnSale();
    const [manager, scanner, admin, heir] = [
      await newPerson(),
      await newPerson(),
      await newPerson("admin"),
      await newPerson("organizer"),
    ];
    await give(own, manager, "manager");
    for (const person of [scanner, heir]) await give(own, person, "scanner");
    const body = { organizer: heir.accountId };
    const over = () => call("POST", `/events/${own.eventId}/handover`, { token: admin.token, body });
    expect((await over()).status).toBe(200);
    expect(await crewOf({ ...own, organizer: heir })).toEqual([`${scanner.accountId} scanner`]);
    expect((await rename(own, manager)).status).toBe(403);
  });

  test("is on the audit log of the event and of the account, once for each change", async () => {
    const own = await putOnSale();
    const person = await newPerson();
    await give(own, person, "scanner");
    await give(own, person, "scanner");
    await give(own, person, "manager");
    await take(own, person);
    const { body } = await call("GET", `/events/${own.eventId}/audit`, { token: own.organizer.token });
    const lines = body.filter(({ object }) => object.id === person.accountId);
    expect(lines.map(({ action, details }) => [action, details])).toEqual([
      ["crew.remove", {}],
      ["crew.put", { part: "manager" }],
      ["crew.put", { part: "scanner" }],
    ]);
  });
});
