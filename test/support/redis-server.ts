// A real Redis on a free port, in memory only: started, asked, killed, started again.

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../scripts/lib/server.ts";
import { encodeCommand, parseReply, type RedisReply } from "./redis-protocol.ts";

const CONNECT_TRIES = 200;
const CONNECT_EVERY_MS = 25;

export function hasRedis(): boolean {
  return spawnSync("redis-server", ["--version"]).status === 0;
}

export class RedisServer {
  readonly #port: number;
  #process: ChildProcess | null = null;
  #socket: Socket | null = null;
  /** Who waits for a reply: Redis answers one connection's commands in their order. */
  #waiting: PromiseWithResolvers<RedisReply>[] = [];

  private constructor(port: number) {
    this.#port = port;
  }

  static async start(): Promise<RedisServer> {
    const server = new RedisServer(await freePort());
    await server.restart();
    return server;
  }

  async send(command: readonly string[]): Promise<RedisReply> {
    if (this.#socket === null) throw new Error("redis-server does not run");
    const reply = Promise.withResolvers<RedisReply>();
    this.#waiting.push(reply);
    this.#socket.write(encodeCommand(command));
    return reply.promise;
  }

  /** With SIGKILL: it has no time for anybody. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (child === null) return;
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
    this.#drop();
  }

  /** Empty, at the same port. */
  async restart(): Promise<void> {
    await this.kill();
    const options = ["--port", String(this.#port), "--save", "", "--bind", "127.0.0.1"];
    this.#process = spawn("redis-server", options, { stdio: "ignore" });
    const socket = await this.#connected();
    let received = Buffer.alloc(0);
    socket.on("data", (chunk) => {
      received = Buffer.concat([received, chunk]);
      for (let parsed = parseReply(received, 0); parsed !== null; parsed = parseReply(received, 0)) {
        received = received.subarray(parsed.end);
        this.#waiting.shift()?.resolve(parsed.value);
      }
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      if (this.#socket === socket) this.#drop();
    });
    this.#socket = socket;
  }

  #drop(): void {
    this.#socket?.destroy();
    this.#socket = null;
    for (const { reject } of this.#waiting.splice(0)) reject(new Error("redis-server is gone"));
  }

  async #connected(): Promise<Socket> {
    for (let tries = 0; tries < CONNECT_TRIES; tries++) {
      const socket = connect(this.#port, "127.0.0.1");
      const isUp = await once(socket, "connect").catch(() => null);
      if (isUp !== null) return socket;
      await sleep(CONNECT_EVERY_MS);
    }
    throw new Error("redis-server did not start");
  }
}
