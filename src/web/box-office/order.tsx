// One order with all that happened to it, and what can be done about it.

import { useSignal } from "@preact/signals";
import { announce } from "../ui/announce.ts";
import { call } from "../ui/api.ts";
import type { EventOrder } from "../ui/api-types.ts";
import { dayAndTime, money, number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Dialog, Fault, Loading } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";
import type { EventProps } from "./event-props.ts";
import { History } from "./history.tsx";
import { useLoad } from "./load.ts";
import { buyerOf } from "./orders.tsx";
import { RefundForm } from "./refund-form.tsx";
import { Scroll } from "./table.tsx";
import { Disputed, StateOf, wordFor } from "./words.tsx";

const t = texts(
  {
    back: "All orders",
    order: "Order",
    who: "Bought by",
    guest: "as a guest",
    when: "Made",
    how: "Paid",
    note: "Note",
    total: "Total",
    refund: "Refund",
    paid: "The money has come",
    retry: "Try again",
    given: "Handed over",
    by: { buyer: "by the buyer", organizer: "by you" } as Record<"buyer" | "organizer", string>,
    refunds: "Refunds",
    refunded: "The refund is made.",
    item: "Ticket",
    count: "Number",
    back2: "Given back",
    price: "Price",
    code: "Code",
  },
  {
    back: "Alle Bestellungen",
    order: "Bestellung",
    who: "Gekauft von",
    guest: "als Gast",
    when: "Gekauft",
    how: "Bezahlt",
    note: "Notiz",
    total: "Summe",
    refund: "Erstatten",
    paid: "Das Geld ist da",
    retry: "Noch einmal versuchen",
    given: "Übergeben",
    by: { buyer: "vom Käufer", organizer: "von Ihnen" },
    refunds: "Erstattungen",
    refunded: "Die Erstattung ist veranlasst.",
    item: "Ticket",
    count: "Anzahl",
    back2: "Zurückgegeben",
    price: "Preis",
    code: "Code",
  },
);

export function OrderView({ event, id, reload: reloadEvent }: EventProps & { readonly id: string }) {
  const path = { id: event.id, order: id };
  const { value, fault, reload } = useLoad(id, () => call("GET /events/{id}/orders/{order}", { path }), 4_000);
  const isRefunding = useSignal(false);
  const order = value.value;
  if (order === undefined) return fault.value ? <Fault fault={fault.value} /> : <Loading />;
  const isPaid = order.state === "confirmed";
  return (
    <div class="stack">
      <p>
        <a href={`/box-office/events/${event.id}/orders`}>{t().back}</a>
      </p>
      <div class="row between">
        <h2>
          {t().order} <code>{order.id}</code>
        </h2>
        <span class="row">
          {order.disputed && <Disputed />}
          <StateOf of="sale" state={order.status} />
        </span>
      </div>
      <Facts order={order} zone={event.timezone} />
      <div class="row">
        {isPaid && (
          <Button
            kind="danger"
            onClick={() => {
              isRefunding.value = true;
            }}
          >
            {t().refund}
          </Button>
        )}
        {order.state === "held" && order.method === "transfer" && <Paid path={path} reload={reload} />}
      </div>
      <Refunds order={order} reload={reload} />
      <History event={event} order={order} />
      {isRefunding.value && (
        <Dialog
          title={t().refund}
          onClose={() => {
            isRefunding.value = false;
          }}
        >
          <RefundForm
            order={order}
            onDone={async () => {
              isRefunding.value = false;
              announce(t().refunded, "polite");
              await Promise.all([reload(), reloadEvent()]);
            }}
          />
        </Dialog>
      )}
    </div>
  );
}

function Facts({ order, zone }: { readonly order: EventOrder; readonly zone: string }) {
  return (
    <div class="card stack">
      <dl class="facts">
        <div>
          <dt>{t().who}</dt>
          <dd>
            {buyerOf(order) || "–"} {order.buyer?.guest && <span class="soft">({t().guest})</span>}
          </dd>
        </div>
        <div>
          <dt>{t().when}</dt>
          <dd>{dayAndTime(order.created_at, zone)}</dd>
        </div>
        <div>
          <dt>{t().how}</dt>
          <dd>{wordFor("method", order.method)}</dd>
        </div>
        <div>
          <dt>{t().total}</dt>
          <dd>{money(order.total)}</dd>
        </div>
        {order.note && (
          <div>
            <dt>{t().note}</dt>
            <dd>{order.note}</dd>
          </div>
        )}
      </dl>
      <Scroll label={t().item}>
        <table>
          <thead>
            <tr>
              {[t().item, t().price, t().code, t().count, t().back2, t().total].map((heading) => (
                <th key={heading} scope="col">
                  {heading}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {order.items.map((item) => (
              <tr key={item.reservation}>
                <td>{item.ticket_type?.name ?? item.ticket}</td>
                <td>{[item.price_name, money(item.unit_price)].filter(Boolean).join(", ")}</td>
                <td>{item.code ?? "–"}</td>
                <td>{number(item.quantity)}</td>
                <td>{number(item.refunded_quantity)}</td>
                <td class="number">{money(item.total)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Scroll>
    </div>
  );
}

interface PaidProps {
  readonly path: { readonly id: string; readonly order: string };
  readonly reload: () => Promise<void>;
}

function Paid({ path, reload }: PaidProps) {
  const { run, isBusy, fault } = useTask();
  const key = useSignal(crypto.randomUUID());
  const markPaid = () =>
    run(async () => {
      await call("POST /events/{id}/orders/{order}/payment", { path, body: { method: "transfer" }, key: key.value });
      await reload();
    });
  return (
    <>
      <Button kind="primary" isBusy={isBusy.value} onClick={markPaid}>
        {t().paid}
      </Button>
      <Fault fault={fault.value} />
    </>
  );
}

interface RefundsProps {
  readonly order: EventOrder;
  readonly reload: () => Promise<void>;
}

function Refunds({ order, reload }: RefundsProps) {
  const { run, isBusy, fault } = useTask();
  if (order.refunds.length === 0) return null;
  const retry = (refund: string) =>
    run(async () => {
      const path = { id: order.id, refund };
      if (order.kind === "order") await call("POST /orders/{id}/refunds/{refund}/retry", { path });
      else await call("POST /reservations/{id}/refunds/{refund}/retry", { path });
      await reload();
    });
  const give = (refund: string) =>
    run(async () => {
      const path = { id: order.id, refund };
      await call("PATCH /orders/{id}/refunds/{refund}", { path, body: { given_by_hand: true } });
      await reload();
    });
  const isByHand = order.method === "cash" || order.method === "transfer";
  return (
    <section class="card stack" aria-labelledby="refunds">
      <h3 id="refunds">{t().refunds}</h3>
      <ul class="prices">
        {order.refunds.map((refund) => (
          <li key={refund.id} class="row between">
            <span>
              <strong>{money(refund.amount)}</strong> <StateOf of="refund" state={refund.state} />{" "}
              <span class="soft">
                {t().by[refund.requested_by]} {refund.reason && `· ${refund.reason}`} {refund.error?.message}
              </span>
            </span>
            {refund.state === "failed" && (
              <Button isBusy={isBusy.value} onClick={() => retry(refund.id)}>
                {t().retry}
              </Button>
            )}
            {isByHand && refund.given_by_hand_at === null && refund.amount.amount > 0 && (
              <Button isBusy={isBusy.value} onClick={() => give(refund.id)}>
                {t().given}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <Fault fault={fault.value} />
    </section>
  );
}
