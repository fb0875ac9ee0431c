// Faults on command: all that leaves a process is a numbered step, and one step can fail.

import type { PaymentProvider } from "../../../src/worker/payments/provider.ts";
import type { VirtualTime } from "./virtual-time.ts";

export const FAULTS = ["throws", "does it and throws", "does it late", "does it much later", "never answers"] as const;
/** Only a call to an object says that it may be repeated at once. */
export const OBJECT_FAULTS = ["throws, to be retried", "does it and throws, to be retried"] as const;
/** A transaction is written in one turn, and nobody waits for it. */
export const COMMIT_FAULTS = ["throws"] as const;
/** The process ends there, and with it all that its memory holds. */
export const KILLS = ["killed before it", "killed after it", "killed after it, and the queue is lost"] as const;

export type Fault = (typeof FAULTS)[number] | (typeof OBJECT_FAULTS)[number] | (typeof KILLS)[number];

/** The step, counted from 0, and what becomes of it. */
export interface Plan {
  readonly step: number;
  readonly fault: Fault;
}

// Later than its caller waits for it: the object 10 s, the consumer 30 s.
const LATE_MS = 45_000;
// When everything else is over.
const MUCH_LATER_MS = 90 * 60_000;

export class Steps {
  /** The names of all steps so far, in order. */
  readonly names: string[] = [];
  /** While it is off, steps are neither counted nor harmed. */
  on = false;
  readonly #plan: Plan | null;
  readonly #kill: (fault: Fault) => void;

  constructor(plan: Plan | null, kill: (fault: Fault) => void) {
    this.#plan = plan;
    this.#kill = kill;
  }

  async step<T>(name: string, time: VirtualTime, work: () => Promise<T>): Promise<T> {
    if (time.ended) return never();
    if (!this.on) return work();
    const fault = this.#next(name);
    switch (fault) {
      case null:
        return work();
      case "throws":
      case "throws, to be retried":
        throw broken(name, fault);
      case "does it and throws":
      case "does it and throws, to be retried":
        await work();
        throw broken(name, fault);
      case "does it late":
        await time.wait(LATE_MS);
        return work();
      case "does it much later":
        await time.wait(MUCH_LATER_MS);
        return work();
      case "never answers":
        return never();
      case "killed before it":
        this.#kill(fault);
        return never();
      case "killed after it":
      case "killed after it, and the queue is lost":
        await work();
        this.#kill(fault);
        return never();
    }
  }

  /** A transaction. What its turn still writes is written with it; what it sends is lost. */
  commit<T>(name: string, time: VirtualTime, work: () => T): T {
    if (time.ended) throw new PlannedFault("a process that has ended writes nothing");
    if (!this.on) return work();
    const fault = this.#next(name);
    if (fault === "throws") throw broken(name, fault);
    if (fault === "killed before it") {
      this.#kill(fault);
      throw broken(name, fault);
    }
    const result = work();
    if (fault !== null) this.#kill(fault);
    return result;
  }

  #next(name: string): Fault | null {
    const number = this.names.push(name) - 1;
    return this.#plan?.step === number ? this.#plan.fault : null;
  }
}

/** The faults that a step of this name can have. */
export function faultsOf(step: string): readonly Fault[] {
  if (step.endsWith(" commit")) return COMMIT_FAULTS;
  return step.startsWith("object ") ? [...FAULTS, ...OBJECT_FAULTS] : FAULTS;
}

/** D1 as it is, but that each trip to it is a step. */
export function faultyD1(d1: D1Database, whose: string, steps: Steps, time: VirtualTime): D1Database {
  const real = new WeakMap<object, D1PreparedStatement>();
  const wrapped = (statement: D1PreparedStatement): D1PreparedStatement => {
    const proxy = new Proxy(statement, {
      get(target, name) {
        if (name === "bind") return (...values: unknown[]) => wrapped(target.bind(...values));
        const method = Reflect.get(target, name);
        if (typeof method !== "function") return method;
        return (...values: unknown[]) =>
          steps.step(`${whose} D1 ${String(name)}`, time, () => time.during(method.apply(target, values)));
      },
    });
    real.set(proxy, statement);
    return proxy;
  };
  return new Proxy(d1, {
    get(target, name) {
      if (name === "prepare") return (query: string) => wrapped(target.prepare(query));
      if (name === "batch")
        return (statements: D1PreparedStatement[]) => {
          const unwrapped = statements.map((one) => real.get(one) ?? one);
          return steps.step(`${whose} D1 batch`, time, () => time.during(target.batch(unwrapped)));
        };
      throw new Error(`D1's ${String(name)} is not used by the service`);
    },
  });
}

/** The provider as it is, but that each call to it is a step. */
export function faultyProvider(provider: PaymentProvider, steps: Steps, time: VirtualTime): PaymentProvider {
  return new Proxy(provider, {
    get(target, name) {
      const method = Reflect.get(target, name);
      if (typeof method !== "function" || name === "accepts") return method;
      return (...values: unknown[]) => steps.step(`provider ${String(name)}`, time, () => method.apply(target, values));
    },
  });
}

/** A queue that only remembers: nothing is delivered unless a test does it. */
export function faultyQueue<Body>(accept: (message: Body) => void, steps: Steps, time: VirtualTime) {
  const sendBatch: Queue<Body>["sendBatch"] = (messages) =>
    steps.step("queue sendBatch", time, async () => {
      for (const { body } of messages) accept(structuredClone(body));
      return { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };
    });
  return { sendBatch } as Queue<Body>;
}

/** The object behind a stub: arguments and results are copied, and each call is a step. */
export function faultyObject<Calls extends object>(
  call: (method: string, values: unknown[]) => Promise<unknown>,
  steps: Steps,
  time: VirtualTime,
): Calls {
  return new Proxy({} as Calls, {
    get(_, name) {
      const method = String(name);
      return (...values: unknown[]) =>
        steps.step(`object ${method}`, time, async () => structuredClone(await call(method, structuredClone(values))));
    },
  });
}

function never<T>(): Promise<T> {
  return new Promise(() => {});
}

/** The service's log names the class of what it caught. */
export class PlannedFault extends Error {
  override readonly name = "PlannedFault";
}

function broken(step: string, fault: Fault): Error {
  const error = new PlannedFault(`${step} ${fault}`);
  return fault.endsWith("to be retried") ? Object.assign(error, { retryable: true }) : error;
}
