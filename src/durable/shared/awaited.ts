// A payment that waits for its buyer: its column, and what its object tells the consumer. Pure.

import type { Payment, PaymentAction } from "../../domain/payment.ts";

/** `isOver`: it is to be cancelled, and what the cancel finds decides. */
export interface AwaitedCharge {
  readonly reference: string;
  readonly isOver: boolean;
}

/** Nothing where the charge waits for nobody. `isOver`: it is to be cancelled whatever the time. */
export function awaitedIn({ action }: Payment, isOver: boolean, nowMs: number): { readonly awaited?: AwaitedCharge } {
  if (action === null) return {};
  return { awaited: { reference: action.reference, isOver: isOver || nowMs >= action.untilMs } };
}

export function nothingToDo({ state }: Pick<Payment, "state">) {
  const nothing = { todo: "nothing" } as const;
  return state === "failed" ? { ...nothing, hasFailed: true } : nothing;
}

/** As the column `action` of a payment has it. */
export function actionText({ action }: Payment): string | null {
  return action && JSON.stringify(action);
}

/** When a payment's time is over, where one waits: an SQL expression. */
export const ACTION_UNTIL_MS = "action ->> '$.untilMs'";

/** A version that does not know the column leaves it as it is when it settles a payment. */
export function actionOf(state: Payment["state"], text: string | null): PaymentAction | null {
  return state === "pending" && text !== null ? JSON.parse(text) : null;
}
