// Which passwords nobody may choose, though they are long enough: those that are tried first.

import { commonPasswords } from "./common-passwords.ts";

export interface Owner {
  readonly username: string;
  readonly email: string;
}

/** What an attacker tries here and nowhere else (OWASP ASVS 5.0, 6.1.2 and 6.2.11), without a number at its end. */
const WORDS_OF_THIS_SERVICE = new Set([
  ...["ticketoverlord", "overlord", "ticket", "tickets", "ticketing", "reservation", "reservations", "boxoffice"],
  ...["buyer", "organizer", "organiser", "scanner", "admin", "administrator"],
]);

/** In any mix of upper and lower case, and in any width that Unicode writes letters in. */
export function isCommon(password: string): boolean {
  const plain = folded(password);
  return commonPasswords().has(plain) || WORDS_OF_THIS_SERVICE.has(core(plain));
}

/** The password is its owner's username, e-mail address or that address's local part, or one with a number after it. */
export function isOwnName(password: string, { username, email }: Owner): boolean {
  const plain = folded(password);
  const names = [username, email, email.slice(0, email.lastIndexOf("@"))].map(folded);
  return names.some((name) => plain === name || (core(name) !== "" && core(plain) === core(name)));
}

/** By way of capitals, because some small letters have one in common: "ſ" and "s", "ı" and "i". */
function folded(text: string): string {
  return text.normalize("NFKC").toUpperCase().toLowerCase().replaceAll("i\u0307", "i");
}

/** The letters and digits, without digits at the end: what is left of "Ticket-Overlord 2026!" is "ticketoverlord". */
function core(plain: string): string {
  return plain.replace(/[^\p{L}\p{M}\p{N}]/gu, "").replace(/\p{N}+$/u, "");
}
