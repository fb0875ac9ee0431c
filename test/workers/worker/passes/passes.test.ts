// Passes over HTTP: who sees which, with its code; naming, passing on, and what is printed.

import { env, exports } from "cloudflare:workers";
import { createPublicKey } from "node:crypto";
import { importSPKI, type JWK, jwtVerify } from "jose";
import { describe, expect, test } from "vitest";
import { readPassCode } from "../../../../src/domain/pass-code.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { verifyPassCode } from "../../../../src/worker/passes/pass-keys.ts";
import { outcomeOf, payOrder, placeOrder, twoTypes } from "../../../support/orders.ts";
import { passOn, provenPerson } from "../../../support/passes.ts";
import { sql } from "../../../support/records.ts";
import {
  type Answer,
  call,
  hold,
  newPerson,
  ORIGIN,
  type Person,
  putOnSale,
  replayOf,
  seen,
} from "../../../support/service.ts";

const FREE = { price: { amount: 0, currency: "EUR" }, max_per_buyer: null };

async function bought(quantity = 2, buyer?: Person) {
  const person = buyer ?? (await newPerson());
  const sale = await putOnSale(FREE);
  const reservationId = (await hold(person, sale.ticketId, quantity)).body.id;
  await call("POST", `/reservations/${reservationId}/payment`, { token: person.token, body: {} });
  return { ...sale, buyer: person, token: person.token, reservationId, passId: `${reservationId}-1` };
}

const refund = (reservationId: string, token: string, quantity: number) =>
  call("POST", `/reservations/${reservationId}/refunds`, {
    token,
    body: { items: [{ reservation: reservationId, quantity }], restock: true, reason: "They are ill." },
  });

