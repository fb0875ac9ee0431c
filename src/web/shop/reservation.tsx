// What was bought alone, through the API: where the links in its mails lead. The shop itself sells
// orders.

import { useEffect } from "preact/hooks";
import { call, Problem } from "../ui/api.ts";
import type { Reservation } from "../ui/api-types.ts";
import { texts } from "../ui/i18n.ts";
import { useLoaded } from "../ui/loaded.ts";
import { Fault, Loading } from "../ui/parts.tsx";
import { go } from "../ui/router.ts";
import { account } from "../ui/session.ts";
import { Heading } from "../ui/view.tsx";
import { EventLine } from "./event-line.tsx";
import { NotFound } from "./order.tsx";
import { MailAgain, PaperLinks } from "./paper.tsx";
import { Passes } from "./passes.tsx";
import { price } from "./price.ts";

const t = texts(
  {
    confirmed: "Your tickets",
    held: "Not paid yet",
    cancelled: "This reservation was cancelled",
    expired: "The time is up",
    refunded: "These tickets were given back",
    pay: "Pay where you chose the tickets.",
    tickets: "Tickets",
    number: "Reservation number",
    mine: "All my tickets",
  },
  {
    confirmed: "Ihre Tickets",
    held: "Noch nicht bezahlt",
    cancelled: "Diese Reservierung wurde storniert",
    expired: "Die Zeit ist um",
    refunded: "Diese Tickets wurden zurückgegeben",
    pay: "Bezahlen Sie dort, wo Sie die Tickets ausgesucht haben.",
    tickets: "Tickets",
    number: "Reservierungsnummer",
    mine: "Alle meine Tickets",
  },
);

export function ReservationView({ id }: { readonly id: string }) {
  const who = account.value?.id;
  const { value, fault } = useLoaded(() => call("GET /reservations/{id}", { path: { id } }), [id, who]);
  const order = value.value?.order ?? null;
  useEffect(() => {
    if (order !== null) go(`/my/orders/${order}`, { replace: true });
  }, [order]);
  if (fault.value instanceof Problem && fault.value.status === 404) return <NotFound />;
  if (value.value === undefined) return fault.value === null ? <Loading /> : <Fault fault={fault.value} />;
  return order === null ? <Alone reservation={value.value} /> : <Loading />;
}

function Alone({ reservation }: { readonly reservation: Reservation }) {
  const { id, state, event, ticket_type, price_name, quantity, total } = reservation;
  return (
    <div class="order">
      <Heading>{t()[state]}</Heading>
      {state === "held" && <p>{t().pay}</p>}
      {state === "confirmed" && (
        <section class="stack order-passes">
          <h2 class="unseen">{t().tickets}</h2>
          <div class="row">
            <PaperLinks of="reservations" id={id} state={state} isFree={total.amount === 0} />
            <MailAgain of="reservations" id={id} />
          </div>
          <Passes of="reservations" id={id} />
        </section>
      )}
      <section class="card stack tight">
        {event !== null && <EventLine event={event} />}
        <p class="items-total">
          <span>
            {quantity} × {[ticket_type?.name, price_name].filter(Boolean).join(", ")}
          </span>
          <strong class="number">{price(total)}</strong>
        </p>
        <p class="soft">
          {t().number}: {id}
        </p>
      </section>
      <div class="row">
        {state !== "confirmed" && <PaperLinks of="reservations" id={id} state={state} isFree={total.amount === 0} />}
        <a href="/my/orders">{t().mine}</a>
      </div>
    </div>
  );
}
