// The front speaks https://upstash.com/docs/redis/features/restapi as far as the SDK does.

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

  async function send(body: string, { token = upstash.token, base64 = false } = {}) {
    const headers = { authorization: `Bearer ${token}`, "upstash-encoding": base64 ? "base64" : "" };
    const response = await fetch(`${upstash.url}/pipeline`, { method: "POST", headers, body });
    const replies = (await response.json()) as { [n: number]: unknown };
    return { status: response.status, body: replies };
  }

  /** One command, and the reply to it. */
  async function ask(command: unknown[], options?: { base64: boolean }): Promise<unknown> {
    const { body } = await send(JSON.stringify([command]), options);
    return body[0];
  }

  test.each<[command: unknown[], result: unknown]>([
    [["SET", "k", "v"], "OK"],
    [["GET", "nothing"], null],
    [["INCR", "n"], 1],
    [
      ["EVAL", "return {1, 'two', {3, {}}, false}", 0],
      [1, "two", [3, []], null],
    ],
  ])("%j is answered %j", async (command, result) => {
    expect(await ask(command)).toEqual({ result });
  });

  test("a pipeline answers each command in its order, and one that fails keeps no other from its own", async () => {
    const commands = ["SET k 1", "LPUSH k 2", "NONSENSE", "INCR k"].map((command) => command.split(" "));
    expect((await send(JSON.stringify(commands))).body).toEqual([
      { result: "OK" },
      { error: expect.stringContaining("WRONGTYPE") },
      { error: expect.stringContaining("ERR unknown command 'NONSENSE'") },
      { result: 2 },
    ]);
  });

  test.each(["{", "7", "[7]", "[[]]", '[{"a":1}]'])("%s is no list of commands", async (body) => {
    expect((await send(body)).status).toBe(400);
  });

  test("strings come in base64 where that is asked for, whatever bytes they are, and OK as it is", async () => {
    const value = "Ünïcödé ✓ \r\n \u0000";
    const base64 = (bytes: string | number[]) => Buffer.from(bytes as string).toString("base64");
    expect(await ask(["SET", "k", value], { base64: true })).toEqual({ result: "OK" });
    expect(await ask(["GET", "k"])).toEqual({ result: value });
    expect(await ask(["GET", "k"], { base64: true })).toEqual({ result: base64(value) });
    const bytes = ["EVAL", "return {string.char(0, 255, 128, 13, 10), 7}", "0"];
    expect(await ask(bytes, { base64: true })).toEqual({ result: [base64([0, 255, 128, 13, 10]), 7] });
  });

  test("without its token nobody gets anywhere", async () => {
    expect((await send('[["SET", "k", "v"]]', { token: "another" })).status).toBe(401);
    expect(await upstash.redis("GET", "k")).toBeNull();
  });

  test("a hundred at once each get their own answer", async () => {
    await upstash.redis("MSET", ...Array.from({ length: 100 }, (_, i) => [`k${i}`, `v${i}`]).flat());
    const replies = await Promise.all(Array.from({ length: 100 }, (_, i) => ask(["GET", `k${i}`])));
    expect(replies).toEqual(Array.from({ length: 100 }, (_, i) => ({ result: `v${i}` })));
  });

  test("a Redis that was killed has no answer, also for whoever is waiting; started again it is empty", async () => {
    await upstash.redis("SET", "k", "v");
    const waiting = send('[["BLPOP", "nothing", "0"]]');
    await expect.poll(() => upstash.requests).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await upstash.kill();
    expect((await waiting).status).toBe(502);
    expect((await send('[["GET", "k"]]')).status).toBe(502);
    await upstash.restart();
    expect(await ask(["GET", "k"])).toEqual({ result: null });
  });

  test("stale, it answers reads as it last did while all was well, and takes what is written", async () => {
    await upstash.redis("SET", "k", "old");
    expect(await ask(["GET", "k"])).toEqual({ result: "old" });
    upstash.behave("stale");
    expect(await ask(["SET", "k", "new"])).toEqual({ result: "OK" });
    expect(await ask(["GET", "k"])).toEqual({ result: "old" });
    expect(await upstash.redis("GET", "k")).toBe("new");
  });

  test.each(["resets", "half"] as const)("where it %s, there is no whole reply", async (behaviour) => {
    upstash.behave(behaviour);
    await expect(ask(["GET", "k"])).rejects.toThrow();
  });
});
