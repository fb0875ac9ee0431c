// An order from the hold to the passes: one view, which shows what the order's own stream says.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { announce } from "../ui/announce.ts";
import { call, Problem } from "../ui/api.ts";
import type { Order } from "../ui/api-types.ts";
import { serverNowMs } from "../ui/clock.ts";
import { useFollowed } from "../ui/followed.ts";
import { money } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { useLoaded } from "../ui/loaded.ts";
import { Button, Dialog, Fault, Loading, Notice } from "../ui/parts.tsx";
import { account } from "../ui/session.ts";
import { useTask } from "../ui/task.ts";
import { Heading } from "../ui/view.tsx";
import { Nothing } from "./again.tsx";
import { EventLine } from "./event-line.tsx";
import { FileLink, MailAgain, PaperLinks } from "./paper.tsx";
import { Passes } from "./passes.tsx";
import { Pay } from "./pay.tsx";
import { price } from "./price.ts";
import { AtBank, Charging, Countdown } from "./waiting.tsx";

const t = texts(
  {
    held: "Your tickets are held",
    paying: "Your payment is on its way",
    bank: "Your bank asks you to confirm",
    confirmed: "It’s done: your tickets",
    expired: "The time is up",
    cancelled: "This order was cancelled",
    refunding: "Your money is on its way back",
    refunded: "You gave these tickets back",
    calledOff: "This event was called off",
    notFound: "There is no such order here",
    notFoundText: "It may belong to another account. Sign in with the one that you used.",
    confirmedSay: "Paid. Your tickets are here.",
    failedSay: "The payment did not work.",
    tickets: "Tickets",
    total: "Total",
    number: "Order number",
    email: "E-mail address",
    cancel: "Cancel this order",
    cancelAsk: "Cancel this order?",
    cancelAskText: "The tickets go back on sale, and somebody else may take them.",
    keep: "Keep it",
    giveBack: "Give tickets back",
    giveBackAsk: "Give all of these tickets back?",
    giveBackText: (sum: string) =>
      `You get ${sum} back. The tickets are not good any more after that, passed-on ones included.`,
    tooLate: "The time to give tickets back is over.",
    refundOf: (sum: string) => `${sum} goes back the way it was paid. It may take your bank some days.`,
    refundDone: (sum: string) => `${sum} was paid back.`,
    refundFailed: "A refund has failed. The organiser has been notified.",
    reason: "Reason",
    calendar: "Add to calendar",
    mine: "All my tickets",
    offline: "No connection at the moment. This page goes on by itself when it is back.",
  },
  {
    held: "Ihre Tickets sind reserviert",
    paying: "Ihre Zahlung läuft",
    bank: "Ihre Bank bittet um Bestätigung",
    confirmed: "Geschafft: Ihre Tickets",
    expired: "Die Zeit ist um",
    cancelled: "Diese Bestellung wurde storniert",
    refunding: "Ihr Geld ist auf dem Weg zurück",
    refunded: "Sie haben diese Tickets zurückgegeben",
    calledOff: "Diese Veranstaltung wurde abgesagt",
    notFound: "Diese Bestellung gibt es hier nicht",
    notFoundText: "Vielleicht gehört sie zu einem anderen Konto. Melden Sie sich mit dem an, das Sie benutzt haben.",
    confirmedSay: "Bezahlt. Ihre Tickets sind da.",
    failedSay: "Die Zahlung hat nicht geklappt.",
    tickets: "Tickets",
    total: "Summe",
    number: "Bestellnummer",
    email: "E-Mail-Adresse",
    cancel: "Bestellung stornieren",
    cancelAsk: "Diese Bestellung stornieren?",
    cancelAskText: "Die Tickets gehen wieder in den Verkauf, und jemand anderes kann sie nehmen.",
    keep: "Behalten",
    giveBack: "Tickets zurückgeben",
    giveBackAsk: "Alle diese Tickets zurückgeben?",
    giveBackText: (sum: string) =>
      `Sie bekommen ${sum} zurück. Die Tickets gelten danach nicht mehr, auch nicht, was Sie weitergegeben haben.`,
    tooLate: "Die Zeit für die Rückgabe ist vorbei.",
    refundOf: (sum: string) =>
      `${sum} gehen zurück, wie sie bezahlt wurden. Bei Ihrer Bank kann das einige Tage dauern.`,
    refundDone: (sum: string) => `${sum} wurden zurückgezahlt.`,
    refundFailed: "Eine Erstattung hat nicht geklappt. Der Veranstalter weiß es.",
    reason: "Grund",
    calendar: "In den Kalender",
    mine: "Alle meine Tickets",
    offline: "Gerade keine Verbindung. Sobald sie wieder da ist, geht es hier von selbst weiter.",
  },
);

