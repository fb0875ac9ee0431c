// Codes that open a price: made, listed, used, given back, and guessed.

import { afterEach, describe, expect, test, vi } from "vitest";
import { sqlIn } from "../../../support/objects.ts";
import { ADULT, holdAt, makeCodes, PRESS, putPricesOnSale, type WithPrices } from "../../../support/prices.ts";
import { call, deadlineOf, newPerson, type OnSale, pagesOf, pay, until } from "../../../support/service.ts";

afterEach(() => {
  vi.useRealTimers();
});

async function withCodes(uses: number | null, codes: readonly string[] = ["Press 2031"]) {
  const sale = await putPricesOnSale([ADULT, PRESS], { max_per_buyer: null });
  const press = sale.priceIds[1] ?? "";
  return { ...sale, press, codes: await makeCodes(sale, press, codes, uses) };
}

async function usesOf({ organizer, ticketId, press }: OnSale & { readonly press: string }): Promise<number[]> {
  const pages = await pagesOf(`/tickets/${ticketId}/prices/${press}/codes?limit=50`, { token: organizer.token });
  return pages.flatMap(({ list }) => list.map(({ uses }) => uses));
}

describe("codes", () => {
  test("are made as the organiser names them, compared without blanks and case", async () => {
    const sale = await withCodes(null, ["Press 2031", "früh"]);
    expect(sale.codes).toEqual(["PRESS2031", "FRÜH"]);
    for (const code of ["press2031", " PRESS  2031 ", "Früh"]) {
      expect(await holdAt(await newPerson(), sale.ticketId, sale.press, 1, { code })).toMatchObject({ status: 201 });
    }
    expect(await usesOf(sale)).toEqual([2, 1]);
  });

  test("are made at random, all different, and listed in the order in which they were made", async () => {
    const sale = await withCodes(1);
    const made = await makeCodes(sale, sale.press, 120);
    expect(new Set(made).size).toBe(120);
    for (const code of made) expect(code).toMatch(/^[0-9A-Z]{10}$/);
    const pages = await pagesOf(`/tickets/${sale.ticketId}/prices/${sale.press}/codes`, {
      token: sale.organizer.token,
    });
    expect(pages.length).toBeGreaterThan(5);
    expect(pages.flatMap(({ list }) => list.map(({ code }) => code))).toEqual([...sale.codes, ...made]);
  });

  test("are made ten thousand at once, and not one more", async () => {
    const sale = await withCodes(1);
    const mine = Array.from({ length: 10_000 }, (_, index) => `code number ${index}`);
    expect(await makeCodes(sale, sale.press, mine)).toHaveLength(10_000);
    const path = `/tickets/${sale.ticketId}/prices/${sale.press}/codes` as const;
    const { token } = sale.organizer;
    expect(await call("POST", path, { token, body: { codes: [...mine, "x"] } })).toMatchObject({ status: 422 });
    expect(await call("POST", path, { token, body: { count: 10_001 } })).toMatchObject({ status: 422 });
  });

  test("of one request are made together or not at all", async () => {
    const sale = await withCodes(1);
    const path = `/tickets/${sale.ticketId}/prices/${sale.press}/codes` as const;
    const { token } = sale.organizer;
    const refused = await call("POST", path, { token, body: { codes: ["fresh", "press2031"] } });
    expect(refused).toMatchObject({ status: 409, body: { type: "/problems/code-exists", code: "PRESS2031" } });
    expect(await usesOf(sale)).toHaveLength(1);
    expect(await call("POST", path, { token, body: { codes: ["a b", "AB"] } })).toMatchObject({ status: 422 });
    expect(await call("POST", path, { token, body: { codes: ["a"], count: 1 } })).toMatchObject({ status: 422 });
    expect(await call("POST", path, { token, body: {} })).toMatchObject({ status: 422 });
  });

  test("of one request with a key are made once", async () => {
    const sale = await withCodes(1);
    const path = `/tickets/${sale.ticketId}/prices/${sale.press}/codes` as const;
    const ask = (body: { count: number; uses?: number }) =>
      call("POST", path, { token: sale.organizer.token, body, headers: { "idempotency-key": "k" } });
    const first = await ask({ count: 3 });
    expect((await ask({ count: 3 })).list).toEqual(first.list);
    expect(await ask({ count: 4 })).toMatchObject({ status: 422 });
    expect(await ask({ count: 3, uses: 2 })).toMatchObject({ status: 422 });
    expect(await usesOf(sale)).toHaveLength(4);
  });

  test("go with their price", async () => {
    const sale = await withCodes(1);
    const path = `/tickets/${sale.ticketId}/prices/${sale.press}` as const;
    expect(await call("DELETE", path, { token: sale.organizer.token })).toMatchObject({ status: 204 });
    expect(await sqlIn(sale.ticketId, "SELECT COUNT(*) AS left FROM codes")).toEqual([{ left: 0 }]);
    const gone = `${path}/codes` as const;
    expect(await call("GET", gone, { token: sale.organizer.token })).toMatchObject({ status: 404 });
    expect(await call("POST", gone, { token: sale.organizer.token, body: { count: 1 } })).toMatchObject({
      status: 404,
    });
  });

  test("are shown to their organiser alone, and not in the audit log", async () => {
    const sale = await withCodes(1);
    const path = `/tickets/${sale.ticketId}/prices/${sale.press}/codes` as const;
    const other = await newPerson("organizer");
    expect(await call("GET", path, { token: other.token })).toMatchObject({ status: 404 });
    expect(await call("GET", path, { token: (await newPerson()).token })).toMatchObject({ status: 403 });
    const log = await call("GET", `/events/${sale.eventId}/audit`, { token: sale.organizer.token });
    expect(log.list[0]?.action).toBe("codes.add");
    expect(log.text).not.toMatch(/press ?2031/i);
  });
});

