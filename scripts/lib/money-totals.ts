// What `npm run reconcile` adds up: what was taken, given back and disputed, here and at the
// payment provider.

import type * as z from "zod";
import { exponentOf } from "../../src/domain/currency.ts";
import type { Reconciliation } from "../../src/worker/reconciliation/schemas.ts";

/** A service of an earlier version says nothing of it. */
type Part = Partial<Pick<z.output<typeof Reconciliation>, "money">>;

const NOTHING = { taken: 0, given_back: 0, disputed: 0 };
type Sums = typeof NOTHING;
const COLUMNS = Object.keys(NOTHING) as (keyof Sums)[];
const WORDS: Readonly<Record<keyof Sums, string>> = { taken: "taken", given_back: "given back", disputed: "disputed" };

export class MoneyTotals {
  /** By currency. */
  readonly #totals = new Map<string, { readonly here: Sums; readonly atProvider: Sums }>();

  add({ money = [] }: Part): void {
    for (const { here, at_provider: atProvider } of money) {
      const { currency } = here.taken;
      const total = this.#totals.get(currency) ?? { here: { ...NOTHING }, atProvider: { ...NOTHING } };
      for (const column of COLUMNS) {
        total.here[column] += here[column].amount;
        total.atProvider[column] += atProvider[column].amount;
      }
      this.#totals.set(currency, total);
    }
  }

  /** Whether the payment provider says the same, to the cent. */
  addUp(): boolean {
    return [...this.#totals.values()].every(isSame);
  }

  lines(): string[] {
    return [...this.#totals].flatMap(([currency, total]) => {
      const here = `${currency}: ${textOf(total.here, currency)}`;
      if (isSame(total)) return [`${here}. So says the payment provider.`];
      return [here, `  The payment provider says: ${textOf(total.atProvider, currency)}`];
    });
  }
}

function isSame({ here, atProvider }: { readonly here: Sums; readonly atProvider: Sums }): boolean {
  return COLUMNS.every((column) => here[column] === atProvider[column]);
}

function textOf(sums: Sums, currency: string): string {
  const decimals = exponentOf(currency);
  return COLUMNS.map((column) => `${WORDS[column]} ${(sums[column] / 10 ** decimals).toFixed(decimals)}`).join(", ");
}
