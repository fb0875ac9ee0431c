// Issues receipts, once for each sale: as soon as somebody asks for them, or else in the sweep.

import type { BatchItem } from "drizzle-orm/batch";
import { drizzle } from "drizzle-orm/d1";
import { type NoReceipt, type Offering, receiptsFor, type Sale, type Unnumbered } from "../../domain/receipt.ts";
import { newLongId } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { type DueRow, dueReceipts, endDue } from "./due.ts";
import { insertReceipt, insertSeries, offeringsOf, type ReceiptRow, receiptsOfSale, salesWithIds } from "./queries.ts";

// The bounds of one sweep. The next one continues.
const SALES_AT_ONCE = 50;
const SALES_PER_SWEEP = 2_000;

/** The receipts of a sale, issued now if there are none yet; or why there are none. */
export async function receiptsOrWhyNot(d1: D1Database, sale: Sale): Promise<readonly ReceiptRow[] | NoReceipt> {
  const issued = await receiptsOfSale(d1, sale.id);
  if (issued.length > 0) return issued;
  const outcome = (await issue(d1, [sale], [])).get(sale.id);
  if (outcome === "failed") throw new Error("the receipt can't be issued");
  return outcome ?? receiptsOfSale(d1, sale.id);
}

/** Issues what became due: with each sale that was paid, and when an event got a seller. */
export async function issueDueReceipts(d1: D1Database): Promise<void> {
  for (let done = 0; done < SALES_PER_SWEEP; done += SALES_AT_ONCE) {
    const due = await dueReceipts(d1, SALES_AT_ONCE);
    if (due.length === 0) return;
    const ids = due.map(({ saleId }) => saleId);
    const outcomes = await issue(d1, await salesWithIds(d1, ids), due);
    if (ids.every((id) => outcomes.get(id) === "failed")) return;
  }
}

/** What came of a sale for which nothing was issued. `failed`: it stays due. */
type Outcome = NoReceipt | "failed";

/**
 * In one transaction: all of them with their numbers, and no longer due. What it read may have
 * changed since: receipts of a sale that were issued meanwhile stay.
 */
async function issue(
  d1: D1Database,
  sales: readonly Sale[],
  due: readonly DueRow[],
): Promise<ReadonlyMap<string, Outcome>> {
  const offerings = await offeringsOf(d1, sales);
  const [issuedAtMs, attempt] = [Date.now(), newLongId()];
  const db = drizzle(d1);
  const outcomes = new Map<string, Outcome>();
  const inserts: BatchItem<"sqlite">[] = sales.flatMap((sale) => {
    const wanted = receiptsOf(sale, offerings);
    if (typeof wanted === "string") {
      outcomes.set(sale.id, wanted);
      return [];
    }
    const about = { saleId: sale.id, source: sale.id, attempt, issuedAtMs };
    return wanted.flatMap((one) => [insertSeries(db, one), insertReceipt(db, one, about)]);
  });
  const ended = due.filter(({ saleId }) => outcomes.get(saleId) !== "failed");
  const [first, ...others]: BatchItem<"sqlite">[] = ended.length === 0 ? inserts : [...inserts, endDue(db, ended)];
  if (first !== undefined) await db.batch([first, ...others]);
  return outcomes;
}

/** One sale that can't be understood does not keep the others waiting. */
function receiptsOf(sale: Sale, offerings: ReadonlyMap<string, Offering>): readonly Unnumbered[] | Outcome {
  try {
    return receiptsFor(sale, offerings);
  } catch (fault) {
    log("error", "receipt not issued", { sale: sale.id, ...errorFields(fault) });
    return "failed";
  }
}
