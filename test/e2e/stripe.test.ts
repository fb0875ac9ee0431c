// The built service with a double of Stripe: payments over HTTP, with notices and without.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { client, type Reply } from "../../scripts/lib/client.ts";
import { openSale, type Sale } from "../crash/sale.ts";
import type { Service } from "../crash/service.ts";
import { startService, useFolder } from "../support/built-service.ts";
import { Prng } from "../support/prng.ts";
import { StripeDouble } from "../support/stripe/double.ts";
import type { Intent } from "../support/stripe/records.ts";

const HOLD_SECONDS = 900;
const EVENT_OF_TEST = {
  venue: "Here",
  timezone: "UTC",
  status: "published",
  starts_at: "2031-05-01T18:00:00Z",
  ends_at: "2031-05-01T20:00:00Z",
};

interface Body {
  readonly id: string;
  readonly type: string;
  readonly event: string;
  readonly ticket: string;
  readonly state: string;
  readonly amount: number | null;
  readonly currency: string | null;
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly payment: Body | null;
  readonly next_action: { readonly type: string; readonly client_secret: string } | null;
  readonly errors: readonly object[];
}

const folder = useFolder("stripe");
let stripe: StripeDouble;
let service: Service;
let sale: Sale;

beforeAll(async () => {
  stripe = await StripeDouble.start();
  service = await startService(folder.path, HOLD_SECONDS, { variables: stripe.settings });
  stripe.notices.url = `${service.url}/webhooks/stripe`;
  sale = await openSale(service, 1, 0, new Prng(Date.now()));
});
afterAll(async () => {
  await service?.kill();
  await stripe?.stop();
});
beforeEach(() => {
  stripe.notices.mode = "sent";
});

function ask(method: string, path: string, body?: unknown): Promise<Reply<Body>> {
  return client(service.url, sale.buyers[0]?.token)<Body>(method, path, body);
}

async function newTicket(): Promise<string> {
  const [{ id = "" } = {}] = sale.tickets;
  const { event } = (await ask("GET", `/tickets/${id}`)).body;
  const ticket = { name: "Stalls", capacity: 500, max_per_buyer: null, price: { amount: 4500, currency: "EUR" } };
  const made = await client(service.url, sale.organiserToken)<Body>("POST", `/events/${event}/tickets`, ticket);
  expect(made.status).toBe(201);
  return made.body.id;
}

/** A reservation whose payment has begun. */
async function paying(method: string): Promise<string> {
  const held = await ask("POST", "/reservations", { ticket: await newTicket(), quantity: 2 });
  expect(held.status).toBe(201);
  const { id } = held.body;
  const paid = await ask("POST", `/reservations/${id}/payment`, { payment_method: method });
  expect(paid.status).toBe(202);
  return id;
}

async function ends(id: string, state: string): Promise<Body> {
  await expect.poll(async () => (await ask("GET", `/reservations/${id}/payment`)).body.state).toBe(state);
  return (await ask("GET", `/reservations/${id}/payment`)).body;
}

function intentsOf(bought: string): Intent[] {
  return [...stripe.records.intents.values()].filter(({ metadata }) => metadata.bought === bought);
}

