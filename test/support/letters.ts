// Every mail that the service writes, as a sample, in each language.

import type { Part } from "../../src/platform/d1/schema/crew.ts";
import { LANGUAGES, type Language } from "../../src/platform/mails.ts";
import {
  addressChangedMail,
  addressWantedMail,
  resetPasswordMail,
  signInMail,
  verifyAddressMail,
} from "../../src/worker/mail/templates/accounts.ts";
import { confirmedMail } from "../../src/worker/mail/templates/confirmed.ts";
import { crewInvitedMail } from "../../src/worker/mail/templates/crew-invited.ts";
import { calledOffMail, changedMail, organiserMail } from "../../src/worker/mail/templates/event.ts";
import type { Letter } from "../../src/worker/mail/templates/letter.ts";
import { paymentFailedMail } from "../../src/worker/mail/templates/payment-failed.ts";
import { type ReceivedPass, receivedMail } from "../../src/worker/mail/templates/received.ts";
import { refundedMail } from "../../src/worker/mail/templates/refunded.ts";
import type { Sold, SoldEvent } from "../../src/worker/mail/templates/sold.ts";
import { webhookDisabledMail } from "../../src/worker/mail/templates/webhook-disabled.ts";

export const STARTS = Date.parse("2031-05-01T18:00:00Z");
const LINES = [
  { ticketType: "Stalls", priceName: "Adult", quantity: 2, amountMinor: 9_000 },
  { ticketType: "Balcony", priceName: "", quantity: 1, amountMinor: 250_050 },
];
export const SOLD: Sold = {
  id: "0123456789abcdefghjk",
  isOrder: true,
  currency: "EUR",
  events: [{ name: "An evening", venue: "The hall", startsAtMs: STARTS, timezone: "Europe/Berlin", lines: LINES }],
  pageUrl: "https://shop.example/my/orders/0123456789abcdefghjk",
};
export const PASSES = [
  { ticketType: "Stalls", priceName: "Adult", holderName: null, contentId: "pass-1" },
  { ticketType: "Balcony", priceName: "", holderName: "Ada", contentId: "pass-2" },
  { ticketType: "Balcony", priceName: "", holderName: null, contentId: null },
];
export const REFUNDED = { amountMinor: 4_500, tickets: 1, left: 2, isLate: false, isAgain: false };

const MAILS: readonly [name: string, mail: (sold: Sold, language: Language) => Letter][] = [
  ["confirmed", (sold, language) => confirmedMail(sold, PASSES, language)],
  ["confirmed, passes all passed on", (sold, language) => confirmedMail(sold, [], language)],
  ["payment failed", (sold, language) => paymentFailedMail(sold, null, language)],
  ["payment failed, still held", (sold, language) => paymentFailedMail(sold, STARTS, language)],
  ["refunded", (sold, language) => refundedMail(sold, REFUNDED, language)],
  ["refunded, all", (sold, language) => refundedMail(sold, { ...REFUNDED, tickets: 3, left: 0 }, language)],
  ["refunded, money only", (sold, language) => refundedMail(sold, { ...REFUNDED, tickets: 0, left: 3 }, language)],
  ["event called off", (sold, language) => calledOffMail(eventOf(sold), CALLED_OFF, false, language)],
  ["event called off, at the counter", (sold, language) => calledOffMail(eventOf(sold), CALLED_OFF, true, language)],
  ["event called off, nothing refunded", (sold, language) => calledOffMail(eventOf(sold), KEPT, false, language)],
  ["event changed", (sold, language) => changedMail(eventOf(sold), KNOWN, false, language)],
  ["event on again", (sold, language) => changedMail(eventOf(sold), eventOf(sold), true, language)],
  ["written by the organiser", (sold, language) => organiserMail(eventOf(sold), WRITTEN, language)],
  ["refunded, again", (sold, language) => refundedMail(sold, { ...REFUNDED, isAgain: true }, language)],
  ["received", (sold, language) => received(sold, language, "ada")],
  ["received, from somebody", (sold, language) => received(sold, language, null)],
  ["invited to scan", (sold, language) => invited(sold, language, "scanner")],
  ["invited to manage", (sold, language) => invited(sold, language, "manager")],
  ["invited, by somebody", (sold, language) => invited(sold, language, "scanner", null)],
  ["webhook disabled", (sold, language) => disabled(sold, language, false)],
  ["webhook disabled, gone", (sold, language) => disabled(sold, language, true)],
  ["refunded, too late", (sold, language) => refundedMail(sold, { ...REFUNDED, tickets: 0, isLate: true }, language)],
];
export const RECEIVED: Omit<ReceivedPass, "event" | "ticketType" | "priceName"> = {
  id: "0123456789abcdef-0123456789abcdefghjk-1",
  sender: "ada",
  contentId: "pass-1",
  pageUrl: "https://shop.example/my/passes/0123456789abcdef-0123456789abcdefghjk-1",
};

