// Whether the payment provider could charge a price, checked when the price is made, and what is
// bought at once.

import type { AmountRefusal, TotalRefusal } from "../../domain/payment.ts";
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

/** Why tickets can't be paid for together, though each can; null if they can. */
export function refuseTotal(env: Env, totalMinor: number, currency: string): TotalRefusal | null {
  const refusal = totalMinor === 0 ? null : (paymentProvider(env)?.refuseAmount(totalMinor, currency) ?? null);
  return refusal?.type === "amount_too_large"
    ? { type: "total_too_large", mostMinor: refusal.mostMinor, currency }
    : null;
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