describe("a payment", () => {
  test.each(["pm_card_visa", "ctoken_visa"])("by %s succeeds: one intent of the total", async (method) => {
    const id = await paying(method);
    expect(await ends(id, "succeeded")).toMatchObject({ amount: 9_000, currency: "EUR", error: null });
    expect((await ask("GET", `/reservations/${id}`)).body.state).toBe("confirmed");
    expect(intentsOf(id)).toMatchObject([{ amount: 9_000, amount_received: 9_000, currency: "eur" }]);
  });

  test("that is declined says why, moves nothing, and leaves the hold for another card", async () => {
    const id = await paying("pm_card_visa_chargeDeclinedInsufficientFunds");
    const error = { code: "insufficient_funds", message: "Your card has insufficient funds." };
    expect(await ends(id, "failed")).toMatchObject({ amount: null, currency: null, error });
    await ask("POST", `/reservations/${id}/payment`, { payment_method: "pm_card_visa" });
    await ends(id, "succeeded");
    expect(intentsOf(id).map(({ status }) => status)).toEqual(["canceled", "succeeded"]);
  });

  test("of an order is one intent, and names the order", async () => {
    const items = [
      { ticket: await newTicket(), quantity: 1 },
      { ticket: await newTicket(), quantity: 2 },
    ];
    const order = (await ask("POST", "/orders", { items })).body;
    await ask("POST", `/orders/${order.id}/payment`, { payment_method: "pm_card_visa" });
    await expect.poll(async () => (await ask("GET", `/orders/${order.id}`)).body.state).toBe("confirmed");
    expect(intentsOf(order.id)).toMatchObject([{ amount: 13_500, status: "succeeded" }]);
  });

  test("whose reply is lost after the charge is found, not charged again", async () => {
    stripe.trouble("lost after", /^POST \/v1\/payment_intents$/);
    const id = await paying("pm_card_visa");
    await ends(id, "succeeded");
    expect(intentsOf(id)).toHaveLength(1);
  });

  test.each(["4242424242424242", "tok_visa"])("by %s is refused, unread", async (method) => {
    const held = await ask("POST", "/reservations", { ticket: await newTicket(), quantity: 1 });
    const refused = await ask("POST", `/reservations/${held.body.id}/payment`, { payment_method: method });
    expect(refused.status).toBe(422);
    expect(JSON.stringify(refused.body)).not.toContain(method);
    expect(service.log()).not.toContain(method);
  });
});

describe("3-D Secure", () => {
  const THREE_D_SECURE = "pm_card_threeDSecure2Required";
  const KINDS = ["reservations", "orders"] as const;
  type Path = `/${(typeof KINDS)[number]}/${string}`;

  /** What is paid for, once its buyer has what Stripe.js needs. */
  async function waiting(kind: (typeof KINDS)[number]): Promise<{ path: Path; intent: Intent }> {
    const items = [
      { ticket: await newTicket(), quantity: 1 },
      { ticket: await newTicket(), quantity: 2 },
    ];
    const made = await ask("POST", `/${kind}`, kind === "orders" ? { items } : items[1]);
    const path = `/${kind}/${made.body.id}` as const;
    const paid = await ask("POST", `${path}/payment`, { payment_method: THREE_D_SECURE });
    expect(paid.status).toBe(202);
    await expect.poll(async () => (await paymentOf(path)).next_action).not.toBeNull();
    const [intent] = intentsOf(made.body.id);
    if (intent === undefined) throw new Error("there is no intent");
    const { next_action: action, state } = await paymentOf(path);
    expect(state).toBe("pending");
    expect(action).toMatchObject({ type: "authenticate", client_secret: intent.client_secret });
    return { path, intent };
  }

  async function paymentOf(path: Path): Promise<Body> {
    return (await ask("GET", `${path}/payment`)).body;
  }

  async function comesTo(path: Path, state: string, within = 30_000): Promise<void> {
    const found = async () => {
      const { body } = await ask("GET", path);
      return `${body.state} ${body.payment?.state}`;
    };
    await expect.poll(found, { timeout: within }).toBe(state);
  }

  describe.each(KINDS)("of %s", (kind) => {
    test("in time: one intent, of the total", async () => {
      const { path, intent } = await waiting(kind);
      stripe.records.authenticate(intent.id, true);
      await comesTo(path, "confirmed succeeded");
      expect((await paymentOf(path)).next_action).toBeNull();
      expect(intentsOf(intent.metadata.bought ?? "")).toMatchObject([
        { amount: kind === "orders" ? 13_500 : 9_000, status: "succeeded" },
      ]);
    });

    test("without any notice: found soon", async () => {
      stripe.notices.mode = "dropped";
      const { path, intent } = await waiting(kind);
      stripe.records.authenticate(intent.id, true);
      await comesTo(path, "confirmed succeeded", 60_000);
    });

    test("with notices that come twice and in the wrong order: once", async () => {
      stripe.notices.mode = "held";
      const { path, intent } = await waiting(kind);
      stripe.records.authenticate(intent.id, true);
      await stripe.notices.release((held) => [...held, ...held].reverse());
      await comesTo(path, "confirmed succeeded");
      stripe.records.authenticate(intent.id, true);
      expect(intentsOf(intent.metadata.bought ?? "")).toMatchObject([{ status: "succeeded" }]);
    });

    test("that fails: another card pays, and the first intent can't be revived", async () => {
      const { path, intent } = await waiting(kind);
      stripe.records.authenticate(intent.id, false);
      await comesTo(path, "held failed");
      expect((await paymentOf(path)).error?.code).toBe("authentication_failed");
      stripe.records.revive(intent.id);
      expect(intent.status).toBe("canceled");
      await ask("POST", `${path}/payment`, { payment_method: "pm_card_visa" });
      await comesTo(path, "confirmed succeeded");
    });

    test("that its buyer breaks off: the intent is cancelled at once", async () => {
      const { path, intent } = await waiting(kind);
      expect((await ask("DELETE", path)).status).toBe(202);
      await comesTo(path, "cancelled failed");
      expect(intent.status).toBe("canceled");
      stripe.records.authenticate(intent.id, true);
      expect(intent.amount_received).toBe(0);
    });

    test("that passed before the cancel came: paid and confirmed", async () => {
      stripe.notices.mode = "dropped";
      const { path, intent } = await waiting(kind);
      stripe.records.authenticate(intent.id, true);
      expect((await ask("DELETE", path)).status).toBe(202);
      await comesTo(path, "confirmed succeeded");
      expect(stripe.records.refundedOf(intent.id)).toBe(0);
    });

    test("whose cancel has no reply: what the next one finds decides", async () => {
      const { path, intent } = await waiting(kind);
      stripe.trouble("lost after", /cancel/);
      await ask("DELETE", path);
      await comesTo(path, "cancelled failed");
      expect(intent.status).toBe("canceled");
    });

    test("whose first reply is lost: one intent", async () => {
      stripe.trouble("lost after", /^POST \/v1\/payment_intents$/);
      const { path, intent } = await waiting(kind);
      stripe.records.authenticate(intent.id, true);
      await comesTo(path, "confirmed succeeded");
      expect(intentsOf(intent.metadata.bought ?? "")).toHaveLength(1);
    });
  });
});

