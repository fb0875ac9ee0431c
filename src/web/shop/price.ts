// A sum as a buyer reads it.

import { type Money, money } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";

const t = texts({ free: "free" }, { free: "kostenlos" });

export function price(sum: Money): string {
  return sum.amount === 0 ? t().free : money(sum);
}
