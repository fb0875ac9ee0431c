// A price of a ticket type: made new, changed, or taken off sale.

import { useSignal } from "@preact/signals";
import { call } from "../ui/api.ts";
import type { EventDetail, Ticket, TicketPrice } from "../ui/api-types.ts";
import { money, number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Checkbox, Fault, Form, Notice } from "../ui/parts.tsx";
import { useTask } from "../ui/task.ts";
import { type FieldOf, Fields, setter } from "./fields.tsx";
import { readAmount, writeAmount } from "./money.ts";
import { localOr, orNull } from "./times.ts";

const t = texts(
  {
    name: "Name",
    nameHint: "Who it is for or when, such as Child, Early bird.",
    amount: "Amount",
    badAmount: "Write an amount such as 45.00",
    firstName: (amount: string) => `And the price of ${amount}: what is it called?`,
    firstHint: "Such as Adult. With several prices each has a name.",
    capacity: "At most so many at this price",
    capacityHint: "Empty: as many as the tickets have. All prices share their places.",
    least: "At least so many in one order",
    most: "At most so many in one order",
    mostHint: "Empty: any number.",
    from: "From",
    until: "Until",
    windowHint: "Empty: as the tickets.",
    code: "Only with a code",
    withdrawn: "Taken off sale",
    save: "Save",
    add: "Add",
    remove: "Delete",
    soldAt: (tickets: string, amount: string) =>
      `${tickets} are sold or held at this price. They keep what they cost, ${amount}; the new amount is for what is bought from now on.`,
    stay: (tickets: string) => `${tickets} that are sold or held stay valid.`,
  },
  {
    name: "Name",
    nameHint: "Für wen oder wann, etwa Kinder, Frühbucher.",
    amount: "Betrag",
    badAmount: "Schreiben Sie einen Betrag wie 45,00",
    firstName: (amount: string) => `Und der Preis von ${amount}: wie heißt er?`,
    firstHint: "Etwa Erwachsene. Gibt es mehrere Preise, hat jeder einen Namen.",
    capacity: "Höchstens so viele zu diesem Preis",
    capacityHint: "Leer: so viele, wie es Tickets gibt. Alle Preise teilen sich die Plätze.",
    least: "Mindestens so viele in einer Bestellung",
    most: "Höchstens so viele in einer Bestellung",
    mostHint: "Leer: beliebig viele.",
    from: "Ab",
    until: "Bis",
    windowHint: "Leer: wie die Tickets.",
    code: "Nur mit Code",
    withdrawn: "Aus dem Verkauf genommen",
    save: "Speichern",
    add: "Anlegen",
    remove: "Löschen",
    soldAt: (tickets: string, amount: string) =>
      `${tickets} sind zu diesem Preis verkauft oder reserviert. Für sie bleibt es bei ${amount}; der neue Betrag gilt für alles, was ab jetzt gekauft wird.`,
    stay: (tickets: string) => `${tickets} verkaufte oder reservierte Tickets bleiben gültig.`,
  },
);

interface PriceFormProps {
  readonly event: EventDetail;
  readonly ticket: Ticket;
  readonly price: TicketPrice | null;
  readonly onDone: () => Promise<void>;
}

