// A buyer's reservations: held, listed, shown, let go, and nobody else's business.

import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { newId, newReservationId } from "../../../../src/platform/ids.ts";
import {
  type Answer,
  call,
  hold,
  newPerson,
  type OnSale,
  type Person,
  pay,
  putOnSale,
  seen,
  until,
} from "../../../support/service.ts";

const FREE = { price: { amount: 0, currency: "EUR" } };
let shared: OnSale;

beforeAll(async () => {
  shared = await putOnSale({ capacity: 10_000 });
});

function list(buyer: Person, query = "") {
  return call("GET", `/reservations${query}`, { token: buyer.token });
}

function show(buyer: Person, id: string) {
  return call("GET", `/reservations/${id}`, { token: buyer.token });
}

function letGo(buyer: Person, id: string) {
  return call("DELETE", `/reservations/${id}`, { token: buyer.token });
}

/** Holds one after another, each in a millisecond of its own; newest first. */
async function holdSeveral(buyer: Person, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    ids.unshift((await hold(buyer, shared.ticketId)).body.id);
    await scheduler.wait(2);
  }
  return ids;
}

describe("holding tickets", () => {
  test("may cost a thousand times the highest price, and the answer is still as described", async () => {
    const price = { amount: 100_000_000_000, currency: "KWD" };
    const { ticketId } = await putOnSale({ price, capacity: 1_000, max_per_buyer: null });
    const { body } = await hold(await newPerson(), ticketId, 1_000);
    expect(body.total).toEqual({ amount: 100_000_000_000_000, currency: "KWD" });
  });

  test("answers the hold, where it is, and the moment it ends", async () => {
    const buyer = await newPerson();
    const before = Date.now();
    const answer = await hold(buyer, shared.ticketId, 3);
    expect(answer.status).toBe(201);
    const { id, created_at, expires_at } = answer.body;
    expect(answer.body).toStrictEqual({
      ...{ id: expect.stringMatching(new RegExp(`^${shared.ticketId}-[0-9a-z]{29}$`)), ticket: shared.ticketId },
      ...{ quantity: 3, unit_price: { amount: 4500, currency: "EUR" }, total: { amount: 13_500, currency: "EUR" } },
      ...{ state: "held", created_at, expires_at, payment: null },
    });
    expect(answer.headers.get("location")).toBe(`/reservations/${id}`);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(Date.parse(created_at)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(created_at)).toBeLessThanOrEqual(Date.now());
    expect(Date.parse(expires_at) - Date.parse(created_at)).toBe(Number(env.HOLD_SECONDS) * 1_000);
    expect(env.HOLD_SECONDS).toBe("900");
  });

  test("takes the tickets from what is available", async () => {
    const { ticketId } = await putOnSale({ capacity: 5 });
    await hold(await newPerson(), ticketId, 2);
    const ticket = await until(
      () => call("GET", `/tickets/${ticketId}`),
      ({ body }) => body.available === 3,
    );
    expect(ticket.body.available).toBe(3);
  });

  test("without a key makes a hold of its own each time", async () => {
    const buyer = await newPerson();
    const [first, second] = [await hold(buyer, shared.ticketId), await hold(buyer, shared.ticketId)];
    expect(first.body.id).not.toBe(second.body.id);
    expect((await list(buyer)).list).toHaveLength(2);
  });
});

describe("the list of reservations", () => {
  test("has a hold at once, as the answer to it said and as it is shown", async () => {
    const buyer = await newPerson();
    expect((await list(buyer)).list).toEqual([]);
    const held = (await hold(buyer, shared.ticketId)).body;
    expect((await list(buyer)).list).toEqual([held]);
    expect((await show(buyer, held.id)).body).toEqual(held);
  });

  test("is the caller's own, newest first, of all ticket types", async () => {
    const [buyer, other] = [await newPerson(), await newPerson()];
    const elsewhere = await putOnSale();
    const first = (await hold(buyer, elsewhere.ticketId)).body.id;
    await scheduler.wait(2);
    await hold(other, shared.ticketId);
    const later = await holdSeveral(buyer, 3);
    expect((await list(buyer)).list.map(({ id }) => id)).toEqual([...later, first]);
    expect((await list(shared.organizer)).list).toEqual([]);
    expect((await call("GET", "/reservations")).status).toBe(401);
    const body = { ticket: shared.ticketId, quantity: 1 };
    expect((await call("POST", "/reservations", { body })).status).toBe(401);
  });

  test.each([1, 2, 5])(
    "walked in pages of %i skips nothing and repeats nothing, though a hold is added",
    async (limit) => {
      const buyer = await newPerson();
      const ids = await holdSeveral(buyer, 5);
      const walked: string[] = [];
      for (let path: string | undefined = `/reservations?limit=${limit}`; path !== undefined; ) {
        const page: Answer<"GET /reservations"> = await call("GET", path as `/reservations?${string}`, {
          token: buyer.token,
        });
        expect(page.list.length).toBeGreaterThan(0);
        walked.push(...page.list.map(({ id }) => id));
        if (walked.length === limit) await hold(buyer, shared.ticketId);
        path = /^<(\/reservations\?[^>]+)>; rel="next"$/.exec(page.headers.get("link") ?? "")?.[1];
      }
      expect(walked).toEqual(ids);
    },
  );

  test.each(["limit=0", "limit=101", "cursor=garbage", "ticket=1"])("refuses ?%s", async (query) => {
    const answer = await list(await newPerson(), `?${query}`);
    expect(answer.status).toBe(422);
    expect(answer.body.errors.map(({ path }) => path)).toEqual([query.split("=")[0]]);
  });

  test("says what became of each: held, confirmed, cancelled", async () => {
    const buyer = await newPerson();
    const { ticketId } = await putOnSale(FREE);
    const [confirmed, cancelled, held] = [
      await hold(buyer, ticketId),
      await hold(buyer, ticketId),
      await hold(buyer, ticketId),
    ];
    await call("POST", `/reservations/${confirmed.body.id}/payment`, { token: buyer.token, body: {} });
    await letGo(buyer, cancelled.body.id);
    const states = Object.fromEntries((await list(buyer)).list.map(({ id, state }) => [id, state]));
    const wanted = { [confirmed.body.id]: "confirmed", [cancelled.body.id]: "cancelled", [held.body.id]: "held" };
    expect(states).toEqual(wanted);
    for (const answer of (await list(buyer)).list) expect((await show(buyer, answer.id)).body).toEqual(answer);
  });
});

