// What is printed of an evening when it is over.

import { type Books, CHECKS } from "./books.ts";
import type { Played } from "./play.ts";

const MOST_LINES = 5;
const SLOWEST_SHOWN = 3;

/** The books in figures, and a line for each check. */
export function linesOfBooks({ books, differs }: Pick<Played, "books" | "differs">): string[] {
  const checks = Object.keys(CHECKS).flatMap((name) => {
    const problems = differs.get(name) ?? [];
    const more = problems.length > MOST_LINES ? [`       … and ${problems.length - MOST_LINES} more`] : [];
    return [
      `  ${problems.length === 0 ? "ok  " : "NOT "} ${name}`,
      ...problems.slice(0, MOST_LINES).map((line) => `       ${line}`),
      ...more,
    ];
  });
  return [...figuresOf(books), ...checks];
}

function figuresOf({
  tickets,
  passes,
  admittances,
  movements,
  takings,
  receipts,
  owed,
  purchases,
  counter,
}: Books): string[] {
  const sum = (amounts: readonly number[]) => amounts.reduce((all, amount) => all + amount, 0);
  const paid = sum(movements.filter(isDone("charge")).map(({ amount }) => amount));
  const back = sum(movements.filter(isDone("refund")).map(({ amount }) => amount));
  const atCounter = sum(takings.filter(({ method }) => method !== "online").map(({ taken }) => taken.amount));
  const admitted = passes.filter(({ state }) => state === "admitted").length;
  const copies = admittances.filter(({ who }) => who === "copy").length;
  const bought = purchases.filter(({ isConfirmed }) => isConfirmed).length;
  const sold = tickets.map(({ name, sold, capacity }) => `${name} ${sold} of ${capacity}`).join(", ");
  return [
    `  sold       ${sold}: ${bought} purchases online, ${counter.length} at the counter`,
    `  holds      ${purchases.length}, of which ${purchases.length - bought} were given up`,
    `  door       ${admitted} in, ${passes.filter(({ state }) => state === "valid").length} absent, ${copies} copies refused`,
    `  money      ${euros(paid)} paid online, ${euros(back)} given back, ${euros(atCounter)} at the counter`,
    `  papers     ${receipts.length} receipts and credit notes, ${owed.length} mails`,
  ];
}

function isDone(kind: string) {
  return (movement: Books["movements"][number]) => movement.kind === kind && movement.state === "succeeded";
}

function euros(cents: number): string {
  return `€${(cents / 100).toFixed(2)}`;
}

export function linesOfTime({ tookMs, line }: Pick<Played, "tookMs" | "line">): string[] {
  const parts = [...tookMs].map(([part, ms]) => `${part} ${(ms / 1_000).toFixed(1)} s`).join(", ");
  const { calls, repeats, slowdowns } = line.counts;
  const slowest = [...line.slowestMs].sort(([, one], [, other]) => other - one).slice(0, SLOWEST_SHOWN);
  return [
    `  time       ${parts}`,
    `  requests   ${calls}, of which ${repeats} were repeats and ${slowdowns} told to slow down`,
    `  slowest    ${slowest.map(([route, ms]) => `${route} ${(ms / 1_000).toFixed(1)} s`).join(", ")}`,
  ];
}
