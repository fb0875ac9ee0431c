// Mistakes that some check must catch, as patches. `mutation/` mutates src/domain: its mutants
// are of one operator, the mistakes there of one thought.

import type { Mistake } from "./mistake.ts";
import { ACCOUNTS } from "./mistakes/accounts.ts";
import { API_KEYS } from "./mistakes/api-keys.ts";
import { CALENDAR_MISTAKES } from "./mistakes/calendar.ts";
import { CALLING_OFF } from "./mistakes/calling-off.ts";
import { CATALOGUE } from "./mistakes/catalogue.ts";
import { COPIES } from "./mistakes/copies.ts";
import { CREW_INVITATIONS } from "./mistakes/crew-invitations.ts";
import { DOOR } from "./mistakes/door.ts";
import { HOLDERS } from "./mistakes/holders.ts";
import { LINKS } from "./mistakes/links.ts";
import { MAIL } from "./mistakes/mail.ts";
import { ORDERS } from "./mistakes/orders.ts";
import { PASSES } from "./mistakes/passes.ts";
import { PAYMENTS } from "./mistakes/payments.ts";
import { PRICES } from "./mistakes/prices.ts";
import { RECEIPTS } from "./mistakes/receipts.ts";
import { REFUNDS } from "./mistakes/refunds.ts";
import { SALES } from "./mistakes/sales.ts";
import { TAKINGS } from "./mistakes/takings.ts";
import { WEBHOOKS } from "./mistakes/webhooks.ts";

export const MISTAKES: readonly Mistake[] = [
  ...SALES,
  ...PAYMENTS,
  ...REFUNDS,
  ...CALLING_OFF,
  ...RECEIPTS,
  ...TAKINGS,
  ...ORDERS,
  ...PASSES,
  ...HOLDERS,
  ...PRICES,
  ...CATALOGUE,
  ...ACCOUNTS,
  ...API_KEYS,
  ...DOOR,
  ...CREW_INVITATIONS,
  ...LINKS,
  ...COPIES,
  ...MAIL,
  ...WEBHOOKS,
  ...CALENDAR_MISTAKES,
];
