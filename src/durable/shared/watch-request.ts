// What an object replies to the Worker that asks it for a socket. RPC can't return one, so the
// request is an HTTP request. During a deployment the two sides may run different versions.

/** Who watches what they own. */
export interface Watcher {
  readonly accountId: string;
  /** The id of the last message that the client received; null for a new client. */
  readonly lastMessageId: string | null;
}

/** `nothing_more`: what is watched is over, and the client received its last message. */
export type WatchRefusal = "unknown" | "too_many_watchers" | "nothing_more";

export type WatchResult =
  | { readonly ok: true; readonly socket: WebSocket }
  | { readonly ok: false; readonly refusal: WatchRefusal };

const STATUS: Readonly<Record<WatchRefusal, number>> = { unknown: 404, too_many_watchers: 429, nothing_more: 204 };

/** A new request, so nothing that a client sent reaches the object but what the Worker has read. */
export function socketRequest(fields: Readonly<Record<string, string | null | undefined>>): Request {
  const url = new URL("https://object/live");
  for (const [name, value] of Object.entries(fields)) if (value != null) url.searchParams.set(name, value);
  return new Request(url, { headers: { upgrade: "websocket" } });
}

export function writeWatchResult(result: WatchResult): Response {
  if (result.ok) return new Response(null, { status: 101, webSocket: result.socket });
  return new Response(null, { status: STATUS[result.refusal] });
}

export function parseWatchResult({ webSocket, status }: Response): WatchResult {
  if (webSocket !== null) return { ok: true, socket: webSocket };
  const refusals = Object.keys(STATUS) as WatchRefusal[];
  return { ok: false, refusal: refusals.find((refusal) => STATUS[refusal] === status) ?? "unknown" };
}
