// What is owed to a receiver reaches it, whatever fails on the way, and nothing else does.

import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import fc from "fast-check";
import { afterEach, describe, expect, test, vi } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from "../../../../src/domain/units.ts";
import { DELIVERIES_KEPT_MS, TRIED_FOR_MS } from "../../../../src/domain/webhooks.ts";
import { consumeWebhooks, sweepWebhooks } from "../../../../src/worker/outgoing-webhooks/consumer.ts";
import { deliverTo, type Network } from "../../../../src/worker/outgoing-webhooks/delivering.ts";
import {
  type Answering,
  networkOf,
  owe,
  owedTo,
  type Received,
  type Subscription,
  signedBy,
  subscribe,
  unsent,
} from "../../../support/outgoing-webhooks.ts";
import { dyingD1 } from "../../../support/receipts.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, newPerson, type Person, until } from "../../../support/service.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

interface Owing {
  readonly organizer: Person;
  readonly webhook: Subscription;
}

/** A subscription that is owed so many tests. */
async function owing(count: number, url?: string): Promise<Owing> {
  const organizer = await newPerson("organizer");
  const webhook = await subscribe(organizer, undefined, url);
  await owe(webhook, count);
  return { organizer, webhook };
}

const numbersOf = (received: readonly Received[]) => received.map(({ body }) => body.number);
const statesOf = async (webhook: Subscription) => (await owedTo(webhook)).map(({ state }) => state);
const webhookRow = async ({ id }: Subscription) => (await rowsOf("SELECT * FROM webhooks WHERE id = ?", id))[0] ?? {};
const refusing: Answering = () => new Response("no", { status: 503 });

/** From one due time to the next, as the sweep and the queue do, until nothing is to be sent. */
async function overTime({ webhook }: Owing, network: Network): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"] });
  for (let turn = 0; turn < 1_000; turn += 1) {
    await sweepWebhooks(unsent(), Date.now());
    await deliverTo(unsent(), webhook.id, network);
    const due = (await owedTo(webhook)).flatMap(({ due_ms }) => (due_ms === null ? [] : [due_ms]));
    if (due.length === 0 || (await webhookRow(webhook)).state !== "active") return;
    vi.setSystemTime(Math.max(Date.now() + MINUTE_MS, Math.min(...due)));
  }
  throw new Error("something is due for ever");
}

