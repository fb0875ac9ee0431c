// Where news is sent, and which.

import { useSignal } from "@preact/signals";
import { WEBHOOK_TYPES } from "../../domain/webhooks.ts";
import type { NewWebhook, Webhook, WebhookType } from "../ui/api-types.ts";
import { texts } from "../ui/i18n.ts";
import { Button, Fault, Form } from "../ui/parts.tsx";
import { fieldProblem } from "../ui/problems.ts";
import { useTask } from "../ui/task.ts";
import { Checks } from "./checks.tsx";
import { Fields } from "./fields.tsx";

const t = texts(
  {
    url: "Address",
    urlHint: "https, with a public name, such as https://example.com/hooks",
    types: "News of",
    noType: "Choose something.",
    type: {
      "order.confirmed": "Orders that are paid",
      "order.cancelled": "Orders that are cancelled",
      "order.refunded": "Orders that are given back",
      "reservation.confirmed": "Reservations that are paid",
      "reservation.refunded": "Reservations that are given back",
      "refund.succeeded": "Refunds that have reached the buyer",
      "event.changed": "Changes of an event",
      "event.cancelled": "Events that are called off",
      "dispute.opened": "Payments that are disputed",
      "dispute.closed": "Disputes that are decided",
    } as Record<string, string>,
  },
  {
    url: "Adresse",
    urlHint: "https, mit einem öffentlichen Namen, etwa https://example.com/hooks",
    types: "Neuigkeiten über",
    noType: "Wählen Sie etwas aus.",
    type: {
      "order.confirmed": "Bezahlte Bestellungen",
      "order.cancelled": "Stornierte Bestellungen",
      "order.refunded": "Zurückgegebene Bestellungen",
      "reservation.confirmed": "Bezahlte Reservierungen",
      "reservation.refunded": "Zurückgegebene Reservierungen",
      "refund.succeeded": "Erstattungen, die beim Käufer sind",
      "event.changed": "Änderungen einer Veranstaltung",
      "event.cancelled": "Abgesagte Veranstaltungen",
      "dispute.opened": "Angefochtene Zahlungen",
      "dispute.closed": "Entschiedene Anfechtungen",
    },
  },
);

/** A test has a type, too, which nobody chooses. */
export function typeName(type: string): string {
  return t().type[type] ?? type;
}

interface WebhookFormProps {
  readonly webhook: Webhook | null;
  readonly submit: string;
  readonly onSave: (fields: NewWebhook) => Promise<void>;
}

export function WebhookForm({ webhook, submit, onSave }: WebhookFormProps) {
  const form = useSignal({ url: webhook?.url ?? "" });
  const types = useSignal<readonly WebhookType[]>(webhook?.types ?? WEBHOOK_TYPES);
  const lacksType = useSignal(false);
  const { run, isBusy, fault } = useTask();
  return (
    <Form
      class="stack"
      onSubmit={() => {
        lacksType.value = types.peek().length === 0;
        if (!lacksType.peek()) void run(() => onSave({ url: form.peek().url.trim(), types: [...types.peek()] }));
      }}
    >
      <Fields
        form={form}
        fault={fault.value}
        fields={[
          {
            name: "url",
            type: "url",
            label: t().url,
            hint: t().urlHint,
            required: true,
            maxLength: 2_000,
            autocomplete: "off",
          },
        ]}
      />
      <Checks
        label={t().types}
        options={WEBHOOK_TYPES.map((type) => [type, typeName(type)] as const)}
        chosen={types.value}
        problem={lacksType.value ? t().noType : fieldProblem(fault.value, "types")}
        onChange={(chosen) => {
          types.value = chosen;
          lacksType.value = false;
        }}
      />
      <Fault fault={fault.value} />
      <div>
        <Button kind="primary" type="submit" isBusy={isBusy.value}>
          {submit}
        </Button>
      </div>
    </Form>
  );
}
