// "A ticket for you": somebody has passed a pass on to this address. Pure.

import type { Language } from "../../../platform/mails.ts";
import { type Letter, letter, oneLine } from "./letter.ts";
import { placeRows, type SoldEvent } from "./sold.ts";

export interface ReceivedPass {
  readonly id: string;
  /** Null unless the sender has proven their address: a stranger may have chosen the name. */
  readonly sender: string | null;
  readonly event: Omit<SoldEvent, "lines">;
  readonly ticketType: string;
  /** Empty for the ticket type's first price. */
  readonly priceName: string;
  /** Of its code's picture. */
  readonly contentId: string;
  /** The shop's page of it, for the account with this address. */
  readonly pageUrl: string;
}

const WORDS = {
  en: {
    subject: (event: string) => `A ticket for you: ${event}`,
    from: (sender: string | null) =>
      `${sender === null ? "Somebody" : `“${sender}”`} has passed a ticket on to you. Show its code at the door: it lets one person in.`,
    ticket: "Ticket",
    pass: "Number",
    picture: "Code of the ticket. If you see no picture here, allow this mail to show pictures.",
    manage:
      "To see the code again, to say who goes in, or to pass the ticket on, sign in with an account that has this e-mail address, and confirm the address there.",
    page: "Show the ticket",
    changes: "If the ticket is given back, the code is no longer valid.",
  },
  de: {
    subject: (event: string) => `Ein Ticket für Sie: ${event}`,
    from: (sender: string | null) =>
      `${sender === null ? "Jemand" : `„${sender}“`} hat ein Ticket an Sie weitergegeben. Zeigen Sie den Code am Einlass: Er gilt für eine Person.`,
    ticket: "Ticket",
    pass: "Nummer",
    picture: "Code des Tickets. Wenn Sie hier kein Bild sehen, erlauben Sie dieser Mail, Bilder anzuzeigen.",
    manage:
      "Um den Code wieder zu sehen, einen Namen anzugeben oder das Ticket weiterzugeben, melden Sie sich mit einem Konto an, das diese E-Mail-Adresse hat, und bestätigen Sie sie dort.",
    page: "Ticket zeigen",
    changes: "Wird das Ticket zurückgegeben, gilt der Code nicht mehr.",
  },
};

export function receivedMail(pass: ReceivedPass, language: Language): Letter {
  const { id, sender, event, ticketType, priceName, contentId, pageUrl } = pass;
  const words = WORDS[language];
  const what = priceName === "" ? ticketType : `${ticketType}, ${priceName}`;
  return letter(language, words.subject(event.name), [
    { type: "paragraph", text: words.from(sender === null ? null : oneLine(sender)) },
    { type: "heading", text: event.name },
    { type: "facts", rows: [...placeRows(language, event), [words.ticket, what], [words.pass, id]] },
    { type: "picture", contentId, alt: words.picture, widthPx: 196 },
    { type: "paragraph", text: words.manage },
    { type: "link", label: words.page, url: pageUrl },
    { type: "small", text: words.changes },
  ]);
}
