// The front that stands for Upstash in these tests speaks its protocol, over a real Redis. What it
// is asked is what https://upstash.com/docs/redis/features/restapi says that one can ask.

import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { parseReply } from "../../support/redis-protocol.ts";
import { Upstash } from "../../support/upstash.ts";
import { withRedis } from "../../support/with-redis.ts";

test("a reply that comes in pieces is a reply once it is whole", () => {
  const text = Buffer.from("*5\r\n$3\r\na\r\n\r\n:7\r\n*1\r\n+OK\r\n$-1\r\n-ERR no\r\n");
  for (let bytes = 0; bytes < text.length; bytes++) expect(parseReply(text.subarray(0, bytes), 0)).toBeNull();
  expect(parseReply(text, 0)).toEqual({
    value: [Buffer.from("a\r\n"), 7, ["OK"], null, new Error("ERR no")],
    end: text.length,
  });
});

withRedis("the front to Redis", () => {
  let upstash: Upstash;
  beforeAll(async () => {
    upstash = await Upstash.start();
  });
  afterAll(() => upstash.stop());
  beforeEach(async () => {
    upstash.behave("well");
    await upstash.redis("FLUSHALL");
  });

  interface Ask {
    readonly path?: string;
    readonly body?: unknown;
    readonly token?: string;
    readonly base64?: boolean;
  }

  async function ask({ path = "/", body, token = upstash.token, base64 = false }: Ask) {
    const response = await fetch(upstash.url + path, {
      method: body === undefined ? "GET" : "POST",
      headers: { authorization: `Bearer ${token}`, ...(base64 ? { "upstash-encoding": "base64" } : {}) },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    return { status: response.status, body: await response.json() };
  }

  test.each<[command: unknown[], result: unknown]>([
    [["SET", "k", "v"], "OK"],
    [["GET", "nothing"], null],
    [["INCR", "n"], 1],
    [
      ["EVAL", "return {1, 'two', {3, {}}, false}", 0],
      [1, "two", [3, []], null],
    ],
    [
      ["MGET", "nothing", "none"],
      [null, null],
    ],
  ])("%j is answered %j", async (command, result) => {
    expect(await ask({ body: command })).toEqual({ status: 200, body: { result } });
  });

  test("what Redis refuses is told as it says it", async () => {
    expect(await ask({ body: ["NONSENSE"] })).toEqual({
      status: 400,
      body: { error: expect.stringContaining("ERR unknown command 'NONSENSE'") },
    });
  });

  test.each(["{", "7", "[]", '{"a":1}'])("%s is no command", async (body) => {
    expect((await ask({ body })).status).toBe(400);
    expect((await ask({ path: "/pipeline", body: `[${body}]` })).status).toBe(400);
  });

  test("a command may stand in the path, with a body as the last of it", async () => {
    expect((await ask({ path: "/set/a%2Fb", body: "what/ever" })).body).toEqual({ result: "OK" });
    expect((await ask({ path: "/get/a%2Fb" })).body).toEqual({ result: "what/ever" });
  });

  test("strings come in base64 where that is asked for, whatever bytes they are, and OK as it is", async () => {
    const value = "Ünïcödé ✓ \r\n \u0000";
    expect((await ask({ body: ["SET", "k", value], base64: true })).body).toEqual({ result: "OK" });
    expect((await ask({ body: ["GET", "k"] })).body).toEqual({ result: value });
    expect((await ask({ body: ["GET", "k"], base64: true })).body).toEqual({
      result: Buffer.from(value).toString("base64"),
    });
    const bytes = { body: ["EVAL", "return {string.char(0, 255, 128, 13, 10), 7}", "0"], base64: true };
    expect((await ask(bytes)).body).toEqual({ result: [Buffer.from([0, 255, 128, 13, 10]).toString("base64"), 7] });
  });

  test("a pipeline answers each command in its order, and one that fails keeps no other from its own", async () => {
    const body = [
      ["SET", "k", "1"],
      ["LPUSH", "k", "2"],
      ["INCR", "k"],
    ];
    expect(await ask({ path: "/pipeline", body })).toEqual({
      status: 200,
      body: [{ result: "OK" }, { error: expect.stringContaining("WRONGTYPE") }, { result: 2 }],
    });
  });

  test("a transaction is all or nothing where a command can't be queued", async () => {
    const all = [
      ["SET", "k", "1"],
      ["INCR", "k"],
    ];
    expect((await ask({ path: "/multi-exec", body: all })).body).toEqual([{ result: "OK" }, { result: 2 }]);
    const nothing = [["SET", "k", "9"], ["NONSENSE"]];
    expect(await ask({ path: "/multi-exec", body: nothing })).toEqual({
      status: 400,
      body: { error: expect.stringContaining("EXECABORT") },
    });
    expect(await upstash.redis("GET", "k")).toBe("2");
  });

  test("without its token nobody gets anywhere", async () => {
    expect((await ask({ body: ["SET", "k", "v"], token: "another" })).status).toBe(401);
    expect(await upstash.redis("GET", "k")).toBeNull();
  });

  test("a hundred at once each get their own answer", async () => {
    await upstash.redis("MSET", ...Array.from({ length: 100 }, (_, i) => [`k${i}`, `v${i}`]).flat());
    const replies = await Promise.all(Array.from({ length: 100 }, (_, i) => ask({ body: ["GET", `k${i}`] })));
    expect(replies.map(({ body }) => body)).toEqual(Array.from({ length: 100 }, (_, i) => ({ result: `v${i}` })));
  });

  test("a Redis that was killed has no answer, also for whoever is waiting; started again it is empty", async () => {
    await upstash.redis("SET", "k", "v");
    const waiting = ask({ body: ["BLPOP", "nothing", "0"] });
    await expect.poll(() => upstash.requests).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await upstash.kill();
    expect((await waiting).status).toBe(502);
    expect((await ask({ body: ["GET", "k"] })).status).toBe(502);
    await upstash.restart();
    expect((await ask({ body: ["GET", "k"] })).body).toEqual({ result: null });
  });

  test("stale, it answers reads as it last did while all was well, and takes what is written", async () => {
    await upstash.redis("SET", "k", "old");
    expect((await ask({ body: ["GET", "k"] })).body).toEqual({ result: "old" });
    upstash.behave("stale");
    expect((await ask({ body: ["SET", "k", "new"] })).body).toEqual({ result: "OK" });
    expect((await ask({ body: ["GET", "k"] })).body).toEqual({ result: "old" });
    expect(await upstash.redis("GET", "k")).toBe("new");
  });

  test.each(["resets", "half"] as const)("where it %s, there is no whole reply", async (behaviour) => {
    upstash.behave(behaviour);
    await expect(ask({ body: ["GET", "k"] })).rejects.toThrow();
  });
});
