// The service's health, and what it writes into its log.

import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import { answer } from "../../../../src/worker/app.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { brokenDatabase } from "../../../support/requests.ts";
import { call, hold, newPerson, pay, putOnSale, until } from "../../../support/service.ts";

const STRIPE = {
  STRIPE_SECRET_KEY: "sk_test_1",
  STRIPE_PUBLISHABLE_KEY: "pk_test_1",
  STRIPE_WEBHOOK_SECRET: "whsec_1",
};

describe("its health", () => {
  test("says what it can reach", async () => {
    const { status, headers, text } = await call("GET", "/health");
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-store");
    expect(JSON.parse(text)).toStrictEqual({
      status: "alive",
      reaches: {
        database: "ok",
        objects: "ok",
        cache: "not_configured",
        payments: "ok",
        mail: "not_configured",
        keys: "ok",
      },
    });
  });

  test.each([
    ["SESSION_SECRET", ""],
    ["SESSION_SECRET", "short"],
    ["ID_SECRET", ""],
    ["PASS_KEYS", ""],
    ["PASS_KEYS", "1:short"],
  ])('tells a deployment whose %s is "%s"', async (name, value) => {
    const health = await answer(new Request("https://tickets.test/health"), { ...env, [name]: value });
    expect(await health.json()).toMatchObject({ reaches: { keys: "not_configured", database: "ok" } });
  });

  test.each<[payments: string, settings: Partial<Env>]>([
    ["ok", { PAYMENT_PROVIDER: "sandbox" }],
    ["ok", { PAYMENT_PROVIDER: "stripe", ...STRIPE }],
    ["not_configured", { PAYMENT_PROVIDER: "" }],
    ["not_configured", { PAYMENT_PROVIDER: "another" }],
    ...Object.keys(STRIPE).map((name): [string, Partial<Env>] => [
      "not_configured",
      { PAYMENT_PROVIDER: "stripe", ...STRIPE, [name]: "" },
    ]),
  ])("says that payments are %s with %j", async (payments, settings) => {
    const health = await answer(new Request("https://tickets.test/health"), { ...env, ...settings });
    expect(await health.json()).toMatchObject({ status: "alive", reaches: { payments, keys: "ok" } });
  });

  test("tells a database and objects that do not answer, and is there all the same", async () => {
    const fails = () => Promise.reject(new Error("unreachable"));
    const objects = { getByName: () => new Proxy({}, { get: () => fails }) } as unknown as Env["TICKET_TYPES"];
    const silent = vi.spyOn(console, "log").mockImplementation(() => {});
    const settings = { ...env, DB: brokenDatabase(), TICKET_TYPES: objects };
    const health = await answer(new Request("https://tickets.test/health"), settings);
    silent.mockRestore();
    expect(health.status).toBe(200);
    expect(await health.json()).toMatchObject({ reaches: { database: "unreachable", objects: "unreachable" } });
  });

  test("tells a database that answers from one that has the tables of this version", async () => {
    const database = async () => JSON.parse((await call("GET", "/health")).text).reaches.database;
    const newest = "(SELECT max(id) FROM d1_migrations)";
    await env.DB.prepare(`UPDATE d1_migrations SET name = name || '.older' WHERE id = ${newest}`).run();
    expect(await database()).toBe("not_migrated");
    await env.DB.prepare(`UPDATE d1_migrations SET name = replace(name, '.older', '') WHERE id = ${newest}`).run();
    expect(await database()).toBe("ok");
    await env.DB.exec("ALTER TABLE d1_migrations RENAME TO migrations_elsewhere");
    expect(await database()).toBe("not_migrated");
    await env.DB.exec("ALTER TABLE migrations_elsewhere RENAME TO d1_migrations");
  });

  test("is public, and the same for every caller", async () => {
    const { token } = await newPerson("organizer");
    expect((await call("GET", "/health", { token })).text).toBe((await call("GET", "/health")).text);
  });
});

test("every reply has a request id of its own, even if the request brings one", async () => {
  const headers = { "x-request-id": "mine" };
  const replies = await Promise.all([1, 2, 3].map(() => call("GET", "/events", { headers })));
  const ids = replies.map((reply) => reply.headers.get("x-request-id"));
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(3);
});

describe("its log", () => {
  let lines: string[] = [];

  beforeEach(() => {
    lines = [];
    for (const method of ["log", "info", "warn", "error", "debug"] as const) {
      vi.spyOn(console, method).mockImplementation((...written: unknown[]) => {
        lines.push(written.map(String).join(" "));
      });
    }
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  function parsed(message: string): Record<string, unknown>[] {
    return lines.map((line) => JSON.parse(line)).filter((line) => line.message === message);
  }

  test("has a line for each payment message, without how it is paid", async () => {
    const { ticketId } = await putOnSale();
    const buyer = await newPerson();
    const { id } = (await hold(buyer, ticketId)).body;
    await pay(buyer, id);
    await until(
      () => call("GET", `/reservations/${id}/payment`, { token: buyer.token }),
      ({ body }) => body.state !== "pending",
    );
    const message = parsed("payment message").find((line) => line.ticket === ticketId);
    expect(message).toMatchObject({ level: "info", queue: "payments", result: "settled", attempt: 1 });
    expect(lines.join()).not.toContain("pm_card_visa");
  });

  test("says that the database failed, while the reply only asks the client to try again", async () => {
    const { token } = await newPerson();
    const [username, password] = [`secretive-${newId()}`, "a passphrase that nobody logs"];
    const email = `${username}@example.test`;
    await env.DB.exec("ALTER TABLE accounts RENAME TO accounts_elsewhere");
    const answers = [
      await call("POST", "/register", { body: { username, email, password } }),
      await call("POST", "/api-auth/login", { body: { username, password } }),
      await call("GET", "/me", { token }),
    ];
    await env.DB.exec("ALTER TABLE accounts_elsewhere RENAME TO accounts");
    const title = "Temporarily unavailable";
    for (const answer of answers) {
      expect(answer.status).toBe(503);
      expect(answer.headers.get("retry-after")).toBe("1");
      expect(answer.body).toStrictEqual({ type: "/problems/unavailable", title, status: 503, detail: `${title}.` });
      const error = expect.stringContaining("D1_ERROR: no such table: accounts");
      const line = parsed("request").find((line) => line.request_id === answer.headers.get("x-request-id"));
      expect(line).toMatchObject({ level: "error", status: 503, error });
    }
    for (const secret of [username, password, email, token, "scrypt"]) expect(lines.join("\n")).not.toContain(secret);
  });
});
