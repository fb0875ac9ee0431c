// At the door: a pass goes in once, whichever gates are asked, and each answer says why.

import { beforeAll, describe, expect, test } from "vitest";
import { newReservationId } from "../../../../src/platform/ids.ts";
import { passCode } from "../../../../src/worker/passes/pass-keys.ts";
import { boughtPasses, codeOf } from "../../../support/passes.ts";
import {
  addTicket,
  call,
  createEvent,
  newPerson,
  type OnSale,
  objectOf,
  type Person,
  putOnSale,
} from "../../../support/service.ts";

const MINUTE_MS = 60_000;

let sale: OnSale;
let scanner: Person;
let manager: Person;

async function crew({ organizer, eventId }: OnSale, part: "manager" | "scanner"): Promise<Person> {
  const person = await newPerson();
  await call("PUT", `/events/${eventId}/crew/${person.accountId}`, { token: organizer.token, body: { part } });
  return person;
}

beforeAll(async () => {
  sale = await putOnSale({ capacity: 1_000, max_per_buyer: null });
  [scanner, manager] = [await crew(sale, "scanner"), await crew(sale, "manager")];
});

function bought({ ticketId }: Pick<OnSale, "ticketId">, quantity = 1): Promise<string[]> {
  return boughtPasses(ticketId, quantity);
}

const newKey = () => crypto.randomUUID();

async function scan(passId: string, more: { gate?: string; key?: string; at?: string; direction?: "in" | "out" } = {}) {
  return scanCode(await codeOf(passId), more);
}

function scanCode(code: string, more: object = {}, { token } = scanner, { eventId } = sale) {
  const body = { event: eventId, code, gate: "North", key: newKey(), ...more };
  return call("POST", "/check-ins", { token, body });
}

async function bring(scans: readonly object[], { token } = scanner, more: { readonly sent_at?: string } = {}) {
  return call("POST", "/check-ins/batch", { token, anyBody: { event: sale.eventId, ...more, scans } });
}

const undo = (passId: string, { token }: Person, check_in?: string) =>
  call("POST", `/check-ins/${passId}/undo`, { token, body: { key: newKey(), check_in } });
const ago = (ms: number) => new Date(Date.now() - ms).toISOString();

describe("a pass", () => {
  test("goes in once; whoever comes after learns when and where it went in", async () => {
    const [pass = ""] = await bought(sale);
    const first = await scan(pass, { gate: "North" });
    const ticket = { id: sale.ticketId, name: "Stalls" };
    expect(first).toMatchObject({
      status: 200,
      body: {
        result: "admitted",
        gate: "North",
        displaced: null,
        pass: { id: pass, state: "admitted", ticket, holder: null },
      },
    });
    const second = await scan(pass, { gate: "South" });
    expect(second.body).toMatchObject({
      result: "already_admitted",
      gate: "North",
      at: first.body.at,
      pass: { id: pass },
    });
  });

  test("goes in once where 64 gates scan it at the same moment", async () => {
    const [pass = ""] = await bought(sale);
    const code = await codeOf(pass);
    const answers = await Promise.all(
      Array.from({ length: 64 }, (_, gate) => scanCode(code, { gate: `gate ${gate}` })),
    );
    const results = answers.map(({ body }) => body.result);
    expect(results.toSorted()).toEqual(["admitted", ...Array(63).fill("already_admitted")]);
    expect(new Set(answers.map(({ body }) => `${body.at} ${body.gate}`)).size).toBe(1);
  });

  test("has one answer for each key, however often it is asked for and by whom", async () => {
    const [pass = ""] = await bought(sale);
    const key = newKey();
    const first = await scan(pass, { key });
    expect((await scan(pass, { key })).body).toEqual(first.body);
    expect((await scanCode(await codeOf(pass), { key }, manager)).body).toEqual(first.body);
    const other = await scan(pass, { key, gate: "South" });
    expect(other).toMatchObject({ status: 422, body: { type: "/problems/idempotency-key-reused" } });
  });

  test("that was refunded, or passed on, is revoked", async () => {
    const [refunded = "", moved = ""] = await bought(sale, 2);
    const reader = { accountId: "ada", emailKey: null };
    const email = { email: "eve@example.test", emailKey: "eve@example.test" };
    await objectOf(sale.ticketId).passOn({ passId: moved, reader, ...email, key: newKey() });
    expect((await scan(moved)).body).toMatchObject({ result: "revoked", at: null });
    expect((await scanCode(await codeOf(moved, 1))).body).toMatchObject({ result: "admitted" });
    const reservation = refunded.replace(/-\d+$/, "");
    const body = { all: true, restock: true, reason: "" } as const;
    const path = `/reservations/${reservation}/refunds`;
    expect((await call("POST", path, { token: manager.token, anyBody: body })).status).toBe(201);
    expect((await scan(refunded)).body).toMatchObject({ result: "revoked", pass: { state: "revoked" } });
  });

  test("of another event is of a wrong one, and that is all that is said", async () => {
    const other = await putOnSale();
    const [pass = ""] = await bought(other);
    expect((await scan(pass)).body).toMatchObject({ result: "wrong_event", pass: null });
    // Nothing happened to it.
    expect(await objectOf(other.ticketId).doorChanges(0)).toMatchObject({ passes: [] });
  });

  test("of a ticket type that was added a moment ago goes in", async () => {
    const [pass = ""] = await bought(sale);
    await scan(pass);
    const added = await addTicket(sale.organizer, sale.eventId, { name: "Circle" });
    const [late = ""] = await bought({ ticketId: added });
    expect((await scan(late)).body).toMatchObject({ result: "admitted", pass: { ticket: { name: "Circle" } } });
  });

  test("is too early until the doors open", async () => {
    const organizer = await newPerson("organizer");
    const opens = new Date(Date.now() + 60 * MINUTE_MS).toISOString();
    const eventId = await createEvent(organizer, { doors_open_at: opens });
    const own = { organizer, eventId, ticketId: await addTicket(organizer, eventId) };
    const [pass = ""] = await bought(own);
    const code = await codeOf(pass);
    const early = await scanCode(code, {}, organizer, own);
    expect(early.body).toMatchObject({ result: "too_early", doors_open_at: opens, pass: { state: "valid" } });
    await call("PATCH", `/events/${eventId}`, { token: organizer.token, body: { doors_open_at: null } });
    expect((await scanCode(code, {}, organizer, own)).body).toMatchObject({ result: "admitted" });
  });

  test("whose code is lost is let in by its id", async () => {
    const [pass = ""] = await bought(sale);
    const body = { event: sale.eventId, pass, gate: "North", key: newKey() };
    expect((await call("POST", "/check-ins", { token: scanner.token, body })).body).toMatchObject({
      result: "admitted",
    });
    const unknown = { ...body, pass: `${newReservationId(sale.ticketId)}-1`, key: newKey() };
    const none = await call("POST", "/check-ins", { token: scanner.token, body: unknown });
    expect(none.body).toMatchObject({ result: "unknown", pass: null });
  });
});

