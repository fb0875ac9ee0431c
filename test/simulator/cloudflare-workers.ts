// Stands for the module `cloudflare:workers` outside workerd: what the code under test needs of it.

export class DurableObject<Env = unknown> {
  protected readonly ctx: DurableObjectState;
  protected readonly env: Env;

  constructor(ctx: DurableObjectState, env: Env) {
    this.ctx = ctx;
    this.env = env;
  }
}

/** Nothing ends with its request here. */
export function waitUntil(_work: Promise<unknown>): void {}

/** No request comes in here, so nobody asks for another entrypoint. */
export const exports = {};
