// Which fault met which state of a reservation or an order, how often, and which are left out; and
// what happened at doors.

import { FAULTS, type Fault, faultsOf, OF_ORDERS } from "./faults.ts";
import { ORDER_SITUATIONS } from "./order-mirror.ts";
import { SCENES, type Scene } from "./scenes.ts";
import { type AnySituation, SITUATIONS } from "./situations.ts";

export type Counts = Readonly<Record<string, number>>;

const startingWith = (...names: readonly string[]) =>
  FAULTS.filter((fault) => names.some((name) => fault.startsWith(name)));
const FAULTS_OF_RESERVATIONS = FAULTS.filter((fault) => !OF_ORDERS.includes(fault));

const SENDING = [
  ...startingWith("message dropped", "message duplicated", "message delayed"),
  ...faultsOf("queue"),
  ...faultsOf("provider"),
];
const CONSUMER = startingWith("consumer crashes");
const WITHOUT_PAYMENT: readonly AnySituation[] = [
  ...(["no reservation", "held", "held, overdue"] as const),
  ...(["no order", "order reserving", "order refused", "order held", "transfer awaited"] as const),
];
const AT_COUNTER: readonly AnySituation[] = ["transfer awaited", "sold at the counter"];
const GIVEN_BACK: readonly AnySituation[] = [
  ...(["given back in part", "given back", "order given back in part", "order given back"] as const),
];
const REFUND_FAILED: readonly AnySituation[] = ["refund failed", "order's refund failed"];
const REFUNDING: readonly AnySituation[] = ["refund under way", "order's refund under way"];
const SETTLED: readonly AnySituation[] = [
  ...(["held, payment failed", "confirmed", "cancelled", "expired", "refunded"] as const),
  ...(["order held, payment failed", "order beginning", "order preparing", "order confirming"] as const),
  ...(["order confirmed", "order ending", "order ended", "order refunded", "sold at the counter"] as const),
  ...[...GIVEN_BACK, ...REFUND_FAILED],
];
const ANY: readonly AnySituation[] = [...SITUATIONS, ...ORDER_SITUATIONS];
const UNSETTLED_FOR_A_DAY: readonly AnySituation[] = [
  ...(["pending, cancel deferred", "pending, expiry deferred", "released, refund due"] as const),
  ...(["confirmed, other pending", "confirmed, refund due"] as const),
  ...(["order charging", "order charging, cancel deferred", "order's refund due"] as const),
  ...REFUNDING,
];
const CHARGED: readonly AnySituation[] = ["order charging", "order charging, cancel deferred"];
const DONE: readonly AnySituation[] = [
  ...(["order confirmed", "order ended", "order given back in part", "order given back"] as const),
  ...(["order's refund under way", "order's refund failed", ...AT_COUNTER] as const),
];
const BRIEF: readonly AnySituation[] = [
  ...(["order beginning", "order preparing", "order confirming", "order ending", "order taking back"] as const),
];

const OWED: readonly AnySituation[] = [
  ...(["confirmed, other pending", "confirmed, refund due", "released, refund due"] as const),
  ...(["order's refund due", "order taking back", "order confirming"] as const),
  ...REFUNDING,
];
const REFUND_FAULTS = startingWith("refund is pending", "refund fails", "refund comes back");

interface Pairs {
  readonly faults: readonly Fault[];
  readonly situations: readonly AnySituation[];
  readonly why: string;
}

/** What can't happen, or changes nothing. */
const EXCLUSIONS: readonly Pairs[] = [
  {
    faults: [...SENDING, ...startingWith("message", "queue loses all", "provider succeeds after all")],
    situations: WITHOUT_PAYMENT,
    why: "without a payment there is no message, and the provider has nothing to do",
  },
  {
    faults: CONSUMER,
    situations: [...WITHOUT_PAYMENT.filter((it) => it !== "no reservation"), "order beginning", "sold at the counter"],
    why: "without a payment at the provider there is no message, nor before it has begun everywhere",
  },
  {
    faults: SENDING,
    situations: SETTLED,
    why: "only unsettled payments are sent and charged; what a late consumer does for a settled one changes nothing",
  },
  {
    faults: startingWith("message dead-lettered", "queue loses all"),
    situations: SETTLED,
    why: "the loss of an old message of a settled payment changes nothing",
  },
  {
    faults: ["message reordered"],
    situations: ["order beginning", "order ending", ...GIVEN_BACK, ...REFUND_FAILED, "sold at the counter"],
    why: "an old message of what is settled changes nothing",
  },
  {
    faults: ["provider succeeds after all"],
    situations: ["sold at the counter"],
    why: "the provider has no part in it",
  },
  {
    faults: ["provider is slow", "provider declines"],
    situations: ANY.filter((it) => !it.includes("pending") && !CHARGED.includes(it)),
    why: "only a pending payment is charged for the first time",
  },
  {
    faults: ["provider has forgotten"],
    situations: ANY.filter((it) => !UNSETTLED_FOR_A_DAY.includes(it)),
    why: "only a payment unsettled for a day is charged or refunded again, and by then its hold's deadline is over",
  },
  {
    faults: faultsOf("participant"),
    situations: [...CHARGED, ...DONE],
    why: "nothing is left to do in its ticket types",
  },
  {
    faults: faultsOf("question"),
    situations: DONE,
    why: "ticket types ask only for payments that wait",
  },
  {
    faults: REFUND_FAULTS,
    situations: ANY.filter((it) => !OWED.includes(it)),
    why: "money goes back only where a refund is due or under way",
  },
  {
    faults: ["payment disputed"],
    situations: [...WITHOUT_PAYMENT, "sold at the counter"],
    why: "nothing has been charged",
  },
  {
    faults: ["account closed"],
    situations: ["no order", ...AT_COUNTER],
    why: "it is about the account's own orders",
  },
];

