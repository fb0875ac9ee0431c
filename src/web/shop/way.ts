// What a way of paying gets: Stripe's, or the sandbox's.

import type { Order, PaymentConfig } from "../ui/api-types.ts";
import { money } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";

const t = texts({ pay: (sum: string) => `Pay ${sum}` }, { pay: (sum: string) => `${sum} bezahlen` });

export interface Way {
  readonly order: Order;
  readonly config: PaymentConfig;
  /** Begins the payment. Rejects with what went wrong, which the way shows. */
  readonly pay: (paymentMethod: string) => Promise<void>;
}

/** The amount on the button is what is charged. */
export function payLabel({ total }: Order): string {
  return t().pay(money(total));
}
