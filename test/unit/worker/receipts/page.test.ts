// Receipts and credit notes to print, in both languages.

import { describe, expect, test } from "vitest";
import type * as z from "zod";
import { LANGUAGES, type Language } from "../../../../src/platform/mails.ts";
import { receiptPage, refundReceiptPage } from "../../../../src/worker/receipts/page.ts";
import type { Receipt, Receipts, RefundReceipts } from "../../../../src/worker/receipts/schemas.ts";

type Shown = z.output<typeof Receipt>;

const HOSTILE = `<img src=x onerror=alert(1)>"'</td><script>&`;
const euros = (amount: number) => ({ amount, currency: "EUR", exponent: 2 });
const BOUGHT = { order: "o1", reservation: null };

function receiptOf(more: Partial<Shown> = {}, name = "New Year’s Gala"): Shown {
  return {
    ...BOUGHT,
    ...{ number: "7K2QXW-42", kind: "receipt", corrects: null, refund: null },
    issued_at: "2031-03-31T22:30:00Z",
    seller: { name, address: name, vat_id: name },
    lines: [
      {
        reservation: "r1",
        event: { id: "e1", name, starts_at: "2031-05-01T23:00:00Z", timezone: "Europe/Berlin", venue: name },
        ticket_type: name,
        price_name: name,
        quantity: 2,
        ...{ unit_price: euros(61_750), total: euros(123_500), vat_rate: 770, vat: euros(8_830) },
      },
    ],
    by_rate: [
      { vat_rate: 770, net: euros(114_670), vat: euros(8_830), total: euros(123_500) },
      { vat_rate: null, net: euros(0), vat: euros(0), total: euros(0) },
    ],
    ...{ net: euros(114_670), vat: euros(8_830), total: euros(123_500) },
    ...more,
  };
}

function receiptsOf(more: Partial<z.output<typeof Receipts>> = {}): z.output<typeof Receipts> {
  return {
    ...BOUGHT,
    ...{ receipts: [receiptOf()], none_because: null, paid: euros(123_500), given_back: euros(50) },
    ...more,
  };
}

function notesOf(more: Partial<z.output<typeof RefundReceipts>> = {}): z.output<typeof RefundReceipts> {
  return { ...BOUGHT, refund: "f1", amount: euros(50), receipts: [], none_because: null, ...more };
}

/** Intl parts a number from its sign by a space that does not break. */
async function textOf(response: Response): Promise<string> {
  return (await response.text()).replaceAll("\u00a0", " ");
}

