// Reconciliation, for organisers.

import type * as z from "zod";
import { money } from "../../platform/wire.ts";
import { reply } from "../http/replies.ts";
import { route } from "../http/route.ts";
import { DIFFERENCES } from "./differences.ts";
import type { MoneySums } from "./money.ts";
import { type Difference, reconcile } from "./reconcile.ts";
import { Reconciliation, ReconciliationCursor } from "./schemas.ts";

export const reconcileSales = route({
  operationId: "reconcileSales",
  access: "organizer",
  tag: "Organisers",
  summary: "Compare sales with their copies and with the payment provider, and repair the copies",
  query: ReconciliationCursor,
  replies: [
    {
      status: 200,
      description: "The differences found in the next part of the caller's ticket types",
      schema: Reconciliation,
    },
  ],
  async handle({ query, session, env }) {
    const organizerId = session.role === "admin" ? null : session.accountId;
    const { checked, differences, money: sums, next } = await reconcile(env, organizerId, query.cursor ?? "");
    const shown = { differences: differences.map(presentDifference), money: sums.map(presentSums) };
    return reply(200, { checked, ...shown, next });
  },
});

function presentDifference(difference: Difference): z.output<typeof Reconciliation>["differences"][number] {
  const { kind, ticketTypeId, reservationId, orderId, paymentId, passId, object, elsewhere, repaired } = difference;
  return {
    kind,
    meaning: DIFFERENCES[kind],
    ticket: ticketTypeId,
    reservation: reservationId,
    order: orderId,
    payment: paymentId,
    pass: passId,
    object: withoutBuyer(object),
    elsewhere: withoutBuyer(elsewhere),
    repaired,
  };
}

function presentSums({ currency, ...sums }: MoneySums): z.output<typeof Reconciliation>["money"][number] {
  return {
    here: {
      taken: money(sums.takenMinor, currency),
      given_back: money(sums.givenBackMinor, currency),
      disputed: money(sums.disputedMinor, currency),
    },
    at_provider: {
      taken: money(sums.takenAtProviderMinor, currency),
      given_back: money(sums.givenBackAtProviderMinor, currency),
      disputed: money(sums.disputedAtProviderMinor, currency),
    },
  };
}

const PERSONAL = ["accountId", "holderName", "holderEmail", "emailKey"];

/** Organisers may see what differs, but not who bought, or goes. */
function withoutBuyer(record: unknown): unknown {
  if (typeof record !== "object" || record === null) return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => !PERSONAL.includes(name)));
}
