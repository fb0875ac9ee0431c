// Makes an event: a draft, which nobody sees until it is published.

import { useSignal } from "@preact/signals";
import { call } from "../ui/api.ts";
import type { NewEvent } from "../ui/api-types.ts";
import { texts } from "../ui/i18n.ts";
import { go } from "../ui/router.ts";
import { Heading } from "../ui/view.tsx";
import { EventForm } from "./event-form.tsx";

const t = texts(
  { title: "New event", make: "Make the event", all: "All events" },
  { title: "Neue Veranstaltung", make: "Veranstaltung anlegen", all: "Alle Veranstaltungen" },
);

export function NewEventPage() {
  const key = useSignal(crypto.randomUUID());
  return (
    <div class="stack">
      <p>
        <a href="/box-office">{t().all}</a>
      </p>
      <Heading>{t().title}</Heading>
      <div class="card">
        <EventForm
          event={null}
          submit={t().make}
          onSave={async (fields) => {
            const body = { ...fields, status: "draft" } as NewEvent;
            const { id } = await call("POST /events", { body, key: key.peek() });
            go(`/box-office/events/${id}/tickets`, { replace: true });
          }}
        />
      </div>
    </div>
  );
}
