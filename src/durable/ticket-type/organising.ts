// What organisers change in the object: the ticket type's rules, its prices, and their codes. In a
// transaction of the caller's.

import { FIRST_EDITION, isCurrent } from "../../domain/edition.ts";
import { changePrices, firstPrice, newPrice, type PriceChange, withFirstAmount } from "../../domain/price.ts";
import { refuseChange } from "../../domain/stock.ts";
import { newId } from "../../platform/ids.ts";
import { edited } from "./edit.ts";
import type { Ledger } from "./ledger.ts";
import type {
  ChangeResult,
  CodeBatch,
  CodesResult,
  Edit,
  PriceChangeResult,
  SaleNews,
  TicketTypeChange,
  TicketTypeConfig,
  TicketTypeState,
} from "./protocol.ts";
import { learn, NOTHING_KNOWN } from "./sale-news.ts";

/** Codes are a table of their own: this many take 20 MB. */
export const MAX_CODES = 100_000;

type Refusal<R> = R extends { readonly ok: false; readonly refusal: infer Reason } ? Reason : never;

export function createTicketType(ledger: Ledger, { prices = [], ...config }: TicketTypeConfig): void {
  const first = firstPrice(config.ticketTypeId, config.priceMinor);
  const all = prices.length === 0 ? [first] : prices.map(newPrice);
  const unsold = { prices: all, held: 0, sold: 0, version: 0, edition: FIRST_EDITION, newTexts: {} };
  ledger.saveTicketType({ ...config, ...learn(NOTHING_KNOWN, config), ...unsold });
}

/** All of the given fields, or none. Due holds give way to a smaller capacity. */
export function changeTicketType(
  ledger: Ledger,
  change: TicketTypeChange,
  edit: Edit | undefined,
  nowMs: number,
): Refusal<ChangeResult> | null {
  const { edition } = ledger.requireTicketType();
  // A call that is repeated because its reply was lost.
  if (edit?.edition === edition) return null;
  if (!isCurrent(edition, edit?.ifMatch ?? null)) return { type: "precondition_failed" };
  const isCopied = !ledger.store.isDirty();
  const capacity = change.capacity ?? Number.MAX_SAFE_INTEGER;
  ledger.releaseDueUntil(({ held, sold }) => held + sold <= capacity, nowMs);
  const known = ledger.requireTicketType();
  const { priceMinor } = change;
  const priced = priceMinor === undefined ? change : { ...change, prices: withFirstAmount(known.prices, priceMinor) };
  const wanted = edit === undefined ? renewed(known, priced, isCopied) : edited(known, priced, edit, isCopied);
  // Amounts of other prices would mean something else.
  const isCurrencyFixed = known.prices.length > 1 || ledger.store.hasReservations();
  const refusal = refuseChange(wanted, wanted, isCurrencyFixed ? known.currency : null);
  if (refusal === null) ledger.saveTicketType(wanted);
  return refusal;
}

/** Due holds give way to a smaller cap of their price. */
export function changePricesOf(ledger: Ledger, change: PriceChange, nowMs: number): Refusal<PriceChangeResult> | null {
  const isCopied = !ledger.store.isDirty();
  const decide = () => {
    const { prices, ...period } = ledger.requireTicketType();
    return changePrices(prices, change, period);
  };
  ledger.releaseDueUntil(() => !("type" in decide()), nowMs);
  const prices = decide();
  if ("type" in prices) return prices;
  const ticketType = ledger.requireTicketType();
  if (prices === ticketType.prices) return null;
  if (change.type === "delete") ledger.store.prices.deleteCodesOf(change.id);
  ledger.saveTicketType(renewed(ticketType, { prices }, isCopied));
  return null;
}

/** All codes of the batch, or none. A batch that is there already is returned as it is now. */
export function addCodes(ledger: Ledger, batch: CodeBatch): CodesResult {
  const { prices } = ledger.store;
  const made = prices.codesOfBatch(batch.id);
  if (made.length > 0) return { ok: true, codes: made };
  if (!ledger.requireTicketType().prices.some(({ id }) => id === batch.priceId)) {
    return { ok: false, refusal: { type: "no_such_price" } };
  }
  if (prices.countCodes() + batch.codes.length > MAX_CODES) return { ok: false, refusal: { type: "too_many_codes" } };
  const there = prices.codesReading(batch.codes.map(({ code }) => code));
  const same = there.find(({ priceId }) => priceId === batch.priceId);
  if (same !== undefined) return { ok: false, refusal: { type: "code_exists", code: same.code } };
  prices.addCodes(batch);
  return { ok: true, codes: prices.codesOfBatch(batch.id) };
}

/** Codes of a price in the order in which they were made, after the one with `afterSeq`. */
export function codesOf(ledger: Ledger, priceId: string, afterSeq: number, limit: number): CodesResult {
  if (!ledger.requireTicketType().prices.some(({ id }) => id === priceId)) {
    return { ok: false, refusal: { type: "no_such_price" } };
  }
  return { ok: true, codes: ledger.store.prices.codesOfPrice(priceId, afterSeq, limit) };
}

/** With news of its event. Releases the first holds if it was called off. */
export function takeNews(ledger: Ledger, news: SaleNews, nowMs: number): void {
  const known = ledger.requireTicketType();
  const event = learn(known, news);
  const isOnAgain = known.eventStatus === "cancelled" && event.eventStatus !== "cancelled";
  // No hold outlives its event's being called off, even if that is taken back at once.
  if (isOnAgain) ledger.releaseDueUntil(() => false, nowMs);
  ledger.saveTicketType({ ...ledger.requireTicketType(), ...event });
  ledger.releaseDue(nowMs);
}

/** With an edition that no caller has named. Texts that D1 may not have yet stay. */
function renewed(known: TicketTypeState, change: Partial<TicketTypeState>, isCopied: boolean): TicketTypeState {
  return { ...known, ...change, edition: newId(), newTexts: isCopied ? {} : known.newTexts };
}
