// What the mail service says later of a mail that it accepted: kept with the mail.

import { createMessageBatch } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { consumeNotices } from "../../../../src/worker/mail/notices.ts";
import { mailRow, owe } from "../../../support/mail.ts";
import { sql } from "../../../support/records.ts";

const CANARY = "ada-7f3@example.test";

/** As the documentation of Cloudflare's event subscriptions shows them. */
function noticeOf(type: string, messageId: string, more: Record<string, unknown> = {}) {
  const source = { type: "email.sending", zoneId: "023e105f4ecef8ad9ca31a8372d0c353", domain: "shop.example" };
  const payload = { eventId: crypto.randomUUID(), messageId, sender: "a@shop.example", recipient: CANARY, ...more };
  return { type: `cf.email.sending.message.${type}`, source, payload, metadata: { eventSchemaVersion: 1 } };
}

async function deliver(...bodies: unknown[]) {
  const messages = bodies.map((body) => ({ id: crypto.randomUUID(), timestamp: new Date(), attempts: 1, body }));
  const batch = createMessageBatch("mail-events", messages);
  const calls = batch.messages.map((one) => ({ ack: vi.spyOn(one, "ack"), retry: vi.spyOn(one, "retry") }));
  await consumeNotices(batch, env.DB);
  return calls.map(({ ack, retry }) => (ack.mock.calls.length > 0 ? "ack" : `retry ${retry.mock.calls.length}`));
}

async function sentMail(messageId: string) {
  const id = await owe();
  await sql("UPDATE mails SET state = 'sent', due_ms = NULL, message_id = ? WHERE id = ?", messageId, id);
  return id;
}

const BOUNCE = { delivery: { status: "bounced", smtpEnhancedStatusCode: "5.1.1", smtpResponse: `550 <${CANARY}>` } };

test.each<[type: string, more: Record<string, unknown>, state: string, error: string | null]>([
  ["bounced", BOUNCE, "bounced", "5.1.1"],
  ["bounced", { delivery: { smtpEnhancedStatusCode: CANARY } }, "bounced", "bounced"],
  ["bounced", {}, "bounced", "bounced"],
  ["failed", { failure: { reason: "delivery_failed" } }, "bounced", "failed"],
  ["rejected", { rejection: { reason: "suppressed", detail: CANARY } }, "suppressed", "rejected"],
  ["rejected", { rejection: { reason: "spam" } }, "refused", "rejected"],
  ["complained", { complaint: { type: "abuse" } }, "complained", "complained"],
  ["delivered", { delivery: { smtpEnhancedStatusCode: "2.0.0" } }, "sent", null],
  ["deferred", { bounce: { type: "soft" } }, "sent", null],
  ["something_new", {}, "sent", null],
])("%s %j: the mail is %s", async (type, more, state, error) => {
  const lines: string[] = [];
  const log = vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  const id = await sentMail(`m-${crypto.randomUUID()}`);
  const { message_id } = await mailRow(id);
  // In angle brackets or without: both are the same id.
  expect(await deliver(noticeOf(type, `<${message_id}>`, more))).toEqual(["ack"]);
  log.mockRestore();
  expect(await mailRow(id)).toMatchObject({ state, error });
  expect(JSON.stringify([lines, await mailRow(id)]).replaceAll("ada@example.test", "")).not.toContain(CANARY);
});

test("a notice that comes before the mail is recorded as sent comes again; others end", async () => {
  const messageId = `m-${crypto.randomUUID()}`;
  const id = await owe();
  expect(await deliver(noticeOf("bounced", messageId), "no notice", { type: "bounced" })).toEqual([
    "retry 1",
    "ack",
    "ack",
  ]);
  await sql("UPDATE mails SET state = 'sent', due_ms = NULL, message_id = ? WHERE id = ?", messageId, id);
  expect(await deliver(noticeOf("bounced", messageId), noticeOf("bounced", messageId))).toEqual(["ack", "ack"]);
  expect((await mailRow(id)).state).toBe("bounced");
});
