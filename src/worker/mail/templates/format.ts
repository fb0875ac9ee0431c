// Money and times as the reader's language writes them. Pure.

import { exponentOf } from "../../../domain/currency.ts";
import type { Language } from "../../../platform/mails.ts";

const LOCALES: Readonly<Record<Language, string>> = { en: "en-GB", de: "de-DE" };

export function money(language: Language, amountMinor: number, currency: string): string {
  const digits = exponentOf(currency);
  const fraction = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const format = new Intl.NumberFormat(LOCALES[language], { style: "currency", currency, ...fraction });
  return format.format(amountMinor / 10 ** digits);
}

/** "7.7%" of 770. */
export function percent(language: Language, rate: number): string {
  return new Intl.NumberFormat(LOCALES[language], { style: "percent", maximumFractionDigits: 2 }).format(rate / 10_000);
}

/** "12 March 2027". */
export function day(language: Language, atMs: number, timeZone: string): string {
  return inZone(language, atMs, timeZone, { dateStyle: "long" });
}

/** At the event's place: "Friday, 12 March 2027 at 20:00 CET". */
export function moment(language: Language, atMs: number, timeZone: string): string {
  const parts = { year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" } as const;
  return inZone(language, atMs, timeZone, { ...parts, weekday: "long", timeZoneName: "short" });
}

function inZone(language: Language, atMs: number, timeZone: string, options: Intl.DateTimeFormatOptions): string {
  try {
    return new Intl.DateTimeFormat(LOCALES[language], { ...options, timeZone }).format(atMs);
  } catch {
    // A zone that this runtime does not know.
    return new Intl.DateTimeFormat(LOCALES[language], { ...options, timeZone: "UTC" }).format(atMs);
  }
}
