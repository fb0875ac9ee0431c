// The owner of a webhook that was disabled gets a mail, once each time.

import { env } from "cloudflare:workers";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DAY_MS, HOUR_MS } from "../../../../src/domain/units.ts";
import { deliverTo } from "../../../../src/worker/outgoing-webhooks/delivering.ts";
import { networkOf, owe, type Subscription, subscribe, unsent } from "../../../support/outgoing-webhooks.ts";
import { rowsOf, sql } from "../../../support/records.ts";
import { call, newPerson, type Person, until } from "../../../support/service.ts";

const send = vi.fn(async (_: EmailMessageBuilder) => ({ messageId: crypto.randomUUID() }));
Object.assign(env, { MAIL_FROM: "tickets@shop.example", PUBLIC_URL: "https://shop.example", EMAIL: { send } });

beforeEach(() => {
  send.mockClear();
});
afterEach(() => {
  vi.useRealTimers();
});

const mailsAbout = ({ id }: Subscription) => rowsOf("SELECT * FROM mails WHERE about = ? ORDER BY created_at_ms", id);
const failing = (status = 503) => networkOf(() => new Response(null, { status })).network;

/** Its receiver is down for three days. */
async function failForLong(webhook: Subscription): Promise<void> {
  await owe(webhook, 1);
  vi.useFakeTimers({ toFake: ["Date"] });
  for (let day = 0; day < 4; day += 1) {
    await deliverTo(unsent(), webhook.id, failing());
    vi.setSystemTime(Date.now() + DAY_MS);
  }
  vi.useRealTimers();
}

/** The mails to somebody, once those about the webhook have been sent or dropped. */
async function mailed({ accountId }: Person, webhook: Subscription) {
  const owed = await mailsAbout(webhook);
  await sql("UPDATE mails SET due_ms = 0 WHERE about = ? AND state = 'due'", webhook.id);
  await env.MAILS.sendBatch(owed.map(({ id }) => ({ body: { mailId: String(id) } })));
  const settled = await until(
    () => mailsAbout(webhook),
    (rows) => rows.every(({ state }) => state !== "due"),
  );
  const [account] = await rowsOf("SELECT email FROM accounts WHERE id = ?", accountId);
  const sent = send.mock.calls.map(([mail]) => mail).filter(({ to }) => to === account?.email);
  return { sent, states: settled.map(({ state }) => state) };
}

describe("a webhook that has accepted nothing for three days", () => {
  test.each([
    ["en", "A webhook of yours is disabled", "For three days its receiver has accepted nothing"],
    ["de", "Ein Webhook von Ihnen ist abgeschaltet", "Drei Tage lang hat sein Empfänger nichts angenommen"],
  ])("is disabled, and its owner is mailed in their language: %s", async (language, subject, text) => {
    const owner = await newPerson("organizer");
    await sql("UPDATE accounts SET language = ? WHERE id = ?", language, owner.accountId);
    const webhook = await subscribe(owner, undefined, "https://hooks.example.com/a-secret-path");
    await failForLong(webhook);
    const { sent, states } = await mailed(owner, webhook);
    expect(states).toEqual(["sent"]);
    expect(sent).toMatchObject([{ subject, text: expect.stringContaining(text) }]);
    expect(sent[0]?.text).toContain(webhook.id);
    expect(sent[0]?.text).toContain("hooks.example.com");
    expect(JSON.stringify(sent)).not.toMatch(/a-secret-path|whsec_/);
  });

  test("is mailed about again when it is disabled again, and not in between", async () => {
    const owner = await newPerson("organizer");
    const webhook = await subscribe(owner);
    await failForLong(webhook);
    await deliverTo(unsent(), webhook.id, failing());
    expect(await mailsAbout(webhook)).toHaveLength(1);
    await call("PATCH", `/me/webhooks/${webhook.id}`, { token: owner.token, body: { state: "active" } });
    await failForLong(webhook);
    expect(await mailsAbout(webhook)).toHaveLength(2);
  });

  test("is not mailed about once it is on again", async () => {
    const owner = await newPerson("organizer");
    const webhook = await subscribe(owner);
    await failForLong(webhook);
    await call("PATCH", `/me/webhooks/${webhook.id}`, { token: owner.token, body: { state: "active" } });
    expect(await mailed(owner, webhook)).toEqual({ sent: [], states: ["dropped"] });
  });

  test("is not mailed about once it is deleted", async () => {
    const owner = await newPerson("organizer");
    const webhook = await subscribe(owner);
    await failForLong(webhook);
    await call("DELETE", `/me/webhooks/${webhook.id}`, { token: owner.token });
    expect(await mailed(owner, webhook)).toEqual({ sent: [], states: ["dropped"] });
  });
});

test("a webhook whose receiver says that it is gone is mailed about at once", async () => {
  const owner = await newPerson("organizer");
  const webhook = await subscribe(owner);
  await owe(webhook, 2);
  await deliverTo(unsent(), webhook.id, failing(410));
  const { sent } = await mailed(owner, webhook);
  expect(sent).toHaveLength(1);
  expect(sent[0]?.text).toContain("says that it is gone (410)");
});

test("a webhook that fails for less than three days is not mailed about", async () => {
  const webhook = await subscribe(await newPerson("organizer"));
  await owe(webhook, 1);
  vi.useFakeTimers({ toFake: ["Date"] });
  for (let hour = 0; hour < 71; hour += 10) {
    await deliverTo(unsent(), webhook.id, failing());
    vi.setSystemTime(Date.now() + 10 * HOUR_MS);
  }
  expect(await mailsAbout(webhook)).toEqual([]);
});
