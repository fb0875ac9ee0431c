// Makes an event: a draft, which nobody sees until it is published. It may begin as a copy.

import { useMemo } from "preact/hooks";
import { call } from "../ui/api.ts";
import type { EventDetail, NewEvent } from "../ui/api-types.ts";
import { serverNowMs } from "../ui/clock.ts";
import { texts } from "../ui/i18n.ts";
import { Fault, Loading, Notice } from "../ui/parts.tsx";
import { go } from "../ui/router.ts";
import { Heading } from "../ui/view.tsx";
import { type Times, ticketsLike, valuesLike } from "./event-copy.ts";
import type { EventFields } from "./event-fields.ts";
import { EventForm } from "./event-form.tsx";
import { useLoad } from "./load.ts";

const t = texts(
  {
    title: "New event",
    make: "Make the event",
    all: "All events",
    like: (name: string) => `Like ${name}`,
    comes:
      "Its ticket types and prices come along, with their times of sale as much later. Codes have to be made anew.",
  },
  {
    title: "Neue Veranstaltung",
    make: "Veranstaltung anlegen",
    all: "Alle Veranstaltungen",
    like: (name: string) => `Wie ${name}`,
    comes:
      "Ticketarten und Preise kommen mit, ihre Verkaufszeiten um ebenso viel später. Codes müssen Sie neu anlegen.",
  },
);

/** `from`: the event that it is to be like; null for none. */
export function NewEventPage({ from }: { readonly from: string | null }) {
  return (
    <div class="stack">
      <p>
        <a href="/box-office">{t().all}</a>
      </p>
      <Heading>{t().title}</Heading>
      {from === null ? <Making source={null} /> : <Copying id={from} />}
    </div>
  );
}

function Copying({ id }: { readonly id: string }) {
  const { value, fault } = useLoad(id, () => call("GET /events/{id}", { path: { id } }));
  if (value.value === undefined) return fault.value ? <Fault fault={fault.value} /> : <Loading />;
  return <Making source={value.value} />;
}

function Making({ source }: { readonly source: EventDetail | null }) {
  // The same for a repeat: what was made before is not made again.
  const key = useMemo(() => crypto.randomUUID(), []);
  const like = useMemo(() => source && valuesLike(source, serverNowMs()), []);
  const make = async (fields: EventFields) => {
    const body = { ...fields, status: "draft" } as NewEvent;
    const event = await call("POST /events", { body, key });
    if (source !== null) await addTicketsLike(source, event, key);
    go(`/box-office/events/${event.id}/tickets`, { replace: true });
  };
  return (
    <div class="card stack">
      {source !== null && (
        <Notice title={t().like(source.name)}>
          <p>{t().comes}</p>
        </Notice>
      )}
      <EventForm event={null} like={like ?? undefined} submit={t().make} onSave={make} />
    </div>
  );
}

/** A repeat with the same key adds only what is missing. */
async function addTicketsLike(source: EventDetail, event: Times & { readonly id: string }, key: string) {
  for (const [index, { ticket, rules }] of ticketsLike(source, event).entries()) {
    const made = await call("POST /events/{id}/tickets", {
      path: { id: event.id },
      body: ticket,
      key: `${key}-${index}`,
    });
    const [price] = made.prices;
    if (rules === null || price === undefined) continue;
    await call("PATCH /tickets/{id}/prices/{price}", { path: { id: made.id, price: price.id }, body: rules });
  }
}