describe("notices", () => {
  test("a payment that is processing ends with its notice", async () => {
    const id = await paying("pm_card_processing");
    await expect.poll(() => intentsOf(id)).toHaveLength(1);
    stripe.records.succeed(intentsOf(id)[0]?.id ?? "");
    await ends(id, "succeeded");
    await stripe.notices.settled();
    expect(stripe.notices.replies.at(-1)).toBe(200);
  });

  test("without any notice it ends all the same", async () => {
    stripe.notices.mode = "dropped";
    const id = await paying("pm_card_processing");
    await expect.poll(() => intentsOf(id)).toHaveLength(1);
    stripe.records.succeed(intentsOf(id)[0]?.id ?? "");
    await ends(id, "succeeded");
  });

  test("doubled, and in the wrong order, they change nothing", async () => {
    stripe.notices.mode = "held";
    const id = await paying("pm_card_visa");
    await ends(id, "succeeded");
    await stripe.notices.release((held) => [...held, ...held].reverse());
    expect(intentsOf(id)).toHaveLength(1);
    expect(await ends(id, "succeeded")).toMatchObject({ amount: 9_000 });
  });

  const notice = JSON.stringify({ id: "evt_1", object: "event", type: "charge.succeeded", data: { object: {} } });

  test("one of something else is acknowledged", async () => {
    expect(await stripe.notices.send({ body: notice })).toBe(200);
  });

  test("one that was signed nearly five minutes ago is taken", async () => {
    expect(await stripe.notices.send({ body: notice }, Date.now() - 295_000)).toBe(200);
  });

  test.each<[what: string, signedAtMs: number, secret: string]>([
    ["older than five minutes", Date.now() - 301_000, "whsec_onlyfortests00000000"],
    ["signed by another", Date.now(), "whsec_another"],
  ])("one that is %s is refused", async (_what, signedAtMs, secret) => {
    expect(await stripe.notices.send({ body: notice }, signedAtMs, secret)).toBe(400);
  });

  test("one without a signature, or with nothing in it, is refused", async () => {
    for (const body of [notice, "", "{"]) {
      const reply = await fetch(stripe.notices.url ?? "", { method: "POST", body });
      expect(reply.status).toBe(400);
      expect(reply.headers.get("content-type")).toBe("application/problem+json");
    }
  });
});

