// What can be done about an order: passes and mails, the money, and giving it up.

import { useSignal } from "@preact/signals";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import type { EventDetail, EventOrder } from "../ui/api-types.ts";
import { language, texts } from "../ui/i18n.ts";
import { Button, Dialog, Fault, Notice } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";
import { MarkPaid } from "./mark-paid.tsx";
import { PrintLink } from "./passes.tsx";
import { RefundForm } from "./refund-form.tsx";
import { Sure } from "./sure.tsx";

const t = texts(
  {
    mail: "Mail the tickets again",
    mailed: (address: string) => `The tickets are mailed to ${address}.`,
    receipt: "Receipt",
    refund: "Refund",
    refunded: "The refund is made.",
    cancel: "Cancel the order",
    cancelMeans: "The tickets go on sale again. Money that comes later has to be sent back.",
    cancelled: "The order is cancelled.",
    erase: "Erase name and address",
    eraseMeans: "For a customer who asks for it. Mails and the door don't find them any more; the tickets stay valid.",
    erased: "Name and address are erased.",
    keep: "Leave it",
  },
  {
    mail: "Tickets noch einmal mailen",
    mailed: (address: string) => `Die Tickets gehen per Mail an ${address}.`,
    receipt: "Rechnung",
    refund: "Erstatten",
    refunded: "Die Erstattung ist veranlasst.",
    cancel: "Bestellung stornieren",
    cancelMeans: "Die Tickets gehen wieder in den Verkauf. Geld, das später kommt, muss zurück.",
    cancelled: "Die Bestellung ist storniert.",
    erase: "Name und Adresse löschen",
    eraseMeans:
      "Für Kunden, die darum bitten. Mails und Einlass finden sie dann nicht mehr; die Tickets bleiben gültig.",
    erased: "Name und Adresse sind gelöscht.",
    keep: "So lassen",
  },
);

interface ActionsProps {
  readonly event: EventDetail;
  readonly order: EventOrder;
  readonly reload: () => Promise<void>;
}

type Open = "refund" | "cancel" | "erase";

export function Actions({ event, order, reload }: ActionsProps) {
  const open = useSignal<Open | null>(null);
  const close = () => {
    open.value = null;
  };
  const opener = (which: Open) => () => {
    open.value = which;
  };
  const done = async (said: string) => {
    close();
    announce(said);
    await reload();
  };
  const path = { id: event.id, order: order.id };
  const isPaid = order.state === "confirmed";
  const isOfCounter = order.method !== "online";
  const isAwaited = isOfCounter && order.state === "held";
  return (
    <>
      <div class="row">
        {isAwaited && <MarkPaid event={event} order={order} method="transfer" onPaid={reload} />}
        {isAwaited && <MarkPaid event={event} order={order} method="cash" onPaid={reload} />}
        {isPaid && isOfCounter && <PrintLink event={event} order={order.id} />}
        {isPaid && event.seller !== null && order.total.amount > 0 && (
          <a
            class="button plain"
            href={`/${order.kind}s/${order.id}/receipt?language=${language.value}`}
            target="_blank"
            rel="noopener"
          >
            {t().receipt}
          </a>
        )}
        {isPaid && (
          <Button kind="danger" onClick={opener("refund")}>
            {t().refund}
          </Button>
        )}
        {isAwaited && (
          <Button kind="danger" onClick={opener("cancel")}>
            {t().cancel}
          </Button>
        )}
        {(order.customer?.name ?? order.customer?.email) != null && (
          <Button onClick={opener("erase")}>{t().erase}</Button>
        )}
      </div>
      {isPaid && <MailAgain event={event} order={order} />}
      {open.value === "refund" && (
        <Dialog title={t().refund} onClose={close}>
          <RefundForm order={order} onDone={() => done(t().refunded)} />
        </Dialog>
      )}
      {open.value === "cancel" && (
        <Sure
          title={t().cancel}
          means={t().cancelMeans}
          keep={t().keep}
          onClose={close}
          onSure={async () => {
            await call("DELETE /events/{id}/orders/{order}", { path });
            await done(t().cancelled);
          }}
        />
      )}
      {open.value === "erase" && (
        <Sure
          title={t().erase}
          means={t().eraseMeans}
          keep={t().keep}
          onClose={close}
          onSure={async () => {
            await call("DELETE /events/{id}/orders/{order}/customer", { path });
            await done(t().erased);
          }}
        />
      )}
    </>
  );
}

/** Nothing where there is nobody to write to. */
function MailAgain({ event, order }: Omit<ActionsProps, "reload">) {
  const { run, isBusy, fault } = useTask();
  const isMailed = useSignal(false);
  const address = order.buyer?.email ?? order.customer?.email ?? null;
  if (address === null) return null;
  const mail = () =>
    run(async () => {
      isMailed.value = false;
      await call("POST /events/{id}/orders/{order}/mails", { path: { id: event.id, order: order.id } });
      isMailed.value = true;
      announce(t().mailed(address));
    });
  return (
    <>
      <div>
        <Button isBusy={isBusy.value} onClick={mail}>
          {t().mail}
        </Button>
      </div>
      {isMailed.value && <Notice kind="good">{t().mailed(address)}</Notice>}
      <Fault fault={fault.value} />
    </>
  );
}
