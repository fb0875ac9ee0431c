// Paying for an order: with Stripe's fields where Stripe takes the payments, with the sandbox's
// cards on a developer's machine, and with nothing where it costs nothing.

import { call } from "../ui/api.ts";
import type { Order } from "../ui/api-types.ts";
import { texts } from "../ui/i18n.ts";
import { type ComponentType, lazily } from "../ui/lazily.tsx";
import { useLoaded } from "../ui/loaded.ts";
import { Button, Fault, Notice, Waiting } from "../ui/parts.tsx";
import { sendOnce } from "../ui/send-once.ts";
import { useTask } from "../ui/task.ts";
import type { Way } from "./way.ts";

const t = texts(
  {
    title: "Pay",
    get: "Get the tickets",
    failed: "The payment did not work.",
    declined: "Your bank has declined the card. Nothing was charged; you can try another one.",
    authentication: "It was not confirmed at the bank. Nothing was charged; you can try again.",
    other: "Nothing was charged; you can try again.",
    none: "No payments can be taken here at the moment.",
  },
  {
    title: "Bezahlen",
    get: "Tickets holen",
    failed: "Die Zahlung hat nicht geklappt.",
    declined: "Ihre Bank hat die Karte abgelehnt. Es wurde nichts abgebucht; Sie können eine andere nehmen.",
    authentication:
      "Die Zahlung wurde bei der Bank nicht bestätigt. Es wurde nichts abgebucht; versuchen Sie es noch einmal.",
    other: "Es wurde nichts abgebucht; versuchen Sie es noch einmal.",
    none: "Zurzeit können hier keine Zahlungen angenommen werden.",
  },
);

const WAYS: Readonly<Record<string, ComponentType<Way>>> = {
  stripe: lazily(() => import("./stripe.tsx").then(({ StripeWay }) => StripeWay)),
  sandbox: lazily(() => import("./sandbox.tsx").then(({ SandboxWay }) => SandboxWay)),
};

export function Pay({ order }: { readonly order: Order }) {
  const { value, fault, reload } = useLoaded(() => call("GET /payments/config", {}), []);
  const isFree = order.total.amount === 0;
  if (isFree) return <Free order={order} />;
  const config = value.value;
  if (config === undefined) return <Waiting fault={fault.value} onAgain={reload} />;
  const Way = WAYS[config.provider ?? ""];
  if (Way === undefined) return <Notice kind="bad">{t().none}</Notice>;
  const isWaiting = order.status === "awaiting_payment";
  // Nothing is to be done. What was chosen stays, for another try.
  const isIdle = isWaiting && !order.payment?.next_action;
  return (
    <section class={isIdle ? undefined : "card stack"} hidden={isIdle} aria-label={t().title}>
      {!isWaiting && <h2>{t().title}</h2>}
      <Failure order={order} />
      <Way order={order} config={config} pay={(paymentMethod) => pay(order, paymentMethod)} />
    </section>
  );
}

function Free({ order }: { readonly order: Order }) {
  const { run, isBusy, fault } = useTask();
  return (
    <div class="stack">
      <Fault fault={fault.value} />
      <Button kind="primary" isBusy={isBusy.value} onClick={() => run(() => pay(order, null))}>
        {t().get}
      </Button>
    </div>
  );
}

function Failure({ order }: { readonly order: Order }) {
  const { payment } = order;
  if (payment?.state !== "failed" || payment.error === null) return null;
  const { code } = payment.error;
  const isBank = /declined|insufficient|expired_card|incorrect/.test(code);
  const text = isBank ? t().declined : code.startsWith("authentication") ? t().authentication : t().other;
  return (
    <Notice kind="bad" title={t().failed}>
      <p>{text}</p>
    </Notice>
  );
}

/** Sent again after a lost reply, it is the same payment. */
async function pay({ id }: Order, paymentMethod: string | null): Promise<void> {
  await sendOnce(`payment ${id}`, paymentMethod, (key) =>
    call("POST /orders/{id}/payment", { path: { id }, body: { payment_method: paymentMethod }, key }),
  );
}
