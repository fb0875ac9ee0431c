// Issues receipts, once for each sale, and credit notes, once for each refund: as soon as somebody
// asks for them, or else in the sweep.

import type { BatchItem } from "drizzle-orm/batch";
import { type DrizzleD1Database, drizzle } from "drizzle-orm/d1";
import { correctionsOf } from "../../domain/credit-note.ts";
import { type NoReceipt, type Offering, receiptsFor, type Sale, type Unnumbered } from "../../domain/receipt.ts";
import { newLongId } from "../../platform/ids.ts";
import { errorFields, log } from "../../platform/log.ts";
import { type DueRow, dueReceipts, endDue } from "./due.ts";
import {
  correctablesWithIds,
  insertReceipt,
  insertSeries,
  offeringsOf,
  type ReceiptRow,
  receiptsOfSale,
  salesWithIds,
  seriesOf,
} from "./queries.ts";

// The bounds of one sweep. The next one continues.
const SALES_AT_ONCE = 50;
const SALES_PER_SWEEP = 2_000;

/**
 * The receipts of a sale with their credit notes, issued now if they are not there yet; or why
 * there are none.
 */
export async function receiptsOrWhyNot(d1: D1Database, sale: Sale): Promise<readonly ReceiptRow[] | NoReceipt> {
  const issued = await receiptsOfSale(d1, sale.id);
  if (issued.length > 0 && sale.refunds.length === 0) return issued;
  const outcome = issued.length > 0 ? undefined : (await issue(d1, [sale], [])).get(sale.id);
  if (outcome === "failed") throw new Error("the receipt can't be issued");
  if (outcome !== undefined) return outcome;
  if (sale.refunds.length > 0) await correct(d1, [sale.id], []);
  return receiptsOfSale(d1, sale.id);
}

/** Issues what became due: with a sale that was paid, a refund, or a seller whom an event got. */
export async function issueDueReceipts(d1: D1Database): Promise<void> {
  for (let done = 0; done < SALES_PER_SWEEP; done += SALES_AT_ONCE) {
    const due = await dueReceipts(d1, SALES_AT_ONCE);
    if (due.length === 0) return;
    const sales = await salesWithIds(
      d1,
      due.map(({ saleId }) => saleId),
    );
    const refunded = new Set(sales.filter(({ refunds }) => refunds.length > 0).map(({ id }) => id));
    const { toCorrect = [], others = [] } = Object.groupBy(due, ({ saleId }) =>
      refunded.has(saleId) ? "toCorrect" : "others",
    );
    const outcomes = await issue(d1, sales, others);
    const isIssued = ({ saleId }: DueRow) => outcomes.get(saleId) !== "failed";
    // A credit note is of a receipt that has its number.
    const corrected = toCorrect.filter(isIssued);
    const failed = await correct(
      d1,
      corrected.map(({ saleId }) => saleId),
      corrected,
    );
    if (!due.some((row) => isIssued(row) && !failed.has(row.saleId))) return;
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
    return wanted.flatMap(({ receipt, organizerId }) => {
      const series = seriesOf(organizerId, receipt.seller);
      const row = { saleId: sale.id, series, source: sale.id, attempt, issuedAtMs, receipt };
      return [insertSeries(db, { series, organizerId }), insertReceipt(db, row)];
    });
  });
  const ended = due.filter(({ saleId }) => outcomes.get(saleId) !== "failed");
  await carryOut(db, inserts, ended);
  return outcomes;
}

/**
 * Issues the credit notes and reversals of sales that have their receipts, in one transaction, and
 * ends what was due of them. Where a copy has changed since it was read, its change has made the
 * sale due again. Returns the sales that can't be understood: they stay due.
 */
async function correct(d1: D1Database, ids: readonly string[], due: readonly DueRow[]): Promise<ReadonlySet<string>> {
  const failed = new Set<string>();
  if (ids.length === 0) return failed;
  const [issuedAtMs, attempt] = [Date.now(), newLongId()];
  const db = drizzle(d1);
  const inserts = (await correctablesWithIds(d1, ids)).flatMap((one) => {
    const saleId = one.sale.id;
    try {
      const corrections = correctionsOf(one.sale, one.issued);
      return corrections.map((next) => insertReceipt(db, { ...next, saleId, attempt, issuedAtMs }, one));
    } catch (fault) {
      log("error", "credit note not issued", { sale: saleId, ...errorFields(fault) });
      failed.add(saleId);
      return [];
    }
  });
  await carryOut(
    db,
    inserts,
    due.filter(({ saleId }) => !failed.has(saleId)),
  );
  return failed;
}

async function carryOut(db: DrizzleD1Database, inserts: readonly BatchItem<"sqlite">[], ended: readonly DueRow[]) {
  const [first, ...others] = ended.length === 0 ? inserts : [...inserts, endDue(db, ended)];
  if (first !== undefined) await db.batch([first, ...others]);
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
