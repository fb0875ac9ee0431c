// Every fault that the simulator can inject, by where it strikes, and how often.

import type { Prng } from "./prng.ts";

export const FAULTS = [
  "D1 fails",
  "D1 does it, then fails",
  "D1 hangs",
  "D1 lands late",
  "cache fails",
  "cache hangs",
  "queue fails",
  "queue takes it, then fails",
  "queue hangs",
  "message dropped",
  "message duplicated",
  "message delayed",
  "message reordered",
  "message dead-lettered",
  "queue loses all",
  "call lost",
  "call lost, not retryable",
  "call delayed",
  "reply lost",
  "object overloaded",
  "provider unreachable",
  "provider does it, then fails",
  "provider hangs",
  "provider lands late",
  "provider is slow",
  "provider declines",
  "provider succeeds after all",
  "provider has forgotten",
  "alarm early",
  "alarm late",
  "alarm twice",
  "alarm never",
  "object crashes",
  "object crashes between commits",
  "consumer crashes",
  "consumer crashes, message lost",
  "clock jumps back",
  "clock jumps ahead",
  "storage fails",
] as const;

export type Fault = (typeof FAULTS)[number];

/** How likely each fault is where it can strike; what is not named never strikes. */
export type FaultRates = Readonly<Partial<Record<Fault, number>>>;

// How often each fault strikes in a run of middling roughness. Those that end a process or lose
// what nobody repeats are rarer, so that runs get somewhere.
const USUAL_RATES: FaultRates = {
  "D1 fails": 0.05,
  "D1 does it, then fails": 0.05,
  "D1 hangs": 0.03,
  "D1 lands late": 0.05,
  "cache fails": 0.15,
  "cache hangs": 0.1,
  "queue fails": 0.08,
  "queue takes it, then fails": 0.08,
  "queue hangs": 0.05,
  "message dropped": 0.1,
  "message duplicated": 0.15,
  "message delayed": 0.15,
  "message reordered": 0.2,
  "message dead-lettered": 0.08,
  "call lost": 0.05,
  "call lost, not retryable": 0.03,
  "call delayed": 0.08,
  "reply lost": 0.08,
  "object overloaded": 0.02,
  "provider unreachable": 0.1,
  "provider does it, then fails": 0.1,
  "provider hangs": 0.08,
  "provider lands late": 0.08,
  "provider is slow": 0.15,
  "provider declines": 0.15,
  "alarm early": 0.08,
  "alarm late": 0.1,
  "alarm twice": 0.08,
  "alarm never": 0.08,
  "object crashes": 0.03,
  "object crashes between commits": 0.04,
  "consumer crashes": 0.06,
  "consumer crashes, message lost": 0.03,
  "storage fails": 0.01,
};

/**
 * Some of the faults, more or less of them: runs in which everything fails at once reach few
 * states.
 */
export function drawRates(prng: Prng): FaultRates {
  const roughness = prng.pick([0, 0.3, 1, 1, 1.5, 2.5]);
  const share = prng.pick([0.3, 0.6, 1]);
  const chosen = Object.entries(USUAL_RATES).filter(() => prng.chance(share));
  return Object.fromEntries(chosen.map(([fault, rate]) => [fault, rate * roughness]));
}
