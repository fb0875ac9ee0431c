// How the Worker asks a ticket type's object for a socket.

import { NAMELESS, type PresentedNames } from "../../platform/wire.ts";
import { socketRequest, type Watcher } from "../shared/watch-request.ts";

export interface WatchRequest {
  /** For what happens at the door; then nothing else counts. Older objects do not know it. */
  readonly isDoor?: boolean;
  /** Null for the ticket type's availability. */
  readonly reservation: WatchedReservation | null;
  /** Stands for the client's network, whose sockets are counted; null where nothing is limited. */
  readonly network: string | null;
}

export interface WatchedReservation extends Watcher {
  readonly id: string;
  /** What its messages say that the object does not know. Older Workers send nothing. */
  readonly names: PresentedNames;
}

export function writeWatchRequest({ isDoor = false, reservation, network }: WatchRequest): Request {
  return socketRequest({
    reservation: reservation?.id,
    account: reservation?.accountId,
    last: reservation?.lastMessageId,
    names: reservation && JSON.stringify(reservation.names),
    network,
    door: isDoor ? "1" : null,
  });
}

export function parseWatchRequest({ url }: Request): WatchRequest {
  const { searchParams } = new URL(url);
  if (searchParams.has("door")) return { isDoor: true, reservation: null, network: null };
  const id = searchParams.get("reservation");
  const network = searchParams.get("network");
  if (id === null) return { reservation: null, network };
  const accountId = searchParams.get("account") ?? "";
  const names: PresentedNames = JSON.parse(searchParams.get("names") ?? "null") ?? NAMELESS;
  return { reservation: { id, accountId, lastMessageId: searchParams.get("last"), names }, network };
}