test("a code with one character changed, cut or added, and what is no code at all, is unknown", async () => {
  const [pass = ""] = await bought(sale);
  const code = await codeOf(pass);
  const spoiled = [...code].map((was, at) => code.slice(0, at) + (was === "A" ? "B" : "A") + code.slice(at + 1));
  const others = [
    "",
    " ",
    code.slice(1),
    `${code}0`,
    ` ${code}`,
    code.toLowerCase(),
    pass,
    "https://example.test/?q=1",
  ];
  const all = [...spoiled, ...others];
  const { status, body } = await bring(all.map((one) => ({ code: one, gate: "North", key: newKey() })));
  expect(status).toBe(200);
  expect(body.results.map(({ result }) => result)).toEqual(all.map(() => "unknown"));
  expect((await scan(pass)).body.result).toBe("admitted");
});

test("a code that another key has signed is unknown", async () => {
  const [pass = ""] = await bought(sale);
  const forged = await passCode({ PASS_KEYS: `1:${"0bad".repeat(16)}` }, pass, 0);
  expect((await scanCode(forged)).body).toMatchObject({ result: "unknown", pass: null });
});

describe("scans of a device that was offline", () => {
  const offline = async (passId: string, minutes: number, gate: string, key = newKey()) => {
    return { code: await codeOf(passId), gate, key, at: ago(minutes * MINUTE_MS) };
  };

  test("count by when they were made, and the later ones are reported", async () => {
    const [one = "", two = ""] = await bought(sale, 2);
    await scan(one, { gate: "North" });
    const scans = [
      await offline(two, 5, "East"),
      await offline(two, 9, "East"),
      await offline(one, 20, "East"),
      { ...(await offline(two, 0, "East")), code: "nothing" },
    ];
    const { body } = await bring(scans);
    expect(body.results).toMatchObject([
      { result: "already_admitted", at: scans[1]?.at },
      { result: "admitted", at: scans[1]?.at, displaced: null },
      { result: "admitted", at: scans[2]?.at, displaced: { gate: "North" } },
      { result: "unknown", pass: null },
    ]);
    expect(body.results.map(({ key }) => key)).toEqual(scans.map(({ key }) => key));
    expect((await scan(one)).body).toMatchObject({ result: "already_admitted", gate: "East", at: scans[2]?.at });
    // The reply was lost, and the device brings them again.
    expect((await bring(scans)).body.results.map(({ result }) => result)).toEqual(
      body.results.map(({ result }) => result),
    );
  });

  test("may have a clock that is minutes fast: none is later than now", async () => {
    const [pass = ""] = await bought(sale);
    const { body } = await bring([await offline(pass, -7, "East")]);
    expect(body.results).toMatchObject([{ result: "admitted" }]);
    expect(Date.parse(body.results[0]?.at ?? "")).toBeLessThanOrEqual(Date.now());
    expect((await scan(pass)).body).toMatchObject({ result: "already_admitted", gate: "East" });
  });

  test.each<[clock: string, behindMinutes: number, saysSo: boolean, wins: boolean]>([
    ["right", 0, true, false],
    ["slow, and it says so", 30, true, false],
    ["slow, and it does not", 30, false, true],
    ["fast, and it says so", -30, true, false],
    ["fast, and it does not", -30, false, false],
  ])("later than another's, by a clock that is %s", async (_clock, behindMinutes, saysSo, wins) => {
    const [pass = ""] = await bought(sale);
    const first = await offline(pass, 10, "East");
    await bring([first]);
    const sent = saysSo ? { sent_at: ago(behindMinutes * MINUTE_MS) } : {};
    const scans = [await offline(pass, behindMinutes + 5, "North")];
    const { body } = await bring(scans, scanner, sent);
    const result = wins ? "admitted" : "already_admitted";
    expect(body.results).toMatchObject([{ result, displaced: wins ? { at: first.at, gate: "East" } : null }]);
  });

  test.each([
    ["slow", 30],
    ["fast", -30],
  ])(
    "earlier than another's, by a clock that is %s and says so, count; a repeat changes nothing",
    async (_clock, minutes) => {
      const [pass = ""] = await bought(sale);
      await bring([await offline(pass, 5, "East")]);
      const scans = [await offline(pass, minutes + 10, "North")];
      const sent = () => ({ sent_at: ago(minutes * MINUTE_MS) });
      const { body } = await bring(scans, scanner, sent());
      expect(body.results).toMatchObject([{ result: "admitted", gate: "North", displaced: { gate: "East" } }]);
      const wentInMs = Date.parse(body.results[0]?.at ?? "");
      expect(Math.abs(Date.now() - 10 * MINUTE_MS - wentInMs)).toBeLessThan(MINUTE_MS);
      // The reply was lost: its clock has gone on, or somebody has set it.
      for (const again of [sent(), { sent_at: ago(0) }, {}]) {
        expect((await bring(scans, scanner, again)).body.results).toEqual(body.results);
      }
    },
  );

  test("are at most a thousand at a time, each with its key", async () => {
    const many = Array.from({ length: 1_001 }, () => ({ code: "x", gate: "East", key: newKey() }));
    expect((await bring(many)).status).toBe(422);
    const { status, body } = await bring(many.slice(1));
    expect([status, body.results.length]).toEqual([200, 1_000]);
    const [pass = "", other = ""] = await bought(sale, 2);
    const key = newKey();
    const { results } = (await bring([await offline(pass, 1, "East", key), await offline(other, 0, "East", key)])).body;
    expect(results.map(({ result }) => result)).toEqual(["admitted", "key_reused"]);
  });
});

