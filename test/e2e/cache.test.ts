// The service with a Redis: each change of a ticket type's availability is written to it, and buying never needs it.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { client, type Reply } from "../../scripts/lib/client.ts";
import { copyProject, type Project, type RunningServer } from "../support/project.ts";
import { hasRedis, startUpstash, type Upstash } from "../support/upstash.ts";

const withRedis = hasRedis();
if (!withRedis) console.warn("redis-server is not installed: the test of the service with a Redis is skipped.");

describe.skipIf(!withRedis)("with Redis", () => {
  let project: Project;
  let server: RunningServer;
  let upstash: Upstash;
  beforeAll(async () => {
    upstash = await startUpstash();
    project = await copyProject({});
    const settings = [
      `SESSION_SECRET=${"0123456789abcdef".repeat(4)}`,
      "PAYMENT_PROVIDER=sandbox",
      `UPSTASH_REDIS_REST_URL=${upstash.url}`,
      `UPSTASH_REDIS_REST_TOKEN=${upstash.token}`,
    ];
    writeFileSync(join(project.folder, ".env"), settings.join("\n"));
    server = await project.start();
  });
  afterAll(async () => {
    await server?.stop();
    project?.remove();
    await upstash?.stop();
  });

  interface Body {
    readonly id: string;
    readonly "auth-token": string;
    readonly capacity: number;
    readonly available: number;
    readonly reaches: unknown;
  }

  function ask(method: string, path: string, body?: unknown, token?: string): Promise<Reply<Body>> {
    return client(server.url, token)<Body>(method, path, body);
  }

  test("a hold, its end, and a Redis that hangs", async () => {
    const credentials = { username: "cached", password: "correct horse battery" };
    await ask("POST", "/register", { ...credentials, email: "cached@example.com" });
    const token = (await ask("POST", "/api-auth/login", credentials)).body["auth-token"];
    const events = await client(server.url)<{ tickets: string[] }[]>("GET", "/events?limit=1");
    const ticket = events.body[0]?.tickets[0];
    const kept = async () => JSON.parse(String(await upstash.redis(["GET", `availability:${ticket}`])));
    const { capacity } = (await ask("GET", `/tickets/${ticket}`)).body;

    const held = await ask("POST", "/reservations", { ticket, quantity: 1 }, token);
    expect(held.status).toBe(201);
    await expect.poll(kept).toMatchObject({ ticketTypeId: ticket, capacity, held: 1, sold: 0 });
    await ask("DELETE", `/reservations/${held.body.id}`, undefined, token);
    await expect.poll(kept).toMatchObject({ held: 0, sold: 0 });

    // Readers see what the cache has where it is newer than D1's copy.
    const newer = { ...(await kept()), held: capacity, version: 1_000_000 };
    await upstash.redis(["SET", `availability:${ticket}`, JSON.stringify(newer)]);
    expect((await ask("GET", `/tickets/${ticket}`)).body.available).toBe(0);

    // Stock is never decided from it, and a Redis that hangs is nobody's problem.
    upstash.behave("hangs");
    const startedAt = performance.now();
    expect((await ask("POST", "/reservations", { ticket, quantity: 1 }, token)).status).toBe(201);
    expect((await ask("GET", `/tickets/${ticket}`)).body.available).toBe(capacity - 1);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    const health = (await ask("GET", "/health")).body;
    expect(health.reaches).toEqual({ database: "ok", objects: "ok", cache: "unreachable", payments: "ok" });
  });
});
