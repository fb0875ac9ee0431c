// The organiser's events, and those in whose crew they manage.

import { call } from "../ui/api.ts";
import type { EventSummary } from "../ui/api-types.ts";
import { dayAndTime, number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Notice } from "../ui/parts.tsx";
import { address, setQuery } from "../ui/router.ts";
import { account, loadAccount } from "../ui/session.ts";
import { useTask } from "../ui/task.ts";
import { Heading } from "../ui/view.tsx";
import { useList, useLoad } from "./load.ts";
import { SearchForm } from "./search-form.tsx";
import { List } from "./table.tsx";
import { Status } from "./words.tsx";

const t = texts(
  {
    title: "Events",
    add: "New event",
    find: "Find an event",
    hint: "By whole words of its name, place or description.",
    name: "Event",
    when: "When",
    where: "Where",
    sold: "Sold",
    of: (sold: string, capacity: string) => `${sold} of ${capacity}`,
    status: "Status",
    none: "You have no events yet. Make the first one.",
    noneAhead: "Nothing is ahead.",
    notFound: "No event was found.",
    notOrganiser: (name: string) =>
      `Your account may not sell tickets yet. Ask those who run this service to make ${name} an organiser.`,
    lookAgain: "Look again",
    managed: "Events that you manage",
    past: "Past events",
  },
  {
    title: "Veranstaltungen",
    add: "Neue Veranstaltung",
    find: "Veranstaltung suchen",
    hint: "Nach ganzen Wörtern aus Name, Ort oder Beschreibung.",
    name: "Veranstaltung",
    when: "Wann",
    where: "Wo",
    sold: "Verkauft",
    of: (sold: string, capacity: string) => `${sold} von ${capacity}`,
    status: "Status",
    none: "Sie haben noch keine Veranstaltung. Legen Sie die erste an.",
    noneAhead: "Es steht nichts bevor.",
    notFound: "Keine Veranstaltung gefunden.",
    notOrganiser: (name: string) =>
      `Ihr Konto darf noch keine Tickets verkaufen. Bitten Sie den Betreiber, ${name} zum Veranstalter zu machen.`,
    lookAgain: "Noch einmal nachsehen",
    managed: "Veranstaltungen, die Sie verwalten",
    past: "Vergangene Veranstaltungen",
  },
);

/** For what is sold. */
const EVERY_MS = 10_000;

type Shown = Pick<EventSummary, "id" | "name" | "venue" | "starts_at" | "timezone" | "status"> & {
  readonly capacity?: number | null;
  readonly sold?: number | null;
};

export function Events() {
  const who = account.value;
  const organizer = who?.id ?? "";
  const q = address.value.query.get("q") ?? "";
  const key = `${organizer} ${q}`;
  const query = { organizer, limit: 50, ...(q === "" ? {} : { q }) };
  const coming = useList("GET /events", key, { query }, EVERY_MS);
  const past = useList("GET /events", key, { query: { ...query, past: "true" } });
  const managed = useLoad(key, () => managedEvents(q), EVERY_MS);
  const maySell = who?.role === "organizer" || who?.role === "admin";
  const [isPast, isManaged] = [hasRows(past.value.value?.rows), hasRows(managed.value.value)];
  const isNothing = coming.value.value?.rows.length === 0 && !isPast && !isManaged;
  const empty = q !== "" ? t().notFound : isPast || isManaged ? t().noneAhead : t().none;
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
      {!maySell && isNothing && q === "" && <NoOrganiser name={who?.username ?? ""} />}
      {(q !== "" || !isNothing) && (
        <SearchForm
          label={t().find}
          hint={t().hint}
          q={q}
          onFind={(wanted) => setQuery(new URLSearchParams(wanted === "" ? {} : { q: wanted }))}
        />
      )}
      {(maySell || !isNothing || q !== "") && (
        <Table
          label={t().title}
          rows={coming.value.value?.rows}
          fault={coming.fault.value}
          empty={empty}
          more={coming.value.value?.next ? coming.more : undefined}
        />
      )}
      {isManaged && (
        <>
          <h2>{t().managed}</h2>
          <Table label={t().managed} rows={managed.value.value} fault={managed.fault.value} />
        </>
      )}
      {isPast && (
        <>
          <h2>{t().past}</h2>
          <Table
            label={t().past}
            rows={past.value.value?.rows}
            fault={past.fault.value}
            more={past.value.value?.next ? past.more : undefined}
          />
        </>
      )}
    </div>
  );
}

/** An operator decides it elsewhere, and this page does not hear of it. */
function NoOrganiser({ name }: { readonly name: string }) {
  const { run, isBusy } = useTask();
  const look = async () => {
    await loadAccount();
  };
  return (
    <Notice kind="warning">
      <p>{t().notOrganiser(name)}</p>
      <p>
        <Button isBusy={isBusy.value} onClick={() => run(look)}>
          {t().lookAgain}
        </Button>
      </p>
    </Notice>
  );
}

function hasRows(rows: readonly unknown[] | undefined): boolean {
  return rows !== undefined && rows.length > 0;
}

/** A crew's events are few, and no index of their words is another's to search. */
async function managedEvents(q: string): Promise<Shown[]> {
  const parts = await call("GET /me/crew", { query: { limit: 100 } });
  const wanted = q.toLowerCase().split(/\s+/);
  const isFound = ({ name, venue }: Shown) => wanted.every((word) => `${name} ${venue}`.toLowerCase().includes(word));
  return parts.flatMap(({ part, event }) => (part === "manager" && isFound(event) ? [event] : []));
}

interface TableProps {
  readonly label: string;
  readonly rows: readonly Shown[] | undefined;
  readonly fault: unknown;
  readonly empty?: string | undefined;
  readonly more?: (() => Promise<void>) | undefined;
}

function Table({ label, rows, fault, empty, more }: TableProps) {
  return (
    <List
      label={label}
      headings={[t().name, t().status, t().when, t().sold, t().where]}
      rows={rows}
      fault={fault}
      more={more}
      {...(empty === undefined ? {} : { empty })}
    >
      {(event) => (
        <tr key={event.id}>
          <td>
            <a href={`/box-office/events/${event.id}`}>{event.name}</a>
          </td>
          <td>
            <Status status={event.status} />
          </td>
          <td>{dayAndTime(event.starts_at, event.timezone)}</td>
          <td>
            <SoldOf {...event} />
          </td>
          <td>{event.venue}</td>
        </tr>
      )}
    </List>
  );
}

function SoldOf({ sold = 0, capacity = 0 }: Pick<Shown, "sold" | "capacity">) {
  return (
    <>
      {t().of(number(sold ?? 0), number(capacity ?? 0))}
      {/* The words say it. */}
      <progress class="share" aria-hidden="true" max={Math.max(1, capacity ?? 0)} value={sold ?? 0} />
    </>
  );
}
