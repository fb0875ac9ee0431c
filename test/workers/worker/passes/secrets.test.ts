// Who has a pass's code goes in with it, and who has a key makes codes. Both are sought wherever
// the service says or keeps anything: replies of all routes to everybody, live streams, logs, D1,
// the objects' tables. New routes are looked at from their first day.

import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { newLongId } from "../../../../src/platform/ids.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { dump } from "../../../support/old-states.ts";
import { orderObject } from "../../../support/orders.ts";
import { boughtPasses, codeOf } from "../../../support/passes.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { brokenDatabase, JSON_TYPE, newWorld, pathOf, requestTo, respond } from "../../../support/requests.ts";
import { ROUTES } from "../../../support/routes.ts";
import { call, newPerson, objectOf, type Person } from "../../../support/service.ts";

/** Where holders get their codes as texts. A link to a wallet has one as well, in its token. */
const SHOWING_CODES = new Set([
  ...["GET /passes", "GET /passes/{id}", "PATCH /passes/{id}"],
  ...["GET /reservations/{id}/passes", "GET /orders/{id}/passes"],
]);
const STREAM_READ_MS = 200;

const world = await newWorld();
const friend = await newPerson();
let codes: string[];
let keys: string[];
const said: string[] = [];

beforeAll(async () => {
  for (const method of ["log", "info", "warn", "error", "debug"] as const) {
    vi.spyOn(console, method).mockImplementation((...parts) => void said.push(parts.map(String).join(" ")));
  }
  const address = `${friend.accountId}@friend.test`;
  await sql("UPDATE accounts SET verified_email_key = ? WHERE id = ?", address, friend.accountId);
  const [given = "", named = ""] = await boughtPasses(world.ticketId, 2, world.buyer.accountId);
  const { token } = world.buyer;
  await call("PATCH", `/passes/${named}`, { token, body: { holder_name: "Ada Lovelace" } });
  await call("POST", `/passes/${given}/transfer`, { token, body: { email: address } });
  const passes = [world.passId, given, named].flatMap((id) => [0, 1].map((generation) => codeOf(id, generation)));
  codes = await Promise.all(passes);
  const [, seed = ""] = /^\d+:([0-9a-f]{64})$/.exec(env.PASS_KEYS ?? "") ?? [];
  const [, pem = ""] = /-----\n(.{40,}?)\n/.exec(env.GOOGLE_WALLET_KEY ?? "") ?? [];
  keys = [seed, Buffer.from(seed, "hex").toString("base64"), Buffer.from(seed, "hex").toString("base64url"), pem];
  expect(keys.every((key) => key.length > 30)).toBe(true);
  expect(new Set(codes).size).toBe(6);
});
afterAll(() => void vi.restoreAllMocks());

/** Of the secrets those that stand in a text, also where it is JSON in a base64url token. */
function foundIn(text: string, secrets: readonly string[]): string[] {
  const tokens = text.match(/[\w-]{200,}/g) ?? [];
  const all = [text, ...tokens.map((token) => Buffer.from(token, "base64url").toString())];
  return secrets.filter((secret) => all.some((one) => one.includes(secret)));
}

/** All of a reply; of a stream what comes in its first moments. */
async function textOf(response: Response): Promise<string> {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return response.text();
  const reader = response.body?.getReader();
  const parts: string[] = [];
  const end = scheduler.wait(STREAM_READ_MS).then(() => null);
  for (
    let part = await Promise.race([reader?.read(), end]);
    part?.value;
    part = await Promise.race([reader?.read(), end])
  ) {
    parts.push(new TextDecoder().decode(part.value));
  }
  await reader?.cancel();
  return parts.join("");
}

/** Each time with a scan of a code, so that streams have something to say. */
async function scan(body: Record<string, unknown>, settings: Partial<Env> = {}): Promise<string> {
  const headers = { ...JSON_TYPE, authorization: `Bearer ${world.organizer.token}` };
  const sent = { event: world.eventId, gate: "North", key: newLongId(), ...body };
  return textOf(await respond("POST", "/check-ins", { headers, body: JSON.stringify(sent) }, settings));
}

