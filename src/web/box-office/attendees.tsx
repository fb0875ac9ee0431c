// Who comes: a list, a search, and the file for a spreadsheet.

import { dayAndTime } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { address, setQuery } from "../ui/router.ts";
import { Admitted } from "./admitted.tsx";
import type { EventProps } from "./event-props.ts";
import { useList } from "./load.ts";
import { SearchForm } from "./search-form.tsx";
import { List, separatorOfLanguage } from "./table.tsx";
import { Disputed, StateOf } from "./words.tsx";

const t = texts(
  {
    title: "Attendees",
    search: "Find somebody",
    hint: "A part of a name, a whole e-mail address, or a code.",
    download: "Download for a spreadsheet (CSV)",
    name: "Name",
    email: "E-mail",
    ticket: "Ticket",
    state: "State",
    admitted: "Let in",
    order: "Order",
    show: "Show",
    none: "Nobody yet: who buys a ticket is listed here.",
    nothing: "Nobody found. A name may be a part; an address has to be whole.",
  },
  {
    title: "Teilnehmer",
    search: "Jemanden finden",
    hint: "Ein Teil des Namens, eine ganze E-Mail-Adresse oder ein Code.",
    download: "Für eine Tabelle herunterladen (CSV)",
    name: "Name",
    email: "E-Mail",
    ticket: "Ticket",
    state: "Status",
    admitted: "Eingelassen",
    order: "Bestellung",
    show: "Ansehen",
    none: "Noch niemand: wer ein Ticket kauft, steht hier.",
    nothing: "Niemand gefunden. Vom Namen reicht ein Teil; eine Adresse muss ganz sein.",
  },
);

export function Attendees({ event }: EventProps) {
  const q = address.value.query.get("q") ?? "";
  const list = useList("GET /events/{id}/attendees", `${event.id} ${q}`, {
    path: { id: event.id },
    query: { limit: 50, ...(q === "" ? {} : { q }) },
  });
  return (
    <div class="stack">
      <div class="row between">
        <h2>{t().title}</h2>
        <a class="button plain" href={`/events/${event.id}/attendees.csv?separator=${separatorOfLanguage()}`} download>
          {t().download}
        </a>
      </div>
      <Admitted event={event} />
      <SearchForm
        label={t().search}
        hint={t().hint}
        q={q}
        onFind={(wanted) => setQuery(new URLSearchParams(wanted === "" ? {} : { q: wanted }))}
      />
      <List
        label={t().title}
        headings={[t().name, t().email, t().ticket, t().state, t().admitted, t().order]}
        rows={list.value.value?.rows}
        fault={list.fault.value}
        empty={q === "" ? t().none : t().nothing}
        more={list.value.value?.next ? list.more : undefined}
      >
        {(attendee) => (
          <tr key={attendee.pass}>
            <td>{attendee.name ?? "–"}</td>
            <td>{attendee.email ?? "–"}</td>
            <td>{[attendee.ticket_name, attendee.price_name].filter(Boolean).join(", ")}</td>
            <td>
              <StateOf of="pass" state={attendee.state} /> {attendee.disputed && <Disputed />}
            </td>
            <td>
              {attendee.admitted_at === null
                ? "–"
                : [dayAndTime(attendee.admitted_at, event.timezone), attendee.gate].filter(Boolean).join(", ")}
            </td>
            <td>
              <a href={`/box-office/events/${event.id}/orders/${attendee.order ?? attendee.reservation}`}>
                {t().show}
                <span class="unseen">
                  {" "}
                  {t().order} {attendee.pass}
                </span>
              </a>
            </td>
          </tr>
        )}
      </List>
    </div>
  );
}
