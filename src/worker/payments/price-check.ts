// Whether the payment provider could charge a price, checked when the price is made.

import type { AmountRefusal } from "../../domain/payment.ts";
import type { Env } from "../env.ts";
import { paymentProvider } from "./select-provider.ts";

interface Price {
  readonly amount: number;
  readonly currency: string;
}

interface Priced {
  readonly price?: Price | undefined;
  readonly prices?: readonly { readonly price: Price }[] | undefined;
}

/** Null where all prices of a body can be charged, are free, or are not changed. */
export function notChargeable(env: Env, { price, prices = [] }: Priced): (AmountRefusal & { path: string }) | null {
  const provider = paymentProvider(env);
  if (provider === null) return null;
  const all = [
    { path: "price", price },
    ...prices.map(({ price }, index) => ({ path: `prices.${index}.price`, price })),
  ];
  for (const { path, price } of all) {
    const isFree = price === undefined || price.amount === 0;
    const refusal = isFree ? null : provider.refuseAmount(price.amount, price.currency);
    if (refusal !== null) return { ...refusal, path };
  }
  return null;
}
