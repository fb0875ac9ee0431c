// Which fault met which state of a reservation, how often, and which pairs can't meet.

import { FAULTS, type Fault, faultsOf } from "./faults.ts";
import { SITUATIONS, type Situation } from "./mirror.ts";

export type Counts = Readonly<Record<string, number>>;

const startingWith = (...names: readonly string[]) =>
  FAULTS.filter((fault) => names.some((name) => fault.startsWith(name)));
const OF_MESSAGES = startingWith("message", "queue loses all");
const DEFERRED: readonly Situation[] = ["pending, cancel deferred", "pending, expiry deferred", "released, refund due"];
const AFTER_SUCCESS: readonly Situation[] = [
  "confirmed, other pending",
  "confirmed, refund due",
  "released, refund due",
  "refunded",
];

const EXCLUSIONS: readonly { faults: readonly Fault[]; situations: readonly Situation[]; why: string }[] = [
  {
    faults: [...OF_MESSAGES, ...startingWith("consumer crashes"), ...faultsOf("queue"), ...faultsOf("provider")],
    situations: ["no reservation", "held", "held, overdue"],
    why: "without a payment there is no message, and the provider has nothing to do",
  },
  {
    faults: [...OF_MESSAGES.filter((it) => it !== "message reordered"), ...faultsOf("queue"), ...faultsOf("provider")],
    situations: ["held, payment failed", "confirmed", "cancelled", "expired", "refunded"],
    why: "only unsettled payments are sent and charged; an old message of a settled one changes nothing",
  },
  {
    faults: ["provider is slow", "provider declines"],
    situations: SITUATIONS.filter((it) => !it.includes("pending")),
    why: "only a pending payment is charged for the first time",
  },
  {
    faults: ["provider has forgotten"],
    situations: SITUATIONS.filter((it) => !DEFERRED.includes(it)),
    why: "only a payment unsettled for a day is charged again, after its hold's deadline; a confirmed one would need two",
  },
  {
    faults: ["cache fails", "cache hangs", "object crashes between commits"],
    situations: ["held, overdue"],
    why: "each commit releases due holds first, so that hardly any is overdue at that moment",
  },
  {
    faults: ["provider succeeds after all"],
    situations: ["no reservation", "held", "held, overdue", ...AFTER_SUCCESS],
    why: "only a declined payment succeeds late: an overdue hold is released first, and the others take three payments",
  },
  {
    faults: ["back to draft", "event deleted", "ticket type deleted", "account closed"],
    situations: ["confirmed, refund due"],
    why: "it lasts for seconds, and takes two payments of one buyer: people hardly ever do these at that moment",
  },
];

export class Coverage {
  readonly #counts = new Map<string, number>();

  count(fault: Fault, situation: Situation): void {
    this.add({ [pairOf(fault, situation)]: 1 });
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

  /** A row for each fault, a column for each state; `-` for what `EXCLUSIONS` leaves out. */
  table(): string {
    const width = Math.max(...FAULTS.map((fault) => fault.length));
    const heads = SITUATIONS.map((situation, index) => `${String.fromCharCode(65 + index)} ${situation}`);
    const cell = (fault: Fault, situation: Situation) => {
      const times = this.#counts.get(pairOf(fault, situation)) ?? 0;
      return (times === 0 && isExcluded(fault, situation) ? "-" : String(times)).padStart(8);
    };
    const letters = heads.map((head) => head.slice(0, 1).padStart(8)).join("");
    const rows = FAULTS.map((fault) => fault.padEnd(width) + SITUATIONS.map((it) => cell(fault, it)).join(""));
    const excluded = EXCLUSIONS.map(({ faults, situations, why }) => {
      return `left out: ${faults.join(", ")} × ${situations.join(", ")}: ${why}`;
    });
    return [heads.join(" · "), " ".repeat(width) + letters, ...rows, ...excluded].join("\n");
  }
}

function isExcluded(fault: Fault, situation: Situation): boolean {
  return EXCLUSIONS.some(({ faults, situations }) => faults.includes(fault) && situations.includes(situation));
}

function pairOf(fault: Fault, situation: Situation): string {
  return `${fault} × ${situation}`;
}
