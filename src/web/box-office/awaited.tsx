// The transfers that the counter waits for, each with a button for when the money has come.

import { dayAndTime, money } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Fault } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";
import type { EventProps } from "./event-props.ts";
import { useList } from "./load.ts";
import { MarkPaid } from "./mark-paid.tsx";
import { buyerOf, whatOf } from "./whose.ts";

const t = texts(
  {
    title: "Transfers that are awaited",
    none: "No transfer is awaited.",
    until: (at: string) => `· held until ${at}`,
    more: "Show more",
  },
  {
    title: "Erwartete Überweisungen",
    none: "Es wird keine Überweisung erwartet.",
    until: (at: string) => `· reserviert bis ${at}`,
    more: "Mehr anzeigen",
  },
);

/** `sales`: how many were made in this view, after each of which it is read again. */
export function Awaited({ event, reload, sales }: EventProps & { readonly sales: number }) {
  const list = useList("GET /events/{id}/orders", `${event.id} ${sales}`, {
    path: { id: event.id },
    query: { limit: 50, method: "transfer", state: "held" },
  });
  const { run, isBusy } = useTask();
  const rows = list.value.value?.rows;
  return (
    <section class="card stack" aria-labelledby="awaited">
      <h3 id="awaited">{t().title}</h3>
      {rows?.length === 0 && <p class="soft">{t().none}</p>}
      <Fault fault={list.fault.value} />
      <ul class="prices">
        {rows?.map((order) => (
          <li key={order.id} class="row between">
            <span>
              <a href={`/box-office/events/${event.id}/orders/${order.id}`}>{buyerOf(order) || order.id}</a> ·{" "}
              <strong>{money(order.total)}</strong> · {whatOf(order)}{" "}
              <span class="soft">
                {order.expires_at !== null && t().until(dayAndTime(order.expires_at, event.timezone))}
                {order.note && ` · ${order.note}`}
              </span>
            </span>
            <MarkPaid
              event={event}
              order={order}
              method="transfer"
              onPaid={async () => {
                await Promise.all([list.reload(), reload()]);
              }}
            />
          </li>
        ))}
      </ul>
      {list.value.value?.next && (
        <div>
          <Button isBusy={isBusy.value} onClick={() => run(list.more)}>
            {t().more}
          </Button>
        </div>
      )}
    </section>
  );
}