describe("the passes of what was bought", () => {
  test("are as many as tickets, each with a code of its own that is genuine", async () => {
    const { reservationId, token, ticketId, eventId } = await bought(3);
    const { status, list } = await call("GET", `/reservations/${reservationId}/passes`, { token });
    expect(status).toBe(200);
    expect(list.map(({ id }) => id)).toEqual([1, 2, 3].map((number) => `${reservationId}-${number}`));
    expect(list[0]).toMatchObject({
      ...{ reservation: reservationId, number: 1, order: null, ticket: ticketId, state: "valid", disputed: false },
      ...{ holder_name: null, admitted_at: null, revoked_at: null, passed_on_to: null },
      event: { id: eventId },
    });
    for (const { id, code } of list) {
      expect(code).toHaveLength(150);
      expect(await verifyPassCode(env, code ?? "")).toEqual({ passId: id, generation: 0 });
    }
    expect((await call("GET", `/passes/${reservationId}-2`, { token })).body).toEqual(list[1]);
  });

  test("are none before it is confirmed", async () => {
    const buyer = await newPerson();
    const { ticketId } = await putOnSale();
    const { id } = (await hold(buyer, ticketId)).body;
    expect((await call("GET", `/reservations/${id}/passes`, { token: buyer.token })).list).toEqual([]);
    expect((await call("GET", `/passes/${id}-1`, { token: buyer.token })).status).toBe(404);
    expect((await call("GET", `/passes/${id}-1/code.svg`, { token: buyer.token })).status).toBe(404);
  });

  test("of an order come item by item, a page at a time", async () => {
    const buyer = await newPerson();
    const sale = await twoTypes(FREE, FREE);
    const { id, items } = (await placeOrder(buyer, [sale.stalls, 3], [sale.parking, 2])).body;
    await payOrder(buyer, id);
    const wanted = items.flatMap(({ reservation, quantity }) =>
      Array.from({ length: quantity }, (_, index) => `${reservation}-${index + 1}`),
    );
    expect(wanted).toHaveLength(5);
    for (const limit of [1, 2, 4, 5, 100]) {
      const found: string[] = [];
      let path: string | undefined = `/orders/${id}/passes?limit=${limit}`;
      for (let pages = 0; path !== undefined && pages < 9; pages++) {
        const page: Answer<"GET /orders/{id}/passes"> = await call("GET", path as `/orders/${string}/passes`, {
          token: buyer.token,
        });
        expect(page.list.length).toBeLessThanOrEqual(limit);
        found.push(...page.list.map((pass) => pass.id));
        path = /<(.*)>/.exec(page.headers.get("link") ?? "")?.[1];
      }
      expect(found).toEqual(wanted);
    }
    const [first] = (await call("GET", `/orders/${id}/passes`, { token: buyer.token })).list;
    expect(first?.order).toBe(id);
  });

  test("are revoked with a refund, the last one first, and have no code any more", async () => {
    const { reservationId, token, organizer } = await bought(2);
    expect((await refund(reservationId, organizer.token, 1)).status).toBe(201);
    const { list } = await call("GET", `/reservations/${reservationId}/passes`, { token });
    expect(list.map(({ state, code }) => [state, code === null])).toEqual([
      ["valid", false],
      ["revoked", true],
    ]);
    expect((await call("GET", `/passes/${reservationId}-2/code.svg`, { token })).status).toBe(404);
    const named = await call("PATCH", `/passes/${reservationId}-2`, { token, body: { holder_name: "Ada" } });
    expect([named.status, named.body.type]).toEqual([409, "/problems/pass-revoked"]);
  });

  test("are nobody else's: not the organiser's, not an admin's", async () => {
    const { reservationId, passId, organizer } = await bought();
    for (const { token } of [await newPerson(), organizer, await newPerson("admin")]) {
      for (const path of [`/passes/${passId}`, `/passes/${passId}/code.svg`, `/passes/${passId}/code.gif`] as const) {
        const unknown = await call("GET", path.replace(/-1(?=$|\/)/, "-999") as typeof path, { token });
        expect(seen(await call("GET", path, { token }))).toEqual(seen(unknown));
        expect(unknown.status).toBe(404);
      }
      expect((await call("GET", `/reservations/${reservationId}/passes`, { token })).status).toBe(404);
      expect((await call("GET", `/reservations/${reservationId}/passes/print`, { token })).status).toBe(404);
    }
  });

  test("are flagged while the payment is disputed, and stay valid", async () => {
    const { reservationId, passId, eventId, token } = await bought(1);
    const columns = "id, provider_id, event_id, payment_id, bought_id, amount_minor, currency, state, reason";
    const insert = `INSERT INTO disputes (${columns}, opened_at_ms, read_at_ms) VALUES (?, 'dp_1', ?, 'p', ?, 1, 'EUR', ?, '', 1, 1)`;
    await sql(insert, `dispute-${passId}`, eventId, reservationId, "open");
    for (const [state, disputed] of [
      ["open", true],
      ["lost", true],
      ["won", false],
    ] as const) {
      await sql("UPDATE disputes SET state = ? WHERE bought_id = ?", state, reservationId);
      expect((await call("GET", `/passes/${passId}`, { token })).body).toMatchObject({ state: "valid", disputed });
    }
  });
});

describe("a holder's name", () => {
  test("is set, changed and taken back", async () => {
    const { passId, token } = await bought(1);
    for (const holder_name of ["Ada Lovelace", "Grace Hopper", null]) {
      const { status, body } = await call("PATCH", `/passes/${passId}`, { token, body: { holder_name } });
      expect([status, body.holder_name]).toEqual([200, holder_name]);
      expect((await call("GET", `/passes/${passId}`, { token })).body).toEqual(body);
    }
  });

  test("is one line, and can't be changed once the doors are open", async () => {
    const { passId, token, eventId, organizer } = await bought(1);
    const lines = await call("PATCH", `/passes/${passId}`, { token, body: { holder_name: "Ada\nLovelace" } });
    expect(lines.status).toBe(422);
    const body = { doors_open_at: "2020-01-01T00:00:00Z" };
    expect((await call("PATCH", `/events/${eventId}`, { token: organizer.token, body })).status).toBe(200);
    const late = await call("PATCH", `/passes/${passId}`, { token, body: { holder_name: "Ada" } });
    expect([late.status, late.body.type]).toEqual([409, "/problems/names-closed"]);
    expect(late.body).toMatchObject({ closed_at: "2020-01-01T00:00:00.000Z" });
  });

  test("can't be changed once the event goes on, where its doors have no time", async () => {
    const { passId, token, eventId, organizer } = await bought(1);
    const rename = () => call("PATCH", `/passes/${passId}`, { token, body: { holder_name: "Ada" } });
    const body = { starts_at: "2020-01-01T00:00:00Z" };
    expect((await call("PATCH", `/events/${eventId}`, { token: organizer.token, body })).status).toBe(200);
    const late = await rename();
    expect([late.status, late.body.type]).toEqual([409, "/problems/names-closed"]);
  });
});

