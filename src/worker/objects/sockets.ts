// The sockets that objects open.

import { parseWatchResult, type WatchResult } from "../../durable/shared/watch-request.ts";
import { Unavailable } from "../../platform/errors.ts";
import { errorFields, log } from "../../platform/log.ts";
import { withRetries } from "./retries.ts";

/** `fields`: the object, for the log. Throws `Unavailable` for whatever goes wrong. */
export async function openedSocket(
  fields: Readonly<Record<string, string>>,
  open: () => Promise<Response>,
): Promise<WatchResult> {
  const response = await withRetries(fields, open).catch((fault) => {
    if (fault instanceof Unavailable) throw fault;
    log("error", "opening a socket failed", { ...fields, ...errorFields(fault) });
    throw new Unavailable("the object is unavailable");
  });
  return parseWatchResult(response);
}
