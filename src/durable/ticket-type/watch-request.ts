// How the Worker asks an object for a socket. RPC can't return one, so it is an HTTP request.
// During a deployment the two sides may run different versions.

import { NAMELESS, type PresentedNames } from "../../platform/wire.ts";
import type { Result } from "./protocol.ts";

export interface WatchRequest {
  /** Null for the ticket type's availability. */
  readonly reservation: WatchedReservation | null;
  /** Stands for the client's network, whose sockets are counted; null where nothing is limited. */
  readonly network: string | null;
}

export interface WatchedReservation {
  readonly id: string;
  /** Who must own it. */
  readonly accountId: string;
  /** The id of the last message that the client received; null for a new client. */
  readonly lastMessageId: string | null;
  /** What its messages say that the object does not know. Older Workers send nothing. */
  readonly names: PresentedNames;
}

/** `nothing_more`: the reservation is over, and the client received its last message. */
export type WatchRefusal = "unknown" | "too_many_watchers" | "nothing_more";

export type WatchResult = Result<{ readonly socket: WebSocket }, WatchRefusal>;

const STATUS: Readonly<Record<WatchRefusal, number>> = { unknown: 404, too_many_watchers: 429, nothing_more: 204 };

/** A new request, so nothing that a client sent reaches the object but what the Worker has read. */
export function writeWatchRequest({ reservation, network }: WatchRequest): Request {
  const fields = {
    reservation: reservation?.id,
    account: reservation?.accountId,
    last: reservation?.lastMessageId,
    names: reservation && JSON.stringify(reservation.names),
    network,
  };
  const url = new URL("https://ticket-type/live");
  for (const [name, value] of Object.entries(fields)) if (value != null) url.searchParams.set(name, value);
  return new Request(url, { headers: { upgrade: "websocket" } });
}

export function parseWatchRequest({ url }: Request): WatchRequest {
  const { searchParams } = new URL(url);
  const id = searchParams.get("reservation");
  const network = searchParams.get("network");
  if (id === null) return { reservation: null, network };
  const accountId = searchParams.get("account") ?? "";
  const names: PresentedNames = JSON.parse(searchParams.get("names") ?? "null") ?? NAMELESS;
  return { reservation: { id, accountId, lastMessageId: searchParams.get("last"), names }, network };
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
