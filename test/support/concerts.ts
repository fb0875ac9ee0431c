// Concerts for the tests of the pages: one with everything that a shop can meet, and others that
// can't be bought.

import { type Client, client, must } from "../../scripts/lib/client.ts";
import { accessToken } from "../../src/worker/auth/tokens.ts";
import { SESSION_SECRET, type Service } from "../crash/service.ts";

const ORGANISER = "c0ncert0rgan1ser";
const DAY_MS = 24 * 60 * 60 * 1_000;
export const CODE = "LANTERN";
/** What somebody might put into each text, to have it run in other people's browsers. */
export const HOSTILE = `<script>document.title='owned'</script>"><img src=x onerror="document.title='owned'">`;

export interface Concert {
  readonly id: string;
  readonly tickets: readonly { readonly id: string; readonly prices: readonly { readonly id: string }[] }[];
}

/** The token of an organiser, by whom all of them are. */
export async function openHall(service: Service): Promise<Client> {
  await service.query(
    `INSERT INTO accounts (id, username, email, password_hash, role, created_at_ms) VALUES (?, ?, ?, '!', 'organizer', ?)`,
    ...[ORGANISER, "hall", "hall@localhost", Date.now()],
  );
  return client(service.url, await accessToken({ SESSION_SECRET }, ORGANISER));
}

export async function addConcert(
  hall: Client,
  event: Readonly<Record<string, unknown>>,
  tickets: readonly Readonly<Record<string, unknown>>[],
): Promise<Concert> {
  const startsAtMs = Date.now() + 60 * DAY_MS;
  const { body: made } = await must<{ id: string }>(hall, "POST", "/events", {
    name: "Winter Serenade",
    description: "The chamber orchestra plays Dvořák and Suk by candlelight.",
    venue: "Great Hall, Penwick",
    starts_at: new Date(startsAtMs).toISOString(),
    ends_at: new Date(startsAtMs + DAY_MS / 8).toISOString(),
    timezone: "Europe/Berlin",
    status: "published",
    ...event,
  });
  const added: Concert["tickets"][number][] = [];
  for (const ticket of tickets) {
    const { body } = await must<Concert["tickets"][number]>(hall, "POST", `/events/${made.id}/tickets`, ticket);
    added.push(body);
  }
  return { id: made.id, tickets: added };
}

export const euros = (amount: number) => ({ amount, currency: "EUR" });

/** Several types, prices, a code and terms; it may be given back until it begins. */
export async function addGala(hall: Client): Promise<Concert> {
  const refundableUntil = new Date(Date.now() + 50 * DAY_MS).toISOString();
  const gala = await addConcert(
    hall,
    {
      name: "New Year’s Gala",
      refundable_until: refundableUntil,
      terms: { version: "2027-01", terms_text: "Doors close at eight.", privacy_url: "https://hall.example/privacy" },
      seller: { name: "Penwick Hall", address: "Market Square 1\nPenwick" },
    },
    [
      {
        ...{ name: "Stalls", description: "Rows 1 to 20.", capacity: 200, max_per_buyer: 6 },
        prices: [
          { name: "Adult", price: euros(4_500) },
          { name: "Under 18", price: euros(1_500), capacity: 40 },
          { name: "Group", price: euros(3_900), min_per_order: 4 },
          { name: "Friends of the hall", price: euros(2_900), requires_code: true },
        ],
      },
      { name: "Balcony", description: "", capacity: 10, max_per_buyer: 4, price: euros(2_800) },
    ],
  );
  const [stalls] = gala.tickets;
  const path = `/tickets/${stalls?.id}/prices/${stalls?.prices[3]?.id}/codes`;
  await must(hall, "POST", path, { codes: [CODE], uses: 10 });
  return gala;
}
