// The links in mails to an account's owner: how long they are good, and what using one does. Pure.

import { DAY_MS, MINUTE_MS } from "./units.ts";

/** To prove an address, to choose a new password, to get back to a guest's account. */
export type LinkPurpose = "verify" | "reset" | "sign_in";

export interface Link {
  readonly purpose: LinkPurpose;
  /** Of the address that the mail went to: what using the link proves. */
  readonly emailKey: string;
  readonly expiresAtMs: number;
  readonly usedAtMs: number | null;
}

/** The account that a link leads to, when the link is used. Its keys are those of addresses. */
export interface LinkOwner {
  readonly isGuest: boolean;
  readonly emailKey: string | null;
  readonly pendingKey: string | null;
  readonly verifiedKey: string | null;
}

export type LinkDecision =
  | { readonly type: "refused" }
  /** A replay: the address that the link proves is the account's, and proven. */
  | { readonly type: "proven_already" }
  | { readonly type: "prove" }
  /** The address that the account asked for takes the place of the one that it has. */
  | { readonly type: "move" }
  | { readonly type: "reset" }
  /**
   * Until the address of a guest is proven, its sessions may be those of somebody who typed the
   * address of another person.
   */
  | { readonly type: "sign_in"; readonly endsOtherSessions: boolean };

// The owner of a new account may read their mail tomorrow. Somebody waits for the other two, which
// open an account.
const LIFETIMES_MS: Readonly<Record<LinkPurpose, number>> = {
  verify: DAY_MS,
  reset: 30 * MINUTE_MS,
  sign_in: 30 * MINUTE_MS,
};

export function linkExpiresAtMs(purpose: LinkPurpose, nowMs: number): number {
  return nowMs + LIFETIMES_MS[purpose];
}

/**
 * What using `link` for `purpose` does at `nowMs`. Null for a link or an owner that is not there. A
 * link leads nowhere once its account has another address, so an old mailbox opens nothing.
 */
export function decideLink(
  link: Link | null,
  owner: LinkOwner | null,
  purpose: LinkPurpose,
  nowMs: number,
): LinkDecision {
  if (link === null || owner === null || link.purpose !== purpose) return { type: "refused" };
  const isOfAddress = link.emailKey === owner.emailKey;
  const isProven = isOfAddress && link.emailKey === owner.verifiedKey;
  if (purpose === "verify" && isProven) return { type: "proven_already" };
  if (link.usedAtMs !== null || nowMs >= link.expiresAtMs) return { type: "refused" };
  switch (purpose) {
    case "verify":
      if (link.emailKey === owner.pendingKey) return { type: "move" };
      return { type: isOfAddress ? "prove" : "refused" };
    case "reset":
      return { type: isOfAddress && !owner.isGuest ? "reset" : "refused" };
    case "sign_in":
      return isOfAddress && owner.isGuest ? { type: "sign_in", endsOtherSessions: !isProven } : { type: "refused" };
  }
}
