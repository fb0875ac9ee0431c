// Events and ticket types: what organisers change, call off and delete.

import { type Mistake, SIMULATOR, workers } from "../mistake.ts";

export const CATALOGUE: readonly Mistake[] = [
  {
    name: "objects do not hear of new terms",
    breaks: [10],
    file: "src/worker/catalogue/queries.ts",
    find: "[status, change.endsAtMs, change.termsVersion, change.refundableUntilMs]",
    replace: "[status, change.endsAtMs, change.refundableUntilMs]",
    caughtBy: [workers("worker/catalogue/terms")],
  },
  {
    name: "a refused change is made all the same",
    breaks: [10],
    file: "src/durable/ticket-type/organising.ts",
    find: "if (refusal === null) ledger.saveTicketType(wanted);",
    replace: "ledger.saveTicketType(wanted);",
    caughtBy: [SIMULATOR, workers("worker/catalogue/changes")],
  },
  {
    name: "an organiser's change is made whatever the edition",
    breaks: [10],
    file: "src/durable/ticket-type/organising.ts",
    find: "if (!isCurrent(edition, edit?.ifMatch ?? null))",
    replace: "if (!isCurrent(edition, null))",
    caughtBy: [workers("worker/catalogue/editions")],
  },
  {
    name: "an event is changed whatever its edition is by then",
    breaks: [10],
    file: "src/worker/catalogue/queries.ts",
    find: "if (ifMatch === null) return undefined;",
    replace: "if (ifMatch !== undefined) return undefined;",
    caughtBy: [workers("worker/catalogue/editions")],
  },
  {
    name: "nobody asks again once the event is off sale",
    breaks: [3],
    file: "src/worker/catalogue/withdrawal.ts",
    find: "const refusal = await findUse(env, ticketTypes, type);",
    replace: "const refusal: WithdrawalRefusal | null = mistake;",
    caughtBy: [SIMULATOR],
  },
  {
    name: "an event becomes a draft, or is deleted, while its objects sell",
    breaks: [13],
    file: "src/worker/catalogue/withdrawal.ts",
    find: "if (!(await tell(env, event, ticketTypes)))",
    replace: "if (ticketTypes.length > 1000)",
    caughtBy: [SIMULATOR],
  },
  {
    name: "an object deletes itself although a ticket is held",
    breaks: [3],
    file: "src/durable/ticket-type/ticket-type.ts",
    find: "if (ticketType !== null && this.#store.hasReservations()) {",
    replace: "if (ticketType !== null && ticketType.sold > 0) {",
    caughtBy: [SIMULATOR, workers("worker/catalogue/deleting")],
  },
  {
    name: "what a dead request withdrew or was deleting stays so",
    breaks: [13],
    file: "src/worker/service/sweep.ts",
    find: 'step("finish deletions", () => finishDeletions(env, nowMs - OVERDUE_AFTER_MS)),',
    replace: 'step("finish deletions", async () => void finishDeletions),',
    caughtBy: [SIMULATOR],
  },
  {
    name: "an ETag made without availability",
    breaks: [9],
    file: "src/worker/http/etag.ts",
    find: "export function etagOf(text: string): string {",
    replace:
      'export function etagOf(whole: string): string {\n  const text = whole.replaceAll(/"available":\\d+/g, "");',
    caughtBy: [workers("worker/catalogue/copies")],
  },
  {
    name: "an object without a ticket type knows no event",
    breaks: [9],
    file: "src/durable/ticket-type/ticket-type.ts",
    find: "?? news.onSaleVersion;",
    replace: "?? 0;",
    caughtBy: [workers("worker/catalogue/deleting")],
  },
];
