// The passes that a refund names: of the tickets that go back, these are revoked. Pure.

import type { RefundItem } from "./refund-shares.ts";

/** Tickets of a reservation that are given back. */
export interface RefundedItem extends RefundItem {
  /** Numbers of the passes that the request named. Left out where it named none. */
  readonly passes?: readonly number[] | undefined;
}

/** A pass as it is when a refund names it. */
export interface NamedPass {
  readonly reservationId: string;
  readonly number: number;
  readonly revokedAtMs: number | null;
}

export type NamedPassRefusal =
  /** `item` and `pass`: indexes in the request and in its item. */
  | { readonly type: "refund_pass_unknown"; readonly item: number; readonly pass: number }
  | ({ readonly type: "refund_pass_revoked"; readonly revokedAtMs: number } & Omit<NamedPass, "revokedAtMs">);

/** Null where all that `items` names can be revoked. One with an admission can. */
export function refuseNamed(items: readonly RefundedItem[], named: readonly NamedPass[]): NamedPassRefusal | null {
  for (const [item, { reservationId, passes = [] }] of items.entries()) {
    for (const [index, number] of passes.entries()) {
      const pass = named.find((one) => one.reservationId === reservationId && one.number === number);
      if (pass === undefined) return { type: "refund_pass_unknown", item, pass: index };
      const { revokedAtMs } = pass;
      if (revokedAtMs !== null) return { type: "refund_pass_revoked", reservationId, number, revokedAtMs };
    }
  }
  return null;
}

/** What a request names. */
export function namedIn(items: readonly RefundedItem[] | "all"): Omit<NamedPass, "revokedAtMs">[] {
  if (items === "all") return [];
  return items.flatMap(({ reservationId, passes = [] }) => passes.map((number) => ({ reservationId, number })));
}

/** Numbers of all passes of one reservation that refunds have named. */
export function namedBy(refunds: readonly { readonly items: readonly RefundedItem[] }[], reservationId: string) {
  return refunds
    .flatMap(({ items }) => namedIn(items))
    .flatMap((pass) => (pass.reservationId === reservationId ? [pass.number] : []));
}
