// What a copy of an event has, and what it has not.

import { describe, expect, test } from "vitest";
import { ticketsLike, valuesLike } from "../../../../src/web/box-office/event-copy.ts";
import type { EventDetail, Ticket, TicketPrice } from "../../../../src/web/ui/api-types.ts";

const PRICE: TicketPrice = {
  ...{ id: "p", name: "", price: { amount: 4_500, currency: "EUR", exponent: 2 }, capacity: null },
  ...{ sales_start: null, sales_end: null, requires_code: false, min_per_order: 1, max_per_order: null },
  ...{ available: 10, sale_state: "open", sale_ends_at: null, held: 0, sold: 3, withdrawn: false },
};
const TICKET: Ticket = {
  ...{ id: "t", event: "e", name: "Stalls", description: "Seats", price: PRICE.price, capacity: 500 },
  ...{ max_per_buyer: 4, sales_start: "2027-03-01T09:00:00.000Z", sales_end: null, prices: [PRICE] },
  ...{ sale_state: "open", sale_ends_at: null, available: 10, held: 0, sold: 3, hidden: true },
};
const EVENT: EventDetail = {
  ...{ id: "e", organizer: "o", name: "Jazz", description: "Bands", venue: "Pier 7", timezone: "Europe/Berlin" },
  ...{ starts_at: "2027-03-20T19:00:00.000Z", ends_at: "2027-03-20T22:00:00.000Z", status: "cancelled" },
  ...{ refundable_until: "2027-03-19T19:00:00.000Z", doors_open_at: "2027-03-20T18:00:00.000Z", reentry: true },
  ...{ terms: null, seller: { name: "Jazz e.V.", address: "Here", vat_id: null }, vat_rate: 700, tickets: [TICKET] },
} as unknown as EventDetail;
/** A week later, with the clocks put forward between. */
const LATER = { starts_at: "2027-03-28T18:00:00.000Z", ends_at: "2027-03-28T21:00:00.000Z" };

describe("the event's fields", () => {
  test.each<[what: string, now: string, starts: string]>([
    ["ahead", "2027-01-01T00:00:00Z", "2027-03-27T20:00"],
    ["last night", "2027-03-21T08:00:00Z", "2027-03-27T20:00"],
    ["three weeks ago", "2027-04-11T08:00:00Z", "2027-04-17T20:00"],
  ])("of one that is %s are of the next such weekday", (_what, now, starts) => {
    const values = valuesLike(EVENT, Date.parse(now));
    expect(values).toMatchObject({
      name: "Jazz",
      venue: "Pier 7",
      description: "Bands",
      seller: "Jazz e.V.",
      rate: "7",
    });
    expect(values).toMatchObject({
      starts,
      ends: `${starts.slice(0, 10)}T23:00`,
      doors: `${starts.slice(0, 10)}T19:00`,
    });
  });
});

describe("its ticket types", () => {
  const like = (ticket: Partial<Ticket>) => ticketsLike({ ...EVENT, tickets: [{ ...TICKET, ...ticket }] }, LATER);
  const common = { name: "Stalls", description: "Seats", capacity: 500, max_per_buyer: 4, hidden: true };
  // Eight days later, at ten by the clock.
  const times = { sales_start: "2027-03-09T09:00:00.000Z", sales_end: null };

  test("come along with an only price that has no name", () => {
    const price = { amount: 4_500, currency: "EUR" };
    expect(like({})).toEqual([{ ticket: { ...common, ...times, price }, rules: null }]);
  });

  test("come along with what rules such a price, to be added", () => {
    const [found] = like({ prices: [{ ...PRICE, requires_code: true, sales_end: "2027-03-15T22:59:00.000Z" }] });
    expect(found?.rules).toEqual({
      ...{ capacity: null, sales_start: null, sales_end: "2027-03-23T22:59:00.000Z" },
      ...{ requires_code: true, min_per_order: 1, max_per_order: null },
    });
  });

  test("come along with the prices that are not withdrawn", () => {
    const prices = [
      { ...PRICE, name: "Adult", max_per_order: 4 },
      { ...PRICE, name: "Gone", withdrawn: true },
      { ...PRICE, name: "Early", sales_end: "2027-03-15T22:59:00.000Z" },
    ];
    const rules = { capacity: null, sales_start: null, requires_code: false, min_per_order: 1 };
    const price = { amount: 4_500, currency: "EUR" };
    expect(like({ prices })[0]?.ticket.prices).toEqual([
      { name: "Adult", price, ...rules, sales_end: null, max_per_order: 4 },
      { name: "Early", price, ...rules, sales_end: "2027-03-23T22:59:00.000Z", max_per_order: null },
    ]);
    expect(like({ prices: [{ ...PRICE, withdrawn: true }] })).toEqual([]);
  });

  test("are on sale without a time that the new end leaves no room for", () => {
    const late = "2027-03-20T21:30:00.000Z";
    expect(like({ sales_end: late })[0]?.ticket.sales_end).toBe("2027-03-28T20:30:00.000Z");
    const shorter = { ...LATER, ends_at: "2027-03-28T20:00:00.000Z" };
    const [found] = ticketsLike({ ...EVENT, tickets: [{ ...TICKET, sales_end: late }] }, shorter);
    expect(found?.ticket.sales_end).toBeNull();
  });
});