export function PriceForm({ event, ticket, price, onDone }: PriceFormProps) {
  const { currency } = ticket.price;
  const form = useSignal(formOf(event.timezone, currency, price));
  const { run, isBusy, fault } = useTask();
  const key = useSignal(crypto.randomUUID());
  const amount = readAmount(form.value.amount, currency);
  const committed = (price?.sold ?? 0) + (price?.held ?? 0);
  const path = { id: ticket.id, price: price?.id ?? "" };
  // It is named when it is no longer the only one.
  const nameless = price === null ? ticket.prices.find(({ name }) => name === "") : undefined;
  const save = (minor: number) =>
    run(async () => {
      const { name, firstName, withdrawn, ...typed } = form.peek();
      const fields = { ...rulesOf(typed, event.timezone), price: { amount: minor, currency } };
      // The name of an only price may stay empty, and can't be sent so.
      const named = name === "" ? fields : { ...fields, name };
      if (nameless !== undefined) {
        const itsPath = { id: ticket.id, price: nameless.id };
        await call("PATCH /tickets/{id}/prices/{price}", { path: itsPath, body: { name: firstName } });
      }
      if (price === null) await call("POST /tickets/{id}/prices", { path, body: { ...fields, name }, key: key.peek() });
      else await call("PATCH /tickets/{id}/prices/{price}", { path, body: { ...named, withdrawn } });
      await onDone();
    });
  const remove = () =>
    run(async () => {
      await call("DELETE /tickets/{id}/prices/{price}", { path });
      await onDone();
    });
  const shared = { form, fault: fault.value };
  return (
    <Form class="stack" onSubmit={() => amount !== null && save(amount)}>
      <Fields {...shared} fields={fieldsOf(currency, price === null)} />
      {nameless !== undefined && <Fields {...shared} fields={[firstNameField(money(nameless.price))]} />}
      <div class="columns">
        <Fields {...shared} fields={[...orderFields(), ...timeFields()]} />
      </div>
      <Checkbox label={t().code} isChecked={form.value.requiresCode} onChange={setter(form, "requiresCode")} />
      {price !== null && (
        <Checkbox label={t().withdrawn} isChecked={form.value.withdrawn} onChange={setter(form, "withdrawn")} />
      )}
      {price !== null && committed > 0 && (
        <Notice kind="warning">
          {amount === price.price.amount
            ? t().stay(number(committed))
            : t().soldAt(number(committed), money(price.price))}
        </Notice>
      )}
      <Fault fault={fault.value} />
      <div class="row">
        <Button kind="primary" type="submit" isBusy={isBusy.value}>
          {price === null ? t().add : t().save}
        </Button>
        {price !== null && committed === 0 && ticket.prices[0]?.id !== price.id && (
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

function formOf(zone: string, currency: string, price: TicketPrice | null) {
  return {
    name: price?.name ?? "",
    firstName: "",
    amount: price === null ? "" : writeAmount(price.price.amount, currency),
    capacity: String(price?.capacity ?? ""),
    least: String(price?.min_per_order ?? 1),
    most: String(price?.max_per_order ?? ""),
    from: localOr(price?.sales_start, zone),
    until: localOr(price?.sales_end, zone),
    requiresCode: price?.requires_code ?? false,
    withdrawn: price?.withdrawn ?? false,
  };
}

type Rules = Omit<Values, "name" | "firstName" | "withdrawn">;

function rulesOf({ capacity, least, most, from, until, requiresCode }: Rules, zone: string) {
  return {
    capacity: capacity === "" ? null : Number(capacity),
    min_per_order: Number(least),
    max_per_order: most === "" ? null : Number(most),
    sales_start: orNull(from, zone),
    sales_end: orNull(until, zone),
    requires_code: requiresCode,
  };
}

function fieldsOf(currency: string, isNew: boolean): Spec[] {
  const check = (value: string) => (value !== "" && readAmount(value, currency) === null ? t().badAmount : null);
  return [
    { name: "name", label: t().name, hint: t().nameHint, maxLength: 100, required: isNew },
    {
      name: "amount",
      of: "price.amount",
      label: `${t().amount} (${currency})`,
      inputMode: "decimal",
      required: true,
      check,
    },
    { name: "capacity", label: t().capacity, hint: t().capacityHint, type: "number", inputMode: "numeric" },
  ];
}

function firstNameField(amount: string): Spec {
  const [label, hint] = [t().firstName(amount), t().firstHint];
  return { name: "firstName", label, hint, maxLength: 100, required: true };
}

function orderFields(): Spec[] {
  const counted = { type: "number", inputMode: "numeric" } as const;
  return [
    { name: "least", of: "min_per_order", label: t().least, required: true, ...counted },
    { name: "most", of: "max_per_order", label: t().most, hint: t().mostHint, ...counted },
  ];
}

function timeFields(): Spec[] {
  return [
    { name: "from", of: "sales_start", label: t().from, type: "datetime-local" },
    { name: "until", of: "sales_end", label: t().until, type: "datetime-local", hint: t().windowHint },
  ];
}
