// Spares a dependency that keeps failing, and callers the wait for it, in one isolate.

import { SECOND_MS } from "../../domain/units.ts";
import { ServiceError } from "../errors.ts";
import { errorFields, log } from "../log.ts";

/** The dependency was not called, because its circuit is open. The log says why it opened. */
export class CircuitOpen extends ServiceError {}

export interface Circuit {
  /** In a row. */
  readonly failures: number;
  /** Once the circuit is open: when the next trial call may be made. */
  readonly nextTrialAtMs: number;
}

export const CLOSED: Circuit = { failures: 0, nextTrialAtMs: 0 };

const FAILURES_TO_OPEN = 3;
const OPEN_FOR_MS = 10 * SECOND_MS;

const circuits = new Map<string, Circuit>();

/** Throws what `work` throws, and `CircuitOpen` instead of calling it while the circuit is open. */
export async function withCircuitBreaker<T>(name: string, work: () => Promise<T>): Promise<T> {
  const admitted = admit(circuits.get(name) ?? CLOSED, Date.now());
  if (admitted === null) throw new CircuitOpen("circuit open");
  circuits.set(name, admitted);
  try {
    const value = await work();
    record(name, CLOSED);
    return value;
  } catch (fault) {
    record(name, afterFailure(circuits.get(name) ?? CLOSED, Date.now()), fault);
    throw fault;
  }
}

function isOpen({ failures }: Circuit): boolean {
  return failures >= FAILURES_TO_OPEN;
}

/**
 * The circuit with a call admitted, or null while it is open. Every ten seconds it admits one trial
 * call, and puts the next one off before that begins, because its request may be cut off.
 */
export function admit(circuit: Circuit, nowMs: number): Circuit | null {
  if (!isOpen(circuit)) return circuit;
  const waitMs = circuit.nextTrialAtMs - nowMs;
  // A clock that was set back does not keep the circuit open for longer.
  if (waitMs > 0 && waitMs <= OPEN_FOR_MS) return null;
  return { ...circuit, nextTrialAtMs: nowMs + OPEN_FOR_MS };
}

export function afterFailure({ failures }: Circuit, nowMs: number): Circuit {
  return { failures: failures + 1, nextTrialAtMs: nowMs + OPEN_FOR_MS };
}

/** Logs only when a circuit opens and when it closes. */
function record(name: string, circuit: Circuit, fault?: unknown): void {
  const wasOpen = isOpen(circuits.get(name) ?? CLOSED);
  circuits.set(name, circuit);
  // The first word alone: an address may have somebody's name in it.
  const [what] = name.split(" ");
  if (!wasOpen && isOpen(circuit)) log("warn", "circuit opened", { circuit: what, ...errorFields(fault) });
  if (wasOpen && !isOpen(circuit)) log("info", "circuit closed", { circuit: what });
}
