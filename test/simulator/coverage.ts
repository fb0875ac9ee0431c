// Which fault met which state of a reservation or an order, how often, and which pairs can't meet.

import { FAULTS, type Fault, faultsOf, OF_ORDERS } from "./faults.ts";
import { ORDER_SITUATIONS, type OrderSituation } from "./order-mirror.ts";
import { type AnySituation, SITUATIONS, type Situation } from "./situations.ts";

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

const FAULTS_OF_RESERVATIONS = FAULTS.filter((fault) => !OF_ORDERS.includes(fault));

const UNPAID: readonly OrderSituation[] = ["no order", "order reserving", "order refused", "order held"];
const BRIEF: readonly OrderSituation[] = ["order beginning", "order preparing", "order confirming", "order ending"];
const AT_REST: readonly OrderSituation[] = ["order confirmed", "order ended", "order's refund due", "order refunded"];

const EXCLUSIONS: readonly { faults: readonly Fault[]; situations: readonly AnySituation[]; why: string }[] = [
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
  {
    faults: [...OF_MESSAGES, ...startingWith("consumer crashes"), ...faultsOf("queue"), ...faultsOf("provider")],
    situations: UNPAID,
    why: "without a payment there is no message",
  },
  {
    faults: [...OF_MESSAGES, ...startingWith("consumer crashes"), ...faultsOf("queue"), ...faultsOf("provider")],
    situations: BRIEF,
    why: "they last for milliseconds, and no message is sent for them",
  },
  {
    faults: [...OF_MESSAGES.filter((it) => it !== "message reordered"), ...faultsOf("queue"), ...faultsOf("provider")],
    situations: ["order held, payment failed", "order confirmed", "order ended", "order refunded"],
    why: "only a charge and a refund have messages; an old message of a settled payment changes nothing",
  },
  {
    faults: ["provider is slow", "provider declines", "provider has forgotten"],
    situations: ORDER_SITUATIONS.filter((it) => !it.startsWith("order charging")),
    why: "only a payment that is charged; a refund is hardly ever due for a day",
  },
  {
    faults: ["provider succeeds after all"],
    situations: [...UNPAID, ...BRIEF, "order charging, cancel deferred", "order's refund due", "order refunded"],
    why: "only a declined payment succeeds late, and the others take a second one at that moment",
  },
  {
    faults: faultsOf("participant"),
    situations: ["no order", "order held", "order charging", "order charging, cancel deferred", ...AT_REST],
    why: "nothing is left to do in its ticket types",
  },
  {
    faults: faultsOf("question"),
    situations: ["no order", "order reserving", "order refused", ...AT_REST],
    why: "ticket types ask only for payments that wait",
  },
  {
    faults: startingWith("object restored", "back to draft", "event deleted", "ticket type deleted", "account closed"),
    situations: [...BRIEF, "order charging, cancel deferred", "order's refund due"],
    why: "it lasts for seconds or less: people hardly ever do these at that moment",
  },
];

export class Coverage {
  readonly #counts = new Map<string, number>();

  count(fault: Fault, situation: AnySituation): void {
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
    const pairs = [...pairsOf(FAULTS_OF_RESERVATIONS, SITUATIONS), ...pairsOf(FAULTS, ORDER_SITUATIONS)];
    return pairs.filter((pair) => !this.#counts.has(pair));
  }

  /** A row for each fault, a column for each state; `-` for what `EXCLUSIONS` leaves out. */
  table(): string {
    const excluded = EXCLUSIONS.map(({ faults, situations, why }) => {
      return `left out: ${faults.join(", ")} × ${situations.join(", ")}: ${why}`;
    });
    return [
      ...this.#rows(FAULTS_OF_RESERVATIONS, SITUATIONS),
      ...this.#rows(FAULTS, ORDER_SITUATIONS),
      ...excluded,
    ].join("\n");
  }

  #rows(faults: readonly Fault[], situations: readonly AnySituation[]): string[] {
    const width = Math.max(...FAULTS.map((fault) => fault.length));
    const heads = situations.map((situation, index) => `${String.fromCharCode(65 + index)} ${situation}`);
    const cell = (fault: Fault, situation: AnySituation) => {
      const times = this.#counts.get(pairOf(fault, situation)) ?? 0;
      return (times === 0 && isExcluded(fault, situation) ? "-" : String(times)).padStart(8);
    };
    const letters = heads.map((head) => head.slice(0, 1).padStart(8)).join("");
    const rows = faults.map((fault) => fault.padEnd(width) + situations.map((it) => cell(fault, it)).join(""));
    return [heads.join(" · "), " ".repeat(width) + letters, ...rows];
  }
}

function pairsOf(faults: readonly Fault[], situations: readonly AnySituation[]): string[] {
  return faults.flatMap((fault) =>
    situations.filter((situation) => !isExcluded(fault, situation)).map((situation) => pairOf(fault, situation)),
  );
}

function isExcluded(fault: Fault, situation: AnySituation): boolean {
  return EXCLUSIONS.some(({ faults, situations }) => faults.includes(fault) && situations.includes(situation));
}

function pairOf(fault: Fault, situation: AnySituation): string {
  return `${fault} × ${situation}`;
}
