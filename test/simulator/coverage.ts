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

const WITHOUT_PAYMENT: readonly Situation[] = ["no reservation", "held", "held, overdue"];
const OF_MESSAGES: readonly Fault[] = FAULTS.filter(
  (fault) => fault.startsWith("message") || fault === "queue loses all",
);
const OF_THE_QUEUE: readonly Fault[] = ["queue fails", "queue takes it, then fails", "queue hangs"];
const OF_CONSUMERS: readonly Fault[] = ["consumer crashes", "consumer crashes, message lost"];
const OF_PROVIDER_CALLS: readonly Fault[] = [
  "provider unreachable",
  "provider does it, then fails",
  "provider hangs",
  "provider lands late",
];
const SETTLED: readonly Situation[] = ["held, payment failed", "confirmed", "cancelled", "expired", "refunded"];

const UNSETTLED: readonly Situation[] = [
  "pending",
  "pending, cancel deferred",
  "pending, expiry deferred",
  "confirmed, other pending",
  "confirmed, refund due",
  "released, refund due",
];

export const EXCLUSIONS: readonly Exclusion[] = [
  {
    faults: [...OF_MESSAGES, ...OF_THE_QUEUE, ...OF_CONSUMERS, ...OF_PROVIDER_CALLS],
    situations: WITHOUT_PAYMENT,
    why: "without a payment there is no message, and nothing for the provider to do",
  },
  {
    faults: [...OF_THE_QUEUE, ...OF_MESSAGES.filter((fault) => fault !== "message reordered"), ...OF_PROVIDER_CALLS],
    situations: SETTLED,
    why: "only what is not settled is sent and charged; what becomes of an old message of something settled changes nothing",
  },
  {
    faults: ["provider is slow", "provider declines"],
    situations: SITUATIONS.filter((it) => !it.startsWith("pending") && it !== "confirmed, other pending"),
    why: "only a pending payment is charged for the first time",
  },
  {
    faults: ["provider has forgotten"],
    situations: SITUATIONS.filter((it) => !UNSETTLED.includes(it)),
    why: "only a payment that is not settled for a day is asked for again",
  },
  {
    faults: ["provider has forgotten"],
    situations: ["confirmed, other pending", "confirmed, refund due"],
    why: "takes two payments of one reservation, one of them hanging for a day",
  },
  {
    faults: ["provider has forgotten"],
    situations: ["pending"],
    why: "after a day the hold's deadline is over, and its expiry deferred",
  },
  {
    faults: ["cache fails", "cache hangs", "object crashes between commits"],
    situations: ["held, overdue"],
    why: "whatever commits releases what is due first, so that an overdue hold is hardly ever there at that moment",
  },
  {
    faults: ["provider succeeds after all"],
    situations: ["held, overdue"],
    why: "between a deadline and its alarm pass milliseconds, and the news releases what is due before it is heard",
  },
  {
    faults: ["provider succeeds after all"],
    situations: ["no reservation", "held", "released, refund due", "confirmed, refund due", "refunded"],
    why: "only a payment that was declined succeeds late; a second one of the same reservation takes three payments",
  },
  {
    faults: ["provider succeeds after all"],
    situations: ["confirmed, other pending"],
    why: "takes three payments of one reservation",
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

  /** Pairs that should have met, and did not. */
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
