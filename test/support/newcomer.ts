// A copy of the project as a newcomer starts it with `npm start`, and requests to it.

import { afterAll, beforeAll, expect } from "vitest";
import { client, type Reply } from "../../scripts/lib/client.ts";
import { copyProject, type Project, type RunningServer } from "./project.ts";

/** What tests look at, of all replies together. */
interface Body {
  readonly id: string;
  readonly event: string;
  readonly available: number;
  readonly state: string;
  readonly "auth-token": string;
  readonly payment: { readonly state: string } | null;
  readonly tickets: readonly {
    readonly id: string;
    readonly available: number;
    readonly price: { amount: number };
    readonly prices: readonly unknown[];
  }[];
}

class Newcomer {
  project!: Project;
  server!: RunningServer;

  async start(): Promise<void> {
    this.server = await this.project.start();
  }

  ask(method: string, path: string, body?: unknown, token?: string): Promise<Reply<Body>> {
    return client(this.server.url, token)<Body>(method, path, body);
  }

  async list(path: string, token?: string): Promise<Body[]> {
    return (await client(this.server.url, token)<Body[]>("GET", path)).body;
  }

  /** Registers and signs in; the token. */
  async signUp(username: string): Promise<string> {
    const password = "correct horse battery";
    const account = { username, email: `${username}@example.com`, password };
    expect((await this.ask("POST", "/register", account)).status).toBe(201);
    const login = await this.ask("POST", "/api-auth/login", { username, password });
    expect(login.status).toBe(200);
    return login.body["auth-token"];
  }

  /** Of one price, which need not be named. */
  async pricedTicket(): Promise<string> {
    for (const { id } of await this.list("/events?limit=100")) {
      const { body } = await this.ask("GET", `/events/${id}`);
      const found = body.tickets.find(
        ({ price, prices, available }) => price.amount > 0 && prices.length === 1 && available > 100,
      );
      if (found !== undefined) return found.id;
    }
    throw new Error("the sample programme has no ticket type for this test");
  }
}

/** For the tests of one file. Holds are short enough for an evening to wait for. */
export function useNewcomer(): Newcomer {
  const newcomer = new Newcomer();
  beforeAll(async () => {
    newcomer.project = await copyProject({
      HOLD_SECONDS: "8",
      RATE_LIMITS: "off",
      ALLOWED_ORIGINS: "https://shop.test",
    });
    await newcomer.start();
  });
  afterAll(async () => {
    await newcomer.server.stop();
    newcomer.project.remove();
  });
  return newcomer;
}