/** What can happen, but takes several rare things at once. It is counted, and may be missing. */
const RARE: readonly Pairs[] = [
  {
    faults: ["object restored"],
    situations: [
      ...(["held, overdue", "held, payment failed", "pending, cancel deferred", "confirmed, other pending"] as const),
      ...(["confirmed, refund due", "released, refund due", "order reserving", "order refused"] as const),
      ...(["order held, payment failed", "order charging, cancel deferred", "order's refund due"] as const),
      ...[...REFUNDING, ...REFUND_FAILED, ...BRIEF],
    ],
    why: "it is done only where no payment has changed since the bookmark",
  },
  {
    faults: faultsOf("question"),
    situations: [
      ...(["no order", "order reserving", "order refused", "order held, payment failed"] as const),
      ...(["order's refund due", "order refunded", "order preparing", "order confirming", "order ending"] as const),
      ...(["order taking back", "transfer awaited"] as const),
    ],
    why: "a ticket type that has waited for long asks in the moment in which the order has decided",
  },
  {
    faults: faultsOf("participant"),
    situations: ["order refunded"],
    why: "one payment is refunded, and the next one can't begin everywhere",
  },
  {
    faults: [...startingWith("call lost", "reply lost", "object overloaded"), "order overloaded"],
    situations: BRIEF,
    why: "few calls come from outside in these milliseconds",
  },
  {
    faults: ["consumer crashes, message lost", "provider succeeds after all"],
    situations: BRIEF,
    why: "they last for milliseconds, and take an earlier payment or a consumer that is at work",
  },
  {
    faults: ["provider has forgotten"],
    situations: ["confirmed, refund due"],
    why: "it takes two payments that succeed, and a day without a provider",
  },
  {
    faults: ["provider succeeds after all"],
    situations: [...GIVEN_BACK, ...REFUNDING, ...REFUND_FAILED],
    why: "it takes a payment that was declined before the one whose money comes back",
  },
  {
    faults: [...SENDING, ...CONSUMER, ...startingWith("message", "queue loses all")],
    situations: ["order taking back"],
    why: "its ticket types have acknowledged long before a message is sent",
  },
  {
    faults: REFUND_FAULTS,
    situations: ["order confirming"],
    why: "an earlier payment has succeeded late, too, and the next one is confirmed in these milliseconds",
  },
  {
    faults: ["payment disputed"],
    situations: [
      ...(["held, payment failed", "pending, expiry deferred", "cancelled", "expired"] as const),
      ...(["order held, payment failed", "order's refund failed", "refund failed", ...BRIEF] as const),
      ...(["order ended"] as const),
    ],
    why: "a declined payment has taken the money all the same, or it is a matter of moments",
  },
  {
    faults: ["back to draft"],
    situations: REFUND_FAILED,
    why: "an event goes back only where nothing of it is sold or held any more",
  },
  {
    faults: ["account closed"],
    situations: [...GIVEN_BACK, ...REFUNDING, ...REFUND_FAILED, "order taking back"],
    why: "few buyers close their account just after they gave back",
  },
  {
    faults: ["object crashes between commits"],
    situations: ["held, overdue"],
    why: "each commit releases due holds first, so that hardly any is overdue at that moment",
  },
];

export class Coverage {
  readonly #counts = new Map<string, number>();

  count(fault: Fault, situation: AnySituation): void {
    this.add({ [pairOf(fault, situation)]: 1 });
  }

  saw(scene: Scene): void {
    this.add({ [scene]: 1 });
  }

  add(counts: Counts): void {
    for (const [pair, times] of Object.entries(counts)) this.#counts.set(pair, (this.#counts.get(pair) ?? 0) + times);
  }

  counts(): Counts {
    return Object.fromEntries(this.#counts);
  }

  /** Pairs that never met, though they can, and scenes that nobody saw. */
  missing(): string[] {
    const pairs = [...pairsOf(FAULTS_OF_RESERVATIONS, SITUATIONS), ...pairsOf(FAULTS, ORDER_SITUATIONS)];
    return [...pairs, ...SCENES].filter((it) => !this.#counts.has(it));
  }

  /** A row for each fault, a column for each state; `-` for what is left out and did not happen. */
  table(): string {
    const textOf = ({ faults, situations, why }: Pairs) => `${faults.join(", ")} × ${situations.join(", ")}: ${why}`;
    return [
      ...this.#rows(FAULTS_OF_RESERVATIONS, SITUATIONS),
      ...this.#rows(FAULTS, ORDER_SITUATIONS),
      ...EXCLUSIONS.map((pairs) => `left out: ${textOf(pairs)}`),
      ...RARE.map((pairs) => `rare: ${textOf(pairs)}`),
      ...SCENES.map((scene) => `at doors, ${scene}: ${this.#counts.get(scene) ?? 0}`),
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
  return [...EXCLUSIONS, ...RARE].some(
    ({ faults, situations }) => faults.includes(fault) && situations.includes(situation),
  );
}

function pairOf(fault: Fault, situation: AnySituation): string {
  return `${fault} × ${situation}`;
}
