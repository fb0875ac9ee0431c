// How an event's sales are shown.

import type { Day, Interval } from "../../domain/days.ts";
import { firstPrice } from "../../domain/price.ts";
import { available } from "../../domain/stock.ts";
import { sumsBy } from "../../domain/sums.ts";
import { iso, isoOrNull, money } from "../../platform/wire.ts";
import type { EventRow, TicketTypeRow } from "../catalogue/queries.ts";
import type { SalesPoint, SalesSum } from "./queries.ts";

const SUMS = ["tickets", "ticketsBack", "takenMinor", "givenBackMinor", "refundingMinor"] as const;
const NOTHING = { tickets: 0, ticketsBack: 0, takenMinor: 0, givenBackMinor: 0, refundingMinor: 0 };

export function presentSales(
  event: EventRow,
  ticketTypes: readonly TicketTypeRow[],
  interval: Interval,
  intervals: readonly Day[],
  sums: readonly SalesSum[],
  points: readonly SalesPoint[],
  firstSaleMs: number | null,
) {
  const names = namesOfPrices(ticketTypes);
  const byInterval = Map.groupBy(points, ({ at }) => at);
  return {
    timezone: event.timezone,
    interval,
    from: iso(intervals.at(0)?.startMs ?? 0),
    to: iso(intervals.at(-1)?.endMs ?? 0),
    first_sale_at: isoOrNull(firstSaleMs),
    totals: sumsBy(sums, ({ currency }) => currency, SUMS).map(presentTotal),
    ticket_types: ticketTypes.map((ticketType) => ({
      ticket: ticketType.id,
      name: ticketType.name,
      capacity: ticketType.capacity,
      held: ticketType.held,
      available: available(ticketType),
      prices: sumsOfPrices(ticketType, sums).map((sum) => ({ ...priceOf(sum, names), ...presentTotal(sum) })),
    })),
    series: intervals.map(({ startMs, endMs }, at) => ({
      from: iso(startMs),
      to: iso(endMs),
      prices: (byInterval.get(at) ?? []).map((point) => {
        return { ticket: point.ticketTypeId, ...priceOf(point, names), ...presentSold(point) };
      }),
    })),
  };
}

/** One line for each price that it has, or has sold at, and currency. */
function sumsOfPrices({ id, currency, ...ticketType }: TicketTypeRow, sums: readonly SalesSum[]): SalesSum[] {
  const ofType = sums.filter(({ ticketTypeId }) => ticketTypeId === id);
  const prices = (ticketType.prices ?? [firstPrice(id, 0)]).map((price) => price.id);
  const unsold = prices
    .filter((priceId) => !ofType.some((sum) => sum.priceId === priceId))
    .map((priceId): SalesSum => ({ ticketTypeId: id, priceId, currency, ...NOTHING }));
  const place = ({ priceId }: SalesSum) => prices.indexOf(priceId) >>> 0;
  const ofPrices = sumsBy([...ofType, ...unsold], ({ priceId, currency }) => `${priceId} ${currency}`, SUMS);
  return ofPrices.toSorted((one, other) => place(one) - place(other));
}

function namesOfPrices(ticketTypes: readonly TicketTypeRow[]): ReadonlyMap<string, string> {
  return new Map(ticketTypes.flatMap(({ prices }) => (prices ?? []).map(({ id, name }) => [id, name])));
}

function priceOf({ priceId }: Pick<SalesSum, "priceId">, names: ReadonlyMap<string, string>) {
  return { price: priceId, price_name: names.get(priceId) ?? "" };
}

function presentTotal(sum: SalesSum) {
  return { ...presentSold(sum), refunding: money(sum.refundingMinor, sum.currency) };
}

function presentSold({ tickets, ticketsBack, takenMinor, givenBackMinor, currency }: Omit<SalesSum, "refundingMinor">) {
  return {
    tickets,
    refunded_tickets: ticketsBack,
    taken: money(takenMinor, currency),
    given_back: money(givenBackMinor, currency),
  };
}
