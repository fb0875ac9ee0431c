// What the crew reads after a scan: a word that is read from two metres, and why.

import { dayAndTime, time } from "../../ui/format.ts";
import { counted, texts } from "../../ui/i18n.ts";
import type { Outcome, Result } from "../core/outcome.ts";

export const t = texts(
  {
    admitted: "Let in",
    readmitted: "Back in",
    went_out: "Out",
    undone: "Taken back",
    already_admitted: "Already in",
    revoked: "Not valid",
    wrong_event: "Other event",
    unknown: "Unknown code",
    too_early: "Too early",
    not_admitted: "Not inside",
    already_out: "Already out",
    reentry_not_allowed: "No re\u2011entry",
    key_reused: "Not recorded",
    undecided: "Can’t tell",
    not_crew: "Not your door",
    not_accepted: "Not recorded",
    sinceAt: (at: string, gate: string) => `Went in at ${at}, gate ${gate}`,
    since: (at: string) => `Went in at ${at}`,
    sinceElsewhere: "Somebody went in with this ticket",
    refunded: (at: string) => `Refunded on ${at}`,
    refundedOrPassedOn: "Refunded, or passed on to somebody else",
    passedOn: "An old code: the ticket was passed on to somebody else",
    otherEvent: "A ticket of ours, for another event",
    notOurs: "None of our codes, or a copy with a fault",
    opensAt: (at: string) => `Doors open at ${at}`,
    neverIn: "Nobody went in with this ticket",
    outAlready: "Went out before",
    noReentry: "Who leaves this event can’t come back",
    noNetwork: "No network, and this device can’t check the code by itself. Try again.",
    notCrew: "This account is not in the event’s crew any more. Nobody was let in: sign in with one that is.",
    notTaken: "The service could not take this scan. Nobody was let in by it: try again, or search by name.",
  },
  {
    admitted: "Einlass",
    readmitted: "Wieder drin",
    went_out: "Draußen",
    undone: "Zurückgenommen",
    already_admitted: "Schon drin",
    revoked: "Ungültig",
    wrong_event: "Andere Veran\u00adstaltung",
    unknown: "Unbekannt",
    too_early: "Zu früh",
    not_admitted: "Nicht drin",
    already_out: "Schon draußen",
    reentry_not_allowed: "Kein Wieder\u00adeinlass",
    key_reused: "Nicht erfasst",
    undecided: "Unklar",
    not_crew: "Nicht im Team",
    not_accepted: "Nicht erfasst",
    sinceAt: (at: string, gate: string) => `Um ${at} hineingegangen, Eingang ${gate}`,
    since: (at: string) => `Um ${at} hineingegangen`,
    sinceElsewhere: "Mit diesem Ticket ist schon jemand drin",
    refunded: (at: string) => `Erstattet am ${at}`,
    refundedOrPassedOn: "Erstattet oder an jemand anderen weitergegeben",
    passedOn: "Alter Code: Das Ticket wurde weitergegeben",
    otherEvent: "Ein Ticket von uns, aber für eine andere Veranstaltung",
    notOurs: "Keiner unserer Codes, oder fehlerhaft kopiert",
    opensAt: (at: string) => `Einlass ab ${at}`,
    neverIn: "Mit diesem Ticket war noch niemand drin",
    outAlready: "Ist schon hinausgegangen",
    noReentry: "Wer diese Veranstaltung verlässt, kann nicht zurück",
    noNetwork: "Kein Netz, und dieses Gerät kann den Code nicht selbst prüfen. Noch einmal versuchen.",
    notCrew: "Dieses Konto gehört nicht mehr zum Team. Niemand wurde eingelassen: Bitte mit einem anderen anmelden.",
    notTaken:
      "Der Dienst konnte diesen Scan nicht annehmen. Er hat niemanden eingelassen: Noch einmal versuchen oder nach Namen suchen.",
  },
);

export function resultWord(result: Result): string {
  return t()[result];
}

/** Null where there is nothing to add. */
export function reasonOf(outcome: Outcome, timezone: string): string | null {
  const { result, atMs, gate, doorsOpenAtMs, pass } = outcome;
  switch (result) {
    case "already_admitted":
      if (atMs === null) return t().sinceElsewhere;
      return gate === null ? t().since(at(atMs, timezone)) : t().sinceAt(at(atMs, timezone), gate);
    case "revoked":
      if (atMs !== null) return t().refunded(dayAndTime(new Date(atMs).toISOString(), timezone));
      return pass === null ? t().refundedOrPassedOn : t().passedOn;
    case "too_early":
      return doorsOpenAtMs === null ? null : t().opensAt(at(doorsOpenAtMs, timezone));
    case "wrong_event":
      return t().otherEvent;
    case "unknown":
      return t().notOurs;
    case "not_admitted":
      return t().neverIn;
    case "already_out":
      return t().outAlready;
    case "reentry_not_allowed":
      return t().noReentry;
    case "undecided":
      return t().noNetwork;
    case "not_crew":
      return t().notCrew;
    case "key_reused":
    case "not_accepted":
      return t().notTaken;
    case "admitted":
    case "readmitted":
    case "went_out":
    case "undone":
      return null;
  }
}

export function at(ms: number, timezone: string): string {
  return time(new Date(ms).toISOString(), timezone);
}

export function scansText(count: number): string {
  return counted(count, "scan", "scans");
}
