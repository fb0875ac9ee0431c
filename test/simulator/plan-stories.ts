// Sequences that lead to states which single deeds hardly reach.

import type { EventStatus } from "../../src/domain/stock.ts";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../src/domain/units.ts";
import type { TicketTypeConfig } from "../../src/durable/ticket-type/protocol.ts";
import type { Prng } from "../support/prng.ts";
import { type Deed, LATEST, type OrderedItem, type Reserve, TERMS } from "./deeds.ts";
import { configOf, draw, drawKey, drawSale, type Setting } from "./plan-deeds.ts";
import type { AnySituation } from "./situations.ts";

// The states that last for moments, or take several payments.
const MOMENTS: readonly AnySituation[] = [
  "held, overdue",
  "confirmed, other pending",
  "confirmed, refund due",
  "released, refund due",
  "refunded",
  "refund under way",
  "refund failed",
  "given back in part",
  "given back",
  "order reserving",
  "order held, payment failed",
  "order beginning",
  "order charging, cancel deferred",
  "order preparing",
  "order confirming",
  "order ending",
  "order's refund due",
  "order refunded",
  "order taking back",
  "order's refund under way",
  "order's refund failed",
  "order given back in part",
  "order given back",
  "transfer awaited",
  "sold at the counter",
];

export function tellOne(prng: Prng, setting: Setting): Deed[] {
  if (prng.chance(0.3)) return atAMoment(prng, setting);
  if (prng.chance(0.2)) return sellByHand(prng, setting);
  if (prng.chance(0.25)) return giveBack(prng, setting);
  if (prng.chance(0.6)) return order(prng, setting);
  return prng.chance(0.25) ? goBack(prng, setting) : tell(prng, setting);
}

/** Something is ordered, and paid for. What may come between follows soon, or while it is paid. */
function order(prng: Prng, setting: Setting): Deed[] {
  const { buyers, configs } = setting;
  const buyer = prng.below(buyers);
  const onOrder = { buyer, pick: LATEST, aroundDeadlineMs: null };
  const pay = (): Deed => {
    return {
      type: "pay order",
      ...onOrder,
      key: drawKey(prng, 0.3),
      method: prng.pick(["card", "card", "slow", "bank", "bank", "declined"]),
    };
  };
  const items = drawFirstPrices(prng, setting);
  const others: readonly (() => Deed)[] = [
    pay,
    pay,
    () => ({ type: "cancel order", ...onOrder }),
    () => ({ type: "late success", pick: LATEST }),
    () => ({ type: "crash order", pick: 0 }),
    () => ({ type: "crash object", ticket: prng.below(configs.length) }),
    () => ({ type: "close account", buyer }),
    () => ({ type: "announce", status: "cancelled", endsInMs: null }),
    () => ({ type: "call off", refund: true }),
    () => ({ type: "outage", part: prng.pick(["provider", "queue", "D1"]), forMs: prng.pick([5_000, 120_000]) }),
    () => ({ type: "outage", part: "provider", forMs: 25 * HOUR_MS }),
    () => draw(prng, setting),
    () => draw(prng, setting),
  ];
  const more = Array.from({ length: prng.below(4) }, () => prng.pick(others)());
  return [{ type: "order", buyer, items, key: drawKey(prng, 0.2), accepts: "shown" }, pay(), ...more];
}

/** At the counter: a transfer comes, is given up on or forgotten, and money goes back by hand. */
function sellByHand(prng: Prng, setting: Setting): Deed[] {
  const sale = drawSale(prng, drawFirstPrices(prng, setting));
  const others: readonly (() => Deed)[] = [
    () => ({ type: "take money", ...onLatest(prng), as: prng.pick(["cash", "transfer"]), key: drawKey(prng, 0.3) }),
    () => ({ type: "take money", ...onLatest(prng), as: "transfer", key: drawKey(prng, 0.3) }),
    () => ({ type: "cancel sale", ...onLatest(prng) }),
    () => drawRefund(prng),
    () => ({ type: "crash order", pick: 0 }),
    () => ({ type: "announce", status: "cancelled", endsInMs: null }),
    () => ({ type: "call off", refund: true }),
    () => draw(prng, setting),
  ];
  return [sale, ...Array.from({ length: prng.between(1, 4) }, () => prng.pick(others)())];
}

