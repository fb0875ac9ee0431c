// "Your payment did not go through": for a buyer who did not see it fail. Pure.

import type { Language } from "../../../platform/mails.ts";
import { moment } from "./format.ts";
import { type Letter, letter } from "./letter.ts";
import { eventBlocks, namesOf, pageBlocks, referenceBlock, type Sold } from "./sold.ts";

const WORDS = {
  en: {
    subject: (names: string) => `Your payment did not go through: ${names}`,
    over: "Your payment did not go through, and nothing was charged. Your tickets were held until then and are no longer kept for you.",
    held: (until: string) =>
      `Your payment did not go through, and nothing was charged. Your tickets are held until ${until}: you can pay again until then.`,
    again: "If you still want to come, please choose your tickets again.",
    page: "Pay again",
  },
  de: {
    subject: (names: string) => `Ihre Zahlung hat nicht geklappt: ${names}`,
    over: "Ihre Zahlung hat nicht geklappt, und es wurde nichts abgebucht. Ihre Tickets waren bis dahin für Sie zurückgelegt und sind es jetzt nicht mehr.",
    held: (until: string) =>
      `Ihre Zahlung hat nicht geklappt, und es wurde nichts abgebucht. Ihre Tickets sind bis ${until} zurückgelegt: Bis dahin können Sie noch einmal bezahlen.`,
    again: "Wenn Sie noch kommen möchten, wählen Sie Ihre Tickets bitte noch einmal aus.",
    page: "Noch einmal bezahlen",
  },
};

/** `heldUntilMs`: null where nothing is held any more. */
export function paymentFailedMail(sold: Sold, heldUntilMs: number | null, language: Language): Letter {
  const words = WORDS[language];
  const zone = sold.events[0]?.timezone ?? "UTC";
  const what = heldUntilMs === null ? words.over : words.held(moment(language, heldUntilMs, zone));
  return letter(language, words.subject(namesOf(sold)), [
    { type: "paragraph", text: what },
    // What was reserved alone is paid where it was: the shop's pages take orders.
    ...(heldUntilMs !== null && sold.isOrder ? pageBlocks(sold, words.page) : []),
    ...(heldUntilMs === null ? [{ type: "paragraph", text: words.again } as const] : []),
    ...sold.events.flatMap((event) => eventBlocks(language, sold.currency, event)),
    referenceBlock(language, sold),
  ]);
}
