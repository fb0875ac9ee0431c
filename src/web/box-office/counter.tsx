// Sells at the counter: for cash, for a transfer that is awaited, or free of charge.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import type { EventOrder } from "../ui/api-types.ts";
import { dayAndTime, money } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { keyFor } from "../ui/kept.ts";
import { Button, Notice } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";
import { Awaited } from "./awaited.tsx";
import { CounterForm } from "./counter-form.tsx";
import { type CounterValues, EMPTY, itemsOf, saleOf } from "./counter-sale.ts";
import type { EventProps } from "./event-props.ts";
import { PrintLink } from "./passes.tsx";
import { whatOf } from "./whose.ts";
import { wordFor } from "./words.tsx";

const t = texts(
  {
    title: "Sell at the counter",
    draft: "Nothing is sold before the event is published.",
    off: "Nothing is sold any more: the event was called off.",
    sold: "Sold",
    awaited: "Held until the money comes",
    until: (at: string) => `The tickets are held until ${at}. Say in the list below when the money has come.`,
    order: "Show the order",
    next: "Next sale",
    mailed: "The tickets are mailed, too.",
  },
  {
    title: "An der Kasse verkaufen",
    draft: "Verkauft wird erst, wenn die Veranstaltung veröffentlicht ist.",
    off: "Es wird nichts mehr verkauft: die Veranstaltung wurde abgesagt.",
    sold: "Verkauft",
    awaited: "Reserviert, bis das Geld da ist",
    until: (at: string) => `Die Tickets sind bis ${at} reserviert. Sagen Sie unten in der Liste, wenn das Geld da ist.`,
    order: "Bestellung ansehen",
    next: "Nächster Verkauf",
    mailed: "Die Tickets kommen auch per Mail.",
  },
);

export function Counter(props: EventProps) {
  const { event, reload } = props;
  const form = useSignal<CounterValues>(EMPTY);
  const sold = useSignal<EventOrder | null>(null);
  const sales = useSignal(0);
  const { run, isBusy, fault } = useTask();
  const sell = () =>
    run(async () => {
      const body = saleOf(event, form.peek());
      const { key, done } = keyFor(`counter ${event.id}`, body);
      sold.value = await call("POST /events/{id}/orders", { path: { id: event.id }, body, key });
      done();
      // How it is paid is mostly how the next one is.
      form.value = { ...EMPTY, method: form.peek().method };
      sales.value += 1;
      announce(`${sold.value.state === "held" ? t().awaited : t().sold}: ${money(sold.value.total)}`);
      await reload();
    });
  const refusal = event.status === "draft" ? t().draft : event.status === "cancelled" ? t().off : null;
  return (
    <div class="stack">
      <h2>{t().title}</h2>
      {refusal !== null && <Notice kind="warning">{refusal}</Notice>}
      {refusal === null && sold.value !== null && (
        <Result
          {...props}
          order={sold.value}
          onNext={() => {
            sold.value = null;
          }}
        />
      )}
      {refusal === null && sold.value === null && (
        <CounterForm
          event={event}
          form={form}
          fault={fault.value}
          isBusy={isBusy.value}
          onSell={() => {
            if (itemsOf(event, form.peek()).length > 0) void sell();
          }}
        />
      )}
      <Awaited {...props} sales={sales.value} />
    </div>
  );
}

interface ResultProps extends EventProps {
  readonly order: EventOrder;
  readonly onNext: () => void;
}

function Result({ event, order, onNext }: ResultProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  // The button that sold it is gone.
  useEffect(() => heading.current?.focus(), []);
  const isHeld = order.state === "held";
  return (
    <section class="card stack" aria-labelledby="sold">
      <h3 id="sold" ref={heading} tabIndex={-1}>
        {isHeld ? t().awaited : t().sold}
      </h3>
      <p>
        {whatOf(order)} · <strong>{money(order.total)}</strong> · {wordFor("method", order.method)}
      </p>
      {isHeld && order.expires_at !== null && <p>{t().until(dayAndTime(order.expires_at, event.timezone))}</p>}
      {!isHeld && order.customer?.email && <p class="soft">{t().mailed}</p>}
      <div class="row">
        {!isHeld && <PrintLink event={event} order={order.id} kind="primary" />}
        <Button onClick={onNext}>{t().next}</Button>
        <a href={`/box-office/events/${event.id}/orders/${order.id}`}>{t().order}</a>
      </div>
    </section>
  );
}