describe("a price that requires a code", () => {
  test.each<[what: string, more: { readonly code?: string }]>([
    ["without one", {}],
    ["with a wrong one", { code: "guess" }],
    ["with a part of it", { code: "press203" }],
  ])("is not sold %s", async (_what, more) => {
    const sale = await withCodes(null);
    const refused = await holdAt(await newPerson(), sale.ticketId, sale.press, 1, more);
    expect(refused).toMatchObject({ status: 409, body: { type: "/problems/code-refused" } });
    expect(await usesOf(sale)).toEqual([0]);
  });

  test("is found by its code alone", async () => {
    const sale = await withCodes(null);
    const held = await holdAt(await newPerson(), sale.ticketId, undefined, 2, { code: "press 2031" });
    expect(held).toMatchObject({ status: 201, body: { price: sale.press, price_name: "Press", code: "PRESS2031" } });
  });

  test("takes no code for a price that needs none", async () => {
    const sale = await withCodes(null);
    const refused = await holdAt(await newPerson(), sale.ticketId, sale.priceIds[0], 1, { code: "press 2031" });
    expect(refused).toMatchObject({ status: 409, body: { type: "/problems/code-refused" } });
  });
});

describe("the uses of a code", () => {
  const code = "press 2031";

  test("are tickets, held or sold, and come back with a hold that ends", async () => {
    const sale = await withCodes(3);
    const buyer = await newPerson();
    const first = await holdAt(buyer, sale.ticketId, sale.press, 2, { code });
    const tooMany = await holdAt(buyer, sale.ticketId, sale.press, 2, { code });
    expect(tooMany).toMatchObject({ status: 409, body: { type: "/problems/code-used-up", uses_left: 1 } });
    await call("DELETE", `/reservations/${first.body.id}`, { token: buyer.token });
    expect(await usesOf(sale)).toEqual([0]);
    const second = await holdAt(buyer, sale.ticketId, sale.press, 3, { code });
    await pay(buyer, second.body.id);
    const state = () => call("GET", `/reservations/${second.body.id}`, { token: buyer.token });
    await until(state, ({ body }) => body.state === "confirmed");
    expect(await usesOf(sale)).toEqual([3]);
    expect(await holdAt(buyer, sale.ticketId, sale.press, 1, { code })).toMatchObject({ body: { uses_left: 0 } });
  });

  test("are never more than allowed, however many come at once", async () => {
    const sale = await withCodes(4);
    const buyers = await Promise.all(Array.from({ length: 12 }, () => newPerson()));
    const answers = await Promise.all(buyers.map((buyer) => holdAt(buyer, sale.ticketId, sale.press, 1, { code })));
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(4);
    expect(await usesOf(sale)).toEqual([4]);
  });

  test("are there at the deadline of a hold, though no alarm ran", async () => {
    const sale = await withCodes(1);
    const { body } = await holdAt(await newPerson(), sale.ticketId, sale.press, 1, { code });
    expect(await holdAt(await newPerson(), sale.ticketId, sale.press, 1, { code })).toMatchObject({ status: 409 });
    vi.useFakeTimers({ toFake: ["Date"], now: deadlineOf(body) });
    expect(await holdAt(await newPerson(), sale.ticketId, sale.press, 1, { code })).toMatchObject({ status: 201 });
    expect(await usesOf(sale)).toEqual([1]);
  });
});

