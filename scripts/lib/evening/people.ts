// Who comes to buy, and what each of them does: the same people for the same seed. Pure.

import { Prng } from "../../../test/support/prng.ts";
import { codesFor, type PlannedType, plannedTypes } from "./programme.ts";

/** Tickets of one ticket type at one of its prices, by their names. */
export interface Wish {
  readonly type: string;
  readonly price: string;
  readonly quantity: number;
  readonly code: string | null;
}

/** `upgrades`: a guest who registers after having bought. */
export type Kind = "guest" | "account" | "upgrades";
/** `cancels`, `forgets`: a hold that is never paid. */
export type Temper = "pays" | "cancels" | "forgets";
/** What the buyer says when the bank asks. `gives_up`: nothing, and the hold is cancelled. */
export type AtBank = "confirms" | "refuses" | "gives_up";
/** What becomes of what was bought. */
export type Afterwards =
  | "keeps"
  | "gives_back"
  | "refunded_whole"
  | "refunded_part"
  | "refunded_money"
  | "passes_on"
  | "asks_for_mail";

export interface Person {
  readonly number: number;
  readonly username: string;
  readonly email: string;
  /** Everybody comes from an address of their own, as at home. */
  readonly address: string;
  readonly kind: Kind;
  readonly arrivesAfterMs: number;
  /** The first that can be had is taken. Several items are one order. */
  readonly wishes: readonly (readonly Wish[])[];
  /** One item is held as a reservation alone, without an order. */
  readonly isAlone: boolean;
  readonly temper: Temper;
  readonly thinksForMs: number;
  /** Tried one after the other. */
  readonly cards: readonly string[];
  readonly atBank: AtBank;
  /** How long somebody who found it sold out waits for tickets that come back. */
  readonly waitsForMs: number;
  /** Waits with a live stream, and else looks every few seconds. */
  readonly watches: boolean;
  readonly afterwards: Afterwards;
}

export interface Plan {
  readonly seed: number;
  /** In all names and addresses, so that no two evenings have the same. */
  readonly tag: string;
  readonly places: number;
  readonly types: readonly PlannedType[];
  readonly people: readonly Person[];
  /** Who only watches, from before the sale to its end. */
  readonly watchers: number;
  readonly gates: readonly string[];
  /** The gates that are without a network for a while. */
  readonly offline: readonly string[];
  /** How many passes nobody comes with. */
  readonly absent: number;
  /** How many people come with a copy of somebody else's pass. */
  readonly copies: number;
}

const RUSH_MS = 25_000;
const SHARE_OF_ACCOUNTS = 0.02;
const LONGEST_WAIT_MS = 25_000;
/** Who comes first is needed, and so stays until there is something to be had. */
const FIRST_WAIT_MS = 90_000;
const GATES = ["North", "North-east", "East", "South-east", "South", "South-west", "West", "North-west"];
const OFFLINE = ["South", "West"];
const WATCHERS_PER_PLACE = 0.05;
const ABSENT_PER_PLACE = 0.05;
const COPIES_PER_PLACE = 0.05;

const VISA = "pm_card_visa";
const DISPUTED = "pm_card_createDispute";
/** Longer than a hold of the evening's own service: while it is pending nothing is released. */
const SLOWEST = "pm_sandbox_slow_22s";
/** By how many of a hundred buyers have such a card. */
const CARDS = {
  [VISA]: 62,
  pm_card_visa_chargeDeclined: 5,
  pm_card_visa_chargeDeclinedInsufficientFunds: 3,
  pm_card_visa_chargeDeclinedExpiredCard: 2,
  pm_card_authenticationRequired: 8,
  pm_card_threeDSecure2Required: 6,
  pm_sandbox_slow_4s: 5,
  pm_sandbox_lost_reply: 3,
  pm_sandbox_unreachable: 1,
  pm_sandbox_refund_pending_3s: 5,
};
/** The order counts: somebody must do each of these even where few people come. */
const AFTERWARDS: readonly Afterwards[] = [
  "gives_back",
  "refunded_whole",
  "refunded_part",
  "refunded_money",
  "passes_on",
  "asks_for_mail",
];
const FIRST_KINDS: readonly Kind[] = ["account", "upgrades"];
/** Behind them those who have these cards, and those who never pay. */
const FIRST_CARDS = [DISPUTED, SLOWEST];
const FIRST_TEMPERS: readonly Temper[] = ["cancels", "forgets"];
/** One in so many buyers does each of them. */
const EACH = 60;

