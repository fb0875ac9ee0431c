// The organiser's events, and those in whose crew they manage.

import { call, send } from "../ui/api.ts";
import type { EventSummary } from "../ui/api-types.ts";
import { dayAndTime } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Notice } from "../ui/parts.tsx";
import { account } from "../ui/session.ts";
import { Heading } from "../ui/view.tsx";
import { useLoad } from "./load.ts";
import { List } from "./table.tsx";
import { Status } from "./words.tsx";

const t = texts(
  {
    title: "Events",
    add: "New event",
    name: "Event",
    when: "When",
    where: "Where",
    status: "Status",
    none: "You have no events yet. Make the first one.",
    notOrganiser: "Your account may not sell tickets yet. Ask those who run this service to make it an organiser.",
    past: "Past events",
  },
  {
    title: "Veranstaltungen",
    add: "Neue Veranstaltung",
    name: "Veranstaltung",
    when: "Wann",
    where: "Wo",
    status: "Status",
    none: "Sie haben noch keine Veranstaltung. Legen Sie die erste an.",
    notOrganiser:
      "Ihr Konto darf noch keine Tickets verkaufen. Bitten Sie den Betreiber, es zum Veranstalter zu machen.",
    past: "Vergangene Veranstaltungen",
  },
);

type Shown = Pick<EventSummary, "id" | "name" | "venue" | "starts_at" | "timezone" | "status">;

/** All of them: an organiser has few. */
async function eventsOf(organizer: string): Promise<Shown[]> {
  const [coming, past, crew] = await Promise.all([
    send("GET /events", { query: { organizer, limit: 100 } }),
    send("GET /events", { query: { organizer, limit: 100, past: "true" } }),
    call("GET /me/crew", { query: { limit: 100 } }),
  ]);
  const managed = crew.flatMap(({ part, event }) => (part === "manager" ? [event] : []));
  return [...coming.body, ...managed, ...past.body];
}

export function Events() {
  const who = account.value;
  const { value, fault } = useLoad(who?.id ?? "", () => eventsOf(who?.id ?? ""));
  const maySell = who?.role === "organizer" || who?.role === "admin";
  return (
    <div class="stack">
      <div class="row between">
        <Heading>{t().title}</Heading>
        {maySell && (
          <a class="button primary" href="/box-office/new">
            {t().add}
          </a>
        )}
      </div>
      {!maySell && value.value?.length === 0 && <Notice kind="warning">{t().notOrganiser}</Notice>}
      <List
        label={t().title}
        headings={[t().name, t().when, t().where, t().status]}
        rows={value.value}
        fault={fault.value}
        {...(maySell ? { empty: t().none } : {})}
      >
        {(event) => (
          <tr key={event.id}>
            <td>
              <a href={`/box-office/events/${event.id}`}>{event.name}</a>
            </td>
            <td>{dayAndTime(event.starts_at, event.timezone)}</td>
            <td>{event.venue}</td>
            <td>
              <Status status={event.status} />
            </td>
          </tr>
        )}
      </List>
    </div>
  );
}
