// "Called off", "changed", and what an organiser writes: to everybody who holds tickets of an
// event. Pure.

import type { Cancellation } from "../../../domain/cancellation.ts";
import type { Language } from "../../../platform/mails.ts";
import { moment } from "./format.ts";
import { type Block, type Letter, letter } from "./letter.ts";
import { placeRows, type SoldEvent } from "./sold.ts";

export type MailedEvent = Omit<SoldEvent, "lines">;

const WORDS = {
  en: {
    calledOff: (name: string) => `Called off: ${name}`,
    off: "This event has been called off.",
    revoked: "Your tickets are no longer valid.",
    keep: "Keep your tickets until the organiser says what becomes of them.",
    refund:
      "Everything that was paid for the tickets is given back to who bought them, the way it was paid. You need do nothing.",
    refundAtCounter:
      "What you paid for the tickets is given back. If you paid in cash, ask the organiser where to collect it.",
    says: "The organiser writes:",
    changed: (name: string) => `Changed: ${name}`,
    takesPlace: (name: string) => `Takes place after all: ${name}`,
    now: "This event has changed. Your tickets stay valid. As it is now:",
    onAgain:
      "This event takes place after all. Your tickets stay valid if they have not been given back. As it is now:",
    before: "Before",
    called: "Name",
    when: "When",
    where: "Where",
    writes: "The organiser of this event writes to everybody who holds tickets of it:",
    why: "You get this mail because you hold or held tickets of this event.",
  },
  de: {
    calledOff: (name: string) => `Abgesagt: ${name}`,
    off: "Diese Veranstaltung wurde abgesagt.",
    revoked: "Ihre Tickets gelten nicht mehr.",
    keep: "Behalten Sie Ihre Tickets, bis der Veranstalter sagt, was damit geschieht.",
    refund:
      "Alles, was für die Tickets bezahlt wurde, geht an die Käufer zurück, so wie es bezahlt wurde. Sie müssen nichts tun.",
    refundAtCounter:
      "Was Sie für die Tickets bezahlt haben, bekommen Sie zurück. Wenn Sie bar bezahlt haben, fragen Sie den Veranstalter, wo Sie es abholen.",
    says: "Der Veranstalter schreibt:",
    changed: (name: string) => `Geändert: ${name}`,
    takesPlace: (name: string) => `Findet doch statt: ${name}`,
    now: "Diese Veranstaltung hat sich geändert. Ihre Tickets bleiben gültig. So ist sie jetzt:",
    onAgain:
      "Diese Veranstaltung findet doch statt. Ihre Tickets bleiben gültig, wenn sie nicht zurückgegeben wurden. So ist sie jetzt:",
    before: "Bisher",
    called: "Name",
    when: "Wann",
    where: "Wo",
    writes: "Der Veranstalter schreibt allen, die Tickets für diese Veranstaltung haben:",
    why: "Sie bekommen diese Mail, weil Sie Tickets für diese Veranstaltung haben oder hatten.",
  },
};

/**
 * Tickets are revoked by refunds alone: without them the event may yet take place. `isCustomer`: of
 * the counter, who may have paid in cash.
 */
export function calledOffMail(
  event: MailedEvent,
  { refund, message }: Cancellation,
  isCustomer: boolean,
  language: Language,
): Letter {
  const words = WORDS[language];
  const said: Block[] = [
    { type: "paragraph", text: words.says },
    { type: "quote", text: message },
  ];
  return letter(language, words.calledOff(event.name), [
    { type: "paragraph", text: `${words.off} ${refund ? words.revoked : words.keep}` },
    ...(refund ? [{ type: "paragraph", text: isCustomer ? words.refundAtCounter : words.refund } as const] : []),
    ...(message === "" ? [] : said),
    { type: "heading", text: event.name },
    { type: "facts", rows: placeRows(language, event) },
  ]);
}

/** `previous`: as people knew it. */
export function changedMail(event: MailedEvent, previous: MailedEvent, isOnAgain: boolean, language: Language): Letter {
  const words = WORDS[language];
  const whenOf = ({ startsAtMs, timezone }: MailedEvent) => moment(language, startsAtMs, timezone);
  const differences: [label: string, before: string, now: string][] = [
    [words.called, previous.name, event.name],
    [words.when, whenOf(previous), whenOf(event)],
    [words.where, previous.venue, event.venue],
  ];
  const rows = differences
    .filter(([, before, now]) => before !== now)
    .map(([label, before]) => [`${words.before}: ${label}`, before] as const);
  return letter(language, isOnAgain ? words.takesPlace(event.name) : words.changed(event.name), [
    { type: "paragraph", text: isOnAgain ? words.onAgain : words.now },
    { type: "heading", text: event.name },
    { type: "facts", rows: placeRows(language, event) },
    ...(rows.length === 0 ? [] : [{ type: "facts", rows } as const]),
  ]);
}

/** The subject begins with the event, so that it can't pass for one of the service's own. */
export function organiserMail(
  event: MailedEvent,
  { subject, text }: { readonly subject: string; readonly text: string },
  language: Language,
): Letter {
  const words = WORDS[language];
  return letter(language, `${event.name}: ${subject}`, [
    { type: "paragraph", text: words.writes },
    { type: "quote", text },
    { type: "heading", text: event.name },
    { type: "facts", rows: placeRows(language, event) },
    { type: "small", text: words.why },
  ]);
}
