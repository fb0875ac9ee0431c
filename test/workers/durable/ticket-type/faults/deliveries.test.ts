// What a queue may do to messages: lose, repeat, delay and reorder them, or be left with a dead
// letter alone. In each case every flow comes to the same end, with the same ledger.

import { afterEach, describe, expect, test, vi } from "vitest";
import { charged, named, pay, reserve, settled } from "../../../../support/faults/acts.ts";
import { FLOWS, type Flow, runFlow } from "../../../../support/faults/flows.ts";
import { MINUTE_MS, type QueuedMessage } from "../../../../support/faults/process.ts";
import type { Act, World } from "../../../../support/faults/world.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const later = (message: QueuedMessage, minutes: number) => ({
  ...message,
  dueAtMs: message.dueAtMs + minutes * MINUTE_MS,
});

const HABITS: readonly [habit: string, whatBecomesOf: World["whatBecomesOf"]][] = [
  ["delivers each message three times at once", (message) => [message, { ...message }, { ...message }]],
  [
    "delivers each message again ten minutes and two hours later",
    (message) => [message, later(message, 10), later(message, 120)],
  ],
  ["loses the first two of any three messages", (message, nth) => (nth % 3 === 0 ? [message] : [])],
  [
    "delivers every other message a minute late, so that the next overtakes it",
    (message, nth) => [later(message, nth % 2)],
  ],
];

const PAID: readonly Flow[] = FLOWS.filter(({ comesTo }) => comesTo.ledger.length > 0);

describe.each(HABITS)("a queue that %s", (_habit, whatBecomesOf) => {
  test.each(PAID)("$name", async (flow) => {
    const { outcome, disorder, sent } = await runFlow(flow, null, whatBecomesOf);
    expect({ outcome, disorder }).toEqual({ outcome: flow.comesTo, disorder: [] });
    expect(sent).toBeGreaterThan(0);
  });
});

/** Reserve and pay, with something done to the messages before time goes on. */
async function paidWhile(whatBecomesOf: World["whatBecomesOf"], between: Act, method = "pm_card_visa"): Promise<void> {
  const flow = FLOWS.find(({ name }) => name === "reserve, pay");
  if (flow === undefined) throw new Error("the flow is gone");
  const acts = [reserve("ada"), pay("ada", "p1", method), between, settled("p1")];
  const { outcome, disorder } = await runFlow({ ...flow, acts }, null, whatBecomesOf);
  expect({ outcome, disorder }).toEqual({ outcome: flow.comesTo, disorder: [] });
}

test("two consumers at once, each with the same message: one charge", async () => {
  await paidWhile(
    (message) => [later(message, 5)],
    async (process) => {
      const [message] = process.world.queue;
      if (message === undefined) throw new Error("nothing was sent");
      const twin = { ...message };
      await process.drive(Promise.all([process.deliver([message]), process.deliver([twin, { ...twin }])]));
    },
  );
});

test("a dead letter that is the only message left settles what the provider has charged", async () => {
  const onlyOne: World["whatBecomesOf"] = (message, nth) => (nth === 1 ? [message] : []);
  const isLeftAlone: Act = async (process) => {
    const { world, state } = process;
    await charged("p1")(process);
    await process.until(() => world.queue.every(({ deliveries }) => deliveries > 0), Date.now());
    world.queue = world.queue.map((message) => ({ ...message, queue: "payments-dlq" }));
    expect(world.queue).toHaveLength(1);
    // The object would send again, had it not been told to do so only in ten hours.
    state.storage.sql.exec("UPDATE payments SET dispatch_at_ms = dispatch_at_ms + ?", 600 * MINUTE_MS);
    const { sent } = world;
    await process.until(() => world.queue.length === 0, Date.now() + 61 * MINUTE_MS);
    const payment = state.storage.sql.exec("SELECT state FROM payments WHERE id = ?", named(process, "p1")).one();
    expect(payment).toEqual({ state: "succeeded" });
    expect(world.sent).toBe(sent);
  };
  await paidWhile(onlyOne, isLeftAlone, "pm_sandbox_slow_3600s");
});

test("a dead letter of a payment that the provider never took moves no money; the object sends a new message", async () => {
  const lettersFirst: World["whatBecomesOf"] = (message, nth) => [
    nth === 1 ? { ...message, queue: "payments-dlq" } : message,
  ];
  await paidWhile(lettersFirst, async (process) => {
    const { world } = process;
    await process.until(() => world.queue.length === 0, Date.now());
    expect(world.charged.size).toBe(0);
    expect(world.sent).toBe(1);
  });
});