describe("a pass that is passed on", () => {
  const to = (passId: string, token: string, email: string, key?: string) =>
    call("POST", `/passes/${passId}/transfer`, {
      token,
      body: { email },
      ...(key === undefined ? {} : { headers: { "idempotency-key": key } }),
    });

  test("has left its buyer, who sees to whom it went, and no code", async () => {
    const { passId, token, reservationId } = await bought(2);
    const { status, body, headers } = await to(passId, token, "Ada@Example.test");
    expect(status).toBe(201);
    expect(headers.get("location")).toBe(`/passes/${passId}`);
    expect(body).toMatchObject({ id: passId, passed_on_to: "A…@Example.test", code: null, state: "valid" });
    expect((await call("GET", `/passes/${passId}`, { token })).body).toEqual(body);
    expect((await call("GET", `/passes/${passId}/code.svg`, { token })).status).toBe(404);
    const { list } = await call("GET", `/reservations/${reservationId}/passes`, { token });
    expect(list.map(({ code }) => code === null)).toEqual([true, false]);
    // It is the other's now: the buyer can neither name it nor pass it on once more.
    expect((await call("PATCH", `/passes/${passId}`, { token, body: { holder_name: "Me" } })).status).toBe(404);
    expect((await to(passId, token, "eve@example.test")).status).toBe(404);
  });

  test("is whose address it went to, once they have proven it: they see its code, name it and pass it on", async () => {
    const { passId, token } = await bought(1);
    const friend = await newPerson();
    const address = `${friend.username}@friend.test`;
    await to(passId, token, address.toUpperCase());
    expect((await call("GET", `/passes/${passId}`, { token: friend.token })).status).toBe(404);
    await sql("UPDATE accounts SET verified_email_key = ? WHERE id = ?", address, friend.accountId);
    const shown = await call("GET", `/passes/${passId}`, { token: friend.token });
    expect(await verifyPassCode(env, shown.body.code ?? "")).toEqual({ passId, generation: 1 });
    const body = { holder_name: "A friend" };
    expect((await call("PATCH", `/passes/${passId}`, { token: friend.token, body })).status).toBe(200);
    expect((await call("GET", `/passes/${passId}/code.svg`, { token: friend.token })).status).toBe(200);
    expect((await to(passId, friend.token, "another@friend.test")).status).toBe(201);
    expect((await call("GET", `/passes/${passId}`, { token: friend.token })).status).toBe(404);
    expect((await call("GET", `/passes/${passId}`, { token })).body).toMatchObject({ passed_on_to: "a…@friend.test" });
  });

  test("is passed on once, however often the request comes", async () => {
    const { passId, token } = await bought(1);
    const first = await to(passId, token, "ada@example.test", "key-1");
    const again = await to(passId, token, "ada@example.test", "key-1");
    expect(seen(again)).toEqual(replayOf(first));
    const other = await to(passId, token, "eve@example.test", "key-1");
    expect([other.status, other.body.type]).toEqual([422, "/problems/idempotency-key-reused"]);
  });

  test("needs an address, and a limit keeps mails to strangers few", async () => {
    const { passId, token } = await bought(1);
    for (const email of ["nobody", "a@b c", ""]) expect((await to(passId, token, email)).status).toBe(422);
    const settings = { RATE_LIMITS: "on", LIMIT_PASS_ON: { limit: async () => ({ success: false }) } };
    const limited = await call("POST", `/passes/${passId}/transfer`, {
      token,
      body: { email: "ada@example.test" },
      settings,
    });
    expect(limited.status).toBe(429);
  });
});

