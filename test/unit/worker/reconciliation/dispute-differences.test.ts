// What is a difference between D1's records of disputes and the provider's.

import { expect, test } from "vitest";
import type { DisputeRow } from "../../../../src/worker/payments/disputes.ts";
import type { Dispute } from "../../../../src/worker/payments/provider.ts";
import { disputeFindings } from "../../../../src/worker/reconciliation/dispute-differences.ts";

const OPEN: Dispute = {
  id: "d",
  paymentId: "p",
  boughtId: "r",
  amountMinor: 9_000,
  currency: "EUR",
  state: "open",
  reason: "fraudulent",
  openedAtMs: 1,
  respondByMs: 2,
};
const { id: providerId, ...SAME } = OPEN;
const ROW: DisputeRow = { ...SAME, id: "row", providerId, eventId: "e", readAtMs: 3 };
const LOST = { ...OPEN, state: "lost" } as const;
const OF_OTHER_EVENT: DisputeRow = { ...ROW, id: "another row", eventId: "f" };

test.each<[what: string, rows: readonly DisputeRow[], opened: readonly Dispute[], kinds: readonly string[]]>([
  ["none", [], [], []],
  ["the same", [ROW], [OPEN], []],
  ["the same for two events", [ROW, OF_OTHER_EVENT], [OPEN], []],
  ["one that is not on record", [], [OPEN], ["dispute_unrecorded"]],
  ["one that is on record, beside one that is not", [ROW], [OPEN, { ...OPEN, id: "d2" }], ["dispute_unrecorded"]],
  ["one that has ended", [ROW], [LOST], ["dispute_copy"]],
  ["one that has ended, and for one event only", [{ ...ROW, state: "lost" }, OF_OTHER_EVENT], [LOST], ["dispute_copy"]],
  ["another amount", [ROW], [{ ...OPEN, amountMinor: 8_999 }], ["dispute_copy"]],
  ["another currency", [ROW], [{ ...OPEN, currency: "CHF" }], ["dispute_copy"]],
  ["another payment", [ROW], [{ ...OPEN, paymentId: "q" }], ["dispute_copy"]],
  ["one that the provider does not have", [ROW], [], ["dispute_not_known"]],
  ["one of something else", [], [{ ...OPEN, boughtId: "another" }], []],
  [
    "what is no difference: until when it can be answered, and why",
    [{ ...ROW, respondByMs: null, reason: "" }],
    [OPEN],
    [],
  ],
])("of disputes: %s", (_what, rows, opened, kinds) => {
  const about = { reservationId: "r" };
  const found = disputeFindings([{ id: "r", about }], rows, opened);
  expect(found.map(({ kind }) => kind)).toEqual(kinds);
  for (const { reservationId, paymentId } of found) expect([reservationId, paymentId?.length]).toEqual(["r", 1]);
});
