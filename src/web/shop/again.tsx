// From an order that came to nothing back to its events, with the same choice.

import type { Order } from "../ui/api-types.ts";
import { texts } from "../ui/i18n.ts";
import { chooseAgain } from "./choice.ts";

const t = texts(
  {
    expired: "Nothing was paid. The tickets have gone back on sale, and maybe they are still there.",
    cancelled: "Nothing is held for you any more.",
    again: "Look again",
    againOf: (name: string) => `Look again: ${name}`,
  },
  {
    expired: "Es wurde nichts bezahlt. Die Tickets sind wieder im Verkauf, vielleicht sind sie noch da.",
    cancelled: "Für Sie ist nichts mehr reserviert.",
    again: "Noch einmal nachsehen",
    againOf: (name: string) => `Noch einmal nachsehen: ${name}`,
  },
);

export function Nothing({ order, why }: { readonly order: Order; readonly why: "expired" | "cancelled" }) {
  const events = [...Map.groupBy(order.items, ({ event }) => event?.id).values()].flatMap(([item]) => {
    const event = item?.event;
    return event?.status === "published" ? event : [];
  });
  return (
    <div class="stack">
      <p>{t()[why]}</p>
      {events.length > 0 && (
        <p class="row">
          {events.map(({ id, name }) => (
            <a key={id} class="button primary" href={`/e/${id}`} onClick={() => chooseAgain(order, id)}>
              {events.length === 1 ? t().again : t().againOf(name)}
            </a>
          ))}
        </p>
      )}
    </div>
  );
}