const POLL_MS = 4_000;

export function OrderView({ id }: { readonly id: string }) {
  const who = account.value?.id;
  const loaded = useLoaded(() => call("GET /orders/{id}", { path: { id } }), [id, who]);
  const { value, fault, reload } = loaded;
  const order = value.value;
  const onEvent = (news: Order) => {
    value.value = news;
  };
  const stream = { operation: "GET /orders/{id}/live", path: { id }, name: "order", onEvent } as const;
  const isOld = useFollowed({ ...stream, isOn: order !== undefined && !isOver(order), pollMs: POLL_MS }, loaded);
  const before = useRef<Order | undefined>(undefined);
  useEffect(() => {
    if (before.current !== undefined && order !== undefined) sayWhatChanged(before.current, order);
    before.current = order;
  }, [order]);
  if (order === undefined) {
    if (fault.value instanceof Problem && fault.value.status === 404) return <NotFound />;
    return fault.value === null ? <Loading /> : <Fault fault={fault.value} />;
  }
  return (
    <div class="order">
      <Heading key={headingOf(order)}>{headingOf(order)}</Heading>
      {isOld && <Notice kind="warning">{t().offline}</Notice>}
      <State order={order} onDue={reload} />
      <Items order={order} />
      <Refunds order={order} />
      <Actions order={order} onChange={reload} />
    </div>
  );
}

export function NotFound() {
  return (
    <div class="stack">
      <Heading>{t().notFound}</Heading>
      <p>{t().notFoundText}</p>
      <p>
        <a href="/my/orders">{t().mine}</a>
      </p>
    </div>
  );
}

function headingOf({ state, status, items, payment }: Order): string {
  const isCalledOff = items.every(({ event }) => event?.status === "cancelled");
  if (status === "refunding") return t().refunding;
  if (state === "refunded") return isCalledOff ? t().calledOff : t().refunded;
  if (state === "held" && status === "awaiting_payment") return payment?.next_action ? t().bank : t().paying;
  return t()[state];
}

/** Nothing about it changes any more, as far as its buyer is concerned. */
function isOver({ state, payment, refunds }: Order): boolean {
  const isMoneyMoving = payment?.state === "pending" || payment?.state === "refund_due";
  return state !== "held" && !isMoneyMoving && refunds.every(({ state: of }) => of !== "due" && of !== "pending");
}

function sayWhatChanged(before: Order, now: Order): void {
  if (now.payment?.next_action && !before.payment?.next_action) announce(t().bank, "assertive");
  else if (now.state === "confirmed" && before.state === "held") announce(t().confirmedSay, "assertive");
  else if (now.payment?.state === "failed" && before.payment?.state === "pending") announce(t().failedSay, "assertive");
  else if (now.state !== before.state) announce(headingOf(now));
}

function State({ order, onDue }: { readonly order: Order; readonly onDue: () => Promise<void> }) {
  const { state, status } = order;
  if (state === "confirmed") {
    return (
      <section class="stack order-passes">
        <h2 class="unseen">{t().tickets}</h2>
        <div class="row">
          <FileLink path={`/orders/${order.id}/calendar.ics`} label={t().calendar} />
          <PaperLinks of="orders" id={order.id} state={state} isFree={order.total.amount === 0} />
          <MailAgain of="orders" id={order.id} />
        </div>
        <Passes of="orders" id={order.id} />
      </section>
    );
  }
  if (state === "expired" || state === "cancelled") return <Nothing order={order} why={state} />;
  if (state === "refunded") return null;
  const Waiting = status !== "awaiting_payment" ? Countdown : order.payment?.next_action ? AtBank : Charging;
  return (
    <div class="stack">
      <Waiting order={order} onDue={onDue} />
      <Pay order={order} />
    </div>
  );
}

