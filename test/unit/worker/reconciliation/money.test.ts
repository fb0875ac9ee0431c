// The sums of what was charged, given back and disputed, here and at the payment provider.

import { expect, test } from "vitest";
import type { PaymentState } from "../../../../src/domain/payment.ts";
import type { Refund, RefundState } from "../../../../src/domain/refund.ts";
import type { DisputeRow } from "../../../../src/worker/payments/disputes.ts";
import type { Dispute, Movement } from "../../../../src/worker/payments/provider.ts";
import { byCurrency, moneyOf } from "../../../../src/worker/reconciliation/money.ts";

const ID = "1m8rfmkfh6szy0rf7ewjfg7dqsaye";
const EUR = { amountMinor: 9_000, currency: "EUR" };

function charged(state: PaymentState, refunds: readonly Refund[] = []) {
  return { total: EUR, payments: [{ id: ID, state }], refunds };
}

function refund(number: number, state: RefundState, amountMinor: number, isAtProvider = true): Refund {
  return { id: `${ID}-r${number}`, attempt: 1, state, amountMinor, isAtProvider } as Refund;
}

function movement(
  kind: Movement["kind"],
  amountMinor = 9_000,
  { refundId = null, state = "succeeded" }: Partial<Pick<Movement, "refundId" | "state">> = {},
): Movement {
  return { kind, paymentId: ID, refundId, reservationId: "bought", amountMinor, currency: "EUR", state };
}

function row(state: DisputeRow["state"], eventId = "e1"): DisputeRow {
  return { providerId: "du_1", eventId, state, amountMinor: 9_000, currency: "EUR" } as DisputeRow;
}

const back = (number: number, amountMinor: number, state: Movement["state"] = "succeeded") =>
  movement("refund", amountMinor, { refundId: `${ID}-r${number}`, state });

type Here = readonly [taken: number, givenBack: number, disputed: number];

test.each<
  [
    what: string,
    charged: ReturnType<typeof charged> | null,
    movements: readonly Movement[],
    rows: readonly DisputeRow[],
    opened: readonly Dispute["state"][],
    here: Here,
    atProvider: Here,
  ]
>([
  ["what is paid", charged("succeeded"), [movement("charge")], [], [], [9_000, 0, 0], [9_000, 0, 0]],
  ["what is pending here is left out", charged("pending"), [movement("charge")], [], [], [0, 0, 0], [0, 0, 0]],
  [
    "a decline is no money",
    charged("failed"),
    [movement("charge", 9_000, { state: "failed" })],
    [],
    [],
    [0, 0, 0],
    [0, 0, 0],
  ],
  ["a charge that failed here", charged("failed"), [movement("charge")], [], [], [0, 0, 0], [9_000, 0, 0]],
  ["a charge that is not there", charged("succeeded"), [], [], [], [9_000, 0, 0], [0, 0, 0]],
  [
    "a refund",
    charged("succeeded", [refund(1, "succeeded", 4_500)]),
    [movement("charge"), back(1, 4_500)],
    [],
    [],
    [9_000, 4_500, 0],
    [9_000, 4_500, 0],
  ],
  [
    "of another amount",
    charged("succeeded", [refund(1, "succeeded", 4_500)]),
    [movement("charge"), back(1, 4_400)],
    [],
    [],
    [9_000, 4_500, 0],
    [9_000, 4_400, 0],
  ],
  [
    "one under way is left out, one that failed is none",
    charged("succeeded", [refund(1, "pending", 4_500), refund(2, "failed", 100)]),
    [movement("charge"), back(1, 4_500), back(2, 100, "failed")],
    [],
    [],
    [9_000, 0, 0],
    [9_000, 0, 0],
  ],
  ["one by hand", charged("succeeded", [refund(1, "succeeded", 500, false)]), [], [], [], [9_000, 0, 0], [0, 0, 0]],
  ["one that nobody made here", charged("succeeded"), [back(7, 1)], [], [], [9_000, 0, 0], [0, 1, 0]],
  [
    "a late payment that went back as a whole",
    charged("refunded"),
    [movement("charge"), movement("refund", 9_000, { refundId: ID })],
    [],
    [],
    [9_000, 9_000, 0],
    [9_000, 9_000, 0],
  ],
  [
    "and one that is to go back",
    charged("refund_due"),
    [movement("charge"), movement("refund", 9_000, { refundId: ID })],
    [],
    [],
    [9_000, 0, 0],
    [9_000, 0, 0],
  ],
  [
    "a dispute, once for all events of an order",
    charged("succeeded"),
    [movement("charge")],
    [row("open"), row("open", "e2")],
    ["open"],
    [9_000, 0, 9_000],
    [9_000, 0, 9_000],
  ],
  [
    "that the seller won",
    charged("succeeded"),
    [movement("charge")],
    [row("won")],
    ["won"],
    [9_000, 0, 0],
    [9_000, 0, 0],
  ],
  [
    "that is lost, and here still won",
    charged("succeeded"),
    [movement("charge")],
    [row("won")],
    ["lost"],
    [9_000, 0, 0],
    [9_000, 0, 9_000],
  ],
  ["what only D1 has", null, [movement("charge")], [], [], [0, 0, 0], [9_000, 0, 0]],
])("%s", (_what, charged, movements, rows, opened, here, atProvider) => {
  const disputes = opened.map((state) => ({ id: "du_1", state, amountMinor: 9_000, currency: "EUR" }) as Dispute);
  const [sums = null] = moneyOf(charged, movements, rows, disputes);
  const { takenMinor, givenBackMinor, disputedMinor } = sums ?? {};
  expect([takenMinor ?? 0, givenBackMinor ?? 0, disputedMinor ?? 0]).toEqual(here);
  const { takenAtProviderMinor, givenBackAtProviderMinor, disputedAtProviderMinor } = sums ?? {};
  expect([takenAtProviderMinor ?? 0, givenBackAtProviderMinor ?? 0, disputedAtProviderMinor ?? 0]).toEqual(atProvider);
});

test("currencies are kept apart", () => {
  const yen = { ...movement("charge"), currency: "JPY" };
  const sums = moneyOf(charged("succeeded"), [movement("charge"), yen], [], []);
  expect(byCurrency([...sums, ...sums])).toMatchObject([
    { currency: "EUR", takenMinor: 18_000, takenAtProviderMinor: 18_000 },
    { currency: "JPY", takenMinor: 0, takenAtProviderMinor: 18_000 },
  ]);
});
