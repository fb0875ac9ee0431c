// What the pages of links say, in each language.

import type { LinkPurpose } from "../../domain/links.ts";
import type { Language } from "../../platform/mails.ts";

export interface Said {
  readonly title: string;
  readonly text: string;
}

export interface Texts {
  /** Before the link is used. `name`: the username, null for a guest's account. */
  readonly asked: Readonly<
    Record<LinkPurpose, (name: string | null, email: string) => Said & { readonly button: string }>
  >;
  readonly done: Readonly<Record<"verify" | "reset", Said>>;
  readonly refusals: Readonly<Record<"link-refused" | "cross-site-request" | "address-taken", Said>>;
  /** Where to go on from what is done. */
  readonly tickets: string;
  readonly username: string;
  readonly newPassword: string;
  readonly weakPassword: string;
}

export const TEXTS: Readonly<Record<Language, Texts>> = {
  en: {
    asked: {
      verify: (name, email) => ({
        title: "Is this your account?",
        text:
          name === null
            ? `Tickets were bought as a guest with the address ${email}. Confirm only if that was you.`
            : `The account “${name}” is to have the address ${email}. Confirm only if that account is yours.`,
        button: "Yes, confirm the address",
      }),
      reset: (name) => ({
        title: "Choose a new password",
        text: `For the account “${name ?? ""}”. You will be signed out everywhere.`,
        button: "Change the password",
      }),
      sign_in: (_name, email) => ({
        title: "Your tickets",
        text: `You will see the tickets that were bought as a guest with the address ${email}, and be signed in on this device.`,
        button: "To my tickets",
      }),
    },
    done: {
      verify: { title: "The address is confirmed", text: "You can close this page, or look at your tickets." },
      reset: { title: "The password is changed", text: "Sign in with the new one." },
    },
    refusals: {
      "link-refused": {
        title: "This link is not valid any more",
        text: "It has expired, was used, or lost its end on the way. Ask for another one.",
      },
      "cross-site-request": {
        title: "This form came from another site",
        text: "Open the link in the mail, and use its button.",
      },
      "address-taken": {
        title: "The address belongs to another account",
        text: "Sign in to that account with this address, or choose a new password for it.",
      },
    },
    tickets: "My tickets",
    username: "Username",
    newPassword: "New password, at least 8 characters",
    weakPassword: "This password is too short, too easy to guess, or your name. Choose another one.",
  },
  de: {
    asked: {
      verify: (name, email) => ({
        title: "Ist das Ihr Konto?",
        text:
          name === null
            ? `Mit der Adresse ${email} wurden als Gast Tickets gekauft. Bestätigen Sie nur, wenn Sie das waren.`
            : `Das Konto „${name}“ soll die Adresse ${email} haben. Bestätigen Sie nur, wenn es Ihr Konto ist.`,
        button: "Ja, Adresse bestätigen",
      }),
      reset: (name) => ({
        title: "Neues Passwort wählen",
        text: `Für das Konto „${name ?? ""}“. Sie werden überall abgemeldet.`,
        button: "Passwort ändern",
      }),
      sign_in: (_name, email) => ({
        title: "Ihre Tickets",
        text: `Sie sehen dann die Tickets, die als Gast mit der Adresse ${email} gekauft wurden, und sind auf diesem Gerät angemeldet.`,
        button: "Zu meinen Tickets",
      }),
    },
    done: {
      verify: {
        title: "Die Adresse ist bestätigt",
        text: "Sie können diese Seite schließen oder sich Ihre Tickets ansehen.",
      },
      reset: { title: "Das Passwort ist geändert", text: "Melden Sie sich mit dem neuen an." },
    },
    refusals: {
      "link-refused": {
        title: "Dieser Link gilt nicht mehr",
        text: "Er ist abgelaufen, wurde benutzt oder hat unterwegs sein Ende verloren. Fordern Sie einen neuen an.",
      },
      "cross-site-request": {
        title: "Dieses Formular kam von einer anderen Seite",
        text: "Öffnen Sie den Link in der Mail und benutzen Sie den Knopf dort.",
      },
      "address-taken": {
        title: "Die Adresse gehört zu einem anderen Konto",
        text: "Melden Sie sich mit dieser Adresse dort an, oder wählen Sie ein neues Passwort für jenes Konto.",
      },
    },
    tickets: "Meine Tickets",
    username: "Benutzername",
    newPassword: "Neues Passwort, mindestens 8 Zeichen",
    weakPassword: "Dieses Passwort ist zu kurz, zu leicht zu erraten oder Ihr Name. Wählen Sie ein anderes.",
  },
};
