// What receipts to print say, in each language.

import type * as z from "zod";
import type { Language } from "../../platform/mails.ts";
import type { Receipt, Receipts, RefundReceipts } from "./schemas.ts";

type Kind = z.output<typeof Receipt>["kind"];

export interface Texts {
  readonly kinds: Readonly<Record<Kind, string>>;
  /** What something of this kind is about: the number of what it takes back, and its refund. */
  readonly about: Readonly<Record<Exclude<Kind, "receipt">, (corrects: string, refund: string) => string>>;
  readonly order: (id: string) => string;
  readonly reservation: (id: string) => string;
  readonly issued: (sale: string, day: string) => string;
  readonly vatId: string;
  readonly item: string;
  readonly quantity: string;
  readonly price: string;
  readonly vat: string;
  readonly vatRate: string;
  readonly withoutVat: string;
  readonly net: string;
  readonly total: string;
  readonly paid: (paid: string, givenBack: string) => string;
  readonly refund: (id: string, amount: string) => string;
  readonly noReceipt: string;
  readonly whyNoReceipt: Readonly<Record<NonNullable<z.output<typeof Receipts>["none_because"]>, string>>;
  readonly noNote: string;
  readonly whyNoNote: Readonly<Record<NonNullable<z.output<typeof RefundReceipts>["none_because"]>, string>>;
}

export const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    kinds: { receipt: "Receipt", credit_note: "Credit note", reversal: "Reversal" },
    about: {
      credit_note: (corrects, refund) => `For receipt ${corrects}, refund ${refund}`,
      reversal: (corrects, refund) => `For credit note ${corrects}, refund ${refund}`,
    },
    order: (id) => `Order ${id}`,
    reservation: (id) => `Reservation ${id}`,
    issued: (sale, day) => `${sale}, issued on ${day}`,
    vatId: "VAT id",
    item: "Item",
    quantity: "Quantity",
    price: "Price",
    vat: "VAT",
    vatRate: "VAT rate",
    withoutVat: "Without VAT",
    net: "Net",
    total: "Total",
    paid: (paid, givenBack) => `Paid: ${paid}. Given back: ${givenBack}.`,
    refund: (id, amount) => `Refund ${id}: ${amount}.`,
    noReceipt: "No receipt",
    whyNoReceipt: {
      not_paid: "There is no receipt: it is not paid.",
      free: "There is no receipt: it was free.",
      no_seller: "There is no receipt yet: the organiser has not named who sells the tickets.",
    },
    noNote: "No credit note",
    whyNoNote: {
      not_given_back: "There is no credit note: the money has not been given back.",
      free: "There is no credit note: no money was given back.",
      no_seller: "There is no credit note yet: the organiser has not named who sells the tickets.",
    },
  },
  de: {
    kinds: { receipt: "Rechnung", credit_note: "Gutschrift", reversal: "Storno" },
    about: {
      credit_note: (corrects, refund) => `Zur Rechnung ${corrects}, Erstattung ${refund}`,
      reversal: (corrects, refund) => `Zur Gutschrift ${corrects}, Erstattung ${refund}`,
    },
    order: (id) => `Bestellung ${id}`,
    reservation: (id) => `Reservierung ${id}`,
    issued: (sale, day) => `${sale}, ausgestellt am ${day}`,
    vatId: "USt-IdNr.",
    item: "Posten",
    quantity: "Anzahl",
    price: "Preis",
    vat: "USt",
    vatRate: "Steuersatz",
    withoutVat: "Ohne USt",
    net: "Netto",
    total: "Summe",
    paid: (paid, givenBack) => `Bezahlt: ${paid}. Erstattet: ${givenBack}.`,
    refund: (id, amount) => `Erstattung ${id}: ${amount}.`,
    noReceipt: "Keine Rechnung",
    whyNoReceipt: {
      not_paid: "Es gibt keine Rechnung: Es ist nicht bezahlt.",
      free: "Es gibt keine Rechnung: Es war kostenlos.",
      no_seller: "Es gibt noch keine Rechnung: Der Veranstalter hat nicht angegeben, wer die Tickets verkauft.",
    },
    noNote: "Keine Gutschrift",
    whyNoNote: {
      not_given_back: "Es gibt keine Gutschrift: Das Geld ist nicht zurückgegangen.",
      free: "Es gibt keine Gutschrift: Es ging kein Geld zurück.",
      no_seller: "Es gibt noch keine Gutschrift: Der Veranstalter hat nicht angegeben, wer die Tickets verkauft.",
    },
  },
};
