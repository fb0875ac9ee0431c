// A real Redis behind the part of Upstash's REST protocol that its client uses: POST / and /pipeline, a bearer token,
// replies in base64 where that is asked for.

import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { freePort } from "../../scripts/lib/server.ts";

export interface Upstash {
  readonly url: string;
  readonly token: string;
  /** One command straight to Redis, past the front. */
  redis(command: readonly string[]): Promise<unknown>;
  /** What the front does from now on. */
  behave(as: "well" | "hangs" | "refuses" | "nonsense"): void;
  stop(): Promise<void>;
}

const REFUSALS: Partial<Record<Parameters<Upstash["behave"]>[0], [status: number, body: string]>> = {
  nonsense: [200, "<html>"],
  refuses: [429, JSON.stringify({ error: "slow down" })],
};

export function hasRedis(): boolean {
  return spawnSync("redis-server", ["--version"]).status === 0;
}

export async function startUpstash(): Promise<Upstash> {
  const token = "only-for-tests";
  const redisPort = await freePort();
  const server = spawn("redis-server", ["--port", String(redisPort), "--save", "", "--bind", "127.0.0.1"], {
    stdio: "ignore",
  });
  const socket = await connected(redisPort);
  const redis = (command: readonly string[]) => send(socket, command);

  let behaviour: Parameters<Upstash["behave"]>[0] = "well";
  const front = createServer(async (request, response) => {
    if (behaviour === "hangs") return;
    const refusal = REFUSALS[behaviour] ?? (request.headers.authorization === `Bearer ${token}` ? null : [401, "{}"]);
    if (refusal !== null) {
      response.writeHead(refusal[0]).end(refusal[1]);
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString());
    const base64 = request.headers["upstash-encoding"] === "base64";
    const one = async (command: unknown[]) => encode(await redis(command.map(String)), base64);
    const answer = request.url === "/pipeline" ? await sequence(body, one) : await one(body);
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
  });
  front.listen(0, "127.0.0.1");
  await once(front, "listening");
  return {
    url: `http://127.0.0.1:${(front.address() as AddressInfo).port}`,
    token,
    redis,
    behave: (as) => {
      behaviour = as;
    },
    async stop() {
      socket.destroy();
      front.closeAllConnections();
      front.close();
      server.kill();
      await once(server, "exit");
    },
  };
}

async function sequence<A, B>(items: readonly A[], work: (item: A) => Promise<B>): Promise<B[]> {
  const results: B[] = [];
  for (const item of items) results.push(await work(item));
  return results;
}

function encode(value: unknown, base64: boolean): { result: unknown } | { error: string } {
  if (value instanceof Error) return { error: value.message };
  const walk = (item: unknown): unknown => {
    if (Array.isArray(item)) return item.map(walk);
    return typeof item === "string" && base64 ? Buffer.from(item).toString("base64") : item;
  };
  return { result: walk(value) };
}

async function connected(port: number): Promise<Socket> {
  for (let tries = 0; tries < 100; tries++) {
    const socket = connect(port, "127.0.0.1");
    const outcome = await Promise.race([
      once(socket, "connect").then(() => true),
      once(socket, "error").then(() => false),
    ]).catch(() => false);
    if (outcome) return socket;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("redis-server did not start");
}

/** One command at a time: the tests are sequential. */
async function send(socket: Socket, command: readonly string[]): Promise<unknown> {
  const parts = command.map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
  socket.write(`*${command.length}\r\n${parts.join("")}`);
  let received = Buffer.alloc(0);
  for (;;) {
    const [chunk] = await once(socket, "data");
    received = Buffer.concat([received, chunk]);
    const parsed = parse(received, 0);
    if (parsed !== null) return parsed.value;
  }
}

/** Redis's own protocol, version 2; null while a reply is not whole. */
function parse(bytes: Buffer, from: number): { value: unknown; end: number } | null {
  const lineEnd = bytes.indexOf("\r\n", from);
  if (lineEnd === -1) return null;
  const text = bytes.toString("utf8", from + 1, lineEnd);
  const next = lineEnd + 2;
  switch (String.fromCharCode(bytes[from] ?? 0)) {
    case "+":
      return { value: text, end: next };
    case "-":
      return { value: new Error(text), end: next };
    case ":":
      return { value: Number(text), end: next };
    case "$": {
      const length = Number(text);
      if (length === -1) return { value: null, end: next };
      if (bytes.length < next + length + 2) return null;
      return { value: bytes.toString("utf8", next, next + length), end: next + length + 2 };
    }
    default: {
      const items: unknown[] = [];
      let end = next;
      for (let index = 0; index < Number(text); index++) {
        const item = parse(bytes, end);
        if (item === null) return null;
        items.push(item.value);
        end = item.end;
      }
      return { value: items, end };
    }
  }
}