describe("a refund", () => {
  interface RefundBody {
    readonly id: string;
    readonly state: string;
    readonly amount: { readonly amount: number };
    readonly error: { readonly code: string } | null;
  }
  const organiser = <T>(method: string, path: string, body?: unknown) =>
    client(service.url, sale.organiserToken)<T>(method, path, body);
  const REST = { restock: true, reason: "You are ill." };

  async function paid(method = "pm_card_visa"): Promise<string> {
    const id = await paying(method);
    await ends(id, "succeeded");
    return id;
  }
  const list = async (id: string) =>
    (await organiser<readonly RefundBody[]>("GET", `/reservations/${id}/refunds`)).body;
  const make = async (id: string, body: object) =>
    (await organiser<RefundBody>("POST", `/reservations/${id}/refunds`, { ...REST, ...body })).body;
  const statesOf = async (id: string) => (await list(id)).map(({ state }) => state);
  const refundsAt = (id: string) =>
    [...stripe.records.refunds.values()].filter(({ metadata }) => metadata.bought === id);

  test("in parts is so many refunds at Stripe, and never more than was paid", async () => {
    const id = await paid();
    const first = await make(id, { items: [{ reservation: id, quantity: 1 }], amount: 4_000 });
    const second = await make(id, { amount: 500 });
    await expect.poll(() => statesOf(id)).toEqual(["succeeded", "succeeded"]);
    const { type } = (await organiser<Body>("POST", `/reservations/${id}/refunds`, { ...REST, amount: 4_501 })).body;
    expect(type).toBe("/problems/refund-exceeds");
    await make(id, { all: true });
    await expect.poll(() => statesOf(id)).toEqual(["succeeded", "succeeded", "succeeded"]);
    expect(refundsAt(id).map(({ amount }) => amount)).toEqual([4_000, 500, 4_500]);
    expect(
      refundsAt(id)
        .slice(0, 2)
        .map(({ metadata }) => metadata.refund),
    ).toEqual([first.id, second.id]);
    expect(stripe.records.refundedOf(intentsOf(id)[0]?.id ?? "")).toBe(9_000);
    expect((await ask("GET", `/reservations/${id}`)).body.state).toBe("refunded");
  });

  test.each(["lost before", "lost after", "broken after"] as const)(
    "whose reply is %s is made once",
    async (trouble) => {
      const id = await paid();
      stripe.trouble(trouble, /^POST \/v1\/refunds$/);
      await make(id, { amount: 1_000 });
      await expect.poll(() => statesOf(id), { timeout: 30_000 }).toEqual(["succeeded"]);
      expect(refundsAt(id).map(({ amount }) => amount)).toEqual([1_000]);
    },
  );

  test("waits for a Stripe that is busy", async () => {
    const id = await paid();
    stripe.callsPerSecond = 0;
    await make(id, { amount: 1_000 });
    await expect.poll(() => stripe.journal.at(-1)?.status).toBe(429);
    expect(await statesOf(id)).toEqual(["due"]);
    stripe.callsPerSecond = null;
    await expect.poll(() => statesOf(id), { timeout: 30_000 }).toEqual(["succeeded"]);
    expect(refundsAt(id)).toHaveLength(1);
  });

  test("that fails after it had succeeded is shown by its notice, however often that comes, and tried again", async () => {
    const id = await paid();
    const { id: refundId } = await make(id, { all: true });
    await expect.poll(() => statesOf(id)).toEqual(["succeeded"]);
    stripe.notices.mode = "doubled";
    stripe.records.endRefund(refundsAt(id)[0]?.id ?? "", "failed");
    await expect.poll(() => statesOf(id)).toEqual(["failed"]);
    expect((await list(id))[0]?.error).toMatchObject({ code: "expired_or_canceled_card" });
    const retried = await organiser<RefundBody>("POST", `/reservations/${id}/refunds/${refundId}/retry`);
    expect(retried.status).toBe(202);
    await expect.poll(() => statesOf(id)).toEqual(["succeeded"]);
    expect(refundsAt(id).map(({ status, metadata }) => [status, metadata.refund])).toEqual([
      ["failed", refundId],
      ["succeeded", `${refundId}.2`],
    ]);
    expect(stripe.records.refundedOf(intentsOf(id)[0]?.id ?? "")).toBe(9_000);
  });

  test("that is pending ends with its notice", async () => {
    const id = await paid("pm_card_pendingRefund");
    await make(id, { all: true });
    await expect.poll(() => statesOf(id)).toEqual(["pending"]);
    stripe.records.endRefund(refundsAt(id)[0]?.id ?? "", "succeeded");
    await expect.poll(() => statesOf(id)).toEqual(["succeeded"]);
  });
});

