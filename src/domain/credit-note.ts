// Credit notes of what was given back, and reversals of those whose money did not arrive. Pure.

import type { Receipt, ReceiptLine, Sale } from "./receipt.ts";
import type { RefundView } from "./refund.ts";
import { type RefundShare, sharesOf } from "./refund-shares.ts";
import { sumOf } from "./sums.ts";
import { vatIn } from "./vat.ts";

/** A receipt, a credit note or a reversal that has its number. */
export interface Issued {
  readonly series: string;
  readonly number: number;
  readonly receipt: Receipt;
}

/** A credit note or a reversal without a number: its receipt's series has the next one. */
export interface Correction {
  readonly series: string;
  /** What it is for, once: the refund, and from its second document on which one that is. */
  readonly source: string;
  readonly receipt: Receipt;
}

/**
 * What is to be issued so that each refund that has succeeded has a credit note of each seller who
 * gives back some of it, and any other refund has none that is not reversed. `issued`: what the
 * sale has.
 */
export function correctionsOf(
  { items, refunds }: Pick<Sale, "items" | "refunds">,
  issued: readonly Issued[],
): readonly Correction[] {
  const shares = sharesOf(items, refunds);
  const ofSeries = Map.groupBy(issued, ({ series }) => series);
  return [...ofSeries].flatMap(([series, documents]) => {
    const byNumber = documents.toSorted((one, other) => one.number - other.number);
    const made: Correction[] = [];
    for (const [index, refund] of refunds.entries()) {
      const notes = made.map(({ receipt }) => receipt);
      const next = nextOf(byNumber, notes, refund, shares[index] ?? []);
      if (next !== null) made.push({ series, ...next });
    }
    return made;
  });
}

/** `documents`: a receipt, and what has corrected it. `notes`: what is to be issued before this. */
function nextOf(
  documents: readonly Issued[],
  notes: readonly Receipt[],
  { id: refundId, state }: RefundView,
  shares: readonly RefundShare[],
): Omit<Correction, "series"> | null {
  const [of] = documents;
  const own = documents.filter(({ receipt }) => receipt.corrects?.refundId === refundId);
  const last = own.at(-1);
  const isCredited = last?.receipt.kind === "credit_note";
  if (of === undefined || isCredited === (state === "succeeded")) return null;
  const source = own.length === 0 ? refundId : `${refundId}/${own.length + 1}`;
  if (isCredited) {
    return { source, receipt: { ...last.receipt, kind: "reversal", corrects: { refundId, number: last.number } } };
  }
  const earlier = [...documents.slice(1).map(({ receipt }) => receipt), ...notes];
  const note = creditNoteOf(of.receipt, earlier, shares);
  return note.lines.length === 0 ? null : { source, receipt: { ...note, corrects: { refundId, number: of.number } } };
}

/**
 * The credit note for what is given back now, after `earlier` ones and reversals. Its VAT is that
 * of all that was given back of the line, less what earlier ones had: once the line is given back
 * whole they add up to its VAT, to the last cent.
 */
function creditNoteOf(receipt: Receipt, earlier: readonly Receipt[], shares: readonly RefundShare[]): Receipt {
  const lines = receipt.lines.flatMap((line): ReceiptLine[] => {
    const { reservationId, rate } = line;
    const share = shares.find((one) => one.reservationId === reservationId);
    if (share === undefined || share.amountMinor === 0) return [];
    const { quantity, amountMinor: grossMinor } = share;
    const before = creditedOf(earlier, reservationId);
    const remainingVat = vatIn(before.grossMinor + grossMinor, rate) - before.vatMinor;
    // A reversal may have left more or less of the line's VAT than its amount has.
    return [{ ...line, quantity, grossMinor, vatMinor: Math.min(grossMinor, Math.max(0, remainingVat)) }];
  });
  return { ...receipt, kind: "credit_note", lines };
}

/** What was given back of a line, and came to be so. */
function creditedOf(documents: readonly Receipt[], reservationId: string) {
  const sums = (kind: Receipt["kind"]) => {
    const lines = documents.filter((one) => one.kind === kind).flatMap((one) => one.lines);
    const own = lines.filter((line) => line.reservationId === reservationId);
    return { grossMinor: sumOf(own, "grossMinor"), vatMinor: sumOf(own, "vatMinor") };
  };
  const [credited, reversed] = [sums("credit_note"), sums("reversal")];
  return {
    grossMinor: credited.grossMinor - reversed.grossMinor,
    vatMinor: credited.vatMinor - reversed.vatMinor,
  };
}
