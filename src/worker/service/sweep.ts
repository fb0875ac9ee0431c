// Each minute: signals objects whose alarm may be lost, repeats what failed, deletes what is old.

import { MINUTE_MS, SECOND_MS } from "../../domain/units.ts";
import { newId } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import { eraseClosed, eraseUnusedGuests, releaseHoldsOfClosed } from "../accounts/deletion.ts";
import { eraseOldAddresses } from "../audit/queries.ts";
import { forgetExpiredSessions } from "../auth/queries.ts";
import { continueRefunds } from "../cancellations/progress.ts";
import { announce } from "../catalogue/announcing.ts";
import { ticketTypesFrom, unannouncedEvents } from "../catalogue/queries.ts";
import { eventsToIndex, forgetClosedSales, INDEXED_AT_ONCE, indexTokens } from "../catalogue/search.ts";
import { putBack, retire } from "../catalogue/withdrawal.ts";
import { unfinishedSince } from "../catalogue/withdrawal-queries.ts";
import { eraseOldCustomers } from "../counter/customers.ts";
import { forgetExpiredInvitations } from "../crew/invitations.ts";
import type { Env } from "../env.ts";
import { forgetExpiredLinks } from "../links/queries.ts";
import { sweepMailings } from "../mail/mailings.ts";
import { forgetMails, sweepMails } from "../mail/sweep-mails.ts";
import { callOrder } from "../objects/orders.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import { ordersWithOverdueWork } from "../orders/queries.ts";
import { sweepWebhooks } from "../outgoing-webhooks/consumer.ts";
import { sweepDisputes } from "../payments/disputes.ts";
import { paymentProvider } from "../payments/select-provider.ts";
import { issueDueReceipts } from "../receipts/issuing.ts";
import { sweepCopies } from "../reconciliation/sweep-copies.ts";
import { sweepOrderCopies } from "../reconciliation/sweep-orders.ts";
import { ticketTypesWithOverdueWork } from "../reservations/queries.ts";

/** An alarm or a request that is less late than this may still finish by itself. */
const OVERDUE_AFTER_MS = MINUTE_MS;
// The bounds of one sweep. The next one continues.
const OBJECTS_PER_SWEEP = 100;
const EVENTS_PER_SWEEP = 100;
const EVENTS_AT_ONCE = 20;
const EVENTS_INDEXED_PER_SWEEP = 1_000;
/** D1 may not know that an object has work, so each sweep signals some objects at random. */
const RANDOM_OBJECTS_PER_SWEEP = 10;
/** The next sweep begins a minute after this one. */
const STEP_TIMEOUT_MS = 50 * SECOND_MS;

export async function sweep(env: Env): Promise<void> {
  const nowMs = Date.now();
  await Promise.all([
    step("signal objects with overdue work", async () => {
      await signal(env, await ticketTypesWithOverdueWork(env.DB, nowMs - OVERDUE_AFTER_MS, OBJECTS_PER_SWEEP));
    }),
    step("signal random objects", async () => {
      await signal(env, await ticketTypesFrom(env.DB, newId(), RANDOM_OBJECTS_PER_SWEEP));
    }),
    step("signal overdue orders", async () => {
      const ids = await ordersWithOverdueWork(env.DB, nowMs - OVERDUE_AFTER_MS, OBJECTS_PER_SWEEP);
      await Promise.all(ids.map((id) => step(`signal ${id}`, () => callOrder(env, id, (object) => object.wake()))));
    }),
    step("read disputes", async () => {
      const provider = paymentProvider(env);
      if (provider !== null) await sweepDisputes(env.DB, provider);
    }),
    step("announce events", () => announceLeftOver(env)),
    step("continue refunds of called-off events", () => continueRefunds(env)),
    step("compare copies", () => sweepCopies(env)),
    step("compare copies of orders", () => sweepOrderCopies(env)),
    step("finish deletions", () => finishDeletions(env, nowMs - OVERDUE_AFTER_MS)),
    step("index events", () => indexLeftOver(env.DB)),
    step("release holds of closed accounts", () => releaseHoldsOfClosed(env, nowMs)),
    step("erase closed accounts", () => eraseClosed(env, nowMs)),
    step("erase unused guests", () => eraseUnusedGuests(env, nowMs)),
    step("erase old customers", () => eraseOldCustomers(env, nowMs)),
    step("issue receipts", () => issueDueReceipts(env.DB)),
    step("owe mails about events", () => sweepMailings(env, nowMs)),
    step("send mails", () => sweepMails(env, nowMs)),
    step("deliver webhooks", () => sweepWebhooks(env, nowMs)),
    step("forget old mails", () => forgetMails(env, nowMs)),
    step("forget closed sales", () => forgetClosedSales(env.DB, nowMs)),
    step("forget expired sessions", () => forgetExpiredSessions(env.DB, nowMs)),
    step("forget expired links", () => forgetExpiredLinks(env.DB, nowMs)),
    step("forget expired invitations", () => forgetExpiredInvitations(env.DB, nowMs)),
    step("erase old addresses", () => eraseOldAddresses(env.DB, nowMs)),
  ]);
}

async function signal(env: Env, ticketTypeIds: readonly string[]): Promise<void> {
  await Promise.all(
    ticketTypeIds.map((id) => step(`signal ${id}`, () => callTicketType(env, id, (object) => object.wake()))),
  );
}

/** Events whose announcement failed right after they changed, and all once after an update. */
async function announceLeftOver(env: Env): Promise<void> {
  for (let done = 0; done < EVENTS_PER_SWEEP; done += EVENTS_AT_ONCE) {
    const events = await unannouncedEvents(env.DB, EVENTS_AT_ONCE);
    await Promise.all(events.map((event) => announce(env, event)));
    if (events.length < EVENTS_AT_ONCE) return;
  }
}

/** Puts withdrawn events back on sale, and empties the objects of deleted ticket types. */
async function finishDeletions(env: Env, sinceMs: number): Promise<void> {
  const { withdrawn, retiring } = await unfinishedSince(env.DB, sinceMs, EVENTS_AT_ONCE);
  await Promise.all([
    ...withdrawn.map((event) => putBack(env, event)),
    ...retiring.map((id) => step(`delete ${id}`, async () => void (await retire(env, id, null)))),
  ]);
}

/** Events whose indexing failed right after they changed, or that are older than the index. */
async function indexLeftOver(d1: D1Database): Promise<void> {
  for (let done = 0; done < EVENTS_INDEXED_PER_SWEEP; done += INDEXED_AT_ONCE) {
    const events = await eventsToIndex(d1);
    if (events.length > 0) await indexTokens(d1, events);
    if (events.length < INDEXED_AT_ONCE) return;
  }
}

/** A step that fails or hangs does not keep the others from being done. */
async function step(name: string, work: () => Promise<void>): Promise<void> {
  try {
    await timeout(STEP_TIMEOUT_MS, work());
  } catch (fault) {
    log("warn", "sweep step failed", { step: name, ...errorFields(fault) });
  }
}
