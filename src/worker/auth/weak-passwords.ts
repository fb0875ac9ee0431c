// Why a password that is long enough may still not be chosen: attackers try it first. Pure.

export interface Owner {
  readonly username: string;
  readonly email: string;
}

/** What an attacker tries at this service only (OWASP ASVS 5.0, 6.1.2 and 6.2.11). */
const NAMES_OF_THIS_SERVICE = new Set(
  "ticketoverlord overlord ticket tickets ticketing reservation reservations boxoffice"
    .split(" ")
    .concat("buyer organizer organiser scanner admin administrator".split(" ")),
);

/** Why `owner` may not choose `password`, or null. `isCommon`: the table of common ones has it. */
export function weakness(password: string, owner: Owner, isCommon: boolean): string | null {
  if (isCommon || NAMES_OF_THIS_SERVICE.has(core(folded(password)))) {
    return "is too easy to guess: choose another";
  }
  return isOwnName(password, owner) ? "must be neither your username nor your e-mail address" : null;
}

/** NFKC in small letters; by way of capitals, which "ſ" shares with "s" and "ı" with "i". */
export function folded(text: string): string {
  return text.normalize("NFKC").toUpperCase().toLowerCase().replaceAll("i\u0307", "i");
}

/** The username, the e-mail address or its local part, or one of them followed by a number. */
function isOwnName(password: string, { username, email }: Owner): boolean {
  const plain = folded(password);
  const names = [username, email, email.slice(0, email.lastIndexOf("@"))].map(folded);
  return names.some((name) => plain === name || (core(name) !== "" && core(plain) === core(name)));
}

/** Letters and digits, without those at the end: "ticketoverlord" for "Ticket-Overlord 2026!". */
function core(plain: string): string {
  return plain.replace(/[^\p{L}\p{M}\p{N}]/gu, "").replace(/\p{N}+$/u, "");
}
