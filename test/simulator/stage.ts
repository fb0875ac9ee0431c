// One simulated service: the objects, the consumer and all they talk to, put together for one seed.

import type { Env, LimitName } from "../../src/worker/env.ts";
import { consumePayments } from "../../src/worker/payments/consumer.ts";
import type { PaymentProvider } from "../../src/worker/payments/provider.ts";
import { Cache } from "./cache.ts";
import { D1 } from "./d1.ts";
import { Orders } from "./orders.ts";
import { makePlan } from "./plan.ts";
import { Provider } from "./provider.ts";
import { PaymentQueue } from "./queue.ts";
import type { Rewrite } from "./sqlite.ts";
import { TicketTypes } from "./ticket-types.ts";
import type { Owner } from "./timeline.ts";
import { newOwner, World } from "./world.ts";

/** A planted mistake, to show that the oracle catches it. */
export interface Mistake {
  readonly sql?: Rewrite;
  readonly provider?: (provider: PaymentProvider) => PaymentProvider;
}

/** Later than any run gets to. */
export const EVENT_ENDS_MS = Date.UTC(2200, 0, 1);

export const EVENT_ID = "event";
export const ACTOR = { accountId: "organiser", address: "192.0.2.1" };

// The event is still to be announced, as those of the version before are.
const CATALOGUE = `
  INSERT INTO accounts (id, username, email, password_hash, role, created_at_ms)
    VALUES ('organiser', 'organiser', 'o@example.org', '', 'organizer', 0);
  INSERT INTO events (id, organizer_id, name, venue, description, starts_at_ms, ends_at_ms, timezone, status,
    status_version, announcing, created_at_ms, indexed_version, announced_version)
    VALUES ('${EVENT_ID}', 'organiser', 'Event', '', '', 0, ${EVENT_ENDS_MS}, 'UTC', 'published', 1, 0, 0, 1, 0);
`;

const BUYERS = `
  INSERT INTO accounts (id, username, email, password_hash, created_at_ms)
    SELECT value, value, value || '@example.org', '', 0 FROM json_each(?)`;

let stages = 0;

export type Stage = ReturnType<typeof newStage>;

export function newStage(seed: number, withoutFaults: readonly string[], mistake: Mistake) {
  const plan = makePlan(seed);
  const world = new World(seed, plan.rates, withoutFaults);
  const d1 = new D1(world, mistake.sql);
  d1.sqlite.script(CATALOGUE);
  d1.sqlite.all(BUYERS, [JSON.stringify(Array.from({ length: plan.buyers }, (_, buyer) => `buyer ${buyer}`))]);
  const cache = new Cache(world);
  const provider = new Provider(world, (message) => {
    queue
      .bindingFor(newOwner("caller", "the provider"))
      .send(message)
      .catch(() => {});
  });
  const portFor = (owner: Owner) => mistake.provider?.(provider.portFor(owner)) ?? provider.portFor(owner);
  const queue = new PaymentQueue(world, envFor, (batch, env, owner) => consumePayments(batch, env, portFor(owner)));
  const ticketTypes = new TicketTypes(world, plan.configs, mistake.sql, envFor);
  const orders = new Orders(world, mistake.sql, envFor);

  // An isolate remembers by its URL which cache fails: none of another run's.
  stages += 1;
  const redis = { UPSTASH_REDIS_REST_URL: `https://${stages}.cache.test`, UPSTASH_REDIS_REST_TOKEN: "token" };
  function envFor(owner: Owner): Env {
    return {
      DB: d1.bindingFor(owner),
      TICKET_TYPES: ticketTypes.namespaceFor(owner),
      PAYMENTS: queue.bindingFor(owner),
      // No mail is sent: what is owed stays due.
      MAILS: { sendBatch: async () => {} } as unknown as Env["MAILS"],
      WEBHOOKS: { sendBatch: async () => {} } as unknown as Env["WEBHOOKS"],
      ORDERS: orders.namespaceFor(owner),
      ASSETS: {} as Env["ASSETS"],
      ...({} as Record<LimitName, RateLimit>),
      HOLD_SECONDS: "900",
      RETENTION_DAYS: "10",
      ...(plan.hasCache ? redis : {}),
    };
  }
  return { plan, world, d1, cache, provider, portFor, queue, ticketTypes, orders, envFor };
}
