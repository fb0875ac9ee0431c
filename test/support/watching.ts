// Watches the service as its clients do: over a WebSocket, or as a stream of server-sent events.

import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { answer } from "../../src/worker/app.ts";
import type { Env } from "../../src/worker/env.ts";
import { type Body, ORIGIN, objectOf, someAddress, until } from "./service.ts";

/** What comes over a socket, in its order. */
export interface Watching {
  readonly socket: WebSocket;
  readonly texts: string[];
  /** When each came, as `performance.now()` says. */
  readonly atMs: number[];
  /** What was said of availability. */
  readonly seen: () => Seen[];
  readonly closed: Promise<{ code: number; reason: string }>;
}

export interface Seen {
  readonly ticket: string;
  readonly seq: number;
  readonly capacity: number;
  readonly available: number;
}

export interface WatchOptions {
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly settings?: Partial<Env>;
}

export function askToWatch(path: string, { token, headers, settings }: WatchOptions = {}): Promise<Response> {
  const asked = new Headers({ "cf-connecting-ip": someAddress(), ...headers });
  if (token !== undefined) asked.set("authorization", `Bearer ${token}`);
  const request = new Request(ORIGIN + path, { headers: asked });
  return settings === undefined ? exports.default.fetch(request) : answer(request, { ...env, ...settings });
}

export async function watch(path: string, options: WatchOptions = {}): Promise<Watching> {
  const response = await askToWatch(path, { ...options, headers: { ...options.headers, upgrade: "websocket" } });
  const { webSocket } = response;
  if (webSocket === null) throw new Error(`no socket: ${response.status} ${await response.text()}`);
  return listen(webSocket);
}

export function listen(socket: WebSocket): Watching {
  const [texts, atMs]: [string[], number[]] = [[], []];
  socket.addEventListener("message", ({ data }) => {
    texts.push(String(data));
    atMs.push(performance.now());
  });
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.addEventListener("close", ({ code, reason }) => resolve({ code, reason }));
  });
  socket.accept();
  return { socket, texts, atMs, closed, seen: () => texts.map((text) => JSON.parse(text)) };
}

/** Waits until the last thing that came is like this; then all that came. */
export async function told<T = Body<"GET /reservations/{id}">>(
  { texts }: Watching,
  isLast: (last: T) => boolean,
): Promise<T[]> {
  const all = async () => texts.map((text) => JSON.parse(text) as T);
  return until(all, (seen) => seen.length > 0 && isLast(seen.at(-1) as T));
}

/** How many sockets the object of a ticket type or of a reservation has. */
export async function watchersOf(id: string): Promise<number> {
  return runInDurableObject(objectOf(id), (_, state) => state.getWebSockets().length);
}

/** A stream of events, read as it comes. */
export class Events {
  readonly #reader: ReadableStreamDefaultReader<string>;
  text = "";

  constructor(response: Response) {
    if (response.body === null) throw new Error("there is no stream");
    this.#reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  }

  /** Reads until `done` with all that came so far; or until the end. */
  async until(done: (text: string) => boolean): Promise<string> {
    while (!done(this.text)) {
      const { value, done: isOver } = await this.#reader.read();
      if (isOver) break;
      this.text += value;
    }
    return this.text;
  }

  /** To its end. */
  async toEnd(): Promise<string> {
    return this.until(() => false);
  }

  /** Of the events that came so far, what they say. */
  data<T = Seen>(): T[] {
    return [...this.text.matchAll(/^data: (.*)$/gm)].map(([, json = ""]) => JSON.parse(json));
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}
