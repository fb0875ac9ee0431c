// What a draft still needs, and the button that puts it on sale.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import type { EventDetail } from "../ui/api-types.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Fault, Notice } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";
import { focusHeadingIfLost } from "../ui/view.tsx";
import { Copy } from "./copying.tsx";
import type { EventProps } from "./event-props.ts";

const t = texts(
  {
    draft: "This event is a draft: only you and its managers see it.",
    needsTickets: "Add the tickets that you want to sell, then publish it.",
    ready: "Publish it, and everybody can buy.",
    publish: "Publish",
    published: "The event is published.",
    onSale: "It is on sale. Now tell people where:",
    hide: "All right",
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
    onSale: "Sie ist im Verkauf. Sagen Sie jetzt weiter, wo:",
    hide: "In Ordnung",
    add: "Tickets anlegen",
    off: "Diese Veranstaltung wurde abgesagt.",
    see: "Stand der Erstattungen",
  },
);

export function Publishing({ event, etag, reload, isAtTickets }: EventProps & { readonly isAtTickets: boolean }) {
  const { run, isBusy, fault } = useTask();
  const isNew = useSignal(false);
  const seen = () => {
    isNew.value = false;
  };
  // The button goes with the draft.
  useEffect(focusHeadingIfLost, [event.status]);
  if (event.status === "cancelled") {
    return (
      <Notice kind="bad" title={t().off}>
        <a href={`/box-office/events/${event.id}/settings`}>{t().see}</a>
      </Notice>
    );
  }
  if (event.status !== "draft") {
    return isNew.value ? <Published event={event} onSeen={seen} /> : null;
  }
  const publish = () =>
    run(async () => {
      await call("PATCH /events/{id}", {
        path: { id: event.id },
        body: { status: "published" },
        ...(etag === null ? {} : { ifMatch: etag }),
      });
      isNew.value = true;
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

/** Until the view is left: what comes next is to be found. */
function Published({ event, onSeen }: { readonly event: EventDetail; readonly onSeen: () => void }) {
  const address = shopAddress(event.id);
  return (
    <Notice kind="good" title={t().published}>
      <p>{t().onSale}</p>
      <p>
        <a class="address" href={`/e/${event.id}`}>
          {address}
        </a>
      </p>
      <p class="row">
        <Copy text={address} kind="primary" />
        <Button onClick={onSeen}>{t().hide}</Button>
      </p>
    </Notice>
  );
}

/** Where buyers find the event. */
export function shopAddress(eventId: string): string {
  return `${location.origin}/e/${eventId}`;
}
