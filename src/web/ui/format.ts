// Money, dates and times in the visitor's language; times as the clock at the event's place says.

import { serverNowMs } from "./clock.ts";
import { language } from "./i18n.ts";

export interface Money {
  readonly amount: number;
  readonly currency: string;
  readonly exponent?: number;
}

/** British order of day and month, as an event in Europe has it. */
function locale(): string {
  return language.value === "de" ? "de-DE" : "en-GB";
}

/** €45.00; whole amounts without cents only where all are. */
export function money({ amount, currency, exponent = 2 }: Money): string {
  return formatter("money", currency, () => new Intl.NumberFormat(locale(), moneyOptions(currency, exponent))).format(
    amount / 10 ** exponent,
  );
}

function moneyOptions(currency: string, exponent: number): Intl.NumberFormatOptions {
  return {
    style: "currency",
    currency,
    currencyDisplay: "narrowSymbol",
    minimumFractionDigits: exponent,
    maximumFractionDigits: exponent,
  };
}

export function number(value: number): string {
  return formatter("number", "", () => new Intl.NumberFormat(locale())).format(value);
}

/** "Sat, 12 June 2027" */
export function day(instant: string, timeZone: string): string {
  return dated(instant, timeZone, { weekday: "short", day: "numeric", month: "long", year: "numeric" });
}

/** "20:00" */
export function time(instant: string, timeZone: string): string {
  return dated(instant, timeZone, { hour: "2-digit", minute: "2-digit" });
}

/** "Sat, 12 June 2027, 20:00" */
export function dayAndTime(instant: string, timeZone: string): string {
  return `${day(instant, timeZone)}, ${time(instant, timeZone)}`;
}

/** Its parts, for a date that is drawn as a leaf of a calendar. */
export function dayParts(instant: string, timeZone: string): { weekday: string; day: string; month: string } {
  return {
    weekday: dated(instant, timeZone, { weekday: "short" }),
    day: dated(instant, timeZone, { day: "numeric" }).replace(".", ""),
    month: dated(instant, timeZone, { month: "short" }).replace(".", ""),
  };
}

/** "2028", where it is not the year that the visitor's own clock shows. */
export function yearIfOther(instant: string, timeZone: string): string | null {
  const year = dated(instant, timeZone, { year: "numeric" });
  return year === String(new Date(serverNowMs()).getFullYear()) ? null : year;
}

/** "CEST", where the visitor's own clock says something else: nobody comes at a wrong hour. */
export function zoneIfForeign(instant: string, timeZone: string): string | null {
  const options = { hour: "2-digit", minute: "2-digit", day: "numeric" } as const;
  const here = new Intl.DateTimeFormat("en-GB", options).format(Date.parse(instant));
  if (here === new Intl.DateTimeFormat("en-GB", { ...options, timeZone }).format(Date.parse(instant))) return null;
  const parts = new Intl.DateTimeFormat(locale(), { timeZone, timeZoneName: "short" }).formatToParts(
    Date.parse(instant),
  );
  return parts.find(({ type }) => type === "timeZoneName")?.value ?? timeZone;
}

/** "14:05", or "1:02:03": what is left, in seconds. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds));
  const [hours, minutes] = [Math.floor(whole / 3_600), Math.floor((whole % 3_600) / 60)];
  const two = (part: number) => String(part).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

function dated(instant: string, timeZone: string, options: Intl.DateTimeFormatOptions): string {
  const key = `${timeZone} ${Object.entries(options).flat().join()}`;
  const format = () => new Intl.DateTimeFormat(locale(), { ...options, timeZone });
  return formatter("date", key, format).format(Date.parse(instant));
}

// A formatter costs a slow phone about a millisecond.
const formatters = new Map<string, unknown>();
function formatter<F>(kind: string, key: string, make: () => F): F {
  const name = `${locale()} ${kind} ${key}`;
  const known = (formatters.get(name) as F | undefined) ?? make();
  formatters.set(name, known);
  return known;
}
