// How receipts are shown.

import type * as z from "zod";
import { ORDER_ID_PATTERN } from "../../domain/id-forms.ts";
import { totalOf } from "../../domain/order.ts";
import type { NoReceipt, ReceiptLine, Sale } from "../../domain/receipt.ts";
import { type RefundView, refundedMinor } from "../../domain/refund.ts";
import { sumOf } from "../../domain/sums.ts";
import { vatByRate } from "../../domain/vat.ts";
import { iso, money } from "../../platform/wire.ts";
import { presentSeller } from "../catalogue/seller-schemas.ts";
import type { ReceiptRow } from "./queries.ts";
import { type Receipt, type Receipts, type RefundReceipts, SERIES_SHOWN } from "./schemas.ts";

/** `issued`: all of its receipts, or why there are none. */
export function presentReceipts(sale: Sale, issued: readonly ReceiptRow[] | NoReceipt): z.output<typeof Receipts> {
  const { currency, isSold, refunds, items } = sale;
  return {
    ...idsOf(sale),
    receipts: rowsIn(issued).map(presentReceipt),
    none_because: typeof issued === "string" ? issued : null,
    paid: money(isSold ? totalOf({ items }) : 0, currency),
    given_back: money(refundedMinor(refunds.filter(({ state }) => state === "succeeded")), currency),
  };
}

/** What was issued for one of its refunds. */
export function presentRefundReceipts(
  sale: Sale,
  { id, state, amountMinor }: RefundView,
  issued: readonly ReceiptRow[] | NoReceipt,
): z.output<typeof RefundReceipts> {
  const ofRefund = rowsIn(issued).filter(({ receipt }) => receipt.corrects?.refundId === id);
  const whyNone = amountMinor === 0 ? "free" : state === "succeeded" ? "no_seller" : "not_given_back";
  return {
    ...idsOf(sale),
    refund: id,
    amount: money(amountMinor, sale.currency),
    receipts: ofRefund.map(presentReceipt),
    none_because: ofRefund.length > 0 ? null : whyNone,
  };
}

function idsOf({ id, items }: Sale) {
  const isOrder = items[0]?.reservationId !== id;
  return { order: isOrder ? id : null, reservation: isOrder ? null : id };
}

function rowsIn(issued: readonly ReceiptRow[] | NoReceipt): readonly ReceiptRow[] {
  return typeof issued === "string" ? [] : issued;
}

export function presentReceipt({ saleId, series, number, issuedAtMs, receipt }: ReceiptRow): z.output<typeof Receipt> {
  const { kind, seller, currency, lines, corrects = null } = receipt;
  const sums = (grossMinor: number, vatMinor: number) => ({
    net: money(grossMinor - vatMinor, currency),
    vat: money(vatMinor, currency),
    total: money(grossMinor, currency),
  });
  const isOrder = ORDER_ID_PATTERN.test(saleId);
  return {
    order: isOrder ? saleId : null,
    reservation: isOrder ? null : saleId,
    number: numberIn(series, number),
    kind,
    corrects: corrects && numberIn(series, corrects.number),
    refund: corrects?.refundId ?? null,
    issued_at: iso(issuedAtMs),
    seller: presentSeller(seller),
    lines: lines.map((line) => presentLine(line, currency)),
    by_rate: vatByRate(lines).map(({ rate, grossMinor, vatMinor }) => ({
      vat_rate: rate,
      ...sums(grossMinor, vatMinor),
    })),
    ...sums(sumOf(lines, "grossMinor"), sumOf(lines, "vatMinor")),
  };
}

function numberIn(series: string, number: number): string {
  return `${series.slice(0, SERIES_SHOWN).toUpperCase()}-${number}`;
}

function presentLine(line: ReceiptLine, currency: string): z.output<typeof Receipt>["lines"][number] {
  const { id, name, startsAtMs, timezone, venue } = line.event;
  return {
    reservation: line.reservationId,
    event: { id, name, starts_at: iso(startsAtMs), timezone, venue },
    ticket_type: line.ticketType,
    price_name: line.priceName,
    quantity: line.quantity,
    unit_price: money(line.unitPriceMinor, currency),
    total: money(line.grossMinor, currency),
    vat_rate: line.rate,
    vat: money(line.vatMinor, currency),
  };
}
