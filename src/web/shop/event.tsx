// An event: what it is, what is left of it as it sells, and what to take.

import { useEffect, useMemo } from "preact/hooks";
import { announce } from "../ui/announce.ts";
import { call, Problem } from "../ui/api.ts";
import type { Availability, EventDetail } from "../ui/api-types.ts";
import { firstReply } from "../ui/first-reply.ts";
import { useFollowed } from "../ui/followed.ts";
import { day, dayAndTime, time, zoneIfForeign } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { useLoaded } from "../ui/loaded.ts";
import { Fault, Loading, Notice } from "../ui/parts.tsx";
import { isStranger } from "../ui/session.ts";
import { Heading } from "../ui/view.tsx";
import { chooseWhatIsLeft } from "./choice.ts";
import { Else, SaleState } from "./sale-state.tsx";
import { Summary } from "./summary.tsx";
import { TicketTypes } from "./tickets.tsx";

const t = texts(
  {
    all: "All events",
    notFound: "There is no such event",
    notFoundText: "It may have been taken off the programme.",
    tickets: "Tickets",
    where: "Place",
    when: "Date",
    doors: (at: string) => `Doors open at ${at}`,
    calendar: "Add to calendar",
    seller: "Sold by",
    gone: (name: string) => `${name} is sold out now.`,
    back: (name: string) => `${name} is available again.`,
    refundable: (at: string) => `You can give tickets back until ${at}.`,
    offline: "No connection: what is left may have changed.",
  },
  {
    all: "Alle Veranstaltungen",
    notFound: "Diese Veranstaltung gibt es nicht",
    notFoundText: "Vielleicht wurde sie aus dem Programm genommen.",
    tickets: "Tickets",
    where: "Ort",
    when: "Datum",
    doors: (at: string) => `Einlass ab ${at}`,
    calendar: "In den Kalender",
    seller: "Verkauft von",
    gone: (name: string) => `${name} ist jetzt ausverkauft.`,
    back: (name: string) => `${name} ist wieder zu haben.`,
    refundable: (at: string) => `Bis ${at} können Sie Tickets zurückgeben.`,
    offline: "Keine Verbindung: Was noch frei ist, kann sich geändert haben.",
  },
);

const POLL_MS = 10_000;

export function EventView({ id }: { readonly id: string }) {
  const brought = useMemo(() => {
    const reply = firstReply("GET /events/{id}", { path: { id } });
    return reply && { value: reply.body, mayLack: !isStranger() };
  }, [id]);
  const loaded = useLoaded(() => call("GET /events/{id}", { path: { id } }), [id], brought);
  const { value, fault, reload } = loaded;
  const onEvent = (news: Availability) => {
    if (value.peek() !== undefined) value.value = updated(value.peek() as EventDetail, news);
  };
  const stream = { operation: "GET /events/{id}/live", path: { id }, name: "availability", onEvent } as const;
  const isOld = useFollowed({ ...stream, isOn: true, pollMs: POLL_MS }, loaded);
  const event = value.value;
  useEffect(() => {
    if (event !== undefined) chooseWhatIsLeft(event);
  }, [event]);
  if (event === undefined) {
    if (fault.value instanceof Problem && fault.value.status === 404) return <NotFound />;
    return fault.value === null ? <Loading /> : <Fault fault={fault.value} />;
  }
  return (
    <article class="event">
      <p>
        <a href="/">← {t().all}</a>
      </p>
      <About event={event} />
      <section class="stack" aria-labelledby="tickets">
        <h2 id="tickets">{t().tickets}</h2>
        {isOld && <Notice kind="warning">{t().offline}</Notice>}
        <SaleState event={event} onChange={reload} />
        {event.status === "published" && <TicketTypes event={event} />}
        {event.refundable_until !== null && event.status === "published" && (
          <p class="hint">{t().refundable(dayAndTime(event.refundable_until, event.timezone))}</p>
        )}
      </section>
      <Else event={event} />
      <Summary event={event} onRefused={reload} />
    </article>
  );
}

function NotFound() {
  return (
    <div class="stack">
      <Heading>{t().notFound}</Heading>
      <p>{t().notFoundText}</p>
      <p>
        <a href="/">{t().all}</a>
      </p>
    </div>
  );
}

function About({ event }: { readonly event: EventDetail }) {
  const { starts_at, ends_at, timezone, doors_open_at } = event;
  const zone = zoneIfForeign(starts_at, timezone);
  return (
    <header class="stack">
      <Heading>{event.name}</Heading>
      <dl class="facts">
        <div>
          <dt>{t().when}</dt>
          <dd>
            <time datetime={starts_at}>
              {day(starts_at, timezone)}, {time(starts_at, timezone)}–{time(ends_at, timezone)}
              {zone === null ? "" : ` (${zone})`}
            </time>
            {doors_open_at !== null && <span class="soft"> · {t().doors(time(doors_open_at, timezone))}</span>}
          </dd>
        </div>
        <div>
          <dt>{t().where}</dt>
          <dd>{event.venue}</dd>
        </div>
        {event.seller !== null && (
          <div>
            <dt>{t().seller}</dt>
            <dd>{event.seller.name}</dd>
          </div>
        )}
      </dl>
      {event.description !== "" && <p class="description">{event.description}</p>}
      <p>
        <a class="quiet-link" href={`/events/${event.id}/calendar.ics`} download>
          {t().calendar}
        </a>
      </p>
    </header>
  );
}

function updated(event: EventDetail, news: Availability): EventDetail {
  const tickets = event.tickets.map((ticket) => {
    if (ticket.id !== news.ticket) return ticket;
    if (ticket.available > 0 && news.available === 0 && news.sale_state === "open") announce(t().gone(ticket.name));
    if (ticket.available === 0 && news.available > 0) announce(t().back(ticket.name));
    const { capacity, sale_state, sales_start, sale_ends_at, available } = news;
    const prices = ticket.prices.map((price) => ({ ...price, ...news.prices.find(({ id }) => id === price.id) }));
    return { ...ticket, capacity, sale_state, sales_start, sale_ends_at, available, prices };
  });
  const isCancelled = news.sale_state === "cancelled";
  return { ...event, tickets, status: isCancelled ? "cancelled" : event.status };
}
