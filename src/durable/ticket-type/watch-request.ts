// How the Worker asks a ticket type's object for a socket.

import { NAMELESS, type PresentedNames } from "../../platform/wire.ts";
import { socketRequest, type Watcher } from "../shared/watch-request.ts";

export interface WatchRequest {
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

export function writeWatchRequest({ reservation, network }: WatchRequest): Request {
  return socketRequest({
    reservation: reservation?.id,
    account: reservation?.accountId,
    last: reservation?.lastMessageId,
    names: reservation && JSON.stringify(reservation.names),
    network,
  });
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
