// A pass: the right of one person to go in once. What a confirmed reservation of quantity 3 has
// three of. Pure.

import type { Reservation } from "./reservation.ts";
import { isSold } from "./stock.ts";

/** `revoked` also where it was admitted before: the admission stays on record. */
export const PASS_STATES = ["valid", "admitted", "revoked"] as const;
export type PassState = (typeof PASS_STATES)[number];

/** `key`: of the check-in that let it in. */
export interface Admission {
  readonly key: string;
  readonly atMs: number;
  readonly gate: string;
}

export interface Pass {
  readonly reservationId: string;
  /** From 1 to the reservation's quantity. */
  readonly number: number;
  /** Grows when it is passed on. Codes of lower generations are revoked. */
  readonly generation: number;
  readonly holderName: string | null;
  /** The address that it was passed on to; null while it is its buyer's. */
  readonly holderEmail: string | null;
  /** `emailKeyOf` that address. */
  readonly emailKey: string | null;
  /** When it was last passed on, and by which account; null also where nobody knows any more. */
  readonly passedOnAtMs: number | null;
  readonly passedOnBy: string | null;
  readonly revokedAtMs: number | null;
  /** The first one in time; null while nobody went in with it. */
  readonly admission: Admission | null;
  /** Since when its holder is outside again; null for one that has not gone out. */
  readonly outSinceMs: number | null;
}

/** What a reservation says of its passes. They need no row until something happens to one. */
export type PassClaim = Pick<
  Reservation,
  "id" | "accountId" | "orderId" | "quantity" | "priceId" | "priceName" | "state" | "givenBack"
>;

/** What others may see of it, in RPC. */
export interface PassView extends Pass {
  readonly id: string;
  readonly ticketTypeId: string;
  /** The buyer. */
  readonly accountId: string;
  readonly orderId: string | null;
  readonly priceId: string | null;
  readonly priceName: string;
  readonly state: PassState;
}

/** Who asks for a pass. `emailKey`: of an address that is known to be the account's, or null. */
export interface PassReader {
  readonly accountId: string;
  readonly emailKey: string | null;
}

export interface PassName {
  readonly reservationId: string;
  readonly number: number;
}

const PASS_ID = /^(.+)-([1-9]\d{0,3})$/;

export function passIdOf({ reservationId, number }: PassName): string {
  return `${reservationId}-${number}`;
}

/** Null for what is no id of a pass. */
export function readPassId(id: string): PassName | null {
  const [, reservationId, number] = PASS_ID.exec(id) ?? [];
  return reservationId === undefined ? null : { reservationId, number: Number(number) };
}

/** All passes of a reservation; none where nothing is sold. `recorded`: the ones with a row. */
export function passesOf(claim: PassClaim, recorded: readonly Pass[]): Pass[] {
  if (!isSold(claim.state)) return [];
  const byNumber = new Map(recorded.map((pass) => [pass.number, pass]));
  return Array.from({ length: claim.quantity }, (_, index) => byNumber.get(index + 1) ?? newPass(claim.id, index + 1));
}

/** One of its passes; null where there is none with this number. */
export function passOf(claim: PassClaim | null, number: number, recorded: Pass | null): Pass | null {
  if (claim === null || !isSold(claim.state) || number > claim.quantity) return null;
  return recorded ?? newPass(claim.id, number);
}

export function newPass(reservationId: string, number: number): Pass {
  return {
    reservationId,
    number,
    generation: 0,
    holderName: null,
    holderEmail: null,
    emailKey: null,
    passedOnAtMs: null,
    passedOnBy: null,
    revokedAtMs: null,
    admission: null,
    outSinceMs: null,
  };
}

export function passStateOf({ revokedAtMs, admission }: Pick<Pass, "revokedAtMs" | "admission">): PassState {
  if (revokedAtMs !== null) return "revoked";
  return admission === null ? "valid" : "admitted";
}

/** Whose it is: the account with the address that it was passed on to, or else its buyer. */
export function isHolder(pass: Pass, { accountId }: Pick<PassClaim, "accountId">, reader: PassReader): boolean {
  return pass.holderEmail === null
    ? reader.accountId === accountId
    : pass.emailKey !== null && pass.emailKey === reader.emailKey;
}

/** A buyer goes on seeing that a pass was passed on. */
export function maySee(pass: Pass, claim: PassClaim, reader: PassReader): boolean {
  return reader.accountId === claim.accountId || isHolder(pass, claim, reader);
}

/**
 * The passes that a refund of `count` tickets revokes, as they are then: first the ones that it
 * names, then the ones that nobody has gone in with; of each kind the highest number first.
 */
export function revokedBy(passes: readonly Pass[], count: number, named: readonly number[], nowMs: number): Pass[] {
  const rankOf = ({ number, admission }: Pass) => (named.includes(number) ? 0 : admission === null ? 1 : 2);
  return passes
    .filter(({ revokedAtMs }) => revokedAtMs === null)
    .sort((one, other) => rankOf(one) - rankOf(other) || other.number - one.number)
    .slice(0, Math.max(0, count))
    .map((pass) => ({ ...pass, revokedAtMs: nowMs }));
}

/**
 * Until when a buyer may give back what has these passes; null: not at all. `eventUntilMs` is the
 * event's own. Who goes in with one of them ends it, also where our clock was set back since: an
 * evening that one had is not given back.
 */
export function givenBackUntil(eventUntilMs: number | null, passes: readonly Pass[], nowMs: number): number | null {
  if (eventUntilMs === null) return null;
  const used = passes.flatMap(({ admission, revokedAtMs }) => (revokedAtMs === null ? (admission ?? []) : []));
  return Math.min(eventUntilMs, ...used.map(({ atMs }) => Math.min(atMs, nowMs)));
}

export function passViewOf(pass: Pass, claim: PassClaim, ticketTypeId: string): PassView {
  const { accountId, orderId, priceId, priceName } = claim;
  return {
    ...pass,
    id: passIdOf(pass),
    ticketTypeId,
    accountId,
    orderId,
    priceId,
    priceName,
    state: passStateOf(pass),
  };
}
