// Mails that are owed are sent: once where nothing fails, again where something does, and never for
// ever. The row in D1 says what became of each.

import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import { DAY_MS, HOUR_MS, MINUTE_MS } from "../../../../src/domain/units.ts";
import { eraseAccount } from "../../../../src/worker/accounts/deletion.ts";
import type { Env } from "../../../../src/worker/env.ts";
import { composeMail } from "../../../../src/worker/mail/compose.ts";
import { consumeMails } from "../../../../src/worker/mail/consumer.ts";
import { mailerOf, type SendOutcome } from "../../../../src/worker/mail/mailer.ts";
import { CLAIM_MS, MAILS_KEPT_MS, TRIED_FOR_MS } from "../../../../src/worker/mail/queries.ts";
import { type Sending, sendMails } from "../../../../src/worker/mail/sending.ts";
import { forgetMails, sweepMails } from "../../../../src/worker/mail/sweep-mails.ts";
import { fakeMailer, mailRow, owe } from "../../../support/mail.ts";
import { d1With } from "../../../support/recording.ts";
import { newPerson, until, withSettings } from "../../../support/service.ts";

const LETTER = { subject: "Hello", text: "Hello", html: "<p>Hello</p>" };
const SETTINGS = { MAIL_FROM: "Tickets <tickets@shop.example>", PUBLIC_URL: "https://shop.example" };

/** Says the same in each mail: what mails say is tested elsewhere. */
async function compose(): ReturnType<Sending["compose"]> {
  return { to: "ada@example.test", ...LETTER };
}

function sendingWith(answer?: Parameters<typeof fakeMailer>[0], others: Partial<Sending> = {}) {
  const { mailer, sent } = fakeMailer(answer);
  const sending: Sending = { env, mailer, compose, ...others };
  return { sending, sent };
}

function batchOf(ids: readonly unknown[], queue = "mails", attempts = 1) {
  const messages = ids.map((mailId) => ({
    id: crypto.randomUUID(),
    timestamp: new Date(),
    attempts,
    body: { mailId },
  }));
  const batch = createMessageBatch(queue, messages);
  return { batch, ackAll: vi.spyOn(batch, "ackAll"), retries: batch.messages.map((one) => vi.spyOn(one, "retry")) };
}

describe("a mail that is owed", () => {
  test("is sent once, however often it is owed, and however many messages say so", async () => {
    const { sending, sent } = sendingWith();
    const about = crypto.randomUUID();
    const id = await owe({ about });
    await owe({ about });
    await Promise.all([consumeMails(batchOf([id, id]).batch, sending), consumeMails(batchOf([id]).batch, sending)]);
    await consumeMails(batchOf([id]).batch, sending);
    expect(sent.map((mail) => mail.id)).toEqual([id]);
    expect(await mailRow(id)).toMatchObject({ state: "sent", attempts: 1, due_ms: null, message_id: "message-1" });
  });

  test("is sent through the real queue, by Cloudflare's binding, with an id in its headers", async () => {
    const send = vi.fn(async (_: EmailMessageBuilder) => ({ messageId: "from-cloudflare" }));
    Object.assign(env, SETTINGS, { EMAIL: { send } });
    const id = await owe({}, Date.now() - MINUTE_MS);
    await sweepMails(env as Env, Date.now());
    // There is no such sale to write about: nothing is sent, and that is on record.
    await until(
      async () => (await mailRow(id)).state,
      (state) => state !== "due",
    );
    expect(await mailRow(id)).toMatchObject({ state: "dropped", error: "nothing" });
    await mailerOf(env as Env)?.send(id, { to: "ada@example.test", ...LETTER });
    expect(send.mock.lastCall?.[0]).toMatchObject({
      from: { name: "Tickets", email: "tickets@shop.example" },
      headers: { "X-Mail-Id": id, References: `<${id}@shop.example>`, "Auto-Submitted": "auto-generated" },
    });
  });
});

