// Buyers for the scenarios that measure buying: a sale, and rounds of holding a ticket and letting it go.

import { accessToken } from "../src/worker/auth/tokens.ts";
import { SESSION_SECRET, type Service } from "../test/crash/service.ts";
import { Connection } from "./http.ts";

export interface Sale {
  readonly tickets: readonly string[];
  readonly buyers: readonly Buyer[];
}

export interface Buyer {
  readonly token: string;
  readonly connection: Connection;
}

/** What a round took: each request, and all of it. */
export interface Round {
  readonly reserveMs: readonly number[];
  readonly cancelMs: readonly number[];
  /** Tickets held and let go, in a second. */
  readonly perSecond: number;
}

const ORGANIZER_ID = "0rgan1zer0000000";
/** Of each ticket type. */
export const CAPACITY = 1_000_000;
const EVENT = {
  ...{ name: "Bench", venue: "Here", timezone: "UTC", status: "published" },
  ...{ starts_at: "2031-05-01T18:00:00Z", ends_at: "2031-05-01T20:00:00Z" },
};

/** An event with so many ticket types that nobody is limited in buying, and accounts of buyers with their tokens. */
export async function putOnSale(
  service: Service,
  { tickets, buyers, capacity }: { readonly tickets: number; readonly buyers: number; readonly capacity: number },
) {
  const accountIds = Array.from({ length: buyers }, (_, buyer) => `buyer${String(buyer).padStart(11, "0")}`);
  const accounts = [[ORGANIZER_ID, "organizer"], ...accountIds.map((id) => [id, "buyer"])];
  await service.query(
    `INSERT INTO accounts (id, username, email, password_hash, role, created_at_ms)
     SELECT value ->> 0, value ->> 0, value ->> 0 || '@localhost', '!', value ->> 1, ${Date.now()} FROM json_each(?)`,
    JSON.stringify(accounts),
  );
  const token = (id: string) => accessToken({ SESSION_SECRET }, id);
  const organizer = { method: "POST", token: await token(ORGANIZER_ID) };
  const connection = new Connection(service.url);
  const { id: eventId } = await connection.must<{ id: string }>("/events", { ...organizer, body: EVENT });
  const ids: string[] = [];
  for (let number = 0; number < tickets; number++) {
    const price = { amount: 2_500, currency: "EUR" };
    const body = { name: `Type ${number}`, capacity, max_per_buyer: null, price };
    ids.push((await connection.must<{ id: string }>(`/events/${eventId}/tickets`, { ...organizer, body })).id);
  }
  connection.close();
  return { eventId, tickets: ids, accountIds, tokens: await Promise.all(accountIds.map(token)) };
}

/** Each buyer has a connection of their own. */
export async function openSale(service: Service, tickets: number, buyers: number): Promise<Sale> {
  const sale = await putOnSale(service, { tickets, buyers, capacity: CAPACITY });
  const connected = sale.tokens.map((token) => ({ token, connection: new Connection(service.url) }));
  return { tickets: sale.tickets, buyers: connected };
}

/** All buyers at once hold tickets of these types in turn, and let each go again, for so long. */
export async function buy(buyers: readonly Buyer[], tickets: readonly string[], forMs: number): Promise<Round> {
  const [reserveMs, cancelMs]: [number[], number[]] = [[], []];
  let begun = 0;
  const startMs = performance.now();
  await Promise.all(
    buyers.map(async ({ token, connection }) => {
      while (performance.now() < startMs + forMs) {
        const ticket = tickets[begun++ % tickets.length];
        const held = await connection.ask("/reservations", { method: "POST", token, body: { ticket, quantity: 1 } });
        if (held.status !== 201) throw new Error(`POST /reservations answered ${held.status}: ${held.text}`);
        const letGo = await connection.ask(String(held.headers.location), { method: "DELETE", token });
        if (letGo.status !== 204) throw new Error(`DELETE answered ${letGo.status}: ${letGo.text}`);
        reserveMs.push(held.ms);
        cancelMs.push(letGo.ms);
      }
    }),
  );
  return { reserveMs, cancelMs, perSecond: (reserveMs.length * 1_000) / (performance.now() - startMs) };
}

export function closeSale({ buyers }: Sale): void {
  for (const { connection } of buyers) connection.close();
}