describe("what is due", () => {
  test("is sent in the order of its numbers, once, and signed so that a receiver can verify it", async () => {
    const { webhook } = await owing(30);
    const { network, received } = networkOf();
    expect(await deliverTo(unsent(), webhook.id, network)).toBe(false);
    expect(await deliverTo(unsent(), webhook.id, network)).toBe(false);
    expect(numbersOf(received)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    for (const one of received) {
      expect(signedBy(one, webhook.secret)).toEqual([webhook.secret]);
      expect(one.url).toBe(webhook.url);
      expect(one.id).toBe(`msg_${webhook.id}_${one.body.number}`);
      expect(Math.abs(Number(one.headers.get("webhook-timestamp")) * SECOND_MS - Date.now())).toBeLessThan(MINUTE_MS);
      expect(one.headers.get("content-type")).toBe("application/json");
      expect(one.body).toEqual({ type: "test", timestamp: expect.any(String), number: one.body.number, data: {} });
    }
    expect(new Set(await statesOf(webhook))).toEqual(new Set(["delivered"]));
  });

  test("goes through the real queue, and a name that leads nowhere is on record", async () => {
    const { organizer, webhook } = await owing(0);
    await call("POST", `/me/webhooks/${webhook.id}/test`, { token: organizer.token });
    const [row] = await until(
      () => owedTo(webhook),
      ([first]) => first?.attempts === 1,
    );
    expect(row).toMatchObject({ state: "due", last_status: null });
    expect(row?.last_error).toMatch(/^name_not_/);
  });

  test("of a subscription that two invocations serve is sent by one of them", async () => {
    const { webhook } = await owing(5);
    const { network, received } = networkOf(async () => {
      await scheduler.wait(5);
      return new Response(null, { status: 200 });
    });
    await Promise.all(Array.from({ length: 4 }, () => deliverTo(unsent(), webhook.id, network)));
    expect(numbersOf(received)).toEqual([1, 2, 3, 4, 5]);
  });

  test.each([
    [200, "delivered", null],
    [202, "delivered", null],
    [299, "delivered", null],
    [301, "due", "redirected"],
    [302, "due", "redirected"],
    [307, "due", "redirected"],
    [304, "due", "redirected"],
    [400, "due", "refused"],
    [404, "due", "refused"],
    [410, "due", "refused"],
    [429, "due", "refused"],
    [500, "due", "refused"],
  ])("and gets the reply %d is %s", async (status, state, error) => {
    const { webhook } = await owing(1);
    const headers = { location: "https://127.0.0.1/" };
    const { network, received } = networkOf(() => new Response(null, { status, headers }));
    await deliverTo(unsent(), webhook.id, network);
    expect(received).toHaveLength(1);
    const [row] = await owedTo(webhook);
    expect(row).toMatchObject({ state, attempts: 1, last_status: status, last_error: error });
    expect((await webhookRow(webhook)).state).toBe(status === 410 ? "disabled" : "active");
  });

  test("is not read to its end: a reply without one is a reply", async () => {
    const { webhook } = await owing(1);
    let pulled = 0;
    const endless = () => {
      const body = new ReadableStream({
        pull(controller) {
          pulled += 1;
          controller.enqueue(new Uint8Array(65_536));
        },
      });
      return new Response(body, { status: 200 });
    };
    await deliverTo(unsent(), webhook.id, networkOf(endless).network);
    expect(await statesOf(webhook)).toEqual(["delivered"]);
    expect(pulled).toBeLessThan(5);
  });
});

describe("a redirect", () => {
  test("is asked not to be followed", async () => {
    const { webhook } = await owing(1);
    const modes: string[] = [];
    const network: Network = {
      ...networkOf().network,
      async fetch(request) {
        modes.push(request.redirect);
        return new Response(null, { status: 200 });
      },
    };
    await deliverTo(unsent(), webhook.id, network);
    expect(modes).toEqual(["manual"]);
  });
});

describe("a name", () => {
  test.each([
    ["127.0.0.1", "address_not_public"],
    ["10.1.2.3", "address_not_public"],
    ["169.254.169.254", "address_not_public"],
    ["::1", "address_not_public"],
    ["::ffff:192.168.0.1", "address_not_public"],
    ["fd00::1", "address_not_public"],
  ])("that leads to %s since it was subscribed is not called", async (address, error) => {
    const { webhook } = await owing(1);
    const before = networkOf();
    await deliverTo(unsent(), webhook.id, before.network);
    await owe(webhook, 1);
    const { network, received } = networkOf(undefined, ["93.184.216.34", address]);
    await deliverTo(unsent(), webhook.id, network);
    expect([before.received.length, received.length]).toEqual([1, 0]);
    expect((await owedTo(webhook))[1]).toMatchObject({ state: "due", last_status: null, last_error: error });
  });

  test("that nobody can look up is not called", async () => {
    const { webhook } = await owing(2);
    const { network, received } = networkOf();
    const resolve = () => Promise.reject(new Error("the resolver is down"));
    await deliverTo(unsent(), webhook.id, { ...network, resolve });
    await deliverTo(unsent(), webhook.id, networkOf(undefined, []).network);
    expect(received).toEqual([]);
    expect((await owedTo(webhook))[0]).toMatchObject({ attempts: 1, last_error: "name_not_resolved" });
  });

  test("is looked up before each call, not once for a turn", async () => {
    const { webhook } = await owing(3);
    const { network, received } = networkOf();
    let looks = 0;
    const resolve = async () => {
      looks += 1;
      return [looks < 3 ? "93.184.216.34" : "127.0.0.1"];
    };
    await deliverTo(unsent(), webhook.id, { ...network, resolve });
    expect(numbersOf(received)).toEqual([1, 2]);
  });

  test("that was written past the rules, or allowed by older ones, is not called either", async () => {
    const { webhook } = await owing(1);
    await sql("UPDATE webhooks SET url = 'https://127.0.0.1/' WHERE id = ?", webhook.id);
    const { network, received } = networkOf();
    await deliverTo(unsent(), webhook.id, network);
    expect(received).toEqual([]);
    expect((await owedTo(webhook))[0]).toMatchObject({ last_error: "url_not_allowed" });
  });
});

describe("a receiver that fails", () => {
  test("is tried again, ever later, for three days, and then its webhook is disabled", async () => {
    const all = await owing(2);
    const startMs = Date.now();
    const { network, received } = networkOf(refusing);
    await overTime(all, network);
    expect(await statesOf(all.webhook)).toContain("failed");
    expect(Date.now() - startMs).toBeGreaterThanOrEqual(TRIED_FOR_MS - SECOND_MS);
    expect(Date.now() - startMs).toBeLessThan(TRIED_FOR_MS + HOUR_MS);
    for (const number of [1, 2]) {
      const ofIt = received.filter(({ body }) => body.number === number);
      expect(ofIt.length).toBeGreaterThan(8);
      // The same id and the same text each time, so that a repeat is known as one.
      expect(new Set(ofIt.map(({ id, text }) => `${id} ${text}`)).size).toBe(1);
    }
    expect((await webhookRow(all.webhook)).state).toBe("disabled");
  });

  test("and is disabled is sent what was due then, once it is on again", async () => {
    const all = await owing(2);
    await overTime(all, networkOf(refusing).network);
    await owe(all.webhook, 1);
    const due = (await owedTo(all.webhook)).filter(({ state }) => state === "due").map(({ number }) => number);
    expect(due).toContain(3);
    vi.spyOn(env.WEBHOOKS, "sendBatch").mockResolvedValue(undefined as never);
    await sql("UPDATE webhooks SET state = 'active', failing_since_ms = NULL WHERE id = ?", all.webhook.id);
    const { network, received } = networkOf();
    await overTime(all, network);
    expect(numbersOf(received).sort()).toEqual(due);
  });

  test("with some deliveries, and accepts others, is not disabled", async () => {
    const all = await owing(1);
    const { network } = networkOf(({ body }) => new Response(null, { status: body.number === 1 ? 500 : 200 }));
    vi.useFakeTimers({ toFake: ["Date"] });
    for (let day = 0; day < 2; day += 1) {
      await deliverTo(unsent(), all.webhook.id, network);
      vi.setSystemTime(Date.now() + DAY_MS);
      await owe(all.webhook, 1);
    }
    await overTime(all, network);
    expect(await statesOf(all.webhook)).toEqual(["failed", "delivered", "delivered"]);
    expect((await webhookRow(all.webhook)).state).toBe("active");
  });

  test("is called no more than three times in a row for all that is due", async () => {
    const { webhook } = await owing(10);
    const { network, received } = networkOf(refusing);
    await deliverTo(unsent(), webhook.id, network);
    expect(numbersOf(received)).toEqual([1, 2, 3]);
  });

  test("and comes back in time gets everything: the first attempts in their order", async () => {
    const all = await owing(8);
    const backMs = Date.now() + 2 * DAY_MS;
    const { network, received } = networkOf(() => new Response(null, { status: Date.now() < backMs ? 500 : 200 }));
    await overTime(all, network);
    expect(new Set(await statesOf(all.webhook))).toEqual(new Set(["delivered"]));
    const firsts = [...new Set(numbersOf(received))];
    expect(firsts).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await webhookRow(all.webhook)).toMatchObject({ state: "active", failing_since_ms: null });
  });

  test("whatever it replies to which attempt, each delivery is accepted in the end", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 6 }), async (failures) => {
        vi.useRealTimers();
        const all = await owing(failures.length);
        const left = [...failures];
        const { network, received } = networkOf(({ body }) => {
          const at = body.number - 1;
          left[at] = (left[at] ?? 0) - 1;
          if ((left[at] ?? 0) % 2 === 0 && (left[at] ?? 0) >= 0) throw new TypeError("connection lost");
          return new Response(null, { status: (left[at] ?? 0) >= 0 ? 500 : 200 });
        });
        await overTime(all, network);
        expect(new Set(await statesOf(all.webhook))).toEqual(new Set(["delivered"]));
        expect(received).toHaveLength(failures.reduce((sum, one) => sum + one + 1, 0));
      }),
      { numRuns: 15 },
    );
  });

  test("does not reply in time", async () => {
    const { webhook } = await owing(1);
    const { network } = networkOf(() => Promise.reject(new DOMException("too late", "TimeoutError")));
    await deliverTo(unsent(), webhook.id, network);
    expect((await owedTo(webhook))[0]).toMatchObject({ state: "due", last_status: null, last_error: "timeout" });
  });

  test("holds up nobody else", async () => {
    const [slow, quick] = [await owing(1), await owing(20)];
    let release = () => {};
    const hangs = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { network, received } = networkOf(async ({ url }) => {
      if (url === slow.webhook.url) await hangs;
      return new Response(null, { status: 200 });
    });
    const messages = [slow, quick].map(({ webhook }) => ({
      ...{ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body: { webhookId: webhook.id } },
    }));
    const consumed = consumeWebhooks(createMessageBatch("webhooks", messages), unsent(), network);
    await until(
      async () => received.filter(({ url }) => url === quick.webhook.url).length,
      (count) => count === 20,
    );
    await until(
      () => statesOf(quick.webhook),
      (states) => states.every((state) => state === "delivered"),
    );
    expect(await statesOf(slow.webhook)).toEqual(["due"]);
    release();
    await consumed;
    expect(await statesOf(slow.webhook)).toEqual(["delivered"]);
  });
});

