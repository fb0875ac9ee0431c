// What orders did in one ticket type, as operations of its history. An order holds, pays, confirms
// and lets go in its ticket types one by one, at moments that its buyer does not see.

import { type Attempts, capsTakenBy, outcomeOf, problemOf, refusalOf } from "./attempts.ts";
import type { Operation, PartOfOrder } from "./operations.ts";
import type { Body, Call, EndState, Item } from "./record.ts";
import type { TicketType } from "./sale.ts";

/**
 * A reply that came sooner says that all ticket types have done their part: the service waits for
 * them, and gives up on one only after it has tried for longer.
 */
const ALL_DONE_MS = 1_000;

type Times = Pick<Operation, "startMs" | "endMs">;

/** A hold of an order, and the request that took it. */
interface Part {
  readonly reservation: Body;
  /** Null where nobody asked for it: then no order of events explains it. */
  readonly asked: Call | null;
  /** Whether the reply to that request named it. */
  readonly isAcknowledged: boolean;
  /** Whether it is of the order as it is in the end: not of an attempt that was given up. */
  readonly isItem: boolean;
}

export function orderOperations(
  ticket: TicketType,
  attempts: readonly Attempts[],
  end: EndState,
  holdMs: number,
  clockToleranceMs: number,
): Operation[] {
  const parts = [...end.shown.values()]
    .filter(({ order }) => typeof order === "string")
    .map((reservation) => partOf(reservation, attempts, end, clockToleranceMs));
  const own = parts.filter(({ reservation }) => reservation.ticket === ticket.id);
  return [
    ...own.flatMap((part) => {
      const together = parts.filter(({ reservation }) => reservation.order === part.reservation.order);
      return [grantOf(part, together, ticket, end, holdMs), ...laterOf(part, attempts)];
    }),
    ...end.calls.flatMap((call) => refusedIn(ticket, call)),
  ];
}

/** Its request: the one whose reply names it, else the buyer's latest that asks for the like. */
function partOf(reservation: Body, attempts: readonly Attempts[], end: EndState, clockToleranceMs: number): Part {
  const orders = attempts.filter(({ request }) => request.type === "order");
  const items = end.shownOrders.get(reservation.order ?? "")?.items ?? [];
  const isItem = items.some((item) => item.reservation === reservation.id);
  const named = orders.find(
    ({ answered }) =>
      answered?.outcome === "succeeded" && answered.body?.items?.some((item) => item.reservation === reservation.id),
  );
  const [first] = named?.calls ?? [];
  if (first !== undefined && named?.answered) {
    return { reservation, asked: { ...named.answered, startMs: first.startMs }, isAcknowledged: true, isItem };
  }
  const createdAtMs = Date.parse(reservation.created_at);
  const asked = orders
    .flatMap(({ calls }) => calls)
    .filter(
      ({ request, buyer, startMs }) =>
        request.type === "order" &&
        buyer === end.buyerOf.get(reservation.id) &&
        request.items.some((item) => isLike(item, reservation)) &&
        startMs <= createdAtMs + clockToleranceMs,
    )
    .sort((a, b) => a.startMs - b.startMs)
    .at(-1);
  return { reservation, asked: asked ?? null, isAcknowledged: false, isItem };
}

function isLike({ ticket, quantity, price, code }: Item, reservation: Body): boolean {
  const isAtPrice = (price ?? ticket) === reservation.price && code === reservation.code;
  return ticket === reservation.ticket && quantity === reservation.quantity && isAtPrice;
}

function grantOf(part: Part, together: readonly Part[], ticket: TicketType, end: EndState, holdMs: number): Operation {
  const { reservation, asked, isAcknowledged } = part;
  const { id, quantity, created_at, expires_at } = reservation;
  const createdAtMs = Date.parse(created_at);
  const expiresAtMs = expires_at === null ? createdAtMs + holdMs : Date.parse(expires_at);
  const order: PartOfOrder = {
    cancelledFromMs: reasonToCancel(part, together, end),
    expiresAtMs: Math.min(...together.map(({ reservation: other }) => Date.parse(other.created_at) + holdMs)),
  };
  return {
    type: "reserve",
    quantity,
    caps: capsTakenBy(reservation, ticket),
    answer: { type: "granted", hold: id, createdAtMs, expiresAtMs, order },
    startMs: asked?.startMs ?? Number.POSITIVE_INFINITY,
    endMs: isAcknowledged && asked !== null ? asked.endMs : Number.POSITIVE_INFINITY,
  };
}

