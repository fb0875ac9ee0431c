// What each view of an event gets.

import type { EventDetail } from "../ui/api-types.ts";

export interface EventProps {
  readonly event: EventDetail;
  /** To send back with a change: it is refused if somebody else has changed the event meanwhile. */
  readonly etag: string | null;
  /** After a change. */
  readonly reload: () => Promise<void>;
}
