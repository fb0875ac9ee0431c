// Calls an event off. What it means for everybody is said before.

import { useSignal } from "@preact/signals";
import { call } from "../ui/api.ts";
import type { EventDetail } from "../ui/api-types.ts";
import { counted, texts } from "../ui/i18n.ts";
import { Button, Checkbox, Fault, Field, Form, Notice } from "../ui/parts.tsx";
import { fieldProblem } from "../ui/problems.ts";
import { useTask } from "../ui/task.ts";

const t = texts(
  {
    means: (sold: number, held: number) =>
      `Nothing is sold any more, at once. ${counted(held, "held ticket is", "held tickets are")} let go. ${counted(sold, "ticket is", "tickets are")} sold: everybody who has one is mailed.`,
    refund: "Refund everything that was sold",
    refundMeans:
      "Refunds can't be taken back, and the event can't be put on again then. What was paid in cash you give back by hand.",
    message: "Message",
    messageHint: "Everybody reads it, on the event's page and in the mail. It can't be changed later.",
    confirm: (name: string) => `To be sure, write the event's name: ${name}`,
    callOff: "Call it off",
  },
  {
    means: (sold: number, held: number) =>
      `Sofort wird nichts mehr verkauft. ${counted(held, "reserviertes Ticket verfällt", "reservierte Tickets verfallen")}. ${counted(sold, "Ticket ist", "Tickets sind")} verkauft: Wer eines hat, bekommt eine Mail.`,
    refund: "Alles Verkaufte erstatten",
    refundMeans:
      "Erstattungen lassen sich nicht zurücknehmen, und die Veranstaltung lässt sich dann nicht wieder ansetzen. Bar Bezahltes geben Sie selbst zurück.",
    message: "Nachricht",
    messageHint: "Alle lesen sie, auf der Seite der Veranstaltung und in der Mail. Später lässt sie sich nicht ändern.",
    confirm: (name: string) => `Schreiben Sie zur Sicherheit den Namen: ${name}`,
    callOff: "Absagen",
  },
);

interface CallOffProps {
  readonly event: EventDetail;
  readonly onDone: () => Promise<void>;
}

export function CallOffForm({ event, onDone }: CallOffProps) {
  const form = useSignal({ message: "", name: "" });
  const refund = useSignal(true);
  const { run, isBusy, fault } = useTask();
  const sum = (key: "sold" | "held") => event.tickets.reduce((total, ticket) => total + (ticket[key] ?? 0), 0);
  const isSure = form.value.name.trim() === event.name.trim();
  const callOff = () =>
    run(async () => {
      const { message } = form.peek();
      const body = { refund: refund.peek(), ...(message.trim() === "" ? {} : { message }) };
      await call("POST /events/{id}/cancellation", { path: { id: event.id }, body });
      await onDone();
    });
  return (
    <Form
      class="stack"
      onSubmit={() => {
        if (isSure) void callOff();
      }}
    >
      <Notice kind="warning">
        <p>{t().means(sum("sold"), sum("held"))}</p>
        {refund.value && <p>{t().refundMeans}</p>}
      </Notice>
      <Checkbox
        label={t().refund}
        isChecked={refund.value}
        onChange={(isChecked) => {
          refund.value = isChecked;
        }}
      />
      <Field
        label={t().message}
        name="message"
        value={form.value.message}
        rows={4}
        hint={t().messageHint}
        problem={fieldProblem(fault.value, "message")}
        onInput={(message) => {
          form.value = { ...form.value, message };
        }}
      />
      <Field
        label={t().confirm(event.name)}
        name="confirm"
        value={form.value.name}
        autocomplete="off"
        onInput={(name) => {
          form.value = { ...form.value, name };
        }}
      />
      <Fault fault={fault.value} />
      <div>
        <Button kind="danger" type="submit" isBusy={isBusy.value} disabled={!isSure}>
          {t().callOff}
        </Button>
      </div>
    </Form>
  );
}
