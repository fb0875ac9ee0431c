// Who bought an order, how it is paid, and what it is of.

import type { EventOrder } from "../ui/api-types.ts";
import { dayAndTime, money, number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Scroll } from "./table.tsx";
import { buyerOf } from "./whose.ts";
import { wordFor } from "./words.tsx";

const t = texts(
  {
    who: "Bought by",
    guest: "as a guest",
    when: "Made",
    until: "Held until",
    how: "Paid",
    note: "Note",
    total: "Total",
    item: "Ticket",
    count: "Number",
    back: "Given back",
    price: "Price",
    code: "Code",
  },
  {
    who: "Gekauft von",
    guest: "als Gast",
    when: "Gekauft",
    until: "Reserviert bis",
    how: "Bezahlt",
    note: "Notiz",
    total: "Summe",
    item: "Ticket",
    count: "Anzahl",
    back: "Zurückgegeben",
    price: "Preis",
    code: "Code",
  },
);

export function Facts({ order, zone }: { readonly order: EventOrder; readonly zone: string }) {
  const facts = [
    [t().when, dayAndTime(order.created_at, zone)],
    [t().how, wordFor("method", order.method)],
    [t().until, order.state === "held" && order.expires_at !== null && dayAndTime(order.expires_at, zone)],
    [t().total, money(order.total)],
    [t().note, order.note],
  ] as const;
  return (
    <div class="card stack">
      <dl class="facts">
        <div>
          <dt>{t().who}</dt>
          <dd>
            {buyerOf(order) || "–"} {order.buyer?.guest && <span class="soft">({t().guest})</span>}
          </dd>
        </div>
        {facts.map(
          ([name, value]) =>
            value && (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ),
        )}
      </dl>
      <Scroll label={t().item}>
        <table>
          <thead>
            <tr>
              {[t().item, t().price, t().code, t().count, t().back, t().total].map((heading) => (
                <th key={heading} scope="col">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {order.items.map((item) => (
              <tr key={item.reservation}>
                <td>{item.ticket_type?.name ?? item.ticket}</td>
                <td>{[item.price_name, money(item.unit_price)].filter(Boolean).join(", ")}</td>
                <td>{item.code ?? "–"}</td>
                <td>{number(item.quantity)}</td>
                <td>{number(item.refunded_quantity)}</td>
                <td class="number">{money(item.total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </div>
  );
}
