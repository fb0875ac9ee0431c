// One order with all that happened to it, and what can be done about it.

import { call } from "../ui/api.ts";
import { texts } from "../ui/i18n.ts";
import { Fault, Loading } from "../ui/parts.tsx";
import type { EventProps } from "./event-props.ts";
import { History } from "./history.tsx";
import { useLoad } from "./load.ts";
import { Actions } from "./order-actions.tsx";
import { Facts } from "./order-facts.tsx";
import { Refunds } from "./order-refunds.tsx";
import { Passes } from "./passes.tsx";
import { Disputed, StateOf } from "./words.tsx";

const t = texts({ back: "All orders", order: "Order" }, { back: "Alle Bestellungen", order: "Bestellung" });

const EVERY_MS = 4_000;

export function OrderView({ event, id, reload: reloadEvent }: EventProps & { readonly id: string }) {
  const path = { id: event.id, order: id };
  const { value, fault, reload } = useLoad(id, () => call("GET /events/{id}/orders/{order}", { path }), EVERY_MS);
  const order = value.value;
  if (order === undefined) return fault.value ? <Fault fault={fault.value} /> : <Loading />;
  const reloadBoth = async () => {
    await Promise.all([reload(), reloadEvent()]);
  };
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
      <Actions event={event} order={order} reload={reloadBoth} />
      <Refunds event={event} order={order} reload={reload} />
      <Passes event={event} order={order} />
      <History event={event} order={order} />
    </div>
  );
}
