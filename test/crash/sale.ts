// What is on sale, and to whom: accounts, events and ticket types, some of which open later.

import { type Client, client, must } from "../../scripts/lib/client.ts";
import { accessToken } from "../../src/worker/auth/tokens.ts";
import type { Prng } from "../support/prng.ts";
import { SESSION_SECRET, type Service } from "./service.ts";

export interface TicketType {
  readonly id: string;
  readonly eventId: string;
  readonly capacity: number;
  /** Whether buyers may give back what they have bought. */
  readonly isRefundable: boolean;
  /** The first is the ticket type's own. */
  readonly prices: readonly Price[];
}

export interface Price {
  readonly id: string;
  readonly amountMinor: number;
  /** Null for as many as the ticket type has. */
  readonly capacity: number | null;
  /** What opens it, for so many tickets; null where it needs no code. */
  readonly code: { readonly text: string; readonly uses: number } | null;
}

export type Sale = Awaited<ReturnType<typeof openSale>>;
interface NewType {
  readonly capacity: number;
  readonly priceMinor: number;
  readonly isRefundable?: boolean;
  /** Of a second and a third price: one with a cap, and one with a code. */
  readonly capped?: { readonly capacity: number; readonly uses: number } | null;
}

const ORGANISER = "crash0rgan1ser00";
// One ticket type has room for a whole history. The others open one by one: one is always scarce.
const LARGE_CAPACITY = 60;
const SMALLEST_CAPACITY = 5;
const LARGEST_CAPACITY = 20;
const PRICE_MINOR = 2_500;
const CHEAPER_MINOR = 500;
const OPEN_AT_ONCE = 2;
const MISTAKE = { capacity: 10, priceMinor: PRICE_MINOR };
const CODE = "FRIENDS";
const EVENT = {
  name: "Crash",
  venue: "Here",
  timezone: "UTC",
  status: "published",
  starts_at: "2031-05-01T18:00:00Z",
  ends_at: "2031-05-01T20:00:00Z",
  reentry: true,
};

/** Each ticket type has an event of its own. `mistakes` are to be deleted before they are held. */
export async function openSale(service: Service, buyers: number, kills: number, prng: Prng) {
  const types = Array.from({ length: kills + OPEN_AT_ONCE }, (_, number) => {
    const capacity = number === 0 ? LARGE_CAPACITY : prng.between(SMALLEST_CAPACITY, LARGEST_CAPACITY);
    // Free tickets are confirmed at once, and must never be charged.
    const isRefundable = number % 3 !== 1;
    if (number % 5 === 3) return { capacity, priceMinor: 0, isRefundable, capped: null };
    const capped = { capacity: Math.ceil(capacity / 3), uses: prng.between(2, 4) };
    return { capacity, priceMinor: PRICE_MINOR + number, isRefundable, capped: number % 2 === 0 ? capped : null };
  });
  const { organiserToken, signedIn, add } = await invite(service, buyers);
  const tickets: TicketType[] = [];
  const mistakes: TicketType[] = [];
  for (const type of types) tickets.push(...(await add([type])));
  for (let kill = 0; kill < kills; kill++) mistakes.push(...(await add([MISTAKE])));
  return { organiserToken, buyers: signedIn, tickets, mistakes };
}

/** What buyers choose from after so many kills. */
export function onSale({ tickets }: Sale, kills: number): TicketType[] {
  return tickets.filter((_, number) => number === 0 || (number > kills && number <= kills + OPEN_AT_ONCE));
}

/** An event with ticket types that have no limit per buyer, and buyers with their tokens. */
export async function putOnSale(service: Service, buyers: number, types: readonly NewType[]) {
  const { organiserToken, signedIn, add } = await invite(service, buyers);
  const tickets = await add(types);
  return { eventId: tickets[0]?.eventId ?? "", organiserToken, buyers: signedIn, tickets };
}

/** Accounts with their tokens. `add` makes an event with these ticket types. */
async function invite(service: Service, buyers: number) {
  const accountIds = Array.from({ length: buyers }, (_, buyer) => `buyer${String(buyer).padStart(11, "0")}`);
  await service.query(
    `INSERT INTO accounts (id, username, email, password_hash, role, created_at_ms)
     SELECT value ->> 0, value ->> 0, value ->> 0 || '@localhost', '!', value ->> 1, ${Date.now()} FROM json_each(?)`,
    JSON.stringify([[ORGANISER, "organizer"], ...accountIds.map((id) => [id, "buyer"])]),
  );
  const tokenOf = (accountId: string) => accessToken({ SESSION_SECRET }, accountId);
  const organiserToken = await tokenOf(ORGANISER);
  const signedIn = await Promise.all(
    accountIds.map(async (accountId) => ({ accountId, token: await tokenOf(accountId) })),
  );
  const api = client(service.url, organiserToken);
  return { organiserToken, signedIn, add: (types: readonly NewType[]) => addEvent(api, types) };
}

async function addEvent(api: Client, types: readonly NewType[]): Promise<TicketType[]> {
  const isRefundable = types.some((type) => type.isRefundable === true);
  const event = isRefundable ? { ...EVENT, refundable_until: EVENT.starts_at } : EVENT;
  const made = await must<{ id: string }>(api, "POST", "/events", event);
  const eventId = made.body.id;
  const tickets: TicketType[] = [];
  for (const [number, type] of types.entries()) tickets.push(await addTicketType(api, eventId, number, type));
  return tickets;
}

async function addTicketType(
  api: Client,
  eventId: string,
  number: number,
  { capacity, priceMinor, isRefundable = false, capped = null }: NewType,
): Promise<TicketType> {
  const price = { amount: priceMinor, currency: "EUR" };
  const cheaper = { amount: priceMinor - CHEAPER_MINOR, currency: "EUR" };
  const several = [
    { name: "Full", price },
    { name: "Early bird", price: cheaper, capacity: capped?.capacity ?? null },
    { name: "Friends", price: cheaper, requires_code: true },
  ];
  const offered = capped === null ? { price } : { prices: several };
  const body = { name: `Type ${number}`, capacity, max_per_buyer: null, ...offered };
  const path = `/events/${eventId}/tickets`;
  const { body: made } = await must<{ id: string; prices: { id: string }[] }>(api, "POST", path, body);
  const prices = several.flatMap(({ price, capacity = null, requires_code: needsCode }, index): Price[] => {
    const id = made.prices[index]?.id;
    const code = needsCode === true && capped !== null ? { text: CODE, uses: capped.uses } : null;
    return id === undefined ? [] : [{ id, amountMinor: price.amount, capacity, code }];
  });
  for (const { id, code } of prices) {
    if (code === null) continue;
    await must(api, "POST", `/tickets/${made.id}/prices/${id}/codes`, { codes: [code.text], uses: code.uses });
  }
  return { id: made.id, eventId, capacity, isRefundable, prices };
}
