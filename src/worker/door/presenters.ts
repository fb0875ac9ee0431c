// How what happened at a door reads on the wire.

import type * as z from "zod";
import type { DoorOutcome, DoorRefusal } from "../../domain/check-in.ts";
import type { PassView } from "../../domain/pass.ts";
import { iso, isoOrNull } from "../../platform/wire.ts";
import { emailKeyOf, maskedAddress } from "../accounts/email.ts";
import type { Door } from "./access.ts";
import type { CheckInResult } from "./check-ins.ts";
import type { CheckIn, CheckInOfBatch, DoorPass, FoundPass } from "./schemas.ts";
import type { Found } from "./search.ts";

type Presented = z.output<typeof CheckInOfBatch>;
type Said = Partial<Pick<Presented, "at" | "gate" | "displaced" | "doors_open_at">>;

const NOTHING = { at: null, gate: null, displaced: null, doors_open_at: null };

/** Null where the key was another request's. */
export function presentCheckIn(result: CheckInResult, door: Door, key: string): z.output<typeof CheckIn> | null {
  const { result: word, ...rest } = presentCheckInOfBatch(result, door, key);
  return word === "key_reused" ? null : { result: word, ...rest };
}

export function presentCheckInOfBatch(result: CheckInResult, door: Door, key: string): Presented {
  const pass = result.pass && presentDoorPass(result.pass, door);
  if (result.ok) {
    const { type } = result.outcome;
    return { result: type, key, pass, ...NOTHING, ...saidOfOutcome(result.outcome) };
  }
  const { refusal } = result;
  if (refusal.type === "idempotency_key_reused") return { result: "key_reused", key, pass: null, ...NOTHING };
  return { result: refusal.type, key, pass, ...NOTHING, ...saidOfRefusal(refusal) };
}

export function presentDoorPass(pass: PassView, door: Door): z.output<typeof DoorPass> {
  const { id, state, holderName, holderEmail, ticketTypeId, priceId, priceName, reservationId, orderId } = pass;
  return {
    id,
    state,
    outside: pass.outSinceMs !== null,
    holder: holderName,
    passed_on_to: holderEmail && maskedAddress(holderEmail),
    ticket: { id: ticketTypeId, name: door.ticketTypes.get(ticketTypeId)?.name ?? "" },
    price: { id: priceId, name: priceName },
    reservation: reservationId,
    order: orderId,
    disputed: door.disputed.has(reservationId),
  };
}

export function presentFoundPass({ pass, buyerName }: Found, door: Door): z.output<typeof FoundPass> {
  // Nothing keeps people from a username that is their address.
  const isAddress = buyerName !== null && emailKeyOf(buyerName) !== null;
  return { ...presentDoorPass(pass, door), bought_by: isAddress ? maskedAddress(buyerName) : buyerName };
}

function saidOfOutcome(outcome: DoorOutcome): Said {
  switch (outcome.type) {
    case "admitted": {
      const { admission, displaced } = outcome;
      return {
        at: iso(admission.atMs),
        gate: admission.gate,
        displaced: displaced && { at: iso(displaced.atMs), gate: displaced.gate },
      };
    }
    case "undone":
      return { at: iso(outcome.admission.atMs), gate: outcome.admission.gate };
    case "readmitted":
    case "went_out":
      return { at: iso(outcome.atMs) };
  }
}

function saidOfRefusal(refusal: DoorRefusal | { readonly type: "wrong_event" | "unknown" }): Said {
  switch (refusal.type) {
    case "already_admitted":
      return { at: iso(refusal.atMs), gate: refusal.gate };
    case "revoked":
      return { at: isoOrNull(refusal.revokedAtMs) };
    case "already_out":
      return { at: iso(refusal.atMs) };
    case "too_early":
      return { doors_open_at: iso(refusal.doorsOpenAtMs) };
    case "wrong_event":
    case "unknown":
    case "not_admitted":
    case "reentry_not_allowed":
      return {};
  }
}
