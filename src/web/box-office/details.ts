// What a line of the log says, as people read it: the API's names in words, sums as money, moments
// by the clock at the event's place.

import { exponentOf } from "../../domain/currency.ts";
import type { EventDetail } from "../ui/api-types.ts";
import { dayAndTime, money, number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { writeDecimal } from "./money.ts";

const t = texts(
  {
    yes: "yes",
    no: "no",
    names: {
      id: "of",
      venue: "place",
      starts_at: "begins",
      ends_at: "ends",
      doors_open_at: "doors open",
      refundable_until: "may be given back until",
      reentry: "may come in again",
      timezone: "time zone",
      vat_rate: "VAT",
      capacity: "how many",
      max_per_buyer: "at most for one buyer",
      min_per_order: "at least in one order",
      max_per_order: "at most in one order",
      sales_start: "on sale from",
      sales_end: "on sale until",
      requires_code: "only with a code",
      count: "number",
      restock: "on sale again",
      refund: "refund",
      refusal: "refused as",
    } as Readonly<Record<string, string>>,
  },
  {
    yes: "ja",
    no: "nein",
    names: {
      id: "bei",
      name: "Name",
      description: "Beschreibung",
      venue: "Ort",
      status: "Status",
      starts_at: "Beginn",
      ends_at: "Ende",
      doors_open_at: "Einlass",
      refundable_until: "Rückgabe bis",
      reentry: "Wiedereinlass",
      timezone: "Zeitzone",
      vat_rate: "Umsatzsteuer",
      capacity: "wie viele",
      max_per_buyer: "höchstens pro Käufer",
      min_per_order: "mindestens pro Bestellung",
      max_per_order: "höchstens pro Bestellung",
      sales_start: "im Verkauf ab",
      sales_end: "im Verkauf bis",
      requires_code: "nur mit Code",
      hidden: "verborgen",
      price: "Preis",
      prices: "Preise",
      amount: "Betrag",
      count: "Anzahl",
      message: "Nachricht",
      subject: "Betreff",
      reason: "Grund",
      method: "bezahlt mit",
      quantity: "Anzahl",
      restock: "wieder im Verkauf",
      refund: "Erstattung",
      refusal: "abgelehnt als",
    },
  },
);

const INSTANT = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
/** Of rates of VAT, which are in hundredths of a percent. */
const RATE_DECIMALS = 2;

type Of = Pick<EventDetail, "timezone" | "tickets">;

/** What was left empty is left out. */
export function detailsText(details: unknown, event: Of): string {
  return isObject(details) ? partsOf(details, event).join(" · ") : "";
}

function partsOf(details: object, event: Of): string[] {
  const given = Object.entries(details).filter(([, value]) => value !== null && value !== "");
  return given.map(([name, value]) => `${t().names[name] ?? name.replaceAll("_", " ")}: ${shown(name, value, event)}`);
}

function shown(name: string, value: unknown, event: Of): string {
  if (typeof value === "boolean") return value ? t().yes : t().no;
  if (typeof value === "number") return numberOf(name, value, event);
  if (Array.isArray(value)) return value.map((one) => shown(name, one, event)).join("; ");
  if (isSum(value)) return money({ ...value, exponent: exponentOf(value.currency) });
  if (isObject(value)) return partsOf(value, event).join(", ");
  const text = String(value);
  if (INSTANT.test(text)) return dayAndTime(text, event.timezone);
  return nameOf(text, event) ?? text;
}

function numberOf(name: string, value: number, { tickets }: Of): string {
  if (name === "vat_rate") return `${writeDecimal(value, RATE_DECIMALS)} %`;
  const [currency, ...others] = new Set(tickets.map(({ price }) => price.currency));
  if (name !== "amount" || currency === undefined || others.length > 0) return number(value);
  return money({ amount: value, currency, exponent: exponentOf(currency) });
}

/** Of a ticket type's id or a price's: "Stalls, Adult". */
function nameOf(id: string, { tickets }: Of): string | undefined {
  for (const ticket of tickets) {
    if (ticket.id === id) return ticket.name;
    const price = ticket.prices.find((one) => one.id === id);
    if (price !== undefined) return [ticket.name, price.name].filter(Boolean).join(", ");
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function isSum(value: unknown): value is { readonly amount: number; readonly currency: string } {
  return isObject(value) && "amount" in value && "currency" in value && typeof value.amount === "number";
}
