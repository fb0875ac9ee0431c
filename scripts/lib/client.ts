// Calls the API as any front end would: told to slow down, it waits for as long as it is told.

import { setTimeout as sleep } from "node:timers/promises";

export interface Reply<Body> {
  readonly status: number;
  readonly ok: boolean;
  readonly headers: Headers;
  /** Parsed JSON; null where there is no body. What it looks like is the caller's business. */
  readonly body: Body;
}

const TRIES = 3;

export type Client = <Body>(method: string, path: string, body?: unknown) => Promise<Reply<Body>>;

export function client(url: string, token?: string): Client {
  return async <Body>(method: string, path: string, body?: unknown) => {
    const request = {
      method,
      headers: {
        "content-type": "application/json",
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const response = await patiently(() =>
      fetch(url + path, request).catch((fault: Error) => {
        throw new Error(
          `${url} can't be reached: ${fault.cause instanceof Error ? fault.cause.message : fault.message}`,
        );
      }),
    );
    const text = await response.text();
    const { status, ok, headers } = response;
    return { status, ok, headers, body: (text === "" ? null : JSON.parse(text)) as Body };
  };
}

/** Throws what the service answered where it refused. */
export async function must<Body>(api: Client, method: string, path: string, body?: unknown): Promise<Reply<Body>> {
  const reply = await api<Body>(method, path, body);
  if (!reply.ok) throw new Error(`${method} ${path} answered ${reply.status}: ${JSON.stringify(reply.body)}`);
  return reply;
}

/** What all pages of a list have together. */
export async function listAll<Item>(api: Client, firstPath: string): Promise<Item[]> {
  const items: Item[] = [];
  for (let path: string | undefined = firstPath; path !== undefined; ) {
    const page: Reply<Item[]> = await must<Item[]>(api, "GET", path);
    items.push(...page.body);
    path = /<([^>]+)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1];
  }
  return items;
}

async function patiently(ask: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const response = await ask();
    const seconds = Number(response.headers.get("retry-after"));
    if (response.status !== 429 || attempt === TRIES || !(seconds > 0)) return response;
    console.log(`Too many requests: waiting ${seconds} s, as the service asks …`);
    await sleep(seconds * 1_000);
  }
}