const everybody = (): [string, Person | null][] => [
  ...([
    ["buyer", world.buyer],
    ["holder", friend],
    ["organiser", world.organizer],
  ] satisfies [string, Person][]),
  ...([
    ["scanner", world.scanner],
    ["admin", world.admin],
    ["nobody", null],
  ] satisfies [string, Person | null][]),
];

test.each(ROUTES.filter(({ method }) => method === "GET"))(
  "$method $path shows nobody a code or a key",
  async (route) => {
    const name = `${route.method} ${route.path}`;
    for (const [who, person] of everybody()) {
      const headers: Record<string, string> = person === null ? {} : { authorization: `Bearer ${person.token}` };
      const query = name === "GET /events/{id}/passes" ? "?q=Lovelace" : "";
      const asked = respond("GET", pathOf(route, world) + query, { headers });
      const [text] = await Promise.all([asked.then(textOf), scan({ code: codes[5] })]);
      expect([who, foundIn(text, keys)]).toEqual([who, []]);
      const isHolder = who === "buyer" || who === "holder";
      const mayShow = isHolder && (SHOWING_CODES.has(name) || route.path.endsWith("/google-wallet"));
      if (!mayShow) expect([who, foundIn(text, codes)]).toEqual([who, []]);
    }
  },
);

test("what is shown is the holder's: nobody gets a code of what they have passed on, or of a generation to come", async () => {
  const { list } = await call("GET", "/passes", { token: friend.token });
  expect(foundIn(JSON.stringify(list), codes)).toEqual([codes[3]]);
  const link = await call("GET", `/passes/${world.passId}/google-wallet`, { token: world.buyer.token });
  expect(foundIn(link.text, codes)).toEqual([codes[0]]);
});

test("a scan is answered without its code, whatever comes of it", async () => {
  const code = codes[0] ?? "";
  const broken = { DB: brokenDatabase(), TICKET_TYPES: undefined } as unknown as Partial<Env>;
  const replies = [
    await scan({ code }),
    await scan({ code, gate: "South" }),
    await scan({ code: `${code}X` }),
    await scan({ code, gate: 1 }),
    await scan({ code, colour: code }),
    await scan({ code: [code] }),
    await scan({ code, key: code }),
    await scan({ code, event: code }),
    await scan({ code, event: world.calledOffEventId }),
    await scan({ code }, broken),
    await scan({ code }, { PASS_KEYS: "" }),
  ];
  expect(replies.map((text) => foundIn(text, [code, ...keys]))).toEqual(replies.map(() => []));
});

test.each(ROUTES.filter(({ method }) => method !== "GET"))("$method $path shows no code and no key", async (route) => {
  const text = await textOf(await respond(route.method, pathOf(route, world), await requestTo(route, world)));
  expect(foundIn(text, keys)).toEqual([]);
  if (!SHOWING_CODES.has(`${route.method} ${route.path}`)) expect(foundIn(text, codes)).toEqual([]);
});

// What all of these have left behind.
test("D1 has no code and no key", async () => {
  const tables = await rowsOf("SELECT name FROM sqlite_master WHERE type = 'table'");
  for (const { name } of tables.filter((table) => !/^(_cf|sqlite|common_passwords)/.test(String(table.name)))) {
    const text = JSON.stringify(await rowsOf(`SELECT * FROM "${name}"`));
    expect([name, foundIn(text, [...codes, ...keys])]).toEqual([name, []]);
  }
});

test("the objects have none", async () => {
  for (const object of [objectOf(world.ticketId), orderObject(world.orderId)]) {
    const text = await runInDurableObject(object as DurableObjectStub, (_, { storage }) => dump(storage.sql));
    expect(text.length).toBeGreaterThan(1_000);
    expect(foundIn(text, [...codes, ...keys])).toEqual([]);
  }
});

test("nor has anything that was logged", () => {
  const text = said.join("\n");
  expect(said.filter((line) => line.startsWith("{")).length).toBeGreaterThan(0);
  expect(foundIn(text, [...codes, ...keys])).toEqual([]);
});