describe("a death", () => {
  test.each(
    Array.from({ length: 9 }, (_, index) => [index + 1, false] as const).flatMap(
      ([at]) =>
        [
          [at, false],
          [at, true],
        ] as const,
    ),
  )(
    "at D1's call %d (carried out: %s) loses nothing, and what comes twice has the same id",
    async (at, isCarriedOut) => {
      const { webhook } = await owing(3);
      const { network, received } = networkOf();
      await deliverTo(unsent({ DB: dyingD1(at, isCarriedOut) }), webhook.id, network).catch(() => {});
      // The lease of the dead ends.
      vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3 * MINUTE_MS });
      await deliverTo(unsent(), webhook.id, network);
      expect(await statesOf(webhook)).toEqual(["delivered", "delivered", "delivered"]);
      expect([...new Set(received.map(({ id }) => id))]).toEqual([1, 2, 3].map((one) => `msg_${webhook.id}_${one}`));
      expect(received.length).toBeLessThanOrEqual(4);
    },
  );

  test("of the message loses nothing: the sweep sends another one", async () => {
    const { webhook } = await owing(1);
    const sendBatch = vi.fn(async (_: Iterable<{ body: unknown }>) => {});
    await sweepWebhooks(unsent({ WEBHOOKS: { sendBatch } as unknown as typeof env.WEBHOOKS }), Date.now());
    const sent = sendBatch.mock.calls.flatMap(([messages]) => [...messages]);
    expect(sent).toContainEqual({ body: { webhookId: webhook.id } });
  });

  test("of the queue is on record, and fails nothing else", async () => {
    await owing(1);
    const sendBatch = () => Promise.reject(new Error("no queue"));
    await sweepWebhooks(unsent({ WEBHOOKS: { sendBatch } as unknown as typeof env.WEBHOOKS }), Date.now());
  });

  test("a message of what is unknown, or of no form, is done", async () => {
    const bodies = [{ webhookId: "unknown" }, {}, null, { webhookId: 7 }];
    const messages = bodies.map((body) => ({ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body }));
    const batch = createMessageBatch("webhooks", messages);
    const acks = batch.messages.map((message) => vi.spyOn(message, "ack"));
    await consumeWebhooks(batch, unsent(), networkOf().network);
    for (const ack of acks) expect(ack).toHaveBeenCalledOnce();
  });

  test("where D1 can't be reached the message comes again", async () => {
    const { webhook } = await owing(1);
    const body = { webhookId: webhook.id };
    const batch = createMessageBatch("webhooks", [{ id: "1", timestamp: new Date(), attempts: 1, body }]);
    const retries = batch.messages.map((message) => vi.spyOn(message, "retry"));
    await consumeWebhooks(batch, unsent({ DB: dyingD1(1, false) }), networkOf().network);
    expect(retries[0]).toHaveBeenCalledOnce();
  });
});

