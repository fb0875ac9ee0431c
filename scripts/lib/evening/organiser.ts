// What the organiser does before the doors open: the event, its prices and codes, refunds, another
// date, and the counter.

import { setTimeout as sleep } from "node:timers/promises";
import type { Reply } from "../client.ts";
import type { Body, Caller } from "./caller.ts";
import { type CounterSale, priceOf, type Scene, type Venue } from "./notes.ts";
import { retryUntil } from "./patience.ts";
import { addressIn, type Plan } from "./people.ts";
import { CURRENCY, codesFor, type PlannedPrice, USES_OF_A_CODE } from "./programme.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
/** Far enough for all that has to be before the event. */
const BEGINS_AFTER_DAYS = 30;
const SELLER = { name: "Evening Concerts Ltd", address: "1 Hall Lane, Penwick", vat_id: "GB999999973" };
const VAT_RATE = 700;
const PASSWORD = "an evening behind the counter";
/** How the counter is paid, one after the other. */
const METHODS = ["cash", "cash", "transfer", "free"] as const;
const TICKETS_A_SALE = 3;
const MOST_OLD_LOOKS = 30;
const LOOKS_AGAIN_MS = 500;
/** One in so many customers of the counter leaves an address. */
const WITH_ADDRESS = 5;

interface Made {
  readonly id: string;
}

export interface OwnTicket {
  readonly id: string;
  readonly name: string;
  readonly capacity: number;
  readonly available: number;
  readonly held: number;
  readonly sold: number;
  readonly prices: readonly {
    readonly id: string;
    readonly name: string;
    readonly capacity: number | null;
    readonly available: number;
    readonly held: number;
    readonly sold: number;
  }[];
}

/** Registers, and an admin makes an organiser of the account. */
export async function becomeOrganiser(
  scene: Pick<Scene, "plan" | "notes" | "organiser">,
  admin: Caller,
): Promise<void> {
  const username = `${scene.plan.tag}-organiser`;
  await signUp(scene, scene.organiser, "organiser");
  const [account] = await admin.must<Made[]>("GET", `/accounts?username=${username}`);
  await admin.must("PATCH", `/accounts/${account?.id}`, { role: "organizer" });
}

/** The account's id. */
export async function signUp({ plan: { tag }, notes }: Pick<Scene, "plan" | "notes">, caller: Caller, name: string) {
  const username = `${tag}-${name}`;
  const account = { username, email: addressIn(tag, name), password: PASSWORD };
  await caller.must("POST", "/register", account);
  const login = await caller.must<{ "auth-token": string }>("POST", "/api-auth/login", {
    username,
    password: PASSWORD,
  });
  caller.token = login["auth-token"];
  notes.owed.push({ kind: "verify_address", to: account.email });
  return (await caller.must<Made>("GET", "/me")).id;
}

export async function makeEvent(organiser: Caller, plan: Plan): Promise<Venue> {
  const startsAtMs = Date.now() + BEGINS_AFTER_DAYS * DAY_MS;
  const { id } = await organiser.must<Made>("POST", "/events", {
    name: "The whole evening",
    description: "A concert that is sold, moved by a day, given back in part, and let in.",
    venue: "Penwick Hall",
    timezone: "Europe/London",
    ...timesFrom(startsAtMs),
    refundable_until: new Date(startsAtMs).toISOString(),
    seller: SELLER,
    vat_rate: VAT_RATE,
    status: "draft",
  });
  const types = new Map<string, { id: string; prices: Map<string, string> }>();
  for (const { name, capacity, maxPerBuyer, prices } of plan.types) {
    const ticket = { name, capacity, max_per_buyer: maxPerBuyer, prices: prices.map(asked) };
    const made = await organiser.must<OwnTicket>("POST", `/events/${id}/tickets`, ticket);
    types.set(name, { id: made.id, prices: new Map(made.prices.map((price) => [price.name, price.id])) });
    for (const price of prices.filter(({ needsCode }) => needsCode)) {
      const found = made.prices.find((one) => one.name === price.name);
      const codes = { codes: codesFor(price.capacity ?? capacity), uses: USES_OF_A_CODE };
      await organiser.must("POST", `/tickets/${made.id}/prices/${found?.id}/codes`, codes);
    }
  }
  await organiser.must("PATCH", `/events/${id}`, { status: "published" });
  return { id, types };
}

function asked({ name, amountMinor, capacity, needsCode }: PlannedPrice) {
  return { name, price: { amount: amountMinor, currency: CURRENCY }, capacity, requires_code: needsCode };
}

