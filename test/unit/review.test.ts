// Findings of the review.

import { expect, test } from "vitest";
import { moneyFindings } from "../../src/worker/reconciliation/differences.ts";

test("K: a refund that failed at the provider gave nothing back", () => {
  const of = { paymentId: "p", reservationId: "r", amountMinor: 100, currency: "EUR" } as const;
  const copy = { id: "r", unitPriceMinor: 100, quantity: 1, currency: "EUR" } as never;
  const found = moneyFindings({ copy, acknowledged: true, payments: [{ id: "p", state: "refunded" }] }, [
    { ...of, kind: "charge", state: "succeeded" },
    { ...of, kind: "refund", state: "failed" },
  ]);
  expect(found.map(({ kind }) => kind)).toEqual(["refund_missing"]);
});
