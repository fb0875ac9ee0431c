// Amounts as people type them: "45", "45.00", "45,00".

export function decimalsOf(currency: string): number {
  return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2;
}

/** In the currency's smallest unit; null for what is no amount of it. */
export function readAmount(text: string, currency: string): number | null {
  const decimals = decimalsOf(currency);
  const [, whole = "", part = ""] = /^\s*(\d{1,9})(?:[.,](\d*))?\s*$/.exec(text) ?? [];
  if (whole === "" || part.length > decimals) return null;
  return Number(whole + part.padEnd(decimals, "0"));
}

export function writeAmount(amount: number, currency: string): string {
  const decimals = decimalsOf(currency);
  return (amount / 10 ** decimals).toFixed(decimals);
}
