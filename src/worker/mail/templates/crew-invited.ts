// "Will you help?": an organiser invites this address to the crew of an event. Pure. It may go to
// people who know nothing of the service, so it says what a click does, and for how long.

import type { Part } from "../../../platform/d1/schema/crew.ts";
import type { Language } from "../../../platform/mails.ts";
import { moment } from "./format.ts";
import { type Letter, letter, oneLine } from "./letter.ts";
import { placeRows, type SoldEvent } from "./sold.ts";

export interface MailedInvitation {
  /** Null where only a stranger may have chosen the name. */
  readonly organizer: string | null;
  readonly event: Omit<SoldEvent, "lines">;
  readonly part: Part;
  readonly untilMs: number;
  /** The box office's page that accepts it. */
  readonly url: string;
}

const WORDS = {
  en: {
    subject: (event: string) => `Will you help? ${event}`,
    from: (organizer: string | null) =>
      `${organizer === null ? "The organiser" : `“${organizer}”`} invites you to the crew of this event:`,
    part: "Your part",
    parts: {
      manager: "Manager: you run the event together with its organiser",
      scanner: "Door: you scan tickets and let people in",
    },
    how: "Open the link, sign in or make an account, and accept:",
    label: "See the invitation",
    end: (until: string) =>
      `The link is good until ${until}, for one person: do not pass it on. If you do not want to help, or do not know what this is about, do nothing.`,
  },
  de: {
    subject: (event: string) => `Helfen Sie mit? ${event}`,
    from: (organizer: string | null) =>
      `${organizer === null ? "Der Veranstalter" : `„${organizer}“`} lädt Sie in das Team dieser Veranstaltung ein:`,
    part: "Ihre Aufgabe",
    parts: {
      manager: "Manager: Sie betreuen die Veranstaltung gemeinsam mit dem Veranstalter",
      scanner: "Einlass: Sie scannen Tickets und lassen Leute hinein",
    },
    how: "Öffnen Sie den Link, melden Sie sich an oder legen Sie ein Konto an, und nehmen Sie an:",
    label: "Einladung ansehen",
    end: (until: string) =>
      `Der Link gilt bis ${until}, für eine Person: Geben Sie ihn nicht weiter. Wenn Sie nicht helfen möchten oder nicht wissen, worum es geht, tun Sie nichts.`,
  },
};

export function crewInvitedMail(invitation: MailedInvitation, language: Language): Letter {
  const { organizer, event, part, untilMs, url } = invitation;
  const words = WORDS[language];
  return letter(language, words.subject(event.name), [
    { type: "paragraph", text: words.from(organizer === null ? null : oneLine(organizer)) },
    { type: "heading", text: event.name },
    { type: "facts", rows: [...placeRows(language, event), [words.part, words.parts[part]]] },
    { type: "paragraph", text: words.how },
    { type: "link", label: words.label, url },
    { type: "small", text: words.end(moment(language, untilMs, event.timezone)) },
  ]);
}