describe("what the mail service answers", () => {
  const after = (ms: number) => expect.closeTo(Date.now() + ms, -5);
  test.each<[code: string, state: string, isDueAgain: boolean]>([
    ["E_RATE_LIMIT_EXCEEDED", "due", true],
    ["E_DAILY_LIMIT_EXCEEDED", "due", true],
    ["E_INTERNAL_SERVER_ERROR", "due", true],
    ["E_DELIVERY_FAILED", "due", true],
    ["E_SENDER_NOT_VERIFIED", "due", true],
    ["E_SENDER_DOMAIN_NOT_AVAILABLE", "due", true],
    ["E_SOMETHING_NEW", "due", true],
    ["E_RECIPIENT_SUPPRESSED", "suppressed", false],
    ["E_VALIDATION_ERROR", "refused", false],
    ["E_FIELD_MISSING", "refused", false],
    ["E_TOO_MANY_RECIPIENTS", "refused", false],
    ["E_RECIPIENT_NOT_ALLOWED", "refused", false],
    ["E_CONTENT_TOO_LARGE", "refused", false],
    ["E_HEADER_NOT_ALLOWED", "refused", false],
    ["E_HEADERS_TOO_LARGE", "refused", false],
  ])("%s: the mail is %s", async (code, state, isDueAgain) => {
    const id = await owe();
    const fault = Object.assign(new Error(`to ada@example.test: ${code}`), { code });
    const EMAIL = { send: () => Promise.reject(fault) };
    const mailer = mailerOf({ ...env, ...SETTINGS, EMAIL } as unknown as Env);
    if (mailer === null) throw new Error("there is no mailer");
    await sendMails({ env: env as Env, mailer, compose }, [id]);
    const row = await mailRow(id);
    expect(row).toMatchObject({ state, error: code, attempts: 1 });
    expect(row.due_ms).toEqual(isDueAgain ? after(MINUTE_MS) : null);
    // Nothing is sent before it is due again, and nothing that is not due.
    const { sending, sent } = sendingWith();
    await sendMails(sending, [id]);
    expect(sent).toEqual([]);
  });

  test("a service that is down is tried again and again, ever later, for three days", async () => {
    const { sending, sent } = sendingWith(() => ({ result: "later", code: "E_INTERNAL_SERVER_ERROR" }));
    const startMs = Date.now();
    const id = await owe({}, startMs);
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      const delays: number[] = [];
      let row = await mailRow(id);
      while (row.due_ms !== null) {
        vi.setSystemTime(row.due_ms);
        await sweepMails(
          { ...env, ...SETTINGS, EMAIL: {}, MAILS: { sendBatch: async () => {} } } as unknown as Env,
          row.due_ms,
        );
        await sendMails(sending, [id]);
        const next = await mailRow(id);
        if (next.due_ms !== null) delays.push((next.due_ms - row.due_ms) / MINUTE_MS);
        row = next;
      }
      expect(delays.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 32, 60, 60]);
      expect(row).toMatchObject({ state: "dropped", error: "E_INTERNAL_SERVER_ERROR" });
      expect(Date.now() - startMs).toBeGreaterThan(TRIED_FOR_MS);
      expect(Date.now() - startMs).toBeLessThan(TRIED_FOR_MS + 2 * HOUR_MS);
      expect(sent).toHaveLength(row.attempts);
    } finally {
      vi.useRealTimers();
    }
  });

  test("where a limit is reached, the rest of the batch is put off without a call", async () => {
    const { sending, sent } = sendingWith(() => ({ result: "limited", code: "E_RATE_LIMIT_EXCEEDED" }));
    const ids = await Promise.all(Array.from({ length: 30 }, () => owe()));
    await consumeMails(batchOf(ids).batch, sending);
    expect(sent.length).toBeLessThanOrEqual(5);
    for (const id of ids) expect(await mailRow(id)).toMatchObject({ state: "due", error: "E_RATE_LIMIT_EXCEEDED" });
  });

  test("a slow one holds up no other mail", async () => {
    const gate = Promise.withResolvers<SendOutcome>();
    const slow = await owe();
    const quick = await owe();
    const { sending } = sendingWith((id) => (id === slow ? gate.promise : null));
    const both = sendMails(sending, [slow, quick]);
    await until(
      async () => (await mailRow(quick)).state,
      (state) => state === "sent",
    );
    expect((await mailRow(slow)).state).toBe("due");
    gate.resolve({ result: "sent", messageId: "late" });
    await both;
    expect(await mailRow(slow)).toMatchObject({ state: "sent", message_id: "late" });
  });
});

