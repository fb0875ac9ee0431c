// Receipts of what was paid, and credit notes of what was given back: what is on them. Pure.

import { sumOf, vatIn } from "./vat.ts";

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

/** What is on a receipt, or on a credit note, which has the same lines with what is given back. */
export interface Receipt {
  readonly kind: "receipt" | "credit_note";
  readonly seller: Seller;
  readonly currency: string;
  readonly lines: readonly ReceiptLine[];
}

/** An order, or a reservation that was bought alone. */
export interface Sale {
  readonly id: string;
  readonly currency: string;
  /** It was paid, also if it was given back since. */
  readonly isSold: boolean;
  /** What has gone back by refunds that succeeded. */
  readonly givenBackMinor: number;
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

/** What is given back of one line of a receipt. */
export interface Credited {
  readonly reservationId: string;
  readonly quantity: number;
  readonly grossMinor: number;
}

/**
 * The credit note for what is given back now, after `earlier` ones. Its VAT is what remains of the
 * line's: once a line is given back whole, its credit notes add up to it, to the last cent.
 */
export function creditNoteOf(receipt: Receipt, earlier: readonly Receipt[], credited: readonly Credited[]): Receipt {
  const lines = credited.flatMap(({ reservationId, quantity, grossMinor }): ReceiptLine[] => {
    const line = receipt.lines.find((one) => one.reservationId === reservationId);
    if (line === undefined || grossMinor === 0) return [];
    const before = earlier.flatMap((note) => note.lines.filter((one) => one.reservationId === reservationId));
    const grossBefore = sumOf(before, "grossMinor");
    const vatMinor = vatIn(grossBefore + grossMinor, line.rate) - vatIn(grossBefore, line.rate);
    return [{ ...line, quantity, grossMinor, vatMinor }];
  });
  return { ...receipt, kind: "credit_note", lines };
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
