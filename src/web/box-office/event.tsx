// One event: its name, whether it is on sale, and the views of it.

import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { send } from "../ui/api.ts";
import { dayAndTime } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Fault, Loading } from "../ui/parts.tsx";
import { Heading } from "../ui/view.tsx";
import { Attendees } from "./attendees.tsx";
import { AuditLog } from "./audit.tsx";
import { Copy } from "./copying.tsx";
import { Counter } from "./counter.tsx";
import { Crew } from "./crew.tsx";
import type { EventProps } from "./event-props.ts";
import { useLoad } from "./load.ts";
import { Messages } from "./messages.tsx";
import { OrderView } from "./order.tsx";
import { Orders } from "./orders.tsx";
import { Publishing, shopAddress } from "./publishing.tsx";
import { Sales } from "./sales.tsx";
import { Settings } from "./settings.tsx";
import { Tickets } from "./tickets.tsx";
import { Status } from "./words.tsx";

const t = texts(
  {
    views: "Views of the event",
    all: "All events",
    unread: "No event to show",
    shop: "See it in the shop",
    copyLink: "Copy its link",
    change: "Change",
    changeWhat: "date or place",
    sales: "Sales",
    counter: "Counter",
    tickets: "Tickets",
    orders: "Orders",
    attendees: "Attendees",
    messages: "Messages",
    crew: "Crew",
    settings: "Event",
    audit: "Log",
  },
  {
    views: "Ansichten der Veranstaltung",
    all: "Alle Veranstaltungen",
    unread: "Keine Veranstaltung zu zeigen",
    shop: "Im Shop ansehen",
    copyLink: "Link kopieren",
    change: "Ändern",
    changeWhat: "Termin oder Ort",
    sales: "Verkauf",
    counter: "Kassenverkauf",
    tickets: "Tickets",
    orders: "Bestellungen",
    attendees: "Teilnehmer",
    messages: "Nachrichten",
    crew: "Team",
    settings: "Veranstaltung",
    audit: "Protokoll",
  },
);

const VIEWS = ["sales", "tickets", "counter", "orders", "attendees", "messages", "crew", "settings", "audit"] as const;
export type ViewName = (typeof VIEWS)[number];

export function isView(name: string): name is ViewName {
  return (VIEWS as readonly string[]).includes(name);
}

interface EventPageProps {
  readonly id: string;
  readonly view: ViewName;
  readonly order: string | null;
}

export function EventPage({ id, view, order }: EventPageProps) {
  const { value, fault, reload } = useLoad(id, () => send("GET /events/{id}", { path: { id } }));
  const found = value.value;
  if (found === undefined) return fault.value ? <Unread fault={fault.value} /> : <Loading />;
  const { body: event, etag } = found;
  const props: EventProps = { event, etag, reload };
  return (
    <div class="stack">
      <p>
        <a href="/box-office">{t().all}</a>
      </p>
      <div class="row between">
        <div>
          <Heading title={`${t()[view]} – ${event.name}`}>{event.name}</Heading>
          <p class="soft">
            {dayAndTime(event.starts_at, event.timezone)} · {event.venue}
            {view !== "settings" && (
              <>
                {" · "}
                <a href={`/box-office/events/${id}/settings`}>
                  {t().change}
                  <span class="unseen"> {t().changeWhat}</span>
                </a>
              </>
            )}
          </p>
        </div>
        <div class="row">
          {event.status !== "draft" && (
            <>
              <Copy text={shopAddress(id)} label={t().copyLink} />
              <a href={`/e/${id}`}>{t().shop}</a>
            </>
          )}
          <Status status={event.status} />
        </div>
      </div>
      <Tabs id={id} view={view} />
      <Publishing {...props} isAtTickets={view === "tickets"} />
      {order === null ? viewOf(view, props) : <OrderView {...props} id={order} />}
    </div>
  );
}

function Tabs({ id, view }: { readonly id: string; readonly view: ViewName }) {
  const ref = useRef<HTMLElement>(null);
  // On a phone they are wider than the screen.
  useEffect(() => {
    ref.current?.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }, [view]);
  return (
    <nav ref={ref} class="tabs" aria-label={t().views}>
      {VIEWS.map((one) => (
        <a
          key={one}
          href={`/box-office/events/${id}${one === "sales" ? "" : `/${one}`}`}
          aria-current={one === view ? "page" : undefined}
        >
          {t()[one]}
        </a>
      ))}
    </nav>
  );
}

function Unread({ fault }: { readonly fault: unknown }) {
  return (
    <div class="stack">
      <Heading>{t().unread}</Heading>
      <Fault fault={fault} />
      <p>
        <a href="/box-office">{t().all}</a>
      </p>
    </div>
  );
}

function viewOf(view: ViewName, props: EventProps): ComponentChildren {
  switch (view) {
    case "sales":
      return <Sales {...props} />;
    case "tickets":
      return <Tickets {...props} />;
    case "counter":
      return <Counter {...props} />;
    case "orders":
      return <Orders {...props} />;
    case "attendees":
      return <Attendees {...props} />;
    case "messages":
      return <Messages {...props} />;
    case "crew":
      return <Crew {...props} />;
    case "settings":
      return <Settings {...props} />;
    case "audit":
      return <AuditLog {...props} />;
  }
}
