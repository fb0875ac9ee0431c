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

/** "12 March 2027", in UTC. */
export function day(language: Language, atMs: number): string {
  return new Intl.DateTimeFormat(LOCALES[language], { dateStyle: "long", timeZone: "UTC" }).format(atMs);
}

/** At the event's place: "Friday, 12 March 2027 at 20:00 CET". */
export function moment(language: Language, atMs: number, timeZone: string): string {
  const parts = { year: "numeric", month: "long", day: "numeric", hour: "2-digit", minute: "2-digit" } as const;
  const options = { ...parts, weekday: "long", timeZoneName: "short" } as const;
  try {
    return new Intl.DateTimeFormat(LOCALES[language], { ...options, timeZone }).format(atMs);
  } catch {
    // A zone that this runtime does not know.
    return new Intl.DateTimeFormat(LOCALES[language], { ...options, timeZone: "UTC" }).format(atMs);
  }
}