describe("a rotation", () => {
  test("has both secrets sign for a day, and then the new one alone", async () => {
    const { organizer, webhook } = await owing(1);
    const rotated = await call("POST", `/me/webhooks/${webhook.id}/secret`, { token: organizer.token });
    expect(rotated.status).toBe(200);
    const { secret } = rotated.body as unknown as Subscription;
    const { network, received } = networkOf();
    await deliverTo(unsent(), webhook.id, network);
    const at = vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY_MS - MINUTE_MS });
    await owe(webhook, 1);
    await deliverTo(unsent(), webhook.id, network);
    at.setSystemTime(Date.now() + 2 * MINUTE_MS);
    await owe(webhook, 1);
    await deliverTo(unsent(), webhook.id, network);
    const both = [secret, webhook.secret];
    expect(received.map((one) => signedBy(one, ...both))).toEqual([both, both, [secret]]);
  });
});

describe("a pause", () => {
  test("sends nothing, loses nothing, and what was due meanwhile is sent after it", async () => {
    const { organizer, webhook } = await owing(1);
    const path = `/me/webhooks/${webhook.id}` as const;
    const { token } = organizer;
    await call("PATCH", path, { token, body: { state: "paused" } });
    await owe(webhook, 2);
    const { network, received } = networkOf();
    await deliverTo(unsent(), webhook.id, network);
    expect(received).toEqual([]);
    await sql("UPDATE webhooks SET state = 'active' WHERE id = ?", webhook.id);
    await deliverTo(unsent(), webhook.id, network);
    expect(numbersOf(received)).toEqual([1, 2, 3]);
  });

  test("in the middle of a turn ends it", async () => {
    const { webhook } = await owing(3);
    const { network, received } = networkOf(async ({ body }) => {
      if (body.number === 1) await sql("UPDATE webhooks SET state = 'paused' WHERE id = ?", webhook.id);
      return new Response(null, { status: 200 });
    });
    await deliverTo(unsent(), webhook.id, network);
    expect(numbersOf(received)).toEqual([1]);
  });

  test("of more than three days leaves what is older to a replay", async () => {
    const all = await owing(2);
    await sql("UPDATE webhooks SET state = 'paused' WHERE id = ?", all.webhook.id);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + TRIED_FOR_MS - HOUR_MS });
    await sweepWebhooks(unsent(), Date.now());
    expect(await statesOf(all.webhook)).toEqual(["due", "due"]);
    vi.setSystemTime(Date.now() + 2 * HOUR_MS);
    await sweepWebhooks(unsent(), Date.now());
    expect(await statesOf(all.webhook)).toEqual(["failed", "failed"]);
  });
});

