// The sandbox's cards, which move no money, and its bank. A build for production has no sandbox,
// and never loads this.

import { useSignal } from "@preact/signals";
import { sendAside } from "../ui/api.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Fault, Form, Notice } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";
import { payLabel, type Way } from "./way.ts";

const t = texts(
  {
    about: "This is a sandbox: no money moves. Choose what the card should do.",
    cards: "Card",
    works: "A card that works",
    declined: "One that is declined",
    insufficient: "One without enough money",
    bank: "One whose bank asks (3-D Secure)",
    slow: "A slow one, 15 seconds",
    confirm: "In the sandbox you are the bank, too: is this payment the buyer’s?",
    yes: "Confirm",
    no: "Refuse",
  },
  {
    about: "Dies ist eine Sandbox: Es fließt kein Geld. Wählen Sie, was die Karte tun soll.",
    cards: "Karte",
    works: "Eine Karte, die funktioniert",
    declined: "Eine, die abgelehnt wird",
    insufficient: "Eine ohne genug Geld",
    bank: "Eine, deren Bank nachfragt (3-D Secure)",
    slow: "Eine langsame, 15 Sekunden",
    confirm: "In der Sandbox sind Sie auch die Bank: Ist diese Zahlung vom Käufer?",
    yes: "Bestätigen",
    no: "Ablehnen",
  },
);

const CARDS = [
  ["pm_card_visa", "works"],
  ["pm_card_visa_chargeDeclined", "declined"],
  ["pm_card_visa_chargeDeclinedInsufficientFunds", "insufficient"],
  ["pm_card_authenticationRequired", "bank"],
  ["pm_sandbox_slow_15s", "slow"],
] as const;

export function SandboxWay({ order, pay }: Way) {
  const card = useSignal<string>(CARDS[0][0]);
  const { run, isBusy, fault } = useTask();
  const action = order.payment?.next_action;
  if (action) return <Bank clientSecret={action.client_secret} />;
  if (order.status === "awaiting_payment") return null;
  return (
    <Form class="stack" onSubmit={() => run(() => pay(card.peek()))}>
      <Notice>{t().about}</Notice>
      <fieldset class="choices">
        <legend class="unseen">{t().cards}</legend>
        {CARDS.map(([method, name]) => (
          <label key={method} class="checkbox">
            <input
              type="radio"
              name="card"
              checked={card.value === method}
              onChange={() => {
                card.value = method;
              }}
            />
            <span>{t()[name]}</span>
          </label>
        ))}
      </fieldset>
      <Fault fault={fault.value} />
      <Button kind="primary" type="submit" isBusy={isBusy.value}>
        {payLabel(order)}
      </Button>
    </Form>
  );
}

function Bank({ clientSecret }: { readonly clientSecret: string }) {
  const { run, isBusy, fault } = useTask();
  const answer = (passes: boolean) =>
    run(() => sendAside("/sandbox/authentications", { client_secret: clientSecret, passes }));
  return (
    <div class="stack">
      <Notice kind="warning" title={t().confirm} />
      <Fault fault={fault.value} />
      <div class="row">
        <Button kind="primary" isBusy={isBusy.value} onClick={() => answer(true)}>
          {t().yes}
        </Button>
        <Button isBusy={isBusy.value} onClick={() => answer(false)}>
          {t().no}
        </Button>
      </div>
    </div>
  );
}
