// What the mails about an account's address and password say, and the links in them. A link's token
// is made when its mail is sent: until then nobody has it, and after that only the mailbox.

import type { LinkPurpose } from "../../domain/links.ts";
import { linkExpiresAtMs } from "../../domain/links.ts";
import { HOUR_MS } from "../../domain/units.ts";
import type { LinkMailKind, MailKind } from "../../platform/mails.ts";
import { settingsOf } from "../../platform/settings.ts";
import { emailKeyOf } from "../accounts/email.ts";
import { type AccountRow, accountById, isGuest, provenName } from "../accounts/queries.ts";
import { hashOf, newRefreshToken as newToken } from "../auth/refresh.ts";
import type { Env } from "../env.ts";
import type { Mail } from "../mail/mailer.ts";
import type { MailRow } from "../mail/queries.ts";
import type { Dropped } from "../mail/sending.ts";
import {
  addressChangedMail,
  addressWantedMail,
  resetPasswordMail,
  signInMail,
  verifyAddressMail,
} from "../mail/templates/accounts.ts";
import { oweTaken } from "./owing.ts";
import { accountByEmail, guestsToSignIn, insertLink, proofsAskedFor } from "./queries.ts";
import { accountOf, wantedIn } from "./wanted.ts";

/** Nobody waits any longer for a link that opens an account. */
const WAITED_FOR_MS = HOUR_MS;
/** To one address: any number of accounts may ask for the same. */
const PROOFS_AN_HOUR = 5;
/** In one mail. Those who bought as a guest more often than that write to the organiser. */
const GUESTS_IN_A_MAIL = 10;

const KINDS: readonly MailKind[] = [
  "verify_address",
  "reset_password",
  "sign_in",
  "address_wanted",
  "address_changed",
] satisfies LinkMailKind[];

export function isLinkMail(kind: MailKind): kind is LinkMailKind {
  return KINDS.includes(kind);
}

/** A mail goes to the address as its key writes it: so that is what its link proves. */
export async function composeLinkMail(env: Env, kind: LinkMailKind, mail: MailRow): Promise<Mail | Dropped> {
  const account = await accountById(env.DB, mail.accountId ?? "");
  if (account === null) return "nobody";
  switch (kind) {
    case "verify_address":
      return verification(env, account);
    case "reset_password":
      return isWaitedFor(mail) ? passwordReset(env, account) : "nothing";
    case "sign_in":
      return isWaitedFor(mail) ? signIns(env, account, wantedIn(mail.parameters)) : "nothing";
    case "address_wanted":
      return { to: account.email, ...addressWantedMail(provenName(account), account.language) };
    case "address_changed":
      return { to: mail.address ?? "", ...addressChangedMail(isGuest(account), account.language) };
  }
}

function isWaitedFor({ createdAtMs }: MailRow): boolean {
  return Date.now() - createdAtMs < WAITED_FOR_MS;
}

async function verification(env: Env, account: AccountRow): Promise<Mail | Dropped> {
  const to = emailKeyOf(account.pendingEmail ?? account.email);
  if (to === null) return "nobody";
  if (account.verifiedEmailKey === to) return "nothing";
  if (account.pendingEmail !== null && !isGuest(account) && (await accountByEmail(env.DB, to)) !== null) {
    // Only the address's owner learns that it is taken.
    await oweTaken(env, to);
    return "nothing";
  }
  if ((await proofsAskedFor(env.DB, to, Date.now() - HOUR_MS)) >= PROOFS_AN_HOUR) return "nothing";
  const url = await makeLink(env, "verify", account, to);
  return { to, ...verifyAddressMail(isGuest(account), url, account.language) };
}

async function passwordReset(env: Env, account: AccountRow): Promise<Mail | Dropped> {
  const to = account.emailKey;
  if (to === null || isGuest(account)) return "nobody";
  const url = await makeLink(env, "reset", account, to);
  return { to, ...resetPasswordMail(provenName(account), url, account.language) };
}

/**
 * One link for each guest's account, which stays as it is: nothing moves from one to another. That
 * of the account that has what is wanted leads there.
 */
async function signIns(env: Env, account: AccountRow, wanted: string | null): Promise<Mail | Dropped> {
  const to = account.guestEmailKey ?? account.emailKey;
  if (to === null) return "nobody";
  const [guests, registered, wantedBy] = await Promise.all([
    guestsToSignIn(env.DB, to, GUESTS_IN_A_MAIL),
    accountByEmail(env.DB, to),
    accountOf(env.DB, wanted),
  ]);
  if (guests.length === 0 && registered === null) return "nothing";
  const links = await Promise.all(
    guests.map(async (guest) => {
      const query = guest.id === wantedBy ? `?about=${wanted}` : "";
      return { sinceMs: guest.createdAtMs, url: (await makeLink(env, "sign_in", guest, to)) + query };
    }),
  );
  return { to, ...signInMail(links, registered && { name: provenName(registered) }, account.language) };
}

async function makeLink(env: Env, purpose: LinkPurpose, { id }: AccountRow, emailKey: string): Promise<string> {
  const token = newToken();
  const expiresAtMs = linkExpiresAtMs(purpose, Date.now());
  await insertLink(env.DB, hashOf(token), { purpose, emailKey, expiresAtMs }, id);
  return `${settingsOf(env).publicUrl}/links/${token}`;
}
