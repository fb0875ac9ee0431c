// Gives tickets back, and money. What it comes to is said before it is done.

import { useSignal } from "@preact/signals";
import { call } from "../ui/api.ts";
import type { EventOrder, NewRefund } from "../ui/api-types.ts";
import { money } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Checkbox, Fault, Form, Notice } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";
import { type FieldOf, Fields } from "./fields.tsx";
import { readAmount } from "./money.ts";

const t = texts(
  {
    tickets: (name: string, left: number) => `${name}: tickets to give back, of ${left}`,
    amount: "Amount",
    amountHint: "Empty: what the tickets cost. Less keeps a fee.",
    badAmount: "Write an amount such as 45.00",
    restock: "Put the tickets on sale again",
    reason: "Reason",
    reasonHint: "The buyer reads it.",
    means: (amount: string) => `${amount} goes back. The passes of these tickets are not valid any more, at once.`,
    moneyOnly: (amount: string) => `${amount} goes back, and all tickets stay valid.`,
    byHand: "You hand the money over yourself: it was not paid online.",
    refund: "Refund",
    nothing: "Choose tickets, or write an amount.",
  },
  {
    tickets: (name: string, left: number) => `${name}: Tickets zurückgeben, von ${left}`,
    amount: "Betrag",
    amountHint: "Leer: was die Tickets gekostet haben. Weniger behält eine Gebühr ein.",
    badAmount: "Schreiben Sie einen Betrag wie 45,00",
    restock: "Tickets wieder in den Verkauf geben",
    reason: "Grund",
    reasonHint: "Der Käufer liest ihn.",
    means: (amount: string) => `${amount} gehen zurück. Die Tickets sind sofort nicht mehr gültig.`,
    moneyOnly: (amount: string) => `${amount} gehen zurück, alle Tickets bleiben gültig.`,
    byHand: "Das Geld übergeben Sie selbst: es wurde nicht online bezahlt.",
    refund: "Erstatten",
    nothing: "Wählen Sie Tickets, oder schreiben Sie einen Betrag.",
  },
);

interface RefundFormProps {
  readonly order: EventOrder;
  readonly onDone: () => Promise<void>;
}

export function RefundForm({ order, onDone }: RefundFormProps) {
  const lefts = order.items.map((item) => ({ item, left: item.quantity - item.refunded_quantity }));
  const counts = useSignal<Record<string, string>>(
    Object.fromEntries(lefts.map(({ item, left }) => [item.reservation, String(left)])),
  );
  const form = useSignal({ amount: "", reason: "" });
  const restock = useSignal(true);
  const key = useSignal(crypto.randomUUID());
  const { run, isBusy, fault } = useTask();
  const { currency } = order.total;
  const amount = form.value.amount === "" ? null : readAmount(form.value.amount, currency);
  const isBad = form.value.amount !== "" && amount === null;
  const chosen = lefts.flatMap(({ item }) => {
    const quantity = Number(counts.value[item.reservation] ?? 0);
    return quantity > 0 ? [{ item, quantity }] : [];
  });
  const cost = chosen.reduce((sum, { item, quantity }) => sum + quantity * item.unit_price.amount, 0);
  const back = money({ ...order.total, amount: amount ?? cost });
  const isNothing = chosen.length === 0 && (amount === null || amount === 0);
  const refund = () =>
    run(async () => {
      const items = chosen.map(({ item, quantity }) => ({ reservation: item.reservation, quantity }));
      const body: NewRefund = {
        ...(items.length === 0 ? {} : { items }),
        ...(amount === null ? {} : { amount }),
        restock: restock.peek() && items.length > 0,
        reason: form.peek().reason,
      };
      const parts = { path: { id: order.id }, body, key: key.peek() };
      if (order.kind === "order") await call("POST /orders/{id}/refunds", parts);
      else await call("POST /reservations/{id}/refunds", parts);
      await onDone();
    });
  return (
    <Form
      class="stack"
      onSubmit={() => {
        if (!isNothing && !isBad) void refund();
      }}
    >
      <Fields form={counts} fault={null} fields={countFields(lefts)} />
      <Fields form={form} fault={fault.value} fields={fieldsOf(currency)} />
      <Checkbox
        label={t().restock}
        isChecked={restock.value}
        onChange={(isChecked) => {
          restock.value = isChecked;
        }}
      />
      <Notice kind="warning">
        <p>{isNothing ? t().nothing : chosen.length > 0 ? t().means(back) : t().moneyOnly(back)}</p>
        {order.method !== "online" && <p>{t().byHand}</p>}
      </Notice>
      <Fault fault={fault.value} />
      <div>
        <Button kind="danger" type="submit" isBusy={isBusy.value} disabled={isNothing || isBad}>
          {t().refund}
        </Button>
      </div>
    </Form>
  );
}

interface Left {
  readonly item: EventOrder["items"][number];
  readonly left: number;
}

function countFields(lefts: readonly Left[]): FieldOf<string>[] {
  return lefts
    .filter(({ left }) => left > 0)
    .map(({ item, left }) => ({
      name: item.reservation,
      label: t().tickets(item.ticket_type?.name ?? "", left),
      type: "number",
      inputMode: "numeric",
    }));
}

function fieldsOf(currency: string): FieldOf<"amount" | "reason">[] {
  const check = (value: string) => (value !== "" && readAmount(value, currency) === null ? t().badAmount : null);
  return [
    { name: "amount", label: `${t().amount} (${currency})`, hint: t().amountHint, inputMode: "decimal", check },
    { name: "reason", label: t().reason, hint: t().reasonHint },
  ];
}
