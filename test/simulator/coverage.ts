// Which fault met which state of a reservation, how often, and which pairs can't meet or would say
// nothing.

import { FAULTS, type Fault } from "./faults.ts";
import { SITUATIONS, type Situation } from "./mirror.ts";

export type Counts = Readonly<Record<string, number>>;

interface Exclusion {
  readonly faults: readonly Fault[];
  readonly situations: readonly Situation[];
  readonly why: string;
}

const startingWith = (...names: readonly string[]) =>
  FAULTS.filter((fault) => names.some((name) => fault.startsWith(name)));
const OF_MESSAGES = startingWith("message", "queue loses all");
const OF_THE_QUEUE = startingWith("queue fails", "queue takes it", "queue hangs");
const OF_CONSUMERS = startingWith("consumer crashes");
const OF_PROVIDER_CALLS = startingWith(
  "provider unreachable",
  "provider does it",
  "provider hangs",
  "provider lands late",
);
const DEFERRED: readonly Situation[] = ["pending, cancel deferred", "pending, expiry deferred", "released, refund due"];
const DECLINED: readonly Situation[] = [
  "held, payment failed",
  "pending",
  "pending, cancel deferred",
  "pending, expiry deferred",
  "confirmed",
  "cancelled",
  "expired",
];

export const EXCLUSIONS: readonly Exclusion[] = [
  {
    faults: [...OF_MESSAGES, ...OF_THE_QUEUE, ...OF_CONSUMERS, ...OF_PROVIDER_CALLS],
    situations: ["no reservation", "held", "held, overdue"],
    why: "without a payment there is no message, and the provider has nothing to do",
  },
  {
    faults: [...OF_THE_QUEUE, ...OF_MESSAGES.filter((fault) => fault !== "message reordered"), ...OF_PROVIDER_CALLS],
    situations: ["held, payment failed", "confirmed", "cancelled", "expired", "refunded"],
    why: "only unsettled payments are sent and charged; an old message of a settled one changes nothing",
  },
  {
    faults: ["provider is slow", "provider declines"],
    situations: SITUATIONS.filter((it) => !it.startsWith("pending") && it !== "confirmed, other pending"),
    why: "only a pending payment is charged for the first time",
  },
  {
    faults: ["provider has forgotten"],
    situations: SITUATIONS.filter((it) => !DEFERRED.includes(it)),
    why:
      "only a payment that is unsettled for a day is charged again; by then its hold's deadline is over, and a confirmed " +
      "reservation would need two payments, one of them hanging for a day",
  },
  {
    faults: ["cache fails", "cache hangs", "object crashes between commits"],
    situations: ["held, overdue"],
    why: "each commit releases due holds first, so that hardly any is overdue at that moment",
  },
  {
    faults: ["provider succeeds after all"],
    situations: SITUATIONS.filter((it) => !DECLINED.includes(it)),
    why:
      "only a payment that was declined succeeds late: an overdue hold is released before the news is handled, and the " +
      "other states take three payments of one reservation",
  },
];

export class Coverage {
  readonly #counts = new Map<string, number>();

  count(fault: Fault, situation: Situation, times = 1): void {
    const pair = pairOf(fault, situation);
    this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + times);
  }

  add(counts: Counts): void {
    for (const [pair, times] of Object.entries(counts)) this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + times);
  }

  counts(): Counts {
    return Object.fromEntries(this.#counts);
  }

  /** Pairs that never met, though they can. */
  missing(): string[] {
    return FAULTS.flatMap((fault) =>
      SITUATIONS.filter((situation) => !isExcluded(fault, situation))
        .map((situation) => pairOf(fault, situation))
        .filter((pair) => !this.#counts.has(pair)),
    );
  }

  /**
   * A row for each fault, a column for each state. `-` is a pair that is left out, with the reasons
   * below.
   */
  table(): string {
    const width = Math.max(...FAULTS.map((fault) => fault.length));
    const heads = SITUATIONS.map((situation, index) => `${String.fromCharCode(65 + index)} ${situation}`);
    const cell = (fault: Fault, situation: Situation) => {
      const times = this.#counts.get(pairOf(fault, situation)) ?? 0;
      return (times === 0 && isExcluded(fault, situation) ? "-" : String(times)).padStart(8);
    };
    const letters = heads.map((head) => head.slice(0, 1).padStart(8)).join("");
    const rows = FAULTS.map((fault) => fault.padEnd(width) + SITUATIONS.map((it) => cell(fault, it)).join(""));
    return [heads.join(" · "), " ".repeat(width) + letters, ...rows, ...EXCLUSIONS.map(textOf)].join("\n");
  }
}

export function isExcluded(fault: Fault, situation: Situation): boolean {
  return EXCLUSIONS.some(({ faults, situations }) => faults.includes(fault) && situations.includes(situation));
}

function pairOf(fault: Fault, situation: Situation): string {
  return `${fault} × ${situation}`;
}

function textOf({ faults, situations, why }: Exclusion): string {
  return `left out: ${faults.join(", ")} × ${situations.join(", ")}: ${why}`;
}
