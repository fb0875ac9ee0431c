// What somebody has bought, and what was passed on to them.

import { useSignal } from "@preact/signals";
import { call, nextPage, send } from "../ui/api.ts";
import type { Order } from "../ui/api-types.ts";
import { dayAndTime, money } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { useLoaded } from "../ui/loaded.ts";
import { Button, Fault, Loading, Notice } from "../ui/parts.tsx";
import { account } from "../ui/session.ts";
import { useTask } from "../ui/task.ts";
import { Heading } from "../ui/view.tsx";
import { PassList } from "./passes.tsx";

const t = texts(
  {
    title: "My tickets",
    none: "Nothing here yet. What you buy is shown here.",
    look: "See what’s on",
    received: "Passed on to you",
    more: "Show more",
    guest:
      "You are here as a guest: this browser remembers you for a week after your last visit. With an account you find your tickets for longer, and everywhere.",
    held: "Not paid yet",
    awaiting_payment: "Payment under way",
    confirmed: "Paid",
    cancelled: "Cancelled",
    expired: "Expired",
    refunding: "Being refunded",
    refunded: "Given back",
  },
  {
    title: "Meine Tickets",
    none: "Hier ist noch nichts. Was Sie kaufen, steht dann hier.",
    look: "Zum Programm",
    received: "An Sie weitergegeben",
    more: "Mehr zeigen",
    guest:
      "Sie sind als Gast hier: Dieser Browser erkennt Sie bis eine Woche nach Ihrem letzten Besuch. Mit einem Konto finden Sie Ihre Tickets länger, und überall.",
    held: "Noch nicht bezahlt",
    awaiting_payment: "Zahlung läuft",
    confirmed: "Bezahlt",
    cancelled: "Storniert",
    expired: "Abgelaufen",
    refunding: "Wird erstattet",
    refunded: "Zurückgegeben",
  },
);

const PAGE = 20;

export function OrdersView() {
  const who = account.value?.id;
  const orders = useLoaded(() => send("GET /orders", { query: { limit: PAGE } }), [who]);
  const received = useLoaded(() => call("GET /passes", {}), [who]);
  const older = useSignal<Order[]>([]);
  const next = useSignal<string | null | undefined>(undefined);
  const { run, isBusy, fault } = useTask();
  const first = orders.value.value;
  const nextPath = next.value === undefined ? (first?.next ?? null) : next.value;
  const showMore = () =>
    run(async () => {
      const reply = await nextPage<"GET /orders">(nextPath ?? "");
      older.value = [...older.peek(), ...reply.body];
      next.value = reply.next;
    });
  const all = [...(first?.body ?? []), ...older.value];
  return (
    <div class="stack">
      <Heading>{t().title}</Heading>
      {account.value?.guest && <Notice>{t().guest}</Notice>}
      <Fault fault={orders.fault.value} />
      {first === undefined && orders.fault.value === null && <Loading />}
      {first !== undefined && all.length === 0 && (
        <div class="card stack">
          <p>{t().none}</p>
          <p>
            <a class="button primary" href="/">
              {t().look}
            </a>
          </p>
        </div>
      )}
      <ul class="orders">
        {all.map((order) => (
          <li key={order.id}>
            <OrderCard order={order} />
          </li>
        ))}
      </ul>
      <Fault fault={fault.value} />
      {nextPath !== null && (
        <Button isBusy={isBusy.value} onClick={showMore}>
          {t().more}
        </Button>
      )}
      {(received.value.value?.length ?? 0) > 0 && (
        <section class="stack">
          <h2>{t().received}</h2>
          <PassList passes={received.value.value ?? []} onChange={received.reload} />
        </section>
      )}
    </div>
  );
}

function OrderCard({ order }: { readonly order: Order }) {
  const [item] = order.items;
  const event = item?.event;
  const names = [...new Set(order.items.map((one) => one.event?.name ?? ""))].join(", ");
  return (
    <a class="order-card" href={`/my/orders/${order.id}`}>
      <span class="event-about">
        <strong class="event-name">{names}</strong>
        {event && (
          <span class="soft">
            {dayAndTime(event.starts_at, event.timezone)} · {event.venue}
          </span>
        )}
        <span>
          {order.items
            .map(({ quantity, ticket_type, price_name }) =>
              [`${quantity} × ${ticket_type?.name ?? ""}`, price_name].filter(Boolean).join(", "),
            )
            .join(" · ")}
        </span>
      </span>
      <span class="event-sale">
        <span class={`badge ${order.state === "confirmed" ? "good" : ""}`}>{t()[order.status]}</span>
        <span class="event-price">{money(order.total)}</span>
      </span>
    </a>
  );
}
