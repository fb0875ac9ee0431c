// The ticket types of an event, each with its prices and how many of them to take.

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { call } from "../ui/api.ts";
import type { EventDetail, Ticket, TicketPrice } from "../ui/api-types.ts";
import { dayAndTime } from "../ui/format.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Field, Form } from "../ui/parts.tsx";
import { problemText } from "../ui/problems.ts";
import { useTask } from "../ui/task.ts";
import { choiceOf, choose, chooseQuantity, isOpen, mostOf, stepped } from "./choice.ts";
import { price as priceText } from "./price.ts";
import { SaleBadge } from "./sale.tsx";

const t = texts(
  {
    more: (name: string) => `One more: ${name}`,
    fewer: (name: string) => `One fewer: ${name}`,
    quantity: (name: string) => `How many: ${name}`,
    from: (at: string) => `On sale from ${at}`,
    until: (at: string) => `Until ${at}`,
    atLeast: (count: number) => `At least ${count}`,
    atMost: (count: number) => `At most ${count} a person`,
    haveCode: "I have a code",
    code: "Code",
    show: "Show prices",
    codePrice: "with code",
  },
  {
    more: (name: string) => `Eins mehr: ${name}`,
    fewer: (name: string) => `Eins weniger: ${name}`,
    quantity: (name: string) => `Wie viele: ${name}`,
    from: (at: string) => `Im Verkauf ab ${at}`,
    until: (at: string) => `Bis ${at}`,
    atLeast: (count: number) => `Mindestens ${count}`,
    atMost: (count: number) => `Höchstens ${count} pro Person`,
    haveCode: "Ich habe einen Code",
    code: "Code",
    show: "Preise zeigen",
    codePrice: "mit Code",
  },
);

export function TicketTypes({ event }: { readonly event: EventDetail }) {
  return (
    <ul class="ticket-types">
      {event.tickets.map((ticket) => (
        <li key={ticket.id} class="card">
          <TicketType event={event} ticket={ticket} />
        </li>
      ))}
    </ul>
  );
}

function TicketType({ event, ticket }: { readonly event: EventDetail; readonly ticket: Ticket }) {
  const { codes } = choiceOf(event.id).value;
  const shown = ticket.prices.filter(({ id, requires_code }) => codes[id] !== undefined || !requires_code);
  const open = (code: string, ids: readonly string[]) => {
    choose(event.id, { codes: { ...codes, ...Object.fromEntries(ids.map((id) => [id, code])) } });
    // The field that had the focus may be gone.
    requestAnimationFrame(() => document.querySelector<HTMLElement>(`#price-${ids[0]} button:enabled`)?.focus());
  };
  return (
    <>
      <div class="ticket-head">
        <h3>{ticket.name}</h3>
        <SaleBadge saleState={ticket.sale_state} available={ticket.available} />
      </div>
      {ticket.description !== "" && <p class="soft description">{ticket.description}</p>}
      {ticket.sale_state === "upcoming" && ticket.sales_start !== null && (
        <p class="hint">{t().from(dayAndTime(ticket.sales_start, event.timezone))}</p>
      )}
      {ticket.sale_state === "open" && ticket.max_per_buyer !== null && (
        <p class="hint">{t().atMost(ticket.max_per_buyer)}</p>
      )}
      <ul class="prices">
        {shown.map((price) => (
          <li key={price.id} id={`price-${price.id}`}>
            <Price event={event} ticket={ticket} price={price} />
          </li>
        ))}
      </ul>
      {shown.length < ticket.prices.length && ticket.sale_state === "open" && (
        <CodeEntry ticketId={ticket.id} onOpen={open} />
      )}
    </>
  );
}

interface PriceProps {
  readonly event: EventDetail;
  readonly ticket: Ticket;
  readonly price: TicketPrice;
}

function Price({ event, ticket, price }: PriceProps) {
  const choice = choiceOf(event.id).value;
  const quantity = choice.quantities[price.id] ?? 0;
  const name = [ticket.name, price.name].filter((part) => part !== "").join(", ");
  const most = mostOf(ticket, price, choice);
  const set = (next: number) => chooseQuantity(event.id, price.id, next);
  const hints = [
    price.requires_code && t().codePrice,
    price.min_per_order > 1 && t().atLeast(price.min_per_order),
    price.sale_state === "upcoming" &&
      price.sales_start &&
      price.sales_start !== ticket.sales_start &&
      t().from(dayAndTime(price.sales_start, event.timezone)),
    isOpen(ticket, price) && price.sales_end && t().until(dayAndTime(price.sales_end, event.timezone)),
  ].filter((hint) => typeof hint === "string");
  return (
    <div class="price">
      <div class="price-about">
        {price.name !== "" && <span class="price-name">{price.name}</span>}
        <strong>{priceText(price.price)}</strong>
        {hints.length > 0 && <span class="hint">{hints.join(" · ")}</span>}
        {(ticket.sale_state === "open" || ticket.prices.length > 1) && price.available !== ticket.available && (
          <SaleBadge saleState={price.sale_state} available={price.available} />
        )}
      </div>
      {isOpen(ticket, price) && (most > 0 || quantity > 0) && (
        <fieldset class="stepper">
          <legend class="unseen">{t().quantity(name)}</legend>
          <Button
            label={t().fewer(name)}
            disabled={quantity === 0}
            onClick={() => set(Math.min(most, stepped(price, quantity, -1)))}
          >
            −
          </Button>
          <output aria-live="polite">{quantity}</output>
          <Button
            label={t().more(name)}
            disabled={stepped(price, quantity, 1) > most}
            onClick={() => set(stepped(price, quantity, 1))}
          >
            +
          </Button>
        </fieldset>
      )}
    </div>
  );
}

interface CodeEntryProps {
  readonly ticketId: string;
  readonly onOpen: (code: string, priceIds: readonly string[]) => void;
}

/** What it opens, or that it opens nothing, is said at once. */
function CodeEntry({ ticketId, onOpen }: CodeEntryProps) {
  const isOpen = useSignal(false);
  const code = useSignal("");
  const { run, isBusy, fault } = useTask();
  const check = () =>
    run(async () => {
      const body = { code: code.peek().trim() };
      if (body.code === "") return;
      const { prices } = await call("POST /tickets/{id}/code-checks", { path: { id: ticketId }, body });
      onOpen(body.code, prices);
    });
  const form = useRef<HTMLFormElement>(null);
  // The button that had the focus is gone.
  useEffect(() => form.current?.querySelector("input")?.focus(), [isOpen.value]);
  if (!isOpen.value) {
    return (
      <Button
        onClick={() => {
          isOpen.value = true;
        }}
      >
        {t().haveCode}
      </Button>
    );
  }
  return (
    <Form element={form} class="code-entry" onSubmit={check}>
      <Field
        label={t().code}
        name="code"
        value={code.value}
        autocomplete="off"
        onInput={(value) => {
          code.value = value;
          fault.value = null;
        }}
        problem={fault.value === null ? null : problemText(fault.value)}
        required
      />
      <Button type="submit" isBusy={isBusy.value}>
        {t().show}
      </Button>
    </Form>
  );
}