describe("what was passed on to an address", () => {
  const received = async ({ token }: Person) => (await call("GET", "/passes", { token })).list;

  test("is listed for who has proven it, with its codes, and for nobody else", async () => {
    const { passId, buyer } = await bought(2);
    const friend = await provenPerson();
    const unproven = await newPerson();
    await sql("UPDATE accounts SET email = ? WHERE id = ?", friend.address, unproven.accountId);
    await passOn(buyer, passId, friend.address.toUpperCase());
    const list = await received(friend);
    expect(list).toEqual([(await call("GET", `/passes/${passId}`, { token: friend.token })).body]);
    expect(await verifyPassCode(env, list[0]?.code ?? "")).toEqual({ passId, generation: 1 });
    // Not the buyer's own, nor what the buyer has passed on.
    for (const person of [buyer, unproven, await provenPerson()]) expect(await received(person)).toEqual([]);
  });

  test("is listed where it was passed on before the address was proven", async () => {
    const { passId, buyer } = await bought(1);
    const address = `${buyer.accountId}@later.test`;
    await passOn(buyer, passId, address);
    expect((await received(await provenPerson(address))).map(({ id }) => id)).toEqual([passId]);
  });

  test("is gone once it was passed on further, however late its copy is", async () => {
    const { passId, buyer, reservationId } = await bought(2);
    const [friend, next] = [await provenPerson(), await provenPerson()];
    await passOn(buyer, passId, friend.address);
    await passOn(buyer, `${reservationId}-2`, friend.address);
    await passOn(friend, passId, next.address);
    expect((await received(friend)).map(({ id }) => id)).toEqual([`${reservationId}-2`]);
    expect((await received(next)).map(({ id }) => id)).toEqual([passId]);
    // D1 still names the one before.
    const late = "UPDATE passes SET holder_email = ?1, email_key = ?1 WHERE reservation_id = ?2 AND number = 1";
    await sql(late, friend.address, reservationId);
    expect((await received(friend)).map(({ id }) => id)).toEqual([`${reservationId}-2`]);
  });

  test("is not listed for its buyer, who may see it, once it was passed on from their own address", async () => {
    const buyer = await provenPerson();
    const { passId, reservationId } = await bought(1, buyer);
    await passOn(buyer, passId, (await provenPerson()).address);
    const late = "UPDATE passes SET holder_email = ?1, email_key = ?1 WHERE reservation_id = ?2";
    await sql(late, buyer.address, reservationId);
    expect((await call("GET", `/passes/${passId}`, { token: buyer.token })).status).toBe(200);
    expect(await received(buyer)).toEqual([]);
  });

  test("stays listed once it is revoked, without a code", async () => {
    const { passId, buyer, reservationId, organizer } = await bought(1);
    const friend = await provenPerson();
    await passOn(buyer, passId, friend.address);
    await refund(reservationId, organizer.token, 1);
    expect(await received(friend)).toMatchObject([{ id: passId, state: "revoked", code: null }]);
  });

  test("is listed the newest first, a page at a time, of any number of events", async () => {
    const friend = await provenPerson();
    const wanted: string[] = [];
    for (const quantity of [2, 1, 2]) {
      const { buyer, reservationId } = await bought(quantity);
      for (let number = 1; number <= quantity; number++) {
        await passOn(buyer, `${reservationId}-${number}`, friend.address);
        wanted.unshift(`${reservationId}-${number}`);
        await scheduler.wait(2);
      }
    }
    for (const limit of [1, 2, 4, 5, 100]) {
      const found: string[] = [];
      let path: string | undefined = `/passes?limit=${limit}`;
      for (let pages = 0; path !== undefined && pages < 9; pages++) {
        const page: Answer<"GET /passes"> = await call("GET", path as "/passes", { token: friend.token });
        expect(page.list.length).toBeLessThanOrEqual(limit);
        found.push(...page.list.map((pass) => pass.id));
        path = /<(.*)>/.exec(page.headers.get("link") ?? "")?.[1];
      }
      expect(found).toEqual(wanted);
    }
  });

  test("goes on behind passes of the same moment", async () => {
    const friend = await provenPerson();
    const { buyer, reservationId } = await bought(3);
    for (const number of [1, 2, 3]) await passOn(buyer, `${reservationId}-${number}`, friend.address);
    await sql("UPDATE passes SET passed_on_at_ms = 0 WHERE email_key = ?", friend.address);
    const first = await call("GET", "/passes?limit=2" as "/passes", { token: friend.token });
    const [, next = ""] = /<(.*)>/.exec(first.headers.get("link") ?? "") ?? [];
    const second = await call("GET", next as "/passes", { token: friend.token });
    expect([...first.list, ...second.list].map(({ number }) => number)).toEqual([3, 2, 1]);
  });
});

