// Whoever calls the service: as the Worker does, and again while no reply comes.

import type { Env } from "../../src/worker/env.ts";
import { callTicketType, type TicketTypeCalls } from "../../src/worker/objects/ticket-types.ts";
import type { Accepted } from "./deeds.ts";
import type { Stage } from "./stage.ts";
import { newOwner } from "./world.ts";

const FIRST_REPEAT_MS = 500;
// A session that has ended is refused after this long, everywhere.
const SESSION_OUTLIVES_MS = 10_000;

export class Callers {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Calls a ticket type's object. `mayAsk`: the Worker refuses the others before it asks. */
  callObject(
    ticketTypeId: string,
    name: string,
    repeats: number,
    call: (object: TicketTypeCalls, attempt: number) => Promise<unknown>,
    { immediate = false, mayAsk = () => true }: { immediate?: boolean; mayAsk?: () => boolean } = {},
  ): Promise<boolean> {
    const env = this.envOf(name, immediate);
    return this.insist(repeats, async (attempt) => {
      if (mayAsk()) await callTicketType(env, ticketTypeId, (object) => call(object, attempt));
    });
  }

  /** Whether it came to a reply. */
  async insist(repeats: number, act: (attempt: number) => Promise<unknown>): Promise<boolean> {
    for (let attempt = 0; ; attempt++) {
      try {
        await act(attempt);
        return true;
      } catch {
        if (attempt >= repeats) return false;
        await scheduler.wait(FIRST_REPEAT_MS * 2 ** Math.min(attempt, 8));
      }
    }
  }

  /** Whoever has closed their account can't reserve or pay any more. */
  mayBuy(buyer: number): boolean {
    const { d1, world } = this.#stage;
    const [row] = d1.sqlite.all("SELECT closing_since_ms FROM accounts WHERE id = ?", [`buyer ${buyer}`]);
    const closingSinceMs = row?.closing_since_ms ?? null;
    if (row === undefined || closingSinceMs === null) return row !== undefined;
    return world.timeline.wallMs - Number(closingSinceMs) < SESSION_OUTLIVES_MS;
  }

  /** The version that a buyer accepts. The shop shows what D1 has. */
  termsFor(accepts: Accepted): string | null {
    if (accepts !== "shown") return accepts === "nothing" ? null : accepts;
    const [event] = this.#stage.d1.sqlite.all("SELECT terms_version AS version FROM events");
    return (event?.version ?? null) as string | null;
  }

  envOf(name: string, immediate = false): Env {
    const owner = newOwner("caller", name, immediate);
    this.#stage.world.timeline.owner = owner;
    return this.#stage.envFor(owner);
  }
}
