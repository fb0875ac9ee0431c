// Files for spreadsheets: RFC 4180, in UTF-8.

import { exponentOf } from "../../domain/currency.ts";

export interface FileOptions {
  /** Of the event's ticket types, by id. */
  readonly names: ReadonlyMap<string, string>;
  readonly timeZone: string;
  readonly separator: string;
}

/** Where a spreadsheet takes a cell for a formula, which may send others what is on the sheet. */
const BEGINS_AS_FORMULA = /^[\s\p{Cc}\p{Default_Ignorable_Code_Point}]*[=+\-@＝＋－＠]|^[\t\r\n]/u;

/** An apostrophe before what could be a formula: a spreadsheet shows it as text. */
export function cell(value: string): string {
  const safe = BEGINS_AS_FORMULA.test(value) ? `'${value}` : value;
  return `"${safe.replaceAll('"', '""')}"`;
}

/** Numbers are as they are: no text of a person. */
export function row(values: readonly (string | number)[], separator: string): string {
  return `${values.map((value) => (typeof value === "number" ? value : cell(value))).join(separator)}\r\n`;
}

interface Named {
  readonly id: string;
  readonly name: string;
}

export function namesOf(ticketTypes: readonly Named[]): ReadonlyMap<string, string> {
  return new Map(ticketTypes.map(({ id, name }) => [id, name]));
}

export function fileOptions(
  { timezone }: { readonly timezone: string },
  ticketTypes: readonly Named[],
  separator: "comma" | "semicolon",
): FileOptions {
  return { names: namesOf(ticketTypes), timeZone: timezone, separator: separator === "semicolon" ? ";" : "," };
}

/** Where a semicolon separates, a comma stands before the decimals. */
export function amountCell(amountMinor: number, currency: string, separator: string): string {
  const decimals = exponentOf(currency);
  const amount = (amountMinor / 10 ** decimals).toFixed(decimals);
  return separator === ";" ? amount.replace(".", ",") : amount;
}

const SHOWN = { dateStyle: "short", timeStyle: "medium" } as const;
const clocks = new Map<string, Intl.DateTimeFormat>();

/** Times are the event's own, as people write them down: `2027-06-12 20:15:00`. */
export function clockOf(timeZone: string): (atMs: number) => string {
  // To make one takes longer than to write a line.
  const format = clocks.get(timeZone) ?? new Intl.DateTimeFormat("sv-SE", { timeZone, ...SHOWN });
  clocks.set(timeZone, format);
  return (atMs) => format.format(atMs);
}
