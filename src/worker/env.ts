// The Worker's bindings.

import type { WebhookMessage } from "../domain/webhooks.ts";
import type { Order } from "../durable/order/order.ts";
import type { OrderPaymentMessage } from "../durable/order/protocol.ts";
import type { PaymentMessage } from "../durable/ticket-type/protocol.ts";
import type { TicketType } from "../durable/ticket-type/ticket-type.ts";
import type { MailMessage } from "../platform/mails.ts";
import type { Variables } from "../platform/settings.ts";
import type { DisputeMessage } from "./payments/provider.ts";

export type LimitName =
  | "LIMIT_REGISTER"
  | "LIMIT_SIGN_IN"
  | "LIMIT_SIGN_IN_ADDRESS"
  | "LIMIT_SIGN_IN_STRANGERS"
  | "LIMIT_REFRESH"
  | "LIMIT_ACCOUNT"
  | "LIMIT_RESERVE"
  | "LIMIT_RESERVE_ADDRESS"
  | "LIMIT_CODE"
  | "LIMIT_CODE_ADDRESS"
  | "LIMIT_PAY"
  | "LIMIT_LIVE"
  | "LIMIT_MAIL"
  | "LIMIT_MAIL_ADDRESS"
  | "LIMIT_LINK"
  | "LIMIT_PASS_ON"
  | "LIMIT_SCAN";

export interface Env extends Variables, Readonly<Record<LimitName, RateLimit>> {
  readonly DB: D1Database;
  readonly TICKET_TYPES: DurableObjectNamespace<TicketType>;
  readonly ORDERS: DurableObjectNamespace<Order>;
  readonly PAYMENTS: Queue<PaymentMessage | OrderPaymentMessage | DisputeMessage>;
  readonly MAILS: Queue<MailMessage>;
  readonly WEBHOOKS: Queue<WebhookMessage>;
  /** Cloudflare's mail service. Without it mails wait. */
  readonly EMAIL?: SendEmail;
  /** The files of dist/web: pages, and what they load. */
  readonly ASSETS: Fetcher;
  /** Set by tests only: read in place of this worker's own public catalogue, and never cached. */
  readonly CATALOGUE?: Pick<Fetcher, "fetch">;
}