describe("a death", () => {
  const never = () => new Promise<never>(() => {});

  /** What is due later is due now, as it will be. */
  async function resume(id: string, sending: Sending) {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + CLAIM_MS + 1 });
    try {
      await sendMails(sending, [id]);
    } finally {
      vi.useRealTimers();
    }
  }

  test.each<[when: string, dying: Partial<Sending>, calls: number]>([
    ["before it was composed", { compose: never }, 0],
    ["while it was sent", {}, 1],
  ])("%s: another attempt begins when the claim has ended, with the same id", async (_when, dying, calls) => {
    const id = await owe();
    const { sending, sent } = sendingWith(never, dying);
    void sendMails(sending, [id]);
    await until(
      async () => (await mailRow(id)).attempts,
      (attempts) => attempts === 1,
    );
    await vi.waitFor(() => expect(sent).toHaveLength(calls));
    const later = sendingWith();
    await sendMails(later.sending, [id]);
    expect(later.sent).toEqual([]);
    await resume(id, later.sending);
    expect(later.sent.map((mail) => mail.id)).toEqual([id]);
    expect(await mailRow(id)).toMatchObject({ state: "sent", attempts: 2 });
  });

  test("between sending and recording: it is sent again, under the same id", async () => {
    const id = await owe();
    const isClaim = (query: string) => query.includes("attempts + 1");
    const DB = d1With({
      prepare: (query) => {
        if (/^update "mails"/.test(query) && !isClaim(query)) throw new Error("D1_ERROR: gone");
        return env.DB.prepare(query);
      },
    });
    const first = sendingWith(undefined, { env: withSettings({ DB }) as Env });
    await sendMails(first.sending, [id]);
    expect(await mailRow(id)).toMatchObject({ state: "due", attempts: 1 });
    const second = sendingWith();
    await resume(id, second.sending);
    expect([...first.sent, ...second.sent].map((mail) => mail.id)).toEqual([id, id]);
    expect(await mailRow(id)).toMatchObject({ state: "sent" });
  });

  test("of D1: the messages are retried, and dead letters lose nothing", async () => {
    const id = await owe({}, Date.now() - MINUTE_MS);
    const prepare = () => {
      throw new Error("D1_ERROR: gone");
    };
    const DB = d1With({ prepare });
    const { sending } = sendingWith(undefined, { env: withSettings({ DB }) as Env });
    const usual = batchOf([id], "mails", 3);
    await consumeMails(usual.batch, sending);
    expect(usual.ackAll).not.toHaveBeenCalled();
    expect(usual.retries[0]).toHaveBeenCalledWith({ delaySeconds: 4 });
    const dead = batchOf([id], "mails-dlq");
    await consumeMails(dead.batch, sending);
    expect(dead.ackAll).toHaveBeenCalled();
    const sendBatch = vi.fn(async (_: Iterable<MessageSendRequest<{ mailId: string }>>) => {});
    await sweepMails({ ...env, ...SETTINGS, EMAIL: {}, MAILS: { sendBatch } } as unknown as Env, Date.now());
    expect(sendBatch.mock.calls.flatMap(([messages]) => [...messages].map(({ body }) => body.mailId))).toContain(id);
  });

  test("an attempt that was given up on can't end what another one has sent", async () => {
    const gate = Promise.withResolvers<SendOutcome>();
    const id = await owe();
    const slow = sendMails(sendingWith(() => gate.promise).sending, [id]);
    await until(
      async () => (await mailRow(id)).attempts,
      (attempts) => attempts === 1,
    );
    await resume(id, sendingWith(() => ({ result: "later", code: "E_INTERNAL_SERVER_ERROR" })).sending);
    const { due_ms } = await mailRow(id);
    gate.resolve({ result: "refused", code: "E_VALIDATION_ERROR" });
    await slow;
    expect(await mailRow(id)).toMatchObject({ state: "due", due_ms, error: "E_INTERNAL_SERVER_ERROR" });
  });
});

