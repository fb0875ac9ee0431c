// What the fuzzer buys: what replies have shown to be on sale, in bodies that fit together.

import { beforeEach, expect, test } from "vitest";
import { API } from "../../../src/worker/routes.ts";
import { describeApi } from "../../../src/worker/service/openapi.ts";
import { readDescription } from "../../fuzz/description.ts";
import { Known } from "../../fuzz/known.ts";
import type { People } from "../../fuzz/people.ts";
import { withSense } from "../../fuzz/sense.ts";
import { Shelf } from "../../fuzz/shelf.ts";
import { Prng } from "../../support/prng.ts";

const description = readDescription(JSON.parse(describeApi(API)));
const STALLS = ticketType("stalls", "concert");
const PARKING = ticketType("parking", "concert");
const ELSEWHERE = ticketType("elsewhere", "fair");
const MANY = 200;
const ENDS_AT = "2031-05-01T18:00:00Z";
const ENDS_AT_MS = Date.parse(ENDS_AT);
const nobody = { all: () => [] } as unknown as People;

let shelf: Shelf;
let prng: Prng;
beforeEach(() => {
  shelf = new Shelf();
  prng = new Prng(1);
});

function ticketType(id: string, event: string, more: object = {}) {
  const open = { sale_state: "open", available: 10 };
  const price = { id, price: { amount: 100, currency: "EUR" }, requires_code: false, min_per_order: 1, ...open };
  return { id, event, prices: [price, { ...price, id: `${id} with a code`, requires_code: true }], ...open, ...more };
}

function operation(name: string) {
  const found = description.operations.find((it) => it.name === name);
  if (found === undefined) throw new Error(name);
  return found;
}

function shows(...all: unknown[]): void {
  shelf.learn(operation("GET /events"), null, "/events", [{ tickets: all }]);
}

/** The items of many orders of up to three. */
function orderedItems(): { ticket: string; price: string; code?: string }[][] {
  const items = [1, 2, 3].map(() => ({ ticket: "unknown", quantity: 1 }));
  const sources = { people: nobody, known: new Known(description), shelf };
  return Array.from({ length: MANY }, () => {
    const body = withSense({ items }, operation("POST /orders"), "/orders", sources, prng) as { items: [] };
    return body.items;
  });
}

test("orders are of one event's ticket types, at prices that can be bought at, each once", () => {
  shows(STALLS, PARKING, ELSEWHERE);
  const orders = orderedItems().filter(([first]) => first?.ticket !== "unknown");
  expect(orders.length).toBeGreaterThan(MANY / 2);
  expect(
    new Set(
      orders.map((items) =>
        items
          .map(({ price }) => price)
          .sort()
          .join(),
      ),
    ),
  ).toEqual(new Set(["parking,stalls", "elsewhere"]));
});

test("a price that needs a code is bought at once its codes are known", () => {
  shows(ELSEWHERE);
  const price = "elsewhere with a code";
  const path = `/tickets/elsewhere/prices/${price}/codes`;
  shelf.learn(operation("POST /tickets/{id}/prices/{price}/codes"), "organizer1", path, [{ code: "PRESS" }]);
  const bought = orderedItems().flat();
  expect(bought.some((item) => item.price === price)).toBe(true);
  expect(bought.filter((item) => item.price === price && item.code !== "PRESS")).toEqual([]);
});

test("what is not on sale, nearly sold out, or was refused is not offered", () => {
  shows(ticketType("over", "concert", { sale_state: "ended" }), ticketType("last", "concert", { available: 1 }));
  expect(shelf.offer(prng)).toBeNull();
  shows(STALLS);
  expect(shelf.offer(prng)?.ticket).toBe("stalls");
  const request = { items: [{ ticket: "stalls" }] };
  shelf.refused(operation("POST /orders"), "buyer1", 422, "/orders", request);
  expect(shelf.offer(prng)?.ticket).toBe("stalls");
  shelf.refused(operation("POST /orders"), "buyer1", 409, "/orders", request);
  expect(shelf.offer(prng)).toBeNull();
});

test("what was bought is paid for by its buyer, in time, and cancelled once", () => {
  shelf.learn(operation("POST /orders"), "buyer1", "/orders", { id: "order", expires_at: ENDS_AT });
  expect(shelf.bought("orders", "held", ENDS_AT_MS - 1, prng)).toMatchObject({ id: "order", owner: "buyer1" });
  expect(shelf.bought("orders", "held", ENDS_AT_MS, prng)).toBeNull();
  shelf.refused(operation("GET /orders/{id}"), "buyer2", 404, "/orders/order", null);
  shelf.learn(operation("POST /orders/{id}/payment"), "buyer1", "/orders/order/payment", {});
  expect(shelf.bought("orders", "held", ENDS_AT_MS - 1, prng)).toBeNull();
  expect(shelf.bought("orders", "paid", ENDS_AT_MS - 1, prng)).toMatchObject({ id: "order" });
  shelf.learn(operation("DELETE /orders/{id}"), "buyer1", "/orders/order", null);
  expect(shelf.bought("orders", "paid", ENDS_AT_MS - 1, prng)).toBeNull();
});
