// Merges the sockets of any number of objects into one stream of server-sent events.

import { MINUTE_MS, SECOND_MS } from "../../domain/units.ts";
import type { WatchRefusal, WatchResult } from "../../durable/ticket-type/watch-request.ts";

/** Something to watch. */
export interface Source {
  /** Opens a new socket: the first one, and another one each time that the connection is lost. */
  readonly open: () => Promise<WatchResult>;
}

export type EventStreamResult =
  | { readonly ok: true; readonly body: ReadableStream<Uint8Array> }
  | { readonly ok: false; readonly refusal: WatchRefusal };

interface Connection {
  readonly source: Source;
  /** Null while the connection is lost. */
  socket: WebSocket | null;
  losses: number;
}

// A Worker's request may wait for six connections at a time.
const MAX_OPENING = 6;
/** How long a client waits before it reconnects. */
const RETRY_MS = 3 * SECOND_MS;
/** Most proxies and clients give a silent stream up after a minute. */
const HEARTBEAT_MS = 15 * SECOND_MS;
/** A client that reconnects is authorised again, and gets the ticket types that were added. */
const MAX_STREAM_MS = 15 * MINUTE_MS;
/** A stream that loses one connection more often than this ends, and its client reconnects. */
const MAX_LOSSES = 5;
const FIRST_RECONNECT_MS = 250;

/**
 * Opens all sources as one stream of events named `event`, or none of them if one is refused. The
 * stream ends when all sources have closed normally, when it is 15 minutes old, and when a source
 * can't be reached any more; clients of server-sent events reconnect by themselves.
 */
export async function openEventStream(event: string, sources: readonly Source[]): Promise<EventStreamResult> {
  const stream = new EventStream(event);
  try {
    for (let first = 0; first < sources.length; first += MAX_OPENING) {
      const group = sources.slice(first, first + MAX_OPENING);
      const refusals = await Promise.all(group.map((source) => stream.add(source)));
      const refusal = refusals.find((found) => found !== null);
      if (refusal === undefined) continue;
      stream.end();
      return { ok: false, refusal };
    }
  } catch (fault) {
    stream.end();
    throw fault;
  }
  return { ok: true, body: stream.body };
}

class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** All that are open or will be again. */
  readonly #connections = new Set<Connection>();
  /**
   * The newest message of each that is not sent yet: a slow client gets fewer events, never older
   * ones.
   */
  readonly #unsent = new Map<Connection, string>();
  readonly #heartbeat = setInterval(() => this.#resume(), HEARTBEAT_MS);
  readonly #lifetime = setTimeout(() => this.end(), MAX_STREAM_MS);
  #hasEnded = false;
  /** Lets a `pull` that waits go on. */
  #resume: () => void = () => {};

  constructor(event: string) {
    const encoder = new TextEncoder();
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`)),
      pull: async (controller) => {
        if (this.#unsent.size === 0 && !this.#hasEnded) await this.#resumed();
        const events = [...this.#unsent.values()].map((data) => `event: ${event}\ndata: ${data}\n\n`);
        this.#unsent.clear();
        if (events.length > 0) controller.enqueue(encoder.encode(events.join("")));
        else if (this.#hasEnded) controller.close();
        // An empty comment is the heartbeat.
        else controller.enqueue(encoder.encode(":\n\n"));
      },
      cancel: () => {
        this.#resume = () => {};
        this.end();
      },
    });
  }

  /** Opens a source and adds its messages to the stream; returns why it was refused, or null. */
  async add(source: Source): Promise<WatchRefusal | null> {
    const opened = await source.open();
    if (!opened.ok) return opened.refusal;
    this.#connect({ source, socket: null, losses: 0 }, opened.socket);
    return null;
  }

  /** Closes all sockets. The client still gets the messages that are not sent yet. */
  end(): void {
    this.#hasEnded = true;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#lifetime);
    for (const { socket } of this.#connections) socket?.close();
    this.#connections.clear();
    this.#resume();
  }

  #connect(connection: Connection, socket: WebSocket): void {
    socket.accept();
    if (this.#hasEnded) {
      socket.close();
      return;
    }
    connection.socket = socket;
    this.#connections.add(connection);
    socket.addEventListener("message", ({ data }) => {
      this.#unsent.set(connection, String(data));
      this.#resume();
    });
    socket.addEventListener("close", ({ code }) => {
      if (this.#hasEnded) return;
      if (code === 1000) this.#remove(connection);
      else void this.#reconnect(connection);
    });
  }

  async #reconnect(connection: Connection): Promise<void> {
    connection.socket = null;
    while (connection.losses < MAX_LOSSES) {
      // An object that stops disconnects many clients at once: they must not all come back at once.
      await scheduler.wait(FIRST_RECONNECT_MS * 2 ** connection.losses * (0.5 + Math.random()));
      connection.losses += 1;
      if (this.#hasEnded) return;
      const opened = await connection.source.open().catch(() => null);
      if (opened?.ok) return this.#connect(connection, opened.socket);
      if (opened?.refusal === "unknown") return this.#remove(connection);
    }
    this.end();
  }

  #remove(connection: Connection): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.end();
  }

  #resumed(): Promise<void> {
    return new Promise((resolve) => {
      this.#resume = resolve;
    });
  }
}
