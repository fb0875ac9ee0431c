// How many went in, as they do: by the door's stream, or from its list where none can be had.

import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import { call } from "../ui/api.ts";
import type { DoorBundle, DoorCounts } from "../ui/api-types.ts";
import { useFollowed } from "../ui/followed.ts";

export type Admissions = ReadonlyMap<string, Pick<DoorCounts, "admitted" | "inside">>;

const POLL_MS = 4_000;

/** By ticket type. Empty until the service has said how many there are. */
export function useAdmissions(eventId: string): { readonly counts: Admissions; readonly isOld: boolean } {
  const counts = useSignal<Admissions>(new Map());
  const fault = useSignal<unknown>(null);
  const list = useMemo(() => doorList(eventId), [eventId]);
  const reload = async () => {
    const before = counts.peek();
    try {
      const found = await list();
      // What the stream said meanwhile is newer.
      if (found !== null && counts.peek() === before) counts.value = found;
      fault.value = null;
    } catch (caught) {
      fault.value = caught;
    }
  };
  const onEvent = (data: DoorCounts) => {
    counts.value = new Map([...counts.peek(), [data.ticket, data]]);
  };
  const stream = { operation: "GET /events/{id}/door/live", path: { id: eventId }, name: "door", onEvent } as const;
  const isOld = useFollowed({ ...stream, isOn: true, pollMs: POLL_MS }, { fault, reload });
  return { counts: counts.value, isOld };
}

/** Counts by the door's list: each call reads only what is new. Null: one is under way. */
function doorList(eventId: string): () => Promise<Admissions | null> {
  const passes = new Map<string, DoorBundle["passes"][number]>();
  let after: string | undefined;
  let isReading = false;
  const read = async () => {
    for (;;) {
      const query = after === undefined ? {} : { after };
      const page = await call("GET /events/{id}/door", { path: { id: eventId }, query });
      for (const pass of page.passes) passes.set(pass.id, pass);
      after = page.cursor;
      if (!page.more) return countsOf(page.tickets, [...passes.values()]);
    }
  };
  return async () => {
    if (isReading) return null;
    isReading = true;
    try {
      return await read();
    } finally {
      isReading = false;
    }
  };
}

function countsOf(tickets: DoorBundle["tickets"], passes: DoorBundle["passes"]): Admissions {
  const admitted = Map.groupBy(
    passes.filter(({ at }) => at !== null),
    ({ id }) => ticketTypeIdOf(id),
  );
  return new Map(
    tickets.map(({ id }) => {
      const those = admitted.get(id) ?? [];
      return [id, { admitted: those.length, inside: those.filter(({ outside }) => !outside).length }];
    }),
  );
}
