// The ticket types of an event, their prices and codes.

import { useSignal } from "@preact/signals";
import type { Ticket, TicketPrice } from "../ui/api-types.ts";
import { dayAndTime, money, number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Dialog, Notice } from "../ui/parts.tsx";
import { Codes } from "./codes.tsx";
import type { EventProps } from "./event-props.ts";
import { PriceForm } from "./price-form.tsx";
import { TicketForm } from "./ticket-form.tsx";

const t = texts(
  {
    title: "Tickets",
    add: "Add tickets",
    edit: (name: string) => `Change ${name}`,
    change: "Change",
    addPrice: "Add a price",
    changePrice: "Change price",
    codes: "Codes",
    none: "No tickets yet. Each kind, such as Stalls or Balcony, has a number of places and one price or several.",
    sold: "sold",
    held: "held",
    left: "left",
    price: "Price",
    amount: "Amount",
    state: "On sale",
    hidden: "Hidden: sold at the counter, and not in the shop.",
    only: "The only price",
    unnamed: "Without a name",
    from: (at: string) => `from ${at}`,
    until: (at: string) => `until ${at}`,
    atMost: (tickets: string) => `at most ${tickets}`,
    withCode: "with a code",
    withdrawn: "withdrawn",
    states: {
      draft: "once published",
      upcoming: "not yet",
      open: "now",
      ended: "over",
      cancelled: "called off",
    } as Record<string, string>,
  },
  {
    title: "Tickets",
    add: "Tickets anlegen",
    edit: (name: string) => `${name} ändern`,
    change: "Ändern",
    addPrice: "Preis anlegen",
    changePrice: "Preis ändern",
    codes: "Codes",
    none: "Noch keine Tickets. Jede Art, etwa Parkett oder Balkon, hat eine Anzahl von Plätzen und einen Preis oder mehrere.",
    sold: "verkauft",
    held: "reserviert",
    left: "übrig",
    price: "Preis",
    amount: "Betrag",
    state: "Im Verkauf",
    hidden: "Verborgen: an der Kasse zu haben und nicht im Shop.",
    only: "Einziger Preis",
    unnamed: "Ohne Namen",
    from: (at: string) => `ab ${at}`,
    until: (at: string) => `bis ${at}`,
    atMost: (tickets: string) => `höchstens ${tickets}`,
    withCode: "mit Code",
    withdrawn: "zurückgezogen",
    states: {
      draft: "sobald veröffentlicht",
      upcoming: "noch nicht",
      open: "jetzt",
      ended: "vorbei",
      cancelled: "abgesagt",
    },
  },
);

type Open =
  | { readonly what: "ticket"; readonly ticket: Ticket | null }
  | { readonly what: "price"; readonly ticket: Ticket; readonly price: TicketPrice | null }
  | { readonly what: "codes"; readonly ticket: Ticket; readonly price: TicketPrice };

export function Tickets(props: EventProps) {
  const { event, reload } = props;
  const open = useSignal<Open | null>(null);
  const close = () => {
    open.value = null;
  };
  const done = async () => {
    close();
    await reload();
  };
  const show = (shown: Open) => () => {
    open.value = shown;
  };
  return (
    <div class="stack">
      <div class="row between">
        <h2>{t().title}</h2>
        <Button kind="primary" onClick={show({ what: "ticket", ticket: null })}>
          {t().add}
        </Button>
      </div>
      {event.tickets.length === 0 && <Notice>{t().none}</Notice>}
      {event.tickets.map((ticket) => (
        <section class="card stack" key={ticket.id} aria-labelledby={`type-${ticket.id}`}>
          <div class="row between">
            <div>
              <h3 id={`type-${ticket.id}`}>{ticket.name}</h3>
              <p class="soft">
                {number(ticket.sold ?? 0)} {t().sold} · {number(ticket.held ?? 0)} {t().held} ·{" "}
                {number(ticket.capacity - (ticket.sold ?? 0) - (ticket.held ?? 0))} {t().left}
              </p>
            </div>
            <Button label={t().edit(ticket.name)} onClick={show({ what: "ticket", ticket })}>
              {t().change}
            </Button>
          </div>
          {ticket.hidden && <p class="soft">{t().hidden}</p>}
          <ul class="prices">
            {ticket.prices.map((price) => (
              <li key={price.id} class="row between">
                <span>
                  <strong>{price.name || (ticket.prices.length === 1 ? t().only : t().unnamed)}</strong> ·{" "}
                  {money(price.price)}{" "}
                  <span class="soft">
                    · {number(price.sold ?? 0)} {t().sold} · {t().state}: {t().states[price.sale_state]}
                    {limitsOf(price, event.timezone).map((limit) => ` · ${limit}`)}
                  </span>
                </span>
                <span class="row">
                  {price.requires_code && (
                    <Button
                      label={`${t().codes}: ${ticket.name}, ${price.name}`}
                      onClick={show({ what: "codes", ticket, price })}
                    >
                      {t().codes}
                    </Button>
                  )}
                  <Button
                    label={`${t().changePrice}: ${ticket.name} ${price.name}`}
                    onClick={show({ what: "price", ticket, price })}
                  >
                    {t().change}
                  </Button>
                </span>
              </li>
            ))}
          </ul>
          <div>
            <Button label={`${t().addPrice}: ${ticket.name}`} onClick={show({ what: "price", ticket, price: null })}>
              {t().addPrice}
            </Button>
          </div>
        </section>
      ))}
      {open.value?.what === "ticket" && (
        <Dialog title={open.value.ticket === null ? t().add : t().edit(open.value.ticket.name)} onClose={close}>
          <TicketForm event={event} ticket={open.value.ticket} onDone={done} />
        </Dialog>
      )}
      {open.value?.what === "price" && (
        <Dialog
          title={`${open.value.price === null ? t().addPrice : t().changePrice}: ${nameOf(open.value)}`}
          onClose={close}
        >
          <PriceForm event={event} ticket={open.value.ticket} price={open.value.price} onDone={done} />
        </Dialog>
      )}
      {open.value?.what === "codes" && (
        <Dialog title={`${t().codes}: ${nameOf(open.value)}`} onClose={close}>
          <Codes ticket={open.value.ticket} price={open.value.price} />
        </Dialog>
      )}
    </div>
  );
}

/** "Stalls, Adult" */
function nameOf({ ticket, price }: { readonly ticket: Ticket; readonly price: TicketPrice | null }): string {
  return [ticket.name, price?.name].filter(Boolean).join(", ");
}

function limitsOf(price: TicketPrice, timezone: string): string[] {
  const { capacity, sales_start, sales_end, requires_code, withdrawn } = price;
  const limits = [
    typeof capacity === "number" && t().atMost(number(capacity)),
    sales_start !== null && t().from(dayAndTime(sales_start, timezone)),
    sales_end !== null && t().until(dayAndTime(sales_end, timezone)),
    requires_code && t().withCode,
    withdrawn === true && t().withdrawn,
  ];
  return limits.filter((limit) => limit !== false);
}
