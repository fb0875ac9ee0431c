// The calls of a run as attempts at the same thing, and what their replies say of tickets.

import type { Outcome } from "./hold-model.ts";
import type { NotOnSale, SoldOut, UsedUp } from "./operations.ts";
import type { Body, Call, Item, Request } from "./record.ts";
import type { TicketType } from "./sale.ts";

/** Calls that are one operation: repeated with its key, a request has one effect. */
export interface Attempts {
  readonly request: Request;
  readonly buyer: number;
  readonly calls: readonly Call[];
  /** The first of them that got a reply; null where none did. */
  readonly answered: Call | null;
}

const NOT_ON_SALE = { type: "not_on_sale" } as const;

/** With a key all calls that succeeded, or may have, are one operation; each refusal is its own. */
export function groupAttempts(calls: readonly Call[]): Attempts[] {
  return sameRequests(calls).flatMap((group) => {
    const refused = group.filter(({ outcome }) => outcome === "refused").map((call) => [call]);
    const counted = group.filter(({ outcome }) => outcome !== "refused");
    return [...refused, counted].flatMap((own) => {
      const [first] = own;
      if (first === undefined) return [];
      const { request, buyer } = first;
      return [{ request, buyer, calls: own, answered: own.find(({ outcome }) => outcome !== "unknown") ?? null }];
    });
  });
}

/** The calls by request and key; a call without a key is a request of its own. */
export function sameRequests(calls: readonly Call[]): Call[][] {
  const groups = Map.groupBy(calls, (call) => {
    const { request } = call;
    const key = "key" in request ? request.key : null;
    return key === null ? call : JSON.stringify([call.buyer, request]);
  });
  return [...groups.values()];
}

/** `/problems/sold-out` is `sold_out`. */
export function problemOf(body: Body | null): string {
  return (body?.type ?? "").replace("/problems/", "").replaceAll("-", "_");
}

export function startOf({ calls }: Attempts): number {
  return Math.min(...calls.map(({ startMs }) => startMs));
}

/** What a hold at this price, with this code, takes from besides the ticket type. */
export function capsTakenBy({ price, code }: Pick<Item, "price" | "code">, { prices }: TicketType): string[] {
  const chosen = prices.find(({ id }) => id === price);
  return [...(chosen === undefined || chosen.capacity === null ? [] : [chosen.id]), ...(code === null ? [] : [code])];
}

export function outcomeOf({ method, passes }: Extract<Request, { type: "pay" }>): Outcome {
  return passes && method?.includes("Declined") !== true ? "succeeds" : "fails";
}

/** Why nothing is held; null where that says nothing of the tickets. */
export function refusalOf(body: Body | null, code: string | null): SoldOut | UsedUp | NotOnSale | null {
  switch (problemOf(body)) {
    case "not_on_sale":
      return NOT_ON_SALE;
    case "sold_out":
      return { type: "sold_out", available: body?.available ?? -1 };
    case "code_used_up":
      return { type: "used_up", cap: code ?? "", left: body?.uses_left ?? -1 };
    default:
      return null;
  }
}
