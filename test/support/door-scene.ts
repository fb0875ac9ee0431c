// An evening for the door's page: an event with passes, another one, a manager with a password, and
// the pictures of codes as the service draws them.

import { randomUUID } from "node:crypto";
import { type Client, client, listAll, must } from "../../scripts/lib/client.ts";
import { putOnSale } from "../crash/sale.ts";
import type { Service } from "../crash/service.ts";

export const PASSWORD = "correct horse battery";
export const EVENT_NAME = "Midsummer Night";

export interface DoorScene {
  readonly service: Service;
  readonly eventId: string;
  readonly ticketId: string;
  readonly organiser: Client;
  readonly buyer: Client;
  readonly buyerToken: string;
  /** Of the event, each with its id. */
  readonly passes: readonly string[];
  /** Of another event. */
  readonly foreignPass: string;
}

export async function openDoorScene(service: Service, passCount: number): Promise<DoorScene> {
  const sale = await putOnSale(service, 1, [{ capacity: 1, priceMinor: 0 }]);
  const organiser = client(service.url, sale.organiserToken);
  const buyerToken = sale.buyers[0]?.token ?? "";
  const buyer = client(service.url, buyerToken);
  const [foreignPass = ""] = await buy(buyer, sale.tickets[0]?.id ?? "", 1);
  const tonight = { starts_at: inHours(2), ends_at: inHours(6), timezone: "Europe/Berlin", status: "published" };
  const event = { name: EVENT_NAME, venue: "Old Brewery, Hall 2", reentry: true, ...tonight };
  const eventId = (await must<{ id: string }>(organiser, "POST", "/events", event)).body.id;
  const tickets = [];
  for (const name of ["Stalls", "Circle"]) {
    const body = { name, capacity: 500, max_per_buyer: null, price: { amount: 0, currency: "EUR" } };
    tickets.push((await must<{ id: string }>(organiser, "POST", `/events/${eventId}/tickets`, body)).body.id);
  }
  const [ticketId = ""] = tickets;
  const passes = await buy(buyer, ticketId, passCount);
  return { service, eventId, ticketId, organiser, buyer, buyerToken, passes, foreignPass };
}

/** An account of the crew that signs in with `PASSWORD`. */
export async function addCrew(scene: DoorScene, username: string, part: "manager" | "scanner"): Promise<void> {
  const api = client(scene.service.url);
  await must(api, "POST", "/register", { username, email: `${username}@example.com`, password: PASSWORD });
  const { body } = await must<{ "auth-token": string }>(api, "POST", "/api-auth/login", {
    ...{ username, password: PASSWORD },
  });
  const me = await must<{ id: string }>(client(scene.service.url, body["auth-token"]), "GET", "/me");
  await must(scene.organiser, "PUT", `/events/${scene.eventId}/crew/${me.body.id}`, { part });
}

export async function codeOf({ buyer }: DoorScene, passId: string): Promise<string> {
  return (await must<{ code: string }>(buyer, "GET", `/passes/${passId}`)).body.code;
}

/** As a `data:` URL, with the size that a style gives it in a page. */
export async function pictureOf({ service, buyerToken }: DoorScene, passId: string): Promise<string> {
  const headers = { authorization: `Bearer ${buyerToken}` };
  const response = await fetch(`${service.url}/passes/${passId}/code.svg`, { headers });
  const svg = (await response.text()).replace("<svg ", '<svg width="980" height="980" ');
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

/** Another gate, which has a network. */
export async function scanAt(scene: DoorScene, gate: string, passId: string): Promise<string> {
  const body = { event: scene.eventId, code: await codeOf(scene, passId), gate, key: randomUUID() };
  return (await must<{ result: string }>(scene.organiser, "POST", "/check-ins", body)).body.result;
}

async function buy(buyer: Client, ticket: string, quantity: number): Promise<string[]> {
  const { id } = (await must<{ id: string }>(buyer, "POST", "/reservations", { ticket, quantity })).body;
  await must(buyer, "POST", `/reservations/${id}/payment`, {});
  return (await listAll<{ id: string }>(buyer, `/reservations/${id}/passes`)).map((pass) => pass.id);
}

function inHours(hours: number): string {
  return new Date(Date.now() + hours * 3_600_000).toISOString();
}
