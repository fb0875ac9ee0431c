// How many of those who may come have come, as they come.

import type { EventDetail } from "../ui/api-types.ts";
import { number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Notice } from "../ui/parts.tsx";
import { useAdmissions } from "./admissions.ts";

const t = texts(
  {
    title: "Went in",
    of: (admitted: string, sold: string) => `${admitted} of ${sold}`,
    inside: (inside: string) => `${inside} inside now`,
    offline: "No connection: more may have come in since.",
  },
  {
    title: "Eingelassen",
    of: (admitted: string, sold: string) => `${admitted} von ${sold}`,
    inside: (inside: string) => `${inside} jetzt drin`,
    offline: "Keine Verbindung: Inzwischen können mehr gekommen sein.",
  },
);

/** By ticket type. Nothing until the service has said how many there are. */
export function Admitted({ event }: { readonly event: EventDetail }) {
  const { counts, isOld } = useAdmissions(event.id);
  const sold = event.tickets.filter((ticket) => (ticket.sold ?? 0) > 0);
  if (sold.length === 0 || counts.size === 0) return null;
  return (
    <section aria-labelledby="admitted" class="stack">
      <h3 id="admitted">{t().title}</h3>
      {isOld && <Notice kind="warning">{t().offline}</Notice>}
      <dl class="numbers">
        {sold.map((ticket) => {
          const { admitted = 0, inside = 0 } = counts.get(ticket.id) ?? {};
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
