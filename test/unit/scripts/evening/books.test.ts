// Whether an evening adds up: books that do, and for each check what it must notice.

import { expect, test } from "vitest";
import { type Books, CHECKS, whatDiffers } from "../../../../scripts/lib/evening/books.ts";

const MONEY = { given_back: { amount: 0 }, refunding: { amount: 0 }, disputed: { amount: 0 }, lost: { amount: 0 } };

/** Six places: two purchases, one with a ticket given back, a hold given up, and the counter. */
function goodBooks(): Books {
  const item = (reservation: string, quantity: number) => ({ reservation, ticket: "t", price: "p", quantity });
  const purchase = {
    returnedMinor: 0,
    of: "orders" as const,
    heldAtMs: 1_000,
    expiresAtMs: 9_000,
    cancelledAtMs: null,
    returned: [],
  };
  const pass = (id: string, state = "admitted") => ({ id, ticket: "t", state });
  const scan = { before: null, who: "holder" as const, offline: null, result: "admitted" };
  const receipt = { kind: "receipt", reservation: null };
  return {
    plan: { places: 6, absent: 1, copies: 1 },
    tickets: [
      {
        ...{ id: "t", name: "Stalls", capacity: 6, available: 0, held: 0, sold: 6 },
        prices: [{ id: "p", name: "Adult", capacity: null, available: 0, held: 0, sold: 6 }],
      },
    ],
    purchases: [
      {
        ...{ ...purchase, id: "a", items: [item("a1", 3)], totalMinor: 300, email: "a@x", isConfirmed: true },
        ...{ state: "confirmed", payment: "succeeded" },
        returned: [{ reservation: "a1", quantity: 1, askedAtMs: 20_000 }],
        returnedMinor: 100,
      },
      {
        ...{ ...purchase, id: "b", items: [item("b1", 2)], totalMinor: 200, email: "b@x", isConfirmed: true },
        ...{ state: "confirmed", payment: "succeeded" },
      },
      {
        ...{ ...purchase, id: "c", items: [item("c1", 1)], totalMinor: 100, email: "c@x", isConfirmed: false },
        ...{ state: "expired", payment: null },
      },
    ],
    counter: [{ id: "d", method: "cash", items: [item("d1", 2)], totalMinor: 200, soldAtMs: 30_000 }],
    passes: [
      pass("a1-1"),
      pass("a1-2"),
      pass("a1-3", "revoked"),
      pass("b1-1"),
      pass("b1-2"),
      pass("d1-1"),
      pass("d1-2", "valid"),
    ],
    atDoor: [
      ...["a1-1", "a1-2", "b1-1", "b1-2", "d1-1"].map((id) => ({ id, state: "admitted" })),
      { id: "a1-3", state: "revoked" },
    ],
    doorCounts: [
      {
        ...{ ticket: "t", admitted: 5, inside: 5 },
        gates: [
          { gate: "North", admitted: 4 },
          { gate: "South", admitted: 1 },
        ],
      },
    ],
    admittances: [
      ...["a1-1", "a1-2", "b1-1", "d1-1"].map((id) => ({ ...scan, pass: id, gate: "North" })),
      { ...scan, pass: "b1-2", gate: "South", offline: "admitted" },
      {
        ...{ ...scan, pass: "a1-1", gate: "South", who: "copy", result: "already_admitted" },
        before: { gate: "North", at: "2031-01-01T00:00:00.000Z" },
      },
    ],
    watched: new Map([["t", { least: 0, most: 6, messages: 9, prices: new Map([["p", { least: 0, most: 6 }]]) }]]),
    movements: [
      { id: "pa", kind: "charge", payment: "pa", bought: "a", amount: 300, state: "succeeded", dispute: null },
      { id: "pa-r1", kind: "refund", payment: "pa", bought: "a", amount: 100, state: "succeeded", dispute: null },
      { id: "pb", kind: "charge", payment: "pb", bought: "b", amount: 200, state: "succeeded", dispute: "open" },
      { id: "pc", kind: "charge", payment: "pc", bought: "c", amount: 100, state: "failed", dispute: null },
    ],
    takings: [
      { ...MONEY, method: "online", taken: { amount: 500 }, given_back: { amount: 100 }, disputed: { amount: 200 } },
      { ...MONEY, method: "cash", taken: { amount: 200 } },
    ],
    report: [
      { ...{ method: "online", tickets: 5, refunded_tickets: 1 }, taken: { amount: 500 }, given_back: { amount: 100 } },
      { ...{ method: "cash", tickets: 2, refunded_tickets: 0 }, taken: { amount: 200 }, given_back: { amount: 0 } },
    ],
    receipts: [
      { ...receipt, number: "AAAAAA-1", order: "a", total: { amount: 300 } },
      { ...receipt, number: "AAAAAA-3", order: "b", total: { amount: 200 } },
      { ...receipt, number: "AAAAAA-2", order: "a", kind: "credit_note", total: { amount: 100 } },
      { ...receipt, number: "AAAAAA-4", order: "d", total: { amount: 200 } },
    ],
    disputes: [{ order: "b", reservation: null, total: { amount: 200 } }],
    owed: [
      { kind: "confirmed", to: "a@x" },
      { kind: "confirmed", to: "b@x" },
      { kind: "refunded", to: "a@x" },
      { kind: "verify_address", to: "a@x" },
    ],
    listed: [
      { kind: "confirmed", state: "sent" },
      { kind: "confirmed", state: "sent" },
      { kind: "refunded", state: "sent" },
    ],
    delivered: [
      { id: "confirmed.a", kind: "confirmed", to: "a@x" },
      { id: "confirmed.b", kind: "confirmed", to: "b@x" },
      { id: "refunded.a", kind: "refunded", to: "a@x" },
      { id: "verify_address.a", kind: "verify_address", to: "a@x" },
    ],
  };
}