describe("a dispute", () => {
  const disputesOf = async (reservation: string) => {
    const { ticket } = (await ask("GET", `/reservations/${reservation}`)).body;
    const { event } = (await ask("GET", `/tickets/${ticket}`)).body;
    const organiser = client(service.url, sale.organiserToken)<readonly object[]>;
    return (await organiser("GET", `/events/${event}/disputes`)).body;
  };

  test.each(["won", "lost"] as const)(
    "that a notice tells of is shown to the organiser until it is %s",
    async (end) => {
      const id = await paying("pm_card_createDispute");
      const open = {
        reservation: id,
        state: "open",
        reason: "fraudulent",
        total: { amount: 9_000, currency: "EUR", exponent: 2 },
      };
      await expect.poll(() => disputesOf(id)).toEqual(expect.arrayContaining([expect.objectContaining(open)]));
      const [intent] = intentsOf(id);
      const [dispute] = [...stripe.records.disputes.values()].filter(
        ({ payment_intent }) => payment_intent === intent?.id,
      );
      stripe.records.endDispute(dispute?.id ?? "", end);
      const ended = { dispute: dispute?.id, state: end, respond_by: null };
      await expect.poll(() => disputesOf(id)).toEqual(expect.arrayContaining([expect.objectContaining(ended)]));
      expect((await ask("GET", `/reservations/${id}`)).body.state).toBe("confirmed");
    },
  );
});

describe("a price that Stripe can't charge is refused when it is made", () => {
  test.each<[amount: number, currency: string, path: string | null]>([
    [49, "EUR", "price.amount"],
    [50, "EUR", null],
    [0, "EUR", null],
    [1_234, "KWD", "price.amount"],
    [4_500, "GHS", "price.currency"],
    [100_000_000, "EUR", "price.amount"],
  ])("%i %s", async (amount, currency, path) => {
    const [{ id = "" } = {}] = sale.tickets;
    const { event } = (await ask("GET", `/tickets/${id}`)).body;
    const ticket = { name: "Balcony", capacity: 10, price: { amount, currency } };
    const organiser = client(service.url, sale.organiserToken);
    const made = await organiser<Body>("POST", `/events/${event}/tickets`, ticket);
    expect(made.status).toBe(path === null ? 201 : 422);
    if (path !== null) expect(made.body.errors).toMatchObject([{ path }]);
    const changed = await organiser<Body>("PATCH", `/tickets/${id}`, { price: ticket.price });
    if (path !== null) expect(changed.body.errors).toMatchObject([{ path }]);
    const added = await organiser<Body>("POST", `/tickets/${id}/prices`, { name: "Child", price: ticket.price });
    if (path !== null) expect(added.body.errors).toMatchObject([{ path }]);
  });
});

test("front ends learn who takes payments", async () => {
  const { body } = await ask("GET", "/payments/config");
  expect(body).toEqual({ provider: "stripe", publishable_key: stripe.publishableKey });
});

test("no log has a key or a client secret in it", () => {
  const log = service.log();
  expect(log).toContain("payment message");
  const secrets = [...stripe.records.intents.values()].map(({ client_secret }) => client_secret);
  for (const secret of [stripe.secretKey, stripe.webhookSecret, ...secrets]) expect(log).not.toContain(secret);
});

