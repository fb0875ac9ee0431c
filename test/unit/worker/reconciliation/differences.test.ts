// What is a difference between an object's payments and the provider's ledger, and what is none.

import { expect, test } from "vitest";
import type { PaymentState } from "../../../../src/domain/payment.ts";
import type { Refund, RefundState } from "../../../../src/domain/refund.ts";
import { refundColumns } from "../../../../src/platform/refund-text.ts";
import type { Movement } from "../../../../src/worker/payments/provider.ts";
import { chargedForReservation, moneyFindings } from "../../../../src/worker/reconciliation/differences.ts";

const CHARGE: Movement = {
  kind: "charge",
  paymentId: "p",
  refundId: null,
  reservationId: "r",
  amountMinor: 200,
  currency: "EUR",
  state: "succeeded",
};
const REFUND: Movement = { ...CHARGE, kind: "refund", refundId: "p" };

function kindsOf(
  state: PaymentState | null,
  movements: readonly Movement[],
  refunds: readonly Partial<Refund>[] = [],
): string[] {
  const terms = { id: "r", orderId: null, unitPriceMinor: 100, quantity: 2, currency: "EUR" };
  const copy = { ...terms, ...refundColumns(refunds as readonly Refund[]) } as never;
  const payments = state === null ? [] : [{ id: "p", state }];
  return moneyFindings([chargedForReservation({ copy, payments })], [], movements).map(({ kind }) => kind);
}

type State = Movement["state"] | null;

test.each<[object: PaymentState, charge: State, refund: State, want: string[]]>([
  ["pending", null, null, []],
  ["pending", "processing", null, []],
  ["pending", "succeeded", null, []],
  ["pending", "failed", null, []],
  ["pending", "succeeded", "succeeded", ["refund_unrecorded"]],
  ["succeeded", "succeeded", null, []],
  ["succeeded", null, null, ["charge_missing"]],
  ["succeeded", "processing", null, ["charge_missing"]],
  ["succeeded", "failed", null, ["charge_missing"]],
  ["succeeded", "succeeded", "failed", []],
  ["succeeded", "succeeded", "succeeded", ["refund_unrecorded"]],
  ["failed", null, null, []],
  ["failed", "failed", null, []],
  ["failed", "succeeded", null, ["charge_unrecorded"]],
  ["failed", "succeeded", "failed", ["charge_unrecorded"]],
  // Settling this charge would give tickets for nothing.
  ["failed", "succeeded", "succeeded", ["refund_unrecorded"]],
  ["refund_due", "succeeded", null, []],
  ["refund_due", "succeeded", "succeeded", []],
  ["refund_due", null, null, ["charge_missing"]],
  ["refunded", "succeeded", "succeeded", []],
  ["refunded", "succeeded", null, ["refund_missing"]],
  // A refund that failed gave nothing back. Versions that kept no refund of it can't try again.
  ["refunded", "succeeded", "failed", ["refund_missing"]],
  ["refunded", null, "succeeded", ["charge_missing"]],
])(
  "the object has a payment as %s, the provider its charge as %s and its refund as %s",
  (object, charge, refund, want) => {
    const movements = [
      ...(charge === null ? [] : [{ ...CHARGE, state: charge }]),
      ...(refund === null ? [] : [{ ...REFUND, state: refund }]),
    ];
    expect(kindsOf(object, movements)).toEqual(want);
  },
);

test.each<[what: string, movements: Movement[], want: string[]]>([
  ["a charge of another amount", [{ ...CHARGE, amountMinor: 100 }, REFUND], ["charge_amount"]],
  ["a charge in another currency", [{ ...CHARGE, currency: "USD" }, REFUND], ["charge_amount"]],
  ["a refund of another amount", [CHARGE, { ...REFUND, amountMinor: 100 }], ["charge_amount"]],
  ["both of the right amount", [CHARGE, REFUND], []],
])("the provider has %s", (_what, movements, want) => {
  expect(kindsOf("refunded", movements)).toEqual(want);
});

test.each<[state: Movement["state"], want: string[]]>([
  ["succeeded", ["charge_not_known"]],
  ["processing", ["charge_not_known"]],
  // No money moved.
  ["failed", []],
])("a charge that %s, of a payment or a reservation that the object does not have", (state, want) => {
  expect(kindsOf(null, [{ ...CHARGE, state }])).toEqual(want);
  const ofOrphan = moneyFindings([], [{ id: "r", about: { reservationId: "r" } }], [{ ...CHARGE, state }]);
  expect(ofOrphan.map(({ kind, reservationId }) => [kind, reservationId])).toEqual(want.map((kind) => [kind, "r"]));
});