describe("after going in", () => {
  test("a manager takes it back, and a scanner may not", async () => {
    const [pass = ""] = await bought(sale);
    const { body } = await scan(pass);
    expect((await undo(pass, scanner)).status).toBe(403);
    expect((await undo(pass, manager, newKey())).body).toMatchObject({ result: "not_admitted" });
    expect((await undo(pass, manager, body.key)).body).toMatchObject({ result: "undone", pass: { state: "valid" } });
    expect((await scan(pass)).body).toMatchObject({ result: "admitted" });
  });

  test("one goes out and in again, where the event allows it", async () => {
    const [pass = ""] = await bought(sale);
    const out = () =>
      call("POST", `/check-ins/${pass}/out`, { token: scanner.token, body: { gate: "North", key: newKey() } });
    await scan(pass);
    expect((await out()).body).toMatchObject({ result: "reentry_not_allowed" });
    const allow = { token: sale.organizer.token, body: { reentry: true } };
    await call("PATCH", `/events/${sale.eventId}`, allow);
    expect((await out()).body).toMatchObject({ result: "went_out", pass: { outside: true } });
    expect((await out()).body).toMatchObject({ result: "already_out" });
    expect((await scan(pass, { gate: "South" })).body).toMatchObject({
      result: "readmitted",
      pass: { outside: false },
    });
    expect((await scan(pass, { direction: "out" })).body).toMatchObject({ result: "went_out" });
  });
});

describe("the door", () => {
  test("is not there for anybody else: not for buyers, and not for the crew of another event", async () => {
    const [pass = ""] = await bought(sale);
    const code = await codeOf(pass);
    const other = await putOnSale();
    const people = [await newPerson(), await newPerson("scanner"), other.organizer, await crew(other, "manager")];
    for (const person of people) {
      expect((await scanCode(code, {}, person)).status).toBe(404);
      expect((await bring([{ code, gate: "North", key: newKey() }], person)).status).toBe(404);
      expect((await undo(pass, person)).status).toBe(404);
    }
    expect((await scan(pass)).body.result).toBe("admitted");
  });

  test("shuts for a scanner with the part", async () => {
    const own = await crew(sale, "scanner");
    const [pass = ""] = await bought(sale);
    expect((await scanCode("x", {}, own)).status).toBe(200);
    const path = `/events/${sale.eventId}/crew/${own.accountId}` as const;
    await call("DELETE", path, { token: sale.organizer.token });
    expect((await scanCode(await codeOf(pass), {}, own)).status).toBe(404);
  });
});
