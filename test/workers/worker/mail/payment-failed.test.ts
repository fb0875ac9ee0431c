// A payment that fails after its buyer has left: what the mail says depends on what has become of
// the tickets by the time that it is sent.

import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { PaymentOutcome } from "../../../../src/domain/payment.ts";
import { MINUTE_MS } from "../../../../src/domain/units.ts";
import { LEFT_AFTER_MS } from "../../../../src/durable/shared/mail-news.ts";
import { moment } from "../../../../src/worker/mail/templates/format.ts";
import { emailOf } from "../../../support/mailings.ts";
import { stopClock } from "../../../support/objects.ts";
import { orderObject, outcomeOf, payOrder, placeOrder, twoTypes } from "../../../support/orders.ts";
import { rowsOf } from "../../../support/records.ts";
import {
  call,
  deadlineOf,
  EVENT,
  hold,
  newPerson,
  objectOf,
  type Person,
  pay,
  putOnSale,
  until,
} from "../../../support/service.ts";

const send = vi.fn(async (_: EmailMessageBuilder) => ({ messageId: crypto.randomUUID() }));
Object.assign(env, { MAIL_FROM: "tickets@shop.example", PUBLIC_URL: "https://shop.example", EMAIL: { send } });
const DECLINED: PaymentOutcome = { state: "failed", failure: { code: "card_declined", message: "Declined." } };
/** The sandbox does not finish it within a test: its outcome is settled by hand. */
const SLOW = "pm_sandbox_slow_3600s";

stopClock();
beforeEach(() => {
  send.mockClear();
});

interface Held {
  readonly buyer: Person;
  readonly id: string;
  readonly deadlineMs: number;
  /** What the mail must name. */
  readonly lines: RegExp;
  /** Where it can be paid again. */
  readonly page: string | null;
  pay(method: string): Promise<unknown>;
  settle(paymentId: string): Promise<unknown>;
  untilConfirmed(): Promise<unknown>;
}

async function holdAlone(): Promise<Held> {
  const [sale, buyer] = await Promise.all([putOnSale(), newPerson()]);
  const { body } = await hold(buyer, sale.ticketId, 2);
  const { id } = body;
  return {
    buyer,
    id,
    deadlineMs: deadlineOf(body),
    lines: /2 × Stalls: €90\.00/,
    page: null,
    pay: (method) => pay(buyer, id, method),
    settle: (paymentId) => objectOf(id).settle([{ paymentId, outcome: DECLINED }]),
    untilConfirmed: () =>
      until(
        () => call("GET", `/reservations/${id}`, { token: buyer.token }),
        ({ body }) => body.state === "confirmed",
      ),
  };
}

async function holdOrder(): Promise<Held> {
  const [types, buyer] = await Promise.all([twoTypes(), newPerson()]);
  const { body } = await placeOrder(buyer, [types.stalls, 1], [types.parking, 2]);
  const { id } = body;
  return {
    buyer,
    id,
    deadlineMs: deadlineOf(body),
    lines: /1 × Stalls: €45\.00\n2 × Parking: €10\.00/,
    page: `https://shop.example/my/orders/${id}`,
    pay: (method) => payOrder(buyer, id, method),
    settle: (paymentId) => orderObject(id).settle([{ paymentId, outcome: DECLINED }]),
    untilConfirmed: () => outcomeOf(buyer, id),
  };
}

/** Its buyer pays, leaves, and the payment fails at `atMs`. */
async function failAt(held: Held, atMs: number): Promise<void> {
  await held.pay(SLOW);
  const [charge] = await until(
    () => rowsOf("SELECT idempotency_key FROM sandbox_ledger WHERE reservation_id = ?", held.id),
    (rows) => rows.length > 0,
  );
  vi.setSystemTime(atMs);
  await held.settle(String(charge?.idempotency_key));
}

/** The one mail about it, once it has that state. */
function mailIn(state: string, { id }: Held) {
  return until(
    () => rowsOf("SELECT id, state, error FROM mails WHERE about = ? AND kind = 'payment_failed'", id),
    ([mail]) => mail?.state === state,
  );
}

