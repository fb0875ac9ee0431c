// "A webhook is disabled": its receiver accepts nothing, and its owner's programs hear of nothing.
// Pure.

import type { Language } from "../../../platform/mails.ts";
import { moment } from "./format.ts";
import { type Letter, letter } from "./letter.ts";

export interface DisabledWebhook {
  readonly id: string;
  /** Of its URL, whose path may be a secret. */
  readonly host: string;
  readonly failingSinceMs: number;
  /** Whether the receiver said that it is gone, for good. */
  readonly isGone: boolean;
}

const WORDS = {
  en: {
    subject: "A webhook of yours is disabled",
    failed: "For three days its receiver has accepted nothing. So nothing more is sent to it.",
    gone: "Its receiver says that it is gone (410). So nothing more is sent to it.",
    webhook: "Webhook",
    receiver: "Receiver",
    since: "Since",
    next: "What happens is still numbered, and kept for 30 days. Once the receiver works again, put the webhook on again, and have everything sent again from the first number that is missing.",
  },
  de: {
    subject: "Ein Webhook von Ihnen ist abgeschaltet",
    failed: "Drei Tage lang hat sein Empfänger nichts angenommen. Deshalb wird ihm nichts mehr gesendet.",
    gone: "Sein Empfänger sagt, dass es ihn nicht mehr gibt (410). Deshalb wird ihm nichts mehr gesendet.",
    webhook: "Webhook",
    receiver: "Empfänger",
    since: "Seit",
    next: "Was geschieht, wird weiter nummeriert und 30 Tage aufbewahrt. Wenn der Empfänger wieder arbeitet, schalten Sie den Webhook wieder ein, und lassen Sie alles ab der ersten fehlenden Nummer noch einmal senden.",
  },
};

export function webhookDisabledMail(webhook: DisabledWebhook, language: Language): Letter {
  const { id, host, failingSinceMs, isGone } = webhook;
  const words = WORDS[language];
  return letter(language, words.subject, [
    { type: "paragraph", text: isGone ? words.gone : words.failed },
    {
      type: "facts",
      rows: [
        [words.webhook, id],
        [words.receiver, host],
        [words.since, moment(language, failingSinceMs, "UTC")],
      ],
    },
    { type: "paragraph", text: words.next },
  ]);
}
