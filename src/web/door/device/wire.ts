// What a device and the service say to each other, as the API has it.

import type { CheckIn, DoorBundle } from "../../ui/api-types.ts";
import { letsPass, type Outcome, type Result } from "../core/outcome.ts";
import type { OwnScan } from "../core/scan.ts";
import type { SentScan } from "../core/service.ts";
import type { ListPage } from "../core/store.ts";

export function bodyOf({ scan, isTimed }: SentScan) {
  const { code, gate, key, direction, atMs }: OwnScan = scan;
  const at = isTimed ? { at: new Date(atMs).toISOString() } : {};
  return { code: code ?? "", gate, key, direction, ...at };
}

/** A hotspot's own page may answer with 200: what has no result is no reply of the service. */
export function outcomeOf(body: Omit<CheckIn, "result"> & { readonly result: Result }): Outcome {
  if (typeof body?.result !== "string") throw new TypeError("no reply of the service");
  const { result, at, gate, displaced, doors_open_at, pass } = body;
  return {
    result,
    atMs: msOrNull(at),
    gate: letsPass({ result } as Outcome) || result === "already_admitted" || result === "undone" ? gate : null,
    displaced: displaced && { atMs: Date.parse(displaced.at), gate: displaced.gate },
    doorsOpenAtMs: msOrNull(doors_open_at),
    pass: pass && {
      id: pass.id,
      state: pass.state,
      outside: pass.outside,
      holder: pass.holder,
      ticket: pass.ticket.name,
      price: pass.price.name,
      isDisputed: pass.disputed,
    },
  };
}

export function pageOf(body: DoorBundle): ListPage {
  const { event, keys, tickets, disputed, passes, cursor, more, may_undo: mayUndo } = body;
  const times = {
    startsAtMs: Date.parse(event.starts_at),
    endsAtMs: Date.parse(event.ends_at),
    doorsOpenAtMs: msOrNull(event.doors_open_at),
  };
  const { id, name, timezone, reentry, status } = event;
  return {
    list: {
      event: { id, name, timezone, ...times, reentry, status, mayUndo },
      keys: keys.map(({ kid, x }) => ({ number: Number(kid), x })),
      tickets: tickets.map(({ id, name, sold }) => ({ id, name, sold })),
      disputed,
      cursor,
    },
    passes: passes.map(({ at, ...pass }) => ({ ...pass, atMs: msOrNull(at) })),
    more,
  };
}

function msOrNull(instant: string | null): number | null {
  return instant === null ? null : Date.parse(instant);
}
