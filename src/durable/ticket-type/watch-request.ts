// How the Worker asks an object for a socket. RPC can't return one, so it is an HTTP request.
// During a deployment the two sides may run different versions.

import type { Result } from "./protocol.ts";

export interface WatchRequest {
  /** The reservation to watch, and who must own it; null for the ticket type's availability. */
  readonly reservation: { readonly id: string; readonly accountId: string } | null;
}

export type WatchRefusal = "unknown" | "too_many_watchers";

export type WatchResult = Result<{ readonly socket: WebSocket }, WatchRefusal>;

const STATUS: Readonly<Record<WatchRefusal, number>> = { unknown: 404, too_many_watchers: 429 };

/** A new request, so nothing that a client sent reaches the object. */
export function writeWatchRequest({ reservation }: WatchRequest): Request {
  const url = new URL("https://ticket-type/live");
  if (reservation !== null) {
    url.searchParams.set("reservation", reservation.id);
    url.searchParams.set("account", reservation.accountId);
  }
  return new Request(url, { headers: { upgrade: "websocket" } });
}

export function parseWatchRequest({ url }: Request): WatchRequest {
  const { searchParams } = new URL(url);
  const id = searchParams.get("reservation");
  return { reservation: id === null ? null : { id, accountId: searchParams.get("account") ?? "" } };
}

export function writeWatchResult(result: WatchResult): Response {
  if (result.ok) return new Response(null, { status: 101, webSocket: result.socket });
  return new Response(null, { status: STATUS[result.refusal] });
}

export function parseWatchResult({ webSocket, status }: Response): WatchResult {
  if (webSocket !== null) return { ok: true, socket: webSocket };
  return { ok: false, refusal: status === STATUS.too_many_watchers ? "too_many_watchers" : "unknown" };
}
