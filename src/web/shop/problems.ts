// What a buyer may be refused, in words.

import type { Problem } from "../ui/api.ts";
import { counted, texts } from "../ui/i18n.ts";

const countOf = (problem: Problem, name: string) => Number(problem.more[name] ?? 0);

export const shopProblems = texts(
  {
    "sold-out": (problem: Problem) =>
      countOf(problem, "available") === 0
        ? "Somebody was faster: these tickets are sold out now."
        : `Somebody was faster: ${counted(countOf(problem, "available"), "ticket is", "tickets are")} left of these.`,
    "not-on-sale": "These tickets are not on sale any more.",
    "limit-reached": (problem: Problem) =>
      `One person can have ${counted(countOf(problem, "max_per_buyer"), "ticket", "tickets")} of these at most, and you can take ${countOf(problem, "left_for_you")} more.`,
    "code-refused": "This code does not open these prices.",
    "code-used-up": (problem: Problem) =>
      countOf(problem, "uses_left") === 0
        ? "This code is used up."
        : `This code is good for ${counted(countOf(problem, "uses_left"), "more ticket", "more tickets")}.`,
    "quantity-not-allowed": "Not so many tickets can be bought at this price in one order.",
    "total-too-large": "So much can’t be paid at once. Please buy the tickets in several orders.",
    "terms-not-accepted": "The terms have changed. Please read and accept them again.",
    "event-cancelled": "This event was called off.",
    "event-over": "This event is over.",
    "payment-in-progress": "The payment is under way already.",
    "reservation-expired": "The time is up, and the tickets have gone back on sale.",
    "already-cancelled": "This order was cancelled.",
    "already-confirmed": "These tickets can’t be given back any more.",
    "payments-unavailable": "No payments can be taken at the moment. Please try again later.",
    "passed-on-too-often": "This ticket was passed on too often.",
    "pass-admitted": "Somebody has gone in with this ticket.",
    "pass-revoked": "This ticket was given back.",
    "names-closed": "Names can’t be changed any more.",
    "wallet-unavailable": "Tickets can’t be saved to a wallet here.",
  },
  {
    "sold-out": (problem: Problem) =>
      countOf(problem, "available") === 0
        ? "Jemand war schneller: Diese Tickets sind jetzt ausverkauft."
        : `Jemand war schneller: Davon ${counted(countOf(problem, "available"), "ist noch ein Ticket", "Tickets sind noch")} da.`,
    "not-on-sale": "Diese Tickets sind nicht mehr im Verkauf.",
    "limit-reached": (problem: Problem) =>
      `Eine Person kann davon höchstens ${counted(countOf(problem, "max_per_buyer"), "Ticket", "Tickets")} haben; Sie können noch ${countOf(problem, "left_for_you")} nehmen.`,
    "code-refused": "Dieser Code gilt für diese Preise nicht.",
    "code-used-up": (problem: Problem) =>
      countOf(problem, "uses_left") === 0
        ? "Dieser Code ist aufgebraucht."
        : `Dieser Code gilt noch für ${counted(countOf(problem, "uses_left"), "Ticket", "Tickets")}.`,
    "quantity-not-allowed": "So viele Tickets gibt es zu diesem Preis nicht in einer Bestellung.",
    "total-too-large":
      "So viel lässt sich nicht auf einmal bezahlen. Bitte kaufen Sie die Tickets in mehreren Bestellungen.",
    "terms-not-accepted": "Die Bedingungen haben sich geändert. Bitte lesen Sie sie und stimmen Sie noch einmal zu.",
    "event-cancelled": "Diese Veranstaltung wurde abgesagt.",
    "event-over": "Diese Veranstaltung ist vorbei.",
    "payment-in-progress": "Die Zahlung läuft schon.",
    "reservation-expired": "Die Zeit ist um, die Tickets sind wieder im Verkauf.",
    "already-cancelled": "Diese Bestellung wurde storniert.",
    "already-confirmed": "Diese Tickets können nicht mehr zurückgegeben werden.",
    "payments-unavailable": "Zurzeit können keine Zahlungen angenommen werden. Bitte versuchen Sie es später.",
    "passed-on-too-often": "Dieses Ticket wurde zu oft weitergegeben.",
    "pass-admitted": "Mit diesem Ticket ist schon jemand hineingegangen.",
    "pass-revoked": "Dieses Ticket wurde zurückgegeben.",
    "names-closed": "Namen können nicht mehr geändert werden.",
    "wallet-unavailable": "Tickets können hier nicht in eine Wallet gespeichert werden.",
  },
);
