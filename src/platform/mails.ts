// What a mail is about, and what its queue carries. Objects and the Worker both owe mails.

import { DAY_MS } from "../domain/units.ts";

/** About what was bought. */
export type SaleMailKind = "confirmed" | "confirmed_again" | "payment_failed" | "refunded";
/** About an account's address and password. */
export type LinkMailKind = "verify_address" | "reset_password" | "sign_in" | "address_wanted" | "address_changed";
/** About a pass that was passed on, to its new holder. */
export type PassMailKind = "pass_received";
/** To somebody whom an organiser would like to have in the crew of an event. */
export type CrewMailKind = "crew_invited";
/** About an event, to everybody who holds tickets of it. */
export type EventMailKind = "event_changed" | "event_called_off" | "event_message";
/** About an account's subscription to webhooks. */
export type WebhookMailKind = "webhook_disabled";
export type MailKind = SaleMailKind | PassMailKind | CrewMailKind | EventMailKind | LinkMailKind | WebhookMailKind;

/**
 * `refused`: the mail service never takes it as it is. `suppressed`: it sends nothing to this
 * address. `bounced`: the address's server gave it back. `complained`: its reader called it spam.
 * `dropped`: it was not sent in time, or there was nobody or nothing left to write to or about.
 */
export type MailState = "due" | "sent" | "refused" | "suppressed" | "bounced" | "complained" | "dropped";

export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

/** A message of the `mails` queue: this mail may be due. */
export interface MailMessage {
  readonly mailId: string;
}

/** What happened longer ago is news to nobody: neither an outage nor a restored copy mails it. */
export const NEWS_MS = DAY_MS;

/** `version`: of a mail that is owed again for the same thing. Fit for a header as it is. */
export function mailIdOf(kind: MailKind, about: string, version: number | string = ""): string {
  return version === "" ? `${kind}.${about}` : `${kind}.${about}.${version}`;
}