export function planEvening(seed: number, people: number, places: number, tag: string): Plan {
  const dice = new Prng(seed);
  const types = plannedTypes(places);
  const codes = codesFor(types[1]?.prices.find(({ needsCode }) => needsCode)?.capacity ?? 0);
  return {
    seed,
    tag,
    places,
    types,
    people: Array.from({ length: people }, (_, number) => personOf(number, people, tag, codes, dice)),
    watchers: Math.ceil(places * WATCHERS_PER_PLACE),
    gates: GATES,
    offline: OFFLINE,
    absent: Math.round(places * ABSENT_PER_PLACE),
    copies: Math.round(places * COPIES_PER_PLACE),
  };
}

function personOf(number: number, people: number, tag: string, codes: readonly string[], dice: Prng): Person {
  const person: Person = {
    number,
    username: `${tag}-buyer-${number + 1}`,
    email: addressIn(tag, `buyer-${number + 1}`),
    address: `198.18.${number >> 8}.${number & 255}`,
    kind: dice.chance(SHARE_OF_ACCOUNTS) ? dice.pick(["account", "upgrades"]) : "guest",
    arrivesAfterMs: arrivalOf(dice, people),
    wishes: wishesOf(codes, dice),
    isAlone: dice.chance(0.6),
    temper: dice.weighted({ pays: 88, cancels: 5, forgets: 7 }),
    thinksForMs: dice.between(0, 3_000),
    cards: cardsOf(dice),
    atBank: dice.weighted({ confirms: 70, refuses: 20, gives_up: 10 }),
    waitsForMs: dice.chance(0.3) ? dice.between(5_000, LONGEST_WAIT_MS) : 0,
    watches: dice.chance(0.5),
    afterwards: dice.chance(AFTERWARDS.length / EACH) ? dice.pick(AFTERWARDS) : "keeps",
  };
  // A few come first and hold tickets, so that all that can be done is done, whatever the dice say.
  const first = AFTERWARDS[number];
  const card = FIRST_CARDS[number - AFTERWARDS.length];
  const temper = FIRST_TEMPERS[number - AFTERWARDS.length - FIRST_CARDS.length];
  if (first === undefined && card === undefined && temper === undefined) return person;
  return {
    ...person,
    kind: FIRST_KINDS[number] ?? "guest",
    arrivesAfterMs: 0,
    wishes: [[{ type: "Stalls", price: "Adult", quantity: 2, code: null }]],
    temper: temper ?? "pays",
    waitsForMs: FIRST_WAIT_MS,
    cards: [card ?? VISA],
    afterwards: first ?? "keeps",
  };
}

function cardsOf(dice: Prng): readonly string[] {
  const card = dice.weighted(CARDS);
  return card === VISA || !dice.chance(0.8) ? [card] : [card, VISA];
}

export function addressIn(tag: string, name: string): string {
  return `${name}@${tag}.example`;
}

/** Most come in the first seconds. */
function arrivalOf(dice: Prng, people: number): number {
  const rushMs = Math.min(RUSH_MS, people * 100);
  return Math.floor(dice.fraction() ** 1.5 * rushMs);
}

/** What somebody would like best, and what else would do. */
function wishesOf(codes: readonly string[], dice: Prng): readonly (readonly Wish[])[] {
  const wish = (type: string, price: string, quantity: number, code: string | null = null): Wish => {
    return { type, price, quantity, code };
  };
  const few = dice.between(1, 3);
  const one = [wish("Stalls", "Adult", 1)];
  switch (dice.weighted({ early: 24, family: 14, stalls: 20, concession: 8, balcony: 18, members: 10, boxes: 6 })) {
    case "early":
      return [[wish("Stalls", "Early bird", few)], [wish("Stalls", "Adult", few)], one];
    case "family":
      return [
        [wish("Stalls", "Adult", 2), wish("Stalls", "Child", dice.between(1, 2))],
        [wish("Balcony", "Adult", few)],
        one,
      ];
    case "stalls":
      return [[wish("Stalls", "Adult", few)], [wish("Balcony", "Adult", few)], one];
    case "concession":
      return [[wish("Stalls", "Concession", 1)], [wish("Balcony", "Concession", 1)]];
    case "balcony":
      return [[wish("Balcony", "Adult", few)], [wish("Balcony", "Adult", 1)], one];
    case "members":
      return [[wish("Balcony", "Members", dice.between(1, 2), dice.pick(codes))], [wish("Balcony", "Adult", 1)]];
    case "boxes":
      // Of two ticket types at once: all of it or nothing.
      return [
        [wish("Boxes", "Seat", dice.between(1, 2)), wish("Balcony", "Adult", 1)],
        [wish("Boxes", "Seat", 1)],
        [wish("Balcony", "Adult", 1)],
      ];
  }
}
