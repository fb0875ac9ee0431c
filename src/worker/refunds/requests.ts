// What an organiser asks to give back, as the objects get it.

import type * as z from "zod";
import { readPassId } from "../../domain/pass.ts";
import type { RefundRequest } from "../../domain/refund.ts";
import type { RefundedItem } from "../../domain/refund-passes.ts";
import { hashOf, newLongId } from "../../platform/ids.ts";
import type { Caller } from "../http/route.ts";
import type { NewRefund } from "./schemas.ts";

export function keyOf({ accountId }: Caller, idempotencyKey: string | null): string {
  return `${accountId} ${idempotencyKey ?? newLongId()}`;
}

export function requestOf(
  session: Caller,
  idempotencyKey: string | null,
  body: z.output<typeof NewRefund>,
): RefundRequest {
  const { all, amount = null, restock, reason } = body;
  const asked = (body.items ?? []).map(({ reservation, quantity, passes }) => {
    return { reservation, quantity: quantity ?? passes?.length ?? 0, passes };
  });
  const items = asked.map(({ reservation, quantity, passes }): RefundedItem => {
    return { reservationId: reservation, quantity, passes: passes && numbersOf(passes) };
  });
  return {
    key: keyOf(session, idempotencyKey),
    request: hashOf(JSON.stringify([asked, all ?? false, amount, restock, reason])),
    requestedBy: "organizer",
    by: session.accountId,
    items: all === true ? "all" : items,
    amountMinor: amount,
    restock,
    reason,
  };
}

function numbersOf(passIds: readonly string[]): number[] {
  return passIds.flatMap((id) => readPassId(id)?.number ?? []);
}
