// Calls that arrive while a commit is being written share the next one.

interface Call<Request, Result> {
  readonly requests: readonly Request[];
  readonly resolve: (results: Result[]) => void;
  readonly reject: (fault: unknown) => void;
}

/** The most that one commit takes, so that it is bounded: about ten milliseconds of work. */
const MOST_REQUESTS = 500;

export class GroupCommit<Request, Result> {
  readonly #commit: (requests: readonly Request[]) => readonly Result[];
  readonly #durable: () => Promise<void>;
  #queue: Call<Request, Result>[] = [];
  #isWriting = false;

  /** `commit` carries out all requests in one transaction, with a result for each, in order. */
  constructor(commit: (requests: readonly Request[]) => readonly Result[], durable: () => Promise<void>) {
    this.#commit = commit;
    this.#durable = durable;
  }

  /** Rejects where its own requests fail. No other call can make it fail. */
  run(requests: readonly Request[]): Promise<Result[]> {
    const results = new Promise<Result[]>((resolve, reject) => this.#queue.push({ requests, resolve, reject }));
    if (!this.#isWriting) void this.#flush();
    return results;
  }

  async #flush(): Promise<void> {
    this.#isWriting = true;
    while (this.#queue.length > 0) {
      this.#carryOut(this.#nextBatch());
      // The platform resets an object whose commit fails, and every call that waits fails with it.
      await this.#durable().catch(() => {});
    }
    this.#isWriting = false;
  }

  #nextBatch(): Call<Request, Result>[] {
    let requests = 0;
    const end = this.#queue.findIndex((call, index) => {
      requests += call.requests.length;
      return index > 0 && requests > MOST_REQUESTS;
    });
    return this.#queue.splice(0, end === -1 ? this.#queue.length : end);
  }

  #carryOut(batch: readonly Call<Request, Result>[]): void {
    try {
      const results = this.#commit(batch.flatMap(({ requests }) => requests));
      let start = 0;
      for (const { requests, resolve } of batch) {
        resolve(results.slice(start, start + requests.length));
        start += requests.length;
      }
    } catch (fault) {
      // A transaction each, so that only the one at fault fails. If the batch was committed after
      // all, the calls are replays.
      const [first, ...others] = batch;
      if (others.length === 0) first?.reject(fault);
      else for (const call of batch) this.#carryOut([call]);
    }
  }
}
