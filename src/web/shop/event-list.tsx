// Events by date, each with its price and whether it is for sale.

import type { EventSummary, Money } from "../ui/api-types.ts";
import { dayParts, time, yearIfOther, zoneIfForeign } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { price } from "./price.ts";
import { SaleBadge } from "./sale.tsx";

const t = texts({ fromPrice: (price: string) => `from ${price}` }, { fromPrice: (price: string) => `ab ${price}` });

export function EventList({ events }: { readonly events: readonly EventSummary[] }) {
  return (
    <ul class="events">
      {events.map((event) => (
        <li key={event.id}>
          <EventCard event={event} />
        </li>
      ))}
    </ul>
  );
}

function EventCard({ event }: { readonly event: EventSummary }) {
  const { starts_at, timezone, from_price } = event;
  const { weekday, day, month } = dayParts(starts_at, timezone);
  const zone = zoneIfForeign(starts_at, timezone);
  const year = yearIfOther(starts_at, timezone);
  return (
    <a class="event-card" href={`/e/${event.id}`}>
      <time class="leaf" datetime={starts_at}>
        <span>{month}</span>
        <strong>{day}</strong>
        <span>{weekday}</span>
        {year !== null && <span>{year}</span>}
      </time>
      <span class="event-about">
        <strong class="event-name">{event.name}</strong>
        <span class="soft">
          {time(starts_at, timezone)}
          {zone === null ? "" : ` ${zone}`} · {event.venue}
        </span>
      </span>
      <span class="event-sale">
        <SaleBadge saleState={event.sale_state} available={event.available} />
        {from_price !== null && <span class="event-price">{fromPrice(from_price)}</span>}
      </span>
    </a>
  );
}

function fromPrice(lowest: Money): string {
  return lowest.amount === 0 ? price(lowest) : t().fromPrice(price(lowest));
}
