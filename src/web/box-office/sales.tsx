// Sales as they happen: a number, over time, and the money.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import type { EventSales, EventTakings } from "../ui/api-types.ts";
import { serverNowMs } from "../ui/clock.ts";
import { money, number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Choice, Fault, Loading } from "../ui/parts.tsx";
import { SalesChart } from "./chart.tsx";
import type { EventProps } from "./event-props.ts";
import { useLoad } from "./load.ts";
import { askedOf, SPANS, type Span } from "./span.ts";
import { Scroll } from "./table.tsx";

const t = texts(
  {
    sold: "Tickets sold",
    of: (capacity: string) => `of ${capacity}`,
    back: "given back",
    soldColumn: "Sold",
    backColumn: "Tickets back",
    moneyBack: "Money back",
    held: "held now",
    taken: "Taken",
    givenBack: "Given back",
    disputed: "In dispute",
    net: "What stays",
    byPrice: "By ticket and price",
    ticket: "Ticket",
    price: "Price",
    over: "Over time",
    show: "Show",
    all: "since the sale began",
    day: "the last 30 days",
    hour: "the last 30 hours",
    "quarter-hour": "the last hours, by quarters",
    news: (tickets: number) => (tickets === 1 ? "One more ticket is sold." : `${tickets} more tickets are sold.`),
    soldOf: (sold: string, capacity: string, available: string) => `${sold} of ${capacity} sold, ${available} left`,
    none: "–",
  },
  {
    sold: "Verkaufte Tickets",
    of: (capacity: string) => `von ${capacity}`,
    back: "zurückgegeben",
    soldColumn: "Verkauft",
    backColumn: "Tickets zurück",
    moneyBack: "Geld zurück",
    held: "gerade reserviert",
    taken: "Eingenommen",
    givenBack: "Erstattet",
    disputed: "Von der Bank angefochten",
    net: "Es bleiben",
    byPrice: "Nach Ticket und Preis",
    ticket: "Ticket",
    price: "Preis",
    over: "Verlauf",
    show: "Zeitraum",
    all: "seit Beginn des Verkaufs",
    day: "die letzten 30 Tage",
    hour: "die letzten 30 Stunden",
    "quarter-hour": "die letzten Stunden, nach Viertelstunden",
    news: (tickets: number) =>
      tickets === 1 ? "Ein weiteres Ticket ist verkauft." : `${tickets} weitere Tickets sind verkauft.`,
    soldOf: (sold: string, capacity: string, available: string) =>
      `${sold} von ${capacity} verkauft, ${available} übrig`,
    none: "–",
  },
);

/** Cheap to ask: it takes as long after a million sales as after a thousand. */
const EVERY_MS = 3_000;

export function Sales({ event }: EventProps) {
  const span = useSignal<Span>("day");
  const firstSaleAt = useRef<string | null>(null);
  const path = { id: event.id };
  const { value, fault } = useLoad(
    `${event.id} ${span.value}`,
    async () => {
      const query = askedOf(span.peek(), firstSaleAt.current, serverNowMs());
      const [sales, takings] = await Promise.all([
        call("GET /events/{id}/sales", { path, query }),
        call("GET /events/{id}/takings", { path }),
      ]);
      firstSaleAt.current = sales.first_sale_at;
      return [sales, takings] as const;
    },
    EVERY_MS,
  );
  const sold = value.value?.[0].totals.reduce((sum, { tickets }) => sum + tickets, 0);
  useNews(sold);
  if (value.value === undefined) return fault.value ? <Fault fault={fault.value} /> : <Loading />;
  const [sales, takings] = value.value;
  return (
    <div class="stack">
      <Fault fault={fault.value} />
      <Numbers sales={sales} takings={takings} />
      <section class="card stack" aria-labelledby="over-time">
        <div class="row between">
          <h2 id="over-time">{t().over}</h2>
          <Choice
            label={t().show}
            value={span.value}
            options={SPANS.map((one) => [one, t()[one]])}
            onChange={(chosen) => {
              span.value = chosen as Span;
            }}
          />
        </div>
        <SalesChart sales={sales} />
      </section>
      <ByPrice sales={sales} />
    </div>
  );
}

/** Says what was sold since the last look, to who can't see the number change. */
function useNews(sold: number | undefined) {
  const before = useRef(sold);
  useEffect(() => {
    if (before.current !== undefined && sold !== undefined && sold > before.current) {
      announce(t().news(sold - before.current), "polite");
    }
    before.current = sold;
  }, [sold]);
}

function Numbers({ sales, takings }: { readonly sales: EventSales; readonly takings: EventTakings }) {
  const sum = (of: (one: EventSales["ticket_types"][number]) => number) =>
    sales.ticket_types.reduce((total, one) => total + of(one), 0);
  const ofPrices = (key: "tickets" | "refunded_tickets") =>
    sum(({ prices }) => prices.reduce((total, price) => total + price[key], 0));
  const amounts = (key: "taken" | "given_back" | "disputed" | "net") =>
    takings.totals.map((total) => money(total[key])).join(" + ") || t().none;
  return (
    <dl class="numbers">
      <div class="card">
        <dt>{t().sold}</dt>
        <dd>
          <span class="big" data-testid="sold">
            {number(ofPrices("tickets") - ofPrices("refunded_tickets"))}
          </span>{" "}
          <span class="soft">{t().of(number(sum(({ capacity }) => capacity)))}</span>
        </dd>
        <dd class="soft">
          {number(ofPrices("refunded_tickets"))} {t().back}
        </dd>
        <dd class="soft">
          {number(sum(({ held }) => held))} {t().held}
        </dd>
      </div>
      {(["taken", "given_back", "disputed", "net"] as const).map((key) => (
        <div class="card" key={key}>
          <dt>{t()[key === "given_back" ? "givenBack" : key]}</dt>
          <dd class="big">{amounts(key)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** "23 of 500 sold, 474 left" */
function soldOf({ capacity, available, held }: EventSales["ticket_types"][number]): string {
  return t().soldOf(number(capacity - available - held), number(capacity), number(available));
}

function ByPrice({ sales }: { readonly sales: EventSales }) {
  const rows = sales.ticket_types.flatMap((type) => type.prices.map((price) => ({ type, price })));
  if (rows.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="by-price">
      <h2 id="by-price">{t().byPrice}</h2>
      <Scroll label={t().byPrice}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t().ticket}</th>
              <th scope="col">{t().price}</th>
              <th scope="col" class="number">
                {t().soldColumn}
              </th>
              <th scope="col" class="number">
                {t().backColumn}
              </th>
              <th scope="col" class="number">
                {t().taken}
              </th>
              <th scope="col" class="number">
                {t().moneyBack}
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ type, price }) => (
              <tr key={price.price}>
                <td>
                  {type.name}
                  <br />
                  <span class="soft">{soldOf(type)}</span>
                </td>
                <td>{price.price_name || t().none}</td>
                <td class="number">{number(price.tickets)}</td>
                <td class="number">{number(price.refunded_tickets)}</td>
                <td class="number">{money(price.taken)}</td>
                <td class="number">{money(price.given_back)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </section>
  );
}
