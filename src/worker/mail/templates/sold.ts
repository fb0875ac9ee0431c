// What mails about a sale have in common: which tickets of which events. Pure.

import type { Language } from "../../../platform/mails.ts";
import { moment, money } from "./format.ts";
import type { Block } from "./letter.ts";

export interface SoldLine {
  readonly ticketType: string;
  /** Empty for the ticket type's first price. */
  readonly priceName: string;
  readonly quantity: number;
  readonly amountMinor: number;
}

export interface MailedPass {
  readonly ticketType: string;
  readonly priceName: string;
  readonly holderName: string | null;
  /** Of its code's picture; null where the mail has too many. */
  readonly contentId: string | null;
}

export interface SoldEvent {
  readonly name: string;
  readonly venue: string;
  readonly startsAtMs: number;
  readonly timezone: string;
  readonly lines: readonly SoldLine[];
}

export interface Sold {
  readonly id: string;
  readonly isOrder: boolean;
  readonly currency: string;
  readonly events: readonly SoldEvent[];
  /** The shop's page with its codes and receipt; null for a buyer who can't sign in. */
  readonly pageUrl: string | null;
}

const WORDS = {
  en: { when: "When", where: "Where", total: "Total", order: "Order", reservation: "Reservation" },
  de: { when: "Wann", where: "Wo", total: "Summe", order: "Bestellung", reservation: "Reservierung" },
};

/** When and where it is. */
export function placeRows(language: Language, event: Omit<SoldEvent, "lines">): [label: string, value: string][] {
  const { when, where } = WORDS[language];
  return [
    [when, moment(language, event.startsAtMs, event.timezone)],
    [where, event.venue],
  ];
}

export function eventBlocks(language: Language, currency: string, event: SoldEvent): Block[] {
  const { name, lines } = event;
  const rows = lines.map(({ ticketType, priceName, quantity, amountMinor }): [string, string] => [
    `${quantity} × ${ticketType}${priceName === "" ? "" : `, ${priceName}`}`,
    money(language, amountMinor, currency),
  ]);
  return [
    { type: "heading", text: name },
    { type: "facts", rows: placeRows(language, event) },
    { type: "prices", rows },
  ];
}

export function totalBlock(language: Language, { events, currency }: Sold): Block {
  const totalMinor = events.flatMap(({ lines }) => lines).reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  return { type: "prices", rows: [[WORDS[language].total, money(language, totalMinor, currency)]] };
}

/** "Order 4x…": by which its buyer, the organiser and support find it. */
export function referenceBlock(language: Language, { id, isOrder }: Sold): Block {
  const { order, reservation } = WORDS[language];
  return { type: "facts", rows: [[isOrder ? order : reservation, id]] };
}

/** To the shop's page of the sale, which asks who is not signed in to do so. */
export function pageBlocks({ pageUrl }: Sold, label: string): Block[] {
  return pageUrl === null ? [] : [{ type: "link", label, url: pageUrl }];
}

/** The events' names, for a subject: of many the first two. */
export function namesOf({ events }: Sold): string {
  const names = events.map(({ name }) => name);
  return names.length > 2 ? `${names.slice(0, 2).join(", ")} …` : names.join(", ");
}
