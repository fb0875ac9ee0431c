// Merges the sockets of any number of objects into one stream of server-sent events.

import { MINUTE_MS, SECOND_MS } from "../../domain/units.ts";
import type { WatchRefusal, WatchResult } from "../../durable/shared/watch-request.ts";

/** Opens a socket of something to watch: the first one, or another after a connection was lost. */
export type OpenSocket = () => Promise<WatchResult>;

/** How the messages of sockets become events. */
export interface EventKind {
  readonly name: string;
  /** The event's id, by its data. */
  readonly idOf: (data: string) => string;
}

type EventStreamResult =
  | { readonly ok: true; readonly body: ReadableStream<Uint8Array> }
  | { readonly ok: false; readonly refusal: WatchRefusal };

interface Source {
  readonly open: OpenSocket;
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
/** A stream that loses one connection more often than this ends. */
const MAX_LOSSES = 5;
const FIRST_RECONNECT_MS = 250;

/**
 * Opens all sources as one stream of events, or none of them if one is refused. When the stream
 * ends, clients of server-sent events reconnect by themselves.
 */
export async function openEventStream(kind: EventKind, sources: readonly OpenSocket[]): Promise<EventStreamResult> {
  const stream = new EventStream(kind);
  try {
    for (let first = 0; first < sources.length; first += MAX_OPENING) {
      const group = sources.slice(first, first + MAX_OPENING);
      const refusals = await Promise.all(group.map((open) => stream.add(open)));
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
  /** All that are connected or will be again. */
  readonly #sources = new Set<Source>();
  /** The newest message of each that waits: a slow client gets fewer events, never older ones. */
  readonly #unsent = new Map<Source, string>();
  readonly #heartbeat = setInterval(() => this.#sendHeartbeat(), HEARTBEAT_MS);
  readonly #lifetime = setTimeout(() => this.end(), MAX_STREAM_MS);
  readonly #kind: EventKind;
  readonly #encoder = new TextEncoder();
  /** Null when the stream has ended. */
  #controller: ReadableStreamDefaultController<Uint8Array> | null = null;

  constructor(kind: EventKind) {
    this.#kind = kind;
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
        this.#write(`retry: ${RETRY_MS}\n\n`);
      },
      pull: () => this.#flush(),
      cancel: () => this.#stop(),
    });
  }

  /** Opens a source and adds its messages to the stream. Returns why it was refused, or null. */
  async add(open: OpenSocket): Promise<WatchRefusal | null> {
    const opened = await open();
    if (!opened.ok) return opened.refusal;
    this.#connect({ open, socket: null, losses: 0 }, opened.socket);
    return null;
  }

  /** Closes all sockets. The client still gets the messages that wait. */
  end(): void {
    this.#flush();
    this.#controller?.close();
    this.#stop();
  }

  #stop(): void {
    this.#controller = null;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#lifetime);
    for (const { socket } of this.#sources) socket?.close();
    this.#sources.clear();
  }

  #connect(source: Source, socket: WebSocket): void {
    socket.accept();
    if (this.#controller === null) {
      socket.close();
      return;
    }
    source.socket = socket;
    this.#sources.add(source);
    socket.addEventListener("message", ({ data }) => {
      this.#unsent.set(source, String(data));
      if (this.#isClientReady()) this.#flush();
    });
    socket.addEventListener("close", ({ code }) => {
      if (this.#controller === null) return;
      if (code === 1000) this.#remove(source);
      else void this.#reconnect(source);
    });
  }

  async #reconnect(source: Source): Promise<void> {
    source.socket = null;
    while (source.losses < MAX_LOSSES) {
      // An object that stops disconnects many clients at once: they must not all come back at once.
      await scheduler.wait(FIRST_RECONNECT_MS * 2 ** source.losses * (0.5 + Math.random()));
      source.losses += 1;
      if (this.#controller === null) return;
      const opened = await source.open().catch(() => null);
      if (opened?.ok) return this.#connect(source, opened.socket);
      if (opened?.refusal === "unknown" || opened?.refusal === "nothing_more") return this.#remove(source);
    }
    this.end();
  }

  #remove(source: Source): void {
    this.#sources.delete(source);
    if (this.#sources.size === 0) this.end();
  }

  #isClientReady(): boolean {
    return (this.#controller?.desiredSize ?? 0) > 0;
  }

  #flush(): void {
    if (this.#unsent.size === 0) return;
    const { name, idOf } = this.#kind;
    const events = [...this.#unsent.values()].map((data) => `id: ${idOf(data)}\nevent: ${name}\ndata: ${data}\n\n`);
    // Cleared first: the stream may pull again at once.
    this.#unsent.clear();
    this.#write(events.join(""));
  }

  #sendHeartbeat(): void {
    if (this.#isClientReady()) this.#write(":\n\n");
  }

  #write(text: string): void {
    this.#controller?.enqueue(this.#encoder.encode(text));
  }
}
