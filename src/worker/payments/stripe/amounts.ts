// Amounts as Stripe takes them (https://docs.stripe.com/currencies). Its minor units are those of
// ISO 4217 but for a few, and it takes neither every currency nor every amount.

import { exponentOf } from "../../../domain/currency.ts";
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

/** What Stripe takes no less than, in its minor units. */
const LEAST: Readonly<Record<string, number>> = {
  AED: 200,
  ARS: 50,
  AUD: 50,
  BRL: 50,
  CAD: 50,
  CHF: 50,
  COP: 50,
  CZK: 1_500,
  DKK: 250,
  EUR: 50,
  GBP: 30,
  HKD: 400,
  HUF: 17_500,
  IDR: 50,
  ILS: 50,
  INR: 50,
  JPY: 50,
  KRW: 50,
  MXN: 1_000,
  MYR: 200,
  NOK: 300,
  NZD: 50,
  PHP: 50,
  PLN: 200,
  RON: 200,
  RUB: 50,
  SEK: 300,
  SGD: 50,
  THB: 1_000,
  USD: 50,
  ZAR: 50,
};
/**
 * Stripe changes other currencies into one that the seller is paid in, and takes no less than that
 * one's least. So here it is what was worth half a US dollar in 2025, rounded up, in whole units.
 */
const WORTH_HALF_A_DOLLAR: readonly (readonly [units: number, currencies: string])[] = [
  [0.2, "BHD KWD OMR"],
  [0.5, "BMD BSD FKP GIP JOD KYD PAB SHP"],
  [1, "AWG AZN BAM BND XCG"],
  [2, "BBD BYN BZD FJD GEL PEN QAR SAR TND TOP WST XCD"],
  [5, "BOB CNY GTQ MAD MOP PGK SBD TJS TTD"],
  [10, "BWP LSL MDL MVR NAD SCR SZL"],
  [20, "HNL NIO SLE SRD STN TWD ZMW"],
  [50, "AFN ALL CVE DOP EGP GMD KGS MKD MUR MZN TRY UAH UYU"],
  [100, "BDT DJF DZD ETB HTG ISK JMD KES LRD NPR RSD VUV XPF"],
  [200, "AMD GYD LKR PKR YER"],
  [500, "AOA CLP CRC KMF KZT SOS XAF XOF"],
  [1_000, "MWK NGN RWF"],
  [2_000, "BIF CDF MMK MNT TZS UGX"],
  [5_000, "GNF KHR MGA PYG"],
  [10_000, "UZS"],
  [20_000, "LAK VND"],
  [50_000, "LBP"],
];
const UNITS_BY_CURRENCY = new Map(
  WORTH_HALF_A_DOLLAR.flatMap(([units, currencies]) => currencies.split(" ").map((currency) => [currency, units])),
);

/** As many digits as Stripe takes by any method of payment. Some cards can be charged more. */
const MOST: Readonly<Record<string, number>> = { COP: 9_999_999_999, IDR: 999_999_999_999, INR: 999_999_999 };
const MOST_IN_OTHERS = 99_999_999;

/** An amount in ISO 4217's minor unit as Stripe's API has it, or why Stripe can't take it. */
export function stripeAmount(amountMinor: number, currency: string): number | AmountRefusal {
  if (!CURRENCIES.has(currency)) return { type: "currency_not_chargeable" };
  const stepMinor = stepOf(currency);
  if (amountMinor % stepMinor !== 0) return { type: "amount_too_fine", stepMinor };
  const amount = toStripe(amountMinor, currency);
  const least = leastOf(currency);
  if (amount < least) return { type: "amount_too_small", leastMinor: fromStripe(least, currency) };
  const most = MOST[currency] ?? MOST_IN_OTHERS;
  return amount > most ? { type: "amount_too_large", mostMinor: fromStripe(most, currency) } : amount;
}

/** Why Stripe can't charge so much; null if it can. */
export function refuseAmount(amountMinor: number, currency: string): AmountRefusal | null {
  const amount = stripeAmount(amountMinor, currency);
  return typeof amount === "number" ? null : amount;
}

function leastOf(currency: string): number {
  const units = UNITS_BY_CURRENCY.get(currency) ?? 1;
  return LEAST[currency] ?? toStripe(units * 10 ** exponentOf(currency), currency);
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
