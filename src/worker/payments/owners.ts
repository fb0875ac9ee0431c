// The object that owns a payment: of a ticket type, or of an order.

import { ORDER_ID_PATTERN, RESERVATION_ID_PATTERN, ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { OrderPaymentMessage } from "../../durable/order/protocol.ts";
import type {
  ActionRequired,
  PaymentInstruction,
  PaymentMessage,
  Settlement,
  SettleResult,
} from "../../durable/ticket-type/protocol.ts";
import type { Env } from "../env.ts";
import { callOrder } from "../objects/orders.ts";
import { callTicketType } from "../objects/ticket-types.ts";

export type AnyPaymentMessage = PaymentMessage | OrderPaymentMessage;

export interface PaymentOwner {
  instructions(paymentIds: readonly string[]): Promise<readonly PaymentInstruction[]>;
  settle(settlements: readonly Settlement[]): Promise<readonly SettleResult[]>;
  awaitActions(required: readonly ActionRequired[]): Promise<readonly SettleResult[]>;
}

/** The message about a payment for what the provider says was bought; null if that is no id. */
export function messageAbout(
  bought: string,
  payment: Pick<AnyPaymentMessage, "paymentId" | "reference">,
): AnyPaymentMessage | null {
  if (ORDER_ID_PATTERN.test(bought)) return { orderId: bought, ...payment };
  return RESERVATION_ID_PATTERN.test(bought) ? { ticketTypeId: ticketTypeIdOf(bought), ...payment } : null;
}

/** The same for all messages of one owner, and for no other. */
export function ownerIdOf(message: AnyPaymentMessage): string {
  return "orderId" in message ? message.orderId : message.ticketTypeId;
}

export function ownerOf(env: Env, message: AnyPaymentMessage): PaymentOwner {
  if ("orderId" in message) {
    const { orderId } = message;
    return {
      instructions: (paymentIds) => callOrder(env, orderId, (object) => object.instructions(paymentIds)),
      settle: (settlements) => callOrder(env, orderId, (object) => object.settle(settlements)),
      awaitActions: (required) => callOrder(env, orderId, (object) => object.awaitActions(required)),
    };
  }
  const { ticketTypeId } = message;
  return {
    instructions: (paymentIds) => callTicketType(env, ticketTypeId, (object) => object.instructions(paymentIds)),
    settle: (settlements) => callTicketType(env, ticketTypeId, (object) => object.settle(settlements)),
    awaitActions: (required) => callTicketType(env, ticketTypeId, (object) => object.awaitActions(required)),
  };
}