export const CALLED_OFF = { refund: true, message: "The singer is ill.", atMs: STARTS };
const KEPT = { ...CALLED_OFF, refund: false };
const WRITTEN = { subject: "Doors open at 18:00", text: "Come by tram.\n\nThere is nowhere to park." };
const KNOWN = { name: "A matinee", venue: "The garden", startsAtMs: STARTS - 1, timezone: "Europe/Berlin" };

export function eventOf({ events: [event], id }: Sold): SoldEvent {
  if (event === undefined) throw new Error(`nothing in ${id}`);
  return event;
}

/** The mail about a receiver, of whatever name. */
function disabled(sold: Sold, language: Language, isGone: boolean): Letter {
  const host = eventOf(sold).name;
  return webhookDisabledMail({ id: "0123456789abcdef", host, failingSinceMs: STARTS, isGone }, language);
}

/** The mail about the first ticket of what was sold. */
export function received({ events: [event], ...sold }: Sold, language: Language, sender: string | null): Letter {
  const [line] = event?.lines ?? [];
  if (event === undefined || line === undefined) throw new Error(`nothing in ${sold.id}`);
  const { ticketType, priceName } = line;
  return receivedMail({ ...RECEIVED, sender, event, ticketType, priceName }, language);
}

export const INVITED_TO = "https://shop.example/box-office/invitations/0123456789abcdefghjkmnpqrstvwxyz";

/** By an organiser who has the name of the first event. */
export function invited(
  sold: Sold,
  language: Language,
  part: Part,
  organizer: string | null = eventOf(sold).name,
): Letter {
  return crewInvitedMail({ organizer, event: eventOf(sold), part, untilMs: STARTS, url: INVITED_TO }, language);
}

const LINK = "https://shop.example/links/0123456789abcdefghjkmnpqrstvwxyz";
const GUESTS = [
  { sinceMs: STARTS, url: LINK },
  { sinceMs: STARTS - 86_400_000, url: `${LINK}0` },
];

/** About an account, with its name; null unless it has proven its address. */
const NAMING: readonly [name: string, mail: (name: string | null, language: Language) => Letter][] = [
  ["reset a password", (name, language) => resetPasswordMail(name, LINK, language)],
  ["sign in, as a guest or with an account", (name, language) => signInMail(GUESTS, { name }, language)],
  ["sign in, with an account", (name, language) => signInMail([], { name }, language)],
  ["registered again", (name, language) => addressWantedMail(name, language)],
];
/** These have nothing that anybody has typed. */
const NAMELESS: readonly (readonly [name: string, mail: (language: Language) => Letter])[] = [
  ["verify an address", (language) => verifyAddressMail(false, LINK, language)],
  ["verify an address, guest", (language) => verifyAddressMail(true, LINK, language)],
  ["sign in, as a guest", (language) => signInMail(GUESTS, null, language)],
  ["address changed", (language) => addressChangedMail(false, language)],
  ["address changed, guest", (language) => addressChangedMail(true, language)],
  ...NAMING.map(([name, mail]) => [`${name}, unproven`, (language: Language) => mail(null, language)] as const),
];

const inBoth = (mails: typeof MAILS) =>
  mails.flatMap(([name, mail]) => LANGUAGES.map((language) => ({ name, language, mail })));
/** Those that say what people have typed. An event's name does as an account's. */
export const SAYING = inBoth([
  ...MAILS,
  ...NAMING.map(([name, mail]): (typeof MAILS)[number] => [
    name,
    (sold, language) => mail(eventOf(sold).name, language),
  ]),
]);
export const CELLS = [
  ...SAYING,
  ...inBoth(NAMELESS.map(([name, mail]): (typeof MAILS)[number] => [name, (_sold, language) => mail(language)])),
];