function timesFrom(startsAtMs: number) {
  const at = (ms: number) => new Date(ms).toISOString();
  return {
    starts_at: at(startsAtMs),
    ends_at: at(startsAtMs + 3 * HOUR_MS),
    doors_open_at: at(startsAtMs - HOUR_MS),
  };
}

export async function ownTickets({ organiser, venue }: Scene): Promise<readonly OwnTicket[]> {
  return (await organiser.must<{ tickets: OwnTicket[] }>("GET", `/events/${venue.id}`)).tickets;
}

/** By a day. Everybody who holds tickets is owed a mail about it. */
export async function moveByADay({ organiser, venue }: Scene): Promise<void> {
  const startsAtMs = Date.now() + (BEGINS_AFTER_DAYS + 1) * DAY_MS;
  await organiser.must("PATCH", `/events/${venue.id}`, timesFrom(startsAtMs));
}

/** Who is owed a mail about the new date: each address once. */
export function holdersOf({ notes }: Pick<Scene, "notes">): readonly string[] {
  const buyers = notes.purchases.filter((purchase) => purchase.isConfirmed && ticketsLeft(purchase) > 0);
  const addresses = [...buyers.map(({ buyer }) => buyer.person.email), ...notes.passed.map(({ to }) => to)];
  return [...new Set(addresses)];
}

export function ticketsLeft({
  items,
  returned,
}: Pick<Scene["notes"]["purchases"][number], "items" | "returned">): number {
  const sum = (list: readonly { readonly quantity: number }[]) => list.reduce((all, { quantity }) => all + quantity, 0);
  return sum(items) - sum(returned);
}

/** Sells at the counter until the hall is full: what nobody bought, and what came back. */
export async function sellTheRest(scene: Scene): Promise<void> {
  const { organiser, venue, notes, plan } = scene;
  for (const { name } of plan.types) {
    const price = plan.types.find((type) => type.name === name)?.prices[0];
    const type = venue.types.get(name);
    if (type === undefined || price === undefined) throw new Error(`there is no ${name}`);
    for (let looks = 0; ; ) {
      const ticket = (await ownTickets(scene)).find(({ id }) => id === type.id);
      if (ticket === undefined || ticket.available === 0) break;
      const quantity = Math.min(ticket.available, TICKETS_A_SALE);
      const number = notes.counter.length + 1;
      const email = addressIn(plan.tag, `walk-in-${number}`);
      const hasAddress = number % WITH_ADDRESS === 0;
      const method = METHODS[number % METHODS.length] ?? "cash";
      const item = { ticket: type.id, price: type.prices.get(price.name) ?? "", quantity };
      const customer = { name: `Walk-in ${number}`, ...(hasAddress ? { email } : {}) };
      const sale = { items: [item], method, customer };
      const reply = await organiser.call<Sold | Body>("POST", `/events/${venue.id}/orders`, sale);
      if (isOld(reply) && looks < MOST_OLD_LOOKS) {
        looks += 1;
        await sleep(LOOKS_AGAIN_MS);
        continue;
      }
      if (!reply.ok) throw new Error(`the counter got ${reply.status}: ${JSON.stringify(reply.body)}`);
      const made = reply.body as Sold;
      looks = 0;
      if (method === "transfer")
        await organiser.must("POST", `/events/${venue.id}/orders/${made.id}/payment`, { method: "transfer" });
      notes.counter.push(noteOf(made, method, priceOf(scene, [item])));
      if (hasAddress) notes.owed.push({ kind: "confirmed", to: email });
    }
  }
}

/** What is seen of the stock may be older than the sale before. */
function isOld({ status, body }: Reply<Sold | Body>): boolean {
  return status === 409 && "type" in body && body.type === "/problems/sold-out";
}

interface Sold {
  readonly id: string;
  readonly items: CounterSale["items"];
}

function noteOf({ id, items }: Sold, method: CounterSale["method"], priceMinor: number): CounterSale {
  const totalMinor = method === "free" ? 0 : priceMinor;
  return { id, method, items, totalMinor, soldAtMs: Date.now() };
}

/** Waits until no hold is left that could still come back. */
export async function untilNothingIsHeld(scene: Scene, withinMs: number): Promise<void> {
  await retryUntil("holds to end", withinMs, async () => {
    return (await ownTickets(scene)).every(({ held }) => held === 0);
  });
}
