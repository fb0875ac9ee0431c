// Says that the money for an order of the counter has come.

import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import type { EventDetail, EventOrder } from "../ui/api-types.ts";
import { texts } from "../ui/i18n.ts";
import { keyFor } from "../ui/kept.ts";
import { Button, Fault } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";
import { buyerOf } from "./whose.ts";

const t = texts(
  { transfer: "The money has come", cash: "Paid in cash after all", done: "The order is paid." },
  { transfer: "Das Geld ist da", cash: "Doch bar bezahlt", done: "Die Bestellung ist bezahlt." },
);

interface MarkPaidProps {
  readonly event: EventDetail;
  readonly order: EventOrder;
  readonly method: "transfer" | "cash";
  readonly onPaid: () => Promise<void>;
}

export function MarkPaid({ event, order, method, onPaid }: MarkPaidProps) {
  const { run, isBusy, fault } = useTask();
  const markPaid = () =>
    run(async () => {
      const path = { id: event.id, order: order.id };
      const { key, done } = keyFor(`paid ${order.id}`, method);
      await call("POST /events/{id}/orders/{order}/payment", { path, body: { method }, key });
      done();
      announce(t().done);
      await onPaid();
    });
  return (
    <>
      <Button
        kind={method === "transfer" ? "primary" : "plain"}
        label={`${t()[method]}: ${buyerOf(order) || order.id}`}
        isBusy={isBusy.value}
        onClick={markPaid}
      >
        {t()[method]}
      </Button>
      <Fault fault={fault.value} />
    </>
  );
}