/** Something is bought, and some or all of it comes back, by its buyer or the organiser. */
function giveBack(prng: Prng, setting: Setting): Deed[] {
  const buyer = prng.below(setting.buyers);
  const onHold = { buyer, pick: LATEST, aroundDeadlineMs: null };
  const isOrder = prng.chance(0.6);
  const items = drawFirstPrices(prng, setting).map((item) => ({ ...item, quantity: prng.pick([1, 2, 3]) }));
  const reserve = atFirstPrice(setting.configs, buyer, 0, [prng.between(1, 3)], null);
  const buy: Deed[] = isOrder
    ? [
        { type: "order", buyer, items, key: null, accepts: "shown" },
        { type: "pay order", ...onHold, key: null, method: "card" },
      ]
    : [reserve, { type: "pay", ...onHold, key: null, method: "card" }];
  const others: readonly (() => Deed)[] = [
    () => ({ type: isOrder ? "cancel order" : "cancel", ...onHold }),
    () => drawRefund(prng),
    () => drawRefund(prng),
    () => ({ type: "retry refund", pick: prng.uint32() }),
    () => ({ type: "allow giving back", forMs: prng.pick([null, 2_000, MINUTE_MS]) }),
    () => ({ type: "call off", refund: true }),
    () => ({ type: "outage", part: "provider", forMs: prng.pick([120_000, 25 * HOUR_MS]) }),
    () => (isOrder ? { type: "crash order", pick: 0 } : { type: "crash object", ticket: 0 }),
    () => draw(prng, setting),
  ];
  const allow: Deed = { type: "allow giving back", forMs: prng.pick([HOUR_MS, 30 * DAY_MS]) };
  return [allow, ...buy, ...Array.from({ length: prng.between(1, 4) }, () => prng.pick(others)())];
}

function drawRefund(prng: Prng): Deed {
  const tickets = prng.pick([null, 0, 1, 1]);
  const amountMinor = tickets === 0 || prng.chance(0.2) ? prng.between(1, 3_000) : null;
  return { type: "refund", pick: LATEST, tickets, amountMinor, restock: prng.chance(0.7), key: drawKey(prng, 0.2) };
}

function onLatest(prng: Prng): { readonly pick: number; readonly aroundDeadlineMs: number | null } {
  return { pick: LATEST, aroundDeadlineMs: prng.chance(0.3) ? prng.pick([-1, 0, 1, 500]) : null };
}

/** One of each ticket type in turn, at its first price. */
function drawFirstPrices(prng: Prng, { configs }: Setting): OrderedItem[] {
  return Array.from({ length: prng.pick([1, 2, 2, 3]) }, (_, index) => {
    const ticket = index % configs.length;
    return { ticket, priceId: configOf(configs, ticket).ticketTypeId, code: null, quantity: 1 };
  });
}

/** Something is done at a moment that single deeds hardly ever meet. */
function atAMoment(prng: Prng, setting: Setting): Deed[] {
  const { buyers, configs } = setting;
  const buyer = prng.below(buyers);
  const ticket = prng.below(configs.length);
  const late: Deed = { type: "late success", pick: LATEST };
  const deeds: readonly (readonly Deed[])[] = [
    [{ type: "close account", buyer }],
    [{ type: "announce", status: prng.pick(["draft", "cancelled"]), endsInMs: null }],
    [{ type: "announce", status: "published", endsInMs: -1 }],
    [{ type: "call off", refund: prng.chance(0.8) }],
    [{ type: "require terms", version: prng.pick([null, ...TERMS]) }],
    [{ type: "allow giving back", forMs: prng.pick([null, HOUR_MS]) }],
    [{ type: "delete", ticket, what: prng.pick(["event", "ticket type"]) }],
    [{ type: "restore", ticket, what: "D1" }],
    [{ type: "restore", ticket, what: "object" }],
    [{ type: "clock jumps", byMs: prng.pick([-HOUR_MS, -1_000, HOUR_MS]) }],
    [{ type: "crash consumer" }],
    [{ type: "queue loses all" }],
    [late, late],
    [{ type: "outage", part: "provider", forMs: 25 * HOUR_MS }],
    configs.map((_, index) => ({ type: "describe", ticket: index })),
  ];
  const moments = [...prng.pick(deeds), ...prng.pick(deeds)].map((does): Deed => {
    return { type: "when", situation: prng.pick(MOMENTS), does };
  });
  const bookmarks = (["D1", "object"] as const).map((what): Deed => ({ type: "bookmark", ticket, what }));
  const more = Array.from({ length: prng.below(3) }, () => prng.pick([late, draw(prng, setting)]));
  const stories = [orderAndPay, orderAndPay, holdAndPay, sellByHand, giveBack];
  const paid = prng.pick(stories)(prng, setting, buyer);
  return [...bookmarks, ...moments, ...paid, ...more];
}

function orderAndPay(prng: Prng, { configs }: Setting, buyer: number): Deed[] {
  const onOrder = { buyer, pick: LATEST, aroundDeadlineMs: null };
  const methods = [...Array(prng.below(3)).fill("declined"), prng.pick(["card", "card", "slow"])] as string[];
  const items = configs.map(({ ticketTypeId }, ticket) => ({ ticket, priceId: ticketTypeId, code: null, quantity: 1 }));
  const pay = methods.map((method): Deed => ({ type: "pay order", ...onOrder, key: null, method }));
  const cancel: Deed[] = prng.chance(0.4) ? [{ type: "cancel order", ...onOrder }] : [];
  return [{ type: "order", buyer, items, key: null, accepts: "shown" }, ...pay, ...cancel];
}