test.each<[object: RefundState | null, provider: State, want: string[]]>([
  ["due", null, []],
  ["due", "succeeded", []],
  ["pending", "failed", []],
  ["succeeded", "succeeded", []],
  ["succeeded", "processing", []],
  ["succeeded", "failed", ["refund_state"]],
  ["succeeded", null, ["refund_missing"]],
  ["failed", "failed", []],
  ["failed", null, []],
  ["failed", "succeeded", ["refund_state"]],
  [null, "succeeded", ["refund_unrecorded"]],
  [null, "processing", ["refund_unrecorded"]],
  [null, "failed", []],
])("the object has a refund as %s, and the provider as %s", (object, provider, want) => {
  const refunds =
    object === null ? [] : [{ id: "p-r1", state: object, attempt: 1, isAtProvider: true, amountMinor: 50 }];
  const movement = { ...REFUND, refundId: "p-r1", amountMinor: 50 };
  const movements = [CHARGE, ...(provider === null ? [] : [{ ...movement, state: provider }])];
  expect(kindsOf("succeeded", movements, refunds)).toEqual(want);
});

// `null`: somebody made it in the provider's dashboard.
test.each<[recorded: number[], made: [id: string | null, amountMinor: number][], want: string[]]>([
  [[200], [[null, 200]], []],
  [
    [150, 50],
    [
      ["p-r1", 150],
      [null, 50],
    ],
    [],
  ],
  [
    [150, 50],
    [
      [null, 120],
      [null, 80],
    ],
    [],
  ],
  [[150], [[null, 150]], ["refund_unrecorded", "charge_amount", "refund_missing"]],
  [[200], [[null, 150]], ["refund_unrecorded", "charge_amount", "refund_missing"]],
  [[150], [[null, 200]], ["refund_unrecorded", "refund_missing"]],
])("the object has refunds of %j, and the provider made %j", (recorded, made, want) => {
  const of = { state: "succeeded", attempt: 1, isAtProvider: true } as const;
  const refunds = recorded.map((amountMinor, index) => ({ ...of, id: `p-r${index + 1}`, amountMinor }));
  const movements = made.map(([refundId, amountMinor]) => ({ ...REFUND, refundId, amountMinor }));
  expect(kindsOf("succeeded", [CHARGE, ...movements], refunds)).toEqual(want);
});

// Its first attempt has the payment's own id.
test.each<[object: RefundState, attempt: number, provider: Partial<Movement>[], want: string[]]>([
  ["due", 1, [], []],
  ["due", 1, [{ state: "succeeded" }], []],
  ["pending", 1, [{ state: "failed" }], []],
  ["succeeded", 1, [{ state: "succeeded" }], []],
  ["succeeded", 1, [{ state: "processing" }], []],
  // The object hears of it, and the refund can be tried again.
  ["succeeded", 1, [{ state: "failed" }], ["refund_state"]],
  ["succeeded", 1, [], ["refund_missing"]],
  ["failed", 1, [{ state: "failed" }], []],
  ["failed", 1, [{ state: "succeeded" }], ["refund_state"]],
  ["succeeded", 1, [{ amountMinor: 100 }], ["charge_amount"]],
  ["succeeded", 2, [{ state: "failed" }, { refundId: "p-r1.2" }], []],
  ["succeeded", 2, [{ state: "succeeded" }, { refundId: "p-r1.2" }], ["refund_unrecorded"]],
])(
  "the object has a late payment's refund as %s in attempt %i, and the provider has %j",
  (state, attempt, made, want) => {
    const late = { id: "p-r1", state, attempt, requestedBy: "service", isAtProvider: true, amountMinor: 200 } as const;
    const movements = [CHARGE, ...made.map((one) => ({ ...REFUND, ...one }))];
    expect(kindsOf(state === "succeeded" ? "refunded" : "refund_due", movements, [late])).toEqual(want);
  },
);

test.each<[what: string, movements: Partial<Movement>[], want: string[]]>([
  ["an earlier attempt that failed", [{ refundId: "p-r1", state: "failed" }, { refundId: "p-r1.2" }], []],
  ["an earlier attempt that gave back as well", [{ refundId: "p-r1" }, { refundId: "p-r1.2" }], ["refund_unrecorded"]],
  ["a cent more", [{ refundId: "p-r1.2", amountMinor: 51 }], ["charge_amount"]],
  ["another currency", [{ refundId: "p-r1.2", currency: "USD" }], ["charge_amount"]],
  [
    "one that somebody made there",
    [{ refundId: "p-r1.2" }, { refundId: null }],
    ["refund_unrecorded", "charge_amount"],
  ],
])("of a second attempt, the provider has %s", (_what, movements, want) => {
  const refunds = [{ id: "p-r1", state: "succeeded", attempt: 2, isAtProvider: true, amountMinor: 50 } as const];
  const all = movements.map((one) => ({ ...REFUND, amountMinor: 50, ...one }));
  expect(kindsOf("succeeded", [CHARGE, ...all], refunds)).toEqual(want);
});
