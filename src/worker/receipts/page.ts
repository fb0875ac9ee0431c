// Receipts to print: a page without scripts, all of whose texts are escaped.

import type * as z from "zod";
import type { Language } from "../../platform/mails.ts";
import { escaped, own, pagesIn } from "../http/html.ts";
import { day, money, percent } from "../mail/templates/format.ts";
import { TEXTS } from "./page-texts.ts";
import type { Receipt, Receipts, RefundReceipts } from "./schemas.ts";

type Shown = z.output<typeof Receipt>;
type Amount = Shown["total"];

const STYLE =
  "body{font:11pt/1.4 system-ui,sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem;color:#000;background:#fff}" +
  "article{break-after:page;overflow-wrap:anywhere}address{white-space:pre-line;font-style:normal}" +
  "table{border-collapse:collapse;width:100%;margin:1rem 0}th,td{padding:.3rem .5rem;text-align:start;vertical-align:top;" +
  "border-bottom:1px solid #999}tbody th{font-weight:inherit}tfoot td{font-weight:bold}.n{text-align:end;white-space:nowrap}" +
  "@media(max-width:30rem){th,td{padding:.3rem .15rem;font-size:.8em}}";
const page = pagesIn(STYLE, "no-store");

export function receiptPage(shown: z.output<typeof Receipts>, language: Language): Response {
  const { noReceipt, whyNoReceipt, paid } = TEXTS[language];
  const { none_because } = shown;
  const none = none_because === null ? "" : `<h1>${noReceipt}</h1>\n<p>${whyNoReceipt[none_because]}</p>\n`;
  const given = `<p>${paid(amount(shown.paid, language), amount(shown.given_back, language))}</p>`;
  return pageOf(shown, none === "" ? null : noReceipt, `${none}${given}`, language);
}

export function refundReceiptPage(shown: z.output<typeof RefundReceipts>, language: Language): Response {
  const { noNote, whyNoNote, refund } = TEXTS[language];
  const { none_because } = shown;
  const none = none_because === null ? "" : `<h1>${noNote}</h1>\n<p>${whyNoNote[none_because]}</p>\n`;
  const about = `<p>${refund(escaped(shown.refund), amount(shown.amount, language))}</p>`;
  return pageOf(shown, none === "" ? null : noNote, `${none}${about}`, language);
}

/** `title`: null for that of its receipts. */
function pageOf(
  { order, reservation, receipts }: Pick<z.output<typeof Receipts>, "order" | "reservation" | "receipts">,
  title: string | null,
  below: string,
  language: Language,
): Response {
  const texts = TEXTS[language];
  const sale = order === null ? texts.reservation(reservation ?? "") : texts.order(order);
  const articles = receipts.map((receipt) => articleOf(receipt, sale, language)).join("\n");
  const titles = receipts.map((receipt) => titleOf(receipt, language)).join(", ");
  return page(escaped(title ?? titles), `${articles}\n${below}`, language);
}

function titleOf({ kind, number }: Shown, language: Language): string {
  return `${TEXTS[language].kinds[kind]} ${number}`;
}

/** What a credit note, or a reversal, is about. */
function aboutOf({ kind, corrects, refund }: Shown, language: Language): string {
  if (kind === "receipt") return "";
  return `<p>${escaped(TEXTS[language].about[kind](corrects ?? "", refund ?? ""))}</p>\n`;
}

function articleOf(receipt: Shown, sale: string, language: Language): string {
  const { seller, issued_at, lines } = receipt;
  const { issued, vatId } = TEXTS[language];
  // One seller's events are nearly always in one zone.
  const issuedOn = day(language, Date.parse(issued_at), lines[0]?.event.timezone ?? "UTC");
  return `<article>
<h1>${escaped(titleOf(receipt, language))}</h1>
<p>${own(seller.name)}</p>
<address dir="auto">${escaped(seller.address)}</address>
${seller.vat_id === null ? "" : `<p>${vatId}: ${own(seller.vat_id)}</p>\n`}<p>${escaped(issued(sale, issuedOn))}</p>
${aboutOf(receipt, language)}${linesTable(receipt, language)}
${sumsTable(receipt, language)}
</article>`;
}

function linesTable({ lines }: Shown, language: Language): string {
  const { item, quantity, price, vat, total } = TEXTS[language];
  const rows = lines.map(
    (line) =>
      `<tr><td>${itemOf(line, language)}</td>${number(String(line.quantity))}${number(amount(line.unit_price, language))}` +
      `${number(line.vat_rate === null ? "–" : percent(language, line.vat_rate))}${number(amount(line.total, language))}</tr>`,
  );
  return `<table>
<thead><tr><th>${item}</th>${[quantity, price, vat, total].map(numberHead).join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody>
</table>`;
}

function itemOf({ event, ticket_type, price_name }: Shown["lines"][number], language: Language): string {
  const when = escaped(day(language, Date.parse(event.starts_at), event.timezone));
  const kind = [ticket_type, price_name].filter((text) => text !== "").map(own);
  return `${own(event.name)}<br>${own(event.venue)}, ${when}<br>${kind.join(", ")}`;
}

function sumsTable({ by_rate, ...all }: Shown, language: Language): string {
  const { vatRate, withoutVat, net, vat, total } = TEXTS[language];
  const sums = (one: Pick<Shown, "net" | "vat" | "total">) =>
    [one.net, one.vat, one.total].map((sum) => number(amount(sum, language))).join("");
  const rows = by_rate.map(
    (one) =>
      `<tr><th scope="row">${one.vat_rate === null ? withoutVat : percent(language, one.vat_rate)}</th>${sums(one)}</tr>`,
  );
  return `<table>
<thead><tr><th>${vatRate}</th>${[net, vat, total].map(numberHead).join("")}</tr></thead>
<tbody>${rows.join("\n")}</tbody>
<tfoot><tr><th scope="row">${total}</th>${sums(all)}</tr></tfoot>
</table>`;
}

function number(text: string): string {
  return `<td class="n">${text}</td>`;
}

function numberHead(text: string): string {
  return `<th class="n">${text}</th>`;
}

function amount({ amount: minor, currency }: Amount, language: Language): string {
  return escaped(money(language, minor, currency));
}
