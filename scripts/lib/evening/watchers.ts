// Who watches how many tickets are left while others buy.

import type { Notes, Scene, Watched } from "./notes.ts";
import { follow } from "./streams.ts";

/** What a stream says of a ticket type. */
export interface Availability {
  readonly ticket: string;
  readonly available: number;
  readonly prices: readonly { readonly id: string; readonly available: number; readonly sale_state: string }[];
}

export interface Watching {
  stop(): Promise<void>;
}

export function startWatching({ plan, venue, notes, stranger }: Scene): Watching {
  const end = new AbortController();
  const streams = Array.from({ length: plan.watchers }, () =>
    follow(stranger(), `/events/${venue.id}/live`, end.signal, (data) => noteSeen(notes, JSON.parse(data))),
  );
  notes.tally.watching = plan.watchers;
  return {
    async stop() {
      end.abort();
      await Promise.all(streams);
      notes.tally.watching = 0;
    },
  };
}

export function noteSeen({ watched }: Pick<Notes, "watched">, { ticket, available, prices }: Availability): void {
  const seen: Watched = watched.get(ticket) ?? { least: available, most: available, messages: 0, prices: new Map() };
  watched.set(ticket, seen);
  seen.messages += 1;
  widen(seen, available);
  for (const price of prices) {
    const atPrice = seen.prices.get(price.id) ?? { least: price.available, most: price.available };
    seen.prices.set(price.id, atPrice);
    widen(atPrice, price.available);
  }
}

function widen(seen: { least: number; most: number }, value: number): void {
  seen.least = Math.min(seen.least, value);
  seen.most = Math.max(seen.most, value);
}
