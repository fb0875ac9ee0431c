// The event itself: its texts and times, and calling it off.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Dialog, Notice } from "../ui/parts.tsx";
import { go } from "../ui/router.ts";
import { account } from "../ui/session.ts";
import { CallOffForm } from "./call-off-form.tsx";
import { EventForm } from "./event-form.tsx";
import type { EventProps } from "./event-props.ts";
import { Progress } from "./progress.tsx";
import { TakingBack } from "./taking-back.tsx";

const t = texts(
  {
    title: "Event",
    save: "Save",
    saved: "Saved.",
    callOff: "Call the event off",
    off: "Calling off",
    isOff: "The event is called off.",
    another: "Another like it",
    anotherMeans: "A draft a week later, with these texts, ticket types and prices. Nothing of this event changes.",
    copy: "Copy the event",
  },
  {
    title: "Veranstaltung",
    save: "Speichern",
    saved: "Gespeichert.",
    callOff: "Veranstaltung absagen",
    off: "Absage",
    isOff: "Die Veranstaltung ist abgesagt.",
    another: "Noch so eine",
    anotherMeans:
      "Ein Entwurf eine Woche später, mit diesen Texten, Ticketarten und Preisen. An dieser Veranstaltung ändert sich nichts.",
    copy: "Veranstaltung kopieren",
  },
);

export function Settings({ event, etag, reload }: EventProps) {
  const isCallingOff = useSignal(false);
  const isSaved = useSignal(false);
  const section = useRef<HTMLElement>(null);
  // The form is made anew with what was saved, and its button with it.
  useEffect(() => {
    if (isSaved.peek()) section.current?.querySelector<HTMLElement>("button[type=submit]")?.focus();
  }, [etag]);
  const who = account.value;
  const mayMake = who?.role === "organizer" || who?.role === "admin";
  const mayCallOff = who?.id === event.organizer || who?.role === "admin";
  return (
    <div class="stack">
      {event.status === "cancelled" && <Progress event={event} />}
      <section ref={section} class="card stack" aria-labelledby="settings">
        <h2 id="settings">{t().title}</h2>
        <EventForm
          key={etag ?? ""}
          event={event}
          submit={t().save}
          onSave={async (fields) => {
            isSaved.value = false;
            const ifMatch = etag === null ? {} : { ifMatch: etag };
            await call("PATCH /events/{id}", { path: { id: event.id }, body: fields, ...ifMatch });
            isSaved.value = true;
            await reload();
            announce(t().saved, "polite");
          }}
        />
        {isSaved.value && <Notice kind="good">{t().saved}</Notice>}
      </section>
      {mayMake && (
        <section class="card stack" aria-labelledby="another">
          <h2 id="another">{t().another}</h2>
          <p>{t().anotherMeans}</p>
          <p>
            <a class="button plain" href={`/box-office/new?from=${event.id}`}>
              {t().copy}
            </a>
          </p>
        </section>
      )}
      <TakingBack event={event} etag={etag} reload={reload} />
      {mayCallOff && event.status === "published" && (
        <section class="card stack" aria-labelledby="call-off">
          <h2 id="call-off">{t().off}</h2>
          <div>
            <Button
              kind="danger"
              onClick={() => {
                isCallingOff.value = true;
                // How many are sold is said there.
                void reload();
              }}
            >
              {t().callOff}
            </Button>
          </div>
        </section>
      )}
      {isCallingOff.value && (
        <Dialog
          title={t().callOff}
          onClose={() => {
            isCallingOff.value = false;
          }}
        >
          <CallOffForm
            event={event}
            onDone={async () => {
              isCallingOff.value = false;
              await reload();
              announce(t().isOff, "polite");
              go(`/box-office/events/${event.id}/settings`);
            }}
          />
        </Dialog>
      )}
    </div>
  );
}
