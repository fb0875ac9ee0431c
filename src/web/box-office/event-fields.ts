// What the form of an event shows, and what the API takes of it.

import type { EventDetail, NewEvent } from "../ui/api-types.ts";
import { readDecimal, writeDecimal } from "./money.ts";
import { fromLocal, laterLocal, localOr, movedLocal, orNull } from "./times.ts";

export type EventValues = ReturnType<typeof valuesOf>;
export type EventFields = Partial<Omit<NewEvent, "status">>;

/** Of VAT rates, which the API has in hundredths of a percent. */
const RATE_DECIMALS = 2;
const USUAL_HOURS = 3;

export function valuesOf(event: EventDetail | null, ownZone: string) {
  const { seller, terms, vat_rate: rate = null } = event ?? {};
  const timezone = event?.timezone ?? ownZone;
  return {
    name: event?.name ?? "",
    description: event?.description ?? "",
    venue: event?.venue ?? "",
    timezone,
    starts: localOr(event?.starts_at, timezone),
    ends: localOr(event?.ends_at, timezone),
    doors: localOr(event?.doors_open_at, timezone),
    refunds: localOr(event?.refundable_until, timezone),
    mayComeBack: event?.reentry ?? false,
    seller: seller?.name ?? "",
    address: seller?.address ?? "",
    vatId: seller?.vat_id ?? "",
    rate: rate === null ? "" : writeDecimal(rate, RATE_DECIMALS).replace(/\.?0+$/, ""),
    termsText: terms?.terms_text ?? "",
    termsUrl: terms?.terms_url ?? "",
    privacyText: terms?.privacy_text ?? "",
    privacyUrl: terms?.privacy_url ?? "",
    imprintUrl: terms?.imprint_url ?? "",
  };
}

/** "19" is 1900; null for what is no rate. */
export function readRate(text: string): number | null {
  return readDecimal(text, RATE_DECIMALS);
}

export function momentsOf({ starts, ends, doors, refunds }: EventValues, zone: string) {
  return {
    starts_at: fromLocal(starts, zone),
    ends_at: fromLocal(ends, zone),
    doors_open_at: orNull(doors, zone),
    refundable_until: orNull(refunds, zone),
  };
}

const WITH_START = ["ends", "doors", "refunds"] as const;

/**
 * With another start. The other times keep their distance, which is that of `anchor`: the event as
 * somebody last wrote one of them. Of a new event the end is three hours later.
 */
export function withStart(values: EventValues, anchor: EventValues, starts: string, zone: string): EventValues {
  if (anchor.starts === "") {
    return { ...values, starts, ends: anchor.ends > starts ? anchor.ends : laterLocal(starts, USUAL_HOURS, zone) };
  }
  const [ends, doors, refunds] = WITH_START.map((name) => movedLocal(anchor[name], anchor.starts, starts));
  return { ...values, starts, ends: ends ?? "", doors: doors ?? "", refunds: refunds ?? "" };
}

/** Whether any of the times that go with the start is another one. */
export function hasOtherTimes(values: EventValues, others: EventValues): boolean {
  return WITH_START.some((name) => values[name] !== others[name]);
}

/** What was changed: nothing else is written over. Of a new event all that is filled in. */
export function changedFields(values: EventValues, before: EventValues | null): EventFields {
  const earlier = before && fieldsOf(before);
  const changed = Object.entries(fieldsOf(values)).filter(([name, value]) =>
    earlier === null ? value !== null : JSON.stringify(value) !== JSON.stringify(earlier[name as keyof typeof earlier]),
  );
  const { terms, ...fields }: Partial<ReturnType<typeof fieldsOf>> = Object.fromEntries(changed);
  if (terms === undefined) return fields;
  // Buyers accept a version: what says something else has another one.
  const version = new Date().toISOString().slice(0, "2027-06-12T20:00:00".length).replace("T", " ");
  return { ...fields, terms: terms && { version, ...terms } };
}

function fieldsOf(values: EventValues) {
  const { name, description, venue, timezone, mayComeBack, rate } = values;
  return {
    name,
    description,
    venue,
    timezone,
    ...momentsOf(values, timezone),
    reentry: mayComeBack,
    seller: sellerOf(values),
    vat_rate: rate.trim() === "" ? null : readRate(rate),
    terms: termsOf(values),
  };
}

function sellerOf({ seller, address, vatId }: EventValues) {
  if (isBlank(seller, address, vatId)) return null;
  return { name: seller.trim(), address, vat_id: textOrNull(vatId) };
}

function termsOf({ termsText, termsUrl, privacyText, privacyUrl, imprintUrl }: EventValues) {
  if (isBlank(termsText, termsUrl, privacyText, privacyUrl, imprintUrl)) return null;
  return {
    terms_text: textOrNull(termsText),
    terms_url: textOrNull(termsUrl),
    privacy_text: textOrNull(privacyText),
    privacy_url: textOrNull(privacyUrl),
    imprint_url: textOrNull(imprintUrl),
  };
}

export function isBlank(...texts: readonly string[]): boolean {
  return texts.every((text) => text.trim() === "");
}

function textOrNull(text: string): string | null {
  return isBlank(text) ? null : text.trim();
}
