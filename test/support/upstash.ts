// A real Redis behind what Upstash's SDK sends, which is pipelines. It can fail as networks do.

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { RedisReply } from "./redis-protocol.ts";
import { RedisServer } from "./redis-server.ts";

const REFUSALS = {
  refuses: [429, JSON.stringify({ error: "ERR max requests limit exceeded" })],
  fails: [503, "upstream connect error"],
  nonsense: [200, "<html>"],
  shortens: [200, JSON.stringify([{ result: [] }])],
  misshapes: [200, JSON.stringify([{ result: { any: "thing" } }])],
} as const satisfies Record<string, readonly [status: number, body: string]>;

/**
 * `stale`: reads get the reply that they got the last time while all was well. `half`: the first
 * half of the reply, and then the connection is reset. `stalls`: the first half, and then nothing.
 */
export type Behaviour = "well" | "hangs" | "resets" | "half" | "stalls" | "stale" | keyof typeof REFUSALS | Slow;

interface Slow {
  readonly slowMs: number;
}

export class Upstash {
  readonly token = "only-for-tests";
  /** The requests that came, with the right token or not. */
  requests = 0;
  readonly #redis: RedisServer;
  readonly #front = createServer((request, response) => {
    this.#serve(request, response).catch(() => response.destroy());
  });
  readonly #lastReads = new Map<string, RedisReply>();
  #behaviour: Behaviour = "well";

  private constructor(redis: RedisServer) {
    this.#redis = redis;
  }

  static async start(): Promise<Upstash> {
    const upstash = new Upstash(await RedisServer.start());
    upstash.#front.listen(0, "127.0.0.1");
    await once(upstash.#front, "listening");
    return upstash;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#front.address() as AddressInfo).port}`;
  }

  /** What a service that is to use it is configured with. */
  get settings() {
    return { UPSTASH_REDIS_REST_URL: this.url, UPSTASH_REDIS_REST_TOKEN: this.token };
  }

  /** One command straight to Redis, past the front. */
  async redis(...command: string[]): Promise<unknown> {
    const reply = await this.#redis.send(command);
    if (reply instanceof Error) throw reply;
    return onTheWire(reply, false);
  }

  /** What the front does from now on, also with what it has not answered yet. */
  behave(as: Behaviour): void {
    this.#behaviour = as;
  }

  /** Ends Redis itself with SIGKILL. The front goes on, and has nothing to tell. */
  kill(): Promise<void> {
    return this.#redis.kill();
  }

  restart(): Promise<void> {
    return this.#redis.restart();
  }

  async stop(): Promise<void> {
    this.#front.closeAllConnections();
    this.#front.close();
    await this.#redis.kill();
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests += 1;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const behaviour = this.#behaviour;
    const reset = () => request.socket.resetAndDestroy();
    if (behaviour === "hangs") return;
    if (behaviour === "resets") return void reset();
    if (typeof behaviour === "object") await sleep(behaviour.slowMs);
    const [refusal, text] = REFUSALS[behaviour as keyof typeof REFUSALS] ?? [];
    if (refusal !== undefined) return void response.writeHead(refusal).end(text);
    const { status, body } = await this.#answer(request, Buffer.concat(chunks).toString());
    const json = JSON.stringify(body);
    response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(json) });
    if (behaviour !== "half" && behaviour !== "stalls") return void response.end(json);
    await new Promise((written) => response.write(json.slice(0, json.length / 2), written));
    if (behaviour === "half") reset();
  }

  async #answer(request: IncomingMessage, body: string) {
    if (request.headers.authorization !== `Bearer ${this.token}`) return failure(401, "Unauthorized");
    try {
      const commands: unknown = request.url === "/pipeline" ? JSON.parse(body) : null;
      if (!Array.isArray(commands) || !commands.every(isCommand)) return failure(400, "not a list of commands");
      const replies = await Promise.all(commands.map((command) => this.#ask(command.map(String))));
      const base64 = request.headers["upstash-encoding"] === "base64";
      const wire = (reply: RedisReply) =>
        reply instanceof Error ? { error: reply.message } : { result: onTheWire(reply, base64) };
      return { status: 200, body: replies.map(wire) };
    } catch (fault) {
      return failure(fault instanceof SyntaxError ? 400 : 502, String(fault));
    }
  }

  async #ask(command: readonly string[]): Promise<RedisReply> {
    const reply = await this.#redis.send(command);
    if (!/^m?get$/i.test(command[0] ?? "")) return reply;
    const key = JSON.stringify(command);
    if (this.#behaviour === "stale") return this.#lastReads.get(key) ?? reply;
    this.#lastReads.set(key, reply);
    return reply;
  }
}

function isCommand(value: unknown): value is unknown[] {
  return Array.isArray(value) && value.length > 0;
}

function failure(status: number, error: string) {
  return { status, body: { error } };
}

/** Strings in base64 where asked for, whatever their bytes. Upstash leaves OK as it is. */
function onTheWire(reply: RedisReply, base64: boolean): unknown {
  if (Array.isArray(reply)) return reply.map((item) => onTheWire(item, base64));
  if (reply instanceof Error) return reply.message;
  if (reply === null || typeof reply === "number" || reply === "OK") return reply;
  return Buffer.from(reply).toString(base64 ? "base64" : "utf8");
}