/** From when the order may have let go of it early; Infinity where it had no reason to. */
function reasonToCancel({ reservation, asked, isItem }: Part, together: readonly Part[], end: EndState): number {
  const cancels = end.calls.filter(
    ({ request, outcome }) =>
      request.type === "cancel" && request.of === "orders" && request.id === reservation.order && outcome !== "refused",
  );
  const tickets = together.map(({ reservation: other }) => other.ticket);
  const off = end.changes.filter(({ type, ticket }) => type === "call_off" && tickets.includes(ticket.id));
  // Without the other items it is let go as soon as the order finds out.
  const unheld = isItem ? [] : [asked?.startMs ?? 0];
  return Math.min(...unheld, ...[...cancels, ...off].map(({ startMs }) => startMs));
}

/** What became of it: payments begin, or may have; what was let go is free. */
function laterOf({ reservation, asked, isItem }: Part, attempts: readonly Attempts[]): Operation[] {
  const hold = reservation.id;
  const letGo = (times: Times): Operation[] =>
    isQuick(times) ? [{ type: "cancel", hold, answer: "done", startMs: times.startMs, endMs: times.endMs }] : [];
  if (!isItem) return asked?.outcome === "refused" ? letGo(asked) : [];
  return attempts.flatMap(({ request, calls, answered }): Operation[] => {
    if (!("of" in request) || request.of !== "orders" || request.id !== reservation.order) return [];
    const [first] = calls;
    if (first === undefined) return [];
    if (request.type === "cancel") return answered?.status === 204 ? letGo(answered) : [];
    if (request.type !== "pay" || neverBegan(answered)) return [];
    const pay = { type: "pay", hold, outcome: outcomeOf(request) } as const;
    // A replay says only that it began once; one that has failed may not have begun here.
    const hasBegun = answered === first && isQuick(first) && ["pending", "succeeded"].includes(first.body?.state ?? "");
    return [
      hasBegun
        ? { ...pay, answer: "accepted", startMs: first.startMs, endMs: first.endMs }
        : { ...pay, answer: "unknown", startMs: first.startMs, endMs: Number.POSITIVE_INFINITY },
    ];
  });
}

export function isQuick({ startMs, endMs }: Times): boolean {
  return endMs - startMs < ALL_DONE_MS;
}

/** Refused by the order itself, before any ticket type was called. */
function neverBegan(answered: Call | null): boolean {
  if (answered?.outcome !== "refused") return false;
  return ["payment_in_progress", "already_confirmed", "already_refunded", "already_cancelled"].includes(
    problemOf(answered.body),
  );
}

/** The item that this ticket type refused, with what the items before it had taken by then. */
function refusedIn(ticket: TicketType, { request, outcome, body, startMs, endMs }: Call): Operation[] {
  if (request.type !== "order" || outcome !== "refused" || body?.item === undefined) return [];
  const item = request.items[body.item];
  if (item?.ticket !== ticket.id) return [];
  const caps = capsTakenBy(item, ticket);
  const answer = refusalOf(body, item.code);
  const before = request.items.slice(0, body.item).filter((other) => other.ticket === ticket.id);
  const takenFrom = (cap: string | null) =>
    before
      .filter((other) => cap === null || capsTakenBy(other, ticket).includes(cap))
      .reduce((sum, { quantity }) => sum + quantity, 0);
  const times = { startMs, endMs };
  switch (answer?.type) {
    case undefined:
      return [];
    case "not_on_sale":
      return [{ type: "reserve", quantity: item.quantity, caps, answer, ...times }];
    case "used_up": {
      const taken = takenFrom(answer.cap);
      const whole = { ...answer, left: answer.left + taken };
      return [{ type: "reserve", quantity: item.quantity + taken, caps, answer: whole, ...times }];
    }
    case "sold_out": {
      const taken = takenFrom(null);
      // Which of them has the least is then not what the reply says.
      if (caps.some((cap) => takenFrom(cap) !== taken)) return [];
      const whole = { ...answer, available: answer.available + taken };
      return [{ type: "reserve", quantity: item.quantity + taken, caps, answer: whole, ...times }];
    }
  }
}
