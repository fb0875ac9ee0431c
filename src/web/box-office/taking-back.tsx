// Takes back what nobody has bought of: out of the shop again, or deleted.

import { useSignal } from "@preact/signals";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Fault } from "../ui/parts.tsx";
import { go } from "../ui/router.ts";
import { account } from "../ui/session.ts";
import { useTask } from "../ui/task.ts";
import type { EventProps } from "./event-props.ts";
import { Sure } from "./sure.tsx";

const t = texts(
  {
    title: "Take it back",
    means: "No ticket is held or sold.",
    draft: "Back to a draft",
    draftMeans: "The event leaves the shop until you publish it again.",
    isDraft: "The event is a draft again.",
    delete: "Delete the event",
    sure: (name: string) => `${name} is deleted with its tickets, prices and codes. That can't be undone.`,
    keep: "Keep it",
    isDeleted: "The event is deleted.",
  },
  {
    title: "Zurücknehmen",
    means: "Kein Ticket ist reserviert oder verkauft.",
    draft: "Wieder zum Entwurf machen",
    draftMeans: "Die Veranstaltung verlässt den Shop, bis Sie sie wieder veröffentlichen.",
    isDraft: "Die Veranstaltung ist wieder ein Entwurf.",
    delete: "Veranstaltung löschen",
    sure: (name: string) =>
      `${name} wird mit Tickets, Preisen und Codes gelöscht. Das lässt sich nicht rückgängig machen.`,
    keep: "Behalten",
    isDeleted: "Die Veranstaltung ist gelöscht.",
  },
);

export function TakingBack({ event, etag, reload }: EventProps) {
  const isDeleting = useSignal(false);
  const { run, isBusy, fault } = useTask();
  const parts = { path: { id: event.id }, ...(etag === null ? {} : { ifMatch: etag }) };
  const who = account.value;
  const mayDelete = who?.id === event.organizer || who?.role === "admin";
  const withdraw = () =>
    run(async () => {
      await call("PATCH /events/{id}", { ...parts, body: { status: "draft" } });
      await reload();
      announce(t().isDraft);
    });
  const remove = async () => {
    await call("DELETE /events/{id}", parts);
    announce(t().isDeleted);
    go("/box-office", { replace: true });
  };
  if (event.tickets.some(({ sold = 0, held = 0 }) => sold + held > 0)) return null;
  if (event.status !== "published" && !mayDelete) return null;
  return (
    <section class="card stack" aria-labelledby="taking-back">
      <h2 id="taking-back">{t().title}</h2>
      <p class="soft">
        {t().means} {event.status === "published" && t().draftMeans}
      </p>
      <Fault fault={fault.value} />
      <div class="row">
        {event.status === "published" && (
          <Button isBusy={isBusy.value} onClick={withdraw}>
            {t().draft}
          </Button>
        )}
        {mayDelete && (
          <Button
            kind="danger"
            onClick={() => {
              isDeleting.value = true;
            }}
          >
            {t().delete}
          </Button>
        )}
      </div>
      {isDeleting.value && (
        <Sure
          title={t().delete}
          means={t().sure(event.name)}
          keep={t().keep}
          onSure={remove}
          onClose={() => {
            isDeleting.value = false;
          }}
        />
      )}
    </section>
  );
}
