// What objects tell over their sockets, passed on: one socket as it is, or any number as one stream of server-sent events.

import { ProblemError } from "../http/problems.ts";

/** What one object tells. */
export interface Source {
  /** Opens a socket; may be asked again where that has closed. */
  readonly open: () => Promise<WebSocket | "unknown" | "too_many_watchers">;
}

interface Followed extends Source {
  /** Null while it is lost. */
  socket: WebSocket | null;
  losses: number;
}

// How many sockets are opened at once. A request may wait for six answers at a time.
const OPENED_AT_ONCE = 6;
/** What clients wait before they come back, in milliseconds. */
const RETRY_MS = 3_000;
/** Proxies and clients give a stream up that is silent; most take a minute. */
const BEAT_MS = 15_000;
/** Whoever comes back is asked anew who they are, and gets ticket types that are new. */
const LONGEST_MS = 15 * 60_000;
/** An object that goes away this often in one stream is not looked for again: the client's next try is. */
const MOST_LOSSES = 5;
const FIRST_REOPEN_MS = 250;
// Nobody knows when there is room again; what there is to see can be asked for meanwhile.
const POLL_SECONDS = "60";

export function isUpgrade(request: Request): boolean {
  return request.headers.get("upgrade")?.toLowerCase() === "websocket";
}

/** Hands the object's socket to the client. `path` is what to poll where too many watch. */
export async function socketReply(source: Source, path: string): Promise<Response> {
  return new Response(null, { status: 101, webSocket: admitted(await source.open(), path) });
}

/**
 * The sources as one stream of events named `event`; it goes on with the sources that are there. Ends when all of them
 * have, after a quarter of an hour, and when an object can't be reached any more: clients come back by themselves.
 */
export async function streamReply(event: string, sources: readonly Source[], path: string): Promise<Response> {
  const stream = new EventStream(event);
  try {
    for (let at = 0; at < sources.length; at += OPENED_AT_ONCE) {
      const group = sources.slice(at, at + OPENED_AT_ONCE).map(({ open }) => ({ open, socket: null, losses: 0 }));
      await Promise.all(group.map(async (source) => stream.follow(source, admitted(await source.open(), path))));
    }
  } catch (fault) {
    stream.end();
    throw fault;
  }
  return new Response(stream.body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}

function admitted(opened: Awaited<ReturnType<Source["open"]>>, path: string): WebSocket {
  switch (opened) {
    case "unknown":
      throw new ProblemError("not-found");
    case "too_many_watchers":
      throw new ProblemError("too-many-watchers", {
        detail: `Ask ${path} from time to time instead.`,
        members: { poll: path },
        headers: { "retry-after": POLL_SECONDS },
      });
    default:
      return opened;
  }
}

class EventStream {
  readonly body: ReadableStream<Uint8Array>;
  /** Those that have not said all. */
  readonly #sources = new Set<Followed>();
  /** The newest of each that was not sent yet: a reader that is slow gets fewer events, and none that is old. */
  readonly #unsent = new Map<Followed, string>();
  readonly #beat = setInterval(() => this.#wake(), BEAT_MS);
  readonly #limit = setTimeout(() => this.end(), LONGEST_MS);
  #isOver = false;
  #wake: () => void = () => {};

  constructor(event: string) {
    const encoder = new TextEncoder();
    this.body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode(`retry: ${RETRY_MS}\n\n`)),
      pull: async (controller) => {
        if (this.#unsent.size === 0 && !this.#isOver) await this.#something();
        const events = [...this.#unsent.values()].map((data) => `event: ${event}\ndata: ${data}\n\n`);
        this.#unsent.clear();
        if (events.length > 0) controller.enqueue(encoder.encode(events.join("")));
        else if (this.#isOver) controller.close();
        // Only to show that somebody is still there.
        else controller.enqueue(encoder.encode(":\n\n"));
      },
      cancel: () => {
        this.#wake = () => {};
        this.end();
      },
    });
  }

  follow(source: Followed, socket: WebSocket): void {
    socket.accept();
    if (this.#isOver) {
      socket.close();
      return;
    }
    this.#sources.add(source);
    source.socket = socket;
    socket.addEventListener("message", ({ data }) => {
      this.#unsent.set(source, String(data));
      this.#wake();
    });
    socket.addEventListener("close", ({ code }) => {
      if (this.#isOver) return;
      if (code === 1000) this.#saidAll(source);
      else void this.#reopen(source);
    });
  }

  /** Closes all that is open. What was not sent yet still is. */
  end(): void {
    this.#isOver = true;
    clearInterval(this.#beat);
    clearTimeout(this.#limit);
    for (const { socket } of this.#sources) socket?.close();
    this.#sources.clear();
    this.#wake();
  }

  #something(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #saidAll(source: Followed): void {
    this.#sources.delete(source);
    if (this.#sources.size === 0) this.end();
  }

  async #reopen(source: Followed): Promise<void> {
    source.socket = null;
    source.losses += 1;
    if (source.losses > MOST_LOSSES) return this.end();
    // Many lose the same object at the same moment.
    await scheduler.wait(FIRST_REOPEN_MS * 2 ** (source.losses - 1) * (0.5 + Math.random()));
    if (this.#isOver) return;
    const opened = await source.open().catch(() => "too_many_watchers" as const);
    if (opened === "unknown") this.#saidAll(source);
    else if (opened === "too_many_watchers") await this.#reopen(source);
    else this.follow(source, opened);
  }
}
