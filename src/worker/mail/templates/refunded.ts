// "Your refund": money went back, tickets were given back, or both. Pure.

import type { Language } from "../../../platform/mails.ts";
import { money } from "./format.ts";
import { type Block, type Letter, letter } from "./letter.ts";
import { eventBlocks, namesOf, pageBlocks, referenceBlock, type Sold } from "./sold.ts";

export interface Refunded {
  readonly amountMinor: number;
  /** How many tickets were given back with it, and how many are left. */
  readonly tickets: number;
  readonly left: number;
  /** The money came when the tickets were gone. */
  readonly isLate: boolean;
  /** An attempt before this one failed. A mail may have said that it had succeeded. */
  readonly isAgain: boolean;
}

const WORDS = {
  en: {
    subject: (names: string) => `Your refund: ${names}`,
    late: "Your payment arrived when the tickets were no longer available. You have not bought any tickets, and your money is on its way back.",
    all: "Your tickets have been given back and are no longer valid.",
    some: (tickets: number, left: number) =>
      `${tickets === 1 ? "One ticket has" : `${tickets} tickets have`} been given back and can no longer be used. ${left === 1 ? "One ticket stays" : `${left} tickets stay`} yours.`,
    money: "Part of what you paid has been given back. Your tickets stay valid.",
    again:
      "An earlier attempt at this refund did not go through, so the money is on its way again now. It is the same refund, not a second one.",
    amount: "Refund",
    wait: "The money goes back the way it came. Banks may need some days to show it.",
    page: "Receipts and credit notes",
  },
  de: {
    subject: (names: string) => `Ihre Erstattung: ${names}`,
    late: "Ihre Zahlung kam an, als die Tickets nicht mehr verfügbar waren. Sie haben keine Tickets gekauft, und Ihr Geld ist auf dem Weg zurück.",
    all: "Ihre Tickets wurden zurückgegeben und sind nicht mehr gültig.",
    some: (tickets: number, left: number) =>
      `${tickets === 1 ? "Ein Ticket wurde zurückgegeben und ist" : `${tickets} Tickets wurden zurückgegeben und sind`} nicht mehr gültig. ${left === 1 ? "Ein Ticket bleibt" : `${left} Tickets bleiben`} bei Ihnen.`,
    money: "Ein Teil Ihrer Zahlung wurde erstattet. Ihre Tickets bleiben gültig.",
    again:
      "Ein früherer Versuch dieser Erstattung ist fehlgeschlagen. Das Geld ist jetzt erneut unterwegs. Es ist dieselbe Erstattung, keine zweite.",
    amount: "Erstattung",
    wait: "Das Geld geht auf demselben Weg zurück. Banken brauchen dafür manchmal einige Tage.",
    page: "Belege und Gutschriften",
  },
};

export function refundedMail(sold: Sold, refunded: Refunded, language: Language): Letter {
  const words = WORDS[language];
  const { amountMinor } = refunded;
  const amount: Block[] = [
    { type: "prices", rows: [[words.amount, money(language, amountMinor, sold.currency)]] },
    { type: "paragraph", text: words.wait },
  ];
  return letter(language, words.subject(namesOf(sold)), [
    { type: "paragraph", text: whatHappened(refunded, language) },
    ...(refunded.isAgain ? [{ type: "paragraph", text: words.again } as const] : []),
    ...(amountMinor === 0 ? [] : amount),
    ...sold.events.flatMap((event) => eventBlocks(language, sold.currency, event)),
    referenceBlock(language, sold),
    ...(refunded.isLate ? [] : pageBlocks(sold, words.page)),
  ]);
}

function whatHappened({ isLate, tickets, left }: Refunded, language: Language): string {
  const words = WORDS[language];
  if (isLate) return words.late;
  if (tickets === 0) return words.money;
  return left === 0 ? words.all : words.some(tickets, left);
}
