// Receipts: their numbers, their VAT, and that none is forgotten.

import { type Mistake, unit, workers } from "../mistake.ts";

export const RECEIPTS: readonly Mistake[] = [
  {
    name: "a sale gets a receipt from each attempt to issue one",
    breaks: [7],
    file: "src/worker/receipts/queries.ts",
    find: "AND attempt <> ",
    replace: "AND attempt = ",
    caughtBy: [workers("worker/receipts/issuing")],
  },
  {
    name: "numbers of receipts are counted over all sellers",
    breaks: [3],
    file: "src/worker/receipts/queries.ts",
    find: "(SELECT MAX(number) FROM receipts WHERE series = ",
    replace: "(SELECT MAX(number) FROM receipts WHERE series <> '' OR series = ",
    caughtBy: [workers("worker/receipts/issuing"), workers("worker/receipts/receipts")],
  },
  {
    name: "a receipt that became due again meanwhile is forgotten",
    breaks: [3],
    file: "src/worker/receipts/due.ts",
    find: "SELECT value ->> 0, value ->> 1 FROM json_each(",
    replace: "SELECT value ->> 0, token FROM json_each(",
    caughtBy: [workers("worker/receipts/issuing")],
  },
  {
    name: "a receipt shows the seller of today",
    breaks: [3],
    file: "src/worker/receipts/issuing.ts",
    find: "if (issued.length > 0) return issued;",
    replace: `const [now] = (await offeringsOf(d1, [sale])).values();
  if (issued.length > 0) {
    return issued.map((row) => ({ ...row, receipt: { ...row.receipt, seller: now?.seller ?? row.receipt.seller } }));
  }`,
    caughtBy: [workers("worker/receipts/receipts")],
  },
  {
    name: "a page of receipts leaves out the series behind its cursor's",
    breaks: [3],
    file: "src/worker/receipts/list.ts",
    find: "return receiptsIn([...rest, ...others])",
    replace: "return receiptsIn([...rest, ...others.slice(0, 0)])",
    caughtBy: [workers("worker/receipts/list")],
  },
  {
    name: "a clock that is behind gives a receipt an earlier date than the number before it",
    breaks: [3],
    file: "src/worker/receipts/queries.ts",
    find: "      MAX($",
    replace: "      MIN($",
    caughtBy: [workers("worker/receipts/list")],
  },
  {
    name: "VAT is rounded on the total, and not line by line",
    breaks: [5],
    file: "src/domain/vat.ts",
    find: 'const vatMinor = sumOf(ofRate, "vatMinor");',
    replace: "const vatMinor = vatIn(grossMinor, rate);",
    caughtBy: [unit("domain/vat")],
  },
];
