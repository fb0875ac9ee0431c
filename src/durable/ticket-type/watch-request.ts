// The request for a socket: the Worker makes it, the object reads it. During a deployment they may be of two versions.

/** A request for a socket: to watch the ticket type, or an account's reservation of it. */
export interface Watch {
  readonly reservationId?: string | undefined;
  readonly accountId?: string | undefined;
}

/** It is made anew, so that nothing that a client sent reaches the object. */
export function watchRequest({ reservationId, accountId }: Watch): Request {
  const url = new URL("https://ticket-type/live");
  if (reservationId !== undefined) url.searchParams.set("reservation", reservationId);
  if (accountId !== undefined) url.searchParams.set("account", accountId);
  return new Request(url, { headers: { upgrade: "websocket" } });
}

export function readWatch({ url }: Request): Watch {
  const { searchParams } = new URL(url);
  return {
    reservationId: searchParams.get("reservation") ?? undefined,
    accountId: searchParams.get("account") ?? undefined,
  };
}
