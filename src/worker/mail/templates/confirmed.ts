// "Your tickets": a sale is confirmed. Pure.

import type { Language } from "../../../platform/mails.ts";
import { type Letter, letter } from "./letter.ts";
import { eventBlocks, namesOf, referenceBlock, type Sold, totalBlock } from "./sold.ts";

const WORDS = {
  en: {
    subject: (names: string) => `Your tickets: ${names}`,
    thanks: "Thank you. Your tickets are confirmed.",
    receipt: "Receipt",
  },
  de: {
    subject: (names: string) => `Ihre Tickets: ${names}`,
    thanks: "Vielen Dank. Ihre Tickets sind bestätigt.",
    receipt: "Beleg",
  },
};

export function confirmedMail(sold: Sold, language: Language): Letter {
  const words = WORDS[language];
  return letter(language, words.subject(namesOf(sold)), [
    { type: "paragraph", text: words.thanks },
    ...sold.events.flatMap((event) => eventBlocks(language, sold.currency, event)),
    totalBlock(language, sold),
    referenceBlock(language, sold),
    { type: "link", label: words.receipt, url: sold.receiptUrl },
  ]);
}
