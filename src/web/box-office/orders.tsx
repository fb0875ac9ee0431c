// The event's orders: all of them, or what a search finds.

import { dayAndTime, money } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Choice } from "../ui/parts.tsx";
import { address, setQuery } from "../ui/router.ts";
import type { EventProps } from "./event-props.ts";
import { useList } from "./load.ts";
import { SearchForm } from "./search-form.tsx";
import { List, separatorOfLanguage } from "./table.tsx";
import { buyerOf, whatOf } from "./whose.ts";
import { Disputed, StateOf, wordFor } from "./words.tsx";

const t = texts(
  {
    title: "Orders",
    download: "Download for a spreadsheet (CSV)",
    search: "Find an order",
    hint: "A part of a name, a whole e-mail address, a code, or an order number.",
    all: "All",
    state: "State",
    when: "When",
    who: "Who",
    what: "What",
    total: "Total",
    how: "Paid",
    none: "No orders yet.",
    nothing: "Nothing found. A name may be a part; an address has to be whole.",
    counter: "At the counter",
  },
  {
    title: "Bestellungen",
    download: "Für eine Tabelle herunterladen (CSV)",
    search: "Bestellung finden",
    hint: "Ein Teil des Namens, eine ganze E-Mail-Adresse, ein Code oder eine Bestellnummer.",
    all: "Alle",
    state: "Status",
    when: "Wann",
    who: "Wer",
    what: "Was",
    total: "Summe",
    how: "Bezahlt",
    none: "Noch keine Bestellungen.",
    nothing: "Nichts gefunden. Vom Namen reicht ein Teil; eine Adresse muss ganz sein.",
    counter: "An der Kasse",
  },
);

const STATES = ["held", "confirmed", "refunded", "cancelled", "expired"] as const;

export function Orders({ event }: EventProps) {
  const { query } = address.value;
  const [q, state] = [query.get("q") ?? "", query.get("state") ?? ""];
  const filters = { ...(q === "" ? {} : { q }), ...(state === "" ? {} : { state }) };
  const list = useList("GET /events/{id}/orders", `${event.id} ${q} ${state}`, {
    path: { id: event.id },
    query: { limit: 50, ...filters },
  });
  const ask = (next: { readonly q?: string; readonly state?: string }) => {
    const wanted = Object.entries({ q, state, ...next }).filter(([, value]) => value !== "");
    setQuery(new URLSearchParams(wanted));
  };
  const fileQuery = new URLSearchParams({ separator: separatorOfLanguage(), ...(state === "" ? {} : { state }) });
  return (
    <div class="stack">
      <div class="row between">
        <h2>{t().title}</h2>
        <a class="button plain" href={`/events/${event.id}/orders.csv?${fileQuery}`} download>
          {t().download}
        </a>
      </div>
      <SearchForm label={t().search} hint={t().hint} q={q} onFind={(wanted) => ask({ q: wanted })}>
        <Choice
          label={t().state}
          value={state}
          options={[["", t().all], ...STATES.map((one) => [one, wordFor("sale", one)] as const)]}
          onChange={(chosen) => ask({ state: chosen })}
        />
      </SearchForm>
      <List
        label={t().title}
        headings={[t().when, t().who, t().what, t().total, t().how, t().state]}
        rows={list.value.value?.rows}
        fault={list.fault.value}
        empty={q === "" ? t().none : t().nothing}
        more={list.value.value?.next ? list.more : undefined}
      >
        {(order) => (
          <tr key={order.id}>
            <td>
              <a href={`/box-office/events/${event.id}/orders/${order.id}`}>
                {dayAndTime(order.created_at, event.timezone)}
              </a>
            </td>
            <td>{buyerOf(order)}</td>
            <td>{whatOf(order)}</td>
            <td class="number">{money(order.total)}</td>
            <td>{wordFor("method", order.method)}</td>
            <td>
              <StateOf of="sale" state={order.status} /> {order.disputed && <Disputed />}
            </td>
          </tr>
        )}
      </List>
    </div>
  );
}
