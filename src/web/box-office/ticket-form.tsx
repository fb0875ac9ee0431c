// A ticket type: made new with its first price, or changed, with what that means for what is sold.

import { useSignal } from "@preact/signals";
import { call } from "../ui/api.ts";
import type { EventDetail, NewTicket, Price, Ticket } from "../ui/api-types.ts";
import { number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Checkbox, Fault, Form, Notice } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";
import { type FieldOf, Fields, setter } from "./fields.tsx";
import { readAmount, writeAmount } from "./money.ts";
import { localOr, orNull } from "./times.ts";

const t = texts(
  {
    name: "Name",
    nameHint: "What people sit or stand in, such as Stalls. Prices come on top: Adult, Child.",
    description: "Description",
    capacity: "How many",
    amount: "Price",
    amountHint: "0 is free. More prices can be added later.",
    priceName: "What this price is called",
    priceNameHint: "Such as Adult. Empty while it is the only one.",
    currency: "Currency",
    most: "At most for one buyer",
    mostHint: "Empty: as many as there are.",
    from: "On sale from",
    until: "On sale until",
    saleHint: "Empty: from when the event is published, until it ends.",
    hidden: "Hidden: sold at the counter, and not in the shop",
    save: "Save",
    add: "Add",
    remove: "Delete",
    badAmount: "Write an amount such as 45.00",
    committed: (tickets: string) =>
      `${tickets} are sold or held. There can't be fewer places than that; they stay valid whatever you change.`,
    less: (places: string) => `${places} places that are still free are taken off sale.`,
    renamed: "Tickets that are sold show the new name, too.",
  },
  {
    name: "Name",
    nameHint: "Wo man sitzt oder steht, etwa Parkett. Preise kommen dazu: Erwachsene, Kinder.",
    description: "Beschreibung",
    capacity: "Wie viele",
    amount: "Preis",
    amountHint: "0 ist kostenlos. Weitere Preise lassen sich später anlegen.",
    priceName: "Wie dieser Preis heißt",
    priceNameHint: "Etwa Erwachsene. Leer, solange er der einzige ist.",
    currency: "Währung",
    most: "Höchstens pro Käufer",
    mostHint: "Leer: so viele, wie es gibt.",
    from: "Im Verkauf ab",
    until: "Im Verkauf bis",
    saleHint: "Leer: ab der Veröffentlichung, bis die Veranstaltung endet.",
    hidden: "Verborgen: an der Kasse zu haben und nicht im Shop",
    save: "Speichern",
    add: "Anlegen",
    remove: "Löschen",
    badAmount: "Schreiben Sie einen Betrag wie 45,00",
    committed: (tickets: string) =>
      `${tickets} sind verkauft oder reserviert. Weniger Plätze kann es nicht geben; sie bleiben gültig, was Sie auch ändern.`,
    less: (places: string) => `${places} noch freie Plätze werden aus dem Verkauf genommen.`,
    renamed: "Auch verkaufte Tickets zeigen den neuen Namen.",
  },
);

interface TicketFormProps {
  readonly event: EventDetail;
  readonly ticket: Ticket | null;
  readonly onDone: () => Promise<void>;
}

export function TicketForm({ event, ticket, onDone }: TicketFormProps) {
  const form = useSignal(formOf(event, ticket));
  const { run, isBusy, fault } = useTask();
  const key = useSignal(crypto.randomUUID());
  const { amount: typed, currency } = form.value;
  const amount = readAmount(typed, currency);
  const committed = committedOf(ticket);
  const save = () =>
    run(async () => {
      const price = pricedAs(form.peek().priceName, { amount: amount ?? 0, currency });
      await saved(event, ticket, fieldsOf(form.peek(), event.timezone), price, key.peek());
      await onDone();
    });
  const remove = () =>
    run(async () => {
      await call("DELETE /tickets/{id}", { path: { id: ticket?.id ?? "" } });
      await onDone();
    });
  const shared = { form, fault: fault.value };
  return (
    <Form class="stack" onSubmit={() => (ticket !== null || amount !== null) && save()}>
      <Fields {...shared} fields={[nameField()]} />
      <div class="columns">
        <Fields
          {...shared}
          fields={[...stockFields(), ...(ticket === null ? priceFields(form.value) : []), ...timeFields()]}
        />
      </div>
      <Fields {...shared} fields={[{ name: "description", label: t().description, rows: 3 }]} />
      <Checkbox label={t().hidden} isChecked={form.value.hidden} onChange={setter(form, "hidden")} />
      {ticket !== null && committed > 0 && <Meaning ticket={ticket} form={form.value} />}
      <Fault fault={fault.value} />
      <div class="row">
        <Button kind="primary" type="submit" isBusy={isBusy.value}>
          {ticket === null ? t().add : t().save}
        </Button>
        {ticket !== null && committed === 0 && (
          <Button kind="danger" isBusy={isBusy.value} onClick={remove}>
            {t().remove}
          </Button>
        )}
      </div>
    </Form>
  );
}