async function sentTo({ buyer }: Held) {
  const address = await emailOf(buyer);
  return send.mock.calls.map(([mail]) => mail).filter(({ to }) => to === address);
}

/** No message reaches the queue, as in an outage: the mail stays due. */
async function withoutQueue(work: () => Promise<void>): Promise<void> {
  const failing = vi.spyOn(env.MAILS, "sendBatch").mockRejectedValue(new Error("no queue"));
  try {
    await work();
  } finally {
    failing.mockRestore();
  }
}

describe.each([
  ["a reservation alone", holdAlone],
  ["an order", holdOrder],
] as const)("%s", (_what, take) => {
  test("is still held: the mail says until when, and leads to where it is paid again", async () => {
    const held = await take();
    await failAt(held, Date.now() + LEFT_AFTER_MS + MINUTE_MS);
    expect(await mailIn("sent", held)).toHaveLength(1);
    const [mail, ...others] = await sentTo(held);
    expect(others).toEqual([]);
    expect(mail?.subject).toBe("Your payment did not go through: An evening");
    const deadline = moment("en", held.deadlineMs, EVENT.timezone);
    expect(mail?.text).toContain(`Your tickets are held until ${deadline}: you can pay again until then.`);
    expect(mail?.text).toMatch(held.lines);
    expect(mail?.text?.match(/https:\S+/g) ?? []).toEqual(held.page === null ? [] : [held.page]);
    expect(mail?.attachments ?? []).toEqual([]);
  });

  test("is over: the mail says so, and leads nowhere", async () => {
    const held = await take();
    await failAt(held, held.deadlineMs + 1);
    expect(await mailIn("sent", held)).toHaveLength(1);
    const [mail, ...others] = await sentTo(held);
    expect(others).toEqual([]);
    expect(mail?.text).toContain("are no longer kept for you.");
    expect(mail?.text).toContain("please choose your tickets again.");
    expect(mail?.text).toMatch(held.lines);
    expect(mail?.text).not.toContain("https:");
  });

  test("was held when it failed, and is over when the mail is sent: the mail says what is", async () => {
    const held = await take();
    await withoutQueue(async () => {
      await failAt(held, held.deadlineMs - MINUTE_MS);
      await mailIn("due", held);
    });
    vi.setSystemTime(held.deadlineMs + MINUTE_MS);
    await env.MAILS.send({ mailId: String((await mailIn("due", held))[0]?.id) });
    await mailIn("sent", held);
    const [mail] = await sentTo(held);
    expect(mail?.text).toContain("are no longer kept for you.");
    expect(mail?.text).not.toContain("pay again");
  });

  test("has been paid since: there is nothing to say", async () => {
    const held = await take();
    await withoutQueue(async () => {
      await failAt(held, Date.now() + LEFT_AFTER_MS);
      await mailIn("due", held);
    });
    await held.pay("pm_card_visa");
    await held.untilConfirmed();
    await until(
      () => rowsOf("SELECT id FROM mails WHERE about = ? AND kind = 'confirmed'", held.id),
      (rows) => rows.length > 0,
    );
    await env.MAILS.send({ mailId: String((await mailIn("due", held))[0]?.id) });
    expect(await mailIn("dropped", held)).toMatchObject([{ error: "nothing" }]);
    expect((await sentTo(held)).map(({ subject }) => subject)).not.toContain(
      "Your payment did not go through: An evening",
    );
  });

  test("fails while its buyer watches: no mail", async () => {
    const held = await take();
    await failAt(held, Date.now() + LEFT_AFTER_MS - MINUTE_MS);
    const table = held.page === null ? "reservations" : "orders";
    await until(
      () => rowsOf(`SELECT payment_state FROM ${table} WHERE id = ?`, held.id),
      ([row]) => row?.payment_state === "failed",
    );
    expect(await rowsOf("SELECT id FROM mails WHERE about = ?", held.id)).toEqual([]);
  });
});
