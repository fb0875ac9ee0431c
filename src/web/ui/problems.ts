// What went wrong, in words for the person in front of the page. A problem that is not here has its
// own sentence in English, from the service.

import { Problem } from "./api.ts";
import { germanFieldProblem } from "./german-fields.ts";
import { texts } from "./i18n.ts";

const t = texts(
  {
    offline: "There is no connection at the moment. Check your network and try again.",
    "slow-down": "That was a lot at once. Please wait a minute, then try again.",
    unavailable: "The service can't be reached right now. Please try again in a moment.",
    "internal-error": "Something went wrong on our side. Please try again in a moment.",
    "not-found": "We could not find that.",
    "not-signed-in": "Please sign in again.",
    "token-expired": "Please sign in again.",
    "token-invalid": "Please sign in again.",
    "refresh-token-refused": "Please sign in again.",
    "wrong-role": "Your account may not do that.",
    "wrong-credentials": "Name or password is not right.",
    "wrong-password": "The password is not right.",
    "username-taken": "There is an account with this address already. Sign in with it.",
    "already-registered": "This account has a password already. Sign in with it.",
    "account-closing": "This account is being deleted and can't buy any more.",
    "guest-account": "That needs an account with a password.",
    "mail-unavailable": "No mail can be sent at the moment.",
    "precondition-failed": "Somebody else has changed this meanwhile. Look at the new state, then change it again.",
    "idempotency-key-reused": "That did not go through. Please try once more.",
    "invalid-request": "Please check what is marked.",
    unknown: "Something went wrong. Please try again.",
    invalidField: (_code: string, message: string) => `Please check this. (${message})`,
  },
  {
    offline: "Gerade besteht keine Verbindung. Prüfen Sie Ihr Netz und versuchen Sie es noch einmal.",
    "slow-down": "Das war viel auf einmal. Bitte warten Sie eine Minute und versuchen Sie es dann noch einmal.",
    unavailable: "Der Dienst ist gerade nicht erreichbar. Bitte versuchen Sie es gleich noch einmal.",
    "internal-error": "Bei uns ist etwas schiefgegangen. Bitte versuchen Sie es gleich noch einmal.",
    "not-found": "Das haben wir nicht gefunden.",
    "not-signed-in": "Bitte melden Sie sich wieder an.",
    "token-expired": "Bitte melden Sie sich wieder an.",
    "token-invalid": "Bitte melden Sie sich wieder an.",
    "refresh-token-refused": "Bitte melden Sie sich wieder an.",
    "wrong-role": "Das darf Ihr Konto nicht.",
    "wrong-credentials": "Name oder Passwort stimmt nicht.",
    "wrong-password": "Das Passwort stimmt nicht.",
    "username-taken": "Mit dieser Adresse gibt es schon ein Konto. Melden Sie sich damit an.",
    "already-registered": "Dieses Konto hat schon ein Passwort. Melden Sie sich damit an.",
    "account-closing": "Dieses Konto wird gerade gelöscht und kann nichts mehr kaufen.",
    "guest-account": "Dafür braucht es ein Konto mit Passwort.",
    "mail-unavailable": "Zurzeit können keine Mails verschickt werden.",
    "precondition-failed":
      "Jemand anderes hat das inzwischen geändert. Sehen Sie den neuen Stand an und ändern Sie ihn dann.",
    "idempotency-key-reused": "Das ging nicht durch. Bitte versuchen Sie es noch einmal.",
    "invalid-request": "Bitte prüfen Sie, was markiert ist.",
    unknown: "Etwas ist schiefgegangen. Bitte versuchen Sie es noch einmal.",
    invalidField: germanFieldProblem,
  },
);

type Words = Readonly<Record<string, string | ((problem: Problem) => string)>>;
const more: (() => Words)[] = [];

/** A page's own problems: sentences, or functions of the problem, which may say what is left. */
export function addProblemTexts(words: () => Words): void {
  more.push(words);
}

export function problemText(fault: unknown): string {
  if (!(fault instanceof Problem)) return t().unknown;
  for (const words of more) {
    const text = words()[fault.type];
    if (text !== undefined) return typeof text === "function" ? text(fault) : text;
  }
  const text = (t() as Readonly<Record<string, unknown>>)[fault.type];
  return typeof text === "string" ? text : fault.message || t().unknown;
}

/** What is wrong with one field of a form; null if nothing, or if it is something else. */
export function fieldProblem(fault: unknown, field: string): string | null {
  if (!(fault instanceof Problem)) return null;
  const found = fault.errors.find(({ path }) => path === field);
  if (found === undefined) return null;
  return t().invalidField(found.code, found.message);
}