describe("reconciling compares with what Stripe has on record", () => {
  interface Reconciliation {
    readonly differences: readonly { readonly kind: string; readonly payment: string | null }[];
    readonly next: string | null;
  }

  async function differences(): Promise<string[]> {
    await service.query("UPDATE accounts SET role = 'admin' WHERE role = 'organizer'");
    const found: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const path: string = cursor === "" ? "/reconcile" : `/reconcile?cursor=${cursor}`;
      const { status, body } = await client(service.url, sale.organiserToken)<Reconciliation>("POST", path);
      expect(status).toBe(200);
      found.push(...body.differences.map(({ kind }) => kind));
      cursor = body.next;
    }
    return found;
  }

  test("all is as it should be", async () => {
    expect(await differences()).toEqual([]);
  });

  test("a refund that failed, unheard of, is settled so; one of another amount is reported", async () => {
    const organiser = client(service.url, sale.organiserToken);
    const [one, another] = [await paying("pm_card_visa"), await paying("pm_card_visa")];
    stripe.notices.mode = "dropped";
    for (const id of [one, another]) {
      await ends(id, "succeeded");
      await organiser("POST", `/reservations/${id}/refunds`, { all: true, restock: true, reason: "" });
    }
    const states = async (id: string) =>
      (await organiser<readonly Body[]>("GET", `/reservations/${id}/refunds`)).body.map(({ state }) => state);
    for (const id of [one, another]) await expect.poll(() => states(id)).toEqual(["succeeded"]);
    const at = (id: string) => [...stripe.records.refunds.values()].find(({ metadata }) => metadata.bought === id);
    const [ofOne, ofAnother] = [at(one), at(another)];
    if (ofOne === undefined || ofAnother === undefined) throw new Error("no refunds");
    stripe.records.endRefund(ofOne.id, "failed");
    stripe.records.refunds.set(ofAnother.id, { ...ofAnother, amount: 8_999 });
    expect((await differences()).toSorted()).toEqual(["charge_amount", "refund_state"]);
    expect(await states(one)).toEqual(["failed"]);
    stripe.records.refunds.set(ofAnother.id, ofAnother);
    expect(await differences()).toEqual([]);
  });

  test("a charge of another amount, and one that Stripe does not have", async () => {
    const [one, another] = [await paying("pm_card_visa"), await paying("pm_card_visa")];
    await ends(one, "succeeded");
    await ends(another, "succeeded");
    const [ofOne, ofAnother] = [intentsOf(one)[0], intentsOf(another)[0]];
    if (ofOne === undefined || ofAnother === undefined) throw new Error("no intents");
    stripe.records.intents.set(ofOne.id, { ...ofOne, amount: 1 });
    stripe.records.intents.delete(ofAnother.id);
    expect((await differences()).toSorted()).toEqual(["charge_amount", "charge_missing"]);
  });
});