type Values = ReturnType<typeof formOf>;
type Spec = FieldOf<string & keyof Values>;

function formOf({ timezone, tickets }: EventDetail, ticket: Ticket | null) {
  const currency = ticket?.price.currency ?? tickets[0]?.price.currency ?? "EUR";
  return {
    name: ticket?.name ?? "",
    description: ticket?.description ?? "",
    capacity: ticket === null ? "" : String(ticket.capacity),
    most: ticket?.max_per_buyer ? String(ticket.max_per_buyer) : "",
    amount: ticket === null ? "" : writeAmount(ticket.price.amount, currency),
    currency,
    priceName: "",
    from: localOr(ticket?.sales_start, timezone),
    until: localOr(ticket?.sales_end, timezone),
    hidden: ticket?.hidden ?? false,
  };
}

function fieldsOf({ name, description, capacity, most, from, until, hidden }: Values, zone: string) {
  return {
    name,
    description,
    capacity: Number(capacity),
    max_per_buyer: most === "" ? null : Number(most),
    sales_start: orNull(from, zone),
    sales_end: orNull(until, zone),
    hidden,
  };
}

function nameField(): Spec {
  return { name: "name", label: t().name, hint: t().nameHint, maxLength: 200, required: true };
}

function stockFields(): Spec[] {
  return [
    { name: "capacity", label: t().capacity, type: "number", inputMode: "numeric", required: true },
    { name: "most", of: "max_per_buyer", label: t().most, hint: t().mostHint, type: "number", inputMode: "numeric" },
  ];
}

/** The paths of its errors depend on whether it has a name. */
function priceFields({ priceName, currency }: Values): Spec[] {
  const of = (field: string) => (priceName.trim() !== "" ? `prices.0.price.${field}` : `price.${field}`);
  const check = (value: string) => (value !== "" && readAmount(value, currency) === null ? t().badAmount : null);
  return [
    {
      name: "amount",
      of: of("amount"),
      label: t().amount,
      hint: t().amountHint,
      inputMode: "decimal",
      required: true,
      check,
    },
    { name: "currency", of: of("currency"), label: t().currency, maxLength: 3, required: true },
    { name: "priceName", of: "prices.0.name", label: t().priceName, hint: t().priceNameHint, maxLength: 100 },
  ];
}

function timeFields(): Spec[] {
  return [
    { name: "from", of: "sales_start", label: t().from, type: "datetime-local" },
    { name: "until", of: "sales_end", label: t().until, type: "datetime-local", hint: t().saleHint },
  ];
}

/** What the change means for what is sold. */
function Meaning({ ticket, form }: { readonly ticket: Ticket; readonly form: Values }) {
  const committed = committedOf(ticket);
  const lost = Math.min(ticket.capacity - committed, ticket.capacity - Number(form.capacity));
  return (
    <Notice kind="warning">
      <p>{t().committed(number(committed))}</p>
      {lost > 0 && <p>{t().less(number(lost))}</p>}
      {ticket.name !== form.name && <p>{t().renamed}</p>}
    </Notice>
  );
}

function committedOf(ticket: Ticket | null): number {
  return (ticket?.sold ?? 0) + (ticket?.held ?? 0);
}

/** A price without a name is the ticket type's own. */
function pricedAs(name: string, price: Price): Pick<NewTicket, "price" | "prices"> {
  return name.trim() === "" ? { price } : { prices: [{ name, price }] };
}

async function saved(
  event: EventDetail,
  ticket: Ticket | null,
  fields: Omit<NewTicket, "price" | "prices">,
  price: Pick<NewTicket, "price" | "prices">,
  key: string,
): Promise<void> {
  if (ticket === null) {
    await call("POST /events/{id}/tickets", { path: { id: event.id }, body: { ...fields, ...price }, key });
  } else {
    const ifMatch = ticket.etag === undefined ? {} : { ifMatch: ticket.etag };
    await call("PATCH /tickets/{id}", { path: { id: ticket.id }, body: fields, ...ifMatch });
  }
}
