// Amounts as Stripe takes them (https://docs.stripe.com/currencies). Its minor units are those of
// ISO 4217 but for a few, and it takes neither every currency nor every amount.

import type { AmountRefusal } from "../../../domain/payment.ts";

/** The currencies of ISO 4217 that cards can be charged in. */
const CURRENCIES = new Set(
  `AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BWP BYN BZD CAD CDF CHF CLP CNY COP CRC
   CVE CZK DJF DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR ISK JMD JOD JPY
   KES KGS KHR KMF KRW KWD KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MUR MVR MWK MXN MYR MZN NAD NGN NIO
   NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SEK SGD SHP SLE SOS SRD STN SZL THB TJS
   TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW`.split(/\s+/),
);

/** Whole units only, though Stripe counts in hundredths, as it did while there were some. */
const SENT_IN_HUNDREDTHS: ReadonlySet<string> = new Set(["ISK", "UGX"]);
/** Two decimal places in ISO 4217; Stripe counts whole units. */
const SENT_IN_UNITS: ReadonlySet<string> = new Set(["MGA"]);
/** Stripe counts thousandths, and takes hundredths only. */
const THREE_PLACES: ReadonlySet<string> = new Set(["BHD", "JOD", "KWD", "OMR", "TND"]);

/** What Stripe takes no less than, in its minor units. In other currencies: half a US dollar. */
const LEAST: Readonly<Record<string, number>> = {
  AED: 200,
  AUD: 50,
  BRL: 50,
  CAD: 50,
  CHF: 50,
  CZK: 1_500,
  DKK: 250,
  EUR: 50,
  GBP: 30,
  HKD: 400,
  HUF: 17_500,
  INR: 50,
  JPY: 50,
  MXN: 1_000,
  MYR: 200,
  NOK: 300,
  NZD: 50,
  PLN: 200,
  RON: 200,
  SEK: 300,
  SGD: 50,
  THB: 1_000,
  USD: 50,
};
const MOST = 99_999_999;

/** An amount in ISO 4217's minor unit as Stripe's API has it, or why Stripe can't take it. */
export function stripeAmount(amountMinor: number, currency: string): number | AmountRefusal {
  if (!CURRENCIES.has(currency)) return { type: "currency_not_chargeable" };
  const stepMinor = stepOf(currency);
  if (amountMinor % stepMinor !== 0) return { type: "amount_too_fine", stepMinor };
  const amount = toStripe(amountMinor, currency);
  const least = LEAST[currency] ?? 1;
  if (amount < least) return { type: "amount_too_small", leastMinor: fromStripe(least, currency) };
  return amount > MOST ? { type: "amount_too_large", mostMinor: fromStripe(MOST, currency) } : amount;
}

/** An amount of Stripe's API in ISO 4217's minor unit. */
export function fromStripe(amount: number, currency: string): number {
  if (SENT_IN_HUNDREDTHS.has(currency)) return Math.floor(amount / 100);
  return SENT_IN_UNITS.has(currency) ? amount * 100 : amount;
}

/** An amount of ISO 4217's minor unit as Stripe's API has it, whatever Stripe thinks of it. */
export function toStripe(amountMinor: number, currency: string): number {
  if (SENT_IN_HUNDREDTHS.has(currency)) return amountMinor * 100;
  return SENT_IN_UNITS.has(currency) ? amountMinor / 100 : amountMinor;
}

/** Amounts are multiples of it. */
export function stepOf(currency: string): number {
  if (SENT_IN_UNITS.has(currency)) return 100;
  return THREE_PLACES.has(currency) ? 10 : 1;
}
