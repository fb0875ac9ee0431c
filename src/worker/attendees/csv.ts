// Files for spreadsheets: RFC 4180, in UTF-8.

/** By it Excel knows that the file is UTF-8. */
export const BYTE_ORDER_MARK = "\uFEFF";

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
