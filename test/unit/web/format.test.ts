// Money, days and times as the pages show them, in both languages and at the event's place.

import fc from "fast-check";
import { beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { exponentOf } from "../../../src/domain/currency.ts";
import { asBrowserIn } from "./browser.ts";

type Language = "en" | "de";
/** By hand: the pages have types of their own, with the browser's. */
interface Format {
  money(sum: { readonly amount: number; readonly currency: string; readonly exponent: number }): string;
  number(value: number): string;
  dayAndTime(instant: string, timeZone: string): string;
  dayParts(instant: string, timeZone: string): { weekday: string; day: string; month: string };
  yearIfOther(instant: string, timeZone: string): string | null;
  zoneIfForeign(instant: string, timeZone: string): string | null;
  duration(seconds: number): string;
}
interface Words {
  readonly language: { value: Language };
  counted(count: number, one: string, many: string): string;
}
const PAGES = "../../../src/web/ui";

let format: Format;
let words: Words;
beforeAll(async () => {
  asBrowserIn("en-GB");
  format = await import(`${PAGES}/format.ts`);
  words = await import(`${PAGES}/i18n.ts`);
});
const speak = (language: Language) => {
  words.language.value = language;
};
beforeEach(() => speak("en"));

/** Blanks that don't break are blanks. */
const plain = (text: string) => text.replace(/[\u00a0\u202f\u2009]/g, " ");

describe("money", () => {
  test.each<[amount: number, currency: string, exponent: number, en: string, de: string]>([
    [4_500, "EUR", 2, "€45.00", "45,00 €"],
    [4_505, "GBP", 2, "£45.05", "45,05 £"],
    [0, "EUR", 2, "€0.00", "0,00 €"],
    [1, "EUR", 2, "€0.01", "0,01 €"],
    [-4_500, "EUR", 2, "-€45.00", "-45,00 €"],
    [123_456_789, "USD", 2, "$1,234,567.89", "1.234.567,89 $"],
    [4_500, "JPY", 0, "¥4,500", "4.500 ¥"],
    [4_500, "KWD", 3, "KWD 4.500", "4,500 KWD"],
    // Of these, browsers know fewer decimals than ISO 4217 has.
    [4_550, "HUF", 2, "Ft 45.50", "45,50 Ft"],
    [4_550, "IQD", 3, "IQD 4.550", "4,550 IQD"],
  ])("%i of %s with %i decimals is %s and %s", (amount, currency, exponent, en, de) => {
    expect(exponentOf(currency)).toBe(exponent);
    expect(plain(format.money({ amount, currency, exponent }))).toBe(en);
    speak("de");
    expect(plain(format.money({ amount, currency, exponent }))).toBe(de);
  });

  test("loses no minor unit of any amount, in any currency and language", () => {
    const currencies = fc.constantFrom("EUR", "JPY", "KWD", "HUF", "IQD", "CHF");
    const amounts = fc.integer({ min: -9_999_999_999, max: 9_999_999_999 });
    fc.assert(
      fc.property(amounts, currencies, fc.constantFrom<Language>("en", "de"), (amount, currency, language) => {
        speak(language);
        const shown = format.money({ amount, currency, exponent: exponentOf(currency) });
        expect(Math.abs(amount)).toBe(Number(shown.replace(/\D/g, "")));
        expect(/[-−]/.test(shown)).toBe(amount < 0);
      }),
    );
  });

  test.each<[value: number, en: string, de: string]>([
    [0, "0", "0"],
    [1_234_567, "1,234,567", "1.234.567"],
  ])("%i is counted as %s and %s", (value, en, de) => {
    expect(format.number(value)).toBe(en);
    speak("de");
    expect(format.number(value)).toBe(de);
  });
});

describe("days and times", () => {
  test.each<[instant: string, zone: string, en: string, de: string]>([
    ["2027-06-12T18:00:00Z", "Europe/Berlin", "Sat, 12 June 2027, 20:00", "Sa., 12. Juni 2027, 20:00"],
    // Another day there than in Greenwich.
    ["2027-06-12T22:30:00Z", "Europe/Berlin", "Sun, 13 June 2027, 00:30", "So., 13. Juni 2027, 00:30"],
    ["2027-06-12T02:00:00Z", "America/New_York", "Fri, 11 June 2027, 22:00", "Fr., 11. Juni 2027, 22:00"],
    ["2027-12-31T11:00:00Z", "Pacific/Auckland", "Sat, 1 January 2028, 00:00", "Sa., 1. Januar 2028, 00:00"],
    ["2027-06-12T18:00:00Z", "Asia/Kolkata", "Sat, 12 June 2027, 23:30", "Sa., 12. Juni 2027, 23:30"],
    // The minutes around the clocks' changes.
    ["2027-03-28T00:59:00Z", "Europe/Berlin", "Sun, 28 March 2027, 01:59", "So., 28. März 2027, 01:59"],
    ["2027-03-28T01:00:00Z", "Europe/Berlin", "Sun, 28 March 2027, 03:00", "So., 28. März 2027, 03:00"],
    ["2027-10-31T00:30:00Z", "Europe/Berlin", "Sun, 31 October 2027, 02:30", "So., 31. Oktober 2027, 02:30"],
    ["2027-10-31T01:30:00Z", "Europe/Berlin", "Sun, 31 October 2027, 02:30", "So., 31. Oktober 2027, 02:30"],
  ])("%s in %s is %s", (instant, zone, en, de) => {
    expect(format.dayAndTime(instant, zone)).toBe(en);
    speak("de");
    expect(format.dayAndTime(instant, zone)).toBe(de);
  });

  test.each<[language: Language, weekday: string, day: string, month: string]>([
    ["en", "Sat", "12", "Jun"],
    ["de", "Sa", "12", "Jun"],
  ])("the leaf of a calendar in %s", (language, weekday, day, month) => {
    speak(language);
    expect(format.dayParts("2027-06-12T18:00:00Z", "Europe/Berlin")).toEqual({ weekday, day, month });
  });

  test("the year is said where it is another than now, by the clock at the event's place", () => {
    vi.useFakeTimers({ now: Date.parse("2027-12-31T12:00:00Z") });
    try {
      expect(format.yearIfOther("2027-12-31T22:30:00Z", "Europe/London")).toBeNull();
      expect(format.yearIfOther("2027-12-31T23:30:00Z", "Europe/Berlin")).toBe("2028");
    } finally {
      vi.useRealTimers();
    }
  });

  test("the zone is said where the visitor's own clock says something else", () => {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    expect(format.zoneIfForeign("2027-06-12T18:00:00Z", own)).toBeNull();
    // Half an hour beside all whole ones, and never the visitor's.
    expect(format.zoneIfForeign("2027-06-12T18:00:00Z", "Asia/Kathmandu")).toMatch(/GMT\+5:45|NPT/);
  });
});

describe("what is left", () => {
  test.each<[seconds: number, shown: string]>([
    [0, "0:00"],
    [-5, "0:00"],
    [0.2, "0:01"],
    [59, "0:59"],
    [59.1, "1:00"],
    [120, "2:00"],
    [3_599, "59:59"],
    [3_599.5, "1:00:00"],
    [3_661, "1:01:01"],
    [90_000, "25:00:00"],
  ])("%d seconds are %s", (seconds, shown) => {
    expect(format.duration(seconds)).toBe(shown);
  });

  test("is never shown as less than it is, nor as a second more", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 400_000_000 }), (milliseconds) => {
        const seconds = milliseconds / 1_000;
        const shown = format
          .duration(seconds)
          .split(":")
          .reduce((sum, part) => sum * 60 + Number(part), 0);
        expect(shown).toBeGreaterThanOrEqual(seconds);
        expect(shown - seconds).toBeLessThan(1);
      }),
    );
  });
});

describe("words", () => {
  test("one and many, by the language", () => {
    const { counted } = words;
    expect([0, 1, 2, 1_234].map((count) => counted(count, "ticket", "tickets"))).toEqual([
      ...["0 tickets", "1 ticket", "2 tickets", "1,234 tickets"],
    ]);
    speak("de");
    expect(counted(1_234, "Ticket", "Tickets")).toBe("1.234 Tickets");
  });
});
