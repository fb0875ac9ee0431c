// Takes the steps of an order in the objects of its ticket types: one call for each, side by side.

import { termsOf } from "../../domain/counter.ts";
import { ticketTypeIdOf } from "../../domain/id-forms.ts";
import type { Held, Order, OrderStep, StepResult } from "../../domain/order.ts";
import type { ParticipantStep } from "../../domain/participation.ts";
import { SECOND_MS } from "../../domain/units.ts";
import { errorFields, log } from "../../platform/log.ts";
import { timeout } from "../../platform/time.ts";
import type { Objects, OrderHold, Participant } from "../ticket-type/order-protocol.ts";
import type { NewOrderRefusal } from "./protocol.ts";

// Far more than an object needs. A step that is carried out later all the same does no harm.
const CALL_TIMEOUT_MS = 5 * SECOND_MS;

/** What came of the calls of one round. Calls that failed are left out: their steps remain. */
export interface Round {
  readonly held: readonly Held[];
  readonly notHeld: Extract<NewOrderRefusal, { readonly type: "not_held" }> | null;
  /** The reservations that nothing is held for, as their ticket types said. */
  readonly notHeldIds: readonly string[];
  readonly acknowledged: readonly { readonly step: OrderStep; readonly result: StepResult }[];
  readonly failed: boolean;
}

/**
 * Never rejects, and takes a bounded time. A call that succeeds after that gives its result to
 * `onLate`.
 */
export async function takeSteps(
  ticketTypes: Objects<Participant>,
  order: Order,
  steps: readonly OrderStep[],
  onLate: (round: Round) => void,
): Promise<Round> {
  const byTicketType = Map.groupBy(steps, ({ reservationId }) => ticketTypeIdOf(reservationId));
  const rounds = await Promise.all(
    [...byTicketType].map(async ([ticketTypeId, group]) => {
      const call = callParticipant(ticketTypes, ticketTypeId, order, group);
      try {
        return await timeout(CALL_TIMEOUT_MS, call);
      } catch (fault) {
        call.then(onLate, () => {});
        log("warn", "an order's step failed", { order: order.id, ticket: ticketTypeId, ...errorFields(fault) });
        return { ...NOTHING, failed: true };
      }
    }),
  );
  return rounds.reduce(both, NOTHING);
}

const NOTHING: Round = { held: [], notHeld: null, notHeldIds: [], acknowledged: [], failed: false };

async function callParticipant(
  ticketTypes: Objects<Participant>,
  ticketTypeId: string,
  order: Order,
  steps: readonly OrderStep[],
): Promise<Round> {
  const participant = ticketTypes.getByName(ticketTypeId);
  const taken = steps.filter((step): step is ParticipantStep => step.type !== "reserve");
  const holds = holdsOf(order, steps);
  const [held, results] = await Promise.all([
    holds.length === 0 ? null : participant.holdForOrder(order.id, holds),
    taken.length === 0 ? [] : participant.takeOrderSteps(order.id, taken),
  ]);
  const acknowledged = taken.flatMap((step, index) => {
    const result = results[index];
    return result === undefined ? [] : [{ step, result }];
  });
  if (held === null) return { ...NOTHING, acknowledged };
  if (held.ok) {
    // Let go since a first call whose reply was lost: these ids can't be held any more.
    if (held.reservations.some(({ state }) => state !== "held")) return { ...NOTHING, acknowledged, failed: true };
    const reservations = held.reservations.map((reservation) => {
      const { id, priceId = null, priceName = "", code = null, acceptedTerms = null } = reservation;
      const { unitPriceMinor, currency, expiresAtMs } = reservation;
      return { reservationId: id, priceId, priceName, code, acceptedTerms, unitPriceMinor, currency, expiresAtMs };
    });
    return { ...NOTHING, acknowledged, held: reservations };
  }
  const { reservationId, because } = held.refusal;
  const item = order.items.findIndex((one) => one.reservationId === reservationId);
  const notHeldIds = holds.map((hold) => hold.reservationId);
  return { ...NOTHING, acknowledged, notHeld: { type: "not_held", item, because }, notHeldIds };
}

function holdsOf({ accountId, counter, items }: Order, steps: readonly OrderStep[]): OrderHold[] {
  const wanted = new Set(steps.flatMap(({ type, reservationId }) => (type === "reserve" ? [reservationId] : [])));
  return items
    .filter(({ reservationId }) => wanted.has(reservationId))
    .map(({ reservationId, quantity, priceId, code, acceptedTerms }) => {
      const hold = { reservationId, accountId, quantity, priceId, code, acceptedTerms };
      return counter === null ? hold : { ...hold, counter: termsOf(counter) };
    });
}

/** Of two refusals, that of the earlier item is shown. */
function both(one: Round, other: Round): Round {
  const refusals = [one.notHeld, other.notHeld].filter((refusal) => refusal !== null);
  return {
    held: [...one.held, ...other.held],
    notHeld: refusals.toSorted((a, b) => a.item - b.item)[0] ?? null,
    notHeldIds: [...one.notHeldIds, ...other.notHeldIds],
    acknowledged: [...one.acknowledged, ...other.acknowledged],
    failed: one.failed || other.failed,
  };
}
