// A call that leaves a process: it and its answer arrive later, or not at all.

import type { Prng } from "../support/prng.ts";
import { COURSES, type Course, type Fault, faultsOf, type Part } from "./faults.ts";
import type { Owner } from "./timeline.ts";
import type { World } from "./world.ts";

const FAILS: readonly Course[] = ["fails", "fails for good", "overloaded", "busy"];

export interface RemoteCall<T> {
  readonly label: string;
  readonly owner: Owner;
  readonly part: Part;
  /** The reservations or payments that it is about; null for all there are. */
  readonly about: readonly string[] | null;
  readonly execute: () => T | Promise<T>;
  readonly error: (course: Course) => Error;
}

/** The result as it reaches the owner. A request arrives even if its sender is dead by then. */
export function remote<T>(world: World, call: RemoteCall<T>): Promise<T> {
  // A dead process sends nothing.
  if (!call.owner.alive) return new Promise(() => {});
  const choice = world.choose();
  const { immediate } = call.owner;
  const fault = immediate ? null : world.strike(choice, faultsOf(call.part), call.about);
  const course = courseOf(world, call.part, fault, choice.prng);
  const sendMs = immediate ? 0 : latencyMs(choice.prng);
  const delayMs = course === "delayed" ? choice.prng.between(200, 20_000) : 0;
  const answerMs = latencyMs(choice.prng);
  const lateMs = choice.prng.between(5_000, 300_000);
  return new Promise((resolve, reject) => {
    const answer = (label: string, give: () => void) => world.timeline.add(answerMs, label, call.owner, give);
    const fail = () => answer(`${call.label} fails for ${call.owner.name}`, () => reject(call.error(course)));
    if (FAILS.includes(course)) fail();
    if (FAILS.includes(course) || course === "hangs") return;
    const arrive = () => {
      const done = new Promise<T>((settle) => settle(call.execute()));
      done.then(
        (value) => {
          if (course === "done, then fails") fail();
          if (course === "done, then fails" || course === "done, then hangs") return;
          answer(`${call.label} answers ${call.owner.name}`, () => resolve(value));
        },
        (error) => answer(`${call.label} fails for ${call.owner.name}`, () => reject(error)),
      );
    };
    world.timeline.add(course === "lands late" ? lateMs : sendMs + delayMs, call.label, null, arrive);
  });
}

function courseOf(world: World, part: Part, fault: Fault | null, prng: Prng): Course {
  // A queue that is down and takes messages gets one every ten seconds, which teaches nothing new.
  const whenDown: Course[] = part === "queue" ? ["fails", "hangs"] : ["fails", "hangs", "done, then hangs"];
  if (part === "provider") whenDown.push("busy");
  if (world.isDown(part)) return prng.pick(whenDown);
  const course = (fault === null ? null : COURSES[part][fault]) ?? "normal";
  return course === "hangs" && prng.chance(0.5) ? "done, then hangs" : course;
}

/** Mostly a few milliseconds; sometimes long enough for others to overtake. */
function latencyMs(prng: Prng): number {
  const kind = prng.fraction();
  if (kind < 0.7) return prng.between(0, 5);
  return kind < 0.95 ? prng.between(5, 60) : prng.between(60, 1_500);
}
