// Receipts of what was paid: what is on them. Pure.

import type { RefundView } from "./refund.ts";
import { vatIn } from "./vat.ts";

/** Who sells the tickets of an event. */
export interface Seller {
  readonly name: string;
  /** Of one line or several. */
  readonly address: string;
  readonly vatId: string | null;
}

/** One item of a sale, as its receipt has it for ever. Amounts include VAT unless they say so. */
export interface ReceiptLine {
  readonly reservationId: string;
  readonly event: {
    readonly id: string;
    readonly name: string;
    readonly startsAtMs: number;
    readonly timezone: string;
    readonly venue: string;
  };
  readonly ticketType: string;
  readonly priceName: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
  readonly grossMinor: number;
  /** In hundredths of a percent; null: no VAT. */
  readonly rate: number | null;
  readonly vatMinor: number;
}

/**
 * What is on a receipt. A credit note has the same lines, with what is given back; its reversal
 * says that this did not happen after all.
 */
export interface Receipt {
  readonly kind: "receipt" | "credit_note" | "reversal";
  readonly seller: Seller;
  readonly currency: string;
  readonly lines: readonly ReceiptLine[];
  /** What a credit note, or a reversal, is about. Left out on a receipt. */
  readonly corrects?: {
    readonly refundId: string;
    /** Of the receipt, or of the credit note that is reversed. */
    readonly number: number;
  };
}

/** An order, or a reservation that was bought alone. */
export interface Sale {
  readonly id: string;
  readonly currency: string;
  /** It was paid, also if it was given back since. */
  readonly isSold: boolean;
  /** Oldest first. */
  readonly refunds: readonly RefundView[];
  readonly items: readonly SoldItem[];
}

export interface SoldItem {
  readonly reservationId: string;
  readonly ticketTypeId: string;
  readonly priceName: string;
  readonly quantity: number;
  readonly unitPriceMinor: number;
}

/** What a ticket type is, and who sells it, at this moment. */
export interface Offering {
  readonly ticketType: string;
  readonly event: ReceiptLine["event"];
  readonly organizerId: string;
  readonly seller: Seller | null;
  readonly rate: number | null;
}

/** Why a sale has no receipt. */
export type NoReceipt = "not_paid" | "free" | "no_seller";

/** A receipt that has no number yet. */
export interface Unnumbered {
  readonly receipt: Receipt;
  /** Whose numbers it is one of. */
  readonly organizerId: string;
}

/**
 * The receipts of a sale, one for each seller, or why there are none. All of them at once: while
 * one event of an order has no seller, nothing of the order has a receipt.
 */
export function receiptsFor(sale: Sale, offerings: ReadonlyMap<string, Offering>): readonly Unnumbered[] | NoReceipt {
  if (!sale.isSold) return "not_paid";
  if (sale.items.every(({ unitPriceMinor }) => unitPriceMinor === 0)) return "free";
  const sold = sale.items.map((item) => ({ item, offering: offerings.get(item.ticketTypeId) }));
  const bySeller = new Map<string, { seller: Seller; organizerId: string; lines: ReceiptLine[] }>();
  for (const { item, offering } of sold) {
    if (offering === undefined || offering.seller === null) return "no_seller";
    const { seller, organizerId } = offering;
    // Of two spellings of one seller, that of the first item.
    const key = `${organizerId} ${identityOf(seller)}`;
    const part = bySeller.get(key) ?? { seller, organizerId, lines: [] };
    bySeller.set(key, part);
    part.lines.push(lineOf(item, offering));
  }
  return [...bySeller.values()].map(({ seller, organizerId, lines }) => {
    return { receipt: { kind: "receipt", seller, currency: sale.currency, lines }, organizerId };
  });
}

/**
 * Who a seller is among an organiser's sellers: whose VAT id it is, or whose name where there is
 * none. Blanks and case do not make another one, nor does another address.
 */
export function identityOf({ name, vatId }: Seller): string {
  return vatId === null ? `name ${folded(name)}` : `vat ${folded(vatId).replaceAll(" ", "")}`;
}

function lineOf(item: SoldItem, { ticketType, event, rate }: Offering): ReceiptLine {
  const { reservationId, priceName, quantity, unitPriceMinor } = item;
  const grossMinor = unitPriceMinor * quantity;
  const vatMinor = vatIn(grossMinor, rate);
  return { reservationId, event, ticketType, priceName, quantity, unitPriceMinor, grossMinor, rate, vatMinor };
}

function folded(text: string): string {
  return text.normalize("NFKC").toLowerCase().trim().replace(/\s+/g, " ");
}
