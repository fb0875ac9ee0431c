// The Worker's bindings.

import type { PaymentMessage } from "../durable/ticket-type/protocol.ts";
import type { TicketType } from "../durable/ticket-type/ticket-type.ts";
import type { Variables } from "../platform/settings.ts";
import type { LimitBindings } from "./http/limits.ts";

export interface Env extends LimitBindings, Variables {
  readonly DB: D1Database;
  readonly TICKET_TYPES: DurableObjectNamespace<TicketType>;
  readonly PAYMENTS: Queue<PaymentMessage>;
  /** The files of the page at `/docs`. */
  readonly ASSETS: Fetcher;
  /** Read instead of this worker's own public catalogue, and not kept. */
  readonly CATALOGUE?: Pick<Fetcher, "fetch">;
}
