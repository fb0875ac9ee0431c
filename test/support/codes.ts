// Which currencies and time zones are accepted: the same in Node, which reads programme files, and
// in workerd, whatever data their ICU has.

import { describe, expect, test } from "vitest";
import { exponentOf, isCurrency } from "../../src/domain/currency.ts";
import { isTimeZone } from "../../src/domain/time-zones.ts";
import { Currency, TimeZone } from "../../src/worker/http/fields.ts";

export function describeCodes(): void {
  describe("a currency", () => {
    test.each(["EUR", "USD", "SLE", "XCG", "ZWG", "VED", "VES", "XOF", "UYU"])("may be %s", (code) => {
      expect(Currency.safeParse(code).success).toBe(true);
    });

    test.each([
      ...["HRK", "BGN", "ANG", "ZWL", "SLL", "CUC", "DEM"],
      ...["CLF", "CHE", "USN", "UYW", "XAD", "XAU", "XDR", "XTS", "XXX"],
    ])("may not be %s: it is withdrawn, a fund, a metal, or for tests", (code) => {
      expect(Currency.safeParse(code).success).toBe(false);
    });

    test.each([
      ["EUR", 2],
      ["JPY", 0],
      ["KWD", 3],
      ["HUF", 2],
      ["BGN", 2],
    ])("%s has its exponent: %i", (code, exponent) => {
      expect(exponentOf(code)).toBe(exponent);
    });

    test("is one of 155", () => {
      const letters = [..."ABCDEFGHIJKLMNOPQRSTUVWXYZ"];
      const codes = letters.flatMap((a) => letters.flatMap((b) => letters.map((c) => a + b + c)));
      expect(codes.filter(isCurrency)).toHaveLength(155);
    });
  });

  describe("a time zone", () => {
    test.each([
      ...["UTC", "Europe/Kyiv", "Europe/Kiev", "America/Coyhaique", "America/Argentina/Ushuaia"],
      ...["Etc/GMT+5", "US/Pacific", "America/Port-au-Prince", "Asia/Ust-Nera"],
    ])("may be %s", (name) => {
      expect(TimeZone.safeParse(name).success).toBe(true);
    });

    test.each(["utc", "europe/berlin", "GMT", "EST5EDT", "+02:00", "Europe/", "Europe/Bonn", "UTC/UTC", "Etc/GMT+15"])(
      "may not be %s",
      (name) => {
        expect(TimeZone.safeParse(name).success).toBe(false);
      },
    );

    // Should this fail, the list is older than the runtime's: take the next version of the
    // database.
    test("is on the list if this runtime knows it", () => {
      const known = Intl.supportedValuesOf("timeZone").filter((name) => name.includes("/"));
      expect(known.length).toBeGreaterThan(400);
      expect(known.filter((name) => !isTimeZone(name))).toEqual([]);
    });
  });
}
