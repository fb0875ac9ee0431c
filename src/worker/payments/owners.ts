// The object that owns a payment: of a ticket type, or of an order.

import type { OrderPaymentMessage } from "../../durable/order/protocol.ts";
import type {
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
    };
  }
  const { ticketTypeId } = message;
  return {
    instructions: (paymentIds) => callTicketType(env, ticketTypeId, (object) => object.instructions(paymentIds)),
    settle: (settlements) => callTicketType(env, ticketTypeId, (object) => object.settle(settlements)),
  };
}
