// Redis as Upstash serves it to objects: one script, which keeps the newer of two versions.

import type { Availability } from "../../src/platform/availability/port.ts";
import { remote } from "./remote.ts";
import { newOwner, type World } from "./world.ts";

export class Cache {
  /** Entries by key. They never end here, because a wrong one would then go unnoticed. */
  readonly kept = new Map<string, Availability>();
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** The response of `fetch` to a call with this body. */
  fetch(body: string): Promise<unknown> {
    return remote(this.#world, {
      label: "cache",
      owner: this.#world.timeline.owner ?? newOwner("caller", "nobody"),
      part: "cache",
      about: null,
      execute: () => {
        const replies = (JSON.parse(body) as unknown[][]).map((command) => ({ result: this.#run(command) }));
        return Response.json(replies);
      },
      error: () => new Error("the cache does not answer"),
    });
  }

  /** Objects send only `EVAL script count keys… ttl values…`. */
  #run([, , count, ...rest]: readonly unknown[]): number {
    const keys = rest.slice(0, Number(count)).map(String);
    keys.forEach((key, index) => {
      const written = JSON.parse(String(rest[keys.length + 1 + index])) as Availability;
      if ((this.kept.get(key)?.version ?? -1) <= written.version) this.kept.set(key, written);
    });
    return keys.length;
  }
}
