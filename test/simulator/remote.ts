// A call that leaves a process: it arrives later, or not at all, and its answer arrives later, or
// not at all.

import type { Prng } from "../support/prng.ts";
import type { Fault } from "./faults.ts";
import type { Owner } from "./timeline.ts";
import type { Outage, World } from "./world.ts";

export interface RemoteCall<T> {
  readonly label: string;
  /** Who waits for the answer. */
  readonly owner: Owner;
  readonly faults: readonly Fault[];
  /** Its outages make every call fail or hang. */
  readonly part: Outage | null;
  /** The reservations or payments that it is about; null for all there are. */
  readonly about: readonly string[] | null;
  readonly execute: () => T | Promise<T>;
  readonly error: (fault: Fault | null) => Error;
}

type Course = "fails" | "done, then fails" | "hangs" | "done, never answers" | "lands late" | "normal";

const COURSES: Readonly<Partial<Record<Fault, Course>>> = {
  "D1 fails": "fails",
  "D1 does it, then fails": "done, then fails",
  "D1 hangs": "hangs",
  "D1 lands late": "lands late",
  "cache fails": "fails",
  "cache hangs": "hangs",
  "queue fails": "fails",
  "queue takes it, then fails": "done, then fails",
  "queue hangs": "hangs",
  "call lost": "fails",
  "call lost, not retryable": "fails",
  "object overloaded": "fails",
  "call delayed": "normal",
  "reply lost": "done, then fails",
  "provider unreachable": "fails",
  "provider does it, then fails": "done, then fails",
  "provider hangs": "hangs",
  "provider lands late": "lands late",
};

/** The result as it reaches the owner. A request arrives even if its sender is dead by then. */
export function remote<T>(world: World, call: RemoteCall<T>): Promise<T> {
  // A dead process sends nothing.
  if (!call.owner.alive) return new Promise(() => {});
  const choice = world.choose();
  const { immediate } = call.owner;
  const fault = immediate ? null : world.strike(choice, call.faults, call.about);
  const course = courseOf(world, call, fault, choice.prng);
  const sendMs =
    (immediate ? 0 : latencyMs(choice.prng)) + (fault === "call delayed" ? choice.prng.between(200, 20_000) : 0);
  const answerMs = latencyMs(choice.prng);
  const lateMs = choice.prng.between(5_000, 300_000);
  return new Promise((resolve, reject) => {
    const answer = (label: string, give: () => void) => world.timeline.add(answerMs, label, call.owner, give);
    const fail = () => answer(`${call.label} fails for ${call.owner.name}`, () => reject(call.error(fault)));
    if (course === "fails") {
      fail();
      return;
    }
    if (course === "hangs") return;
    const arrive = () => {
      const done = new Promise<T>((settle) => settle(call.execute()));
      done.then(
        (value) => {
          if (course === "done, never answers") return;
          if (course === "done, then fails") fail();
          else answer(`${call.label} answers ${call.owner.name}`, () => resolve(value));
        },
        (error) => answer(`${call.label} fails for ${call.owner.name}`, () => reject(error)),
      );
    };
    world.timeline.add(course === "lands late" ? lateMs : sendMs, call.label, null, arrive);
  });
}

function courseOf<T>(world: World, { part }: RemoteCall<T>, fault: Fault | null, prng: Prng): Course {
  if (part !== null && world.isDown(part))
    // A queue that takes messages and seems not to gets one every ten seconds: that is many steps,
    // and teaches nothing new.
    return prng.pick(
      part === "queue" ? (["fails", "hangs"] as const) : (["fails", "hangs", "done, never answers"] as const),
    );
  if (fault === null) return "normal";
  const course = COURSES[fault] ?? "normal";
  return course === "hangs" && prng.chance(0.5) ? "done, never answers" : course;
}

/** Mostly a few milliseconds; sometimes long enough for others to overtake. */
function latencyMs(prng: Prng): number {
  const kind = prng.fraction();
  if (kind < 0.7) return prng.between(0, 5);
  return kind < 0.95 ? prng.between(5, 60) : prng.between(60, 1_500);
}
