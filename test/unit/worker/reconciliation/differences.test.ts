// What is a difference, and what is none.

import { expect, test } from "vitest";
import { moneyFindings } from "../../../../src/worker/reconciliation/differences.ts";

test("a refund that failed at the provider gave nothing back", () => {
  const of = { paymentId: "p", reservationId: "r", amountMinor: 100, currency: "EUR" } as const;
  const copy = { id: "r", unitPriceMinor: 100, quantity: 1, currency: "EUR" } as never;
  const found = moneyFindings(
    [{ copy, payments: [{ id: "p", state: "refunded" }] }],
    [],
    [
      { ...of, kind: "charge", state: "succeeded" },
      { ...of, kind: "refund", state: "failed" },
    ],
  );
  expect(found.map(({ kind }) => kind)).toEqual(["refund_missing"]);
});

test("a charge that was declined, of a payment that nobody knows, is no difference: no money moved", () => {
  const of = { kind: "charge", paymentId: "p", reservationId: "r", amountMinor: 100, currency: "EUR" } as const;
  const copy = { id: "r", unitPriceMinor: 100, quantity: 1, currency: "EUR" } as never;
  const found = (state: "failed" | "succeeded") => moneyFindings([{ copy, payments: [] }], [], [{ ...of, state }]);
  expect(found("failed")).toEqual([]);
  expect(found("succeeded").map(({ kind }) => kind)).toEqual(["charge_not_known"]);
});
