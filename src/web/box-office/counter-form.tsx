// The counter's form: tickets, how they are paid, and who they are for.

import { type Signal, useSignal } from "@preact/signals";
import { Problem } from "../ui/api.ts";
import type { CounterMethod, EventDetail } from "../ui/api-types.ts";
import { money, number } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Fault, Field, Form, Notice } from "../ui/parts.tsx";
import { fieldProblem } from "../ui/problems.ts";
import { type CounterValues, itemsOf, leftOf, type Offer, offersOf, totalOf } from "./counter-sale.ts";
import { type FieldOf, Fields } from "./fields.tsx";
import { wordFor } from "./words.tsx";

const t = texts(
  {
    none: "There are no tickets to sell yet.",
    tickets: "Tickets",
    left: (tickets: string) => `${tickets} left`,
    onlyLeft: (tickets: string) => `Only ${tickets} are left.`,
    method: "How it is paid",
    free: "A guest list: nothing is to be paid.",
    transfer: "The tickets are held until the money comes.",
    until: "Held until",
    untilHint: "Empty: 14 days, and never beyond the event. At most 30 days.",
    name: "Name",
    nameHint: "The door finds them by it.",
    email: "E-mail address",
    emailHint: "The tickets are sent there. Without one you print them.",
    note: "Note",
    noteHint: "For you alone, such as an invoice's number.",
    sell: "Sell",
    total: "Total",
    nothing: "Choose how many.",
  },
  {
    none: "Es gibt noch keine Tickets zu verkaufen.",
    tickets: "Tickets",
    left: (tickets: string) => `noch ${tickets}`,
    onlyLeft: (tickets: string) => `Nur noch ${tickets} sind da.`,
    method: "Wie bezahlt wird",
    free: "Gästeliste: es ist nichts zu bezahlen.",
    transfer: "Die Tickets sind reserviert, bis das Geld da ist.",
    until: "Reserviert bis",
    untilHint: "Leer: 14 Tage, und nie über die Veranstaltung hinaus. Höchstens 30 Tage.",
    name: "Name",
    nameHint: "Der Einlass findet sie damit.",
    email: "E-Mail-Adresse",
    emailHint: "Dorthin kommen die Tickets. Ohne Adresse drucken Sie sie.",
    note: "Notiz",
    noteHint: "Nur für Sie, etwa eine Rechnungsnummer.",
    sell: "Verkaufen",
    total: "Summe",
    nothing: "Wählen Sie, wie viele.",
  },
);

const METHODS = ["cash", "transfer", "free"] as const;

interface CounterFormProps {
  readonly event: EventDetail;
  readonly form: Signal<CounterValues>;
  readonly fault: unknown;
  readonly isBusy: boolean;
  readonly onSell: () => void;
}

export function CounterForm({ event, form, fault, isBusy, onSell }: CounterFormProps) {
  const isAsked = useSignal(false);
  const offers = offersOf(event);
  const total = totalOf(event, form.value);
  const { method } = form.value;
  if (offers.length === 0) return <Notice>{t().none}</Notice>;
  return (
    <Form
      class="card stack"
      onSubmit={() => {
        isAsked.value = true;
        onSell();
      }}
    >
      <fieldset class="group columns">
        <legend>{t().tickets}</legend>
        {offers.map((offer) => (
          <Quantity
            key={offer.price.id}
            offer={offer}
            form={form}
            problem={problemOf(event, form.value, offer, fault)}
          />
        ))}
      </fieldset>
      <Methods form={form} />
      {method !== "cash" && <p class="soft">{method === "free" ? t().free : t().transfer}</p>}
      <div class="columns">
        <Fields form={form} fault={fault} fields={customerFields(method)} />
      </div>
      <Fault fault={fault} />
      {isAsked.value && total === null && <p class="field-problem">{t().nothing}</p>}
      <div class="row between">
        <p>
          {t().total} <output class="big">{total === null ? "–" : money(total)}</output>
        </p>
        <Button kind="primary" type="submit" isBusy={isBusy}>
          {t().sell}
        </Button>
      </div>
    </Form>
  );
}

interface QuantityProps {
  readonly offer: Offer;
  readonly form: Signal<CounterValues>;
  readonly problem: string | null;
}

function Quantity({ offer, form, problem }: QuantityProps) {
  const { ticket, price } = offer;
  return (
    <Field
      label={[ticket.name, price.name, money(price.price)].filter(Boolean).join(" · ")}
      name={`quantity-${price.id}`}
      type="number"
      inputMode="numeric"
      autocomplete="off"
      hint={t().left(number(leftOf(offer)))}
      value={form.value.quantities[price.id] ?? ""}
      problem={problem}
      onInput={(typed) => {
        form.value = { ...form.value, quantities: { ...form.value.quantities, [price.id]: typed } };
      }}
    />
  );
}

/** A refusal names its item by its place in the request. */
function problemOf(event: EventDetail, values: CounterValues, { price }: Offer, fault: unknown): string | null {
  const place = itemsOf(event, values).findIndex((item) => item.price === price.id);
  if (place < 0 || !(fault instanceof Problem)) return null;
  const { item, available } = fault.more;
  if (item === place && typeof available === "number") return t().onlyLeft(number(available));
  return fieldProblem(fault, `items.${place}.quantity`);
}

function Methods({ form }: { readonly form: Signal<CounterValues> }) {
  return (
    <fieldset class="segments">
      <legend class="unseen">{t().method}</legend>
      {METHODS.map((one: CounterMethod) => (
        <label key={one}>
          <input
            type="radio"
            name="method"
            checked={form.value.method === one}
            onChange={() => {
              form.value = { ...form.value, method: one };
            }}
          />
          <span>{wordFor("method", one)}</span>
        </label>
      ))}
    </fieldset>
  );
}

type Spec = FieldOf<"until" | "name" | "email" | "note">;

function customerFields(method: CounterMethod): Spec[] {
  const until: Spec = {
    name: "until",
    of: "pay_until",
    label: t().until,
    type: "datetime-local",
    hint: t().untilHint,
  };
  return [
    ...(method === "transfer" ? [until] : []),
    { name: "name", of: "customer.name", label: t().name, hint: t().nameHint, autocomplete: "off", maxLength: 200 },
    { name: "email", of: "customer.email", label: t().email, hint: t().emailHint, type: "email", autocomplete: "off" },
    { name: "note", label: t().note, hint: t().noteHint, autocomplete: "off", maxLength: 1_000 },
  ];
}
