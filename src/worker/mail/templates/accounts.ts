// Mails about an account's address and password. Pure. They may go to people who asked for nothing,
// so they say nothing that a stranger has typed: mail programs make a link of a name such as
// `www.example.com`. A username stands in them only if its owner has proven the address.

import type { Language } from "../../../platform/mails.ts";
import { day } from "./format.ts";
import { type Block, type Letter, letter, oneLine } from "./letter.ts";

/** A guest's account and the link to it. */
export interface GuestLink {
  readonly sinceMs: number;
  readonly url: string;
}

const WORDS = {
  en: {
    verify: {
      subject: "Confirm your e-mail address",
      account: "An account is to have this address. If the account is yours, confirm it:",
      guest: "Somebody used this address to buy tickets as a guest. If that was you, confirm it:",
      label: "Confirm the address",
      end: "The link is good for 24 hours. If the account is not yours, do nothing: the address stays unconfirmed.",
    },
    reset: {
      subject: "Choose a new password",
      text: (account: string) => `Somebody asked for a new password for ${account}. If it was you, choose one:`,
      label: "Choose a new password",
      end: "The link is good for 30 minutes, once. If it was not you, do nothing: your password stays as it is.",
    },
    signIn: {
      subject: "Your tickets",
      text: "Somebody asked for the tickets that were bought as a guest with this address. If it was you, these links sign you in:",
      label: (day: string) => `Bought as a guest on ${day}`,
      registered: (account: string) => `What you bought with ${account} you see when you sign in with your password.`,
      end: "Each link is good for 30 minutes, once. If it was not you, do nothing.",
    },
    wanted: {
      subject: "This address has an account already",
      text: (account: string) =>
        `Somebody tried to register again with this address, or to have it for another account. It belongs to ${account}, and nothing has changed.`,
      end: "If it was you, sign in with this address, or ask for a new password. If it was not, you need do nothing.",
    },
    changed: {
      subject: "Your e-mail address has changed",
      account: "Your account has another e-mail address now. Nothing more about it comes here.",
      guest: "What you bought as a guest has another e-mail address now. Nothing more about it comes here.",
      end: "If it was not you, write to those who run the service at once: somebody else has the account.",
    },
    account: (name: string | null) => (name === null ? "your account" : `your account “${oneLine(name)}”`),
  },
  de: {
    verify: {
      subject: "Bestätigen Sie Ihre E-Mail-Adresse",
      account: "Ein Konto soll diese Adresse haben. Wenn das Konto Ihres ist, bestätigen Sie sie:",
      guest: "Jemand hat mit dieser Adresse als Gast Tickets gekauft. Wenn Sie das waren, bestätigen Sie sie:",
      label: "Adresse bestätigen",
      end: "Der Link gilt 24 Stunden. Wenn das Konto nicht Ihres ist, tun Sie nichts: Die Adresse bleibt unbestätigt.",
    },
    reset: {
      subject: "Wählen Sie ein neues Passwort",
      text: (account: string) =>
        `Jemand hat für ${account} ein neues Passwort verlangt. Wenn Sie das waren, wählen Sie eines:`,
      label: "Neues Passwort wählen",
      end: "Der Link gilt 30 Minuten, einmal. Wenn Sie das nicht waren, tun Sie nichts: Ihr Passwort bleibt, wie es ist.",
    },
    signIn: {
      subject: "Ihre Tickets",
      text: "Jemand hat nach den Tickets gefragt, die als Gast mit dieser Adresse gekauft wurden. Wenn Sie das waren, melden Sie sich mit diesen Links an:",
      label: (day: string) => `Als Gast gekauft am ${day}`,
      registered: (account: string) =>
        `Was Sie über ${account} gekauft haben, sehen Sie, wenn Sie sich mit Ihrem Passwort anmelden.`,
      end: "Jeder Link gilt 30 Minuten, einmal. Wenn Sie das nicht waren, tun Sie nichts.",
    },
    wanted: {
      subject: "Zu dieser Adresse gibt es schon ein Konto",
      text: (account: string) =>
        `Jemand wollte sich noch einmal mit dieser Adresse registrieren oder sie für ein anderes Konto haben. ${account} hat sie schon, und es hat sich nichts geändert.`,
      end: "Wenn Sie das waren, melden Sie sich mit dieser Adresse an, oder verlangen Sie ein neues Passwort. Sonst müssen Sie nichts tun.",
    },
    changed: {
      subject: "Ihre E-Mail-Adresse hat sich geändert",
      account: "Ihr Konto hat jetzt eine andere E-Mail-Adresse. Hierher kommt nichts mehr dazu.",
      guest: "Was Sie als Gast gekauft haben, hat jetzt eine andere E-Mail-Adresse. Hierher kommt nichts mehr dazu.",
      end: "Wenn Sie das nicht waren, schreiben Sie sofort denen, die den Dienst betreiben: Jemand anderes hat das Konto.",
    },
    account: (name: string | null) => (name === null ? "Ihr Konto" : `Ihr Konto „${oneLine(name)}“`),
  },
};

export function verifyAddressMail(isGuest: boolean, url: string, language: Language): Letter {
  const { subject, account, guest, label, end } = WORDS[language].verify;
  return letter(language, subject, [
    { type: "paragraph", text: isGuest ? guest : account },
    { type: "link", label, url },
    { type: "small", text: end },
  ]);
}

/** `name`: null unless the account has proven its address. */
export function resetPasswordMail(name: string | null, url: string, language: Language): Letter {
  const { reset, account } = WORDS[language];
  return letter(language, reset.subject, [
    { type: "paragraph", text: reset.text(account(name)) },
    { type: "link", label: reset.label, url },
    { type: "small", text: reset.end },
  ]);
}

/** `registered`: the account with a password that has the address, too; its name as above. */
export function signInMail(
  guests: readonly GuestLink[],
  registered: { readonly name: string | null } | null,
  language: Language,
): Letter {
  const { signIn, account } = WORDS[language];
  const links = guests.map(
    ({ sinceMs, url }): Block => ({ type: "link", label: signIn.label(day(language, sinceMs, "UTC")), url }),
  );
  const asGuest: Block[] = [{ type: "paragraph", text: signIn.text }, ...links, { type: "small", text: signIn.end }];
  const also = registered === null ? [] : [signIn.registered(account(registered.name))];
  return letter(language, signIn.subject, [
    ...also.map((text): Block => ({ type: "paragraph", text })),
    ...(links.length === 0 ? [] : asGuest),
  ]);
}

export function addressWantedMail(name: string | null, language: Language): Letter {
  const { wanted, account } = WORDS[language];
  return letter(language, wanted.subject, [
    { type: "paragraph", text: wanted.text(account(name)) },
    { type: "paragraph", text: wanted.end },
  ]);
}

/** To the address that the account had before. */
export function addressChangedMail(isGuest: boolean, language: Language): Letter {
  const { subject, account, guest, end } = WORDS[language].changed;
  return letter(language, subject, [
    { type: "paragraph", text: isGuest ? guest : account },
    { type: "paragraph", text: end },
  ]);
}
