// The sockets of an object's watchers. They are the platform's while the object hibernates.

import { errorFields, log } from "../../platform/log.ts";
import type { WatchResult } from "./watch-request.ts";

/** What sockets watch, and how many may. */
export type Tag = readonly [tag: string, maxSockets: number];

/** All are the owner's own pages, and a closed one is noticed within two heartbeats, 30 s. */
export const MAX_WATCHERS_OF_OWN = 50;

/** Opens a socket and sends its first message, unless one of its tags has all that it may have. */
export function openSocket(
  ctx: DurableObjectState,
  tags: readonly Tag[],
  sendFirst: (socket: WebSocket) => void,
): WatchResult {
  const isFull = tags.some(([tag, maxSockets]) => ctx.getWebSockets(tag).length >= maxSockets);
  if (isFull) return { ok: false, refusal: "too_many_watchers" };
  const { 0: client, 1: server } = new WebSocketPair();
  ctx.acceptWebSocket(
    server,
    tags.map(([tag]) => tag),
  );
  // The platform replies by itself, so a ping never starts an object that hibernates.
  ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair("ping", "pong"));
  sendFirst(server);
  return { ok: true, socket: client };
}

export function send(socket: WebSocket, message: string, isLast = false): void {
  try {
    socket.send(message);
    if (isLast) socket.close(1000, "nothing more can change");
  } catch {
    // The client has gone. Until the platform removes its socket, sending to it throws.
  }
}

/** Never throws: watchers must not get in the way of buyers. */
export function logFailure(broadcast: () => void): void {
  try {
    broadcast();
  } catch (fault) {
    log("warn", "broadcast failed", errorFields(fault));
  }
}

/** Watchers only listen: a client that could make the object work could slow buyers down. */
export function refuseMessage(socket: WebSocket): void {
  socket.close(1008, "this socket takes no messages");
}

/** Answers the Close frame: the platform does not, and clients wait for it. */
export function answerClose(socket: WebSocket, code: number): void {
  // No frame has these codes: they stand for one without a code, and for a lost connection.
  if (code === 1005 || code === 1006) socket.close();
  else socket.close(code);
}
