// Watches the service as its clients do: over a WebSocket, or as a stream of server-sent events.

import { runInDurableObject } from "cloudflare:test";
import { env, exports } from "cloudflare:workers";
import { expect } from "vitest";
import { answer } from "../../src/worker/app.ts";
import type { Env } from "../../src/worker/env.ts";
import { ORIGIN, objectOf, someAddress, until } from "./service.ts";

export interface WatchOptions {
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly settings?: Partial<Env>;
}

export function askToWatch(path: string, { token, headers, settings }: WatchOptions = {}): Promise<Response> {
  const sent = new Headers({ "cf-connecting-ip": someAddress(), ...headers });
  if (token !== undefined) sent.set("authorization", `Bearer ${token}`);
  const request = new Request(ORIGIN + path, { headers: sent });
  return settings === undefined ? exports.default.fetch(request) : answer(request, { ...env, ...settings });
}

/** Opens a WebSocket. Its first message may still be on its way. */
export async function watch<Message = AvailabilityMessage>(
  path: string,
  { headers, ...options }: WatchOptions = {},
): Promise<Watcher<Message>> {
  const response = await askToWatch(path, { ...options, headers: { ...headers, upgrade: "websocket" } });
  if (response.webSocket === null) throw new Error(`no socket: ${response.status} ${await response.text()}`);
  return new Watcher(response.webSocket);
}

/** `101` where a WebSocket opens, else the status of the refusal and the type of its problem. */
export async function socketStatus(path: string, headers: Record<string, string>): Promise<string> {
  const response = await askToWatch(path, { headers: { ...headers, upgrade: "websocket" } });
  response.webSocket?.accept();
  return response.status === 101 ? "101" : `${response.status} ${JSON.parse(await response.text()).type}`;
}

export interface AvailabilityMessage {
  readonly ticket: string;
  readonly seq: number;
  readonly capacity: number;
  readonly available: number;
  readonly sale_state: string;
  readonly sales_start: string | null;
  readonly sale_ends_at: string | null;
}

/** A client with an open socket, and all messages that it received. */
export class Watcher<Message = AvailabilityMessage> {
  readonly socket: WebSocket;
  readonly texts: string[] = [];
  readonly closed: Promise<number>;

  constructor(socket: WebSocket) {
    this.socket = socket;
    socket.addEventListener("message", ({ data }) => void this.texts.push(String(data)));
    this.closed = new Promise((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
    socket.accept();
  }

  get messages(): Message[] {
    return this.texts.map((text) => JSON.parse(text));
  }

  /** Waits for a newest message like this; then returns all. */
  async until(isNewest: (message: Message) => boolean): Promise<Message[]> {
    const messages = async () => this.messages;
    return until(messages, (all) => all.length > 0 && isNewest(all.at(-1) as Message));
  }
}

/** Waits until the object of each ticket type or reservation has so many sockets. */
export async function expectSockets(ids: readonly string[], wanted: number): Promise<void> {
  const socketsOf = (id: string) => runInDurableObject(objectOf(id), (_, state) => state.getWebSockets().length);
  await until(
    () => Promise.all(ids.map(socketsOf)),
    (counts) => counts.every((count) => count === wanted),
  );
}

/** A stream of server-sent events, read only while a test waits for more of it. */
export class Events<Message = AvailabilityMessage> {
  readonly #reader: ReadableStreamDefaultReader<string>;
  text = "";

  constructor(body: ReadableStream<Uint8Array> | null) {
    if (body === null) throw new Error("there is no stream");
    this.#reader = body.pipeThrough(new TextDecoderStream()).getReader();
  }

  get messages(): Message[] {
    return [...this.text.matchAll(/^data: (.*)$/gm)].map(([, json = ""]) => JSON.parse(json));
  }

  /** Reads until `isEnough` of all the text so far, or until the end. */
  async until(isEnough: (text: string) => boolean): Promise<string> {
    while (!isEnough(this.text)) {
      const { value, done } = await this.#reader.read();
      if (done) break;
      this.text += value;
    }
    return this.text;
  }

  toEnd(): Promise<string> {
    return this.until(() => false);
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}

/** Opens a stream of server-sent events. */
export async function openStream<Message = AvailabilityMessage>(path: string, options: WatchOptions = {}) {
  const response = await askToWatch(path, options);
  expect(response.status).toBe(200);
  return new Events<Message>(response.body);
}