describe("a replay", () => {
  const replay = (all: Owing, from: number) =>
    call("POST", `/me/webhooks/${all.webhook.id}/replay`, { token: all.organizer.token, body: { from } });

  test("sends everything from its number on again, in order, with the same ids and texts", async () => {
    const all = await owing(5);
    // Its queue is real, and would call the name.
    vi.spyOn(env.WEBHOOKS, "sendBatch").mockResolvedValue(undefined as never);
    const first = networkOf();
    await deliverTo(unsent(), all.webhook.id, first.network);
    expect((await replay(all, 3)).body).toEqual({ deliveries: 3 });
    const second = networkOf();
    await deliverTo(unsent(), all.webhook.id, second.network);
    expect(second.received.map(({ id, text }) => id + text)).toEqual(first.received.slice(2).map((r) => r.id + r.text));
    expect((await replay(all, 6)).body).toEqual({ deliveries: 0 });
  });

  test("that comes while a delivery is sent is not undone by what becomes of that", async () => {
    const all = await owing(2);
    vi.spyOn(env.WEBHOOKS, "sendBatch").mockResolvedValue(undefined as never);
    const { network, received } = networkOf(async (_, calls) => {
      if (calls === 1) {
        await scheduler.wait(5);
        await replay(all, 1);
      }
      return new Response(null, { status: 200 });
    });
    await deliverTo(unsent(), all.webhook.id, network);
    expect(numbersOf(received).filter((number) => number === 1)).toHaveLength(2);
    expect(await statesOf(all.webhook)).toEqual(["delivered", "delivered"]);
  });

  test("brings back what had failed, and it is tried for three days again", async () => {
    const all = await owing(1);
    await overTime(all, networkOf(refusing).network);
    expect(await statesOf(all.webhook)).toEqual(["failed"]);
    await sql("UPDATE webhooks SET state = 'active' WHERE id = ?", all.webhook.id);
    await sql(
      "UPDATE webhook_deliveries SET state = 'due', attempts = 0, due_since_ms = ?1, due_ms = ?1 WHERE webhook_id = ?2",
      Date.now(),
      all.webhook.id,
    );
    await overTime(all, networkOf((_, calls) => new Response(null, { status: calls < 8 ? 500 : 200 })).network);
    expect(await statesOf(all.webhook)).toEqual(["delivered"]);
  });

  test("goes back thirty days: what is older is forgotten, and its numbers are not used again", async () => {
    const all = await owing(0);
    await owe(all.webhook, 2, Date.now() - DELIVERIES_KEPT_MS - HOUR_MS);
    await owe(all.webhook, 1, Date.now() - DELIVERIES_KEPT_MS + HOUR_MS);
    await sweepWebhooks(unsent(), Date.now());
    const query = "SELECT number FROM webhook_deliveries WHERE webhook_id = ?";
    expect(await rowsOf(query, all.webhook.id)).toEqual([{ number: 3 }]);
    await owe(all.webhook, 1);
    expect(await rowsOf(query, all.webhook.id)).toEqual([{ number: 3 }, { number: 4 }]);
  });
});

