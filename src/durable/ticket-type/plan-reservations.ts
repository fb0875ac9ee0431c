// Who gets tickets: decides a batch of requests, in order. Pure.

import type { Code } from "../../domain/price.ts";
import { type Reservation, viewOf } from "../../domain/reservation.ts";
import { decide, decideReserve } from "../../domain/reservation-decisions.ts";
import { Draft, type Inventory, type KeyRecord, type Plan } from "./draft.ts";
import type { ReserveRequest, ReserveResult, TicketTypeState } from "./protocol.ts";

export interface ReserveFacts {
  readonly ticketType: TicketTypeState;
  /** The reservations with the requests' ids, and those of the keys' records. */
  readonly reservations: readonly Reservation[];
  readonly keys: readonly KeyRecord[];
  /** Codes that read like the requests'. */
  readonly codes: readonly Code[];
  /** Tickets that each account has; not read if there is no limit per buyer. */
  readonly ownedByAccount: ReadonlyMap<string, number>;
  readonly holdMs: number;
}

export function planReservations(
  facts: ReserveFacts,
  requests: readonly ReserveRequest[],
  nowMs: number,
): Plan<ReserveResult> {
  const draft = new Draft(facts.ticketType, facts.reservations, facts.keys, facts.codes);
  const owned = new Map(facts.ownedByAccount);
  const results = requests.map((request) => planReservation(request, facts, draft, owned, nowMs));
  return { results, changes: draft.changes() };
}

/** Lets go of holds, also of what is part of an order: that ends when it finds out. */
export function planReleases(inventory: Inventory, held: readonly Reservation[], nowMs: number): Plan<never> {
  const draft = new Draft(inventory, held);
  for (const reservation of held) {
    const decision = decide(reservation, { type: "let_go" }, nowMs);
    if (decision.type !== "refused") draft.accept(decision);
  }
  return { results: [], changes: draft.changes() };
}

/** `owned` grows with each hold of the batch, so that a buyer's requests count together. */
function planReservation(
  request: ReserveRequest,
  { ticketType, holdMs }: ReserveFacts,
  draft: Draft,
  owned: Map<string, number>,
  nowMs: number,
): ReserveResult {
  const { reservationId, accountId, orderId = null, quantity, idempotencyKey, counter } = request;
  const { priceId = null, code = null, acceptedTerms = null } = request;
  const asked = requestText(quantity, priceId, code, acceptedTerms);
  const record = draft.findKey(accountId, idempotencyKey);
  if (record !== null && record.request !== asked) {
    return { ok: false, refusal: { type: "idempotency_key_reused" } };
  }
  const id = record?.reservationId ?? reservationId;
  const ownedByBuyer = owned.get(accountId) ?? 0;
  const offer = { ...ticketType, ...draft.inventory };
  const codes = draft.codesReading(code);
  const choice = { quantity, priceId, code, requiredTerms: ticketType.termsVersion, acceptedTerms };
  const event = { reservationId: id, accountId, orderId, ...choice, offer, codes, ownedByBuyer, holdMs, counter };
  const decision = decideReserve(draft.find(id), event, nowMs);
  if (decision.type === "refused") return { ok: false, refusal: decision.refusal };
  // From here on nothing can be refused.
  if (decision.type === "changed") owned.set(accountId, ownedByBuyer + quantity);
  if (idempotencyKey !== null && record === null) {
    draft.recordKey({ accountId, key: idempotencyKey, request: asked, reservationId: id });
  }
  const reservation = viewOf(atBirth(draft.accept(decision)), ticketType.ticketTypeId);
  // A call that the Worker repeats after a lost reply has the same id: to the buyer, no replay.
  return { ok: true, reservation, isReplay: id !== reservationId };
}

/** As records of keys have it, also those from before there were prices and terms. */
function requestText(quantity: number, priceId: string | null, code: string | null, terms: string | null): string {
  const parts = [
    priceId === null ? "" : ` at ${priceId}`,
    code === null ? "" : ` with ${code}`,
    terms === null ? "" : ` under ${terms}`,
  ];
  return `reserve ${quantity}${parts.join("")}`;
}

/** A replay gets the first answer again, whatever has become of the reservation since. */
function atBirth(reservation: Reservation): Reservation {
  return { ...reservation, state: "held", releaseAs: null, payments: [], givenBack: 0, restocked: 0, refunds: [] };
}
