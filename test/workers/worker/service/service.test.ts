// The service's health, and what it writes into its log.

import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { newId } from "../../../../src/platform/ids.ts";
import { type Answer, call, hold, newPerson, pay, putOnSale, until } from "../../../support/service.ts";

describe("its health", () => {
  test("says what it can reach", async () => {
    const answer = await call("GET", "/health");
    expect(answer.status).toBe(200);
    expect(answer.headers.get("cache-control")).toBe("no-store");
    expect(JSON.parse(answer.text)).toStrictEqual({
      status: "alive",
      reaches: { database: "ok", objects: "ok", cache: "not_configured", payments: "ok" },
    });
  });

  test("is public, and the same for every caller", async () => {
    const { token } = await newPerson("organizer");
    expect((await call("GET", "/health", { token })).text).toBe((await call("GET", "/health")).text);
  });
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

  /** The one line about a request. */
  function lineOf(answer: Answer): Record<string, unknown> | undefined {
    const about = parsed("request").filter((line) => line.request_id === answer.headers.get("x-request-id"));
    expect(about).toHaveLength(1);
    return about[0];
  }

  test("has one JSON line for each request, without what a person typed and without secrets", async () => {
    const { ticketId } = await putOnSale();
    lines = [];
    const [username, password] = [`secretive-${newId()}`, "a passphrase that nobody logs"];
    const [email, key] = [`${username}@example.test`, `key-${newId()}`];
    const registered = await call("POST", "/register", { body: { username, email, password } });
    const taken = await call("POST", "/register", { body: { username, email, password } });
    const failed = await call("POST", "/api-auth/login", { body: { username, password: `${password}!` } });
    const refused = await call("POST", "/api-auth/login", { body: { username, password, [email]: password } });
    const signedIn = await call("POST", "/api-auth/login", { body: { username, password } });
    const token = signedIn.body["auth-token"];
    const buyer = { token, accountId: registered.body.id, username };
    const asCookie = { cookie: `__Host-session=${token}` };
    const me = await call("GET", "/me", { headers: asCookie });
    const held = await hold(buyer, ticketId);
    const keyed = await call("POST", "/reservations", {
      token,
      headers: { "idempotency-key": key },
      body: { ticket: ticketId, quantity: 1 },
    });
    const paid = await pay(buyer, held.body.id);
    const settled = await until(
      () => call("GET", `/reservations/${held.body.id}/payment`, { token }),
      ({ body }) => body.state !== "pending",
    );
    const lost = await call("GET", `/${username}/${encodeURIComponent(password)}?token=${token}`);
    const garbage = await call("GET", `/events/${username}?email=${email}`);
    const out = await call("POST", "/api-auth/logout", { token });

    const wanted: [answer: Answer, method: string, route: string | null, status: number][] = [
      [registered, "POST", "/register", 201],
      [taken, "POST", "/register", 409],
      [failed, "POST", "/api-auth/login", 401],
      [refused, "POST", "/api-auth/login", 422],
      [signedIn, "POST", "/api-auth/login", 200],
      [me, "GET", "/me", 200],
      [held, "POST", "/reservations", 201],
      [keyed, "POST", "/reservations", 201],
      [paid, "POST", "/reservations/:id/payment", 202],
      [settled, "GET", "/reservations/:id/payment", 200],
      [lost, "GET", null, 404],
      [garbage, "GET", "/events/:id", 404],
      [out, "POST", "/api-auth/logout", 204],
    ];
    for (const [answer, method, route, status] of wanted) {
      const common = { level: "info", message: "request", duration_ms: expect.any(Number) };
      const line = { ...common, request_id: answer.headers.get("x-request-id"), method, route, status };
      expect(lineOf(answer)).toStrictEqual(line);
    }
    expect(settled.body.state).toBe("succeeded");
    const message = parsed("payment message").find((line) => line.ticket === ticketId);
    expect(message).toMatchObject({
      level: "info",
      queue: "payments",
      ticket: ticketId,
      result: "settled",
      attempt: 1,
    });

    const secrets = [username, password, email, token, ...token.split("."), key, "pm_card_visa", "scrypt"];
    for (const secret of [...secrets, encodeURIComponent(password)]) {
      expect(lines.filter((line) => line.toLowerCase().includes(secret.toLowerCase()))).toEqual([]);
    }
  });

  test("has a line for every request that the service could not read", async () => {
    const answers = [
      await call("POST", "/register", {
        raw: '{"password": "a passphrase',
        headers: { "content-type": "application/json" },
      }),
      await call("POST", "/register", { raw: "a passphrase", headers: { "content-type": "text/plain" } }),
      await call("PUT", "/register", { raw: "a passphrase" }),
      await call("HEAD", "/events"),
      await call("OPTIONS", "/events"),
    ];
    expect(answers.map((answer) => lineOf(answer)?.status)).toEqual([400, 415, 405, 200, 204]);
    expect(answers.map((answer) => lineOf(answer)?.method)).toEqual(["POST", "POST", "PUT", "HEAD", "OPTIONS"]);
    expect(parsed("request")).toHaveLength(answers.length);
    expect(lines.join()).not.toContain("passphrase");
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
      expect(lineOf(answer)).toMatchObject({ level: "error", status: 503, error });
    }
    for (const secret of [username, password, email, token, "scrypt"]) expect(lines.join("\n")).not.toContain(secret);
  });
});
