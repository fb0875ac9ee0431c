// Whoever calls the service: as the Worker does, and again while no reply comes.

import type { Env } from "../../src/worker/env.ts";
import { callTicketType, type TicketTypeCalls } from "../../src/worker/objects/ticket-types.ts";
import { TICKET_TYPE_ID } from "./plan.ts";
import type { Stage } from "./stage.ts";
import { newOwner } from "./world.ts";

const FIRST_REPEAT_MS = 500;

export class Callers {
  readonly #stage: Stage;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Calls the object. `mayAsk`: the Worker refuses the others before it asks. */
  callObject(
    name: string,
    repeats: number,
    call: (object: TicketTypeCalls, attempt: number) => Promise<unknown>,
    { immediate = false, mayAsk = () => true }: { immediate?: boolean; mayAsk?: () => boolean } = {},
  ): Promise<boolean> {
    const env = this.envOf(name, immediate);
    return this.insist(repeats, async (attempt) => {
      if (mayAsk()) await callTicketType(env, TICKET_TYPE_ID, (object) => call(object, attempt));
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

  envOf(name: string, immediate = false): Env {
    const owner = newOwner("caller", name, immediate);
    this.#stage.world.timeline.owner = owner;
    return this.#stage.envFor(owner);
  }
}