test("guesses are limited, for an account and for an address", async () => {
  const sale: WithPrices & { readonly press: string } = await withCodes(null);
  const settings = { RATE_LIMITS: "on" };
  const guess = (token: string, address: string) =>
    call("POST", "/reservations", {
      token,
      settings,
      headers: { "cf-connecting-ip": address },
      body: { ticket: sale.ticketId, price: sale.press, quantity: 1, code: "guess" },
    });
  const { token } = await newPerson();
  const statuses: number[] = [];
  for (let attempt = 0; attempt < 12; attempt++) statuses.push((await guess(token, `198.51.100.${attempt}`)).status);
  expect(statuses).toEqual([...Array(10).fill(409), 429, 429]);
  const others = await Promise.all(Array.from({ length: 205 }, () => newPerson()));
  const fromOne = await Promise.all(others.map((other) => guess(other.token, "203.0.113.9")));
  expect(fromOne.filter(({ status }) => status === 429)).toHaveLength(5);
});

describe("a check of a code", () => {
  const check = (ticketId: string, code: string, token?: string) =>
    call("POST", `/tickets/${ticketId}/code-checks`, { body: { code }, ...(token === undefined ? {} : { token }) });

  test("says which prices it opens, to anybody, and reserves nothing", async () => {
    const sale = await withCodes(2);
    expect(await check(sale.ticketId, " press 2031 ")).toMatchObject({ status: 200, body: { prices: [sale.press] } });
    const { token } = await newPerson();
    expect(await check(sale.ticketId, "PRESS2031", token)).toMatchObject({ status: 200 });
    expect(await usesOf(sale)).toEqual([0]);
  });

  test("says that there is no such code, or that it is used up", async () => {
    const sale = await withCodes(1);
    const refused = await check(sale.ticketId, "guessed");
    expect(refused).toMatchObject({ status: 409, body: { type: "/problems/code-refused" } });
    await holdAt(await newPerson(), sale.ticketId, sale.press, 1, { code: "press2031" });
    const usedUp = await check(sale.ticketId, "press2031");
    expect(usedUp).toMatchObject({ status: 409, body: { type: "/problems/code-used-up", uses_left: 0 } });
  });

  test("opens no price that is withdrawn, and says nothing of a draft", async () => {
    const sale = await withCodes(1);
    const { token } = sale.organizer;
    await call("PATCH", `/tickets/${sale.ticketId}/prices/${sale.press}`, { token, body: { withdrawn: true } });
    expect(await check(sale.ticketId, "press2031")).toMatchObject({ body: { type: "/problems/code-refused" } });
    await call("PATCH", `/events/${sale.eventId}`, { token, body: { status: "draft" } });
    for (const asker of [undefined, token]) {
      expect(await check(sale.ticketId, "press2031", asker)).toMatchObject({ status: 404 });
    }
    expect(await check("0000000000000000", "press2031")).toMatchObject({ status: 404 });
  });

  test("is refused without a code", async () => {
    const sale = await withCodes(1);
    expect(await check(sale.ticketId, "")).toMatchObject({ status: 422, body: { errors: [{ path: "code" }] } });
  });
});