/** With one of the list otherwise. */
function withOther<T>(list: readonly T[], index: number, change: Partial<T>): T[] {
  return list.map((item, at) => (at === index ? { ...item, ...change } : item));
}

const without = <T>(list: readonly T[], index: number): T[] => list.filter((_, at) => at !== index);

type Change = (books: Books) => Partial<Books>;
const NOTICES: readonly (readonly [check: string, what: string, change: Change])[] = [
  ["there are as many passes", "a pass is missing", ({ passes }) => ({ passes: without(passes, 0) })],
  [
    "there are as many passes",
    "a pass is there twice",
    ({ passes }) => ({ passes: [...passes, ...passes.slice(0, 1)] }),
  ],
  ["there are as many passes", "a place is empty", ({ tickets }) => ({ tickets: withOther(tickets, 0, { sold: 5 }) })],
  [
    "there are as many passes",
    "what was given back is still good",
    ({ passes }) => ({ passes: withOther(passes, 2, { state: "valid" }) }),
  ],
  ["sold are admitted", "one more stayed away", ({ passes }) => ({ passes: withOther(passes, 0, { state: "valid" }) })],
  [
    "sold are admitted",
    "the door counts otherwise",
    ({ doorCounts }) => ({ doorCounts: withOther(doorCounts, 0, { admitted: 4 }) }),
  ],
  [
    "sold are admitted",
    "a gate counts otherwise",
    ({ doorCounts }) => ({
      doorCounts: withOther(doorCounts, 0, { gates: [{ gate: "North", admitted: 5 }] }),
    }),
  ],
  [
    "nobody was let in twice",
    "a copy goes in",
    ({ admittances }) => ({
      admittances: withOther(admittances, 5, { result: "admitted", before: null }),
    }),
  ],
  [
    "nobody was let in twice",
    "a copy is not told where",
    ({ admittances }) => ({
      admittances: withOther(admittances, 5, { before: { gate: "South", at: "2031-01-01T00:00:00.000Z" } }),
    }),
  ],
  [
    "nobody was let in twice",
    "a holder is refused",
    ({ admittances }) => ({ admittances: withOther(admittances, 0, { result: "unknown" }) }),
  ],
  [
    "nobody was let in twice",
    "a device alone decides otherwise",
    ({ admittances }) => ({
      admittances: withOther(admittances, 4, { offline: "revoked" }),
    }),
  ],
  [
    "no ticket type",
    "seven are taken at once",
    ({ counter }) => ({ counter: withOther(counter, 0, { soldAtMs: 2_000 }) }),
  ],
  [
    "no ticket type",
    "a stream shows less than nothing",
    () => ({
      watched: new Map([["t", { least: -1, most: 6, messages: 9, prices: new Map() }]]),
    }),
  ],
  [
    "no ticket type",
    "a price is beyond its cap",
    ({ tickets }) => ({
      tickets: tickets.map((ticket) => ({ ...ticket, prices: withOther(ticket.prices, 0, { capacity: 5 }) })),
    }),
  ],
  [
    "every hold",
    "a hold is still held",
    ({ purchases }) => ({ purchases: withOther(purchases, 2, { state: "held" }) }),
  ],
  ["every hold", "a ticket has not come back", ({ tickets }) => ({ tickets: withOther(tickets, 0, { held: 1 }) })],
  [
    "buyers and organiser",
    "a buyer has lost it",
    ({ purchases }) => ({ purchases: withOther(purchases, 1, { state: "cancelled" }) }),
  ],
  [
    "buyers and organiser",
    "one more is counted as sold",
    ({ tickets }) => ({ tickets: withOther(tickets, 0, { sold: 7 }) }),
  ],
  [
    "the provider has",
    "a payment was charged twice",
    ({ movements }) => ({
      movements: [...movements, { ...(movements[0] as Books["movements"][number]), id: "px", payment: "px" }],
    }),
  ],
  [
    "the provider has",
    "a refund is twice what it should be",
    ({ movements, takings, report }) => ({
      movements: movements.map((one) => (one.kind === "refund" ? { ...one, amount: one.amount * 2 } : one)),
      takings: takings.map((one) => ({ ...one, given_back: { amount: one.given_back.amount * 2 } })),
      report: report.map((one) => ({ ...one, given_back: { amount: one.given_back.amount * 2 } })),
    }),
  ],
  [
    "the provider has",
    "another price was charged",
    ({ purchases }) => ({ purchases: withOther(purchases, 1, { totalMinor: 180 }) }),
  ],
  [
    "the provider has",
    "who did not buy was charged",
    ({ movements }) => ({ movements: withOther(movements, 3, { state: "succeeded" }) }),
  ],
  ["the provider has", "a charge is missing", ({ movements }) => ({ movements: without(movements, 2) })],
  [
    "takings and report",
    "a cent is missing in the takings",
    ({ takings }) => ({ takings: withOther(takings, 0, { taken: { amount: 499 } }) }),
  ],
  ["takings and report", "the report forgets the counter", ({ report }) => ({ report: without(report, 1) })],
  [
    "takings and report",
    "what was given back is counted less",
    ({ takings }) => ({
      takings: withOther(takings, 0, { given_back: { amount: 0 } }),
    }),
  ],
  [
    "receipts are numbered",
    "a number is left out",
    ({ receipts }) => ({ receipts: withOther(receipts, 3, { number: "AAAAAA-5" }) }),
  ],
  ["receipts are numbered", "a sale has none", ({ receipts }) => ({ receipts: without(receipts, 3) })],
  ["receipts are numbered", "a refund has no credit note", ({ receipts }) => ({ receipts: without(receipts, 2) })],
  ["each dispute", "it is not on record", () => ({ disputes: [] })],
  ["every mail", "a mail was not sent", ({ listed }) => ({ listed: withOther(listed, 0, { state: "due" }) })],
  [
    "every mail",
    "a mail is owed to nobody",
    ({ listed }) => ({ listed: [...listed, { kind: "refunded", state: "sent" }] }),
  ],
  [
    "every mail",
    "a mail came twice",
    ({ delivered }) => ({ delivered: [...(delivered ?? []), ...(delivered ?? []).slice(0, 1)] }),
  ],
  [
    "every mail",
    "a mail went to somebody else",
    ({ delivered }) => ({ delivered: withOther(delivered ?? [], 2, { to: "b@x" }) }),
  ],
];

test("books that add up do so", () => {
  expect([...whatDiffers(goodBooks())]).toEqual([]);
});

test.each(NOTICES)("%s …: it is noticed that %s", (check, _what, change) => {
  const books = goodBooks();
  const found = [...whatDiffers({ ...books, ...change(books) }).keys()];
  expect(found.filter((name) => name.startsWith(check))).toHaveLength(1);
});

test("each check has something that it notices", () => {
  const unproven = Object.keys(CHECKS).filter((name) => !NOTICES.some(([check]) => name.startsWith(check)));
  expect(unproven).toEqual([]);
});

test("a mail about a payment that failed may go to whose payment did, and to nobody else", () => {
  const books = goodBooks();
  const mail = (to: string) => [...(books.delivered ?? []), { id: "payment_failed.c", kind: "payment_failed", to }];
  const purchases = withOther(books.purchases, 2, { payment: "failed" });
  expect([...whatDiffers({ ...books, purchases, delivered: mail("c@x") })]).toEqual([]);
  expect(whatDiffers({ ...books, purchases, delivered: mail("b@x") }).size).toBe(1);
});
