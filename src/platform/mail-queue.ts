// The `mails` queue, and what says that there is something to send.

import { SECOND_MS } from "../domain/units.ts";
import { errorFields, log } from "./log.ts";
import type { MailMessage } from "./mails.ts";
import { timeout } from "./time.ts";

const SEND_TIMEOUT_MS = 5 * SECOND_MS;
/** The most that a queue takes in one call. */
const MESSAGES_AT_ONCE = 100;

/** Has mails sent soon that a batch has made owed. Never rejects: the sweep sends what is left. */
export async function nudgeMails(queue: Queue<MailMessage>, mailIds: readonly string[]): Promise<void> {
  try {
    for (let first = 0; first < mailIds.length; first += MESSAGES_AT_ONCE) {
      const some = mailIds.slice(first, first + MESSAGES_AT_ONCE);
      await timeout(SEND_TIMEOUT_MS, queue.sendBatch(some.map((mailId) => ({ body: { mailId } }))));
    }
  } catch (fault) {
    log("warn", "sending to the mails queue failed", errorFields(fault));
  }
}
