// How many of those who may come have come, as they come.

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { DoorCounts, EventDetail } from "../ui/api-types.ts";
import { number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { watch } from "../ui/live.ts";

const t = texts(
  {
    title: "Went in",
    of: (admitted: string, sold: string) => `${admitted} of ${sold}`,
    inside: (inside: string) => `${inside} inside now`,
  },
  {
    title: "Eingelassen",
    of: (admitted: string, sold: string) => `${admitted} von ${sold}`,
    inside: (inside: string) => `${inside} jetzt drin`,
  },
);

/** By ticket type. Nothing until the service has said how many there are. */
export function Admitted({ event }: { readonly event: EventDetail }) {
  const counts = useSignal<ReadonlyMap<string, DoorCounts>>(new Map());
  useEffect(() => {
    const watching = watch("GET /events/{id}/door/live", { id: event.id }, "door", (data) => {
      counts.value = new Map([...counts.peek(), [data.ticket, data]]);
    });
    return () => watching.close();
  }, [event.id]);
  const sold = event.tickets.filter((ticket) => (ticket.sold ?? 0) > 0);
  if (sold.length === 0 || counts.value.size === 0) return null;
  return (
    <section aria-labelledby="admitted" class="stack">
      <h3 id="admitted">{t().title}</h3>
      <dl class="numbers">
        {sold.map((ticket) => {
          const { admitted = 0, inside = 0 } = counts.value.get(ticket.id) ?? {};
          return (
            <div class="card" key={ticket.id}>
              <dt>{ticket.name}</dt>
              <dd class="big">{t().of(number(admitted), number(ticket.sold ?? 0))}</dd>
              <dd class="soft">{t().inside(number(inside))}</dd>
            </div>
          );
        })}
      </dl>
    </section>
  );
}
