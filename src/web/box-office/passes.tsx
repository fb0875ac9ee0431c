// The passes of an order, and the page to print what the counter sold.

import type { EventDetail, EventOrder } from "../ui/api-types.ts";
import { language, texts } from "../ui/i18n.ts";
import { useList } from "./load.ts";
import { List } from "./table.tsx";
import { StateOf } from "./words.tsx";

const t = texts(
  {
    title: "Passes",
    pass: "Pass",
    ticket: "Ticket",
    holder: "For",
    state: "State",
    print: "Print the passes",
    theirs: "Their codes are the buyer's alone.",
  },
  {
    title: "Eintrittskarten",
    pass: "Karte",
    ticket: "Ticket",
    holder: "Für",
    state: "Status",
    print: "Karten drucken",
    theirs: "Ihre Codes kennt nur der Käufer.",
  },
);

interface PassesProps {
  readonly event: EventDetail;
  readonly order: EventOrder;
}

export function Passes({ event, order }: PassesProps) {
  const states = [order.status, ...order.refunds.map(({ state }) => state)].join();
  const list = useList("GET /events/{id}/orders/{order}/passes", `${order.id} ${states}`, {
    path: { id: event.id, order: order.id },
    query: { limit: 50 },
  });
  if (list.value.value?.rows.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="passes">
      <h3 id="passes">{t().title}</h3>
      {order.method === "online" && <p class="soft">{t().theirs}</p>}
      <List
        label={t().title}
        headings={[t().pass, t().state, t().ticket, t().holder]}
        rows={list.value.value?.rows}
        fault={list.fault.value}
        more={list.value.value?.next ? list.more : undefined}
      >
        {({ id, number, ticket_type, price_name, holder_name, passed_on_to, state }) => (
          <tr key={id}>
            <td>#{number}</td>
            <td>
              <StateOf of="pass" state={state} />
            </td>
            <td>{[ticket_type?.name, price_name].filter(Boolean).join(", ")}</td>
            <td>{holder_name ?? passed_on_to ?? "–"}</td>
          </tr>
        )}
      </List>
    </section>
  );
}

interface PrintLinkProps {
  readonly event: EventDetail;
  readonly order: string;
  readonly kind?: "primary" | "plain";
}

export function PrintLink({ event, order, kind = "plain" }: PrintLinkProps) {
  return (
    <a
      class={`button ${kind}`}
      href={`/events/${event.id}/orders/${order}/passes/print?language=${language.value}`}
      target="_blank"
      rel="noopener"
    >
      {t().print}
    </a>
  );
}
