// What a draft still needs, and the button that puts it on sale.

import { useEffect } from "preact/hooks";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Fault, Notice } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";
import { focusHeadingIfLost } from "../ui/view.tsx";
import type { EventProps } from "./event-props.ts";

const t = texts(
  {
    draft: "This event is a draft: only you and its managers see it.",
    needsTickets: "Add the tickets that you want to sell, then publish it.",
    ready: "Publish it, and everybody can buy.",
    publish: "Publish",
    published: "The event is published.",
    add: "Add tickets",
    off: "This event was called off.",
    see: "How far its refunds are",
  },
  {
    draft: "Diese Veranstaltung ist ein Entwurf: nur Sie und Ihre Manager sehen sie.",
    needsTickets: "Legen Sie die Tickets an, die Sie verkaufen möchten, und veröffentlichen Sie sie dann.",
    ready: "Veröffentlichen Sie sie, und alle können kaufen.",
    publish: "Veröffentlichen",
    published: "Die Veranstaltung ist veröffentlicht.",
    add: "Tickets anlegen",
    off: "Diese Veranstaltung wurde abgesagt.",
    see: "Stand der Erstattungen",
  },
);

export function Publishing({ event, etag, reload, isAtTickets }: EventProps & { readonly isAtTickets: boolean }) {
  const { run, isBusy, fault } = useTask();
  // The button goes with the draft.
  useEffect(focusHeadingIfLost, [event.status]);
  if (event.status === "cancelled") {
    return (
      <Notice kind="bad" title={t().off}>
        <a href={`/box-office/events/${event.id}/settings`}>{t().see}</a>
      </Notice>
    );
  }
  if (event.status !== "draft") return null;
  const publish = () =>
    run(async () => {
      await call("PATCH /events/{id}", {
        path: { id: event.id },
        body: { status: "published" },
        ...(etag === null ? {} : { ifMatch: etag }),
      });
      await reload();
      announce(t().published, "polite");
    });
  return (
    <Notice kind="warning" title={t().draft}>
      <p>{event.tickets.length === 0 ? t().needsTickets : t().ready}</p>
      <p class="row">
        {event.tickets.length === 0 && !isAtTickets && (
          <a class="button primary" href={`/box-office/events/${event.id}/tickets`}>
            {t().add}
          </a>
        )}
        {event.tickets.length > 0 && (
          <Button kind="primary" isBusy={isBusy.value} onClick={publish}>
            {t().publish}
          </Button>
        )}
      </p>
      <Fault fault={fault.value} />
    </Notice>
  );
}