describe("letting a hold go", () => {
  test("answers 204, shows it as cancelled, and puts the tickets on sale again", async () => {
    const { ticketId } = await putOnSale({ capacity: 2 });
    const [buyer, next] = [await newPerson(), await newPerson()];
    const held = (await hold(buyer, ticketId, 2)).body;
    expect((await hold(next, ticketId, 1)).body.type).toBe("/problems/sold-out");
    const answer = await letGo(buyer, held.id);
    expect(answer.status).toBe(204);
    expect(answer.text).toBe("");
    expect((await show(buyer, held.id)).body).toEqual({ ...held, state: "cancelled" });
    expect((await list(buyer)).list).toEqual([{ ...held, state: "cancelled" }]);
    const ticket = await until(
      () => call("GET", `/tickets/${ticketId}`),
      ({ body }) => body.available === 2,
    );
    expect(ticket.body.available).toBe(2);
    expect((await hold(next, ticketId, 2)).status).toBe(201);
  });

  test("again is 204 again, and gives nothing back twice", async () => {
    const { ticketId, organizer } = await putOnSale({ capacity: 10 });
    const buyer = await newPerson();
    const { id } = (await hold(buyer, ticketId, 4)).body;
    await hold(buyer, ticketId, 3);
    expect((await letGo(buyer, id)).status).toBe(204);
    expect((await letGo(buyer, id)).status).toBe(204);
    const options = { token: organizer.token };
    const ticket = await until(
      () => call("GET", `/tickets/${ticketId}`, options),
      ({ body }) => body.available === 7,
    );
    expect(ticket.body).toMatchObject({ capacity: 10, available: 7, held: 3, sold: 0 });
  });

  test("makes room within the buyer's limit", async () => {
    const { ticketId } = await putOnSale({ max_per_buyer: 2 });
    const buyer = await newPerson();
    const { id } = (await hold(buyer, ticketId, 2)).body;
    expect((await hold(buyer, ticketId, 1)).body.type).toBe("/problems/limit-reached");
    await letGo(buyer, id);
    expect((await hold(buyer, ticketId, 2)).status).toBe(201);
  });

  test("is too late once it is confirmed", async () => {
    const { ticketId } = await putOnSale(FREE);
    const buyer = await newPerson();
    const { id } = (await hold(buyer, ticketId)).body;
    await call("POST", `/reservations/${id}/payment`, { token: buyer.token, body: {} });
    const before = await show(buyer, id);
    const answer = await letGo(buyer, id);
    expect(answer.status).toBe(409);
    expect(answer.body.type).toBe("/problems/already-confirmed");
    expect((await show(buyer, id)).text).toBe(before.text);
  });

  test("leaves nothing to pay for", async () => {
    const buyer = await newPerson();
    const { id } = (await hold(buyer, shared.ticketId)).body;
    await letGo(buyer, id);
    const answer = await pay(buyer, id);
    expect(answer.status).toBe(409);
    expect(answer.body.type).toBe("/problems/already-cancelled");
    expect((await show(buyer, id)).body.payment).toBeNull();
  });
});

describe("a stranger's reservation", () => {
  const REQUESTS: [what: string, ask: (person: Person, id: string) => Promise<Answer>][] = [
    ["showing", show],
    ["letting go", letGo],
    ["paying", (person, id) => pay(person, id)],
    [
      "paying with nothing",
      (person, id) => call("POST", `/reservations/${id}/payment`, { token: person.token, body: {} }),
    ],
    ["asking for the payment", (person, id) => call("GET", `/reservations/${id}/payment`, { token: person.token })],
  ];

  test.each(REQUESTS)(
    "%s is answered as for an unknown id, as for garbage, and as for any other such request",
    async (_what, ask) => {
      const free = await putOnSale(FREE);
      const [owner, stranger] = [await newPerson(), await newPerson()];
      const held = (await hold(owner, shared.ticketId)).body.id;
      const confirmed = (await hold(owner, free.ticketId)).body.id;
      await call("POST", `/reservations/${confirmed}/payment`, { token: owner.token, body: {} });
      const cancelled = (await hold(owner, shared.ticketId)).body.id;
      await letGo(owner, cancelled);
      const own = (await list(owner)).text;

      const unknown = seen(await show(stranger, newReservationId(shared.ticketId)));
      expect(unknown).toMatchObject({ status: 404, text: expect.stringContaining("/problems/not-found") });
      const others = [held, confirmed, cancelled];
      const nobodys = [newReservationId(shared.ticketId), newReservationId(newId()), shared.ticketId];
      const garbage = [`${held}0`, held.toUpperCase(), `${held}%00`, "x", "__proto__"];
      for (const id of [...others, ...nobodys, ...garbage]) expect(seen(await ask(stranger, id)), id).toEqual(unknown);
      // The organiser sells the tickets, but has no business in the reservation either.
      expect(seen(await ask(shared.organizer, held))).toEqual(unknown);

      expect((await list(owner)).text).toBe(own);
      expect((await show(owner, held)).body.state).toBe("held");
    },
  );
});