describe("the money of an event adds up", () => {
  interface Takings {
    readonly totals: readonly Readonly<Record<string, { readonly amount: number }>>[];
  }
  const organiser = <T>(method: string, path: string, body?: unknown) =>
    client(service.url, sale.organiserToken)<T>(method, path, body);
  const paid = async (items: readonly (readonly [ticket: string, quantity: number])[], method = "pm_card_visa") => {
    const body = { items: items.map(([ticket, quantity]) => ({ ticket, quantity })) };
    const { id } = (await ask("POST", "/orders", body)).body;
    await ask("POST", `/orders/${id}/payment`, { payment_method: method });
    await expect.poll(async () => (await ask("GET", `/orders/${id}`)).body.state).toBe("confirmed");
    return id;
  };
  const refund = (id: string, body: object) =>
    organiser<Body>("POST", `/orders/${id}/refunds`, { restock: true, reason: "", ...body });
  const intentOf = (id: string) => intentsOf(id).find(({ status }) => status === "succeeded")?.id ?? "";
  const disputed = async (id: string) => {
    const [dispute] = [...stripe.records.disputes.values()].filter((one) => one.payment_intent === intentOf(id));
    return dispute?.id ?? "";
  };

  /** By Stripe's records: what it charged for these, less what went back or is held back. */
  function heldAtStripe(orders: readonly string[]): number {
    const intents = orders.map(intentOf);
    const charged = intents.reduce((sum, id) => sum + stripe.records.intent(id).amount_received, 0);
    const refunded = intents.reduce((sum, id) => sum + stripe.records.refundedOf(id), 0);
    const lost = [...stripe.records.disputes.values()].filter(
      ({ payment_intent: id, status }) => intents.includes(id) && status !== "won",
    );
    return charged - refunded - lost.reduce((sum, { amount }) => sum + amount, 0);
  }

  test("with refunds, parts, failed ones, and disputes that are open, won and lost", async () => {
    const event = (name: string) => organiser<Body>("POST", "/events", { ...EVENT_OF_TEST, name });
    const [one, other] = [(await event("One")).body.id, (await event("Other")).body.id];
    const ticket = async (event: string, amount: number) => {
      const body = { name: "Stalls", capacity: 100, max_per_buyer: null, price: { amount, currency: "EUR" } };
      return (await organiser<Body>("POST", `/events/${event}/tickets`, body)).body.id;
    };
    const [stalls, others] = [await ticket(one, 4_501), await ticket(other, 3_333)];
    const kept = await paid([[stalls, 2]]);
    const inParts = await paid([
      [stalls, 1],
      [others, 2],
    ]);
    const whole = await paid([[stalls, 1]]);
    const failing = await paid([[stalls, 1]]);
    const [open, won, lost] = [
      await paid([[stalls, 1]], "pm_card_createDispute"),
      await paid([[others, 1]], "pm_card_createDispute"),
      await paid(
        [
          [stalls, 1],
          [others, 1],
        ],
        "pm_card_createDispute",
      ),
    ];
    for (const amount of [1, 100, 1_000]) await refund(inParts, { amount });
    for (const id of [whole, failing]) await refund(id, { all: true });
    const statesOf = async (id: string) =>
      (await organiser<readonly Body[]>("GET", `/orders/${id}/refunds`)).body.map(({ state }) => state);
    await expect.poll(() => statesOf(inParts)).toEqual(["succeeded", "succeeded", "succeeded"]);
    for (const id of [whole, failing]) await expect.poll(() => statesOf(id)).toEqual(["succeeded"]);
    const atStripe = [...stripe.records.refunds.values()].find((one) => one.payment_intent === intentOf(failing));
    stripe.records.endRefund(atStripe?.id ?? "", "failed");
    stripe.records.endDispute(await disputed(won), "won");
    stripe.records.endDispute(await disputed(lost), "lost");

    const all = [kept, inParts, whole, failing, open, won, lost];
    const netOf = async (event: string) =>
      (await organiser<Takings>("GET", `/events/${event}/takings`)).body.totals[0]?.net?.amount ?? 0;
    await expect.poll(async () => (await netOf(one)) + (await netOf(other))).toBe(heldAtStripe(all));
    const [ofOne] = (await organiser<Takings>("GET", `/events/${one}/takings`)).body.totals;
    expect(ofOne).toMatchObject({
      taken: { amount: 7 * 4_501 },
      disputed: { amount: 4_501 },
      lost: { amount: 4_501 },
    });
  });
});

test("a rush on a Stripe that allows few calls: all are settled, none twice, and none is a dead letter", async () => {
  const ticket = await newTicket();
  stripe.callsPerSecond = 25;
  const ids = await Promise.all(
    Array.from({ length: 150 }, async () => {
      const { id } = (await ask("POST", "/reservations", { ticket, quantity: 1 })).body;
      await ask("POST", `/reservations/${id}/payment`, { payment_method: "pm_card_visa" });
      return id;
    }),
  );
  const COUNT = "SELECT COUNT(*) AS count FROM reservations WHERE ticket_type_id = ? AND state = 'confirmed'";
  const confirmed = async () => (await service.query<{ count: number }>(COUNT, ticket))[0]?.count;
  await expect.poll(confirmed, { timeout: 120_000 }).toBe(150);
  stripe.callsPerSecond = null;
  for (const id of ids) expect(intentsOf(id)).toHaveLength(1);
  expect(service.log()).not.toContain("payments-dlq");
});
