// Many buyers at once: exactly what is there is sold.

import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { call, hold, newPerson, objectOf, putOnSale } from "../../../support/service.ts";

test("200 buyers at once for 50 tickets: exactly 50 get one, the others are told that none is left", async () => {
  const { ticketId } = await putOnSale({ capacity: 50 });
  const buyers = await Promise.all(Array.from({ length: 200 }, () => newPerson()));

  const answers = await Promise.all(buyers.map((buyer) => hold(buyer, ticketId)));

  const won = answers.filter(({ status }) => status === 201);
  const lost = answers.filter(({ status }) => status !== 201);
  expect(won).toHaveLength(50);
  expect(new Set(won.map(({ body }) => body.id)).size).toBe(50);
  expect(new Set(lost.map(({ status, body }) => `${status} ${body.type} ${body.available}`))).toEqual(
    new Set(["409 /problems/sold-out 0"]),
  );
  expect(await objectOf(ticketId).describe()).toMatchObject({ capacity: 50, held: 50, sold: 0 });
  expect((await call("GET", `/tickets/${ticketId}`)).body.available).toBe(0);
});

test("buyers of several tickets at once never share one: what is left over is too little for any of them", async () => {
  const { ticketId } = await putOnSale({ capacity: 50 });
  const buyers = await Promise.all(Array.from({ length: 30 }, () => newPerson()));

  const answers = await Promise.all(buyers.map((buyer) => hold(buyer, ticketId, 3)));

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(16);
  expect(answers.find(({ status }) => status === 409)?.body.available).toBe(2);
  expect(await objectOf(ticketId).describe()).toMatchObject({ held: 48 });
});

test("one buyer in forty tabs at once gets no more than the limit", async () => {
  const { ticketId } = await putOnSale({ capacity: 100, max_per_buyer: 4 });
  const buyer = await newPerson();

  const answers = await Promise.all(Array.from({ length: 40 }, () => hold(buyer, ticketId)));

  expect(answers.filter(({ status }) => status === 201)).toHaveLength(4);
  expect(answers.filter(({ body }) => body.type === "/problems/limit-reached")).toHaveLength(36);
});

test("a batch is decided one by one, in order: a bad request takes no neighbour with it", async () => {
  const { ticketId } = await putOnSale({ capacity: 5, max_per_buyer: 3 });
  const request = (accountId: string, quantity: number, suffix: string) => ({
    reservationId: `${ticketId}-${suffix.padEnd(20, "0")}`,
    ...{ accountId, quantity, idempotencyKey: null },
  });

  const results = await objectOf(ticketId).reserve([
    request("a", 3, "1"),
    request("a", 1, "2"),
    request("b", 3, "3"),
    request("c", 2, "4"),
    request("d", 1, "5"),
  ]);

  expect(results.map((result) => (result.ok ? result.reservation.quantity : result.refusal.type))).toEqual([
    3,
    "limit_reached",
    "sold_out",
    2,
    "sold_out",
  ]);
});

test("a buyer finds every reservation in the list as soon as it was acknowledged", async () => {
  const { ticketId } = await putOnSale({ capacity: 100, max_per_buyer: null });
  const buyer = await newPerson();
  for (let bought = 1; bought <= 10; bought++) {
    const held = await hold(buyer, ticketId);
    const { list } = await call("GET", "/reservations", { token: buyer.token });
    expect(list).toHaveLength(bought);
    expect(list[0]?.id).toBe(held.body.id);
  }
});

test("an id that nobody issued is unknown, and leaves nothing behind", async () => {
  const buyer = await newPerson();
  const unknown = "zzzzzzzzzzzzzzzz";
  const answer = await hold(buyer, unknown);
  expect(answer.status).toBe(404);
  expect(await env.TICKET_TYPES.getByName(unknown).describe()).toBeNull();
});
