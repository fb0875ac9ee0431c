// What an organiser's change makes of a ticket type. Pure.

import type { Edit, TicketTypeChange, TicketTypeState } from "./protocol.ts";

/**
 * A change of nothing makes no new edition. Texts that D1 may not have yet (`isCopied` is false)
 * go with the new ones.
 */
export function edited(
  known: TicketTypeState,
  change: TicketTypeChange & Partial<Pick<TicketTypeState, "prices">>,
  { edition, texts }: Pick<Edit, "edition" | "texts">,
  isCopied: boolean,
): TicketTypeState {
  if (Object.keys({ ...change, ...texts }).length === 0) return known;
  return { ...known, ...change, edition, newTexts: isCopied ? texts : { ...known.newTexts, ...texts } };
}