function Items({ order }: { readonly order: Order }) {
  const events = Map.groupBy(order.items, ({ event }) => event?.id ?? "");
  return (
    <section class="card stack" aria-label={t().total}>
      {[...events].map(([id, items]) => {
        const event = items[0]?.event;
        return (
          <div key={id} class="stack tight">
            {event && <EventLine event={event} />}
            <ul class="items">
              {items.map((item) => (
                <li key={item.reservation}>
                  <span>
                    {item.quantity} × {[item.ticket_type?.name, item.price_name].filter(Boolean).join(", ")}
                  </span>
                  <span class="number">{price(item.total)}</span>
                </li>
              ))}
            </ul>
          </div>
        );
      })}
      <p class="items-total">
        <span>{t().total}</span>
        <strong class="number">{price(order.total)}</strong>
      </p>
      <p class="soft">
        {t().number}: {order.id}
        <br />
        {t().email}: {account.value?.email}
      </p>
    </section>
  );
}

function Refunds({ order }: { readonly order: Order }) {
  if (order.refunds.length === 0) return null;
  return (
    <div class="stack">
      {order.refunds.map((refund) => (
        <Notice
          key={refund.id}
          kind={refund.state === "failed" ? "bad" : refund.state === "succeeded" ? "good" : "info"}
        >
          <p>
            {refund.state === "failed"
              ? t().refundFailed
              : refund.state === "succeeded"
                ? t().refundDone(money(refund.amount))
                : t().refundOf(money(refund.amount))}
          </p>
          {refund.reason !== "" && (
            <p>
              {t().reason}: {refund.reason}
            </p>
          )}
        </Notice>
      ))}
    </div>
  );
}

function Actions({ order, onChange }: { readonly order: Order; readonly onChange: () => Promise<void> }) {
  const isAsking = useSignal(false);
  const { run, isBusy, fault } = useTask();
  const isHeld = order.state === "held";
  const isConfirmed = order.state === "confirmed";
  const isReturnable = useReturnable(order);
  const left = order.refunds.reduce(
    (sum, { amount, state }) => sum - (state === "failed" ? 0 : amount.amount),
    order.total.amount,
  );
  const release = () =>
    run(async () => {
      try {
        await call("DELETE /orders/{id}", { path: { id: order.id } });
      } finally {
        isAsking.value = false;
        await onChange();
      }
    });
  return (
    <div class="stack">
      <Fault fault={fault.value} />
      <div class="row">
        {!isConfirmed && <PaperLinks of="orders" id={order.id} state={order.state} isFree={order.total.amount === 0} />}
        {(isHeld || isReturnable) && !order.cancel_requested && (
          <Button
            kind={isConfirmed ? "danger" : "plain"}
            isBusy={isBusy.value}
            onClick={() => {
              isAsking.value = true;
            }}
          >
            {isHeld ? t().cancel : t().giveBack}
          </Button>
        )}
        <a href="/my/orders">{t().mine}</a>
      </div>
      {isAsking.value && (
        <Dialog
          title={isHeld ? t().cancelAsk : t().giveBackAsk}
          onClose={() => {
            isAsking.value = false;
          }}
        >
          <div class="stack">
            <p>{isHeld ? t().cancelAskText : t().giveBackText(money({ ...order.total, amount: left }))}</p>
            <div class="row">
              <Button kind="danger" isBusy={isBusy.value} onClick={release}>
                {isHeld ? t().cancel : t().giveBack}
              </Button>
              <Button
                onClick={() => {
                  isAsking.value = false;
                }}
              >
                {t().keep}
              </Button>
            </div>
          </div>
        </Dialog>
      )}
    </div>
  );
}

/** Until the earliest time that one of its events sets; not at all where one sets none. */
function useReturnable({ state, items }: Order): boolean {
  const ids = [...new Set(items.flatMap(({ event }) => event?.id ?? []))];
  const isConfirmed = state === "confirmed";
  const load = () => Promise.all(isConfirmed ? ids.map((id) => call("GET /events/{id}", { path: { id } })) : []);
  const { value } = useLoaded(load, [isConfirmed, ids.join()]);
  const events = value.value ?? [];
  return (
    isConfirmed &&
    events.length > 0 &&
    events.every(({ refundable_until }) => refundable_until !== null && Date.parse(refundable_until) > serverNowMs())
  );
}
