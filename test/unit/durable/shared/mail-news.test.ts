// What a sale's buyer gets a mail about: one row a case.

import { describe, expect, test } from "vitest";
import { refundsWithLate } from "../../../../src/domain/late-refunds.ts";
import type { Payment, PaymentState } from "../../../../src/domain/payment.ts";
import type { Refund } from "../../../../src/domain/refund.ts";
import { DAY_MS, MINUTE_MS } from "../../../../src/domain/units.ts";
import { LEFT_AFTER_MS, type MailedSale, newsOf } from "../../../../src/durable/shared/mail-news.ts";
import { newPaymentId, startMsOf } from "../../../../src/platform/ids.ts";

const ID = newPaymentId();
const BEGAN = startMsOf(ID);
const DEADLINE = BEGAN + 15 * MINUTE_MS;
const NOW = BEGAN + 20 * MINUTE_MS;

function payment(state: PaymentState, sinceMs: number, id = ID): Payment {
  const rest = { method: "pm_card_visa", reference: null, failure: null, needsPerson: false, action: null };
  return { id, key: id, state, sinceMs, ...rest };
}

function refund(state: Refund["state"], quantity: number, amountMinor: number, sinceMs = NOW): Refund {
  const items = quantity === 0 ? [] : [{ reservationId: "r", quantity }];
  const id = `${ID}-${quantity}-${amountMinor}`;
  const made = { key: id, request: "", requestedBy: "organizer" as const, reason: "", createdAtMs: NOW, attempt: 1 };
  const rest = { isAtProvider: true, restock: true, failure: null, retryKey: null, looks: 0, needsPerson: false };
  return { id, items, amountMinor, state, sinceMs, ...made, ...rest };
}

function sale(state: MailedSale["state"], payments: Payment[], refunds: Refund[] = []): MailedSale {
  const whose = { id: "sale", accountId: "a", ticketTypeId: "t", expiresAtMs: DEADLINE };
  const wanted = [{ reservationId: "r", quantity: 3, unitPriceMinor: 3_000 }];
  return { ...whose, state, tickets: 3, payments, refunds: refundsWithLate({ payments, refunds }, wanted) };
}

const told = (one: MailedSale, nowMs = NOW) => newsOf(one, nowMs).map(({ kind }) => kind);

describe("a mail is owed", () => {
  const at = (ms: number) => [payment("failed", ms)];
  test.each<[what: string, one: MailedSale, kinds: string[]]>([
    ["of nothing that is held", sale("held", []), []],
    ["of no payment that is pending", sale("held", [payment("pending", BEGAN)]), []],
    ["of a sale that is confirmed", sale("confirmed", [payment("succeeded", NOW)]), ["confirmed"]],
    [
      "of one that a second payment confirmed",
      sale("confirmed", [...at(NOW), payment("succeeded", NOW, "p2")]),
      ["confirmed"],
    ],
    ["of no failure that its buyer watched", sale("held", at(BEGAN + LEFT_AFTER_MS - 1)), []],
    ["of no such failure after the hold has expired, either", sale("expired", at(BEGAN + 1_000)), []],
    ["of a failure long after the payment began", sale("held", at(BEGAN + LEFT_AFTER_MS)), ["payment_failed"]],
    ["of a failure at the hold's deadline", sale("expired", at(DEADLINE)), ["payment_failed"]],
    ["of no failure that ended what its buyer had cancelled", sale("cancelled", at(DEADLINE)), []],
    ["of no failure once a payment goes on", sale("held", [...at(DEADLINE), payment("pending", NOW, "p2")]), []],
    ["of money that came too late, once it went back", sale("expired", [payment("refunded", NOW)]), ["refunded"]],
    ["of no money that came too late before that", sale("expired", [payment("refund_due", NOW)]), []],
    ["of a refund", sale("confirmed", [payment("succeeded", 0)], [refund("succeeded", 1, 3_000)]), ["refunded"]],
    ["of no refund that is under way", sale("confirmed", [payment("succeeded", 0)], [refund("pending", 1, 3_000)]), []],
    ["of no refund that failed", sale("confirmed", [payment("succeeded", 0)], [refund("failed", 1, 3_000)]), []],
    [
      "of each refund, and not of tickets that are all gone",
      sale("refunded", [payment("succeeded", NOW)], [refund("succeeded", 1, 3_000), refund("succeeded", 2, 6_000)]),
      ["refunded", "refunded"],
    ],
  ])("%s", (_what, one, kinds) => {
    expect(told(one)).toEqual(kinds);
  });

  test("of what happened within a day, and of nothing older: a restored copy mails no old news", () => {
    const old = sale("confirmed", [payment("succeeded", BEGAN)], [refund("succeeded", 1, 1, BEGAN)]);
    expect(told(old, BEGAN + DAY_MS - 1)).toEqual(["confirmed", "refunded"]);
    expect(told(old, BEGAN + DAY_MS)).toEqual([]);
  });
});

test("an attempt after one that failed is mailed once more: what was told before did not come true", () => {
  const first = refund("succeeded", 1, 3_000);
  const again = { ...first, attempt: 2 };
  const [before] = newsOf(sale("confirmed", [payment("succeeded", 0)], [first]), NOW);
  const [after] = newsOf(sale("confirmed", [payment("succeeded", 0)], [again]), NOW);
  expect([before?.version, after?.version]).toEqual([first.id, `${first.id}.2`]);
  expect(after?.parameters).toEqual({ ...before?.parameters, isAgain: true });
});

test("a refund's mail says how many tickets it took, and how many are left", () => {
  const refunds = [refund("succeeded", 1, 3_000), refund("succeeded", 0, 500), refund("failed", 1, 3_000)];
  const news = newsOf(sale("confirmed", [payment("succeeded", 0)], refunds), NOW);
  expect(news.map(({ parameters }) => parameters)).toEqual([
    { amountMinor: 3_000, tickets: 1, left: 2, isLate: false },
    { amountMinor: 500, tickets: 0, left: 2, isLate: false },
  ]);
  const late = newsOf(sale("expired", [payment("refunded", NOW)]), NOW);
  expect(late.map(({ parameters }) => parameters)).toEqual([{ amountMinor: 9_000, tickets: 0, left: 3, isLate: true }]);
});