test("a URL and a secret that change while a webhook is served count for what follows", async () => {
  const { organizer, webhook } = await owing(2);
  vi.spyOn(env.WEBHOOKS, "sendBatch").mockResolvedValue(undefined as never);
  const { token } = organizer;
  let secret = "";
  const url = "https://moved.example.com/";
  const { network, received } = networkOf(async (_, calls) => {
    if (calls === 1) {
      await call("PATCH", `/me/webhooks/${webhook.id}`, { token, body: { url } });
      secret = String((await call("POST", `/me/webhooks/${webhook.id}/secret`, { token })).body.secret);
    }
    return new Response(null, { status: 200 });
  });
  await deliverTo(unsent(), webhook.id, network);
  expect(received.map((one) => one.url)).toEqual([webhook.url, url]);
  expect(received.map((one) => signedBy(one, secret, webhook.secret)[0])).toEqual([webhook.secret, secret]);
});

test("a webhook that is deleted while it is served is sent nothing more", async () => {
  const { organizer, webhook } = await owing(3);
  const { network, received } = networkOf(async (_, calls) => {
    if (calls === 1) await call("DELETE", `/me/webhooks/${webhook.id}`, { token: organizer.token });
    return new Response(null, { status: 200 });
  });
  await deliverTo(unsent(), webhook.id, network);
  expect(numbersOf(received)).toEqual([1]);
  expect(await rowsOf("SELECT * FROM webhook_deliveries WHERE webhook_id = ?", webhook.id)).toEqual([]);
});

test("on a developer's own machine a receiver may be anywhere, and nowhere else", async () => {
  const { webhook } = await owing(1);
  await sql("UPDATE webhooks SET url = 'http://127.0.0.1:4000/' WHERE id = ?", webhook.id);
  const { network, received } = networkOf(undefined, ["127.0.0.1"]);
  await deliverTo(unsent({ WEBHOOK_TARGETS: "local" }), webhook.id, network);
  expect(received).toHaveLength(1);
  await owe(webhook, 1);
  await deliverTo(unsent({ WEBHOOK_TARGETS: "anywhere" }), webhook.id, network);
  expect(received).toHaveLength(1);
});
