// What an organiser may be refused, in words.

import { texts } from "../ui/i18n.ts";

export const boxOfficeProblems = texts(
  {
    "sold-out": "Not so many tickets are left.",
    "nothing-paid": "Nothing was paid here, so nothing can go back.",
    "refund-exceeds": "Not so much is left to give back.",
    "already-refunded": "These tickets were given back already.",
    "refund-not-failed": "This refund has not failed.",
    "payment-in-progress": "A payment is under way. Try again once it is done.",
    "event-cancelled": "This event was called off.",
    "already-called-off": "This event was called off already, in another way.",
    "event-over": "This event is over.",
    "event-has-sales": "Tickets of this event are held or sold.",
    "has-reservations":
      "Tickets were held or sold already: they can be taken off sale, or the event called off, and not be deleted.",
    "too-many-ticket-types": "An event can't have more kinds of tickets.",
    "too-many-prices": "Tickets of one kind can't have more prices.",
    "too-many-codes": "These tickets can't have more codes.",
    "too-many-crew": "The crew can't get any bigger.",
    "code-exists": "One of these codes exists already.",
    "price-in-use": "Tickets were held or sold at this price: it can be taken off sale, and not be deleted.",
    "currency-frozen": "The currency can't change any more.",
    "other-currency": "The event's other tickets have another currency.",
    "capacity-below-committed": "More tickets than that are held or sold.",
    "too-many-messages": "That were enough messages for today. Please write again tomorrow.",
  },
  {
    "sold-out": "So viele Tickets sind nicht mehr da.",
    "nothing-paid": "Hier wurde nichts bezahlt, also kann nichts zurückgehen.",
    "refund-exceeds": "So viel lässt sich nicht mehr erstatten.",
    "already-refunded": "Diese Tickets wurden schon zurückgegeben.",
    "refund-not-failed": "Diese Erstattung ist nicht fehlgeschlagen.",
    "payment-in-progress": "Es läuft gerade eine Zahlung. Versuchen Sie es danach noch einmal.",
    "event-cancelled": "Diese Veranstaltung wurde abgesagt.",
    "already-called-off": "Diese Veranstaltung wurde schon anders abgesagt.",
    "event-over": "Diese Veranstaltung ist vorbei.",
    "event-has-sales": "Tickets dieser Veranstaltung sind reserviert oder verkauft.",
    "has-reservations":
      "Es wurden schon Tickets reserviert oder verkauft: man kann sie aus dem Verkauf nehmen oder die Veranstaltung absagen, aber nicht löschen.",
    "too-many-ticket-types": "Mehr Arten von Tickets kann eine Veranstaltung nicht haben.",
    "too-many-prices": "Mehr Preise können Tickets einer Art nicht haben.",
    "too-many-codes": "Mehr Codes können diese Tickets nicht haben.",
    "too-many-crew": "Größer kann das Team nicht werden.",
    "code-exists": "Einen dieser Codes gibt es schon.",
    "price-in-use":
      "Zu diesem Preis wurden Tickets reserviert oder verkauft: Man kann ihn aus dem Verkauf nehmen, aber nicht löschen.",
    "currency-frozen": "Die Währung lässt sich nicht mehr ändern.",
    "other-currency": "Die anderen Tickets der Veranstaltung haben eine andere Währung.",
    "capacity-below-committed": "Es sind schon mehr Tickets reserviert oder verkauft.",
    "too-many-messages": "Für heute sind es genug Nachrichten. Bitte schreiben Sie morgen wieder.",
  },
);