describe("Google Wallet", () => {
  const path = (passId: string) => `/passes/${passId}/google-wallet` as const;
  /** As Google reads it, with the public key of the service account. */
  async function read(url: string) {
    const [, token = ""] = /^https:\/\/pay\.google\.com\/gp\/v\/save\/(.+)$/.exec(url) ?? [];
    const key = createPublicKey(env.GOOGLE_WALLET_KEY ?? "");
    const spki = key.export({ type: "spki", format: "pem" }).toString();
    return (await jwtVerify(token, await importSPKI(spki, "RS256"))).payload;
  }

  test("gets the pass by a link that the service account has signed, with its code", async () => {
    const { passId, token, eventId } = await bought(1);
    const { status, body, headers } = await call("GET", path(passId), { token });
    expect([status, headers.get("cache-control")]).toEqual([200, "no-store"]);
    const { code, google_wallet } = (await call("GET", `/passes/${passId}`, { token })).body;
    expect(google_wallet).toBe(true);
    expect(await read(body.url)).toMatchObject({
      ...{ iss: env.GOOGLE_WALLET_EMAIL, aud: "google", typ: "savetowallet" },
      payload: {
        eventTicketClasses: [{ id: `${env.GOOGLE_WALLET_ISSUER}.${eventId}` }],
        eventTicketObjects: [
          { id: `${env.GOOGLE_WALLET_ISSUER}.${passId}-0`, barcode: { type: "QR_CODE", value: code } },
        ],
      },
    });
  });

  test("gets it from its holder alone, and not once it is revoked", async () => {
    const { passId, token, reservationId, organizer } = await bought(2);
    const friend = await newPerson();
    await sql("UPDATE accounts SET verified_email_key = ? WHERE id = ?", "wallet@friend.test", friend.accountId);
    expect((await call("GET", path(passId), { token: friend.token })).status).toBe(404);
    await call("POST", `/passes/${passId}/transfer`, { token, body: { email: "wallet@friend.test" } });
    expect((await call("GET", path(passId), { token })).status).toBe(404);
    expect((await call("GET", `/passes/${passId}`, { token })).body.google_wallet).toBe(false);
    expect((await call("GET", path(passId), { token: friend.token })).status).toBe(200);
    await refund(reservationId, organizer.token, 2);
    expect((await call("GET", path(passId), { token: friend.token })).status).toBe(404);
  });

  test.each(["GOOGLE_WALLET_ISSUER", "GOOGLE_WALLET_EMAIL", "GOOGLE_WALLET_KEY"])(
    "is refused without %s, and nobody who has no code hears of that",
    async (name) => {
      const { passId, token } = await bought(1);
      const settings = { [name]: "" };
      const { status, body } = await call("GET", path(passId), { token, settings });
      expect([status, body]).toMatchObject([503, { type: "/problems/wallet-unavailable" }]);
      const stranger = await newPerson();
      expect((await call("GET", path(passId), { token: stranger.token, settings })).status).toBe(404);
      const shown = await call("GET", `/passes/${passId}`, { token, settings });
      expect([shown.status, shown.body.google_wallet]).toEqual([200, false]);
    },
  );
});

