// What a device needs to decide by itself: the passes that differ from one that nothing happened
// to, and how to go on from there.

import type { PassView } from "../../domain/pass.ts";
import type { Env } from "../env.ts";
import { callTicketType } from "../objects/ticket-types.ts";
import type { Door } from "./access.ts";

/** Where a device has read up to, in each ticket type. */
export type DoorCursor = ReadonlyMap<string, number>;

// An object gives a thousand at a time.
const ENOUGH = 1_000;
// A Worker's request may wait for six connections at a time.
const AT_ONCE = 6;

const ENTRY = "[0-9a-z]{16,20}\\.[0-9a-z]{1,10}";
/** Of what `writeCursor` makes: an id and a number to the base of 36 for each ticket type. */
export const DOOR_CURSOR_PATTERN = new RegExp(`^(${ENTRY}(_${ENTRY}){0,99})?$`);

export function readCursor(text: string): DoorCursor {
  if (text === "") return new Map();
  return new Map(
    text.split("_").map((entry) => {
      const [id = "", number = ""] = entry.split(".");
      return [id, Number.parseInt(number, 36)];
    }),
  );
}

export function writeCursor(cursor: DoorCursor): string {
  return [...cursor].map(([id, number]) => `${id}.${number.toString(36)}`).join("_");
}

/** A page of what is new after `after`. With `more`, the next page follows at once. */
export async function newAtDoor(
  env: Env,
  { ticketTypes }: Door,
  after: DoorCursor,
): Promise<{ readonly passes: PassView[]; readonly cursor: DoorCursor; readonly more: boolean }> {
  const cursor = new Map([...ticketTypes.keys()].map((id) => [id, after.get(id) ?? 0]));
  const passes: PassView[] = [];
  let more = false;
  const ids = [...cursor.keys()];
  for (let first = 0; first < ids.length && passes.length < ENOUGH; first += AT_ONCE) {
    const group = ids.slice(first, first + AT_ONCE);
    const changes = await Promise.all(
      group.map((id) => callTicketType(env, id, (object) => object.doorChanges(cursor.get(id) ?? 0))),
    );
    for (const [index, change] of changes.entries()) {
      if (change === null) continue;
      passes.push(...change.passes);
      cursor.set(group[index] ?? "", change.cursor);
      more ||= change.more;
    }
    more ||= passes.length >= ENOUGH && first + AT_ONCE < ids.length;
  }
  return { passes, cursor, more };
}