describe("a receipt to print", () => {
  test.each<[Language, readonly string[]]>([
    [
      "en",
      [
        ...['<html lang="en">', "<title>Receipt 7K2QXW-42</title>", "<h1>Receipt 7K2QXW-42</h1>"],
        // In the event's zone, where the day is already the next one.
        ...["Order o1, issued on 1 April 2031", ", 2 May 2031<br>", ">VAT id: ", ">Quantity<", ">VAT rate<"],
        ...[">€617.50<", ">7.7%<", ">€1,146.70<", ">€88.30<", ">€1,235.00<", ">Without VAT<", ">Net<", ">Total<"],
        "Paid: €1,235.00. Given back: €0.50.",
      ],
    ],
    [
      "de",
      [
        ...['<html lang="de">', "<title>Rechnung 7K2QXW-42</title>", "<h1>Rechnung 7K2QXW-42</h1>"],
        ...["Bestellung o1, ausgestellt am 1. April 2031", ", 2. Mai 2031<br>", ">USt-IdNr.: ", ">Anzahl<"],
        ...[">Steuersatz<", ">617,50 €<", ">7,7 %<", ">1.146,70 €<", ">88,30 €<", ">1.235,00 €<", ">Ohne USt<"],
        ...[">Netto<", ">Summe<", "Bezahlt: 1.235,00 €. Erstattet: 0,50 €."],
      ],
    ],
  ])("is written in the language %s, with its money and dates", async (language, parts) => {
    const text = await textOf(receiptPage(receiptsOf(), language));
    for (const part of parts) expect(text).toContain(part);
  });

  test.each<[Language, Shown["kind"], title: string, about: string]>([
    ["en", "credit_note", "Credit note 7K2QXW-42", "For receipt 7K2QXW-41, refund f1"],
    ["de", "credit_note", "Gutschrift 7K2QXW-42", "Zur Rechnung 7K2QXW-41, Erstattung f1"],
    ["en", "reversal", "Reversal 7K2QXW-42", "For credit note 7K2QXW-41, refund f1"],
    ["de", "reversal", "Storno 7K2QXW-42", "Zur Gutschrift 7K2QXW-41, Erstattung f1"],
  ])("%s: a %s says what it is of", async (language, kind, title, about) => {
    const note = receiptOf({ kind, corrects: "7K2QXW-41", refund: "f1" });
    const text = await textOf(refundReceiptPage(notesOf({ receipts: [note] }), language));
    for (const part of [`<title>${title}<`, `<h1>${title}<`, `<p>${about}<`]) expect(text).toContain(part);
    expect(text).toContain(language === "en" ? "Refund f1: €0.50." : "Erstattung f1: 0,50 €.");
  });

  test.each<[Language, "not_paid" | "free" | "no_seller", why: string]>([
    ["en", "not_paid", "There is no receipt: it is not paid."],
    ["en", "free", "There is no receipt: it was free."],
    ["en", "no_seller", "There is no receipt yet: the organiser has not named who sells the tickets."],
    ["de", "not_paid", "Es gibt keine Rechnung: Es ist nicht bezahlt."],
    ["de", "free", "Es gibt keine Rechnung: Es war kostenlos."],
    ["de", "no_seller", "Es gibt noch keine Rechnung: Der Veranstalter hat nicht angegeben, wer die Tickets verkauft."],
  ])("%s: says why there is none: %s", async (language, none_because, why) => {
    const text = await textOf(receiptPage(receiptsOf({ receipts: [], none_because }), language));
    const title = language === "en" ? "No receipt" : "Keine Rechnung";
    for (const part of [`<title>${title}<`, `<h1>${title}<`, `<p>${why}<`]) expect(text).toContain(part);
  });

  test.each<[Language, "not_given_back" | "free" | "no_seller", why: string]>([
    ["en", "not_given_back", "There is no credit note: the money has not been given back."],
    ["en", "free", "There is no credit note: no money was given back."],
    ["en", "no_seller", "There is no credit note yet: the organiser has not named who sells the tickets."],
    ["de", "not_given_back", "Es gibt keine Gutschrift: Das Geld ist nicht zurückgegangen."],
    ["de", "free", "Es gibt keine Gutschrift: Es ging kein Geld zurück."],
    [
      "de",
      "no_seller",
      "Es gibt noch keine Gutschrift: Der Veranstalter hat nicht angegeben, wer die Tickets verkauft.",
    ],
  ])("%s: says why a refund has none: %s", async (language, none_because, why) => {
    const text = await textOf(refundReceiptPage(notesOf({ none_because }), language));
    const title = language === "en" ? "No credit note" : "Keine Gutschrift";
    for (const part of [`<title>${title}<`, `<h1>${title}<`, `<p>${why}<`]) expect(text).toContain(part);
  });

  test.each(LANGUAGES)("%s: what people typed is text", async (language) => {
    const text = await textOf(receiptPage(receiptsOf({ receipts: [receiptOf({}, HOSTILE)] }), language));
    expect(text.split("&lt;img src=x onerror=alert(1)&gt;&quot;&#39;&lt;/td&gt;&lt;script&gt;&amp;")).toHaveLength(8);
    expect(text).not.toMatch(/<(img|script)/);
  });

  test.each(LANGUAGES)("%s: every head of a table says something", async (language) => {
    const text = await textOf(receiptPage(receiptsOf(), language));
    expect(text.match(/<th\b[^>]*>/g)).toHaveLength(12);
    expect(text).not.toMatch(/<th\b[^>]*><\/th>/);
    expect(text).not.toMatch(/undefined|null|NaN|\[object/);
  });
});