function holdAndPay(prng: Prng, { configs }: Setting, buyer: number): Deed[] {
  const onHold = { buyer, pick: LATEST, aroundDeadlineMs: null };
  const methods = ["declined", "declined", ...prng.pick([["declined"], ["slow"], ["card"], []])];
  const pay = methods.map((method): Deed => ({ type: "pay", ...onHold, key: null, method }));
  const late: Deed = { type: "late success", pick: LATEST };
  const outage: Deed = { type: "outage", part: "provider", forMs: prng.pick([5_000, 120_000, 600_000]) };
  return [atFirstPrice(configs, buyer, 0, [1], null), ...pay, outage, late, late];
}

/** Nobody has held a ticket yet, and the first hold comes at about the same moment. */
export function takeBack(prng: Prng, { buyers, configs }: Setting): Deed[] {
  const buyer = prng.below(buyers);
  const ticket = prng.below(configs.length);
  const first = atFirstPrice(configs, buyer, ticket, [1], drawKey(prng, 0.35));
  const mistake = (): Deed => {
    if (prng.chance(0.3)) return { type: "announce", status: "draft", endsInMs: null };
    return { type: "delete", ticket, what: prng.pick(["event", "ticket type"]) };
  };
  const deeds: Deed[] = [mistake(), ...(prng.chance(0.8) ? [first] : []), ...(prng.chance(0.3) ? [mistake()] : [])];
  return prng.chance(0.3) ? deeds.reverse() : deeds;
}

/** D1 or the object goes back to before some of what is done. */
function goBack(prng: Prng, setting: Setting): Deed[] {
  const what = prng.pick(["D1", "D1", "object"] as const);
  const since = Array.from({ length: prng.between(1, what === "D1" ? 8 : 3) }, () => draw(prng, setting));
  const ticket = prng.below(setting.configs.length);
  return [{ type: "bookmark", ticket, what }, ...since, { type: "restore", ticket, what }];
}

/** A declined payment comes through after all: beside another one, or when the tickets are gone. */
function tell(prng: Prng, setting: Setting): Deed[] {
  const { buyers, configs } = setting;
  const buyer = prng.below(buyers);
  const other = (buyer + 1) % buyers;
  const onHold = { buyer, pick: LATEST, aroundDeadlineMs: null };
  const pay = (method: string): Deed => ({ type: "pay", ...onHold, key: null, method });
  const cancel: Deed = { type: "cancel", ...onHold };
  const late: Deed = { type: "late success", pick: LATEST };
  const begin: Deed[] = [atFirstPrice(configs, buyer, 0, [prng.between(1, 2)], null), pay("declined")];
  const forMs = prng.chance(0.05) ? 25 * HOUR_MS : prng.pick([5_000, 120_000, 600_000]);
  const outage: Deed = { type: "outage", part: "provider", forMs };
  if (prng.chance(0.25)) return [...begin.slice(0, 1), pay(prng.pick(["declined", "slow", "bank"])), cancel];
  if (prng.chance(0.15)) {
    const news = (status: EventStatus): Deed => ({ type: "announce", status, endsInMs: null });
    const again = prng.chance(0.5) ? [news("published"), draw(prng, setting)] : [];
    const first = [...begin.slice(0, 1), pay(prng.pick(["slow", "bank", "card", "declined"]))];
    return [...first, news("cancelled"), ...(prng.chance(0.5) ? [late] : [outage]), ...again, news("published")];
  }
  if (prng.chance(0.5)) {
    const second = [pay(prng.pick(["slow", "card"])), ...(prng.chance(0.7) ? [outage] : [])];
    return [...begin, ...second, late, ...Array.from({ length: prng.below(4) }, () => draw(prng, setting))];
  }
  const taken = atFirstPrice(configs, other, 0, Array(configs[0]?.capacity ?? 0).fill(1), null);
  const end: Deed[] = prng.chance(0.6) ? [cancel, taken] : [taken];
  return [...begin, ...end, ...(prng.chance(0.6) ? [outage] : []), late, draw(prng, setting), draw(prng, setting)];
}

function atFirstPrice(
  configs: readonly TicketTypeConfig[],
  buyer: number,
  ticket: number,
  quantities: readonly number[],
  key: number | null,
): Reserve {
  const { ticketTypeId } = configOf(configs, ticket);
  return { type: "reserve", buyer, ticket, quantities, key, accepts: "shown", priceId: ticketTypeId, code: null };
}