describe("without a mailer", () => {
  test.each([["MAIL_FROM"], ["PUBLIC_URL"], ["EMAIL"]])("%s missing: there is none", (name) => {
    const settings = { ...env, ...SETTINGS, EMAIL: { send: () => {} }, [name]: undefined };
    expect(mailerOf(settings as unknown as Env)).toBeNull();
  });

  test("mails wait, and are dropped after three days", async () => {
    const id = await owe({}, Date.now() - TRIED_FOR_MS - HOUR_MS);
    const waiting = await owe({}, Date.now() - TRIED_FOR_MS + HOUR_MS);
    const { batch, ackAll } = batchOf([id]);
    await consumeMails(batch, null);
    expect(ackAll).toHaveBeenCalled();
    expect((await mailRow(id)).state).toBe("due");
    await sweepMails(withSettings({ MAIL_FROM: "" }) as Env, Date.now());
    expect(await mailRow(id)).toMatchObject({ state: "dropped", error: "not_configured" });
    expect((await mailRow(waiting)).state).toBe("due");
  });
});

describe("what is kept", () => {
  test("is forgotten after ninety days", async () => {
    const old = await owe({}, Date.now() - MAILS_KEPT_MS - DAY_MS);
    const young = await owe({}, Date.now() - MAILS_KEPT_MS + DAY_MS);
    await forgetMails(env as Env, Date.now());
    await expect(mailRow(old)).rejects.toThrow();
    expect(await mailRow(young)).toMatchObject({ id: young });
  });

  test("goes with its account, and nothing is sent to who is gone", async () => {
    const { accountId } = await newPerson();
    const id = await owe({ accountId });
    await env.DB.prepare("UPDATE accounts SET closing_since_ms = 1 WHERE id = ?").bind(accountId).run();
    expect(await eraseAccount(env as Env, accountId, Date.now())).toBe(true);
    await expect(mailRow(id)).rejects.toThrow();
    const late = await owe({ accountId });
    const { sending, sent } = sendingWith(undefined, { compose: composeMail });
    await sendMails(sending, [late]);
    expect(sent).toEqual([]);
    expect(await mailRow(late)).toMatchObject({ state: "dropped", error: "nobody" });
  });
});

test("no line of the log has an address, or what a mail says", async () => {
  const lines: string[] = [];
  for (const method of ["log", "error"] as const) {
    vi.spyOn(console, method).mockImplementation((line: string) => void lines.push(line));
  }
  const canary = "canary-5e1f@example.test";
  const faulty = Object.assign(new Error(`550 ${canary}`), { code: `E_${canary}` });
  const EMAIL = { send: () => Promise.reject(faulty) };
  const mailer = mailerOf({ ...env, ...SETTINGS, EMAIL } as unknown as Env);
  if (mailer === null) throw new Error("there is no mailer");
  const composers = [compose, () => Promise.reject(new Error(canary)), async () => "nobody" as const];
  for (const compose of composers) {
    const id = await owe({ address: canary, parameters: { name: canary } });
    await sendMails({ env: env as Env, mailer, compose }, [id]);
    expect((await mailRow(id)).error).not.toContain(canary);
  }
  await consumeMails(batchOf([canary]).batch, { env: env as Env, mailer, compose });
  vi.restoreAllMocks();
  expect(lines.length).toBeGreaterThanOrEqual(3);
  expect(lines.join("\n")).not.toContain(canary);
});
