// How the Worker asks an order's object for a socket.

import { socketRequest, type Watcher } from "../shared/watch-request.ts";

export function writeWatchRequest({ accountId, lastMessageId }: Watcher): Request {
  return socketRequest({ account: accountId, last: lastMessageId });
}

export function parseWatchRequest({ url }: Request): Watcher {
  const { searchParams } = new URL(url);
  return { accountId: searchParams.get("account") ?? "", lastMessageId: searchParams.get("last") };
}
