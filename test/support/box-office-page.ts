// The box office in a browser, for its tests: organisers, and what they have made over the API.

import type { Page } from "playwright-core";
import { client, must } from "../../scripts/lib/client.ts";
import type { Service } from "../crash/service.ts";

export const PASSWORD = "correct horse battery";

export interface Tokens {
  readonly "auth-token": string;
}

export interface Made {
  readonly id: string;
  readonly tickets: readonly { readonly id: string; readonly prices: readonly { readonly id: string }[] }[];
}

/** `service` is asked for at each call: tests start it after this is made. */
export function boxOffice(service: () => Service) {
  /** Over the API, as any other client. */
  async function ask<T = Made>(token: string | undefined, method: string, path: string, body?: unknown): Promise<T> {
    const { body: answered } = await must<T>(client(service().url, token), method, path, body);
    return answered;
  }

  /** Registers, and makes an organiser of it, as whoever runs the service does. */
  async function organiser(name: string): Promise<string> {
    const email = `${name}@example.test`;
    await ask(undefined, "POST", "/register", { username: name, email, password: PASSWORD });
    await service().query("UPDATE accounts SET role = 'organizer' WHERE email = ?", email);
    return email;
  }

  async function token(username: string): Promise<string> {
    const body = { username, password: PASSWORD };
    return (await ask<Tokens>(undefined, "POST", "/api-auth/login", body))["auth-token"];
  }

  /** Buys as a guest, over the API, as the shop does. */
  async function buy(eventId: string, quantity: number, email: string): Promise<string> {
    const guest = (await ask<Tokens>(undefined, "POST", "/guests", { email }))["auth-token"];
    const [type] = (await ask(guest, "GET", `/events/${eventId}`)).tickets;
    const items = [{ ticket: type?.id, price: type?.prices[0]?.id, quantity }];
    const order = await ask(guest, "POST", "/orders", { items });
    await ask(guest, "POST", `/orders/${order.id}/payment`, { payment_method: "pm_card_visa" });
    return order.id;
  }

  return { ask, organiser, token, buy };
}

export async function signIn(page: Page, email: string): Promise<void> {
  await page.goto("/box-office");
  await page.getByLabel("E-mail address or name").fill(email);
  await page.getByLabel("Password").fill(PASSWORD);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Events", exact: true }).waitFor();
}
