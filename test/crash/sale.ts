// What is on sale in one history, to whom, and when: accounts, an event, ticket types that open one
// after the other.

import { client } from "../../scripts/lib/client.ts";
import { accessToken } from "../../src/worker/auth/tokens.ts";
import type { Prng } from "../support/prng.ts";
import { SESSION_SECRET, type Service } from "./service.ts";

export interface TicketType {
  readonly id: string;
  readonly capacity: number;
  readonly priceMinor: number;
}

export interface Sale {
  readonly organiserToken: string;
  readonly buyers: readonly { readonly accountId: string; readonly token: string }[];
  readonly tickets: readonly TicketType[];
}

const ORGANISER = "crash0rgan1ser00";
// One ticket type has room for a whole history; the others open as it goes on, so that there is
// always one that is scarce.
const LARGE_CAPACITY = 60;
const SMALLEST_CAPACITY = 5;
const LARGEST_CAPACITY = 20;
const PRICE_MINOR = 2_500;
const OPEN_AT_ONCE = 2;

export async function openSale(service: Service, buyers: number, kills: number, prng: Prng): Promise<Sale> {
  const accountIds = Array.from({ length: buyers }, (_, buyer) => `crashbuyer${String(buyer).padStart(6, "0")}`);
  await insertAccounts(service, accountIds);
  const token = (accountId: string) => accessToken({ SESSION_SECRET }, accountId);
  const organiserToken = await token(ORGANISER);
  const api = client(service.url, organiserToken);
  const event = await must<{ id: string }>(api("POST", "/events", EVENT));
  const tickets: TicketType[] = [];
  for (let number = 0; number < kills + OPEN_AT_ONCE; number++) {
    const capacity = number === 0 ? LARGE_CAPACITY : prng.between(SMALLEST_CAPACITY, LARGEST_CAPACITY);
    // Free tickets are confirmed at once, and must never be charged.
    const priceMinor = number % 5 === 3 ? 0 : PRICE_MINOR + number;
    const ticket = {
      name: `Type ${number}`,
      capacity,
      max_per_buyer: null,
      price: { amount: priceMinor, currency: "EUR" },
    };
    const { id } = await must<{ id: string }>(api("POST", `/events/${event.id}/tickets`, ticket));
    tickets.push({ id, capacity, priceMinor });
  }
  const signedIn = accountIds.map(async (accountId) => ({ accountId, token: await token(accountId) }));
  return { organiserToken, buyers: await Promise.all(signedIn), tickets };
}

/** What buyers choose from after so many kills. */
export function onSale({ tickets }: Sale, kills: number): TicketType[] {
  return tickets.filter((_, number) => number === 0 || (number > kills && number <= kills + OPEN_AT_ONCE));
}

const EVENT = {
  name: "Crash",
  venue: "Here",
  timezone: "UTC",
  starts_at: "2031-05-01T18:00:00Z",
  ends_at: "2031-05-01T20:00:00Z",
};

async function insertAccounts(service: Service, accountIds: readonly string[]): Promise<void> {
  const row = (id: string, role: string) => `('${id}', '${id}', '${id}@localhost', '!', '${role}', ${Date.now()})`;
  const rows = [row(ORGANISER, "organizer"), ...accountIds.map((id) => row(id, "buyer"))];
  await service.query(
    `INSERT INTO accounts (id, username, email, password_hash, role, created_at_ms) VALUES ${rows.join()}`,
  );
}

async function must<Body>(asked: Promise<{ ok: boolean; status: number; body: unknown }>): Promise<Body> {
  const reply = await asked;
  if (!reply.ok) throw new Error(`the sale could not be opened: ${reply.status} ${JSON.stringify(reply.body)}`);
  return reply.body as Body;
}
