// Whether something can be bought, in a word or two.

import type { Ticket } from "../ui/api-types.ts";
import { texts } from "../ui/i18n.ts";

const t = texts(
  {
    upcoming: "On sale soon",
    ended: "Sale ended",
    cancelled: "Called off",
    soldOut: "Sold out",
    draft: "Not on sale",
    few: (count: number) => `Only ${count} left`,
  },
  {
    upcoming: "Bald im Verkauf",
    ended: "Verkauf beendet",
    cancelled: "Abgesagt",
    soldOut: "Ausverkauft",
    draft: "Nicht im Verkauf",
    few: (count: number) => `Nur noch ${count}`,
  },
);

/** From so many on, how many are left is worth saying. */
export const FEW = 20;

interface SaleProps {
  readonly saleState: "draft" | "upcoming" | "open" | "ended" | "cancelled";
  readonly available: number;
}

export function SaleBadge({ saleState, available }: SaleProps) {
  if (saleState !== "open") {
    return <span class={`badge ${saleState === "cancelled" ? "bad" : ""}`}>{t()[saleState]}</span>;
  }
  if (available === 0) return <span class="badge">{t().soldOut}</span>;
  return available <= FEW ? <span class="badge warning">{t().few(available)}</span> : null;
}

/** There are tickets to choose. */
export function isForSale({ sale_state, available }: Pick<Ticket, "sale_state" | "available">): boolean {
  return sale_state === "open" && available > 0;
}
