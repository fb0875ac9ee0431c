// How far the refunds of an event are that was called off.

import { call } from "../ui/api.ts";
import type { EventDetail } from "../ui/api-types.ts";
import { dayAndTime, money, number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Fault, Loading, Notice } from "../ui/parts.tsx";
import { useLoad } from "./load.ts";
import { StateOf, wordFor } from "./words.tsx";

const t = texts(
  {
    title: "Called off",
    left: "sales are still to be refunded",
    none: "Nothing is refunded by itself.",
    done: (when: string) => `Everything is done since ${when}.`,
    running: "The refunds are under way.",
    byHand: "To be given back by hand",
    failed: "Refunds that failed: open the order and try again.",
    order: "Order",
  },
  {
    title: "Abgesagt",
    left: "Verkäufe sind noch zu erstatten",
    none: "Nichts wird von selbst erstattet.",
    done: (when: string) => `Seit ${when} ist alles erledigt.`,
    running: "Die Erstattungen laufen.",
    byHand: "Von Hand zurückzugeben",
    failed: "Fehlgeschlagene Erstattungen: Öffnen Sie die Bestellung und versuchen Sie es noch einmal.",
    order: "Bestellung",
  },
);

/** As often as the service allows to ask. */
const EVERY_MS = 4_000;

export function Progress({ event }: { readonly event: EventDetail }) {
  const read = () => call("GET /events/{id}/cancellation", { path: { id: event.id } });
  const { value, fault } = useLoad(event.id, read, EVERY_MS);
  const found = value.value;
  if (found === undefined) return fault.value ? <Fault fault={fault.value} /> : <Loading />;
  const left = found.tickets.reduce((sum, { to_refund }) => sum + to_refund, 0);
  return (
    <section class="card stack" aria-labelledby="progress">
      <h2 id="progress">{t().title}</h2>
      {found.message !== "" && <p>{found.message}</p>}
      {!found.refund ? (
        <p>{t().none}</p>
      ) : found.finished_at === null ? (
        <p>
          {t().running} {left > 0 && `${number(left)} ${t().left}.`}
        </p>
      ) : (
        <p>{t().done(dayAndTime(found.finished_at, event.timezone))}</p>
      )}
      <ul class="prices">
        {found.refunds.map(({ state, refunds, amount }) => (
          <li key={`${state} ${amount.currency}`} class="row between">
            <StateOf of="refund" state={state} />
            <span>
              {number(refunds)} · {money(amount)}
            </span>
          </li>
        ))}
        {found.by_hand.map(({ method, open }) => (
          <li key={`${method} ${open.amount.currency}`} class="row between">
            <span>
              {t().byHand}: {wordFor("method", method)}
            </span>
            <span>
              {number(open.refunds)} · {money(open.amount)}
            </span>
          </li>
        ))}
      </ul>
      {found.failed.length > 0 && (
        <Notice kind="bad" title={t().failed}>
          <ul>
            {found.failed.map(({ refund, order, reservation, amount, error }) => (
              <li key={refund}>
                <a href={`/box-office/events/${event.id}/orders/${order ?? reservation}`}>
                  {t().order} {order ?? reservation}
                </a>
                : {money(amount)} {error?.message}
              </li>
            ))}
          </ul>
        </Notice>
      )}
    </section>
  );
}
