// What somebody has bought, and what was passed on to them.

import { nextPage, type Reply, send } from "../ui/api.ts";
import type { Order, OrderItem, Reservation } from "../ui/api-types.ts";
import { dayAndTime } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { type Part, usePaged } from "../ui/pages.ts";
import { Fault, Loading, More, Notice } from "../ui/parts.tsx";
import { account } from "../ui/session.ts";
import { Heading } from "../ui/view.tsx";
import { Received, useReceived } from "./passes.tsx";
import { price } from "./price.ts";

const t = texts(
  {
    title: "My tickets",
    none: "Nothing here yet. What you buy is shown here.",
    look: "See what’s on",
    guest:
      "You are here as a guest: this browser remembers you for a week after your last visit. With an account you find your tickets for longer, and everywhere.",
    held: "Not paid yet",
    awaiting_payment: "Payment under way",
    confirmed: "Paid",
    cancelled: "Cancelled",
    expired: "Expired",
    refunding: "Being refunded",
    refunded: "Given back",
  },
  {
    title: "Meine Tickets",
    none: "Hier ist noch nichts. Was Sie kaufen, steht dann hier.",
    look: "Zum Programm",
    guest:
      "Sie sind als Gast hier: Dieser Browser erkennt Sie bis eine Woche nach Ihrem letzten Besuch. Mit einem Konto finden Sie Ihre Tickets länger, und überall.",
    held: "Noch nicht bezahlt",
    awaiting_payment: "Zahlung läuft",
    confirmed: "Bezahlt",
    cancelled: "Storniert",
    expired: "Abgelaufen",
    refunding: "Wird erstattet",
    refunded: "Zurückgegeben",
  },
);

const PAGE = 20;

/** An order, or what was bought alone, through the API. */
interface Purchase extends Pick<Order, "state" | "status" | "total" | "created_at"> {
  readonly path: string;
  readonly items: readonly Pick<OrderItem, "event" | "quantity" | "ticket_type" | "price_name">[];
}

/** The paths of both lists' next pages. */
interface Next {
  readonly orders: string | null;
  readonly reservations: string | null;
}

async function firstPart(): Promise<Part<Purchase, Next>> {
  const query = { limit: PAGE };
  return partOf(await Promise.all([send("GET /orders", { query }), send("GET /reservations", { query })]));
}

async function partAfter({ orders, reservations }: Next): Promise<Part<Purchase, Next>> {
  return partOf(
    await Promise.all([
      orders === null ? null : nextPage<"GET /orders">(orders),
      reservations === null ? null : nextPage<"GET /reservations">(reservations),
    ]),
  );
}

function partOf([orders, reservations]: readonly [
  Reply<"GET /orders"> | null,
  Reply<"GET /reservations"> | null,
]): Part<Purchase, Next> {
  // Those of an order are in the order.
  const alone = (reservations?.body ?? []).filter(({ order }) => order === null);
  const next = { orders: orders?.next ?? null, reservations: reservations?.next ?? null };
  return {
    items: [...(orders?.body ?? []).map(ofOrder), ...alone.map(ofReservation)],
    next: next.orders === null && next.reservations === null ? null : next,
  };
}

function ofOrder(order: Order): Purchase {
  return { ...order, path: `/my/orders/${order.id}` };
}

function ofReservation(reservation: Reservation): Purchase {
  return { ...reservation, path: `/my/reservations/${reservation.id}`, items: [reservation] };
}

export function OrdersView() {
  const who = account.value?.id;
  const list = usePaged(firstPart, partAfter, [who]);
  const received = useReceived(who);
  // Of two lists, whose parts are not of the same time.
  const all = list.items?.toSorted((a, b) => Date.parse(b.created_at) - Date.parse(a.created_at));
  return (
    <div class="stack">
      <Heading>{t().title}</Heading>
      {account.value?.guest && <Notice>{t().guest}</Notice>}
      <Fault fault={list.fault.value} />
      {all === undefined && list.fault.value === null && <Loading />}
      {all?.length === 0 && !list.hasMore && received.items?.length === 0 && <Nothing />}
      {all !== undefined && all.length > 0 && (
        <ul class="orders">
          {all.map((purchase) => (
            <li key={purchase.path}>
              <PurchaseCard purchase={purchase} />
            </li>
          ))}
        </ul>
      )}
      <More list={list} />
      <Received list={received} />
    </div>
  );
}

function Nothing() {
  return (
    <div class="card stack">
      <p>{t().none}</p>
      <p>
        <a class="button primary" href="/">
          {t().look}
        </a>
      </p>
    </div>
  );
}

function PurchaseCard({ purchase }: { readonly purchase: Purchase }) {
  const [item] = purchase.items;
  const event = item?.event;
  const names = [...new Set(purchase.items.map((one) => one.event?.name ?? ""))].join(", ");
  return (
    <a class="order-card" href={purchase.path}>
      <span class="event-about">
        <strong class="event-name">{names}</strong>
        {event && (
          <span class="soft">
            {dayAndTime(event.starts_at, event.timezone)} · {event.venue}
          </span>
        )}
        <span>
          {purchase.items
            .map(({ quantity, ticket_type, price_name }) =>
              [`${quantity} × ${ticket_type?.name ?? ""}`, price_name].filter(Boolean).join(", "),
            )
            .join(" · ")}
        </span>
      </span>
      <span class="event-sale">
        <span class={`badge ${purchase.state === "confirmed" ? "good" : ""}`}>{t()[purchase.status]}</span>
        <span class="event-price">{price(purchase.total)}</span>
      </span>
    </a>
  );
}
