// Receipts to print: a page without scripts, all of whose texts are escaped.

import type * as z from "zod";
import { escaped, own, pagesIn } from "../http/html.ts";
import type { Receipt, Receipts, RefundReceipts } from "./schemas.ts";

type Shown = z.output<typeof Receipt>;
type Amount = Shown["total"];

const STYLE =
  "body{font:11pt/1.4 system-ui,sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem;color:#000;background:#fff}" +
  "article{break-after:page;overflow-wrap:anywhere}address{white-space:pre-line;font-style:normal}" +
  "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{padding:.3rem .5rem;text-align:start;vertical-align:top;" +
  "border-bottom:1px solid #999}.n{text-align:end;white-space:nowrap}";
const page = pagesIn(STYLE, "no-store");

const NO_SELLER = "the organiser has not named who sells the tickets.";
const WHY_NONE: Readonly<Record<NonNullable<z.output<typeof Receipts>["none_because"]>, string>> = {
  not_paid: "There is no receipt: it is not paid.",
  free: "There is no receipt: it was free.",
  no_seller: `There is no receipt yet: ${NO_SELLER}`,
};
const WHY_NO_NOTE: Readonly<Record<NonNullable<z.output<typeof RefundReceipts>["none_because"]>, string>> = {
  not_given_back: "There is no credit note: the money has not been given back.",
  free: "There is no credit note: no money was given back.",
  no_seller: `There is no credit note yet: ${NO_SELLER}`,
};

export function receiptPage({ paid, given_back, none_because, ...shown }: z.output<typeof Receipts>): Response {
  const none = none_because === null ? "" : `<p>${WHY_NONE[none_because]}</p>\n`;
  const given = `<p>Paid: ${decimal(paid)}. Given back: ${decimal(given_back)}.</p>`;
  return pageOf(shown, none === "" ? "" : "No receipt", `${none}${given}`);
}

export function refundReceiptPage({ amount, none_because, ...shown }: z.output<typeof RefundReceipts>): Response {
  const none = none_because === null ? "" : `<p>${WHY_NO_NOTE[none_because]}</p>\n`;
  const about = `<p>Refund ${escaped(shown.refund)}: ${decimal(amount)}.</p>`;
  return pageOf(shown, none === "" ? "" : "No credit note", `${none}${about}`);
}

/** `title`: empty for that of its receipts. */
function pageOf(
  { order, reservation, receipts }: Pick<z.output<typeof Receipts>, "order" | "reservation" | "receipts">,
  title: string,
  below: string,
): Response {
  const sale = order === null ? `Reservation ${reservation}` : `Order ${order}`;
  const articles = receipts.map((receipt) => articleOf(receipt, sale)).join("\n");
  return page(escaped(title === "" ? receipts.map(titleOf).join(", ") : title), `${articles}\n${below}`);
}

const KINDS: Readonly<Record<Shown["kind"], string>> = {
  receipt: "Receipt",
  credit_note: "Credit note",
  reversal: "Reversal",
};

function titleOf({ kind, number }: Shown): string {
  return `${KINDS[kind]} ${number}`;
}

/** What a credit note, or a reversal, is about. */
function aboutOf({ kind, corrects, refund }: Shown): string {
  if (corrects === null) return "";
  return `<p>For ${kind === "reversal" ? "credit note" : "receipt"} ${escaped(corrects)}, refund ${escaped(refund ?? "")}</p>\n`;
}

function articleOf(receipt: Shown, sale: string): string {
  const { seller, issued_at, lines, by_rate, net, vat, total } = receipt;
  const rows = lines.map(
    ({ event, ticket_type, price_name, quantity, unit_price, vat_rate, total }) =>
      `<tr><td>${own(event.name)}<br>${own(event.venue)}, ${day(event.starts_at, event.timezone)}<br>${own(ticket_type)}${
        price_name === "" ? "" : `, ${own(price_name)}`
      }</td><td class="n">${quantity}</td><td class="n">${decimal(unit_price)}</td><td class="n">${percent(vat_rate)}</td>` +
      `<td class="n">${decimal(total)}</td></tr>`,
  );
  const sums = by_rate.map(
    (one) =>
      `<tr><td>${one.vat_rate === null ? "Without VAT" : `VAT ${percent(one.vat_rate)}`}</td>` +
      `<td class="n">${decimal(one.net)}</td><td class="n">${decimal(one.vat)}</td><td class="n">${decimal(one.total)}</td></tr>`,
  );
  return `<article>
<h1>${escaped(titleOf(receipt))}</h1>
<p>${own(seller.name)}</p>
<address dir="auto">${escaped(seller.address)}</address>
${seller.vat_id === null ? "" : `<p>VAT id: ${own(seller.vat_id)}</p>\n`}<p>${escaped(sale)}, issued on ${day(issued_at, "UTC")}</p>
${aboutOf(receipt)}<table>
<thead><tr><th>Item</th><th class="n">Quantity</th><th class="n">Price</th><th class="n">VAT</th><th class="n">Total</th></tr></thead>
<tbody>${rows.join("\n")}</tbody>
</table>
<table>
<thead><tr><th></th><th class="n">Net</th><th class="n">VAT</th><th class="n">Total</th></tr></thead>
<tbody>${sums.join("\n")}</tbody>
<tfoot><tr><th>Total</th><td class="n">${decimal(net)}</td><td class="n">${decimal(vat)}</td><th class="n">${decimal(total)}</th></tr></tfoot>
</table>
</article>`;
}

/** With a point and the currency's code, which read the same everywhere. */
function decimal({ amount, currency, exponent }: Amount): string {
  const digits = String(amount).padStart(exponent + 1, "0");
  const whole = digits.slice(0, digits.length - exponent);
  return exponent === 0 ? `${digits} ${currency}` : `${whole}.${digits.slice(-exponent)} ${currency}`;
}

/** 1900 is 19 %, 770 is 7.7 %. */
function percent(rate: number | null): string {
  return rate === null ? "–" : `${rate / 100} %`;
}

/** The date there, as ISO 8601 has it. */
function day(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat("sv-SE", { timeZone, dateStyle: "short" }).format(new Date(instant));
}
