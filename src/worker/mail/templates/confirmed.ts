// "Your tickets": a sale is confirmed. Pure.

import type { Language } from "../../../platform/mails.ts";
import { type Block, type Letter, letter } from "./letter.ts";
import { eventBlocks, type MailedPass, namesOf, pageBlocks, referenceBlock, type Sold, totalBlock } from "./sold.ts";

const WORDS = {
  en: {
    subject: (names: string) => `Your tickets: ${names}`,
    thanks: "Thank you. Your tickets are confirmed. Show each code at the door: it lets one person in.",
    ticket: (number: number, count: number) => `Ticket ${number} of ${count}`,
    picture: (title: string) => `Code of ${title}. If you see no picture here, allow this mail to show pictures.`,
    tooMany: "This mail has room for no more codes. You find all of them behind the link below.",
    tooManySold: "This mail has room for no more codes. Ask the organiser for the others.",
    page: "Your tickets and your receipt",
  },
  de: {
    subject: (names: string) => `Ihre Tickets: ${names}`,
    thanks: "Vielen Dank. Ihre Tickets sind bestätigt. Zeigen Sie jeden Code am Einlass: Er gilt für eine Person.",
    ticket: (number: number, count: number) => `Ticket ${number} von ${count}`,
    picture: (title: string) =>
      `Code zu ${title}. Wenn Sie hier kein Bild sehen, erlauben Sie dieser Mail, Bilder anzuzeigen.`,
    tooMany: "Mehr Codes passen nicht in diese Mail. Alle finden Sie hinter dem Link unten.",
    tooManySold: "Mehr Codes passen nicht in diese Mail. Fragen Sie den Veranstalter nach den übrigen.",
    page: "Ihre Tickets und Ihr Beleg",
  },
};

export function confirmedMail(sold: Sold, passes: readonly MailedPass[], language: Language): Letter {
  const words = WORDS[language];
  const tooMany = sold.pageUrl === null ? words.tooManySold : words.tooMany;
  return letter(language, words.subject(namesOf(sold)), [
    { type: "paragraph", text: words.thanks },
    ...sold.events.flatMap((event) => eventBlocks(language, sold.currency, event)),
    totalBlock(language, sold),
    ...passes.flatMap((pass, index) => passBlocks(language, pass, index + 1, passes.length)),
    ...(passes.some(({ contentId }) => contentId === null) ? [{ type: "paragraph", text: tooMany } as const] : []),
    ...pageBlocks(sold, words.page),
    referenceBlock(language, sold),
  ]);
}

function passBlocks(language: Language, pass: MailedPass, number: number, count: number): Block[] {
  const { ticketType, priceName, holderName, contentId } = pass;
  if (contentId === null) return [];
  const words = WORDS[language];
  const title = words.ticket(number, count);
  const what = [ticketType, priceName, holderName ?? ""].filter((text) => text !== "").join(", ");
  return [
    { type: "heading", text: `${title}: ${what}` },
    { type: "picture", contentId, alt: words.picture(title), widthPx: 196 },
  ];
}
