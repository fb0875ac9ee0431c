// Whoever comes while a commit is being written shares the next one. A disk, or a quorum, takes about as long for many as
// for one; and who comes alone waits for nobody.

interface Call<Q, R> {
  readonly requests: readonly Q[];
  readonly resolve: (results: R[]) => void;
  readonly reject: (fault: unknown) => void;
}

/** What one commit has at most, so that it is bounded: about ten milliseconds of work. */
const MOST_REQUESTS = 500;

export class GroupCommit<Q, R> {
  readonly #carryOut: (requests: readonly Q[]) => R[];
  readonly #written: () => Promise<void>;
  #waiting: Call<Q, R>[] = [];
  #isWriting = false;

  /** `carryOut`: all of the requests in one transaction, in order; a result for each. `written`: when that is durable. */
  constructor(carryOut: (requests: readonly Q[]) => R[], written: () => Promise<void>) {
    this.#carryOut = carryOut;
    this.#written = written;
  }

  /** Rejects where its own requests do: no other call's can fail it. */
  run(requests: readonly Q[]): Promise<R[]> {
    const results = new Promise<R[]>((resolve, reject) => this.#waiting.push({ requests, resolve, reject }));
    if (!this.#isWriting) void this.#write();
    return results;
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    while (this.#waiting.length > 0) {
      this.#commit(this.#nextGroup());
      // A commit that fails breaks the object, and with it all that wait for it.
      await this.#written().catch(() => {});
    }
    this.#isWriting = false;
  }

  #nextGroup(): Call<Q, R>[] {
    let requests = 0;
    const fits = this.#waiting.findIndex((call, place) => {
      requests += call.requests.length;
      return place > 0 && requests > MOST_REQUESTS;
    });
    return this.#waiting.splice(0, fits === -1 ? this.#waiting.length : fits);
  }

  #commit(group: readonly Call<Q, R>[]): void {
    try {
      const results = this.#carryOut(group.flatMap(({ requests }) => requests));
      let place = 0;
      for (const { requests, resolve } of group) {
        resolve(results.slice(place, place + requests.length));
        place += requests.length;
      }
    } catch (fault) {
      const [only, ...others] = group;
      if (others.length === 0) only?.reject(fault);
      else for (const call of group) this.#commit([call]);
    }
  }
}
