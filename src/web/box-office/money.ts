// Amounts and rates as people type them: "45", "45.00", "45,00". Browsers have other decimals than
// ISO 4217 for some currencies, as none for the forint: the service's own list counts.

import { exponentOf } from "../../domain/currency.ts";

/** In the currency's smallest unit; null for what is no amount of it. */
export function readAmount(text: string, currency: string): number | null {
  return readDecimal(text, exponentOf(currency));
}

export function writeAmount(amount: number, currency: string): string {
  return writeDecimal(amount, exponentOf(currency));
}

/** In units of the last of so many decimals; null for what is no such number. */
export function readDecimal(text: string, decimals: number): number | null {
  const [, whole = "", part = ""] = /^\s*(\d{1,9})(?:[.,](\d*))?\s*$/.exec(text) ?? [];
  if (whole === "" || part.length > decimals) return null;
  return Number(whole + part.padEnd(decimals, "0"));
}

export function writeDecimal(value: number, decimals: number): string {
  return (value / 10 ** decimals).toFixed(decimals);
}