describe("the public keys", () => {
  const NEW = `2:${"0123456789abcdef".repeat(4)}`;
  const keysOf = async (settings: Partial<Env>) => {
    const { status, text, headers } = await call("GET", "/.well-known/pass-keys.json", { settings });
    expect([status, headers.get("content-type")]).toEqual([200, "application/json"]);
    return JSON.parse(text).keys as JWK[];
  };

  test("verify each code, by the number that it names, the first those that are new; no private part is among them", async () => {
    const { passId, token } = await bought(1);
    const codeWith = async (settings: Partial<Env>) =>
      readPassCode((await call("GET", `/passes/${passId}`, { token, settings })).body.code ?? "");
    const before = await codeWith({});
    const rotated = { PASS_KEYS: `${NEW},${env.PASS_KEYS}` };
    const keys = await keysOf(rotated);
    expect((await keysOf({})).map(({ kid }) => kid)).toEqual(keys.slice(1).map(({ kid }) => kid));
    expect(keys[0]).toEqual({
      kty: "OKP",
      crv: "Ed25519",
      alg: "Ed25519",
      use: "sig",
      kid: "2",
      x: expect.any(String),
    });
    for (const key of keys) expect(key).not.toHaveProperty("d");
    const after = await codeWith(rotated);
    for (const [code, key] of [
      [before, keys[1]],
      [after, keys[0]],
    ] as const) {
      expect(`${code?.keyNumber}`).toBe(key?.kid);
      if (code === null || key?.x === undefined) throw new Error("no code, or no key");
      const publicJwk = { kty: "OKP", crv: "Ed25519", x: key.x };
      const publicKey = await crypto.subtle.importKey("jwk", publicJwk, "Ed25519", false, ["verify"]);
      expect(await crypto.subtle.verify("Ed25519", publicKey, code.signature, code.signed)).toBe(true);
    }
  });
});

describe("on paper", () => {
  const printed = async (path: string, token: string) => {
    const response = await exports.default.fetch(`${ORIGIN}${path}`, { headers: { authorization: `Bearer ${token}` } });
    return { response, text: await response.text() };
  };

  test("a page has each code as a picture, every text escaped, and no script", async () => {
    const { reservationId, token, organizer, eventId } = await bought(3);
    const evil = "<script>alert(1)</script> & 'co' \"x\"";
    await call("PATCH", `/events/${eventId}`, { token: organizer.token, body: { name: evil, venue: "<b>Hall" } });
    await call("PATCH", `/passes/${reservationId}-1`, { token, body: { holder_name: "<i>Ada" } });
    await call("POST", `/passes/${reservationId}-3/transfer`, { token, body: { email: "ada@example.test" } });
    const { response, text } = await printed(`/reservations/${reservationId}/passes/print`, token);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-store");
    expect(response.headers.get("content-security-policy")).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
    );
    expect(text.match(/<svg /g)).toHaveLength(2);
    expect(text).toContain("&lt;i&gt;Ada");
    expect(text).toContain("&lt;script&gt;");
    expect(text).not.toMatch(/<(script|b|i)>| on\w+=| style="|javascript:/);
  });

  test("an order of more passes than fit has the rest on a second page, each once, of whichever ticket type", async () => {
    const sale = await twoTypes(FREE, FREE);
    const buyer = await newPerson();
    const order = (await placeOrder(buyer, [sale.stalls, 60], [sale.parking, 41])).body;
    await call("POST", `/orders/${order.id}/payment`, { token: buyer.token, body: {} });
    await outcomeOf(buyer, order.id);
    const pages: string[][] = [];
    for (let path: string | undefined = `/orders/${order.id}/passes/print`; path !== undefined; ) {
      const { text }: { text: string } = await printed(path, buyer.token);
      expect(text.match(/<svg /g)).toHaveLength(text.match(/<article>/g)?.length ?? 0);
      pages.push([...text.matchAll(/<small>([^<]*)<\/small>/g)].map(([, id = ""]) => id));
      path = /<a href="([^"]*)">More passes/.exec(text)?.[1]?.replaceAll("&amp;", "&");
    }
    expect(pages.map(({ length }) => length)).toEqual([100, 1]);
    const wanted = order.items.flatMap(({ reservation, quantity }) =>
      Array.from({ length: quantity }, (_, index) => `${reservation}-${index + 1}`),
    );
    expect(pages.flat()).toEqual(wanted);
  });

  test("pictures are what they say, and nobody stores them", async () => {
    const { passId, token } = await bought(1);
    const svg = await printed(`/passes/${passId}/code.svg`, token);
    expect(svg.response.headers.get("content-type")).toBe("image/svg+xml");
    expect(svg.text).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 49 49"/);
    const gif = await printed(`/passes/${passId}/code.gif`, token);
    expect(gif.response.headers.get("content-type")).toBe("image/gif");
    expect(gif.text).toMatch(/^GIF87a/);
    for (const { response } of [svg, gif]) expect(response.headers.get("cache-control")).toBe("no-store");
  });
});
