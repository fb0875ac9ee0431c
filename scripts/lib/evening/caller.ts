// One person's calls to the API, as a good client makes them: what got no reply is sent again, with
// the same idempotency key, and a reply that says when to come back is heeded.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Reply } from "../client.ts";
import { Places } from "./queue.ts";

/** What all callers of an evening share. */
export class Line {
  readonly url: string;
  /** Resolves while the service is up. */
  readonly up: () => Promise<void>;
  /** Aborted once the evening is over, or can't go on. */
  readonly end = new AbortController();
  readonly counts = { calls: 0, repeats: 0, slowdowns: 0 };
  /** By route, how long replies took. */
  readonly slowestMs = new Map<string, number>();
  /** A machine with two cores serves no more requests a second for having more of them at once. */
  readonly places = new Places(MOST_AT_ONCE);

  constructor(url: string, up: () => Promise<void>) {
    this.url = url;
    this.up = up;
  }
}

/** What the evening looks at, of all replies together. */
export interface Body {
  readonly id: string;
  readonly type?: string;
}

const MOST_AT_ONCE = 64;
const GIVE_UP_AFTER_MS = 120_000;
const REPLY_WITHIN_MS = 60_000;
const SHORTEST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 2_000;

export class Caller {
  readonly line: Line;
  readonly address: string;
  token: string | null;

  constructor(line: Line, address: string, token: string | null = null) {
    this.line = line;
    this.address = address;
    this.token = token;
  }

  /** Refusals are replies. Throws where there is none for two minutes. */
  async call<T = Body>(method: string, path: string, body?: unknown): Promise<Reply<T>> {
    const key = method === "POST" ? randomUUID() : null;
    const startMs = performance.now();
    for (let tries = 0; ; tries++) {
      await this.line.up();
      if (this.line.end.signal.aborted) throw new Error("the evening is over");
      this.line.counts.calls += 1;
      const reply = await this.line.places.during(() => this.#send<T>(method, path, body, key));
      if (reply !== null && !isPassing(reply)) {
        this.#time(
          `${method} ${path.replace(/[0-9a-z]{16}[^/?]*/g, "…").replace(/\?.*/, "")}`,
          performance.now() - startMs,
        );
        return reply;
      }
      if (performance.now() - startMs > GIVE_UP_AFTER_MS)
        throw new Error(`${method} ${path} got no answer: ${reply === null ? "none" : JSON.stringify(reply.body)}`);
      this.line.counts.repeats += 1;
      if (reply?.status === 429) this.line.counts.slowdowns += 1;
      await sleep(pauseMs(reply, tries));
    }
  }

  /** Throws a refusal. */
  async must<T = Body>(method: string, path: string, body?: unknown): Promise<T> {
    const reply = await this.call<T>(method, path, body);
    if (!reply.ok) throw new Error(`${method} ${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
    return reply.body;
  }

  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let next: string | undefined = path; next !== undefined; ) {
      const page: Reply<T[]> = await this.call<T[]>("GET", next);
      if (!page.ok) throw new Error(`GET ${next} answered ${page.status}: ${JSON.stringify(page.body)}`);
      items.push(...page.body);
      next = /<([^>]+)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1];
    }
    return items;
  }

  headers(): Record<string, string> {
    // Only a local service believes what a client says of its address.
    return {
      "cf-connecting-ip": this.address,
      ...(this.token === null ? {} : { authorization: `Bearer ${this.token}` }),
    };
  }

  /** Null where no reply came. */
  async #send<T>(method: string, path: string, body: unknown, key: string | null): Promise<Reply<T> | null> {
    const headers = {
      ...this.headers(),
      "content-type": "application/json",
      ...(key === null ? {} : { "idempotency-key": key }),
    };
    const signal = AbortSignal.timeout(REPLY_WITHIN_MS);
    const content = body === undefined ? {} : { body: JSON.stringify(body) };
    try {
      const response = await fetch(this.line.url + path, { method, headers, signal, ...content });
      const text = await response.text();
      const { status, ok, headers: replied } = response;
      return { status, ok, headers: replied, body: (text === "" ? null : JSON.parse(text)) as T };
    } catch {
      return null;
    }
  }

  #time(route: string, ms: number): void {
    this.line.slowestMs.set(route, Math.max(ms, this.line.slowestMs.get(route) ?? 0));
  }
}

function isPassing({ status }: Reply<unknown>): boolean {
  return status === 429 || status >= 500;
}

function pauseMs(reply: Reply<unknown> | null, tries: number): number {
  const seconds = Number(reply?.headers.get("retry-after"));
  if (seconds > 0) return seconds * 1_000;
  return Math.min(LONGEST_PAUSE_MS, SHORTEST_PAUSE_MS * 2 ** tries);
}
