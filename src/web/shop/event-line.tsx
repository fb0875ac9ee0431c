// Which event it is that something was bought of.

import type { Reservation } from "../ui/api-types.ts";
import { dayAndTime } from "../ui/format.ts";

export function EventLine({ event }: { readonly event: NonNullable<Reservation["event"]> }) {
  return (
    <div>
      <h2>
        <a href={`/e/${event.id}`}>{event.name}</a>
      </h2>
      <p class="soft">
        {dayAndTime(event.starts_at, event.timezone)} · {event.venue}
      </p>
    </div>
  );
}
