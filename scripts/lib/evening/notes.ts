// What the evening writes down itself, to hold it against what the service says in the end.

import type { Caller } from "./caller.ts";
import type { Person, Plan } from "./people.ts";

export interface Buyer {
  readonly person: Person;
  readonly caller: Caller;
}

export interface Item {
  readonly reservation: string;
  readonly ticket: string;
  readonly price: string;
  readonly quantity: number;
}

/** A hold, and what became of it as far as its buyer knows. */
export interface Purchase {
  readonly buyer: Buyer;
  readonly of: "orders" | "reservations";
  readonly id: string;
  readonly items: readonly Item[];
  /** By the plan's prices, whatever the service says. */
  readonly totalMinor: number;
  readonly heldAtMs: number;
  readonly expiresAtMs: number;
  /** When its buyer asked to let it go; null where never. */
  cancelledAtMs: number | null;
  isConfirmed: boolean;
  /** Tickets that were given back, by reservation. */
  readonly returned: { readonly reservation: string; readonly quantity: number; readonly askedAtMs: number }[];
  /** What its refunds should come to, by the plan's prices. */
  returnedMinor: number;
}

export interface CounterSale {
  readonly id: string;
  readonly method: "cash" | "free" | "transfer";
  readonly items: readonly Item[];
  readonly totalMinor: number;
  readonly soldAtMs: number;
}

/** The least and the most that live streams have shown of a ticket type or of a price. */
export interface Seen {
  least: number;
  most: number;
}

export interface Watched extends Seen {
  messages: number;
  readonly prices: Map<string, Seen>;
}

/** What a person at a gate was told. */
export interface Admittance {
  readonly pass: string;
  readonly gate: string;
  readonly result: string;
  /** Where and when somebody went in with it before. */
  readonly before: { readonly gate: string | null; readonly at: string | null } | null;
  /** `copy`: of a pass that had gone in. `revoked`: the code from before it was passed on. */
  readonly who: "holder" | "copy" | "giver";
  /** What the device decided by itself; null with a network. */
  readonly offline: string | null;
}

export interface OwedMail {
  readonly kind: string;
  readonly to: string;
}

export interface Passed {
  readonly pass: string;
  readonly from: Buyer;
  readonly to: string;
  /** The code that it had until then. */
  readonly oldCode: string;
}

export interface Notes {
  readonly purchases: Purchase[];
  readonly counter: CounterSale[];
  readonly watched: Map<string, Watched>;
  readonly admittances: Admittance[];
  readonly owed: OwedMail[];
  readonly passed: Passed[];
  readonly tally: Tally;
}

/** For who looks on. */
export interface Tally {
  arrived: number;
  watching: number;
  held: number;
  bought: number;
  tickets: number;
  waiting: number;
  refused: number;
  turnedAway: number;
}

/** The event as everybody finds it, with ids by names. */
export interface Venue {
  readonly id: string;
  readonly types: ReadonlyMap<string, { readonly id: string; readonly prices: ReadonlyMap<string, string> }>;
}

/** By the plan's prices. */
export function priceOf(
  { plan, venue }: Pick<Scene, "plan" | "venue">,
  items: readonly { readonly price: string | undefined; readonly quantity: number }[],
): number {
  const amounts = plan.types.flatMap(({ name, prices }) =>
    prices.map((price) => [venue.types.get(name)?.prices.get(price.name), price.amountMinor] as const),
  );
  const amountOf = new Map(amounts);
  return items.reduce((sum, { price, quantity }) => sum + (amountOf.get(price) ?? Number.NaN) * quantity, 0);
}

export function newNotes(): Notes {
  return {
    purchases: [],
    counter: [],
    watched: new Map(),
    admittances: [],
    owed: [],
    passed: [],
    tally: { arrived: 0, watching: 0, held: 0, bought: 0, tickets: 0, waiting: 0, refused: 0, turnedAway: 0 },
  };
}

/** What one part of the evening is given. */
export interface Scene {
  readonly plan: Plan;
  readonly venue: Venue;
  readonly notes: Notes;
  readonly organiser: Caller;
  readonly say: (what: string) => void;
  /** A caller of somebody else, from a new address. */
  readonly stranger: () => Caller;
}
