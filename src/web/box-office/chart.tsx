// Tickets sold over time, stacked by price: a drawing, and the same as a table.

import type { EventSales } from "../ui/api-types.ts";
import { day, dayParts, number, time } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Scroll } from "./table.tsx";

const t = texts(
  {
    title: "Tickets sold over time",
    table: "As a table",
    when: "From",
    total: "In all",
    none: "Nothing was sold in this time.",
  },
  {
    title: "Verkaufte Tickets im Verlauf",
    table: "Als Tabelle",
    when: "Ab",
    total: "Gesamt",
    none: "In dieser Zeit wurde nichts verkauft.",
  },
);

const WIDE = 800;
const NARROW = 340;
const HEIGHT = 240;
const LEFT = 44;
/** Half of the last label. */
const RIGHT = 20;
/** Of a sale that has just begun. */
const WIDEST = 48;
const BOTTOM = 26;
const TOP = 12;
/** Tokens of box-office.css; more prices than these share the last one. */
const COLOURS = 6;

interface Line {
  readonly price: string;
  readonly name: string;
}

export function SalesChart({ sales }: { readonly sales: EventSales }) {
  // A drawing is as large as its space: on a phone a wide one would be too small to read.
  const isNarrow = matchMedia("(max-width: 42rem)").matches;
  const width = isNarrow ? NARROW : WIDE;
  const lines: Line[] = sales.ticket_types.flatMap(({ name, prices }) =>
    prices.map(({ price, price_name }) => ({ price, name: price_name === "" ? name : `${name}, ${price_name}` })),
  );
  const ticketsOf = (point: EventSales["series"][number], { price }: Line) =>
    point.prices.filter((one) => one.price === price).reduce((sum, { tickets }) => sum + tickets, 0);
  const points = sales.series.map((point) => ({ ...point, sold: lines.map((line) => ticketsOf(point, line)) }));
  const totals = points.map(({ sold }) => sold.reduce((sum, tickets) => sum + tickets, 0));
  const most = Math.max(...totals);
  if (most <= 0) return <p class="soft empty">{t().none}</p>;
  const top = niceTop(most);
  const step = Math.min(WIDEST, (width - LEFT - RIGHT) / points.length);
  const y = (tickets: number) => HEIGHT - BOTTOM - (tickets / top) * (HEIGHT - BOTTOM - TOP);
  const label = ({ from }: { readonly from: string }) =>
    sales.interval === "day"
      ? day(from, sales.timezone)
      : `${day(from, sales.timezone)}, ${time(from, sales.timezone)}`;
  const short = ({ from }: { readonly from: string }) =>
    sales.interval === "day" ? shortDay(from, sales.timezone) : time(from, sales.timezone);
  const every = Math.ceil(points.length / (isNarrow ? 4 : 6));
  return (
    <figure class="stack">
      <svg class="chart" viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={t().title}>
        {[0, top / 2, top].map((tickets) => (
          <g key={tickets}>
            <line class="grid" x1={LEFT} x2={width} y1={y(tickets)} y2={y(tickets)} />
            <text x={LEFT - 8} y={y(tickets) + 4} text-anchor="end">
              {number(tickets)}
            </text>
          </g>
        ))}
        {points.map((point, at) => {
          let below = 0;
          return (
            <g key={point.from}>
              <title>{`${label(point)}: ${number(totals[at] ?? 0)}`}</title>
              {point.sold.map((tickets, index) => {
                const from = below;
                below += tickets;
                return tickets === 0 ? null : (
                  <rect
                    key={lines[index]?.price}
                    class={`colour-${Math.min(index, COLOURS - 1)}`}
                    x={LEFT + at * step + step * 0.12}
                    width={step * 0.76}
                    y={y(below)}
                    height={y(from) - y(below)}
                  />
                );
              })}
              {at % every === 0 && (
                <text x={LEFT + at * step + step / 2} y={HEIGHT - 8} text-anchor="middle">
                  {short(point)}
                </text>
              )}
            </g>
          );
        })}
      </svg>
      <figcaption>
        <ul class="legend">
          {lines.map(({ price, name }, index) => (
            <li key={price}>
              <span class={`swatch colour-${Math.min(index, COLOURS - 1)}`} aria-hidden="true" /> {name}
            </li>
          ))}
        </ul>
        <details>
          <summary>{t().table}</summary>
          <Scroll label={t().title}>
            <table>
              <thead>
                <tr>
                  <th scope="col">{t().when}</th>
                  {lines.map(({ price, name }) => (
                    <th key={price} scope="col" class="number">
                      {name}
                    </th>
                  ))}
                  <th scope="col" class="number">
                    {t().total}
                  </th>
                </tr>
              </thead>
              <tbody>
                {points.map((point, at) => (
                  <tr key={point.from}>
                    <th scope="row">{label(point)}</th>
                    {point.sold.map((tickets, index) => (
                      <td key={lines[index]?.price} class="number">
                        {number(tickets)}
                      </td>
                    ))}
                    <td class="number">{number(totals[at] ?? 0)}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </Scroll>
        </details>
      </figcaption>
    </figure>
  );
}

/** A round number from which half is whole, too. */
function niceTop(most: number): number {
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 4, 6, 8, 10].map((times) => Math.max(2, times * power)).find((top) => top >= most) ?? most;
}

/** "25 Nov" */
function shortDay(instant: string, timeZone: string): string {
  const { day, month } = dayParts(instant, timeZone);
  return `${day} ${month}`;
}
